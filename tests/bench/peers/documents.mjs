// The schemas of the three documents in terms of each peer's fields and objects: one table, so that all peers check the
// same.

import { CASE, DETAIL, NOTE, PLACE } from "../measure/fields.mjs";

/** Fields that some routes or some cases lack. */
const OPTIONAL = new Set(["item_entry_id", "status_flag", "technology_name", "sub_technology_name", "close_date"]);

/** Fields that are required even in the tolerant setting. */
const NEEDED = new Set(["case_id", "severity", "last_index", "page_index", "page_records", "total_records"]);

/**
 * Presence of a field: `"needed"`, `"optional"` (may be absent), or `"missable"` (absent, `null` or empty). The service
 * may send any field as `"missable"`, and the package accepts it.
 */
function presence(name, tolerant) {
  if (NEEDED.has(name)) return "needed";
  if (tolerant) return "missable";
  return OPTIONAL.has(name) ? "optional" : "needed";
}

/**
 * The schemas of a page, a summary and details. A peer provides:
 *
 *   field({ kind, max }, presence, note)  the schema of a field; `note` is that of a note, for a list of them
 *   object(members)                       an object with these members; others are tolerated
 *   list(item), count                     a required list, and a whole number
 *
 * The rules are `tolerant` or not; `kinds` selects documents, all by default.
 */
export function schemas({ field, object, list, count }, { tolerant = false, kinds } = {}) {
  const record = (fields, note) => {
    const members = Object.entries(fields).map(([name, what]) => [name, field(what, presence(name, tolerant), note)]);
    return object(Object.fromEntries(members));
  };
  const make = {
    page: () => object({ pagination_response_record: record(PLACE), cases: list(record(CASE)) }),
    summary: () => object({ count, cases: list(record(CASE)) }),
    details: () => object({ caseDetail: record(DETAIL, record(NOTE)) }),
  };
  const wanted = kinds ?? Object.keys(make);
  return Object.fromEntries(wanted.map((kind) => [kind, make[kind]()]));
}

/** Wraps a validator that returns a boolean: returns the value, or throws. */
export function orThrow(check) {
  return (value) => {
    if (!check(value)) throw new TypeError("refused");
    return value;
  };
}

/**
 * A peer in its three settings, each a function of rules. `realDates`: whether its own date-time check knows the
 * calendar; the fastest setting has a hand-written check that does.
 *
 *   documented  as in the peer's documentation
 *   fastest     the same rules by the fastest means that the peer recommends
 *   tolerant    those means, with rules as tolerant as the package's: any field may be absent, `null` or empty
 */
export function settings(peer, realDates, { documented, fastest, tolerant }) {
  return [
    { peer, setting: "documented", realDates, build: documented },
    { peer, setting: "fastest", realDates: true, build: fastest },
    { peer, setting: "tolerant", realDates: true, build: (rules) => tolerant({ ...rules, tolerant: true }) },
  ];
}
