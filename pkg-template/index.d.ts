/// <reference lib="esnext.disposable" />

// What tables cannot express is declared here by hand; records, parameters and enumerations come from the Rust tables.

import type {
  CaseDetail,
  CaseDetailsParams,
  CaseRecord,
  CasesByContractParams,
  CasesByUserParams,
  CaseStatus,
  CaseSummaryParams,
  ErrorCode,
  ErrorKind,
  PaginationRecord,
  Severity,
  StatusFlag,
} from "./types.js";

export * from "./types.js";

/** What is wrong with one value of a request, found before anything is sent or by a gateway. */
export interface Problem {
  /** The parameter or option. */
  field: string;
  /** Which of a parameter's values, from 0. */
  index?: number;
  /** The other parameter it concerns, where the two together are wrong. */
  related?: string;
  /** The code by which the service would refuse it, or one of this package's own. */
  code: ErrorCode;
  /** What should stand there. */
  expected: string;
  /** What stands there (long text is cut). */
  value: unknown;
  /** All of it in a sentence. */
  message: string;
}

/** What is off in a record that the service sent. */
export interface Issue {
  /** The case it is about; `""` where it is about the page, or the case has no id. */
  case_id: string;
  /** Where in the document, such as `cases[3].severity`. */
  path: string;
  /** What should stand there. */
  expected: string;
  /** What stands there (long text is cut). */
  value: unknown;
  /** Byte offset in the body. */
  offset: number;
}

/** One row of the error table. */
export interface ErrorRow {
  /** HTTP status as documented, or with which a gateway of this package answers; 0 for what this side finds. */
  readonly status: number;
  /** The documentation's "Message", verbatim; of this package's own rows a code of its own. */
  readonly code: ErrorCode;
  /** What a caller decides by. */
  readonly kind: ErrorKind;
  /** Whether asking again, later, can help. */
  readonly retryable: boolean;
  /** What it means. */
  readonly meaning: string;
  /** What to do, in a sentence that a portal can show. */
  readonly advice: string;
}

/** What Case Summary answers. (Case API v3, "GET Case Summary".) */
export interface CaseSummaryResult {
  /** How many records the service says it returned. */
  count: number;
  /** The cases. */
  cases: CaseRecord[];
  /** What is off in them; empty when all is as documented. */
  issues: Issue[];
}

/** A page of a list, at most 100 cases. (Case API v3, "GET Cases by Contract ID", "GET Cases by User ID".) */
export interface CasesPage {
  /** Where the page stands in its list. */
  pagination_response_record: PaginationRecord;
  /** The cases, in the order asked for. */
  cases: CaseRecord[];
  /** What is off in them; empty when all is as documented. */
  issues: Issue[];
}

/** A page as a call gives it. Its two methods are not enumerable: it clones and stringifies as a {@link CasesPage}. */
export interface LiveCasesPage extends CasesPage {
  /** Whether a page follows this one. */
  hasNextPage(): boolean;
  /** The call for the page that follows this one; `null` at the end. */
  nextPage(): CasesCall | null;
}

/** What a token provider may give: the token, or what a token endpoint answers. */
export type TokenReply =
  | string
  | {
      /** The token. */
      access_token: string;
      /** How many seconds it is good for, from now. Left out: until it is refused. */
      expires_in?: number;
    };

/** The part of `fetch` that the client uses: an address and a plain object, a response. */
export type FetchLike = (
  url: string,
  init: {
    /** `"GET"`; `"POST"` to the token endpoint. */
    method: string;
    /** What is sent, the token among it. */
    headers: Record<string, string>;
    /** Aborted when nobody waits for the response any more. */
    signal: AbortSignal;
    /** A request with a token follows no redirect. */
    redirect: "manual";
    /** The form for the token endpoint. */
    body?: string;
  },
) => Promise<Response> | Response;

