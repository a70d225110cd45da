// Options for TanStack Query 5, of any framework: plain objects with a stable key, a function that passes the query's signal
// on, and no retries of its own. Only types come from `@tanstack/query-core`, which every one of its packages brings along.
// Nothing is loaded by it: the calls are the client's that is handed in.

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

export type { CaseCallName, CaseKeyOptions, CaseQueryKey, CasesInfiniteKey } from "./keys.js";
export type { CasesData, CasesPageParam, CasesPages } from "./pages.js";

/** What options are made with besides parameters: the scope, which is part of the key, and what is passed to the call. */
export interface CaseQueryInit extends CaseKeyOptions, Omit<RequestOptions, "signal"> {}

/** What a `queryFn` is called with, as far as it is used. */
interface QueryContext {
  /** Aborted when nobody waits for the answer any more, or another takes its place. */
  readonly signal: AbortSignal;
}

/** What an error is. TanStack Query infers it from these two. */
interface ErrorHandling {
  /** `false`: the client has made the retries that help. */
  retry: false | ((failureCount: number, error: CaseApiError) => boolean);
  /** Left to whoever uses the options. */
  throwOnError?: boolean | ((error: CaseApiError, query: unknown) => boolean);
}

/**
 * Options for `useQuery`, `useSuspenseQuery`, `queryClient.fetchQuery`, `prefetchQuery` and what else takes them. To add
 * or change one: `{ ...caseDetailsOptions(client, params), staleTime: 60_000 }`.
 */
export interface CaseQueryOptions<Data> extends ErrorHandling {
  /** What the answer is kept under. `queryClient.getQueryData(queryKey)` knows of what type it is. */
  queryKey: DataTag<CaseQueryKey, Data, CaseApiError>;
  /** Makes the call. The query's signal ends it. */
  queryFn: (context: QueryContext) => Promise<Data>;
}

/** Options for `useInfiniteQuery`, `queryClient.fetchInfiniteQuery` and what else takes them. */
export interface CasesInfiniteOptions extends ErrorHandling {
  /** What the pages are kept under. `queryClient.getQueryData(queryKey)` knows of what type they are. */
  queryKey: DataTag<CasesInfiniteKey, CasesPages, CaseApiError>;
  /** Makes the calls for a page: one, some more for the first and the last. The query's signal ends them. */
  queryFn: (
    context: QueryContext & {
      /** Which page. */
      readonly pageParam: CasesPageParam;
    },
  ) => Promise<CasesPageData>;
  /** The page to begin with. */
  initialPageParam: CasesPageParam;
  /** Which page comes next, the one with older cases; `null` when nothing is missing. */
  getNextPageParam: (
    lastPage: CasesPageData,
    allPages: CasesPageData[],
    lastPageParam: CasesPageParam,
    allPageParams: CasesPageParam[],
  ) => CasesPageParam | null;
  /** Which page stood before, where `maxPages` has dropped it; `null` for the first. */
  getPreviousPageParam: (
    firstPage: CasesPageData,
    allPages: CasesPageData[],
    firstPageParam: CasesPageParam,
    allPageParams: CasesPageParam[],
  ) => CasesPageParam | null;
  /** Adds `cases`. */
  select: (data: CasesPages) => CasesData;
}

/** A client, as far as it is used. */
type Client = Pick<CaseClient, CaseCallName>;

/** Up to 30 cases in brief. */
export function caseSummaryOptions(
  client: Client,
  params: CaseSummaryParams,
  options?: CaseQueryInit,
): CaseQueryOptions<CaseSummaryResult> {
  return queryOptions<CaseSummaryResult>(client, "caseSummary", params, options);
}

/** One case with everything, notes included. */
export function caseDetailsOptions(
  client: Client,
  params: CaseDetailsParams,
  options?: CaseQueryInit,
): CaseQueryOptions<CaseDetail> {
  return queryOptions<CaseDetail>(client, "caseDetails", params, options);
}

/** One page of the cases of up to 10 contracts. It is plain data: without `hasNextPage()` and `nextPage()`. */
export function casesByContractOptions(
  client: Client,
  params: CasesByContractParams,
  options?: CaseQueryInit,
): CaseQueryOptions<CasesPageData> {
  return queryOptions<CasesPageData>(client, "casesByContract", params, options, toPlainPage);
}

