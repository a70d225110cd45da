// Options for TanStack Query 5 and any framework: plain objects with a stable key and a query function that passes the
// query's signal on. They disable TanStack Query's retries. `storeOptions` answers from a store. This file only imports types of `@tanstack/query-core`,
// which each of TanStack's framework packages contains, and calls the given client.

import type { DataTag } from "@tanstack/query-core";
import type { CaseApiError, CaseClient, RequestOptions } from "../client/index.js";
import { toJson, rejectOption } from "../client/input.js";
import type { CaseSummaryResult, CasesPageData } from "../client/types.js";
import type {
  CaseDetail,
  CaseDetailsParams,
  CaseSummaryParams,
  CasesByContractParams,
  CasesByUserParams,
} from "../generated/types.js";
import type { ErrorHandling } from "./error-handling.js";
import {
  buildKey,
  type CaseCallName,
  type CaseKeyOptions,
  type CaseQueryKey,
  type CasesInfiniteKey,
  isObject,
  normalizeParam,
  PACKAGE_NAME,
  requireObject,
  scopeFrom,
  type UnknownObject,
} from "./keys.js";
import { BY_STATUS, BY_UPDATE, type CasesData, type CasesPageParam, type CasesPages, toPlainPage } from "./pages.js";

export {
  allCasesOptions,
  type AllCasesQueryInit,
  type BulkQueryKey,
  type BulkQueryOptions,
  changesOptions,
  type ChangesQueryInit,
  type ChangesRound,
} from "./bulk-options.js";
export {
  caseQueryOptions,
  type CopiedCaseDetails,
  type CopyQueryKey,
  type CopyQueryOptions,
  type CopyQueryResult,
} from "./copy-options.js";
export type { CaseCallName, CaseKeyOptions, CaseQueryKey, CasesInfiniteKey } from "./keys.js";
export type { CasesData, CasesPageParam, CasesPages } from "./pages.js";
export { storeOptions, type StoreQueryKey, type StoreQueryOptions } from "./store-options.js";

/** Options besides the parameters: the scope of the key, and the options of the call. */
export interface CaseQueryInit extends CaseKeyOptions, Omit<RequestOptions, "signal"> {}

/** The used part of a `queryFn`'s context. */
interface QueryContext {
  /** Aborted when the query is cancelled or replaced. */
  readonly signal: AbortSignal;
}

/**
 * Options for `useQuery`, `useSuspenseQuery`, `queryClient.fetchQuery`, `prefetchQuery` and similar functions. To add
 * or change one: `{ ...caseDetailsOptions(client, params), staleTime: 60_000 }`.
 */
export interface CaseQueryOptions<Data> extends ErrorHandling {
  /** Key of the cached data. It determines the type that `queryClient.getQueryData(queryKey)` returns. */
  queryKey: DataTag<CaseQueryKey, Data, CaseApiError>;
  /** Makes the call. The query's signal cancels it. */
  queryFn: (context: QueryContext) => Promise<Data>;
}

/** Options for `useInfiniteQuery`, `queryClient.fetchInfiniteQuery` and similar functions. */
export interface CasesInfiniteOptions extends ErrorHandling {
  /** Key of the cached pages. It determines the type that `queryClient.getQueryData(queryKey)` returns. */
  queryKey: DataTag<CasesInfiniteKey, CasesPages, CaseApiError>;
  /** Makes the calls for a page: one, or several for the first and the last page. The query's signal cancels them. */
  queryFn: (
    context: QueryContext & {
      /** Parameter of the page to fetch. */
      readonly pageParam: CasesPageParam;
    },
  ) => Promise<CasesPageData>;
  /** Parameter of the first page. */
  initialPageParam: CasesPageParam;
  /** Returns the parameter of the next page, with older cases, or `null` after the last page. */
  getNextPageParam: (
    lastPage: CasesPageData,
    allPages: CasesPageData[],
    lastPageParam: CasesPageParam,
    allPageParams: CasesPageParam[],
  ) => CasesPageParam | null;
  /** Returns the parameter of the preceding page if `maxPages` removed it, or `null` for the first page. */
  getPreviousPageParam: (
    firstPage: CasesPageData,
    allPages: CasesPageData[],
    firstPageParam: CasesPageParam,
    allPageParams: CasesPageParam[],
  ) => CasesPageParam | null;
  /** Adds the merged `cases`. */
  select: (data: CasesPages) => CasesData;
}