/** What a client is made with. A name that is not listed here is refused. */
export interface ClientOptions {
  /**
   * Where the service or a gateway answers: `https`, `http` on localhost, or a path such as `"/api/case"` on the page's
   * own origin. Default: `https://apix.cisco.com/case/v3`, which no browser page can call (it sends no CORS headers).
   */
  baseUrl?: string;
  /**
   * Sent as `Bearer` to `baseUrl`: the service's token, or a portal's own for its gateway. A function is asked when
   * there is no token or when it has expired or was refused; however many calls wait, it is asked once.
   */
  token?: string | (() => TokenReply | Promise<TokenReply>);
  /**
   * Client credentials, changed for a token at the token endpoint and renewed before it expires. On servers only: where
   * there is a `document` they are refused, since every visitor of the page could read the secret.
   */
  credentials?: {
    /** The application's client id. */
    clientId: string;
    /** Its secret. It is shown nowhere: in no error, line or address. */
    clientSecret: string;
    /** The token endpoint: https, http on localhost. Default: `https://id.cisco.com/oauth2/default/v1/token`. */
    tokenUrl?: string;
  };
  /** Sent with every request. */
  headers?: Record<string, string>;
  /** Used instead of the runtime's `fetch`. */
  fetch?: FetchLike;
  /**
   * How long a call may take in milliseconds, all of it: the wait for its turn, token, headers, body, retries. Default
   * 30 000; 0 is for ever.
   */
  timeoutMs?: number;
  /**
   * How often a call that failed is made again, 0 to 10. Default 2. The error table says which errors are
   * (`retryable`); a connection that broke and a body that broke on its way are as well. Of its own answers a gateway says
   * which are, since it has asked the service again already. A retry never begins after
   * `timeoutMs`, and in an outage a client makes few: ten, and one more for every ten calls that succeed.
   */
  maxRetries?: number;
  /**
   * How long to wait before that: any time up to `baseMs`, doubled for each retry up to `capMs`. Where the service says
   * how long (`Retry-After`), that comes first.
   */
  backoff?: {
    /** Milliseconds at most before the first retry. Default 500. */
    baseMs?: number;
    /** Milliseconds at most before any. Default 8000. */
    capMs?: number;
  };
  /**
   * How many requests may be sent, over all calls of this client; 0 is no limit. Calls wait for their turn in order, and
   * may leave by their signal. No limit of the service is published: the defaults are those of a sibling and what other
   * clients assume. When the service says that requests come too fast, the pace slows down for a while by itself.
   */
  pace?: {
    /** In any second. Default 5. */
    perSecond?: number;
    /** In any minute. Default 0: no limit. */
    perMinute?: number;
    /** In any 24 hours. Default 5000. A call whose turn comes only when it renews fails at once, with kind `quota`. */
    perDay?: number;
    /** At the same time. Default 10. */
    inFlight?: number;
  };
  /**
   * What to do with a record that breaks a documented rule: `"report"` (the default) lists it in `issues`, `"strict"`
   * fails the call.
   */
  validation?: "report" | "strict";
  /**
   * Where a token that `credentials` gave is kept for others as well: other isolates of a Worker, other processes. It is
   * asked when there is no token here, for two seconds at most, and told each new one. What goes wrong in it is logged
   * and breaks nothing.
   */
  tokenCache?: TokenCache;
  /** What happens on the way of each call. A hook that throws breaks nothing: the logger, or the console, is told. */
  hooks?: Hooks;
  /** What is told the same in lines, such as `console`. No line holds a token, a secret or a header. */
  logger?: Logger;
  /** The least that is told. Default `"info"`: retries, refusals and failures. */
  logLevel?: LogLevel;
}

/** A token as a {@link TokenCache} keeps it. It is a secret. */
export interface CachedToken {
  /** The token. */
  access_token: string;
  /** When it expires, in milliseconds since 1970 (UTC); `null` where that is not known. */
  expires_at: number | null;
}

/** A cache of one token, over any store: for one pair of credentials. */
export interface TokenCache {
  /** What it has, if anything. */
  get(): CachedToken | null | undefined | Promise<CachedToken | null | undefined>;
  /** Keeps a token, until it expires or another comes. */
  set(token: CachedToken): unknown;
}

/** What an event is about. */
export interface CallEvent {
  /** Which of the client's calls, counted from 1; 0 is a request to the token endpoint. */
  call: number;
  /** The call's name, such as `"caseSummary"`, or `"token"`. */
  operation: string;
  /** The ids that it is for. */
  ids: string[];
  /** Which of the call's requests, from 1. */
  attempt: number;
}

/** A request is sent. */
export interface RequestEvent extends CallEvent {
  /** Where to. It holds ids, and no secret. */
  url: string;
}

/** A request has ended. */
export interface ResponseEvent extends CallEvent {
  /** HTTP status; `null` where there was no response. */
  status: number | null;
  /** What it failed with; `null` for an answer. */
  kind: ErrorKind | null;
  /** The code of the same. */
  code: ErrorCode | null;
  /** Milliseconds from sending it to the last byte. */
  ms: number;
  /** The id to quote to Cisco's support, where it failed. */
  messageId: string | null;
}

