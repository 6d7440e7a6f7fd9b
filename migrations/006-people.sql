-- What GitLab tells of people, kept because a gate may stand on it. All of it can be asked for again; `read_at` says how old it is.

-- One list of members: a group's, a project's, the administrators'. Read whole or not at all.
CREATE TABLE member_list (
  id       INTEGER PRIMARY KEY,
  instance TEXT    NOT NULL,
  source   TEXT    NOT NULL CHECK (length(source) BETWEEN 1 AND 300),
  read_at  INTEGER NOT NULL,
  UNIQUE (instance, source)
) STRICT;

CREATE TABLE member (
  list      INTEGER NOT NULL REFERENCES member_list (id),
  username  TEXT    NOT NULL CHECK (username = lower(username)),
  gitlab_id INTEGER NOT NULL CHECK (gitlab_id > 0),
  level     INTEGER NOT NULL CHECK (level BETWEEN 1 AND 100),
  PRIMARY KEY (list, username)
) STRICT, WITHOUT ROWID;

CREATE INDEX member_by_level ON member (list, level);

-- One person. Without an id GitLab knows nobody of that name.
CREATE TABLE person (
  instance  TEXT    NOT NULL,
  username  TEXT    NOT NULL CHECK (username = lower(username)),
  gitlab_id INTEGER CHECK (gitlab_id > 0),
  name      TEXT,
  emails    TEXT    NOT NULL CHECK (json_valid(emails)),
  read_at   INTEGER NOT NULL,
  PRIMARY KEY (instance, username)
) STRICT, WITHOUT ROWID;

-- What a deployment brings to its environment: base, authors, merge requests, files.
CREATE TABLE contribution (
  deployment INTEGER PRIMARY KEY REFERENCES deployment (id),
  detail     TEXT    NOT NULL CHECK (json_valid(detail)),
  read_at    INTEGER NOT NULL
) STRICT;

-- The outbox takes a third kind of question, whose hint says what is asked; each is there once, however many changes wait for it. The words of the
-- CHECKs are exchanged as in 003-checks.sql.
PRAGMA writable_schema = ON;

UPDATE sqlite_schema SET sql = replace(replace(replace(sql,
  'step = ''inspect'' OR', 'step = ''ask'' OR step = ''inspect'' OR'),
  '((step = ''locate'') = (deployment IS NULL))', '((step = ''locate'' OR step = ''ask'') = (deployment IS NULL))'),
  '((step = ''locate'') = (hint IS NOT NULL))', '((step = ''locate'' OR step = ''ask'') = (hint IS NOT NULL))')
WHERE type = 'table' AND name = 'outbox';

PRAGMA writable_schema = RESET;

CREATE UNIQUE INDEX outbox_asked ON outbox (instance, hint) WHERE step = 'ask';
