// Options for queries to the copy of a gateway, for portals without a store. The gateway answers them without the service.

import type { DataTag } from "@tanstack/query-core";
import { GatewayRequests } from "../client/gateway-request.js";
import type { CaseApiError, CaseClient, CaseRecord } from "../client/index.js";
import { rejectOption } from "../client/input.js";
import type { CaseDetailColumns, CaseQuery } from "../store/index.js";
import { jsonText } from "../store/json-text.js";
import type { ErrorHandling } from "./error-handling.js";
import { type CaseKeyOptions, PACKAGE_NAME, scopeFrom } from "./keys.js";

/** Key of a query to a gateway's copy: the scope, and the text of the query. */
export type CopyQueryKey = readonly [name: "cisco-support-case", scope: string, source: "query", query: string];

/** The answer of a gateway's copy. */
export interface CopyQueryResult {
  /** The instant from which ages were reckoned. */
  readonly now: string;
  /** The number of all matching cases; `null` if the copy found the page without counting them. */
  readonly total: number | null;
  /** The cases of the page, in order. */
  readonly cases: readonly CaseRecord[];
  /** What details add to these cases, of those whose details the copy has. */
  readonly details: readonly CopiedCaseDetails[];
}

/** What the details of a case add to its record, with the number of the case. */
export interface CopiedCaseDetails extends CaseDetailColumns {
  /** The number of the case. */
  readonly case_id: string;
}

/** Options for `useQuery`, `useSuspenseQuery`, `queryClient.fetchQuery` and similar functions. */
export interface CopyQueryOptions extends ErrorHandling {
  /** Key of the cached answer. It determines the type that `queryClient.getQueryData(queryKey)` returns. */
  queryKey: DataTag<CopyQueryKey, CopyQueryResult, CaseApiError>;
  /** Asks the gateway. The query's signal cancels the request. */
  queryFn: (context: {
    /** Aborted when the query is cancelled or replaced. */
    readonly signal: AbortSignal;
  }) => Promise<CopyQueryResult>;
}

/**
 * Options for a query to the copy of cases of the client's gateway: the cases that the sign-in may see, by the same language as
 * those of a store. The client's `baseUrl` must be a gateway with a copy. Throws if it has none.
 */
export function caseQueryOptions(
  client: Pick<CaseClient, "casesByContract">,
  query: CaseQuery = {},
  options?: CaseKeyOptions,
): CopyQueryOptions {
  const found = GatewayRequests.of(client);
  const requests = found ?? rejectOption("client", "a client whose baseUrl is a gateway", "another client");
  // A copy, since later changes of the object must not change this query.
  const text = jsonText(query);
  const queryKey = [PACKAGE_NAME, scopeFrom(options), "query", text] as const;
  return {
    queryKey: queryKey as unknown as CopyQueryOptions["queryKey"],
    queryFn: async ({ signal }) => {
      const { body } = await requests.get(`/query?q=${encodeURIComponent(text)}`, { signal });
      return body as CopyQueryResult;
    },
    retry: false,
  };
}