/** A request will be sent again. */
export interface RetryEvent extends CallEvent {
  /** What the one before failed with. */
  kind: ErrorKind;
  /** The code of the same. */
  code: ErrorCode;
  /** Its HTTP status. */
  status: number | null;
  /** In how many milliseconds; 0 with a new token. */
  waitMs: number;
}

/** A call cannot be sent yet. */
export interface WaitEvent extends CallEvent {
  /** The pace, another request's end, or the token. */
  waitsFor: "pace" | "inFlight" | "token";
  /** For how many milliseconds at least, where that is known. */
  waitMs: number | null;
}

/** Functions that are called as it happens; what they return is not used. */
export interface Hooks {
  /** A request is sent. */
  onRequest?(event: RequestEvent): unknown;
  /** A request has ended, with an answer or an error. */
  onResponse?(event: ResponseEvent): unknown;
  /** A request will be sent again. */
  onRetry?(event: RetryEvent): unknown;
  /** A call cannot be sent yet. */
  onWait?(event: WaitEvent): unknown;
}

/** A level of the log. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** What takes lines of the log, each with its event or error; a level that it has no function for is left out. */
export type Logger = { [level in LogLevel]?: (line: string, about?: unknown) => unknown };

/** What a call may be given beyond its parameters. */
export interface RequestOptions {
  /** Ends the call. Its error has `kind: "aborted"`, `name: "AbortError"` and the signal's reason as `cause`. */
  signal?: AbortSignal | null;
  /** How long the call may take in milliseconds, instead of the client's `timeoutMs`; 0 is for ever. */
  timeoutMs?: number;
  /** How often it is made again if it fails, 0 to 10, instead of the client's `maxRetries`. */
  maxRetries?: number;
  /** Sent besides the client's headers, and before them. */
  headers?: Record<string, string>;
  /** The trace that the call belongs to, passed on as it is (W3C Trace Context). */
  traceparent?: string;
}

/** What a call for a list may be given beyond its parameters. */
export interface ListOptions extends RequestOptions {
  /**
   * In which direction iterating reads. `"newest"` (the default) reads the pages downwards and misses no case while the
   * list moves: a case that is updated meanwhile comes again, newer. `"oldest"` reads upwards; a case updated meanwhile
   * moves all behind it forward, so that one case can be missed at each page's boundary. A list sorted by `STATUS` is
   * always read upwards.
   */
  order?: "newest" | "oldest";
}

/** An answer with what came along. */
export interface WithResponse<T> {
  /** The answer. */
  data: T;
  /** The response as `fetch` gave it. Its body has been read. */
  response: Response;
  /** How many requests it took. */
  attempts: number;
  /** How many milliseconds it waited in all: for its turn, for a token, and between attempts. */
  waitedMs: number;
}

/** A call: a promise that starts when it is first awaited, and once. */
export interface CaseCall<T> extends Promise<T> {
  /** The answer together with the raw response. */
  withResponse(): Promise<WithResponse<T>>;
}

/**
 * A call for a list. Awaited it is one page (`page_index`, or the first). Iterated it is every case, whatever their
 * number, a page in memory at a time. Returning it from an `async` function awaits it: return it wrapped, to iterate.
 */
export interface CasesCall extends CaseCall<LiveCasesPage>, AsyncIterable<CaseRecord> {
  /** Every case, page by page. A case comes once, or again if a newer version of it is met. */
  pages(): AsyncIterableIterator<CasesPage>;
  /** Every case in one array. */
  toArray(options: {
    /** How many cases there may be, 1 or more. More are an error with the code `LIMIT_REACHED`. */
    limit: number;
  }): Promise<CaseRecord[]>;
}

/** Where one limit stands. */
export interface Used {
  /** The limit; `null` where there is none. */
  limit: number | null;
  /** How much of it is used. */
  used: number;
  /** How much of it is left; `null` where there is no limit. */
  left: number | null;
}

/** What a client has used of its limits. */
export interface Budget {
  /** In the last second. */
  second: Used;
  /** In the last minute. */
  minute: Used;
  /** In the last 24 hours. */
  day: Used;
  /** At the moment. */
  inFlight: Used;
  /** How many calls wait for their turn. */
  waiting: number;
  /** In how many milliseconds a slot is free; `null` while as many are in flight as may be. */
  nextSlotInMs: number | null;
}

/** Which cases are wanted, applied to what comes: the service has no such filter. */
export interface CaseFilter {
  /** Only cases of this severity, or of one of these. */
  severity?: Severity | readonly Severity[];
  /** Only cases of this status, or of one of these; documented ones in any spelling of upper and lower case. */
  status?: CaseStatus | readonly CaseStatus[];
}

