// The queries for the details of a case: those kept in the browser, and those of the service.

import type { CaseClient, CaseDetail } from "cisco-support-case";
import type { CaseStore } from "cisco-support-case/store";
import { QueryClient } from "@tanstack/react-query";

/** The interval at which the one open case is read again while the page is visible, in milliseconds. */
const LIVE_MS = 60_000;

/** The client of the queries for details: cached by identity, so that no user sees those of another. */
export const detailQueries: QueryClient = new QueryClient({
  defaultOptions: { queries: { retry: false, staleTime: 30_000, gcTime: 300_000 } },
});

/** The parts of a session that the queries need. */
export interface DetailSource {
  readonly identity: string;
  readonly client: Pick<CaseClient, "caseDetails">;
  readonly store: Pick<CaseStore, "get" | "apply">;
}

const keptKey = ({ identity }: DetailSource, case_id: string) => ["kept-case", identity, case_id];

/** Returns the query for the details of a case that are kept in the browser; `null` if there are none. */
export const keptQuery = (from: DetailSource, case_id: string) => ({
  queryKey: keptKey(from, case_id),
  queryFn: async (): Promise<CaseDetail | null> => (await from.store.get(case_id, { details: true })) ?? null,
  staleTime: Number.POSITIVE_INFINITY,
});

/** Returns the query for the details of a case by the service, which are then also the kept ones. */
export const freshQuery = (from: DetailSource, case_id: string, updated_date: string | null | undefined) => ({
  // The date of the update is part of the key: a case that was updated is read again at once.
  queryKey: ["case", from.identity, case_id, updated_date ?? ""],
  queryFn: async ({ signal }: { signal: AbortSignal }): Promise<CaseDetail> => {
    const { client, store } = from;
    const detail = await client.caseDetails({ case_id }, { signal });
    if (store.get(case_id)) store.apply(detail);
    // They stay if the case is updated, and the next reading fails.
    detailQueries.setQueryData(keptKey(from, case_id), detail);
    return detail;
  },
  placeholderData: (previous: CaseDetail | undefined) => (previous?.case_id === case_id ? previous : undefined),
  refetchInterval: LIVE_MS,
});
