// The Durable Object with the sockets of a gateway. It hibernates between two events: all its state is in its storage and in
// the attachments of the sockets, and it has no timer. The wasm decides; this module stores and sends.

import { DurableObject } from "cloudflare:workers";
import { mergeChanged, RawRoster, ticketWaitMs } from "../../wasm/gateway.js";
import type { Invalidation } from "../quota-object.js";
import { callWasm } from "../wasm-instance.js";
import { type LiveObject, NONCE_HEADER, ORIGIN_HEADER, readLiveSettings } from "./live-object.js";

/** Interval at which sockets are looked through while there are any. */
const SWEEP_MS = 60_000;

/** The messages that the runtime answers by itself, without waking the object. */
const PING = "ping";
const PONG = "pong";

/** The close code of an end without a reason. */
const NORMAL = 1000;

const TABLES = `
  CREATE TABLE IF NOT EXISTS ticket (
    nonce TEXT PRIMARY KEY, mark TEXT NOT NULL, origin TEXT NOT NULL, until_ms INTEGER NOT NULL, member BLOB NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS pending (id INTEGER PRIMARY KEY CHECK (id = 1), changed BLOB NOT NULL);
`;

/**
 * The Durable Object of live connections. The Worker exports it, binds it, and passes the namespace as member `live` of the
 * option `copy`.
 */
export class CaseLive extends DurableObject {
  // As in CaseQuota: properties of an instance are not reachable through the binding.
  /** @internal */
  readonly shared: LiveService = new LiveService(this.ctx);

  /** Returns the number of open sockets. */
  async connections(): Promise<number> {
    return this.ctx.getWebSockets().length;
  }

  /** @internal */
  issueTicket(...given: Parameters<LiveObject["issueTicket"]>): ReturnType<LiveObject["issueTicket"]> {
    return this.shared.issueTicket(...given);
  }

  /** @internal */
  publish(...given: Parameters<LiveObject["publish"]>): ReturnType<LiveObject["publish"]> {
    return this.shared.publish(...given);
  }

  /** @internal */
  revoke(...given: Parameters<LiveObject["revoke"]>): ReturnType<LiveObject["revoke"]> {
    return this.shared.revoke(...given);
  }

  /** @internal */
  override fetch(request: Request): Promise<Response> {
    return this.shared.fetch(request);
  }

  /** @internal */
  override alarm(): Promise<void> {
    return this.shared.alarm();
  }

  /** @internal */
  override webSocketMessage(socket: WebSocket): void {
    // Not parsed: pages send pings only, which do not get here.
    close(socket, readLiveSettings().policyViolation);
  }

  /** @internal */
  override webSocketClose(socket: WebSocket): void {
    // The other side has closed it, and waits for the answer. Its own code may be one that cannot be sent (1005).
    close(socket, NORMAL);
  }

  /** @internal */
  override webSocketError(socket: WebSocket): void {
    close(socket, 1011);
  }
}

/** A row of a ticket. */
type TicketRow = { readonly nonce: string; readonly origin: string; readonly member: ArrayBuffer };