/** What of any number of contracts or users is followed. */
export interface ChangesCriteria {
  /**
   * Only cases created at this instant or later. Left out: since 2000, which takes a hundred windows of 90 days a batch
   * (unless `range` is `"undated"`).
   */
  from?: string | Date;
  /** Only open (`O`) or only closed (`C`) cases. Left out: both. */
  status_flag?: StatusFlag;
  /**
   * How open cases (`status_flag: "O"`) without `from` and `to` are asked for. The documentation says that all of them are
   * returned, and that the maximum range returned is 90 days. `"undated"` (the default) takes the first at its word:
   * one list a batch. `"windows"` trusts the second, and asks for every 90 days since 2000.
   */
  range?: "undated" | "windows";
  /** Which cases are wanted. */
  where?: CaseFilter;
}

/** What a sweep reads, of any number of contracts or users. */
export interface SweepCriteria extends ChangesCriteria {
  /** Only cases created at this instant or earlier. Left out: until now. */
  to?: string | Date;
}

/** The lists of any number of contracts, or of any number of users. */
export type Holders =
  | {
      /** The contracts, any number. */
      contract_ids: readonly string[];
      user_ids?: undefined;
      case_ids?: undefined;
    }
  | {
      /** The users, any number. */
      user_ids: readonly string[];
      contract_ids?: undefined;
      case_ids?: undefined;
    };

/** What a sweep reads: contracts or users, in any range of dates, or cases by their ids. */
export type SweepParams =
  | (Holders & SweepCriteria)
  | {
      /** The cases, any number. */
      case_ids: readonly string[];
      contract_ids?: undefined;
      user_ids?: undefined;
      /** Which of them are wanted. */
      where?: CaseFilter;
    };

/** What `changes` follows. */
export type ChangesParams = Holders & ChangesCriteria;

/** How far a bulk call is. */
export interface BulkProgress {
  /** Pages, batches or details that have come. */
  pages: number;
  /** Cases that were delivered. */
  cases: number;
  /** Requests that were made, retries among them. */
  requests: number;
  /** How many of them were retries. */
  retries: number;
  /** About how many milliseconds are left; `null` while nothing has come. */
  etaMs: number | null;
}

/** A part of a bulk call that could not be read. */
export interface BulkFailure {
  /** Whose cases, or which cases. */
  ids: string[];
  /** The range of creation dates it is about; `null` where there is none. */
  from: string | null;
  /** Its end. */
  to: string | null;
  /** Why. */
  error: CaseApiError;
}

/** What every bulk call can be asked. Waiting for a turn under `pace` does not count against `timeoutMs` here. */
export interface BulkOptions extends RequestOptions {
  /**
   * How many requests may be under way at once, 1 to 64. With 1 everything comes in order. Left out: as many as `pace`
   * lets go in two seconds, 6 at least.
   */
  concurrency?: number;
  /** Told after each answer. */
  onProgress?: (progress: BulkProgress) => void;
  /** Do not throw at the end if parts could not be read: `failures` has them either way. */
  partial?: boolean;
}

/** Options of `sweep`. */
export interface SweepOptions extends BulkOptions {
  /**
   * Which windows of creation dates are read first (`"newest"`). With a `concurrency` of 1 the newest updates of a list
   * come first.
   */
  order?: "newest" | "oldest";
  /** How many ids one request takes, if fewer than documented (30 cases, 10 contracts, 10 users). */
  batchSize?: number;
  /** Where to go on: what `resumeToken()` of the same sweep gave. */
  resume?: string;
}

/** Options of `changes`. */
export interface ChangesOptions extends BulkOptions {
  /** How many ids one request takes, if fewer than documented. */
  batchSize?: number;
  /** No list is begun after so many requests. Lists of recent dates come first, then those read longest ago. */
  maxRequests?: number;
}

/** Options of `hydrate`. */
export interface HydrateOptions extends BulkOptions {
  /** No request is begun after so many, retries counted. */
  maxRequests?: number;
  /** No request is begun once about so many bytes have come. */
  maxBytes?: number;
  /** Where to go on: what `resumeToken()` of the same call gave. */
  resume?: string;
}

/** Every case of any number of contracts, users or ids. It starts when it is iterated, once. */
export interface Sweep extends AsyncIterable<CaseRecord> {
  /** The same, a page at a time: the cases of a page that are new, and what is off in it. */
  pages(): AsyncIterableIterator<{
    /** The cases of a page that are new. */
    cases: CaseRecord[];
    /** What is off in them. */
    issues: Issue[];
  }>;
  [Symbol.asyncIterator](): AsyncIterableIterator<CaseRecord>;
  /** What could not be read so far. */
  readonly failures: BulkFailure[];
  /**
   * Where another sweep of the same goes on, after everything that was yielded so far: a text of JSON, small and to be
   * kept as it is. `undefined` before the module is there. Lists that failed are read again by who goes on; ids that the
   * service refused are not asked for again.
   */
  resumeToken(): string | undefined;
}

