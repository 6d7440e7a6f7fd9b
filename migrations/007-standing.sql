-- When the reading of a list of members began: what was added or removed after a page was read is not in it, however long the rest took. Null where
-- an older program read it: then it counts from `read_at`, its last page.
ALTER TABLE member_list ADD COLUMN began_at INTEGER;

-- Which freezes somebody asked for a change to be let through: those that held it then, as a JSON array of name, start and end. A later one is asked
-- for anew, by the same person too. Null where an older program wrote the row: those that hold and held then.
ALTER TABLE freeze_override RENAME TO freeze_override_of_whole_change;

CREATE TABLE freeze_override (
  id         INTEGER PRIMARY KEY,
  change     INTEGER NOT NULL REFERENCES change_request (id),
  user       TEXT    NOT NULL CHECK (length(user) BETWEEN 1 AND 255),
  reason     TEXT    NOT NULL CHECK (length(reason) > 0),
  created_at INTEGER NOT NULL,
  windows    TEXT    CHECK (windows IS NULL OR json_valid(windows))
) STRICT;

CREATE INDEX freeze_override_by_change ON freeze_override (change);

INSERT INTO freeze_override (change, user, reason, created_at)
SELECT change, user, reason, created_at FROM freeze_override_of_whole_change ORDER BY created_at, user;

DROP TABLE freeze_override_of_whole_change;

-- Who a GitLab id has been: a username can be changed between asking for a deployment and approving it.
CREATE INDEX deployment_by_triggerer ON deployment (triggerer_id, instance) WHERE triggerer_id IS NOT NULL;
CREATE INDEX person_by_id ON person (gitlab_id) WHERE gitlab_id IS NOT NULL;
CREATE INDEX member_by_id ON member (gitlab_id);
