// What is asked of the service: with a slot and a token that the keeper gives, at most once more than once.

import { UPSTREAM_DELIVER, UPSTREAM_RENEW_TOKEN, UPSTREAM_RETRY } from "../generated/boundary.js";
import { LIMITS } from "../generated/tables.js";
import { readBody } from "../util/body.js";
import { headerLines } from "../util/lines.js";
import { errorBody, type RawGateway, type RawJob, RawLease, type RawPace } from "../wasm/gateway.js";
import {
  type Granted,
  isRetryable,
  type Keeper,
  type Pace,
  type ServiceToken,
  type VisitReply,
  type Wants,
} from "./keeper.js";
import type { Entry } from "./kept.js";
import { enter } from "./module.js";
import type { Context, GatewayOptions } from "./options.js";
import { messageOf } from "./thrown.js";
import { type Deadline, pause, within } from "./time.js";

/**
 * A case that is not there and one that may not be seen are answered after this time, which is longer than the service
 * takes as a rule, or after a multiple of it: not by how long the service took for either.
 */
export const LACKS_STEP_MS = 1500;

/** So much of the time a request may wait for its turn: the rest is the service's. */
const PATIENCE = 0.6;

/** A slot that came too late to be used is asked for again, so often. */
const TOO_LATE = 3;

/** What the wasm reads of a response's headers. */
export const RESPONSE_HEADERS = ["x-mashery-error-code", "x-mashery-message-id", "retry-after", "date"] as const;

/** What requests are made with. */
export type FetchLike = NonNullable<GatewayOptions["fetch"]>;

/** What the wasm says of a gateway's options. */
export interface Settings {
  name: string;
  prefix: string;
  baseUrl: string;
  timeoutMs: number;
  noticeMs: number;
  clockToleranceSeconds: number;
  memoryBytes: number;
  cache: boolean;
  keptMs: number;
  missing: string[];
}

/** Where the service is. */
export interface Upstream {
  baseUrl?: string;
}

/** What a run of the sync takes of its gateway. It is handed in, so that a gateway without a sync carries none of it. */
export interface SyncHost<Env> {
  exchange: Exchange<Env>;
  keeper: (env: Env) => Keeper;
  fetch: FetchLike;
  baseUrl: string | undefined;
}

/** An answer of the service, with how often it was asked. */
export interface Delivered extends Entry {
  failure?: never;
  attempts: number;
}

/** The body of an error in place of an answer, and whether an older answer is better than that. */
export interface Failed {
  failure: string;
  orStale: boolean;
  attempts: number;
}

/** A visit's reply, with when the visit was sent. */
interface Visited extends VisitReply {
  sent: number;
}

/** A token to send with. */
interface Permit {
  token: ServiceToken;
  /** The number of its lease, where that has no other slot. */
  lease: number | undefined;
}

/** One isolate's way to the service. */
export class Exchange<Env> {
  #raw: () => RawGateway;
  #settings: Settings;
  #fetch: FetchLike;
  #keeper: (env: Env) => Keeper;
  #token: ServiceToken | undefined;
  #said: Pace[] = [];
  #answered = false;
  /** How much has been heard, and by which of the wasm's gateways. */
  #heard: string | undefined;
  #heardBy: RawGateway | undefined;

  /** `raw()` gives the wasm's gateway, `keeper` asks the Durable Object. */
  constructor(raw: () => RawGateway, settings: Settings, fetch: FetchLike, keeper: (env: Env) => Keeper) {
    this.#raw = raw;
    this.#settings = settings;
    this.#fetch = fetch;
    this.#keeper = keeper;
  }

  /** How much has been heard of what was revoked and purged. */
  heard(): string {
    const raw = this.#raw();
    if (this.#heard === undefined || this.#heardBy !== raw) {
      this.#heard = raw.heard();
      this.#heardBy = raw;
    }
    return this.#heard;
  }

