-- Whether an attempt has sent GitLab what a row owes, or may have. Attempts alone do not tell: some only look, some end before anything is sent; and an
-- operator who has a row tried again sets them back to none, while what was sent before may stand in GitLab all the same.
ALTER TABLE outbox ADD COLUMN sent INTEGER NOT NULL DEFAULT 0 CHECK (sent = 0 OR sent = 1);

-- Of what an older program has tried nobody knows: it is looked for.
UPDATE outbox SET sent = 1 WHERE change IS NOT NULL AND attempts > 0;