/** One page of the cases of up to 10 users. It is plain data: without `hasNextPage()` and `nextPage()`. */
export function casesByUserOptions(
  client: Client,
  params: CasesByUserParams,
  options?: CaseQueryInit,
): CaseQueryOptions<CasesPageData> {
  return queryOptions<CasesPageData>(client, "casesByUser", params, options, toPlainPage);
}

/**
 * All cases of up to 10 contracts, the newest first, a page at a time: for endless scrolling. Where the service's last page has
 * few cases, the first page here has those of the page before as well. When there is no next page any more, every case that was
 * in the list throughout is in `data.cases`, whatever moved meanwhile: the pages are read from the last to the first, and with
 * the first the list's end again, as far as it has moved (`LIST_UNSTABLE` if it does not come to rest). At rest that takes two
 * requests more than the list has pages (four where the whole last page is of one second); one for a single page. A case that came
 * in in the middle (a contract that was newly shared) can hide another until the query is fetched again. That holds for pages as they are now,
 * `maxAgeMs: 0`. Left out, a gateway or the browser may answer from what it has kept, so that users who open the same list
 * share its requests: a case that moved between pages of different ages may then be missing until they are fetched again.
 *
 * A list sorted by `STATUS` is read upwards, and can miss a case that moves. With `maxPages` only the cases of the pages that are
 * kept are in `data.cases`.
 */
export function casesByContractInfiniteOptions(
  client: Client,
  params: Omit<CasesByContractParams, "page_index">,
  options?: CaseQueryInit,
): CasesInfiniteOptions {
  return infiniteQueryOptions(client, "casesByContract", params, options);
}

/** All cases of up to 10 users. See {@link casesByContractInfiniteOptions}. */
export function casesByUserInfiniteOptions(
  client: Client,
  params: Omit<CasesByUserParams, "page_index">,
  options?: CaseQueryInit,
): CasesInfiniteOptions {
  return infiniteQueryOptions(client, "casesByUser", params, options);
}

/**
 * What keys begin with, for `invalidateQueries`, `removeQueries` and the like. The key of one query is that of its options:
 * `casesByContractOptions(client, params).queryKey`.
 */
export const caseKeys: {
  /** Everything of this package, of every scope. */
  readonly all: readonly ["cisco-support-case"];
  /** Everything of a scope. */
  scope(scope: string): readonly ["cisco-support-case", string];
  /** Every summary. */
  summaries(options?: CaseKeyOptions): readonly unknown[];
  /** The details of a case, or of every case. */
  details(case_id?: string, options?: CaseKeyOptions): readonly unknown[];
  /** Every list of contracts. */
  byContract(options?: CaseKeyOptions): readonly unknown[];
  /** Every list of users. */
  byUser(options?: CaseKeyOptions): readonly unknown[];
} = Object.freeze({
  all: Object.freeze([PACKAGE_NAME] as const),
  scope: (scope) => [PACKAGE_NAME, scopeFrom({ scope })],
  summaries: (options) => buildKey("caseSummary", options),
  details: (case_id, options) => buildKey("caseDetails", options, case_id === undefined ? undefined : { case_id }),
  byContract: (options) => buildKey("casesByContract", options),
  byUser: (options) => buildKey("casesByUser", options),
});

/** The calls of a client, by their names. What they are given is for the client to judge. */
type Calls<Data> = Record<CaseCallName, (params: unknown, options: object) => Promise<Data>>;

function queryOptions<Data>(
  client: Client,
  call: CaseCallName,
  params: unknown,
  options: CaseQueryInit | undefined,
  plain = (answer: Data) => answer,
): CaseQueryOptions<Data> {
  // A copy: what is changed afterwards is another request.
  const asked: unknown = JSON.parse(toJson(params));
  const how = callOptions(options);
  return {
    queryKey: buildKey(call, options, asked) as unknown as CaseQueryOptions<Data>["queryKey"],
    queryFn: async ({ signal }) => plain(await (client as unknown as Calls<Data>)[call](asked, { ...how, signal })),
    // The client has done so already, and knows when it helps.
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
        // What is no object is for the client to refuse.
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

/** A list is read as a whole: which page comes is not the caller's to say. */
function requirePageIndexUnset({ page_index }: UnknownObject, wanted: number): number {
  if (normalizeParam(["page", 1], page_index) === undefined) return wanted;
  return rejectOption("page_index", "no page_index, since every page is read", page_index);
}

/** What every call is given besides its parameters. */
function callOptions(options: unknown): UnknownObject {
  const { scope, ...how } = requireObject(options);
  return how;
}
