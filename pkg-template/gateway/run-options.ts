// The options by which scheduled runs read changes: those of the copy and of the sync.

import type { ChangesParams, StatusFlag } from "../client/index.js";
// The client as a Worker gets it, with its wasm.
import { checkAllCases } from "../entry/workerd.js";

/** The options of scheduled runs: the changes that they read, and their reports. */
export interface RunOptions<Env = unknown, Report = unknown> {
  /** Returns the contracts of a run. They may change from run to run; an empty list reads nothing. */
  contract_ids: (env: Env) => readonly string[] | Promise<readonly string[]>;
  /** `"O"`: open cases only, until they are closed or gone. Must not change once a run has read cases. */
  status_flag?: StatusFlag | undefined;
  /** Lower bound of the creation date, a fixed date. Must not change once a run has read cases. */
  date_created_from?: string | Date | undefined;
  /** Number of requests after which a run starts no further list (200); 1 to 10 000. */
  maxRequests?: number | undefined;
  /**
   * Receives the report of each run (default: `console.log`, as JSON); `false` for none. A promise is awaited, for at most 30
   * seconds.
   */
  log?: ((report: Report) => void | Promise<void>) | false | undefined;
}

/** The options of scheduled runs with defaults filled in. */
export type RunSettings<Env, Report> = RunOptions<Env, Report> & {
  readonly [Name in "maxRequests" | "log"]: NonNullable<RunOptions<Env, Report>[Name]>;
};

/** The expected value of each option, and its check. */
export type OptionChecks = Record<string, [expected: string, isUsable: (value: unknown) => boolean]>;

export const isFunction = (value: unknown): boolean => typeof value === "function";

/** Makes a check of an option that may be absent. */
export const optional =
  (isUsable: (value: unknown) => boolean): ((value: unknown) => boolean) =>
  (value) =>
    value === undefined || isUsable(value);

/** Makes a check of whole numbers. */
export const wholeNumber =
  (least: number, most: number): ((value: unknown) => boolean) =>
  (value) =>
    Number.isInteger(value) && (value as number) >= least && (value as number) <= most;

const READ_CHECKS: OptionChecks = {
  contract_ids: ["a function of env that returns a list of contract ids", isFunction],
  maxRequests: ["a whole number from 1 to 10000", optional(wholeNumber(1, 10_000))],
  log: ["a function of a report, or false for none", optional((value) => value === false || isFunction(value))],
};

/** The options that are parameters of `changes`. */
const PARAMETERS = ["status_flag", "date_created_from"];

/** Returns the parameters of `changes` that the options give. */
export function changesParams(
  contract_ids: readonly string[],
  { status_flag, date_created_from }: Pick<RunOptions, "status_flag" | "date_created_from">,
): ChangesParams {
  return {
    contract_ids,
    ...(status_flag !== undefined && { status_flag }),
    ...(date_created_from !== undefined && { date_created_from }),
  };
}

/**
 * Checks the options of a function, with its own checks of some, and fills in the defaults of the others. Throws a
 * `TypeError` with all problems.
 */
export function runSettings<Env, Report, Options extends RunOptions<Env, Report>>(
  name: string,
  options: Options,
  ownChecks: OptionChecks,
): Options & RunSettings<Env, Report> {
  // Callers without types may have forgotten the options.
  // Problems are in the order of the first, and the last are checked.
  const problems = optionProblems(options ?? {}, { ...ownChecks, ...READ_CHECKS, ...ownChecks });
  if (problems.length > 0) throw new TypeError(`${name}: ${problems.join("; ")}`);
  const { maxRequests = 200, log = (report: Report) => console.log(JSON.stringify(report)) } = options;
  return { ...options, maxRequests, log };
}

/** Returns all problems of options. */
function optionProblems(options: unknown, checks: OptionChecks): string[] {
  if (typeof options !== "object" || options === null) return ["expected an object of options"];
  const given = options as Record<string, unknown>;
  const known = [...Object.keys(checks), ...PARAMETERS];
  const unknown = Object.keys(given).filter((name) => !known.includes(name));
  const unusable = Object.entries(checks).filter(([name, [, isUsable]]) => !isUsable(given[name]));
  return [
    ...unknown.map((name) => `${name}: expected one of ${known.join(", ")}`),
    ...unusable.map(([name, [expected]]) => `${name}: expected ${expected}`),
    ...checkAllCases(changesParams(["1"], options)).map(({ message }) => message),
  ];
}