/**
 * What has happened to a case: `"changed"`, it is new or was updated; `"closed"`, it left the list of open cases
 * (`status_flag: "O"`), and is closed; `"gone"`, it left that list, and is not to be seen any more, or belongs to somebody
 * else.
 */
export type CaseChange =
  | {
      /** It is new or was updated, or it left the list of open cases and is closed. */
      type: "changed" | "closed";
      /** The case. */
      case_id: string;
      /** The case as it is now. */
      case: CaseRecord;
    }
  | {
      /** It left the list of open cases, and is not to be seen any more, or belongs to somebody else. */
      type: "gone";
      /** The case. */
      case_id: string;
      /** There is none any more. */
      case: null;
    };

/** What has changed since a cursor. It starts when it is iterated, once. */
export interface Changes extends AsyncIterable<CaseChange> {
  [Symbol.asyncIterator](): AsyncIterableIterator<CaseChange>;
  /** What could not be read so far. */
  readonly failures: BulkFailure[];
  /**
   * The cursor for the next round: it covers everything that was yielded so far. A text of JSON, of at most 2 KB a list
   * (5 characters more for each open case of one contract beyond some 350), to be kept as it is; its `parts` say when each list was last `checked` (milliseconds since 1970). `null` before
   * anything was read.
   */
  cursor(): string | null;
}

/** Details of many cases, the newest (the highest case number) first. It starts when it is iterated, once. */
export interface Hydration extends AsyncIterable<CaseDetail> {
  [Symbol.asyncIterator](): AsyncIterableIterator<CaseDetail>;
  /** What could not be read so far. */
  readonly failures: BulkFailure[];
  /** Where another call with the same ids goes on. */
  resumeToken(): string | undefined;
  /** Whether nothing is left: no budget has ended it before. */
  readonly done: boolean;
}

/** What a bulk call takes. */
export interface Estimate {
  /** Requests: at least one a list, batch or case; with `sample`, as many pages a list as the sample has. */
  requests: number;
  /** Seconds, as `pace` lets requests go. */
  atLeastSeconds: number;
  /** Days, as the quota of a day lets them: 1 where it is enough. */
  days: number;
}

/**
 * A client of the Case API v3. Every call fails with a {@link CaseApiError}; parameters are checked before anything is
 * sent, and all that is wrong with them is in `problems`.
 *
 * @example
 * ```ts
 * const cases = new CaseClient({ baseUrl: "/api/case", token: () => signIn() }); // a page, before a gateway
 * const { cases: list } = await cases.caseSummary({ case_ids: ["612345678"] });
 * for await (const one of cases.casesByContract({ contract_ids: ["1234567"], status_flag: "O" })) console.log(one.title);
 * ```
 */
