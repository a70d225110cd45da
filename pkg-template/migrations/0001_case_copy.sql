-- The copy of cases: apply with `wrangler d1 migrations apply`.
--
-- No column is NULL: a missing text is '', a missing number 0, a missing date -9007199254740991 (before all dates, and
-- exact in JavaScript). Texts are compared by their bytes. Columns that end in _key and _words are folded by the package.

-- One row: the state of the copy. `epoch` is chosen at random when the copy is created; `writer` grows with each writer,
-- and a batch of an overtaken one fails at its first statement. The copy has everything up to `synced_ms`, by the
-- service's clock; it is 0 until all lists were read once.
CREATE TABLE IF NOT EXISTS copy_state (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  epoch TEXT NOT NULL,
  writer INTEGER NOT NULL,
  version INTEGER NOT NULL,
  oldest_version INTEGER NOT NULL,
  progress TEXT NOT NULL,
  folding TEXT NOT NULL,
  synced_ms INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE IF NOT EXISTS cases (
  id INTEGER PRIMARY KEY,
  version INTEGER NOT NULL,
  case_id TEXT NOT NULL UNIQUE,
  contract_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  status_flag INTEGER NOT NULL,
  severity INTEGER NOT NULL,
  is_open INTEGER NOT NULL,
  status TEXT NOT NULL,
  technology_name TEXT NOT NULL,
  sub_technology_name TEXT NOT NULL,
  serial_number TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  updated_ms INTEGER NOT NULL,
  status_since_ms INTEGER NOT NULL,
  last_note_ms INTEGER NOT NULL,
  bug_count INTEGER NOT NULL,
  rma_count INTEGER NOT NULL,
  title TEXT NOT NULL,
  title_key TEXT NOT NULL,
  status_key TEXT NOT NULL,
  contract_key TEXT NOT NULL,
  user_key TEXT NOT NULL,
  technology_key TEXT NOT NULL,
  serial_key TEXT NOT NULL,
  title_words TEXT NOT NULL,
  id_words TEXT NOT NULL,
  id_keys TEXT NOT NULL,
  user_id_key TEXT NOT NULL,
  record TEXT NOT NULL
);

-- The feed of an identity: by contract and by user, in the order of versions.
CREATE INDEX IF NOT EXISTS cases_by_contract ON cases (contract_id, version);
CREATE INDEX IF NOT EXISTS cases_by_user ON cases (user_id, version);
CREATE INDEX IF NOT EXISTS cases_by_version ON cases (version);

-- Queries of an identity that may see many cases.
CREATE INDEX IF NOT EXISTS cases_by_updated ON cases (updated_ms DESC, case_id);
CREATE INDEX IF NOT EXISTS cases_by_created ON cases (created_ms DESC, case_id);
CREATE INDEX IF NOT EXISTS cases_by_flag ON cases (status_flag, severity);
CREATE INDEX IF NOT EXISTS cases_by_serial ON cases (serial_number);

-- The bugs (kind 0) and RMAs (kind 1) of cases.
CREATE TABLE IF NOT EXISTS case_links (
  id INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (id, kind, value)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS case_links_by_value ON case_links (kind, value);

-- The words of cases, folded and cut by the package; the tokenizer only splits at spaces.
CREATE VIRTUAL TABLE IF NOT EXISTS case_words USING fts5(
  words,
  content='',
  contentless_delete=1,
  detail=none,
  tokenize='ascii',
  prefix='1 2 3'
);

-- What left the copy: cases that are gone, and those that left a contract or user, which then must drop them.
CREATE TABLE IF NOT EXISTS tombstones (
  version INTEGER PRIMARY KEY,
  case_id TEXT NOT NULL,
  contract_id TEXT NOT NULL,
  user_id TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS tombstones_by_contract ON tombstones (contract_id, version);
CREATE INDEX IF NOT EXISTS tombstones_by_user ON tombstones (user_id, version);

-- The newest tombstone that was dropped, by contract (kind 0) and by user (kind 1): a reader from before it begins anew.
CREATE TABLE IF NOT EXISTS dropped_tombstones (
  kind INTEGER NOT NULL,
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (kind, id)
) WITHOUT ROWID;

-- The contracts and users of the identities that read the feed, as JSON arrays, by the mark in their cursors: when an
-- identity's permissions change, the difference is sent. `seen_day` counts days since 1970.
CREATE TABLE IF NOT EXISTS feed_scopes (
  mark TEXT PRIMARY KEY,
  contract_ids TEXT NOT NULL,
  user_ids TEXT NOT NULL,
  seen_day INTEGER NOT NULL
) WITHOUT ROWID;
