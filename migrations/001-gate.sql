-- What the gate knows, decides and owes. Every time is in milliseconds since 1970-01-01T00:00:00Z.
-- Never edited once released: a change of the schema is a new numbered file.

-- One webhook received. The row is what makes a 2xx true; the body goes after a while (database.delivery_retention).
CREATE TABLE delivery (
  id              INTEGER PRIMARY KEY,
  instance        TEXT    NOT NULL CHECK (length(instance) BETWEEN 1 AND 255),
  idempotency_key TEXT    CHECK (length(idempotency_key) BETWEEN 1 AND 255),
  event           TEXT    NOT NULL CHECK (length(event) <= 255),
  meaning         TEXT    CHECK (length(meaning) BETWEEN 1 AND 255),
  result          TEXT    NOT NULL CHECK (result IN ('recorded', 'duplicate', 'ignored')),
  reason          TEXT,
  request_id      TEXT    NOT NULL,
  received_at     INTEGER NOT NULL,
  body            BLOB
) STRICT;

-- GitLab sends the same key again when a delivery is resent; a project hook and a group hook say the same thing under two keys.
CREATE UNIQUE INDEX delivery_by_idempotency_key ON delivery (instance, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE UNIQUE INDEX delivery_by_meaning ON delivery (instance, meaning) WHERE meaning IS NOT NULL AND result = 'recorded';
CREATE INDEX delivery_with_body ON delivery (received_at) WHERE body IS NOT NULL;
CREATE INDEX delivery_without_effect ON delivery (received_at) WHERE result <> 'recorded';

-- One deployment of a gated environment: what GitLab said last. `inspected_at` is null until the API was asked.
CREATE TABLE deployment (
  id                 INTEGER PRIMARY KEY,
  instance           TEXT    NOT NULL,
  project_id         INTEGER NOT NULL CHECK (project_id > 0),
  deployment_id      INTEGER NOT NULL CHECK (deployment_id > 0),
  iid                INTEGER,
  status             TEXT    NOT NULL CHECK (status IN ('created', 'blocked', 'running', 'success', 'failed', 'canceled', 'skipped')),
  environment        TEXT    NOT NULL,
  tier               TEXT,
  project_path       TEXT,
  project_url        TEXT,
  ref                TEXT,
  sha                TEXT,
  commit_title       TEXT,
  commit_authors     TEXT    NOT NULL DEFAULT '[]' CHECK (json_valid(commit_authors)),
  job_id             INTEGER,
  job_name           TEXT,
  job_status         TEXT,
  job_url            TEXT,
  pipeline_id        INTEGER,
  triggerer_id       INTEGER,
  triggerer_username TEXT,
  triggerer_name     TEXT,
  pending_approvals  INTEGER CHECK (pending_approvals >= 0),
  gitlab_approvals   TEXT    NOT NULL DEFAULT '[]' CHECK (json_valid(gitlab_approvals)),
  gitlab_updated_at  INTEGER,
  first_seen_at      INTEGER NOT NULL,
  first_seen_by      TEXT    NOT NULL CHECK (first_seen_by IN ('webhook', 'reconcile')),
  inspected_at       INTEGER,
  gone_at            INTEGER,
  UNIQUE (instance, project_id, deployment_id),
  CHECK (inspected_at IS NULL OR sha IS NOT NULL)
) STRICT;

-- One change request: CHG-<id>. One for each deployment that waits for approvals; a re-run is another deployment.
CREATE TABLE change_request (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  deployment  INTEGER NOT NULL UNIQUE REFERENCES deployment (id),
  service     TEXT    NOT NULL,
  policy      TEXT    NOT NULL,
  workflow    TEXT    NOT NULL,
  type        TEXT    NOT NULL CHECK (type IN ('standard', 'normal', 'emergency')),
  status      TEXT    NOT NULL,
  gate        TEXT    NOT NULL CHECK (gate IN ('awaiting', 'allowed', 'prevented', 'invalid')),
  revision    INTEGER NOT NULL CHECK (revision > 0),
  sha         TEXT    NOT NULL,
  out_of_band INTEGER NOT NULL DEFAULT 0 CHECK (out_of_band IN (0, 1)),
  created_at  INTEGER NOT NULL,
  updated_at  INTEGER NOT NULL,
  decided_at  INTEGER,
  closed_at   INTEGER,
  expires_at  INTEGER,
  CHECK ((gate = 'awaiting') = (decided_at IS NULL))
) STRICT;

CREATE INDEX change_request_by_gate ON change_request (gate, id);
CREATE INDEX change_request_open ON change_request (id) WHERE closed_at IS NULL;

-- A gate leaves `awaiting` once and never turns round: no code can do it by mistake.
CREATE TRIGGER change_request_gate_turns_once BEFORE UPDATE OF gate ON change_request
WHEN OLD.gate <> 'awaiting' AND NEW.gate <> OLD.gate
BEGIN SELECT RAISE(ABORT, 'a gate never turns round'); END;

-- One person's recorded yes or no. A row that was withdrawn or replaced stays, and counts no more.
CREATE TABLE approval (
  id             INTEGER PRIMARY KEY,
  change         INTEGER NOT NULL REFERENCES change_request (id),
  user           TEXT    NOT NULL CHECK (length(user) BETWEEN 1 AND 255),
  status         TEXT    NOT NULL CHECK (status IN ('approved', 'rejected')),
  comment        TEXT,
  represented_as TEXT,
  created_at     INTEGER NOT NULL,
  ended_at       INTEGER,
  ended_by       TEXT    CHECK (ended_by IN ('withdrawn', 'replaced')),
  CHECK ((ended_at IS NULL) = (ended_by IS NULL))
) STRICT;

CREATE UNIQUE INDEX approval_that_counts ON approval (change, user) WHERE ended_at IS NULL;
CREATE INDEX approval_by_change ON approval (change, id);

CREATE TABLE comment (
  id         INTEGER PRIMARY KEY,
  change     INTEGER NOT NULL REFERENCES change_request (id),
  user       TEXT    NOT NULL,
  comment    TEXT    NOT NULL CHECK (length(comment) > 0),
  created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX comment_by_change ON comment (change, id);

-- What is owed to GitLab: callbacks of a decision (approve, play, reject) and questions (inspect, locate). Written with the cause, in one transaction.
CREATE TABLE outbox (
  id            INTEGER PRIMARY KEY,
  instance      TEXT    NOT NULL,
  step          TEXT    NOT NULL CHECK (step IN ('inspect', 'locate', 'approve', 'play', 'reject')),
  deployment    INTEGER REFERENCES deployment (id),
  change        INTEGER REFERENCES change_request (id),
  hint          TEXT    CHECK (hint IS NULL OR json_valid(hint)),
  after         INTEGER REFERENCES outbox (id),
  state         TEXT    NOT NULL CHECK (state IN ('pending', 'retrying', 'delivered', 'abandoned')),
  attempts      INTEGER NOT NULL DEFAULT 0,
  due_at        INTEGER NOT NULL,
  leased_until  INTEGER,
  refused_since INTEGER,
  last_error    TEXT,
  request_id    TEXT    NOT NULL,
  created_at    INTEGER NOT NULL,
  settled_at    INTEGER,
  CHECK ((step IN ('approve', 'play', 'reject')) = (change IS NOT NULL)),
  CHECK ((step = 'locate') = (deployment IS NULL)),
  CHECK ((step = 'locate') = (hint IS NOT NULL)),
  CHECK ((state IN ('delivered', 'abandoned')) = (settled_at IS NOT NULL))
) STRICT;

CREATE UNIQUE INDEX outbox_step_of_change ON outbox (change, step) WHERE change IS NOT NULL;
CREATE UNIQUE INDEX outbox_inspect_waiting ON outbox (deployment) WHERE step = 'inspect' AND leased_until IS NULL;
CREATE INDEX outbox_due ON outbox (instance, due_at) WHERE state IN ('pending', 'retrying');

-- The hash chain: hash = SHA-256 of the entry's canonical JSON, which holds the hash before it.
CREATE TABLE audit_entry (
  seq           INTEGER PRIMARY KEY,
  at            INTEGER NOT NULL,
  actor         TEXT    NOT NULL,
  action        TEXT    NOT NULL,
  change        INTEGER REFERENCES change_request (id),
  detail        TEXT    NOT NULL CHECK (json_valid(detail)),
  previous_hash TEXT    NOT NULL,
  hash          TEXT    NOT NULL UNIQUE
) STRICT;

CREATE INDEX audit_entry_by_change ON audit_entry (change, seq) WHERE change IS NOT NULL;
CREATE INDEX audit_entry_by_time ON audit_entry (at);

CREATE TRIGGER audit_entry_is_never_changed BEFORE UPDATE ON audit_entry BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_entry_is_never_deleted BEFORE DELETE ON audit_entry BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

-- The head of the chain, apart from the entries: a tail that was cut off shows.
CREATE TABLE audit_head (
  id   INTEGER PRIMARY KEY CHECK (id = 1),
  seq  INTEGER NOT NULL,
  hash TEXT    NOT NULL
) STRICT;

INSERT INTO audit_head (id, seq, hash) VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');

-- Who may call the API. Only the SHA-256 of a token is kept.
CREATE TABLE token (
  id           TEXT    PRIMARY KEY,
  user         TEXT    NOT NULL CHECK (length(user) BETWEEN 1 AND 255),
  role         TEXT    NOT NULL CHECK (role IN ('viewer', 'approver', 'operator', 'auditor', 'admin')),
  hash         BLOB    NOT NULL UNIQUE CHECK (length(hash) = 32),
  created_at   INTEGER NOT NULL,
  expires_at   INTEGER NOT NULL,
  revoked_at   INTEGER,
  last_used_at INTEGER
) STRICT;

-- What is known of each GitLab: when it last answered, until when it asked for quiet, who its token belongs to.
CREATE TABLE gitlab_instance (
  name            TEXT    PRIMARY KEY,
  user_id         INTEGER,
  username        TEXT,
  version         TEXT,
  paused_until    INTEGER,
  last_contact_at INTEGER,
  last_error      TEXT,
  last_error_at   INTEGER,
  reconciled_at   INTEGER
) STRICT;
