// The protocol between the isolates of a gateway and the Durable Objects with its sockets.

import { liveSettings } from "../../wasm/gateway.js";
import type { Invalidation } from "../quota-object.js";
import { callWasm } from "../wasm-instance.js";

/** The methods of the Durable Object. During a deployment, isolates and objects may be of different versions. */
export interface LiveObject {
  /**
   * Stores a ticket until it is used or expires. Returns the wait before another request in milliseconds if there are too
   * many; `null` if the ticket is stored. `member` is the state of the socket, as the wasm has written it.
   */
  issueTicket(nonce: string, origin: string, member: Uint8Array): Promise<number | null>;
  /**
   * Tells the sockets of those who may see a changed case that there is something new. The ids are those of the cases before
   * and after their changes; none for a run that found nothing new.
   */
  publish(contract_ids: readonly string[], user_ids: readonly string[]): Promise<void>;
  /** Closes the sockets of revoked identities, and deletes their tickets. */
  revoke(invalidations: readonly Invalidation[]): Promise<void>;
  /** Opens a socket by the ticket in its headers. */
  fetch(request: Request): Promise<Response>;
}

/** The headers of a handshake between an isolate and the object. */
export const NONCE_HEADER = "x-case-nonce";
export const ORIGIN_HEADER = "x-case-origin";

/** The constants of live connections. */
export interface LiveSettings {
  /** The subprotocol of the socket. */
  protocol: string;
  /** Number of Durable Objects. */
  shards: number;
  /** Lifetime of a ticket. */
  ticketMs: number;
  /** Time for which changes are collected. */
  coalesceMs: number;
  /** Interval of pings. */
  pingMs: number;
  /** The close code after a message that is no ping. */
  policyViolation: number;
}

let settings: LiveSettings | undefined;

/** Returns the constants of live connections. */
export const readLiveSettings = (): LiveSettings => (settings ??= JSON.parse(callWasm(liveSettings)) as LiveSettings);
