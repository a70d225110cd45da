// The three documents as peers build them, out of what each has for a field and for an object: one table, so that all
// check the same.

import { CASE, DETAIL, NOTE, PLACE } from "../measure/fields.mjs";

/** Fields that some routes or some cases do not have. */
const OPTIONAL = new Set(["item_entry_id", "status_flag", "technology_name", "sub_technology_name", "close_date"]);

/** Fields that no tolerance replaces. */
const NEEDED = new Set(["case_id", "severity", "last_index", "page_index", "page_records", "total_records"]);

/**
 * Whether a field may be missing: `"needed"`, `"optional"` (absent), or `"missable"` (absent, `null` or empty, which
 * is what the service does to any field and what the package takes).
 */
function presence(name, tolerant) {
  if (NEEDED.has(name)) return "needed";
  if (tolerant) return "missable";
  return OPTIONAL.has(name) ? "optional" : "needed";
}

/**
 * The schemas of a page, a summary and details. A peer says what it has:
 *
 *   field({ kind, max }, presence, note)  the schema of a field; `note` is that of a note, for a list of them
 *   object(members)                       an object with these members, others being tolerated
 *   list(item), count                     a list that must be there, and a whole number
 *
 * Rules say whether they are `tolerant`, and which `kinds` are wanted if not all.
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

/** For what only answers yes or no: gives the value, or throws. */
export function orThrow(check) {
  return (value) => {
    if (!check(value)) throw new TypeError("refused");
    return value;
  };
}

/**
 * A peer in its three settings, each a function of rules. `realDates` is what its own check of a date-time claims; at
 * its fastest each has a check made by hand that knows the calendar.
 *
 *   documented  as its documentation shows
 *   fastest     the same rules by the fastest means that it recommends
 *   tolerant    those means, and rules as tolerant as the package's: any field may be absent, `null` or empty
 */
export function settings(peer, realDates, { documented, fastest, tolerant }) {
  return [
    { peer, setting: "documented", realDates, build: documented },
    { peer, setting: "fastest", realDates: true, build: fastest },
    { peer, setting: "tolerant", realDates: true, build: (rules) => tolerant({ ...rules, tolerant: true }) },
  ];
}
