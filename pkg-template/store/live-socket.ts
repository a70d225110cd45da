// The live connection of a page: a socket by which a gateway says that its copy has something new. It carries no data, and
// whatever goes wrong with it, following polls.
//
// The socket is the platform's own. A connection that is dead may stay open for its page for minutes, so a ping is sent, and a
// socket without an answer is replaced. Connections that end together come back scattered.

import type { GatewayRequests } from "../client/gateway-request.js";
import type { CaseApiError } from "../client/errors.js";
import { monotonicMs } from "../client/timer.js";
import { LIVE_CLOSE_EXPIRED, LIVE_CLOSE_REPLACED, LIVE_CLOSE_REVOKED } from "../generated/boundary.js";

/** The state of a live connection. */
export type LiveState = "closed" | "connecting" | "open";

/** The members of a socket that are used; tests replace it. */
export interface SocketLike {
  onopen: (() => void) | null;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onclose: ((event: { readonly code: number }) => void) | null;
  onerror: (() => void) | null;
  send(text: string): void;
  close(code?: number): void;
}

/** The platform of a live connection. */
export interface LiveEnvironment {
  now(): number;
  setTimer(ms: number, wake: () => void): () => void;
  /** A random number from 0 to below 1. */
  random(): number;
  /** Opens a socket. Throws where there are none, or the page's policy forbids them. */
  open(url: string, protocols: readonly string[]): SocketLike;
}

/** The shortest interval of pings, in milliseconds. */
const MIN_PING_MS = 1000;
/** The time for a handshake, in milliseconds. */
const OPEN_TIMEOUT_MS = 10_000;
/** The time for the answer to a ping that was sent because the page has woken, in milliseconds. */
const PROBE_MS = 2000;
/** The maximum of the first wait after a connection ended unexpectedly; it doubles with each further one. */
const BASE_MS = 30_000;
const CAP_MS = 10 * 60_000;
/** The maximum wait after a gateway has ended a connection as planned. */
const RENEWAL_MS = 5000;
/** The wait after other connections of the same user have replaced this one. */
const REPLACED_MS = 10 * 60_000;

/** A response to a ticket request. */
interface TicketReply {
  readonly protocol: string;
  readonly ticket: string;
  readonly pingMs: number;
}

/** Keeps a live connection open between `start()` and `stop()`. */
export class LiveSocket {
  private readonly requests: GatewayRequests;
  /** Called when there may be something new, with the time over which requests for it are scattered. */
  private readonly onNews: (withinMs: number) => void;
  private readonly environment: LiveEnvironment;
  private socket: SocketLike | undefined;
  /** The number of the present attempt: events of former ones are ignored. */
  private generation = 0;
  private isWanted = false;
  private isOpen = false;
  private failures = 0;
  /** The time before which no attempt is made, also after `stop()` and `start()`. */
  private notBefore = 0;
  private stopTimer: (() => void) | undefined;
  private pingMs = 25_000;
  /** The number of pings since the last message. */
  private unanswered = 0;
  /** Whether sockets cannot be used here at all. */
  private isImpossible = false;

  constructor(requests: GatewayRequests, onNews: (withinMs: number) => void, environment = liveEnvironment()) {
    this.requests = requests;
    this.onNews = onNews;
    this.environment = environment;
  }

  get state(): LiveState {
    return this.isOpen ? "open" : this.socket || this.stopTimer ? "connecting" : "closed";
  }

  /** Opens a connection, and opens another one whenever it ends. */
  start(): void {
    if (this.isWanted || this.isImpossible) return;
    this.isWanted = true;
    this.schedule(Math.max(this.notBefore - this.environment.now(), 0));
  }

  /** Closes the connection. */
  stop(): void {
    this.isWanted = false;
    this.drop(1000);
  }

  /** Checks at once whether the connection is alive: the page has woken, or the network has returned. */
  probe(): void {
    if (!this.isOpen) return;
    this.unanswered = 1;
    this.send("ping");
    this.after(PROBE_MS, () => this.onDead());
  }

  private after(ms: number, then: () => void): void {
    this.stopTimer?.();
    const stop = this.environment.setTimer(ms, () => {
      this.stopTimer = undefined;
      then();
    });
    this.stopTimer = stop;
  }

  private schedule(ms: number): void {
    this.notBefore = this.environment.now() + ms;
    this.after(ms, () => void this.connect());
  }

