// Live connections in an isolate: tickets for authenticated requests, and handshakes, which it passes to the Durable Object
// only with a ticket that this gateway has signed.

import { busyBody, errorBody, type RawRequest, RawTicket } from "../../wasm/gateway.js";
import { importHmacKey, sha256Hex, signHmac, toHex, utf8, verifyHmac } from "../hmac.js";
import type { GatewayOptions } from "../options.js";
import { type Invalidation, retryOnce, stubOf } from "../quota-object.js";
import { TimeoutError, withTimeout } from "../timeout.js";
import { GatewayError, readSecret } from "../upstream-client.js";
import { callWasm } from "../wasm-instance.js";
import { type LiveObject, NONCE_HEADER, ORIGIN_HEADER, readLiveSettings } from "./live-object.js";

/** Number of random bytes of a ticket. */
const NONCE_BYTES = 16;

/** The detail of the error of a handshake. It does not tell why a ticket is refused. */
const TICKET_REFUSED = "(expected an unused ticket of /live/ticket, from the same origin)";

const unreachable = (): string => errorBody("QUOTA_UNREACHABLE", "(that of live connections)");

/** The live connections of a gateway, in one isolate. */
export class LiveClient<Env> {
  #name: string;
  #options: GatewayOptions<Env>;
  /** The keys of signatures, by their use. */
  #keys = new Map<"sign" | "verify", { secret: string; imported: Promise<CryptoKey> }>();

  constructor(name: string, options: GatewayOptions<Env>) {
    this.#name = name;
    this.#options = options;
  }

  /** Issues a ticket to an authorized identity. Returns the body of the response. */
  async issueTicket(parsed: RawRequest, env: Env): Promise<string> {
    const { protocol, ticketMs, pingMs } = readLiveSettings();
    const mark = (await sha256Hex(callWasm(() => parsed.liveOwner()) ?? "")).slice(0, 32);
    const nonce = toHex(crypto.getRandomValues(new Uint8Array(NONCE_BYTES)));
    const { shard, signedText } = callWasm(() => {
      const ticket = new RawTicket(mark, nonce);
      const found = { shard: ticket.shard, signedText: ticket.signedText() };
      ticket.free();
      return found;
    });
    const member = callWasm(() => parsed.liveMember(mark));
    // The subject is too long to be kept with a socket. Such pages poll.
    if (!member) throw new GatewayError(busyBody(86_400_000));
    const signature = toHex(await signHmac(await this.#key(env, "sign"), this.#message(signedText)));
    const origin = callWasm(() => parsed.ticketOrigin());
    const waitMs = await this.#call(env, shard, (object) => object.issueTicket(nonce, origin, member));
    if (waitMs !== null) throw new GatewayError(callWasm(() => busyBody(waitMs)));
    return JSON.stringify({ protocol, ticket: `${signedText}.${signature}`, expiresInMs: ticketMs, pingMs });
  }

  /** Responds to a handshake. */
  async connect(parsed: RawRequest, env: Env): Promise<Response> {
    const ticket = callWasm(() => {
      const found = parsed.ticket();
      if (!found) return undefined;
      const { shard, nonce, signature } = found;
      const signedText = found.signedText();
      found.free();
      return { shard, nonce, signature, signedText };
    });
    const isSigned = ticket && (await this.#isSigned(env, ticket.signedText, ticket.signature));
    if (!isSigned) throw new GatewayError(errorBody("IDENTITY_INVALID", TICKET_REFUSED));
    const origin = callWasm(() => parsed.ticketOrigin());
    const headers = { upgrade: "websocket", [NONCE_HEADER]: ticket.nonce, [ORIGIN_HEADER]: origin };
    // Not tried again: a handshake uses up its ticket.
    const response = await this.#call(
      env,
      ticket.shard,
      (object) => object.fetch(new Request("https://live.invalid/", { headers })),
      (call) => call(),
    );
    if (!response.webSocket) throw new GatewayError(errorBody("IDENTITY_INVALID", TICKET_REFUSED));
    return response;
  }

  /** Waits for a ticket or a handshake until a deadline. */
  async inTime<T>(work: Promise<T>, deadline: number): Promise<T> {
    try {
      return await withTimeout(work, deadline - Date.now());
    } catch (error) {
      throw error instanceof TimeoutError ? new GatewayError(unreachable()) : error;
    }
  }

  /** Tells the sockets of those who may see a changed case. Without live connections it does nothing. */
  async publish(env: Env, contract_ids: readonly string[], user_ids: readonly string[]): Promise<void> {
    await this.#callAll(env, (object) => object.publish(contract_ids, user_ids));
  }

  /** Closes the sockets of revoked identities. */
  async revoke(env: Env, invalidations: readonly Invalidation[]): Promise<void> {
    const revocations = invalidations.filter(([scope]) => scope !== "contract" && scope !== "everything");
    if (revocations.length > 0) await this.#callAll(env, (object) => object.revoke(revocations));
  }

  async #callAll(env: Env, call: (object: LiveObject) => Promise<void>): Promise<void> {
    if (!this.#options.copy?.live) return;
    const shards = Array.from({ length: readLiveSettings().shards }, (_, shard) => shard);
    await Promise.all(shards.map((shard) => this.#call(env, shard, call)));
  }

  /** Calls the object of a shard. Each attempt has its own stub: a stub that has failed once keeps failing. */
  async #call<T>(
    env: Env,
    shard: number,
    call: (object: LiveObject) => Promise<T>,
    attempt: (call: () => Promise<T>) => Promise<T> = retryOnce,
  ): Promise<T> {
    try {
      return await attempt(() =>
        call(stubOf(this.#options.copy?.live?.(env), "live of the copy", `${this.#name}:${shard}`) as LiveObject),
      );
    } catch (error) {
      console.error("cisco-support-case gateway: the Durable Object of live connections failed.", error);
      throw new GatewayError(unreachable());
    }
  }

  #message(signedText: string): Uint8Array<ArrayBuffer> {
    return utf8(`live ticket\n${this.#name}\n${signedText}`);
  }

  async #isSigned(env: Env, signedText: string, signature: string): Promise<boolean> {
    const bytes = Uint8Array.from(signature.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16));
    return verifyHmac(await this.#key(env, "verify"), bytes as Uint8Array<ArrayBuffer>, this.#message(signedText));
  }

  /** Returns the key of signatures, made of the client secret, which only the gateway has. */
  async #key(env: Env, use: "sign" | "verify"): Promise<CryptoKey> {
    const secret = await readSecret(this.#options, env);
    const known = this.#keys.get(use);
    if (known?.secret === secret) return known.imported;
    const imported = importHmacKey(utf8(secret), use);
    this.#keys.set(use, { secret, imported });
    return imported;
  }
}
