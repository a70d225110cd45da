// Counts among many cases: a query names at most 1000 numbers.

import type { CaseQuery, CaseStore } from "cisco-support-case/store";
import { MAX_IDS } from "../app/view.js";

/** Returns the case numbers among these that a query's own condition on them leaves. */
export function idsWithin({ where }: CaseQuery, ids: readonly string[]): readonly string[] {
  if (where?.case_id === undefined) return ids;
  const own = new Set([where.case_id].flat());
  return ids.filter((id) => own.has(id));
}

/** Counts the cases among these that match a query. */
export function countAmong(store: Pick<CaseStore, "count">, query: CaseQuery, ids: readonly string[]): number {
  let count = 0;
  for (let from = 0; from < ids.length; from += MAX_IDS) {
    const case_id = ids.slice(from, from + MAX_IDS);
    count += store.count({ ...query, where: { ...query.where, case_id } });
  }
  return count;
}
