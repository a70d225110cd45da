// The conditions of a view, one by one: as chips that can be removed, and as reasons of an empty result.

import {
  AGE_FIELDS,
  type AgeField,
  type Conditions,
  DATE_FIELDS,
  type DateField,
  type DateRange,
  LIST_FIELDS,
  type ListField,
  type Mark,
  type View,
} from "../app/view.js";
import { type DateInput, DAY_MS, type Formatter, instantOf } from "../ui/format.js";

/** The labels of the fields. */
export const FIELD_LABELS: Readonly<Record<ListField | DateField | AgeField, string>> = {
  status_flag: "State",
  status: "Status",
  severity: "Severity",
  contract_id: "Contract",
  user_id: "User",
  technology_name: "Technology",
  sub_technology_name: "Sub-technology",
  serial_number: "Serial number",
  bug: "Bug",
  rma: "RMA",
  case_id: "Case",
  created: "Created",
  updated: "Updated",
  open_for_days: "Open for",
  quiet_for_days: "Quiet for",
  in_status_for_days: "In status for",
};

/** The labels of the reader's marks. */
export const MARK_LABELS: Readonly<Record<Mark, string>> = { unread: "Unread", pinned: "Pinned", snoozed: "Put off" };

/** Returns the words for a value of a field. */
export function valueLabel(field: ListField, value: string): string {
  // Lists of cases have no technologies: the details of a case do.
  if (value === "") return field === "technology_name" || field === "sub_technology_name" ? "not known" : "none";
  if (field === "status_flag") return value === "O" ? "open" : "closed";
  return value;
}

/** A condition of a view. */
export interface Condition {
  /** A key that is unique within the view. */
  readonly key: string;
  readonly label: string;
  /** Whether cases that match are left out. */
  readonly isExcluding: boolean;
  /** Returns the view without the condition. */
  readonly remove: (view: View) => View;
}

/** The number of characters up to which a label has a text. */
const MAX_LABEL = 80;

/** Returns a text, or its beginning. */
const shortened = (text: string): string => {
  const characters = [...text];
  return characters.length > MAX_LABEL ? `${characters.slice(0, MAX_LABEL).join("")}…` : text;
};

/** The values of a field above which a chip has their number instead. */
const MAX_VALUES = 3;

/** Returns the conditions of a view, in a fixed order. */
export function conditionsIn(view: View, format: Formatter): Condition[] {
  const found: Condition[] = [];
  if (view.text.trim() !== "") {
    found.push({
      key: "text",
      label: `Text “${shortened(view.text.trim())}”`,
      isExcluding: false,
      remove: (from) => ({ ...from, text: "" }),
    });
  }
  for (const side of ["where", "not"] as const) {
    const isExcluding = side === "not";
    const word = isExcluding ? "is not" : "is";
    const without = (field: keyof Conditions) => (from: View) => ({ ...from, [side]: omit(from[side], field) });
    for (const field of LIST_FIELDS) {
      const values = view[side][field];
      if (!values) continue;
      const names = values.map((value) => valueLabel(field, value));
      const shown = names.length > MAX_VALUES ? `one of ${format.count(names.length)}` : names.join(" or ");
      found.push({
        key: `${side} ${field}`,
        label: `${FIELD_LABELS[field]} ${word} ${shown}`,
        isExcluding,
        remove: without(field),
      });
    }
    for (const field of DATE_FIELDS) {
      const range = view[side][field];
      if (!range) continue;
      const label = `${isExcluding ? "Not " : ""}${FIELD_LABELS[field]} ${datesLabel(range, format)}`;
      found.push({ key: `${side} ${field}`, label, isExcluding, remove: without(field) });
    }
    for (const field of AGE_FIELDS) {
      const range = view[side][field];
      if (!range) continue;
      const label = `${isExcluding ? "Not " : ""}${FIELD_LABELS[field]} ${daysLabel(range, format)}`;
      found.push({ key: `${side} ${field}`, label, isExcluding, remove: without(field) });
    }
  }
  if (view.mark) {
    const label = MARK_LABELS[view.mark];
    found.push({ key: "mark", label, isExcluding: false, remove: (from) => ({ ...from, mark: null }) });
  }
  if (view.now !== null) {
    const label = `Days as of ${format.dateTime(view.now)}`;
    found.push({ key: "now", label, isExcluding: false, remove: (from) => ({ ...from, now: null }) });
  }
  return found;
}

/** Returns conditions without those on a field. */
export function omit(conditions: Conditions, field: keyof Conditions): Conditions {
  const { [field]: _removed, ...others } = conditions;
  return others;
}

const datesLabel = (range: DateRange, format: Formatter): string => {
  if ("lastDays" in range) return `in the last ${format.days(range.lastDays)}`;
  const { from, to } = range;
  if (from && to) return `from ${dateLabel(from, format)} to before ${dateLabel(to, format)}`;
  return from ? `since ${dateLabel(from, format)}` : `before ${dateLabel(to, format)}`;
};

/** Returns the words for an end of a range: the day (UTC) that begins then, else the time. */
export function dateLabel(date: DateInput, format: Formatter): string {
  return (instantOf(date) ?? 0) % DAY_MS === 0 ? format.utc.day(date) : format.dateTime(date);
}

const daysLabel = ({ min, max }: { min?: number; max?: number }, format: Formatter): string => {
  if (min !== undefined && max !== undefined) return `${format.count(min)} to ${format.days(max)}`;
  return min === undefined ? `at most ${format.days(max ?? 0)}` : `at least ${format.days(min)}`;
};

/** The heading of a search that the store rejects. */
export const CANNOT_SEARCH = "This cannot be searched for";

/** The number of conditions up to which an empty result is explained. */
export const MAX_EXPLAINED = 8;