  /**
   * Asks the keeper: what was revoked and purged always, a token and slots where they are wanted. Throws the body of an
   * error where it cannot be reached.
   */
  async visit(env: Env, wants: Wants, deadline: number): Promise<Visited> {
    const sent = Date.now();
    const raw = this.#raw();
    const timeMs = Math.max(deadline - sent, 1);
    const [said, answered, back] = [this.#said, this.#answered, enter(() => raw.over(sent))];
    [this.#said, this.#answered] = [[], false];
    let reply: VisitReply;
    try {
      const visit = { ...wants, heard: this.heard(), said, answered, back, timeMs, patienceMs: timeMs * PATIENCE };
      reply = await within(this.#keeper(env).visit(this.#settings.name, visit), deadline - sent + 500);
    } catch (cause) {
      console.error("cisco-support-case gateway: the quota cannot be reached.", messageOf(cause));
      // Nothing was sent: where it was reset, whoever asks may do so again by itself.
      throw new Failure(retried(errorBody("QUOTA_UNREACHABLE", ""), isRetryable(cause)));
    }
    if (!enter(() => raw.hear(reply.told, sent))) throw new Failure(errorBody("QUOTA_UNREACHABLE", ""));
    this.#heard = undefined;
    if (reply.token) this.#token = reply.token;
    return { ...reply, sent };
  }

  /** A slot and the token to use it with. */
  async #slot(env: Env, job: RawJob, deadline: number, refused: number | null, ctx: Context): Promise<Permit> {
    for (let tries = 0; tries < TOO_LATE; tries += 1) {
      const now = Date.now();
      const raw = this.#raw();
      const token = this.#token;
      const isGood = token && refused === null && (token.renewAtMs === undefined || now < token.renewAtMs);
      if (isGood && enter(() => raw.take(now))) {
        if (enter(() => raw.isLow(now)))
          ctx.waitUntil(this.#lease(env, job.tenant(), refused, deadline, ctx, true).catch(() => {}));
        return { token, lease: undefined };
      }
      const { error, isInTime, granted } = await this.#lease(env, job.tenant(), refused, deadline, ctx);
      if (error) throw new Failure(error);
      if (isInTime && granted && this.#token)
        return { token: this.#token, lease: granted.slots === 1 ? granted.grant : undefined };
      refused = null;
    }
    throw tooSlow();
  }

  /**
   * A slot and the token for work that nobody waits for. It is asked of the keeper each time, so that it has its turn
   * among all tenants: what the isolate has leased ahead is for those who do wait.
   */
  async one(
    env: Env,
    tenant: string,
    deadline: number,
    refused: number | null,
  ): Promise<{ token: ServiceToken; landed: () => void }> {
    for (let tries = 0; tries < TOO_LATE; tries += 1) {
      const { error, isInTime, token, granted } = await this.#lease(env, tenant, refused, deadline);
      if (error) throw new Failure(error);
      if (isInTime && token && granted) return { token, landed: () => enter(() => this.#raw().landed(granted.grant)) };
      refused = null;
    }
    throw tooSlow();
  }

  /** Leases slots: one for use at once, unless it is asked ahead, and as many more as will be needed; without `ctx` none. */
  async #lease(
    env: Env,
    tenant: string,
    refused: number | null,
    deadline: number,
    ctx?: Context,
    isAhead: boolean = false,
  ): Promise<Visited & { isInTime: boolean }> {
    const now = Date.now();
    const raw = this.#raw();
    const more = enter(() => (ctx ? raw.wish(now) : 0));
    const lifeMs = enter(() => raw.lifeMs(more));
    let reply: Visited | undefined;
    let isInTime = false;
    try {
      reply = await this.visit(env, { needs: true, tenant, refused, more, lifeMs }, deadline);
    } finally {
      const granted = reply?.granted;
      isInTime = enter(() => raw.came(leased(more, reply?.sent ?? now, granted, isAhead), Date.now()));
      if (ctx && ((granted?.slots ?? 0) > 1 || isAhead)) ctx.waitUntil(this.#giveBack(env));
    }
    return { ...reply, isInTime };
  }

  /** When leases are over, what was not used of them goes back. */
  async #giveBack(env: Env): Promise<void> {
    const raw = this.#raw();
    const ms = enter(() => raw.overInMs(Date.now()));
    if (ms === undefined) return;
    await pause(ms + 1);
    const back = enter(() => raw.overUnused(Date.now()));
    if (back === undefined) return;
    try {
      await this.#keeper(env).giveBack(this.#settings.name, back);
    } catch {
      // They are lost to the day's quota, and to nothing else.
    }
  }

  /** What the service says to a job, with how often it was asked. It is over by the deadline, and gives back the job. */
  async ask(job: RawJob, env: Env, ctx: Context, upstream: Upstream, deadline: Deadline): Promise<Delivered | Failed> {
    const began = Date.now();
    let refused: number | null = null;
    let attempts = 0;
    try {
      for (;;) {
        const { token, lease } = await this.#slot(env, job, deadline.at, refused, ctx);
        refused = null;
        attempts += 1;
        const { outcome, body } = await this.#send(job, token, upstream, deadline);
        if (lease !== undefined) enter(() => this.#raw().landed(lease));
        if (outcome === UPSTREAM_DELIVER && body) {
          const { line, lacks, text, messageId } = enter(() => ({
            line: job.line,
            lacks: job.lacks,
            text: job.takeBody(),
            messageId: job.messageId ?? null,
          }));
          this.wasAnswered();
          if (lacks) await quantum(began, deadline);
          const whole = text === undefined ? body : (new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>);
          return { body: whole, line, messageId, attempts };
        }
        if (outcome === UPSTREAM_RENEW_TOKEN) {
          refused = token.generation;
          continue;
        }
        const { pace, afterMs } = enter(() => ({ pace: paceFrom(job.pace()), afterMs: job.afterMs }));
        // At once: all others are to slow down as well, and the wait is one, not two in a row.
        if (pace) this.tell(env, ctx, pace);
        if (outcome === UPSTREAM_RETRY) {
          await pause(afterMs);
          continue;
        }
        const { failure, orStale, lacks } = enter(() => ({
          failure: job.failure,
          orStale: job.orStale,
          lacks: job.lacks,
        }));
        if (lacks) await quantum(began, deadline);
        return { failure, orStale, attempts };
      }
    } catch (error) {
      if (error instanceof Failure)
        return { failure: attempts > 0 ? retried(error.body, false) : error.body, orStale: true, attempts };
      throw error;
    } finally {
      job.free();
    }
  }

  /** The service has answered: the keeper hears of it with the next visit, and takes neither token nor quota for spent. */
  wasAnswered(): void {
    this.#answered = true;
  }

  /** Tells the keeper what the service says of the pace. */
  tell(env: Env, ctx: Context, pace: Pace): void {
    this.#said.push(pace);
    ctx.waitUntil(this.visit(env, { needs: false }, Date.now() + 5000).catch(() => {}));
  }

  /** One attempt: its outcome, an `UPSTREAM_…`, and the body of the response, if there is one. */
  async #send(job: RawJob, token: ServiceToken, upstream: Upstream, deadline: Deadline): Promise<Sent> {
    const controller = new AbortController();
    const stop = deadline.whenOver(() => controller.abort());
    try {
      const heard = this.heard();
      enter(() => job.begin(Date.now(), heard, Math.floor(Math.random() * 2 ** 32), token.accessToken));
      const given = await this.#fetch(`${upstream.baseUrl ?? this.#settings.baseUrl}${job.path()}`, {
        headers: { accept: "application/json", authorization: `Bearer ${token.accessToken}` },
        redirect: "manual",
        signal: controller.signal,
      });
      const { status, headers } = given;
      const body = await bytes(given, LIMITS.bodyBytes);
      const raw = this.#raw();
      const lines = headerLines(headers, RESPONSE_HEADERS);
      const now = Date.now();
      enter(() => job.extend(deadline.at));
      const outcome = enter(() =>
        body ? job.judge(raw, status, lines, body, now) : job.judgeOversized(raw, status, lines, now),
      );
      return { outcome, body };
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) throw error;
      const isTimeOver = controller.signal.aborted;
      controller.abort();
      enter(() => job.extend(deadline.at));
      return { outcome: enter(() => job.broken(isTimeOver, Date.now())), body: undefined };
    } finally {
      stop();
    }
  }
}

interface Sent {
  outcome: number;
  body: Uint8Array<ArrayBuffer> | undefined;
}

/** The outcome of asking for a lease, for the wasm. */
function leased(more: number, sentMs: number, granted: Granted | null | undefined, isAhead: boolean): RawLease {
  const lease = new RawLease();
  lease.more = more;
  lease.sentMs = sentMs;
  lease.isAhead = isAhead;
  if (granted) {
    lease.grant = granted.grant;
    lease.slots = granted.slots;
    lease.lifeMs = granted.lifeMs;
    lease.heldMs = granted.heldMs;
  }
  return lease;
}

/** What the wasm says of the pace. It gives back the wasm's object. */
export function paceFrom(raw: RawPace | undefined): Pace | undefined {
  if (!raw) return undefined;
  const { retryAfterMs, isQuota } = raw;
  raw.free();
  return { retryAfterMs, isQuota };
}

/** The body of an error, on its way to whoever asked. */
export class Failure extends Error {
  readonly body: string;

  constructor(body: string) {
    super("failed");
    this.body = body;
  }
}

/** The body of an error that says whether whoever hears of it is to ask again by itself. */
function retried(body: string, retry: boolean): string {
  const { error } = JSON.parse(body) as { error: object };
  return JSON.stringify({ error: { ...error, retry } });
}

const tooSlow = (): Failure => new Failure(errorBody("QUOTA_UNREACHABLE", "(it answers too slowly)"));

/** A body to its end; `undefined` where it is larger than that. */
export const bytes = (response: Response, most: number): Promise<Uint8Array<ArrayBuffer> | undefined> =>
  readBody(response, response.headers.get("content-length"), most);

/** Until the next whole step since then. */
function quantum(since: number, deadline: Deadline): Promise<void> {
  const passed = Date.now() - since;
  const wait = LACKS_STEP_MS - (passed % LACKS_STEP_MS);
  return pause(Math.min(wait, Math.max(deadline.at - Date.now(), 0)));
}
