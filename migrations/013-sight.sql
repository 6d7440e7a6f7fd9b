-- What the last look at a GitLab could not see of what a gate stands on: a change there goes unnoticed. As in `footing`, `environment` '' is the whole
-- project.
CREATE TABLE unseen (
  instance    TEXT    NOT NULL CHECK (length(instance) BETWEEN 1 AND 255),
  project     INTEGER NOT NULL CHECK (project >= 0),
  environment TEXT    NOT NULL,
  subject     TEXT    NOT NULL CHECK (length(subject) BETWEEN 1 AND 40),
  -- For sentences.
  place       TEXT    NOT NULL,
  reason      TEXT    NOT NULL,
  PRIMARY KEY (instance, project, environment, subject)
) STRICT, WITHOUT ROWID;

-- When the tokens of a GitLab end, as GitLab last said; null where it did not, or where they never do.
ALTER TABLE gitlab_instance ADD COLUMN token_expires_at INTEGER;
ALTER TABLE gitlab_instance ADD COLUMN admin_token_expires_at INTEGER;

-- Setup makes one more kind of thing: the token that may only look.
CREATE TABLE setup_record_of_more (
  id         INTEGER PRIMARY KEY,
  instance   TEXT    NOT NULL CHECK (length(instance) BETWEEN 1 AND 255),
  kind       TEXT    NOT NULL CHECK (length(kind) BETWEEN 1 AND 40),
  state      TEXT    NOT NULL CHECK (state IN ('intended', 'made', 'abandoned', 'undone')),
  actor      TEXT    NOT NULL CHECK (length(actor) BETWEEN 1 AND 255),
  -- What it was to be, what was there before and what came of it, as JSON.
  trace      TEXT    NOT NULL CHECK (json_valid(trace)),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
INSERT INTO setup_record_of_more SELECT id, instance, kind, state, actor, trace, created_at, updated_at FROM setup_record;
DROP TABLE setup_record;
ALTER TABLE setup_record_of_more RENAME TO setup_record;
CREATE INDEX setup_record_by_state ON setup_record (instance, state);
