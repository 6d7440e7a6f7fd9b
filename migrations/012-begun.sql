-- Whether GitLab has shown that the job of a deployment began to run: 1 for one that did, 0 for one that did not when it was last looked at, null where
-- nothing tells. One that is started and canceled between two looks is `canceled` in both cases, and only one of them has brought a version.
ALTER TABLE deployment ADD COLUMN job_begun INTEGER CHECK (job_begun = 0 OR job_begun = 1);

-- What an older program saw run.
UPDATE deployment SET job_begun = 1 WHERE status = 'running' OR status = 'success';
