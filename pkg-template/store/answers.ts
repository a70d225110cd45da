// The answers of a store but for those of records, as objects.

import type { AnswerReader } from "./answer-reader.js";
import type {
  AgeBucket,
  CaseChange,
  CaseDetailColumns,
  CaseMatches,
  CaseOverview,
  FacetField,
  FacetValue,
  StatusSince,
} from "./index.js";
import type { CaseRecord } from "../generated/types.js";
import { userKey } from "../util/user-key.js";

type Writable<T> = { -readonly [name in keyof T]: T[name] };

const readCount = (reader: AnswerReader): FacetValue => ({ value: reader.text(), count: reader.number() });

/** Reads the counts of fields. */
export function readFacets<F extends FacetField>(reader: AnswerReader, fields: readonly F[]) {
  const counts = {} as Record<F, readonly FacetValue[]>;
  for (const field of fields) {
    const values = reader.list(readCount);
    // Severities are numbers.
    const numbered = ({ value, count }: FacetValue) => ({ value: value ? Number(value) : null, count });
    counts[field] = field === "severity" ? values.map(numbered) : values;
  }
  return counts;
}

/** More values than a field has: the limit of counts that must name each of them. */
export const ALL_VALUES = 1e9;

/** Reads the counts of user ids. Returns some ids as they are given, and as the cases spell them: the service ignores their case. */
export function readSpellings(reader: AnswerReader, user_ids: readonly string[]): readonly string[] {
  const keys = new Set(user_ids.map(userKey));
  const spelt = reader.list(readCount).map(({ value }) => value as string);
  return [...new Set([...user_ids, ...spelt.filter((user_id) => keys.has(userKey(user_id)))])];
}

const readBucket = (reader: AnswerReader): AgeBucket => ({
  fromDays: reader.optional(),
  toDays: reader.optional(),
  count: reader.number(),
});

/** Reads an overview. */
export function readOverview(reader: AnswerReader): CaseOverview {
  return {
    total: reader.number(),
    open: reader.number(),
    bySeverityAndStatus: reader.list(() => ({
      severity: reader.optional(),
      status: reader.text() as CaseRecord["status"],
      open: reader.number(),
      closed: reader.number(),
    })),
    ageing: reader.list(readBucket),
    quiet: reader.list(readBucket),
    waitingOn: Object.fromEntries(reader.list(() => [reader.text(), reader.number()])),
    weeks: reader.list(() => ({
      week: reader.text(),
      start: reader.text(),
      opened: reader.number(),
      closed: reader.number(),
      backlog: reader.number(),
    })),
    technologies: reader.list(readCount),
    serialNumbers: reader.list(readCount),
  };
}

/** Reads what the details of a case added. */
export const readDetails = (reader: AnswerReader): CaseDetailColumns => ({
  owner: reader.text(),
  tracking_number: reader.text(),
  notes_count: reader.number(),
  last_note_date: reader.text() || null,
  last_note_by: reader.text() as CaseDetailColumns["last_note_by"],
  updated_date: reader.text() || null,
});

/** Reads since when a case has its status. */
export const readStatusSince = (reader: AnswerReader): StatusSince => ({
  since: reader.text(),
  is_exact: reader.number() === 1,
});

/** Reads the changes of an answer. */
export const readChanges = (reader: AnswerReader): readonly CaseChange[] =>
  Object.freeze(
    reader.list(() => ({
      type: reader.text() as CaseChange["type"],
      case_id: reader.text(),
      fields: reader.list(() => reader.text()),
      before: readValues(reader),
      after: readValues(reader),
    })),
  );

function readValues(reader: AnswerReader): CaseChange["before"] {
  const values: Writable<CaseChange["before"]> = {};
  for (const name of ["status", "owner", "title"] as const) {
    if (reader.number()) values[name] = reader.text() as CaseRecord["status"];
  }
  if (reader.number()) values.severity = reader.optional();
  return values;
}

/** The texts of cases in which words match, in the order in which the wasm reads them. */
export const textsOf = (cases: readonly CaseRecord[]): string =>
  JSON.stringify(
    cases.map(({ title, case_id, serial_number, contract_id, user_id, bugs, rmas }) => {
      return [title, case_id, serial_number, contract_id, user_id, bugs, rmas];
    }),
  );

/** Reads the matches in the texts of cases. */
export const readMatches = (reader: AnswerReader, cases: readonly CaseRecord[]): readonly CaseMatches[] =>
  Object.freeze(
    cases.map(({ bugs, rmas }) => ({
      fields: readRanges(reader, ["title", "case_id", "serial_number", "contract_id", "user_id"]),
      bugs: readRanges(reader, Object.keys(bugs)),
      rmas: readRanges(reader, Object.keys(rmas)),
    })),
  );

/** Reads the ranges of each name; names without ranges are left out. */
function readRanges(reader: AnswerReader, names: readonly string[]): Record<string, [number, number][]> {
  const found: Record<string, [number, number][]> = {};
  for (const name of names) {
    const ranges = reader.list((): [number, number] => [reader.number(), reader.number()]);
    if (ranges.length > 0) found[name] = ranges;
  }
  return found;
}
