// The options of a copy, their checks, and the report of a run.

import type { StatusFlag } from "../../client/index.js";
// The client as a Worker gets it, with its wasm.
import { checkAllCases } from "../../entry/workerd.js";
import type { QuotaNamespace } from "../options.js";
import { changesParams } from "../sync-options.js";
import type { CopyDatabase } from "./d1-types.js";

/**
 * Options of {@link copyTo}. An unknown name or an unusable value is a `TypeError` when the Worker starts, with all
 * problems in its message.
 */
export interface CopyOptions<Env = unknown> {
  /** Returns the D1 database of the copy, to which the package's migrations were applied. */
  database: (env: Env) => CopyDatabase;
  /** Returns the namespace of the Durable Object that announces changes to pages. Without it they poll. */
  live?: (env: Env) => QuotaNamespace;
  /** Returns the contracts of a run. They may change from run to run: cases of others are dropped. */
  contract_ids: (env: Env) => readonly string[] | Promise<readonly string[]>;
  /** `"O"`: open cases only; a case that is closed leaves the copy. Must not change while the database stays. */
  status_flag?: StatusFlag;
  /** Lower bound of the creation date, a fixed date. Must not change while the database stays. */
  date_created_from?: string | Date;
  /**
   * Lists of cases that were created long ago, without `status_flag`: `"all"` (default) reads them in each round,
   * `"rotate"` a seventh of them, so that a change may be up to seven rounds late.
   */
  older?: "all" | "rotate";
  /** Number of requests after which a run starts no further list (200); 1 to 10 000. */
  maxRequests?: number;
  /** Receives the report of each run (default: `console.log`, as JSON); `false` for none. */
  log?: ((report: CopyReport) => void) | false;
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
  /** Duration in milliseconds. */
  ms: number;
  /**
   * Codes of what went wrong: those of the client's errors and of the gateway's, or `QUOTA_UNREACHABLE`, `LOCK_LOST`,
   * `CONTRACTS_UNAVAILABLE`, `WRITER_OVERTAKEN`, `FOLDING_CHANGED`, `PROGRESS_TOO_LARGE`, `COPY_FAILED`.
   */
  errors?: string[];
}

/** Options with defaults filled in. */
export type CopySettings<Env> = CopyOptions<Env> & Required<Pick<CopyOptions<Env>, "maxRequests" | "log">>;

const isFunction = (value: unknown): boolean => typeof value === "function";
const isAbsent = (value: unknown): boolean => value === undefined;

/** The expected value of each option, and its check. */
const OPTION_CHECKS: Record<string, [expected: string, isUsable: (value: unknown) => boolean]> = {
  database: ["a function of env that returns a D1 database", isFunction],
  live: ["a function of env that returns the namespace of CaseLive", (value) => isAbsent(value) || isFunction(value)],
  contract_ids: ["a function of env that returns a list of contract ids", isFunction],
  older: ['"all" or "rotate"', (value) => isAbsent(value) || value === "all" || value === "rotate"],
  maxRequests: [
    "a whole number from 1 to 10000",
    (value) => isAbsent(value) || (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 10_000),
  ],
  log: [
    "a function of a report, or false for none",
    (value) => isAbsent(value) || value === false || isFunction(value),
  ],
};

/** The options that are parameters of `changes`. */
const PARAMETERS = ["status_flag", "date_created_from"];

/** Checks options and fills in defaults. Throws a `TypeError` with all problems. */
export function copySettings<Env>(options: CopyOptions<Env>): CopySettings<Env> {
  // Callers without types may have forgotten the options.
  const problems = optionProblems(options ?? {});
  if (problems.length > 0) throw new TypeError(`copyTo: ${problems.join("; ")}`);
  const { maxRequests = 200, log = (report: CopyReport) => console.log(JSON.stringify(report)), ...rest } = options;
  return { ...rest, maxRequests, log };
}

/** Returns all problems of options. */
function optionProblems(options: unknown): string[] {
  if (typeof options !== "object" || options === null) return ["expected an object of options"];
  const given = options as Record<string, unknown>;
  const known = [...Object.keys(OPTION_CHECKS), ...PARAMETERS];
  const unknown = Object.keys(given).filter((name) => !known.includes(name));
  const unusable = Object.entries(OPTION_CHECKS).filter(([name, [, isUsable]]) => !isUsable(given[name]));
  return [
    ...unknown.map((name) => `${name}: expected one of ${known.join(", ")}`),
    ...unusable.map(([name, [expected]]) => `${name}: expected ${expected}`),
    ...checkAllCases(changesParams(["1"], options)).map(({ message }) => message),
  ];
}