  /** Ends the present socket, whose events are ignored from now on. */
  private drop(code?: number): void {
    this.generation += 1;
    this.stopTimer?.();
    this.stopTimer = undefined;
    const { socket } = this;
    this.socket = undefined;
    this.isOpen = false;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = socket.onerror = null;
    try {
      socket.close(code);
    } catch {
      // It is closed.
    }
  }

  private async connect(): Promise<void> {
    this.drop();
    const { generation } = this;
    const isCurrent = () => generation === this.generation && this.isWanted;
    let reply: TicketReply;
    try {
      reply = (await this.requests.get("/live/ticket")).body as TicketReply;
    } catch (error) {
      if (isCurrent()) this.onRefused(error as CaseApiError);
      return;
    }
    if (!isCurrent()) return;
    let socket: SocketLike;
    try {
      const url = `${this.requests.baseUrl.replace(/^http/, "ws")}/live`;
      socket = this.environment.open(url, [reply.protocol, `ticket.${reply.ticket}`]);
    } catch {
      this.isImpossible = true;
      this.stop();
      return;
    }
    this.socket = socket;
    // Without a usable interval each ping would be late, and each connection dead.
    this.pingMs = Math.max(Number(reply.pingMs) || this.pingMs, MIN_PING_MS);
    // An error is followed by a close; both would schedule an attempt.
    socket.onclose = ({ code }) => this.onClose(code);
    socket.onopen = () => this.onOpen();
    socket.onmessage = ({ data }) => this.onMessage(data);
    this.after(OPEN_TIMEOUT_MS, () => this.onClose(1006));
  }

  private onOpen(): void {
    this.isOpen = true;
    this.unanswered = 0;
    this.failures = 0;
    this.schedulePing();
    // What changed while there was no connection was told to nobody here.
    this.onNews(0);
  }

  private schedulePing(): void {
    this.after(this.pingMs, () => {
      if (this.unanswered > 1) this.onDead();
      else {
        this.unanswered += 1;
        this.send("ping");
        this.schedulePing();
      }
    });
  }

  private send(text: string): void {
    try {
      this.socket?.send(text);
    } catch {
      // It is closing. The answer does not come, or the close does.
    }
  }

  private onMessage(data: unknown): void {
    this.unanswered = 0;
    this.schedulePing();
    if (data === "pong") return;
    try {
      const { type, withinMs } = JSON.parse(String(data)) as { type?: unknown; withinMs?: unknown };
      if (type === "changed") this.onNews(Number(withinMs) || 0);
    } catch {
      // A message of a later version of the gateway.
    }
  }

  private onDead(): void {
    this.drop();
    this.reconnect(0);
  }

  private onClose(code: number): void {
    this.drop();
    // The feed says what may still be seen, or that the sign-in ended.
    if (code === LIVE_CLOSE_REVOKED) this.onNews(0);
    if (code === LIVE_CLOSE_REPLACED) this.schedule(REPLACED_MS);
    else if (code === LIVE_CLOSE_EXPIRED || code === LIVE_CLOSE_REVOKED) this.reconnect(RENEWAL_MS);
    else {
      this.failures += 1;
      this.reconnect(Math.min(BASE_MS * 2 ** Math.min(this.failures - 1, 10), CAP_MS));
    }
  }

  /** Connects again after a random wait up to a maximum. */
  private reconnect(mostMs: number): void {
    if (this.isWanted) this.schedule(this.environment.random() * mostMs);
  }

  /** Handles a refused ticket. Of the sign-in the feed hears as well, which decides about it. */
  private onRefused({ status, retryAfterMs }: CaseApiError): void {
    if (status === 404) {
      this.isImpossible = true;
      this.stop();
      return;
    }
    this.failures += 1;
    const most = Math.min(BASE_MS * 2 ** Math.min(this.failures - 1, 10), CAP_MS);
    if (this.isWanted) this.schedule((retryAfterMs ?? 0) + this.environment.random() * most);
  }
}

/** The platform of this page or process. */
function liveEnvironment(): LiveEnvironment {
  return {
    // A clock that is set back would delay the next attempt.
    now: monotonicMs,
    setTimer: (ms, wake) => {
      const timer = setTimeout(wake, Math.min(ms, 2 ** 31 - 1));
      return () => clearTimeout(timer);
    },
    random: Math.random,
    open: (url, protocols) => new WebSocket(url, [...protocols]) as unknown as SocketLike,
  };
}
