-- What people tell of a change. All of it may be left out, unless a policy asks for it.
ALTER TABLE change_request ADD COLUMN risk TEXT CHECK (risk = 'low' OR risk = 'medium' OR risk = 'high');
ALTER TABLE change_request ADD COLUMN impact TEXT CHECK (impact = 'low' OR impact = 'medium' OR impact = 'high');
ALTER TABLE change_request ADD COLUMN reason TEXT;
ALTER TABLE change_request ADD COLUMN implementation_plan TEXT;
ALTER TABLE change_request ADD COLUMN rollback_plan TEXT;
ALTER TABLE change_request ADD COLUMN planned_start INTEGER;
ALTER TABLE change_request ADD COLUMN planned_end INTEGER CHECK (planned_start IS NULL OR planned_end > planned_start);

-- Whose transition turned the gate, and what they said. Null where the policy's rules did, or GitLab.
ALTER TABLE change_request ADD COLUMN decided_by TEXT;
ALTER TABLE change_request ADD COLUMN decided_because TEXT;
