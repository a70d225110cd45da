// The parameters, options and results of calls in bulk.

import type { CaseDetail, CaseRecord, CaseStatus, Severity, StatusFlag } from "../generated/types.js";
import type { CaseApiError } from "./errors.js";
import type { RequestOptions } from "./options.js";
import type { Issue } from "./types.js";

/** Which cases are wanted, applied to what comes: the service has no such filter. */
export interface CaseFilter {
  /** Only cases of this severity, or of one of these. */
  severity?: Severity | readonly Severity[] | undefined;
  /** Only cases of this status, or of one of these; documented ones in any spelling of upper and lower case. */
  status?: CaseStatus | readonly CaseStatus[] | undefined;
}

/** What of any number of contracts or users is followed. */
export interface ChangesCriteria {
  /**
   * Only cases created at this instant or later. Left out: since 2000, which takes a hundred windows of 90 days a batch
   * (unless `range` is `"undated"`).
   */
  date_created_from?: string | Date | undefined;
  /** Only open (`O`) or only closed (`C`) cases. Left out: both. */
  status_flag?: StatusFlag | undefined;
  /**
   * How open cases (`status_flag: "O"`) without `date_created_from` and `date_created_to` are asked for. The documentation says that all of them are
   * returned, and that the maximum range returned is 90 days. `"undated"` (the default) takes the first at its word:
   * one list a batch. `"windows"` trusts the second, and asks for every 90 days since 2000.
   */
  range?: "undated" | "windows" | undefined;
  /** Which cases are wanted. */
  where?: CaseFilter | undefined;
}

/** What `allCases` reads, of any number of contracts or users. */
export interface AllCasesCriteria extends ChangesCriteria {
  /** Only cases created at this instant or earlier. Left out: until now. */
  date_created_to?: string | Date | undefined;
}

/** The lists of any number of contracts, or of any number of users. */
export type ListTarget =
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

/** What `allCases` reads: contracts or users, in any range of dates, or cases by their ids. */
export type AllCasesParams =
  | (ListTarget & AllCasesCriteria)
  | {
      /** The cases, any number. */
      case_ids: readonly string[];
      contract_ids?: undefined;
      user_ids?: undefined;
      /** Which of them are wanted. */
      where?: CaseFilter | undefined;
    };

/** What `changes` follows. */
export type ChangesParams = ListTarget & ChangesCriteria;

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
  /** For how many milliseconds nothing is sent, since the quota of a minute is spent; `null` where that is not so. */
  waitMs: number | null;
}

/** A part of a bulk call that could not be read. */
export interface BulkFailure {
  /** Whose cases, or which cases. */
  ids: string[];
  /** The range of creation dates it is about; `null` where there is none. */
  date_created_from: string | null;
  /** Its end. */
  date_created_to: string | null;
  /** Why. */
  error: CaseApiError;
}

/**
 * What every bulk call can be asked. Waiting for a turn under `rateLimit`, or for the next minute where the service's quota of one
 * is spent, does not count against `timeoutMs` here.
 */
export interface BulkOptions extends RequestOptions {
  /**
   * How many requests may be under way at once, 1 to 64. With 1 everything comes in order. Left out: as many as `rateLimit`
   * lets go in two seconds, 6 at least.
   */
  concurrency?: number | undefined;
  /** Told after each answer. */
  onProgress?: ((progress: BulkProgress) => void) | undefined;
  /** Do not throw at the end if parts could not be read: `failures` has them either way. */
  partial?: boolean | undefined;
}

/** Options of `allCases`. */
export interface AllCasesOptions extends BulkOptions {
  /**
   * Which windows of creation dates are read first (`"newest"`). With a `concurrency` of 1 the newest updates of a list
   * come first.
   */
  order?: "newest" | "oldest" | undefined;
  /** How many ids one request takes, if fewer than documented (30 cases, 10 contracts, 10 users). */
  batchSize?: number | undefined;
  /** Where to go on: what `resumeToken()` of the same `allCases` call gave. */
  resume?: string | null | undefined;
}

/** Options of `changes`. */
export interface ChangesOptions extends BulkOptions {
  /** How many ids one request takes, if fewer than documented. */
  batchSize?: number | undefined;
  /** No list is begun after so many requests. Lists of recent dates come first, then those read longest ago. */
  maxRequests?: number | undefined;
  /**
   * What a round reads of windows that ended more than 90 days ago: all of them (`"all"`, the default), so that it tells every
   * change, or a seventh in turn (`"rotate"`), those read longest ago, so that a change in one of them is told within about
   * seven rounds. Lists without dates and of recent dates are read in every round.
   */
  older?: "all" | "rotate" | undefined;
}

/** Options of `allDetails`. */
export interface AllDetailsOptions extends BulkOptions {
  /** No request is begun after so many, retries counted. */
  maxRequests?: number | undefined;
  /** No request is begun once about so many bytes have come. */
  maxBytes?: number | undefined;
  /** Where to go on: what `resumeToken()` of the same call gave. */
  resume?: string | null | undefined;
}

/** Every case of any number of contracts, users or ids. It starts when it is iterated, once. */
export interface AllCases extends AsyncIterable<CaseRecord> {
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
   * Where another `allCases` call of the same goes on, after everything that was yielded so far: a text of JSON, small and to be
   * kept as it is. `null` before it has begun. Lists that failed are read again by who goes on; ids that the
   * service refused are not asked for again.
   */
  resumeToken(): string | null;
}

/**
 * What has happened to a case: `"changed"`, it is new or was updated; `"closed"`, it left the list of open cases
 * (`status_flag: "O"`), and is closed; `"left"`, it was told of before and does not match `where` any more; `"gone"`, it left
 * the list of open cases, and is not to be seen any more, or belongs to somebody else. With `where`, the last three are told
 * of cases alone that were `"changed"` last.
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
      /** It was told of before, and does not match `where` any more. */
      type: "left";
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
   * (5 characters more for each open case of one contract beyond some 350, and 6 for each case that matches `where`), to be
   * kept as it is; its `parts` say when each list was last `checked` (milliseconds since 1970). `null` before
   * anything was read.
   */
  cursor(): string | null;
}

/** Details of many cases, the newest (the highest case number) first. It starts when it is iterated, once. */
export interface AllDetails extends AsyncIterable<CaseDetail> {
  [Symbol.asyncIterator](): AsyncIterableIterator<CaseDetail>;
  /** What could not be read so far. */
  readonly failures: BulkFailure[];
  /** Where another call with the same ids goes on. */
  resumeToken(): string | null;
  /**
   * Whether nothing is left for another call to go on with: everything was taken, and nothing failed but cases that are not
   * there (`CASE_NOTFOUND`). It is false before the loop has ended.
   */
  readonly done: boolean;
}

/** What a bulk call takes. */
export interface Estimate {
  /** Requests: at least one a list, batch or case; with `sample`, as many pages a list as the sample has. */
  requests: number;
  /** Seconds, as `rateLimit` lets requests go. */
  atLeastSeconds: number;
  /** Days, as the quota of a day lets them: 1 where it is enough. */
  days: number;
}
