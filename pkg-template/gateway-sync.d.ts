import type { Sync } from "./gateway.js";
import type { StatusFlag } from "./index.js";

export { type CaseDelivery, type CaseEvent, verifyWebhook, WebhookError } from "./gateway-webhook.js";

/** As much of an `R2Bucket` as is used. */
export interface SyncBucket {
  /** What stands under a name. */
  get(key: string): Promise<{
    /** The text. */
    text(): Promise<string>;
  } | null>;
  /** Keeps a text under a name. */
  put(key: string, value: string): Promise<unknown>;
  /** Removes a name. */
  delete(key: string): Promise<void>;
  /** The names that begin with a text, some at a time. */
  list(options: ListedFrom): Promise<{
    /** The objects. */
    objects: {
      /** Its name. */
      key: string;
    }[];
    /** Whether there are more. */
    truncated: boolean;
  }>;
}

/** As much of a `KVNamespace` as is used. */
export interface SyncNamespace {
  /** What stands under a name. */
  get(key: string): Promise<string | null>;
  /** Of it, that it is a `KVNamespace`. */
  getWithMetadata(key: string): Promise<unknown>;
  /** Keeps a text under a name. */
  put(key: string, value: string): Promise<void>;
  /** Removes a name. */
  delete(key: string): Promise<void>;
  /** The names that begin with a text, some at a time. */
  list(options: ListedFrom): Promise<{
    /** The names. */
    keys: {
      /** The name. */
      name: string;
    }[];
    /** Whether there are no more. */
    list_complete: boolean;
  }>;
}

/** Which names are listed. */
export interface ListedFrom {
  /** What they begin with. */
  prefix: string;
  /** Where to go on. */
  cursor?: string;
}

type MaybePromise<T> = T | Promise<T>;

/** What a sync is made with. A name that is not here, or a value that cannot be used, is a `TypeError` when the Worker starts, with all that is wrong. */
export interface SyncOptions<Env = unknown> {
  /** The contracts, asked for at each run. They may come and go; none: nothing is read. */
  contract_ids: (env: Env) => MaybePromise<readonly string[]>;
  /** `"O"`: open cases, of which closed and gone ones are told. It has to stay as it is below one `prefix`. */
  status_flag?: StatusFlag;
  /** Cases created since then, a fixed date. It has to stay as it is below one `prefix`. */
  from?: string | Date;
  /** Where it is kept. */
  store: (env: Env) => SyncBucket | SyncNamespace;
  /** What stands before all names in the store (`cisco-support-case/`). Another one begins anew. */
  prefix?: string;
  /** Where changes are posted; left out: nowhere, and none is kept for it. `url` is https (http on localhost), `secret` has 16 characters or more. */
  webhook?: (env: Env) => {
    /** Where to: https, http on localhost. */
    url: string;
    /** What the signature is made with, 16 characters or more. */
    secret: string;
  };
  /** No list is begun after so many requests in one run (200); 1 to 10 000. */
  maxRequests?: number;
  /** Where the line of each run goes (`console.log`, as JSON); `false`: nowhere. */
  log?: ((line: SyncLine) => void) | false;
}

/** How a run went. It holds no id, no token and nothing of a case. */
export interface SyncLine {
  /** `"skipped"`: another run was under way. */
  sync: "done" | "failed" | "skipped";
  /** Requests to the service. */
  requests: number;
  /** Cases that are new or were updated, and were kept. */
  changed: number;
  /** Cases that are not open any more, and were kept. */
  closed: number;
  /** Cases that are not to be seen any more, and were kept as that. */
  gone: number;
  /** Events posted and taken. */
  delivered: number;
  /** Events that wait to be posted. */
  pending: number;
  /** Events that were given up, since somebody has deleted them. */
  dropped?: number;
  /** Parts of what there is to read that could not be read. The next run tells what they have missed. */
  failed?: number;
  /** How long it took, in milliseconds. */
  ms: number;
  /**
   * What went wrong, in codes: of the client's errors, or `STORE_FAILED`, `STORE_LATE`,
   * `QUOTA_UNREACHABLE`, `CLAIM_LOST`, `CONTRACTS_UNAVAILABLE`, `WEBHOOK_NOT_CONFIGURED`, `WEBHOOK_UNREACHABLE`,
   * `WEBHOOK_HTTP_` with a status, `SYNC_FAILED`.
   */
  errors?: string[];
}

/**
 * What a scheduled run of a gateway does: it keeps cases in a store and posts what has changed, each change at least once.
 *
 * ```ts
 * export default createGateway<Env>({
 *   …,
 *   sync: syncTo<Env>({
 *     contract_ids: (env) => contractsOf(env.DATABASE),
 *     status_flag: "O",
 *     store: (env) => env.CASES,
 *     webhook: (env) => ({ url: "https://hooks.portal.example/cases", secret: env.WEBHOOK_SECRET }),
 *   }),
 * });
 * ```
 */
export declare function syncTo<Env = unknown>(options: SyncOptions<Env>): Sync<Env>;