/** The methods of the Durable Object. */
class LiveService implements LiveObject {
  #ctx: DurableObjectState;
  #sql: SqlStorage;

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx;
    this.#sql = ctx.storage.sql;
    this.#sql.exec(TABLES);
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(PING, PONG));
  }

  async issueTicket(nonce: string, origin: string, member: Uint8Array): Promise<number | null> {
    const mark = callWasm(() => RawRoster.markOf(member));
    if (mark === undefined) throw new TypeError("the state of the socket is of another version");
    const now = Date.now();
    this.#sql.exec("DELETE FROM ticket WHERE until_ms <= ?", now);
    const counts = this.#sql.exec<{ all_tickets: number; own_tickets: number }>(
      "SELECT count(*) AS all_tickets, coalesce(sum(mark = ?), 0) AS own_tickets FROM ticket",
      mark,
    );
    const { all_tickets, own_tickets } = counts.one();
    const open = this.#ctx.getWebSockets().length;
    const waitMs = callWasm(() => ticketWaitMs(open, all_tickets, own_tickets));
    if (waitMs !== undefined) return waitMs;
    this.#sql.exec(
      "INSERT INTO ticket (nonce, mark, origin, until_ms, member) VALUES (?, ?, ?, ?, ?)",
      nonce,
      mark,
      origin,
      now + readLiveSettings().ticketMs,
      member,
    );
    return null;
  }

  /** Opens a socket. A ticket is used up by the first handshake that names it, also by one that is refused. */
  async fetch(request: Request): Promise<Response> {
    const now = Date.now();
    const nonce = request.headers.get(NONCE_HEADER) ?? "";
    const found = this.#sql
      .exec<TicketRow & { until_ms: number }>(
        "DELETE FROM ticket WHERE nonce = ? RETURNING nonce, origin, until_ms, member",
        nonce,
      )
      .toArray()[0];
    const origin = request.headers.get(ORIGIN_HEADER) ?? "";
    if (!found || found.until_ms <= now || found.origin !== origin) return new Response(null, { status: 401 });
    const sockets = this.#open();
    const member = new Uint8Array(found.member);
    const [random = 0] = crypto.getRandomValues(new Uint32Array(1));
    const { attachment, replaced } = this.#withRoster(sockets, (roster) => ({
      attachment: roster.attachment(member, now, random),
      replaced: roster.replaced(member, now),
    }));
    if (!attachment) return new Response(null, { status: 401 });
    closeAll(sockets, replaced);
    const { 0: client, 1: server } = new WebSocketPair();
    this.#ctx.acceptWebSocket(server);
    server.serializeAttachment(attachment);
    await this.#wakeAt(now + SWEEP_MS);
    const headers = { "sec-websocket-protocol": readLiveSettings().protocol };
    return new Response(null, { status: 101, webSocket: client, headers });
  }

  async publish(contract_ids: readonly string[], user_ids: readonly string[]): Promise<void> {
    if (this.#ctx.getWebSockets().length === 0) return;
    const stored = this.#takePending() ?? new Uint8Array();
    const changed = callWasm(() => mergeChanged(stored, [...contract_ids], [...user_ids]));
    this.#sql.exec("INSERT INTO pending (id, changed) VALUES (1, ?)", changed);
    await this.#wakeAt(Date.now() + readLiveSettings().coalesceMs);
  }

  async revoke(invalidations: readonly Invalidation[]): Promise<void> {
    const sockets = this.#open();
    const tickets = this.#sql.exec<TicketRow>("SELECT nonce, origin, member FROM ticket").toArray();
    const find = (roster: RawRoster) => invalidations.flatMap(([scope, id]) => [...roster.revoked(scope, id)]);
    closeAll(sockets, this.#withRoster(sockets, find));
    const roster = new RawRoster();
    for (const { member } of tickets) roster.add(new Uint8Array(member));
    const revoked = callWasm(() => find(roster));
    roster.free();
    for (const [index] of pairsOf(revoked)) {
      this.#sql.exec("DELETE FROM ticket WHERE nonce = ?", tickets[index]?.nonce ?? "");
    }
  }

  /** Sends the pending message, and closes sockets whose time is over. It never throws, so it is not repeated. */
  async alarm(): Promise<void> {
    const now = Date.now();
    try {
      const sockets = this.#open();
      const changed = this.#takePending();
      const { recipients, message, expired } = this.#withRoster(sockets, (roster) => ({
        recipients: changed ? roster.recipients(changed) : new Uint32Array(),
        message: roster.message(),
        expired: roster.expired(now),
      }));
      closeAll(sockets, expired);
      for (const index of recipients) send(sockets[index], message);
      this.#sql.exec("DELETE FROM ticket WHERE until_ms <= ?", now);
    } catch (error) {
      console.error("cisco-support-case gateway: a message to live connections was lost.", error);
    }
    if (this.#ctx.getWebSockets().length > 0) await this.#wakeAt(now + SWEEP_MS);
  }

  #takePending(): Uint8Array | undefined {
    const row = this.#sql.exec<{ changed: ArrayBuffer }>("DELETE FROM pending RETURNING changed").toArray()[0];
    return row && new Uint8Array(row.changed);
  }

  /** Sets the alarm, unless it is set to an earlier time. */
  async #wakeAt(at: number): Promise<void> {
    const set = await this.#ctx.storage.getAlarm();
    if (set === null || set > at) await this.#ctx.storage.setAlarm(at);
  }

  /** Returns the open sockets. Closing ones stay listed for a while. */
  #open(): WebSocket[] {
    return this.#ctx.getWebSockets().filter(({ readyState }) => readyState === WebSocket.OPEN);
  }

  #withRoster<T>(sockets: readonly WebSocket[], use: (roster: RawRoster) => T): T {
    return callWasm(() => {
      const roster = new RawRoster();
      for (const socket of sockets) {
        const pingedAt = this.#ctx.getWebSocketAutoResponseTimestamp(socket)?.getTime();
        roster.add((socket.deserializeAttachment() as Uint8Array | null) ?? new Uint8Array(), pingedAt);
      }
      const result = use(roster);
      // Not after a trap, which frees the memory of the module.
      roster.free();
      return result;
    });
  }
}

/** Returns pairs of a position and a close code. */
function pairsOf(numbers: ArrayLike<number>): [index: number, code: number][] {
  return Array.from({ length: numbers.length / 2 }, (_, pair) => [numbers[2 * pair] ?? 0, numbers[2 * pair + 1] ?? 0]);
}

function closeAll(sockets: readonly WebSocket[], numbers: ArrayLike<number>): void {
  for (const [index, code] of pairsOf(numbers)) close(sockets[index], code);
}

function close(socket: WebSocket | undefined, code: number): void {
  try {
    socket?.close(code);
  } catch {
    // It is closed.
  }
}

function send(socket: WebSocket | undefined, message: string): void {
  try {
    socket?.send(message);
  } catch {
    // Its page is gone, and finds out by itself what is new.
  }
}
