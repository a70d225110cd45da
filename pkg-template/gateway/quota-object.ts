// What the isolates of a gateway and its Durable Object say to each other.

import type { SyncState } from "./sync-state.js";

/** The service's token, as the Durable Object hands it out. */
export interface ServiceToken {
  /** The token, without "Bearer". */
  accessToken: string;
  /** The token's number, by which a refusal names it. */
  generation: number;
  /** Until when it is good, in milliseconds since 1970, where that is known. */
  expiresAtMs: number | undefined;
  /** From when on another is worth asking for, in milliseconds since 1970. */
  renewAtMs: number | undefined;
}

/** What the service says of the pace. */
export interface RateLimitSignal {
  /** How long it asks to wait, in milliseconds. */
  retryAfterMs: number | undefined;
  /** Whether a quota is spent. */
  isQuota: boolean;
}

/** Slots that were granted. */
export interface Lease {
  /** The grant's number. */
  id: number;
  /** How many slots; at least one. */
  permits: number;
  /** Their life, in milliseconds from the grant. */
  durationMs: number;
  /** How long the ask waited, in milliseconds. */
  waitedMs: number;
}

/** Slots that are wanted, and a token with them. */
export interface LeaseRequest {
  /** Whose share of the quota is used. */
  tenant: string;
  /** How many slots beyond one. */
  extra: number;
  /** How long the isolate would like to have for sending, in milliseconds. */
  durationMs: number;
  /** The number of a token that the service has refused. */
  rejectedToken?: number | null;
}

/** A visit to the Durable Object. */
export interface PollRequest {
  /** The lease that is wanted, if any. */
  lease: LeaseRequest | null;
  /** How much has been heard of what was revoked and purged. */
  logVersion: string;
  /** What the service has said of the pace since the last visit. */
  signals?: RateLimitSignal[];
  /** Whether the service has answered since then. */
  hasSucceeded?: boolean;
  /** Leases that are over, as the wasm's text. */
  returned?: string;
  /** How long it may wait for slots, in milliseconds. */
  maxWaitMs: number;
  /** How long it may take, in milliseconds; where it is left out, as long as that. */
  timeoutMs?: number;
}

/** What comes of a visit. */
export interface PollResponse {
  /** What has yet to be heard, as the wasm's text. */
  invalidations: string;
  /** The token, where one was wanted. */
  token: ServiceToken | null;
  /** The slots, where some were wanted. */
  lease: Lease | null;
  /** The body of an error, where there are none. */
  error: string | null;
}

/** A notice: about what, and the id of it. */
export type Invalidation = [about: string, id: string];

/** What can be done to the ledger, by name. */
export type SyncStateOperation = "lock" | "renew" | "commit" | "markDelivered" | "unlock";

/** The Durable Object, as isolates see it. `name` is the gateway's. */
export interface QuotaObject {
  /** Tells what has to be heard, and leases slots where some are wanted. */
  poll(name: string, visit: PollRequest): Promise<PollResponse>;
  /** Takes leases back that are over, as the wasm's text. */
  returnLeases(name: string, back: string): Promise<void>;
  /** Gives the identity provider's keys, as JSON text; empty where there are none. */
  jwks(name: string, isUnknown: boolean): Promise<string>;
  /** Posts notices. Resolves when no isolate answers any more as if it had not heard them. */
  invalidate(name: string, notices: Invalidation[]): Promise<void>;
  /** Does something to the ledger. */
  syncState<W extends SyncStateOperation>(
    work: W,
    ...given: Parameters<SyncState[W]>
  ): Promise<Awaited<ReturnType<SyncState[W]>>>;
}

/** Whether a Durable Object has rejected a call for a reason that has passed by the next one: a deployment, a move. */
export function isRetryable(error: unknown): boolean {
  const { retryable, overloaded } = Object(error) as { retryable?: unknown; overloaded?: unknown };
  // One that has more to do than it can is not helped by more.
  return retryable === true && overloaded !== true;
}

/**
 * Asks the Durable Object, and once more where it was reset meanwhile. All that is asked of it may be done twice: of slots
 * that are leased twice, one lease runs out unused.
 */
export async function retryOnce<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!isRetryable(error)) throw error;
    return ask();
  }
}
