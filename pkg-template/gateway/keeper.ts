// What the isolates of a gateway and its Durable Object say to each other.

import type { Ledger } from "./ledger.js";

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
export interface Pace {
  /** How long it asks to wait, in milliseconds. */
  retryAfterMs: number | undefined;
  /** Whether a quota is spent. */
  isQuota: boolean;
}

/** Slots that were granted. */
export interface Granted {
  /** The grant's number. */
  grant: number;
  /** How many slots; at least one. */
  slots: number;
  /** Their life, in milliseconds from the grant. */
  lifeMs: number;
  /** How long the ask waited, in milliseconds. */
  heldMs: number;
}

/** Slots that are wanted, and a token with them. */
export interface SlotsWanted {
  needs: true;
  /** Whose share of the quota is used. */
  tenant: string;
  /** How many slots beyond one. */
  more: number;
  /** How long the isolate would like to have for sending, in milliseconds. */
  lifeMs: number;
  /** The number of a token that the service has refused. */
  refused?: number | null;
}

/** What an isolate wants of a visit: news alone, or slots besides. */
export type Wants = SlotsWanted | { needs: false };

/** A visit to the Durable Object. */
export type Visit = Wants & {
  /** How much has been heard of what was revoked and purged. */
  heard: string;
  /** What the service has said of the pace since the last visit. */
  said?: Pace[];
  /** Whether the service has answered since then. */
  answered?: boolean;
  /** Leases that are over, as the wasm's text. */
  back?: string;
  /** How long it may wait for slots, in milliseconds. */
  patienceMs: number;
  /** How long it may take, in milliseconds; where it is left out, as long as that. */
  timeMs?: number;
};

/** What comes of a visit. */
export interface VisitReply {
  /** What has yet to be heard, as the wasm's text. */
  told: string;
  /** The token, where one was wanted. */
  token: ServiceToken | null;
  /** The slots, where some were wanted. */
  granted: Granted | null;
  /** The body of an error, where there are none. */
  error: string | null;
}

/** A notice: about what, and the id of it. */
export type Notice = [about: string, id: string];

/** What can be done to the ledger, by name. */
export type LedgerWork = "claim" | "hold" | "commit" | "delivered" | "release";

/** The Durable Object, as isolates see it. `name` is the gateway's. */
export interface Keeper {
  /** Tells what has to be heard, and leases slots where some are wanted. */
  visit(name: string, visit: Visit): Promise<VisitReply>;
  /** Takes leases back that are over, as the wasm's text. */
  giveBack(name: string, back: string): Promise<void>;
  /** Gives the identity provider's keys, as JSON text; empty where there are none. */
  keys(name: string, isUnknown: boolean): Promise<string>;
  /** Posts notices. Resolves when no isolate answers any more as if it had not heard them. */
  post(name: string, notices: Notice[]): Promise<void>;
  /** Does something to the ledger. */
  sync<W extends LedgerWork>(work: W, ...given: Parameters<Ledger[W]>): Promise<Awaited<ReturnType<Ledger[W]>>>;
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
export async function onceMore<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!isRetryable(error)) throw error;
    return ask();
  }
}
