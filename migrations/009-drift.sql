-- What a gate stands on in GitLab, as the last look found it: compared with the next look, so that a change is told once, whatever happens to the
-- process between the two. `project` 0 is the whole GitLab, `environment` '' the whole project.
CREATE TABLE footing (
  instance    TEXT    NOT NULL CHECK (length(instance) BETWEEN 1 AND 255),
  project     INTEGER NOT NULL CHECK (project >= 0),
  environment TEXT    NOT NULL,
  subject     TEXT    NOT NULL CHECK (length(subject) BETWEEN 1 AND 40),
  -- For sentences.
  place       TEXT    NOT NULL,
  state       TEXT    NOT NULL CHECK (json_valid(state)),
  trouble     TEXT,
  -- How it was before it drifted; null where it has not.
  baseline    TEXT    CHECK (baseline IS NULL OR json_valid(baseline)),
  -- The drift that stands.
  drift       INTEGER REFERENCES drift (id),
  PRIMARY KEY (instance, project, environment, subject)
) STRICT, WITHOUT ROWID;

-- What has drifted, from when to when. What is told once, and is no trouble by itself, ends as it begins. Shown on the changes that it touched.
CREATE TABLE drift (
  id          INTEGER PRIMARY KEY,
  instance    TEXT    NOT NULL CHECK (length(instance) BETWEEN 1 AND 255),
  project     INTEGER NOT NULL CHECK (project >= 0),
  environment TEXT    NOT NULL,
  subject     TEXT    NOT NULL CHECK (length(subject) BETWEEN 1 AND 40),
  seen        TEXT    NOT NULL,
  began_at    INTEGER NOT NULL,
  ended_at    INTEGER
) STRICT;

CREATE INDEX drift_by_place ON drift (instance, project, environment, id);
CREATE INDEX drift_that_stands ON drift (instance, subject) WHERE ended_at IS NULL;

-- When all of it that could be read was last read.
ALTER TABLE gitlab_instance ADD COLUMN looked_at INTEGER;
