// Options for TanStack Query 5, of any framework: plain objects with a stable key, a function that passes the query's signal
// on, and no retries of its own. Only types come from `@tanstack/query-core`, which every one of its packages brings along.
// Nothing is loaded by it: the calls are the client's that is handed in.

import type { DataTag } from "@tanstack/query-core";
import { ownError } from "../client/errors.js";
import type { CaseApiError, CaseClient, RequestOptions } from "../client/index.js";
import { json, refuseOption } from "../client/input.js";
import type { CaseSummaryResult, CasesPageData } from "../client/types.js";
import { PARAMS, type ParamRule } from "../generated/params.js";
import { LIMITS } from "../generated/tables.js";
import type {
  CaseDetail,
  CaseDetailsParams,
  CaseRecord,
  CaseSummaryParams,
  CasesByContractParams,
  CasesByUserParams,
  PaginationRecord,
} from "../generated/types.js";

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

/** Which page of a list is asked for. It is JSON, and made by the options alone. */
export interface CasesPageParam {
  /** The index of a page from 1, or `null` for the end of the list, where its newest cases are. */
  readonly page_index: number | null;
  /** When the newest case was updated as the list's end was read, in milliseconds since 1970; `null` where that is not known yet. */
  readonly newest: number | null;
}

/** The pages of a list, as they are kept. */
export interface CasesPages {
  /**
   * The pages in the order in which they were read, each with its newest case first (sorted by `STATUS`: as it came). The
   * first and the last may be made of several pages of the service; their record is that of the lowest.
   */
  pages: CasesPageData[];
  /** What they were asked for by; of no other use. */
  pageParams: CasesPageParam[];
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
  /** Makes the calls for a page: one, some more for the first and the last. The query's signal ends them. */
  queryFn: (
    context: Asked & {
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

const PACKAGE = "cisco-support-case";

/** Up to 30 cases in brief. */
export function caseSummaryOptions(
  client: Client,
  params: CaseSummaryParams,
  options?: CaseQueryInit,
): CaseQueryOptions<CaseSummaryResult> {
  return one<CaseSummaryResult>(client, "caseSummary", params, options);
}

/** One case with everything, notes included. */
export function caseDetailsOptions(
  client: Client,
  params: CaseDetailsParams,
  options?: CaseQueryInit,
): CaseQueryOptions<CaseDetail> {
  return one<CaseDetail>(client, "caseDetails", params, options);
}

/** One page of the cases of up to 10 contracts. It is plain data: without `hasNextPage()` and `nextPage()`. */
export function casesByContractOptions(
  client: Client,
  params: CasesByContractParams,
  options?: CaseQueryInit,
): CaseQueryOptions<CasesPageData> {
  return one<CasesPageData>(client, "casesByContract", params, options, plainPage);
}

/** One page of the cases of up to 10 users. It is plain data: without `hasNextPage()` and `nextPage()`. */
export function casesByUserOptions(
  client: Client,
  params: CasesByUserParams,
  options?: CaseQueryInit,
): CaseQueryOptions<CasesPageData> {
  return one<CasesPageData>(client, "casesByUser", params, options, plainPage);
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
  return every(client, "casesByContract", params, options);
}

/** All cases of up to 10 users. See {@link casesByContractInfiniteOptions}. */
export function casesByUserInfiniteOptions(
  client: Client,
  params: Omit<CasesByUserParams, "page_index">,
  options?: CaseQueryInit,
): CasesInfiniteOptions {
  return every(client, "casesByUser", params, options);
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
  all: Object.freeze([PACKAGE] as const),
  scope: (scope) => [PACKAGE, scopeOf({ scope })],
  summaries: (options) => keyOf("caseSummary", options),
  details: (case_id, options) => keyOf("caseDetails", options, case_id === undefined ? undefined : { case_id }),
  byContract: (options) => keyOf("casesByContract", options),
  byUser: (options) => keyOf("casesByUser", options),
});

/** The calls of a client, by their names. What they are given is for the client to judge. */
type Calls<Data> = Record<CaseCallName, (params: unknown, options: object) => Promise<Data>>;

function one<Data>(
  client: Client,
  call: CaseCallName,
  params: unknown,
  options: CaseQueryInit | undefined,
  plain = (answer: Data) => answer,
): CaseQueryOptions<Data> {
  // A copy: what is changed afterwards is another request.
  const asked: unknown = JSON.parse(json(params));
  const how = callOptions(options);
  return {
    queryKey: keyOf(call, options, asked) as unknown as CaseQueryOptions<Data>["queryKey"],
    queryFn: async ({ signal }) => plain(await (client as unknown as Calls<Data>)[call](asked, { ...how, signal })),
    // The client has done so already, and knows when it helps.
    retry: false,
  };
}

function every(
  client: Client,
  call: CaseCallName,
  params: unknown,
  options: CaseQueryInit | undefined,
): CasesInfiniteOptions {
  const asked: unknown = JSON.parse(json(params));
  const how = callOptions(options);
  const queryKey = [...keyOf(call, options, asked), "pages"];
  const { sort_by } = (queryKey[3] ?? {}) as { sort_by?: unknown };
  const { initialPageParam, read, next, above, arrange } = sort_by === "STATUS" ? UPWARDS : DOWNWARDS;
  return {
    queryKey: queryKey as unknown as CasesInfiniteOptions["queryKey"],
    queryFn: ({ pageParam, signal }) =>
      read(pageParam, async (page_index) => {
        // What is no object is for the client to refuse.
        const given = isObject(asked) ? { ...asked, page_index: pageOf(asked, page_index) } : asked;
        return plainPage(await (client as unknown as Calls<CasesPageData>)[call](given, { ...how, signal }));
      }),
    initialPageParam,
    getNextPageParam: next,
    getPreviousPageParam: (page, _pages, param) => above(page, param),
    select: arrange,
    retry: false,
  };
}

/** A list is read as a whole: which page comes is not the caller's to say. */
function pageOf({ page_index }: Members, wanted: number): number {
  if (known(["page", 1], page_index) === undefined) return wanted;
  return refuseOption("page_index", "no page_index, since every page is read", page_index);
}

// ---- Keys

/** A key: the same for two requests if and only if they are the same but for the order of their ids. */
function keyOf(call: CaseCallName, options?: CaseKeyOptions, params?: unknown): unknown[] {
  const key: unknown[] = [PACKAGE, scopeOf(options), call];
  return params === undefined ? key : [...key, normal(call, params)];
}

function scopeOf(options: unknown): string {
  const { scope = "" } = optionsOf(options);
  return typeof scope === "string"
    ? scope
    : refuseOption("scope", "a text, such as the id of a tenant or of a user", scope);
}

/** What every call is given besides its parameters. */
function callOptions(options: unknown): Members {
  const { scope, ...how } = optionsOf(options);
  return how;
}

const optionsOf = (options: unknown = {}): Members =>
  isObject(options) ? options : refuseOption("options", "an object", options);

/** An object of the caller's. */
type Members = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Members =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Parameters as the client understands them: what says nothing is left out. What it will refuse stays as it is. */
function normal(call: CaseCallName, params: unknown): unknown {
  if (!isObject(params)) return params;
  const kept = Object.entries(params).map(([name, value]): [string, unknown] => {
    const param = Object.hasOwn(PARAMS[call], name) ? PARAMS[call][name] : undefined;
    return [name, param ? known(param, value) : value];
  });
  return Object.fromEntries(kept.filter(([, value]) => value !== undefined).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** One parameter: `undefined` where it says nothing, or what the service takes anyway. */
function known([kind, usual]: ParamRule, value: unknown): unknown {
  if (value === null || value === undefined) return undefined;
  if (kind === "ids") return Array.isArray(value) ? value.map(trimmed).sort(byText) : trimmed(value);
  const given = kind === "page" && typeof value === "number" ? String(value) : trimmed(value);
  if (given === "") return undefined;
  const meant = kind === "date" ? instant(given) : kind === "page" ? index(given) : given;
  return meant === usual ? undefined : meant;
}

/** Without what Rust takes for white space, which is Unicode's and not quite JavaScript's. */
const trimmed = (value: unknown): unknown =>
  typeof value === "string" ? value.replace(/^\p{White_Space}+|\p{White_Space}+$/gu, "") : value;

function byText(a: unknown, b: unknown): number {
  const [left, right] = [JSON.stringify(a), JSON.stringify(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

function index(text: unknown): unknown {
  const number = typeof text === "string" && /^[0-9]+$/.test(text) ? Number(text) : 0;
  return number >= 1 && number <= LIMITS.page_index ? number : text;
}

/** An instant by one text, whatever its offset from UTC and its fraction; what is none stays as it is. */
function instant(text: unknown): unknown {
  const found =
    typeof text === "string" && /^(\d{4}-\d\d-\d\d)t(\d\d:\d\d:\d\d)(?:\.(\d+))?(?:z|([+-])(\d\d):(\d\d))$/i.exec(text);
  if (!found) return text;
  const [, date, time, fraction = "", sign, hours = "0", minutes = "0"] = found;
  const utc = `${date}T${time}.${fraction.padEnd(3, "0").slice(0, 3)}Z`;
  const ms = Date.parse(utc);
  // Some engines take the 30th of February for the 2nd of March.
  if (Number.isNaN(ms) || new Date(ms).toISOString() !== utc || Number(hours) > 23 || Number(minutes) > 59) return text;
  const shift = (Number(hours) * 60 + Number(minutes)) * 60_000;
  const told = new Date(sign === "-" ? ms + shift : ms - shift).toISOString();
  return /^\d{4}-/.test(told) ? told : text;
}

// ---- Pages

/** A page without its two methods: they would be gone from what TanStack Query has merged, stored or sent. */
const plainPage = ({ pagination_response_record, cases, issues }: CasesPageData): CasesPageData => ({
  pagination_response_record,
  cases,
  issues,
});

/** Asks the service for a page. */
type Ask = (page_index: number) => Promise<CasesPageData>;

const recordOf = (page: CasesPageData): PaginationRecord => page.pagination_response_record;

/** The index of the list's last page, as a page tells it. */
const lastOf = (page: CasesPageData): number => Math.max(recordOf(page).last_index, 1);

/** A page of a list, or its last one where the list has become shorter. */
async function pageAt(wanted: number, ask: Ask): Promise<CasesPageData> {
  for (let tries = 0; tries <= TRIES; tries += 1) {
    const page = await askFor(wanted, ask);
    if (wanted <= lastOf(page)) return page;
    wanted = lastOf(page);
  }
  throw ownError("LIST_UNSTABLE");
}

/** The last page of a list that had so many pages when it was last heard of. */
async function endOf(page_index: number, ask: Ask): Promise<CasesPageData> {
  let page = await pageAt(page_index, ask);
  // What comes to the end faster than it is asked for is read afterwards.
  for (let tries = 0; recordOf(page).page_index < lastOf(page) && tries < TRIES; tries += 1) {
    page = await pageAt(lastOf(page), ask);
  }
  return page;
}

async function askFor(wanted: number, ask: Ask): Promise<CasesPageData> {
  const page = await ask(wanted);
  const { page_index } = recordOf(page);
  if (wanted <= lastOf(page) && page_index !== wanted) {
    throw ownError("PAGE_MISMATCH", `(page ${wanted} was asked for, page ${page_index} came)`);
  }
  return page;
}
const TRIES = 4;

/** A way to read a list. */
interface Direction {
  readonly initialPageParam: CasesPageParam;
  readonly read: (param: CasesPageParam, ask: Ask) => Promise<CasesPageData>;
  /** The page parameter after the last page. */
  readonly next: (
    page: CasesPageData,
    pages: readonly CasesPageData[],
    param: CasesPageParam | undefined,
  ) => CasesPageParam | null;
  /** The page parameter before the first page. */
  readonly above: (page: CasesPageData, param: CasesPageParam) => CasesPageParam | null;
  readonly arrange: (data: CasesPages) => CasesData;
}

/** A list sorted by status has no end that updates go to: from the first page to the last. */
const UPWARDS: Direction = {
  initialPageParam: { page_index: 1, newest: null },
  read: ({ page_index }, ask) => pageAt(page_index ?? 1, ask),
  next: (page) => {
    const { page_index } = recordOf(page);
    return page_index < lastOf(page) ? { page_index: page_index + 1, newest: null } : null;
  },
  above: (page) => {
    const { page_index } = recordOf(page);
    return page_index > 1 ? { page_index: page_index - 1, newest: null } : null;
  },
  arrange: (data) => ({ ...data, cases: distinct(data.pages) }),
};

/**
 * A list sorted by update: from its last page down to the first, and then its end again, in rounds. A case that is updated
 * while pages are read jumps to the end, and may never have been on a page that was read. The client iterates likewise
 * (`src/paging/reader.rs`); here each page is a query of its own, and its parameter tells what the rounds need.
 */
const DOWNWARDS: Direction = {
  initialPageParam: { page_index: null, newest: null },
  read: async (param, ask) => {
    const parts = await readDown(param, ask);
    const lowest = parts.at(-1) as CasesPageData;
    if (recordOf(lowest).page_index === 1 && !isWholeList(parts)) {
      parts.push(...(await closing(parts, param.newest ?? newestOf(parts[0]), ask)));
    }
    return joined(parts, recordOf(lowest).page_index);
  },
  next: (page, pages, param) => {
    const { page_index } = recordOf(page);
    return page_index > 1 ? { page_index: page_index - 1, newest: param?.newest ?? finite(newestOf(pages[0])) } : null;
  },
  // Only where `maxPages` has let go of the pages above.
  above: (page, { page_index, newest }) => {
    const { page_index: lowest } = recordOf(page);
    return page_index !== null && lowest < lastOf(page) ? { page_index: lowest + 1, newest } : null;
  },
  arrange: (data) => ({ ...data, cases: newestFirst(distinct(data.pages)) }),
};

/** A page, and at the list's end the one below as well where there are few cases. */
async function readDown({ page_index }: CasesPageParam, ask: Ask): Promise<CasesPageData[]> {
  if (page_index !== null) return [await pageAt(page_index, ask)];
  const first = await pageAt(1, ask);
  if (lastOf(first) === 1) return [first];
  const end = await endOf(lastOf(first), ask);
  const { page_index: last } = recordOf(end);
  if (last === 1 || end.cases.length * 2 >= first.cases.length) return [end];
  const below = await pageAt(last - 1, ask);
  // What is newer than the end was has come since, and would be taken for what was there when the round began.
  return newestOf(below) > newestOf(end) ? [end] : [end, below];
}

/** Whether the only page that the list has was read. */
const isWholeList = ([page, more]: readonly CasesPageData[]): boolean => !more && lastOf(page as CasesPageData) === 1;

/**
 * Reads the list's end again after its first page was read, until nothing can be missing.
 *
 * A case that was not touched since a round began was met by that round or one before, for reading downwards passes none. What
 * was touched is as new as the newest was by then, or newer. So a page that is the list's end, and reaches down to what is
 * older, has all of that at one instant, and with it nothing is missing. Where it takes more pages than one, the same holds for
 * the next round.
 */
async function closing(parts: readonly CasesPageData[], newest: number, ask: Ask): Promise<CasesPageData[]> {
  const [end, below] = parts as readonly [CasesPageData, CasesPageData?];
  const read: CasesPageData[] = [];
  let last = lastOf(below ?? end);
  const most = 8 * last + 400;
  // Many cases may be of one second: if nothing has come to the end since a round began that read all of them, that is all.
  let before = below && newestOf(below) < newest ? end : undefined;
  const keep = (page: CasesPageData): CasesPageData => {
    if (read.push(page) > most) throw ownError("LIST_UNSTABLE");
    return page;
  };
  for (;;) {
    const top = keep(await endOf(last, ask));
    const isWhole = recordOf(top).page_index >= lastOf(top);
    if (isWhole && before && isSame(before, top)) return read;
    let page = top;
    while (recordOf(page).page_index > 1 && !reachesOlder(page, newest)) {
      page = keep(await pageAt(recordOf(page).page_index - 1, ask));
    }
    if (isWhole && page === top) return read;
    [newest, before, last] = [newestOf(top), top, lastOf(page)];
  }
}

/** Pages of the service as one, with the index of the lowest. */
function joined(parts: readonly CasesPageData[], page_index: number): CasesPageData {
  const [only, more] = parts as readonly [CasesPageData, ...CasesPageData[]];
  if (!more) return { ...only, cases: [...only.cases].reverse() };
  const cases = newestFirst(distinct(parts.map((part) => ({ ...part, cases: [...part.cases].reverse() }))));
  return {
    pagination_response_record: { ...recordOf(parts.at(-1) as CasesPageData), page_index, page_records: cases.length },
    cases,
    issues: parts.flatMap(({ issues }) => issues),
  };
}

const held = ({ cases }: CasesPageData): string =>
  cases.map(({ case_id, updated_date }) => `${case_id} ${updated_date}`).join("\n");
const isSame = (a: CasesPageData, b: CasesPageData): boolean => held(a) === held(b);

/** The last update, in milliseconds; before everything where there is none. */
function updated({ updated_date }: CaseRecord): number {
  const ms = Date.parse(updated_date ?? "");
  return Number.isNaN(ms) ? -Infinity : ms;
}

/** The last update of a page's newest case; before everything where there is none. */
const newestOf = (page: CasesPageData | undefined): number => Math.max(...(page?.cases ?? []).map(updated));
const finite = (ms: number): number | null => (Number.isFinite(ms) ? ms : null);

const reachesOlder = ({ cases }: CasesPageData, newest: number): boolean =>
  cases.some((one) => one.updated_date && updated(one) < newest);

/** Each case once, as of its last update, where it was met first. */
function distinct(pages: readonly CasesPageData[]): CaseRecord[] {
  const found = new Map<string, CaseRecord>();
  for (const { cases } of pages) {
    const alike = new Map<string, number>();
    for (const one of cases) {
      // What has no id is known by the rest, and by how many alike stand before it.
      const { case_id, title, creation_date, updated_date } = one;
      const name = JSON.stringify(case_id ? [case_id] : [title, creation_date, updated_date]);
      const before = case_id ? 0 : (alike.get(name) ?? 0);
      alike.set(name, before + 1);
      const key = `${before} ${name}`;
      const known = found.get(key);
      if (!known || updated(one) > updated(known)) found.set(key, one);
    }
  }
  return [...found.values()];
}

function newestFirst(cases: readonly CaseRecord[]): CaseRecord[] {
  const dated = cases.map((one): [number, CaseRecord] => [updated(one), one]);
  return dated.sort(([a], [b]) => (a < b ? 1 : a > b ? -1 : 0)).map(([, one]) => one);
}
