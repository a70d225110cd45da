-- The version that brought the record of a case, for a sync from the copy (`from: "copy"`): details bring a later version of the
-- case, but no other record. The greatest number: of cases that were written before, it is not known.
ALTER TABLE cases ADD COLUMN record_version INTEGER NOT NULL DEFAULT 9007199254740991;
