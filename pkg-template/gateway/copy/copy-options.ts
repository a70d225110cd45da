// The options of a copy, their checks, and the report of a run.

import type { QuotaNamespace } from "../options.js";
import {
  isFunction,
  type OptionChecks,
  optional,
  type RunOptions,
  type RunSettings,
  runSettings,
  wholeNumber,
} from "../run-options.js";
import type { CopyDatabase } from "./d1-types.js";

/**
 * Options of {@link copyTo}. An unknown name or an unusable value is a `TypeError` when the Worker starts, with all
 * problems in its message.
 */
export interface CopyOptions<Env = unknown> extends RunOptions<Env, CopyReport> {
  /** Returns the D1 database of the copy, to which the package's migrations were applied. */
  database: (env: Env) => CopyDatabase;
  /** Returns the namespace of the Durable Object that announces changes to pages. Without it they poll. */
  live?: ((env: Env) => QuotaNamespace) | undefined;
  /**
   * Lists of cases that were created long ago, without `status_flag`: `"all"` (default) reads them in each round,
   * `"rotate"` a seventh of them, so that a change may be up to seven rounds late.
   */
  older?: "all" | "rotate" | undefined;
  /**
   * `"open"`: what the details of open cases add to their records is copied as well, the case that was updated last first, by one
   * request each. Notes are counted, and not copied. Without it, the next run drops what was copied before.
   */
  details?: "open" | undefined;
  /**
   * Number of requests for details in any 24 hours, as the quota counts them (1000); 1 to 100 000. They are part of the
   * service's quota.
   */
  detailsPerDay?: number | undefined;
}

/** The report of a run. It contains no id, no token and no data of a case. */
export interface CopyReport {
  /** The outcome; `"skipped"`: another run was in progress. */
  copy: "done" | "failed" | "skipped";
  /** Number of requests to the service. */
  requests: number;
  /** Number of new or updated cases that were read. */
  changed: number;
  /** Number of cases that left the copy. */
  gone: number;
  /** Number of committed batches. */
  batches: number;
  /** Whether every list was read to its end, if not in this run. Until then the copy does not have all cases. */
  complete: boolean;
  /** Number of lists that could not be read. The next run reads them again. */
  failed?: number;
  /** Number of contracts that the service refuses. Their cases were dropped; they are read again after six hours. */
  lost?: number;
  /**
   * Number of cases that are longer than the 2 MB of a row, of those that were read. The largest parts of their records are left out,
   * and `issues` of the records name these; a case whose ids alone are too long is left out.
   */
  reduced?: number;
  /** With the option `details`: what was read of them. Absent if the run did not come to them. */
  details?: CopyDetailsReport;
  /** Duration in milliseconds. */
  ms: number;
  /**
   * Codes of what went wrong: those of the client's errors and of the gateway's, or `QUOTA_UNREACHABLE`, `LOCK_LOST`,
   * `CONTRACTS_UNAVAILABLE`, `WRITER_OVERTAKEN`, `FOLDING_CHANGED`, `PROGRESS_TOO_LARGE`, `RECORD_TOO_LARGE`, `COPY_FAILED`.
   */
  errors?: string[];
}

/** The details in the report of a run. */
export interface CopyDetailsReport {
  /** Number of requests for details, which are also in `requests`. */
  requests: number;
  /** Number of cases whose details were read. */
  read: number;
  /** Number of cases whose details could not be read. They are requested again after an hour, and then less and less often. */
  failed: number;
  /** Number of requests that the last 24 hours leave of `detailsPerDay`. */
  left: number;
}

/** Options with defaults filled in. */
export type CopySettings<Env> = CopyOptions<Env> & RunSettings<Env, CopyReport> & { detailsPerDay: number };

/** The requests for details of a day by default: a fifth of the client's quota of a day. */
const DETAILS_PER_DAY = 1000;

/** The options that a sync does not have. */
const OPTION_CHECKS: OptionChecks = {
  database: ["a function of env that returns a D1 database", isFunction],
  live: ["a function of env that returns the namespace of CaseLive", optional(isFunction)],
  older: ['"all" or "rotate"', optional((value) => value === "all" || value === "rotate")],
  details: ['"open"', optional((value) => value === "open")],
  detailsPerDay: ["a whole number from 1 to 100000", optional(wholeNumber(1, 100_000))],
};

/** Checks options and fills in defaults. Throws a `TypeError` with all problems. */
export function copySettings<Env>(options: CopyOptions<Env>): CopySettings<Env> {
  const settings = runSettings<Env, CopyReport, CopyOptions<Env>>("copyTo", options, OPTION_CHECKS);
  return { ...settings, detailsPerDay: settings.detailsPerDay ?? DETAILS_PER_DAY };
}