/** The used methods of a client. */
type Client = Pick<CaseClient, CaseCallName>;

/** Options for Case Summary of up to 30 cases. */
export function caseSummaryOptions(
  client: Client,
  params: CaseSummaryParams,
  options?: CaseQueryInit,
): CaseQueryOptions<CaseSummaryResult> {
  return queryOptions<CaseSummaryResult>(client, "caseSummary", params, options);
}

/** Options for Case Details of one case, including notes. */
export function caseDetailsOptions(
  client: Client,
  params: CaseDetailsParams,
  options?: CaseQueryInit,
): CaseQueryOptions<CaseDetail> {
  return queryOptions<CaseDetail>(client, "caseDetails", params, options);
}

/**
 * Options for one page of the cases of up to 10 contracts. The page is plain data, without `hasNextPage()` and
 * `nextPage()`.
 */
export function casesByContractOptions(
  client: Client,
  params: CasesByContractParams,
  options?: CaseQueryInit,
): CaseQueryOptions<CasesPageData> {
  return queryOptions<CasesPageData>(client, "casesByContract", params, options, toPlainPage);
}

/**
 * Options for one page of the cases of up to 10 users. The page is plain data, without `hasNextPage()` and
 * `nextPage()`.
 */
export function casesByUserOptions(
  client: Client,
  params: CasesByUserParams,
  options?: CaseQueryInit,
): CaseQueryOptions<CasesPageData> {
  return queryOptions<CasesPageData>(client, "casesByUser", params, options, toPlainPage);
}

/**
 * Options for an infinite query over all cases of up to 10 contracts, newest first, for endless scrolling. If the
 * service's last page has few cases, the first page here includes those of the preceding page.
 *
 * After the last page, `data.cases` contains every case that was in the list throughout, even if cases changed
 * meanwhile: the pages are read from the last to the first, and then the end of the list again until nothing can be
 * missing (`LIST_UNSTABLE` if the list changes too fast). Without changes this takes two requests more than the list
 * has pages (four if all cases of the last page are of one second), and a single one for a list of one page. A case
 * that enters the list in the middle (a newly shared contract) can hide another one until the next fetch.
 *
 * The guarantee requires current pages: `maxAgeMs: 0`. Without it, a gateway or the browser may respond from its cache,
 * so that users of the same list share requests; a case that changed between pages of different ages may then be
 * missing until the next fetch.
 *
 * A list sorted by `STATUS` is read from the first page to the last and can miss a case that changes. With `maxPages`,
 * `data.cases` contains only the cases of the remaining pages.
 */
export function casesByContractInfiniteOptions(
  client: Client,
  params: Omit<CasesByContractParams, "page_index">,
  options?: CaseQueryInit,
): CasesInfiniteOptions {
  return infiniteQueryOptions(client, "casesByContract", params, options);
}

/** Options for an infinite query over all cases of up to 10 users. See {@link casesByContractInfiniteOptions}. */
export function casesByUserInfiniteOptions(
  client: Client,
  params: Omit<CasesByUserParams, "page_index">,
  options?: CaseQueryInit,
): CasesInfiniteOptions {
  return infiniteQueryOptions(client, "casesByUser", params, options);
}

/**
 * Key prefixes for `invalidateQueries`, `removeQueries` and similar functions. The key of one query is that of its
 * options: `casesByContractOptions(client, params).queryKey`.
 */
