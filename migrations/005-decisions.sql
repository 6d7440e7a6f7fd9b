-- The decision engine: a workflow may have several approval steps, a yes may count from later on, a glass may be broken, a freeze overridden.
ALTER TABLE change_request ADD COLUMN steps_passed TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(steps_passed));
-- When it must be looked at again with nothing said and done: a freeze that ends, a time that runs out.
ALTER TABLE change_request ADD COLUMN look_at INTEGER;
ALTER TABLE change_request ADD COLUMN glass_broken_by TEXT;
ALTER TABLE change_request ADD COLUMN glass_broken_at INTEGER CHECK ((glass_broken_at IS NULL) = (glass_broken_by IS NULL));
ALTER TABLE change_request ADD COLUMN glass_broken_because TEXT CHECK ((glass_broken_because IS NULL) = (glass_broken_by IS NULL));
ALTER TABLE change_request ADD COLUMN review_due_at INTEGER CHECK ((review_due_at IS NULL) = (glass_broken_by IS NULL));
ALTER TABLE change_request ADD COLUMN reviewed_at INTEGER CHECK (reviewed_at IS NULL OR review_due_at IS NOT NULL);
ALTER TABLE change_request ADD COLUMN reviewed_by TEXT CHECK ((reviewed_by IS NULL) = (reviewed_at IS NULL));
ALTER TABLE change_request ADD COLUMN review_comment TEXT CHECK (review_comment IS NULL OR reviewed_at IS NOT NULL);

CREATE INDEX change_request_to_look_at ON change_request (look_at) WHERE gate = 'awaiting' AND look_at IS NOT NULL;
CREATE INDEX change_request_review_owed ON change_request (review_due_at) WHERE review_due_at IS NOT NULL AND reviewed_at IS NULL;

-- One yes or no of a person for each approval step. What was given before there were several was given in the one that there was.
ALTER TABLE approval ADD COLUMN step TEXT NOT NULL DEFAULT 'Awaiting approval';
ALTER TABLE approval ADD COLUMN effective_at INTEGER;
DROP INDEX approval_that_counts;
CREATE UNIQUE INDEX approval_that_counts ON approval (change, user, step) WHERE ended_at IS NULL;

-- Who has asked for a change to be let through a freeze: two people together may.
CREATE TABLE freeze_override (
  change     INTEGER NOT NULL REFERENCES change_request (id),
  user       TEXT    NOT NULL CHECK (length(user) BETWEEN 1 AND 255),
  reason     TEXT    NOT NULL CHECK (length(reason) > 0),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (change, user)
) STRICT, WITHOUT ROWID;

-- A deployment that ended with nobody's no can be told GitLab as a canceled job (policies: without_rejection). The words of the outbox's CHECKs are
-- exchanged as 003-checks.sql does.
PRAGMA writable_schema = ON;

UPDATE sqlite_schema SET sql = replace(sql, 'step = ''play'' OR step = ''reject''', 'step = ''play'' OR step = ''reject'' OR step = ''cancel''')
WHERE type = 'table' AND name = 'outbox';

PRAGMA writable_schema = RESET;