export declare class CaseClient {
  /**
   * Options are checked here, all of them at once (`INVALID_OPTION`); in a browser whose module is still loading, at the
   * first call.
   */
  constructor(options?: ClientOptions);
  /**
   * Returns up to 30 cases in brief, technology names included. What comes of an unknown id among known ones is not
   * documented; the sandbox leaves it out. (Case API v3, "GET Case Summary".)
   */
  caseSummary(params: CaseSummaryParams, options?: RequestOptions): CaseCall<CaseSummaryResult>;
  /**
   * Returns one case with everything the service tells of it, notes included; a case that it does not know is
   * `not_found`. (Case API v3, "GET Case Details".)
   */
  caseDetails(params: CaseDetailsParams, options?: RequestOptions): CaseCall<CaseDetail>;
  /**
   * Returns the cases of up to 10 contracts, at most 100 a page; dates are of creation, at most 90 × 24 hours apart. Awaited
   * it is one page, iterated every case. (Case API v3, "GET Cases by Contract ID".)
   *
   * @example
   * ```ts
   * const page = await cases.casesByContract({ contract_ids: ["1234567"], status_flag: "O" });
   * for await (const one of cases.casesByContract({ contract_ids: ["1234567"] })) console.log(one.case_id, one.severity);
   * ```
   */
  casesByContract(params: CasesByContractParams, options?: ListOptions): CasesCall;
  /**
   * Returns the cases of up to 10 users, at most 100 a page; dates are of creation, at most 90 × 24 hours apart. Awaited
   * it is one page, iterated every case. (Case API v3, "GET Cases by User ID".)
   *
   * @example
   * ```ts
   * const page = await cases.casesByUser({ user_ids: ["directcust4"], status_flag: "O" });
   * for await (const one of cases.casesByUser({ user_ids: ["directcust4"] })) console.log(one.case_id, one.severity);
   * ```
   */
  casesByUser(params: CasesByUserParams, options?: ListOptions): CasesCall;
  /**
   * Every case of any number of contracts or users, in any range of dates, or any number of cases by their ids: split
   * into requests that the service takes, several at a time. Every case that is in the lists throughout the sweep comes;
   * one that is updated meanwhile may come again, newer, never older and never the same twice: store by `case_id`. Where
   * parts could not be read, it throws at its end (`INCOMPLETE`), unless `partial` is set.
   *
   * @example
   * ```ts
   * const sweep = cases.sweep({ contract_ids, from: "2025-01-01T00:00:00Z", where: { severity: [1, 2] } });
   * for await (const one of sweep) kept.set(one.case_id, one);
   * ```
   */
  sweep(params: SweepParams, options?: SweepOptions): Sweep;
  /**
   * What has changed since a cursor of a round before, and a new cursor; without one, every case. A list in which nothing
   * has changed takes one request.
   *
   * @example
   * ```ts
   * const changes = cases.changes({ contract_ids, status_flag: "O" }, cursor);
   * for await (const { type, case_id, case: one } of changes) {
   *   if (type === "gone") kept.delete(case_id);
   *   else kept.set(case_id, one);
   * }
   * cursor = changes.cursor();
   * ```
   */
  changes(params: ChangesParams, cursor?: string | null, options?: ChangesOptions): Changes;
  /**
   * The details of many cases, one request each, within a budget of requests and bytes. A case that the service does not
   * know is a failure of its own and hides no other.
   */
  hydrate(case_ids: readonly string[], options?: HydrateOptions): Hydration;
  /**
   * What a bulk call takes, before it is made. Nothing is known of how many cases there are, so that it counts one
   * request a list, unless `sample` says how many requests may be spent to learn how many pages lists have.
   */
  estimate(
    params: SweepParams | ChangesParams,
    options?: {
      /** Which call it is about. Default `"sweep"`. */
      of?: "sweep" | "changes" | "hydrate";
      /** How many ids one request takes, if fewer than documented (30 cases, 10 contracts, 10 users). */
      batchSize?: number;
      /** How many requests may be spent to learn how many pages lists have. Default 0: none. */
      sample?: number;
    },
  ): Promise<Estimate>;
  /**
   * What is used of the limits in `pace`, by all calls of this client, and when the next request may go. In a browser
   * whose module is still loading it throws: await `ready()` first.
   */
  budget(): Budget;
  /** Gives the client's memory back. Calls that are pending go on; new ones are refused. */
  free(): void;
  /** The same, for `using`. */
  [Symbol.dispose](): void;
}

/** What every error of this package tells. */
export interface ErrorFields<K extends ErrorKind> extends Error {
  /** What to decide by; a `switch` over it is exhaustive. */
  readonly kind: K;
  /** The service's code, verbatim, or one of this package's own. */
  readonly code: ErrorCode;
  /** What to do, in a sentence that a portal can show. */
  readonly advice: string;
  /** Whether asking again, later, can help. */
  readonly retryable: boolean;
  /**
   * Who found it: this side, a gateway of this package that stands before the service, or the service (also where a
   * gateway passes its error on). A sign-in that has expired is `kind` `"authentication"` of `"gateway"`; a gateway whose
   * own credentials the service refuses is `"unavailable"` of `"gateway"`, with the `code` `"UPSTREAM_AUTH"`.
   */
  readonly source: "client" | "gateway" | "service";
  /** HTTP status; `null` where there was no response. */
  readonly status: number | null;
  /** How many milliseconds the service or the gateway asks to wait; `null` where it does not say. */
  readonly retryAfterMs: number | null;
  /** The id to quote to Cisco's support; `null` where there was none. */
  readonly messageId: string | null;
  /** The id to quote to the operator of the gateway that answered; `null` where none did. */
  readonly requestId: string | null;
  /** How many requests were sent for this call. */
  readonly attempts: number;
  /** How many milliseconds it waited in all: for its turn, for a token, and between attempts. */
  readonly waitedMs: number;
  /** The call, such as `"casesByContract"`; `""` where it was none. */
  readonly operation: string;
  /** The ids it was called with. */
  readonly ids: readonly string[];
  /** What is behind it, such as the signal's reason or what `fetch` rejected with. */
  readonly cause?: unknown;
  /** The error as plain data, without its cause. It never holds a token or a secret. */
  toJSON(): Record<string, unknown>;
}

