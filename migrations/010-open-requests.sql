-- What was asked for of protected environments, by request: so that an entry without the one that follows it is found at each start, however long the
-- audit log is.
CREATE INDEX audit_entry_of_protected_environments ON audit_entry (detail ->> 'request_id') WHERE action GLOB 'protected_environment.*';
