// The options of a sync, their checks, and the report of a run.

import type { ChangesParams, StatusFlag } from "../client/index.js";
// The client as a Worker gets it, with its wasm.
import { checkAllCases } from "../entry/workerd.js";
import { utf8 } from "./hmac.js";

/** The methods of an `R2Bucket` that the sync uses. */
export interface SyncBucket {
  /** Reads an object. */
  get(key: string): Promise<{
    /** Returns the text of the object. */
    text(): Promise<string>;
  } | null>;
  /** Writes an object. */
  put(key: string, value: string): Promise<unknown>;
  /** Deletes an object. */
  delete(key: string): Promise<void>;
  /** Lists objects by a prefix, a page at a time. */
  list(options: SyncListOptions): Promise<{
    /** The objects of this page. */
    objects: {
      /** The key of the object. */
      key: string;
    }[];
    /** Whether there are more pages. */
    truncated: boolean;
  }>;
}

/** The methods of a `KVNamespace` that the sync uses. */
export interface SyncNamespace {
  /** Reads the value of a key. */
  get(key: string): Promise<string | null>;
  /** Never called; its presence distinguishes a `KVNamespace` from an `R2Bucket`. */
  getWithMetadata(key: string): Promise<unknown>;
  /** Writes the value of a key. */
  put(key: string, value: string): Promise<void>;
  /** Deletes a key and its value. */
  delete(key: string): Promise<void>;
  /** Lists keys by a prefix, a page at a time. */
  list(options: SyncListOptions): Promise<{
    /** The keys of this page. */
    keys: {
      /** The name of the key. */
      name: string;
    }[];
    /** Whether this is the last page. */
    list_complete: boolean;
  }>;
}

/** The page of keys to list. */
export interface SyncListOptions {
  /** The prefix of the keys. */
  prefix: string;
  /** The cursor of the previous page. */
  cursor?: string;
}

type MaybePromise<T> = T | Promise<T>;

/**
 * Options of {@link syncTo}. An unknown name or an unusable value is a `TypeError` when the Worker starts, with all
 * problems in its message.
 */
export interface SyncOptions<Env = unknown> {
  /** Returns the contracts of a run. They may change from run to run; an empty list reads nothing. */
  contract_ids: (env: Env) => MaybePromise<readonly string[]>;
  /** `"O"`: open cases, with an event for each that is closed or gone. Must not change while `prefix` stays. */
  status_flag?: StatusFlag;
  /** Lower bound of the creation date, a fixed date. Must not change while `prefix` stays. */
  date_created_from?: string | Date;
  /** The bucket or namespace to store cases in. */
  store: (env: Env) => SyncBucket | SyncNamespace;
  /** The prefix of all keys in the store (`cisco-support-case/`). Another prefix starts from the beginning. */
  prefix?: string;
  /** The receiver of changes, by Standard Webhooks. Without it no event is stored or posted. */
  webhook?: (env: Env) => {
    /** The address to post to: https, or http on localhost. */
    url: string;
    /** The secret, `whsec_` and the Base64 of 24 to 64 random bytes; a list of at most 5 during rotation. */
    secret: string | readonly string[];
  };
  /** Number of requests after which a run starts no further list (200); 1 to 10 000. */
  maxRequests?: number;
  /** Receives the report of each run (default: `console.log`, as JSON); `false` for none. */
  log?: ((report: SyncReport) => void) | false;
}

/** The report of a run. It contains no id, no token and no data of a case. */
export interface SyncReport {
  /** The outcome; `"skipped"`: another run was in progress. */
  sync: "done" | "failed" | "skipped";
  /** Number of requests to the service. */
  requests: number;
  /** Number of new or updated cases that were stored. */
  changed: number;
  /** Number of cases that are no longer open, and were stored. */
  closed: number;
  /** Number of cases that can no longer be read, and were stored as that. */
  gone: number;
  /** Number of events that the webhook accepted. */
  delivered: number;
  /** Number of events that are still to be delivered. */
  pending: number;
  /** Number of events that were dropped because their object was deleted from the store. */
  dropped?: number;
  /** Number of lists that could not be read. The next run reports what they have missed. */
  failed?: number;
  /** Duration in milliseconds. */
  ms: number;
  /**
   * Codes of what went wrong: those of the client's errors, or `STORE_FAILED`, `STORE_LATE`, `QUOTA_UNREACHABLE`,
   * `LOCK_LOST`, `CONTRACTS_UNAVAILABLE`, `WEBHOOK_NOT_CONFIGURED`, `WEBHOOK_UNREACHABLE`, `WEBHOOK_HTTP_` with a
   * status, `SYNC_FAILED`.
   */
  errors?: string[];
}

/** Options with defaults filled in. */
export type SyncSettings<Env> = SyncOptions<Env> & Required<Pick<SyncOptions<Env>, "prefix" | "maxRequests" | "log">>;

const isFunction = (value: unknown): boolean => typeof value === "function";

/** The expected value of each option, and its check. */
const OPTION_CHECKS: Record<string, [expected: string, isUsable: (value: unknown) => boolean]> = {
  contract_ids: ["a function of env that returns a list of contract ids", isFunction],
  store: ["a function of env that returns an R2 bucket or a KV namespace", isFunction],
  webhook: ["a function of env that returns { url, secret }", (value) => value === undefined || isFunction(value)],
  log: [
    "a function of a report, or false for none",
    (value) => value === undefined || value === false || isFunction(value),
  ],
  prefix: [
    "a string of at most 200 bytes",
    (value) => value === undefined || (typeof value === "string" && utf8(value).length <= 200),
  ],
  maxRequests: [
    "a whole number from 1 to 10000",
    (value) =>
      value === undefined || (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 10_000),
  ],
};

/** The options that are parameters of `changes`. */
const PARAMETERS = ["status_flag", "date_created_from"];

/** Returns the parameters of `changes` that the options give. */
export function changesParams(
  contract_ids: readonly string[],
  { status_flag, date_created_from }: Pick<SyncOptions, "status_flag" | "date_created_from">,
): ChangesParams {
  return {
    contract_ids,
    ...(status_flag !== undefined && { status_flag }),
    ...(date_created_from !== undefined && { date_created_from }),
  };
}

/** Checks options and fills in defaults. Throws a `TypeError` with all problems. */
export function syncSettings<Env>(options: SyncOptions<Env>): SyncSettings<Env> {
  // Callers without types may have forgotten the options.
  const problems = optionProblems(options ?? {});
  if (problems.length > 0) throw new TypeError(`syncTo: ${problems.join("; ")}`);
  const {
    prefix = "cisco-support-case/",
    maxRequests = 200,
    log = (report: SyncReport) => console.log(JSON.stringify(report)),
    ...rest
  } = options;
  return { ...rest, prefix, maxRequests, log };
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