/** The request breaks rules. Nothing was sent, unless `source` is `"gateway"` or `"service"`. */
export interface InvalidRequestError extends ErrorFields<"invalid_request"> {
  /** Everything that is wrong with it. */
  readonly problems: readonly Problem[];
}
/** The token is missing, wrong or expired. */
export interface AuthenticationError extends ErrorFields<"authentication"> {}
/** The account may not do this. */
export interface PermissionError extends ErrorFields<"permission"> {}
/** The case does not exist, or not for this account. */
export interface NotFoundError extends ErrorFields<"not_found"> {}
/** Too fast; wait, then ask again. */
export interface RateLimitedError extends ErrorFields<"rate_limited"> {}
/** The period's quota is spent. */
export interface QuotaError extends ErrorFields<"quota"> {
  /** When it renews, as RFC 3339, if that is known. */
  readonly renewsAt: string | null;
}
/** The service cannot answer now. */
export interface UnavailableError extends ErrorFields<"unavailable"> {}
/** No answer in the time allowed. */
export interface TimeoutError extends ErrorFields<"timeout"> {}
/** The caller gave up. */
export interface AbortedError extends ErrorFields<"aborted"> {
  /** As the platform's own abort errors have it. */
  readonly name: "AbortError";
}
/** No connection, or one that broke. */
export interface NetworkError extends ErrorFields<"network"> {}
/** The answer is not what the service promises. */
export interface DecodeError extends ErrorFields<"decode"> {
  /** Where in the document. */
  readonly path: string;
  /** Byte offset in the body. */
  readonly offset: number | null;
}
/** A defect of this package. */
export interface InternalError extends ErrorFields<"internal"> {}

/** Every error of this package, discriminated by `kind`. */
export type CaseApiError =
  | InvalidRequestError
  | AuthenticationError
  | PermissionError
  | NotFoundError
  | RateLimitedError
  | QuotaError
  | UnavailableError
  | TimeoutError
  | AbortedError
  | NetworkError
  | DecodeError
  | InternalError;

/** An error class, for `instanceof`. Only the client makes instances. */
export interface ErrorClass<E> {
  readonly prototype: E;
  [Symbol.hasInstance](value: unknown): value is E;
}
/** The class of every error of this package. */
export declare const CaseApiError: ErrorClass<CaseApiError>;
/** See {@link InvalidRequestError}. */
export declare const InvalidRequestError: ErrorClass<InvalidRequestError>;
/** See {@link AuthenticationError}. */
export declare const AuthenticationError: ErrorClass<AuthenticationError>;
/** See {@link PermissionError}. */
export declare const PermissionError: ErrorClass<PermissionError>;
/** See {@link NotFoundError}. */
export declare const NotFoundError: ErrorClass<NotFoundError>;
/** See {@link RateLimitedError}. */
export declare const RateLimitedError: ErrorClass<RateLimitedError>;
/** See {@link QuotaError}. */
export declare const QuotaError: ErrorClass<QuotaError>;
/** See {@link UnavailableError}. */
export declare const UnavailableError: ErrorClass<UnavailableError>;
/** See {@link TimeoutError}. */
export declare const TimeoutError: ErrorClass<TimeoutError>;
/** See {@link AbortedError}. */
export declare const AbortedError: ErrorClass<AbortedError>;
/** See {@link NetworkError}. */
export declare const NetworkError: ErrorClass<NetworkError>;
/** See {@link DecodeError}. */
export declare const DecodeError: ErrorClass<DecodeError>;
/** See {@link InternalError}. */
export declare const InternalError: ErrorClass<InternalError>;

/**
 * Whether a value is an error of this package; it works across realms and copies of the package.
 *
 * @example
 * ```ts
 * try {
 *   await cases.caseDetails({ case_id });
 * } catch (error) {
 *   if (!isCaseApiError(error)) throw error;
 *   if (error.kind === "quota") show(`Try again at ${error.renewsAt ?? "another time"}`);
 *   else if (error.kind === "invalid_request") show(error.problems.map((problem) => problem.message).join("\n"));
 *   else show(error.advice);
 * }
 * ```
 */
export declare function isCaseApiError(value: unknown): value is CaseApiError;
/**
 * The error that `toJSON()` told of (its object or its JSON text): on the other side of a worker's message, or out of a
 * log. It has everything but the cause and the old stack. Throws an {@link InvalidRequestError} for anything else.
 */