export const caseKeys: {
  /** All queries of this package, in every scope. */
  readonly all: readonly ["cisco-support-case"];
  /** All queries of a scope. */
  scope(scope: string): readonly ["cisco-support-case", string];
  /** All Case Summary queries. */
  summaries(options?: CaseKeyOptions): readonly unknown[];
  /** All Case Details queries, or those of one case. */
  details(case_id?: string, options?: CaseKeyOptions): readonly unknown[];
  /** All lists of contracts. */
  byContract(options?: CaseKeyOptions): readonly unknown[];
  /** All lists of users. */
  byUser(options?: CaseKeyOptions): readonly unknown[];
  /** All queries over the store of a scope. */
  store(options?: CaseKeyOptions): readonly ["cisco-support-case", string, "store"];
  /** All queries to the copy of a gateway. */
  queries(options?: CaseKeyOptions): readonly ["cisco-support-case", string, "query"];
} = Object.freeze({
  all: Object.freeze([PACKAGE_NAME] as const),
  scope: (scope) => [PACKAGE_NAME, scopeFrom({ scope })],
  summaries: (options) => buildKey("caseSummary", options),
  details: (case_id, options) => buildKey("caseDetails", options, case_id === undefined ? undefined : { case_id }),
  byContract: (options) => buildKey("casesByContract", options),
  byUser: (options) => buildKey("casesByUser", options),
  store: (options) => [PACKAGE_NAME, scopeFrom(options), "store"],
  queries: (options) => [PACKAGE_NAME, scopeFrom(options), "query"],
});

/** The client's calls by name. The client itself validates their parameters. */
type Calls<Data> = Record<CaseCallName, (params: unknown, options: object) => Promise<Data>>;

function queryOptions<Data>(
  client: Client,
  call: CaseCallName,
  params: unknown,
  options: CaseQueryInit | undefined,
  plain = (answer: Data) => answer,
): CaseQueryOptions<Data> {
  // A copy, since later changes of the object must not change this query.
  const asked: unknown = JSON.parse(toJson(params));
  const how = callOptions(options);
  return {
    queryKey: buildKey(call, options, asked) as unknown as CaseQueryOptions<Data>["queryKey"],
    queryFn: async ({ signal }) => plain(await (client as unknown as Calls<Data>)[call](asked, { ...how, signal })),
    // The client retries where a retry can succeed.
    retry: false,
  };
}

function infiniteQueryOptions(
  client: Client,
  call: CaseCallName,
  params: unknown,
  options: CaseQueryInit | undefined,
): CasesInfiniteOptions {
  const asked: unknown = JSON.parse(toJson(params));
  const how = callOptions(options);
  const queryKey = [...buildKey(call, options, asked), "pages"];
  const { sort_by } = (queryKey[3] ?? {}) as { sort_by?: unknown };
  const { initialPageParam, read, next, previous, select } = sort_by === "STATUS" ? BY_STATUS : BY_UPDATE;
  return {
    queryKey: queryKey as unknown as CasesInfiniteOptions["queryKey"],
    queryFn: ({ pageParam, signal }) =>
      read(pageParam, async (page_index) => {
        // The client rejects parameters that are not an object.
        const given = isObject(asked) ? { ...asked, page_index: requirePageIndexUnset(asked, page_index) } : asked;
        return toPlainPage(await (client as unknown as Calls<CasesPageData>)[call](given, { ...how, signal }));
      }),
    initialPageParam,
    getNextPageParam: next,
    getPreviousPageParam: (page, _pages, param) => previous(page, param),
    select,
    retry: false,
  };
}

/** Returns the page index to fetch. Throws if the caller's parameters contain one. */
function requirePageIndexUnset({ page_index }: UnknownObject, wanted: number): number {
  if (normalizeParam(["page", 1], page_index) === undefined) return wanted;
  return rejectOption("page_index", "no page_index, since every page is read", page_index);
}

/** Returns the options of the call, without the scope. */
function callOptions(options: unknown): UnknownObject {
  const { scope, ...how } = requireObject(options);
  return how;
}
