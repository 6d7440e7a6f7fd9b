-- The courier looks for its work after every write. Two small indexes keep a look from going through all that waits, thousands of questions after a
-- burst: one of the decisions that GitLab has not taken yet, one of what is under way. A webhook's row is in neither.
CREATE INDEX outbox_owed ON outbox (instance, due_at) WHERE change IS NOT NULL AND state IN ('pending', 'retrying');
CREATE INDEX outbox_under_way ON outbox (instance, leased_until) WHERE leased_until IS NOT NULL;
