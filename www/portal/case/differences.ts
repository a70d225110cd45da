// The differences between a case as the reader saw it and as it is now.

import type { CaseRecord } from "cisco-support-case";
import type { CaseDetailColumns } from "cisco-support-case/store";

/** The values of a case that a reader compares, with the names of their fields. */
export interface SeenValues {
  readonly severity?: number | null;
  readonly status?: string;
  readonly title?: string;
  readonly owner?: string;
  readonly contact_name?: string;
  readonly contract_id?: string;
  readonly serial_number?: string;
  readonly technology_name?: string;
  readonly bugs?: readonly string[];
  readonly rmas?: readonly string[];
  readonly notes_count?: number;
  readonly updated_date?: string | null;
}

/** A field whose value differs. */
export interface Difference {
  /** The name of the field. */
  readonly field: string;
  /** The name of the field for people. */
  readonly label: string;
  /** The value before; `undefined` if it is not known. */
  readonly before: string | undefined;
  /** The value after; `undefined` if it is not known. */
  readonly after: string | undefined;
}

/** The names of fields for people. Those of dates follow from the other changes, and are left out. */
const LABELS: Readonly<Record<string, string>> = {
  severity: "Severity",
  status: "Status",
  title: "Title",
  owner: "Owner",
  contact_name: "Contact",
  contract_id: "Contract",
  user_id: "User",
  serial_number: "Serial number",
  technology_name: "Technology",
  sub_technology_name: "Sub-technology",
  bugs: "Bugs",
  rmas: "RMAs",
  notes_count: "Notes",
  tracking_number: "Tracking number",
};

/** Fields that are empty until the details of a case were read. */
const LEARNED = new Set(["owner", "technology_name"]);

/** Fields that lists do not have: the record of a case that a list brings anew has them no more until its details are read again. */
const NOT_LISTED = new Set(["technology_name"]);

/** Returns the name of a field for people. */
export const fieldLabel = (field: string): string => LABELS[field] ?? field.replaceAll("_", " ");

/** Returns the values of a case, to be compared later. Details add the owner and the number of notes. */
export function seenValues(record: CaseRecord, details: CaseDetailColumns | undefined): SeenValues {
  const { severity, status, title, contact_name, contract_id, serial_number, technology_name, updated_date } = record;
  const { bugs, rmas } = record;
  const own = { severity, status, title, contact_name, contract_id, serial_number, technology_name, updated_date };
  const added = details ? { owner: details.owner, notes_count: details.notes_count } : {};
  return { ...own, bugs: [...bugs], rmas: [...rmas], ...added };
}

/** Returns the fields that differ, in the order of their names for people. A field that one side does not know is equal. */
export function differences(before: SeenValues, after: SeenValues): readonly Difference[] {
  const found: Difference[] = [];
  for (const field of Object.keys(LABELS) as (keyof SeenValues)[]) {
    const [old, now] = [before[field], after[field]];
    if (old === undefined || now === undefined) continue;
    if ((old === "" && LEARNED.has(field)) || (now === "" && NOT_LISTED.has(field))) continue;
    const difference = isList(old) && isList(now) ? listDifference(old, now) : valueDifference(old, now);
    if (difference) found.push({ field, label: fieldLabel(field), ...difference });
  }
  return found;
}

type Value = NonNullable<SeenValues[keyof SeenValues]> | null;
type Sides = Pick<Difference, "before" | "after">;

const isList = (value: Value): value is readonly string[] => Array.isArray(value);

function valueDifference(before: Value, after: Value): Sides | undefined {
  return before === after ? undefined : { before: valueText(before), after: valueText(after) };
}

/** Returns the elements that only one of the lists has. Their order does not count. */
function listDifference(before: readonly string[], after: readonly string[]): Sides | undefined {
  const removed = before.filter((value) => !after.includes(value));
  const added = after.filter((value) => !before.includes(value));
  if (removed.length === 0 && added.length === 0) return undefined;
  return { before: removed.join(", ") || undefined, after: added.join(", ") || undefined };
}

const valueText = (value: Value): string => (value === null || value === "" ? "–" : String(value));
