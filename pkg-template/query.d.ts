// Options for TanStack Query 5, of any framework. Only types come from it: `@tanstack/query-core` is what every one of its
// packages brings along.

import type { DataTag } from "@tanstack/query-core";
import type {
  CaseApiError,
  CaseClient,
  CaseDetail,
  CaseDetailsParams,
  CaseRecord,
  CasesByContractParams,
  CasesByUserParams,
  CasesPage,
  CaseSummaryParams,
  CaseSummaryResult,
  RequestOptions,
} from "./index.js";

/** The calls that have options here. */
export type CaseCallName = "caseSummary" | "caseDetails" | "casesByContract" | "casesByUser";

/**
 * A key: the package's name, the scope, the call, and its parameters as the client understands them. Two keys are the same
 * if and only if the client would send the same request, but for the order of its ids. It is JSON, and holds no token.
 */
export type CaseQueryKey = readonly [
  name: "cisco-support-case",
  scope: string,
  call: CaseCallName,
  params: { readonly [name: string]: unknown },
];
/** The key of a list that is read as a whole. The key of one of its pages is the beginning of it. */
export type CasesInfiniteKey = readonly [...key: CaseQueryKey, pages: "pages"];

/** What of a key is said besides parameters. */
export interface CaseKeyOptions {
  /**
   * Whose answers they are, such as the id of a tenant or of the user who is signed in. Answers under one key belong to
   * one sign-in: a `QueryClient` that outlives it, or serves several, needs a scope for each. Default `""`.
   */
  scope?: string;
}

/** What options are made with besides parameters: the scope, which is part of the key, and what is passed to the call. */
export interface CaseQueryInit extends CaseKeyOptions, Omit<RequestOptions, "signal"> {}

/** What a `queryFn` is called with, as far as it is used. */
interface Asked {
  /** Aborted when nobody waits for the answer any more, or another takes its place. */
  readonly signal: AbortSignal;
}

/** What an error is. TanStack Query infers it from these two. */
interface Failing {
  /** `false`: the client has made the retries that help. */
  retry: false | ((failureCount: number, error: CaseApiError) => boolean);
  /** Left to whoever uses the options. */
  throwOnError?: boolean | ((error: CaseApiError, query: unknown) => boolean);
}

/**
 * Options for `useQuery`, `useSuspenseQuery`, `queryClient.fetchQuery`, `prefetchQuery` and what else takes them. To add
 * or change one: `{ ...caseDetailsOptions(client, params), staleTime: 60_000 }`.
 */
export interface CaseQueryOptions<Data> extends Failing {
  /** What the answer is kept under. `queryClient.getQueryData(queryKey)` knows of what type it is. */
  queryKey: DataTag<CaseQueryKey, Data, CaseApiError>;
  /** Makes the call. The query's signal ends it. */
  queryFn: (context: Asked) => Promise<Data>;
}

/** The pages of a list, as they are kept. */
export interface CasesPages {
  /** The pages in the order in which they were read, each with its newest case first (sorted by `STATUS`: as it came). */
  pages: CasesPage[];
  /** What they were asked for by; of no other use. */
  pageParams: number[];
}

/** The pages of a list, and what they come to. */
export interface CasesData extends CasesPages {
  /** Every case of the pages once, as of its last update, the newest first (sorted by `STATUS`: in that order). */
  cases: CaseRecord[];
}

/** Options for `useInfiniteQuery`, `queryClient.fetchInfiniteQuery` and what else takes them. */
export interface CasesInfiniteOptions extends Failing {
  /** What the pages are kept under. `queryClient.getQueryData(queryKey)` knows of what type they are. */
  queryKey: DataTag<CasesInfiniteKey, CasesPages, CaseApiError>;
  /** Makes the call for a page, two for the first. The query's signal ends it. */
  queryFn: (
    context: Asked & {
      /** Which page; its meaning is the options' own. */
      readonly pageParam: number;
    },
  ) => Promise<CasesPage>;
  /** The page to begin with. */
  initialPageParam: number;
  /** Which page comes next: the one with older cases, at last the list's end again; `null` when nothing is missing. */
  getNextPageParam: (lastPage: CasesPage, allPages: CasesPage[], lastPageParam: number, allPageParams: number[]) => number | null;
  /** Which page stood before, where `maxPages` has dropped it; `null` for the first. */
  getPreviousPageParam: (
    firstPage: CasesPage,
    allPages: CasesPage[],
    firstPageParam: number,
    allPageParams: number[],
  ) => number | null;
  /** Adds `cases`. */
  select: (data: CasesPages) => CasesData;
}

/** A client, as far as it is used. */
type Client = Pick<CaseClient, CaseCallName>;

/** Up to 30 cases in brief. */
export declare function caseSummaryOptions(
  client: Client,
  params: CaseSummaryParams,
  options?: CaseQueryInit,
): CaseQueryOptions<CaseSummaryResult>;

/** One case with everything, notes included. */
export declare function caseDetailsOptions(
  client: Client,
  params: CaseDetailsParams,
  options?: CaseQueryInit,
): CaseQueryOptions<CaseDetail>;

/** One page of the cases of up to 10 contracts. It is plain data: without `hasNextPage()` and `nextPage()`. */
export declare function casesByContractOptions(
  client: Client,
  params: CasesByContractParams,
  options?: CaseQueryInit,
): CaseQueryOptions<CasesPage>;

/** One page of the cases of up to 10 users. It is plain data: without `hasNextPage()` and `nextPage()`. */
export declare function casesByUserOptions(
  client: Client,
  params: CasesByUserParams,
  options?: CaseQueryInit,
): CaseQueryOptions<CasesPage>;

/**
 * All cases of up to 10 contracts, the newest first, a page at a time: for endless scrolling. When there is no next page any
 * more, every case that was in the list throughout is in `data.cases`, whatever moved meanwhile: the pages are read from the
 * last to the first, and then the list's end again, as far as it has moved. At rest that takes two requests more than the
 * list has pages (four where the whole last page is of one second); one for a single page. A case that came in in the middle
 * (a contract that was newly shared) can hide another until the query is fetched again. Pages are read as they are now, past
 * what a gateway has kept (`Cache-Control: no-cache`), unless `headers` says otherwise.
 *
 * A list sorted by `STATUS` is read upwards, and can miss a case that moves. With `maxPages` only the pages that are kept
 * count, and nothing is promised of the others.
 */
export declare function casesByContractInfiniteOptions(
  client: Client,
  params: Omit<CasesByContractParams, "page_index">,
  options?: CaseQueryInit,
): CasesInfiniteOptions;

/** All cases of up to 10 users. See {@link casesByContractInfiniteOptions}. */
export declare function casesByUserInfiniteOptions(
  client: Client,
  params: Omit<CasesByUserParams, "page_index">,
  options?: CaseQueryInit,
): CasesInfiniteOptions;

/**
 * What keys begin with, for `invalidateQueries`, `removeQueries` and the like. The key of one query is that of its options:
 * `casesByContractOptions(client, params).queryKey`.
 */
export declare const caseKeys: {
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
};
