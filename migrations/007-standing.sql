-- When the reading of a list of members began: what was added or removed after a page was read is not in it, however long the rest took. Null where
-- an older program read it: then it counts from `read_at`, its last page.
ALTER TABLE member_list ADD COLUMN began_at INTEGER;
