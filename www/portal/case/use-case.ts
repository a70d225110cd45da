// A case for the page that shows it: its record from the store at once, and its details from the browser, then from the service.

import type { CaseDetail, CaseRecord } from "cisco-support-case";
import { type QueryClient, QueryClient as Client, useQuery } from "@tanstack/react-query";
import { useCallback, useSyncExternalStore } from "react";
import { onStoreChange, useSession } from "../app/store-hooks.js";

/** The interval at which the one open case is read again while the page is visible, in milliseconds. */
const LIVE_MS = 60_000;

/** The client of the queries for details: cached by identity, so that no user sees those of another. */
export const detailQueries: QueryClient = new Client({
  defaultOptions: { queries: { retry: false, staleTime: 30_000, gcTime: 300_000 } },
});

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
  const { identity, client, store } = useSession();
  const kept = useQuery(
    {
      queryKey: ["kept-case", identity, case_id],
      queryFn: async () => (await store.get(case_id, { details: true })) ?? null,
      staleTime: Number.POSITIVE_INFINITY,
    },
    detailQueries,
  );
  const fresh = useQuery(
    {
      // The date of the update is part of the key: a case that was updated is read again at once.
      queryKey: ["case", identity, case_id, updated_date ?? ""],
      queryFn: async ({ signal }) => {
        const detail = await client.caseDetails({ case_id }, { signal });
        if (store.get(case_id)) store.apply(detail);
        return detail;
      },
      placeholderData: (previous) => (previous?.case_id === case_id ? previous : undefined),
      refetchInterval: LIVE_MS,
    },
    detailQueries,
  );
  return {
    detail: fresh.data ?? kept.data ?? undefined,
    error: fresh.error,
    isLoading: fresh.isPending && !kept.data,
    isRefreshing: fresh.isFetching,
    again: () => void fresh.refetch(),
  };
}
