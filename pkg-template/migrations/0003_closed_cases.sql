-- The last record of a case that was closed, for a sync from the copy (`from: "copy"`); otherwise ''.
ALTER TABLE tombstones ADD COLUMN record TEXT NOT NULL DEFAULT '';
