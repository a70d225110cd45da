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

/**
 * Returns the place of a case in the result of a query. A case that left the result meanwhile has the neighbours of its last
 * index there.
 */
export function neighboursOf(
  store: Pick<CaseStore, "query" | "position">,
  query: CaseQuery,
  case_id: string,
  lastIndex: number | null,
): Neighbours {
  const index = store.position(query, case_id);
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
