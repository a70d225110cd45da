// The place of a case in the result that it was opened from.

import type { CaseQuery, CaseStore } from "cisco-support-case/store";

/** The place of a case in a result. */
export interface Neighbours {
  /** The index of the case, from 0; `null` if it is not part of the result, or not any more. */
  readonly index: number | null;
  /** The number of cases in the result. */
  readonly total: number;
  readonly previous: string | null;
  readonly next: string | null;
}

/** The part of a store that finds neighbours. */
export type RankedStore = Pick<CaseStore, "query"> & {
  /** Returns the index of a case in the result of a query, if the store can do so without the cases before it. */
  rank?(query: CaseQuery, case_id: string): number | null | undefined;
};

/** The number of cases that are looked through in a store without `rank`. */
const LOOKED_THROUGH = 10_000;

function indexIn(store: RankedStore, query: CaseQuery, case_id: string): number | null {
  if (store.rank) return store.rank(query, case_id) ?? null;
  const at = store
    .query({ ...query, offset: 0, limit: LOOKED_THROUGH })
    .cases.findIndex((one) => one.case_id === case_id);
  return at === -1 ? null : at;
}

/**
 * Returns the place of a case in the result of a query. A case that left the result meanwhile has the neighbours of its last
 * index there.
 */
export function neighboursOf(
  store: RankedStore,
  query: CaseQuery,
  case_id: string,
  lastIndex: number | null,
): Neighbours {
  const index = indexIn(store, query, case_id);
  const place = index ?? lastIndex;
  const offset = Math.max(0, (place ?? 0) - 1);
  const { total, cases } = store.query({ ...query, offset, limit: 3 });
  if (place === null) return { index: null, total, previous: null, next: null };
  const at = (wanted: number) => cases[wanted - offset]?.case_id ?? null;
  return {
    index,
    total,
    previous: place > 0 ? at(place - 1) : null,
    // Where the case was there is its successor now.
    next: at(index === null ? place : place + 1),
  };
}