export declare function errorFromJSON(value: unknown): CaseApiError;

/**
 * Resolves when the WebAssembly module is there. Calls wait for it by themselves; synchronous functions need it: it is
 * always there on servers, in a browser after this. Rejects with `LOAD_FAILED` where it did not come (the next call tries
 * again), `NO_WASM` where a page's policy does not let WebAssembly be compiled, and `NO_SIMD`.
 */
export declare function ready(): Promise<void>;

/**
 * Brings the module back after an error of kind `internal`, without a new page or process. What is pending is rejected
 * with such an error; clients that were made before go on working, with a new token and a new pace; a bulk call goes on
 * from its `resumeToken()` or `cursor()`, which may then be a moment older. Who asks for it meanwhile waits for the same one.
 */
export declare function reset(): Promise<void>;

/** The problems of `caseSummary`'s parameters; empty when they are valid. Nothing is sent. */
export declare function checkCaseSummary(params: unknown): Problem[];
/** The problems of `caseDetails`' parameters; empty when they are valid. Nothing is sent. */
export declare function checkCaseDetails(params: unknown): Problem[];
/** The problems of `casesByContract`'s parameters; empty when they are valid. Nothing is sent. */
export declare function checkCasesByContract(params: unknown): Problem[];
/** The problems of `casesByUser`'s parameters; empty when they are valid. Nothing is sent. */
export declare function checkCasesByUser(params: unknown): Problem[];
/** The problems of `sweep`'s parameters, any number of ids; empty when they are valid. Nothing is sent. */
export declare function checkSweep(params: unknown): Problem[];
/** The problems of a client's options; empty when they are valid. */
export declare function checkClientOptions(options: unknown): Problem[];

/**
 * The rows of the error table for a code, however a gateway spells it; with a status, only those where there are any. An
 * unknown code has none.
 *
 * @example
 * ```ts
 * explainError("ERR_403_DEVELOPER_OVER_QPS")[0]?.advice; // "Wait a moment and try again."
 * ```
 */
export declare function explainError(code: string, status?: number): ErrorRow[];

/** How a body is decoded. */
export interface DecodeOptions {
  /**
   * What to do with a record that breaks a documented rule: `"report"` (the default) gives the records with a list of
   * what is off in `issues`, `"strict"` throws a {@link DecodeError} that names case, field, expectation and offset.
   */
  validation?: "report" | "strict";
}

/** Reads the body of a Case Summary. Throws a {@link DecodeError}. */
export declare function decodeCaseSummary(body: ArrayBufferLike | ArrayBufferView, options?: DecodeOptions): CaseSummaryResult;
/** Reads the body of Case Details. Throws a {@link DecodeError}. */
export declare function decodeCaseDetails(body: ArrayBufferLike | ArrayBufferView, options?: DecodeOptions): CaseDetail;
/** Reads the body of a page of Cases by Contract ID or Cases by User ID. Throws a {@link DecodeError}. */
export declare function decodeCasesPage(body: ArrayBufferLike | ArrayBufferView, options?: DecodeOptions): CasesPage;

/**
 * A copy of a record, a list or a text that stands on its own. The strings of a page are cut from one text, so that in
 * some engines a string that is kept keeps that text (some 16 KB for 100 cases) in memory: detach what is kept for long
 * when the rest of its page is let go. What JSON does not have, such as a page's methods, is left out.
 */
export declare function detach<T>(value: T): T;

/** Whether a page follows. */
export declare function hasNextPage(record: Pick<PaginationRecord, "page_index" | "last_index">): boolean;
/** Index of the page that follows; `null` at the end. */
export declare function nextPageIndex(record: Pick<PaginationRecord, "page_index" | "last_index">): number | null;
/** Whether a page comes before. */
export declare function hasPreviousPage(record: Pick<PaginationRecord, "page_index" | "last_index">): boolean;
/** Index of the page before; `null` at the beginning. */
export declare function previousPageIndex(record: Pick<PaginationRecord, "page_index" | "last_index">): number | null;

/**
 * Ids out of what people paste: split at white space, commas and semicolons, repeats dropped, order kept.
 *
 * @example
 * ```ts
 * parseIds("612345678, 612345679;\n612345678"); // ["612345678", "612345679"]
 * ```
 */
export declare function parseIds(text: string): string[];

/** Whether a case is open: by its flag, and where it has none (details), by its status. */
export declare function isOpen(record: Pick<CaseRecord, "status"> & Partial<Pick<CaseRecord, "status_flag">>): boolean;
