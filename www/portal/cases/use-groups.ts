// The groups of the present list, in the order in which the store sorts them.

import type { CaseQuery, CaseStore } from "cisco-support-case/store";
import type { GroupField } from "../app/view.js";
import type { Group } from "./grouping.js";

/** The groups above which the rest is not divided, if each costs a query: of milliseconds in a long list. */
const MAX_GROUPS = 100;

type GroupStore = Pick<CaseStore, "facets" | "count" | "query">;

/** Returns the groups of the cases that match a query, which is sorted by the field first. */
export function groupsOf(
  store: GroupStore,
  query: CaseQuery,
  field: GroupField,
  collapsed: readonly string[],
): Group[] {
  const counts = new Map(store.facets(query, [field])[field].map(({ value, count }) => [String(value ?? ""), count]));
  const total = store.count(query);
  const values = [...counts.keys()].filter((value) => isWanted(query, field, value));
  const sum = values.reduce((all, value) => all + counts.get(value)!, 0);
  // Beyond the first thousand values the store counts none, and it folds other letters by a table.
  const isKnown = sum === total && values.every(isAscii);
  const found = isKnown ? values.sort(compareValues) : valuesByRows(store, query, field, counts, total);
  return found.map((value) => ({ value, count: counts.get(value) ?? 1, isCollapsed: collapsed.includes(value) }));
}

/** Whether the conditions of a query on a field leave a value: counts of values leave these conditions out. */
function isWanted({ where, not }: CaseQuery, field: GroupField, value: string): boolean {
  const named = (conditions: CaseQuery["where"]) => {
    const wanted = conditions?.[field];
    return wanted === undefined ? undefined : [wanted].flat().map((one) => String(one ?? ""));
  };
  return (named(where)?.includes(value) ?? true) && !named(not)?.includes(value);
}

const isAscii = (text: string): boolean => /^[\0-\x7f]*$/.test(text);

/** Compares values as the store does: by their folded texts, then as they are; a missing one comes last. */
function compareValues(a: string, b: string): number {
  if (a === "" || b === "") return Number(a === "") - Number(b === "");
  return compareTexts(a.toLowerCase(), b.toLowerCase()) || compareTexts(a, b);
}

const compareTexts = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** Reads the values in their order from the first row of each: many times as slow. */
function valuesByRows(
  store: GroupStore,
  query: CaseQuery,
  field: GroupField,
  counts: ReadonlyMap<string, number>,
  total: number,
): string[] {
  const values: string[] = [];
  let row = 0;
  while (row < total && values.length < MAX_GROUPS) {
    const [first] = store.query({ ...query, offset: row, limit: 1 }).cases;
    if (!first) break;
    const value = String(first[field] ?? "");
    values.push(value);
    row += counts.get(value) ?? 1;
  }
  return values;
}
