-- The details of cases in the copy, and what of them is to be read: apply with `wrangler d1 migrations apply`.

-- What the details of a case add to its record, as a JSON object; '' before they were read. Notes are not stored.
ALTER TABLE cases ADD COLUMN details TEXT NOT NULL DEFAULT '';

-- The update of the case that the details have.
ALTER TABLE cases ADD COLUMN details_ms INTEGER NOT NULL DEFAULT -9007199254740991;

-- The number of times that the details could not be read since the case was updated, and the instant before which they are
-- not requested again, in milliseconds since 1970; 0 for none.
ALTER TABLE cases ADD COLUMN details_failures INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN details_retry_ms INTEGER NOT NULL DEFAULT 0;

-- The open cases whose details are to be read, newest first. The condition is repeated by the statement that reads them.
CREATE INDEX IF NOT EXISTS cases_by_due_details ON cases (updated_ms DESC, case_id)
  WHERE is_open = 1 AND details_retry_ms = 0 AND (details = '' OR details_ms < updated_ms);
CREATE INDEX IF NOT EXISTS cases_by_details_retry ON cases (details_retry_ms) WHERE details_retry_ms > 0;
