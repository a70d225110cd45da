// The parameters, options and results of bulk calls.

import type { CaseDetail, CaseRecord, CaseStatus, InstantLike, Severity, StatusFlag } from "../generated/types.js";
import type { CaseApiError } from "./errors.js";
import type { RequestOptions } from "./options.js";
import type { Issue } from "./types.js";

/** A filter of the received cases, which the service does not offer. */
export interface CaseFilter {
  /** Severity, or severities, of the cases. */
  severity?: Severity | readonly Severity[] | undefined;
  /** Status, or statuses, of the cases. Documented statuses match in any case. */
  status?: CaseStatus | readonly CaseStatus[] | undefined;
}

/** The criteria of the cases of any number of contracts or users. */
export interface ChangesCriteria {
  /**
   * Start of the range of creation dates. Default: 2000, which takes more than a hundred windows of 90 days a batch (unless
   * `range` is `"undated"`).
   */
  date_created_from?: string | Date | InstantLike | undefined;
  /** Restricts the cases to open (`O`) or closed (`C`) ones. Default: both. */
  status_flag?: StatusFlag | undefined;
  /**
   * Way to request open cases (`status_flag: "O"`) without `date_created_from` and `date_created_to`. The documentation says
   * both that all of them are returned and that the maximum range is 90 days. `"undated"` (the default) relies on the first:
   * one list a batch. `"windows"` relies on the second and requests every 90 days since 2000.
   */
  range?: "undated" | "windows" | undefined;
  /** Filter of the received cases. */
  where?: CaseFilter | undefined;
}

/** The criteria of `allCases` for contracts or users. */
export interface AllCasesCriteria extends ChangesCriteria {
  /** End of the range of creation dates. Default: now. */
  date_created_to?: string | Date | InstantLike | undefined;
}

/** The contracts or users of which a bulk call reads the lists. */
export type ListTarget =
  | {
      /** Contracts, any number. */
      contract_ids: readonly string[];
      user_ids?: undefined;
      case_ids?: undefined;
    }
  | {
      /** Users, any number. */
      user_ids: readonly string[];
      contract_ids?: undefined;
      case_ids?: undefined;
    };

/** The parameters of `allCases`: contracts or users in any date range, or cases by their ids. */
export type AllCasesParams =
  | (ListTarget & AllCasesCriteria)
  | {
      /** Case ids, any number. */
      case_ids: readonly string[];
      contract_ids?: undefined;
      user_ids?: undefined;
      /** Filter of the received cases. */
      where?: CaseFilter | undefined;
    };

/** The parameters of `changes`. */
export type ChangesParams = ListTarget & ChangesCriteria;

/** The progress of a bulk call. */
export interface BulkProgress {
  /** Number of pages, batches or details received. */
  pages: number;
  /** Number of cases delivered. */
  cases: number;
  /** Number of requests sent, including retries. */
  requests: number;
  /** Number of retries among the requests. */
  retries: number;
  /** Approximate remaining time in milliseconds; `null` before the first response. */
  etaMs: number | null;
  /** Milliseconds until requests are sent again, while a minute's quota is spent; `null` otherwise. */
  waitMs: number | null;
}

/** A part of a bulk call that could not be read. */
export interface BulkFailure {
  /** Ids of the contracts, users or cases. */
  ids: string[];
  /** Start of the range of creation dates; `null` if the part has none. */
  date_created_from: string | null;
  /** End of the range of creation dates; `null` if the part has none. */
  date_created_to: string | null;
  /** Error of the part's last request. */
  error: CaseApiError;
}

/**
 * The options of every bulk call. The time that a request waits for the rate limit, or for the next minute while the service's
 * quota of a minute is spent, does not count towards `timeoutMs`.
 */
export interface BulkOptions extends RequestOptions {
  /**
   * Maximum number of requests in flight, 1 to 64. With 1 everything is delivered in order. Default: the number of requests
   * that `rateLimit` allows in two seconds, at least 6.
   */
  concurrency?: number | undefined;
  /** Called after each response. Its exceptions and rejections go to the client's `logger`, or to the console. */
  onProgress?: ((progress: BulkProgress) => void) | undefined;
  /** Whether not to throw at the end if parts could not be read. `failures` contains them either way. */
  partial?: boolean | undefined;
}

/** The options of `allCases`. */
export interface AllCasesOptions extends BulkOptions {
  /**
   * Order in which windows of creation dates are read. Default: `"newest"`. With a `concurrency` of 1 the newest updates of a
   * list are delivered first.
   */
  order?: "newest" | "oldest" | undefined;
  /** Number of ids per request, if below the documented maximum (30 cases, 10 contracts, 10 users). */
  batchSize?: number | undefined;
  /** Token to resume from: that of `resumeToken()` of a call with the same parameters. `null`: from the beginning. */
  resume?: string | null | undefined;
}

/** The options of `changes`. */
export interface ChangesOptions extends BulkOptions {
  /** Number of ids per request, if below the documented maximum. */
  batchSize?: number | undefined;
  /** Number of requests after which no list is begun. Recent and older lists take turns, those read longest ago first. */
  maxRequests?: number | undefined;
  /**
   * Windows that ended more than 90 days ago: with `"all"` (the default) each round reads all of them and reports every change.
   * With `"rotate"` it reads the seventh that was read longest ago, so that a change is reported within about seven rounds.
   * Lists without dates and of recent dates are read in every round.
   */
  older?: "all" | "rotate" | undefined;
}

