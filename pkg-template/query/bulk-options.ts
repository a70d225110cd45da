// Options for bulk calls, as one array: for pages with one list of many contracts, and for jobs. A portal over all cases uses a
// store, which follows the changes and saves them.

import type { DataTag } from "@tanstack/query-core";
import type { CaseApiError, CaseClient } from "../client/index.js";
import type {
  AllCasesOptions,
  AllCasesParams,
  CaseChange,
  ChangesOptions,
  ChangesParams,
} from "../client/bulk-options.js";
import { MAX_BULK_IDS, toJson } from "../client/input.js";
import type { CaseRecord } from "../generated/types.js";
import type { ErrorHandling } from "./error-handling.js";
import { type CaseKeyOptions, isObject, normalizeParam, PACKAGE_NAME, requireObject, scopeFrom } from "./keys.js";

/** Key of a bulk call: the scope, the call, its parameters, and for `changes` the cursor. */
export type BulkQueryKey = readonly [
  name: "cisco-support-case",
  scope: string,
  call: "allCases" | "changes",
  params: { readonly [name: string]: unknown },
  cursor?: string | null,
];

/** The members of the options of both bulk calls besides those of the call. */
interface BulkQueryInit extends CaseKeyOptions {
  /** The maximum number of cases or changes, 1 or more. With more the query fails with the code `LIMIT_REACHED`. */
  limit: number;
}

/** Options of {@link allCasesOptions} besides the parameters: the limit, the scope of the key, and the options of the call. */
export interface AllCasesQueryInit extends BulkQueryInit, Omit<AllCasesOptions, "signal" | "resume" | "partial"> {}

/** Options of {@link changesOptions} besides the parameters: the limit, the scope of the key, and the options of the call. */
export interface ChangesQueryInit extends BulkQueryInit, Omit<ChangesOptions, "signal" | "partial"> {}

/** The changes of one round. */
export interface ChangesRound {
  /** The changes since the cursor of the options. */
  changes: CaseChange[];
  /** The cursor after them: that of the next round's options. */
  cursor: string | null;
}

/** Options for `useQuery`, `queryClient.fetchQuery` and similar functions. */
export interface BulkQueryOptions<Data> extends ErrorHandling {
  /** Key of the cached data. It determines the type that `queryClient.getQueryData(queryKey)` returns. */
  queryKey: DataTag<BulkQueryKey, Data, CaseApiError>;
  /** Reads everything. The query's signal cancels it. */
  queryFn: (context: {
    /** Aborted when the query is cancelled or replaced. */
    readonly signal: AbortSignal;
  }) => Promise<Data>;
}

/**
 * Options for every case of any number of contracts, users or ids, as an array in the order of their numbers. Each fetch reads all
 * of them again: set a `staleTime`. If a part cannot be read, the query fails.
 */
export function allCasesOptions(
  client: Pick<CaseClient, "allCases">,
  params: AllCasesParams,
  options: AllCasesQueryInit,
): BulkQueryOptions<CaseRecord[]> {
  return bulkOptions("allCases", params, options, [], async (given, limit, how) => {
    const cases = await client.allCases(given as AllCasesParams, how).toArray({ limit });
    // A case that was updated meanwhile comes again. Lists that are read at the same time end in any order.
    const newest = new Map(cases.map((one) => [one.case_id, one]));
    return [...newest.values()].sort((one, other) => (one.case_id < other.case_id ? -1 : 1));
  });
}

/**
 * Options for one round of the changes since a cursor; `null` for the first one, which reads everything. The cursor of the data is
 * for the options of the next round: save it once the changes were taken. If a part cannot be read, the query fails, and the
 * cursor stays that of the options.
 */
export function changesOptions(
  client: Pick<CaseClient, "changes">,
  params: ChangesParams,
  cursor: string | null,
  options: ChangesQueryInit,
): BulkQueryOptions<ChangesRound> {
  return bulkOptions("changes", params, options, [cursor], async (given, limit, how) => {
    const round = client.changes(given as ChangesParams, cursor, how);
    const changes = await round.toArray({ limit });
    return { changes, cursor: round.cursor() };
  });
}

function bulkOptions<Data>(
  call: "allCases" | "changes",
  params: unknown,
  options: unknown,
  more: readonly unknown[],
  read: (given: unknown, limit: number, how: object) => Promise<Data>,
): BulkQueryOptions<Data> {
  // A copy, since later changes of the object must not change this query.
  const given: unknown = JSON.parse(toJson(params, MAX_BULK_IDS));
  const { scope, limit, ...how } = requireObject(options);
  return {
    queryKey: [PACKAGE_NAME, scopeFrom({ scope }), call, normalized(given), ...more] as unknown as DataTag<
      BulkQueryKey,
      Data,
      CaseApiError
    >,
    queryFn: ({ signal }) => read(given, limit as number, { ...how, signal }),
    retry: false,
  };
}

/** Returns parameters whose ids are in order, and whose dates have one form. */
function normalized(params: unknown): unknown {
  if (!isObject(params)) return params;
  const entries = Object.entries(params).map(([name, value]): [string, unknown] => {
    const kind = name.endsWith("_ids") ? "ids" : name.startsWith("date_") ? "date" : "word";
    return [name, isObject(value) ? value : normalizeParam([kind, null], value, name)];
  });
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}
