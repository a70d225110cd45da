// The groups of the present list, in the order in which the store sorts them.

import type { CaseQuery, CaseStore } from "cisco-support-case/store";
import type { GroupField } from "../app/view.js";
import type { Group } from "./grouping.js";

/** The groups above which the rest is not divided: each costs a query. */
const MAX_GROUPS = 500;

/** Returns the groups of the cases that match a query, which is sorted by the field first. */
export function groupsOf(store: CaseStore, query: CaseQuery, field: GroupField, collapsed: readonly string[]): Group[] {
  const counts = new Map(store.facets(query, [field])[field].map(({ value, count }) => [String(value ?? ""), count]));
  const total = store.count(query);
  const groups: Group[] = [];
  let row = 0;
  while (row < total && groups.length < MAX_GROUPS) {
    const [first] = store.query({ ...query, offset: row, limit: 1 }).cases;
    if (!first) break;
    const value = String(first[field] ?? "");
    const count = counts.get(value) ?? 1;
    groups.push({ value, count, isCollapsed: collapsed.includes(value) });
    row += count;
  }
  return groups;
}
