// A case for the page that shows it: its record from the store at once, and its details from the browser, then from the service.

import type { CaseDetail, CaseRecord } from "cisco-support-case";
import { useQuery } from "@tanstack/react-query";
import { useCallback, useSyncExternalStore } from "react";
import { onStoreChange, useSession } from "../app/store-hooks.js";
import { detailQueries, freshQuery, keptQuery } from "./detail-queries.js";

/** The record of a case in the store, kept up to date; `undefined` if the store does not have it. */
export function useRecord(case_id: string): CaseRecord | undefined {
  const { store } = useSession();
  const subscribe = useCallback((listener: () => void) => onStoreChange(store, listener), [store]);
  return useSyncExternalStore(subscribe, () => store.get(case_id));
}

/** The state of a case's details. */
export interface DetailState {
  readonly detail: CaseDetail | undefined;
  readonly error: unknown;
  readonly isLoading: boolean;
  readonly isRefreshing: boolean;
  readonly again: () => void;
}

/** The details of a case: those kept in the browser until the service has answered, then again with each update of the case. */
export function useDetail(case_id: string, updated_date: string | null | undefined): DetailState {
  const session = useSession();
  const kept = useQuery(keptQuery(session, case_id), detailQueries);
  const fresh = useQuery(freshQuery(session, case_id, updated_date), detailQueries);
  return {
    detail: fresh.data ?? kept.data ?? undefined,
    error: fresh.error,
    isLoading: fresh.isPending && !kept.data,
    isRefreshing: fresh.isFetching,
    again: () => void fresh.refetch(),
  };
}
