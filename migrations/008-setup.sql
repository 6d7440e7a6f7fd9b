-- What `setup apply` made in a GitLab, so that `setup undo` removes that and nothing else. A row is written before GitLab is asked, and settled
-- after: what is `intended` may stand or not, and the next apply looks. Never a secret.
CREATE TABLE setup_record (
  id         INTEGER PRIMARY KEY,
  instance   TEXT    NOT NULL CHECK (length(instance) BETWEEN 1 AND 255),
  kind       TEXT    NOT NULL CHECK (kind IN ('account', 'membership', 'token', 'protection', 'secret', 'hook')),
  state      TEXT    NOT NULL CHECK (state IN ('intended', 'made', 'abandoned', 'undone')),
  actor      TEXT    NOT NULL CHECK (length(actor) BETWEEN 1 AND 255),
  -- What it was to be, what was there before and what came of it, as JSON.
  trace      TEXT    NOT NULL CHECK (json_valid(trace)),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;

CREATE INDEX setup_record_by_state ON setup_record (instance, state);

-- GitLab shows no secret of a webhook. So that a changed one is noticed, a slow digest (PBKDF2) of what was sent last is kept, each with a salt of its own.
CREATE TABLE setup_secret (
  instance TEXT    NOT NULL CHECK (length(instance) BETWEEN 1 AND 255),
  level    TEXT    NOT NULL CHECK (level IN ('group', 'project')),
  hook     INTEGER NOT NULL,
  salt     BLOB    NOT NULL CHECK (length(salt) = 32),
  digest   BLOB    NOT NULL CHECK (length(digest) = 32),
  PRIMARY KEY (instance, level, hook)
) STRICT;
