// The protocol between the isolates of a gateway and its Durable Object.

import type { QuotaNamespace } from "./options.js";
import type { SyncState } from "./sync-state.js";

/** The service's access token, as the Durable Object issues it to isolates. */
export interface ServiceToken {
  /** The token, without "Bearer". */
  accessToken: string;
  /** The number of the token, by which an isolate reports that the service rejects it. */
  generation: number;
  /** The end of its validity, in milliseconds since 1970, if it is known. */
  expiresAtMs: number | undefined;
  /** The time from which the isolate should poll for a new one, in milliseconds since 1970. */
  renewAtMs: number | undefined;
}

/** A rate-limit or quota error of the service. */
export interface RateLimitSignal {
  /** The wait that the service asks for, in milliseconds. */
  retryAfterMs: number | undefined;
  /** Whether a quota is exhausted. */
  isQuota: boolean;
}

/** A lease of permits: each allows one request to the service until the lease ends. */
export interface Lease {
  /** The id of the lease. */
  id: number;
  /** Number of permits; at least one. */
  permits: number;
  /** Duration in milliseconds from the grant. */
  durationMs: number;
  /** Time that the request waited in the queue, in milliseconds. */
  waitedMs: number;
}

/** A request for a lease, and for the token to use it with. */
export interface LeaseRequest {
  /** The tenant whose share of the quota is used. */
  tenant: string;
  /** Number of permits in addition to the required one. */
  extra: number;
  /** The desired duration, in milliseconds. */
  durationMs: number;
  /** The number of a token that the service has rejected. */
  rejectedToken?: number | null;
}

/** An isolate's poll: it reports outcomes, and gets invalidations and, if requested, a lease. */
export interface PollRequest {
  /** The requested lease, if any. */
  lease: LeaseRequest | null;
  /** The version of the isolate's copy of the invalidation log. */
  logVersion: string;
  /** The rate-limit signals of the service since the last poll. */
  signals?: RateLimitSignal[];
  /** Whether a request to the service has succeeded since the last poll. */
  hasSucceeded?: boolean;
  /** Ended leases with their unused permits, as the wasm's text. */
  returned?: string;
  /** The longest wait for a lease, in milliseconds. */
  maxWaitMs: number;
  /** The longest duration of the poll, in milliseconds (`maxWaitMs`). */
  timeoutMs?: number;
}

/** The response to a poll. */
export interface PollResponse {
  /** The entries of the invalidation log since the isolate's version, as the wasm's text. */
  invalidations: string;
  /** The token, if a lease was requested. */
  token: ServiceToken | null;
  /** The lease, if one was requested and granted. */
  lease: Lease | null;
  /** The body of the error, if the lease was not granted. */
  error: string | null;
  /** Whether the object has the service's credentials; missing from an object of a version before. */
  hasCredentials?: boolean;
}

/** An entry of the invalidation log: its scope, and the id within that. */
export type Invalidation = [scope: string, id: string];

/** The operations of the sync state. */
export type SyncStateOperation = "lock" | "renew" | "commit" | "markDelivered" | "unlock";

/** The methods of the Durable Object. `name` is the name of the gateway. */
export interface QuotaObject {
  /** Reports outcomes, and returns invalidations and a lease if one is requested. */
  poll(name: string, request: PollRequest): Promise<PollResponse>;
  /** Returns ended leases, as the wasm's text. */
  returnLeases(name: string, returned: string): Promise<void>;
  /** Returns the identity provider's JWK Set as JSON text; empty if there is none. */
  jwks(name: string, isUnknown: boolean): Promise<string>;
  /** Appends to the invalidation log. Resolves when no isolate responds by an older version any more. */
  invalidate(name: string, invalidations: Invalidation[]): Promise<void>;
  /**
   * Sets an alarm, by which the object continues a run of the copy, or repeats one that has failed. It is an object of its own,
   * not that of the quota.
   */
  continueRun(name: string, hasFailed: boolean): Promise<void>;
  /** Runs an operation of the sync state. */
  syncState<O extends SyncStateOperation>(
    operation: O,
    ...args: Parameters<SyncState[O]>
  ): Promise<Awaited<ReturnType<SyncState[O]>>>;
}

/** Returns a stub of the object with a name. Throws if an option has returned no namespace. */
export function stubOf(namespace: QuotaNamespace | undefined, option: string, name: string): unknown {
  if (!namespace) throw new TypeError(`the option ${option} returned nothing: the Worker has no binding of that name`);
  return namespace.get(namespace.idFromName(name));
}

/** Whether a call to a Durable Object failed for a reason that is over by the next call, such as a deployment. */
export function isRetryable(error: unknown): boolean {
  const { retryable, overloaded } = Object(error) as { retryable?: unknown; overloaded?: unknown };
  // More calls make an overloaded object slower.
  return retryable === true && overloaded !== true;
}

/**
 * Calls the Durable Object, and once more if it was reset meanwhile. Every method may be called twice: of two leases for
 * one request, one expires unused.
 */
export async function retryOnce<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!isRetryable(error)) throw error;
    return call();
  }
}
