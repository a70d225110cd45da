// The options of a sync, their checks, and the report of a run.

import { utf8 } from "./hmac.js";
import {
  isFunction,
  type OptionChecks,
  optional,
  type RunOptions,
  type RunSettings,
  runSettings,
} from "./run-options.js";

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

/** The options of {@link syncTo} that name the receivers of changes. */
export interface SyncTarget<Env = unknown> {
  /** The bucket or namespace to store cases in. */
  store: (env: Env) => SyncBucket | SyncNamespace;
  /** The prefix of all keys in the store (`cisco-support-case/`). Another prefix starts from the beginning. */
  prefix?: string | undefined;
  /** The receiver of changes, by Standard Webhooks. Without it no event is stored or posted. */
  webhook?:
    | ((env: Env) => {
        /** The address to post to: https, or http on localhost. */
        url: string;
        /** The secret, `whsec_` and the Base64 of 24 to 64 random bytes; a list of at most 5 during rotation. */
        secret: string | readonly string[];
      })
    | undefined;
}

/**
 * Options of {@link syncTo}. An unknown name or an unusable value is a `TypeError` when the Worker starts, with all
 * problems in its message.
 */
export interface SyncOptions<Env = unknown> extends SyncTarget<Env>, RunOptions<Env, SyncReport> {
  /** The source of changes: the service (default). */
  from?: "service" | undefined;
}

/**
 * Options of {@link syncTo} with the changes of the gateway's copy, which is the only one then to read the service. Contracts,
 * flag and date are those of the copy.
 */
export interface CopySyncOptions<Env = unknown> extends SyncTarget<Env>, Pick<RunOptions<Env, SyncReport>, "log"> {
  /** The source of changes: the copy of the gateway (`copyTo`). */
  from: "copy";
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
   * status, `SYNC_FAILED`; with `from: "copy"` also `COPY_UNAVAILABLE`, `COPY_NOT_READY`, `SOURCE_CHANGED`,
   * `CHANGES_DROPPED`.
   */
  errors?: string[];
}

/** Options with defaults filled in. */
export type SyncSettings<Env> = SyncTarget<Env> &
  RunSettings<Env, SyncReport> & {
    /** The prefix of all keys in the store. */
    prefix: string;
    /** The source of changes. */
    from: "service" | "copy";
  };

/** The options that a copy does not have. */
const OPTION_CHECKS: OptionChecks = {
  store: ["a function of env that returns an R2 bucket or a KV namespace", isFunction],
  webhook: ["a function of env that returns { url, secret }", optional(isFunction)],
  from: ['"service" or "copy"', optional((value) => value === "service" || value === "copy")],
  prefix: [
    "a string of at most 200 bytes",
    optional((value) => typeof value === "string" && utf8(value).length <= 200),
  ],
};

/** The options that only the copy has, with `from: "copy"`. */
const COPY_CHECKS: OptionChecks = Object.fromEntries(
  ["contract_ids", "status_flag", "date_created_from", "maxRequests"].map((name) => [
    name,
    ['nothing with from: "copy": it is an option of copyTo', (value) => value === undefined],
  ]),
);

/** Checks options and fills in defaults. Throws a `TypeError` with all problems. */
export function syncSettings<Env>(options: SyncOptions<Env> | CopySyncOptions<Env>): SyncSettings<Env> {
  const from = options?.from ?? "service";
  const checks = from === "copy" ? { ...OPTION_CHECKS, ...COPY_CHECKS } : OPTION_CHECKS;
  const settings = runSettings<Env, SyncReport, SyncOptions<Env>>("syncTo", options as SyncOptions<Env>, checks);
  return { ...settings, from, prefix: options.prefix ?? "cisco-support-case/" };
}