/** The options of `allDetails`. */
export interface AllDetailsOptions extends BulkOptions {
  /** Number of requests, including retries, after which none is started. */
  maxRequests?: number | undefined;
  /** Approximate number of received bytes after which no request is started. */
  maxBytes?: number | undefined;
  /** Token to resume from: that of `resumeToken()` of a call with the same ids. `null`: from the beginning. */
  resume?: string | null | undefined;
}

/** Every case of any number of contracts, users or ids. It begins when it is iterated, and can be iterated once;
 * awaiting it is an error. */
export interface AllCases extends AsyncIterable<CaseRecord> {
  /** Iterates over pages: the new cases of each, and their issues. */
  pages(): AsyncIterableIterator<{
    /** New cases of the page. */
    cases: CaseRecord[];
    /**
     * Issues of these cases, and of their response as a whole, whose `case_id` is `""`. `path` is that in the body of the
     * response, which may have more cases.
     */
    issues: Issue[];
  }>;
  [Symbol.asyncIterator](): AsyncIterableIterator<CaseRecord>;
  /** Resolves to an array of every case. */
  toArray(options: {
    /** The maximum number of cases, 1 or more. With more the call fails with the code `LIMIT_REACHED`. */
    limit: number;
  }): Promise<CaseRecord[]>;
  /** Parts that could not be read so far. */
  readonly failures: BulkFailure[];
  /**
   * Returns the token from which another `allCases` call with the same parameters resumes, after everything that was yielded so
   * far; `null` before the call has begun. After a `toArray` that rejected it is the token that the call began with, since its
   * cases are lost. It is a small opaque JSON text. A resumed call reads failed lists again, but not ids
   * that the service rejected.
   */
  resumeToken(): string | null;
}

/**
 * A change of a case.
 *
 * - `"changed"`: the case is new or was updated.
 * - `"closed"`: it left the list of open cases (`status_flag: "O"`) and is closed.
 * - `"left"`: it was reported before and does not match `where` any more.
 * - `"gone"`: it left the list of open cases and is not visible any more, or belongs to another owner.
 *
 * With `where`, the last three are reported only for cases of which the last report was `"changed"`.
 */
export type CaseChange =
  | {
      /** The case is new or was updated, or it left the list of open cases and is closed. */
      type: "changed" | "closed";
      /** The number of the case. */
      case_id: string;
      /** Current record of the case. */
      case: CaseRecord;
    }
  | {
      /** The case was reported before and does not match `where` any more. */
      type: "left";
      /** The number of the case. */
      case_id: string;
      /** Current record of the case. */
      case: CaseRecord;
    }
  | {
      /** The case left the list of open cases and is not visible any more, or belongs to another owner. */
      type: "gone";
      /** The number of the case. */
      case_id: string;
      /** Always `null`: the case is not visible. */
      case: null;
    };

/** The changes since a cursor. The round begins when it is iterated, and can be iterated once. */
export interface Changes extends AsyncIterable<CaseChange> {
  [Symbol.asyncIterator](): AsyncIterableIterator<CaseChange>;
  /** Resolves to an array of every change. */
  toArray(options: {
    /** The maximum number of changes, 1 or more. With more the call fails with the code `LIMIT_REACHED`. */
    limit: number;
  }): Promise<CaseChange[]>;
  /** Parts that could not be read so far. */
  readonly failures: BulkFailure[];
  /**
   * Returns the cursor for the next round, which covers everything that was yielded so far; `null` before anything was read.
   * After a `toArray` that rejected it is the cursor of the call, since its changes are lost.
   *
   * It is an opaque JSON text of at most 2 KB a list (5 characters more for each open case of a contract above about 350, and 6
   * for each case that matches `where`). Its member `checked` contains when each list was last read, in milliseconds since
   * 1970.
   */
  cursor(): string | null;
}

/** The details of many cases, the highest case number first. It begins when it is iterated, and can be iterated once. */
export interface AllDetails extends AsyncIterable<CaseDetail> {
  [Symbol.asyncIterator](): AsyncIterableIterator<CaseDetail>;
  /** Resolves to an array of every case. */
  toArray(options: {
    /** The maximum number of cases, 1 or more. With more the call fails with the code `LIMIT_REACHED`. */
    limit: number;
  }): Promise<CaseDetail[]>;
  /** Parts that could not be read so far. */
  readonly failures: BulkFailure[];
  /** Returns the token from which another call with the same ids resumes; `null` before the call has begun. */
  resumeToken(): string | null;
  /**
   * Whether nothing is left for a resumed call: everything was taken, and only cases that do not exist (`CASE_NOTFOUND`)
   * failed. It is false before the loop has ended.
   */
  readonly done: boolean;
}

/** The estimated cost of a bulk call. */
export interface Estimate {
  /** Number of requests: at least one a list, batch or case; with `sample`, as many pages a list as the sample has. */
  requests: number;
  /** Minimum number of seconds at `rateLimit`. */
  atLeastSeconds: number;
  /** Number of days at the daily limit: 1 if it suffices. */
  days: number;
}
