// Queries as views: the list of the cases that a figure counts.

import type { CaseConditions, CaseQuery } from "cisco-support-case/store";
import { AGE_FIELDS, type Conditions, DATE_FIELDS, LIST_FIELDS, type View, viewOf } from "../app/view.js";

/** Returns the view of a query's cases. */
export function viewOfQuery(query: CaseQuery): View {
  return viewOf({
    where: conditionsOfQuery(query.where ?? {}),
    not: conditionsOfQuery(query.not ?? {}),
    text: query.where?.text ?? "",
    now: query.now === undefined ? null : new Date(query.now).toISOString(),
  });
}

function conditionsOfQuery(conditions: CaseConditions): Conditions {
  const found: Record<string, unknown> = {};
  for (const field of LIST_FIELDS) {
    const value = conditions[field as keyof CaseConditions];
    if (value !== undefined) found[field] = [value].flat().map((one) => (one === null ? "" : String(one)));
  }
  for (const field of DATE_FIELDS) {
    const range = conditions[field];
    if (range) found[field] = { ...iso("from", range.from), ...iso("to", range.to) };
  }
  for (const field of AGE_FIELDS) {
    const range = conditions[field];
    if (range) found[field] = range;
  }
  return found as Conditions;
}

const iso = (name: "from" | "to", date: string | Date | undefined): Record<string, string> =>
  date === undefined ? {} : { [name]: new Date(date).toISOString() };
