// The groups of the present list, in the order in which the store sorts them.

import type { CaseQuery, CaseStore } from "cisco-support-case/store";
import type { GroupField } from "../app/view.js";
import { type Group, REST } from "./grouping.js";

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
  const groupOf = (value: string, count: number): Group => ({ value, count, isCollapsed: collapsed.includes(value) });
  const values = [...counts.keys()].filter((value) => isWanted(query, field, value));
  const sum = values.reduce((all, value) => all + counts.get(value)!, 0);
  // Beyond the first thousand values the store counts none, and it folds other letters by a table.
  if (sum === total && values.every(isAscii)) {
    const order = [query.sort ?? []].flat()[0]?.order === "desc" ? -1 : 1;
    return values.sort((a, b) => compareValues(a, b, order)).map((value) => groupOf(value, counts.get(value)!));
  }
  const countOf = (value: string) =>
    counts.get(value) ?? store.count({ ...query, where: { ...query.where, [field]: [value] } });
  const groups: Group[] = [];
  let row = 0;
  // The order is that of the rows, by the first one of each group: many times as slow.
  while (row < total && groups.length < MAX_GROUPS) {
    const [first] = store.query({ ...query, offset: row, limit: 1 }).cases;
    if (!first) break;
    const group = groupOf(String(first[field] ?? ""), countOf(String(first[field] ?? "")));
    groups.push(group);
    row += group.count;
  }
  if (row < total) groups.push(groupOf(REST, total - row));
  return groups;
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

/** Compares values as the store does: by their folded texts, then as they are; a missing one comes last in both orders. */
function compareValues(a: string, b: string, order: 1 | -1): number {
  if (a === "" || b === "") return Number(a === "") - Number(b === "");
  return order * (compareTexts(a.toLowerCase(), b.toLowerCase()) || compareTexts(a, b));
}

const compareTexts = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
