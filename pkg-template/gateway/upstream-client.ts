// What is asked of the service: with a slot and a token that the keeper gives, at most once more than once.

import { UPSTREAM_DELIVER, UPSTREAM_RENEW_TOKEN, UPSTREAM_RETRY } from "../generated/boundary.js";
import { LIMITS } from "../generated/tables.js";
import { readBody } from "../util/body.js";
import { headerLines } from "../util/headers.js";
import {
  errorBody,
  type RawGateway,
  type RawUpstreamCall,
  RawLeaseResult,
  type RawRateLimitSignal,
} from "../wasm/gateway.js";
import {
  type Lease,
  isRetryable,
  type QuotaObject,
  type RateLimitSignal,
  type ServiceToken,
  type PollResponse,
  type LeaseRequest,
} from "./quota-object.js";
import type { CacheEntry } from "./response-cache.js";
import { callWasm } from "./wasm-instance.js";
import type { Context, GatewayOptions } from "./options.js";
import { messageOf } from "./error-message.js";
import { type Deadline, sleep, withTimeout } from "./timeout.js";

/**
 * A case that is not there and one that may not be seen are answered after this time, which is longer than the service
 * takes as a rule, or after a multiple of it: not by how long the service took for either.
 */
export const INCOMPLETE_STEP_MS = 1500;

/** So much of the time a request may wait for its turn: the rest is the service's. */
const MAX_WAIT_SHARE = 0.6;

/** A slot that came too late to be used is asked for again, so often. */
const MAX_LATE_LEASES = 3;

/** What the wasm reads of a response's headers. */
export const RESPONSE_HEADERS = ["x-mashery-error-code", "x-mashery-message-id", "retry-after", "date"] as const;

/** What requests are made with. */
export type FetchLike = NonNullable<GatewayOptions["fetch"]>;

/** What the wasm says of a gateway's options. */
export interface GatewaySettings {
  name: string;
  prefix: string;
  baseUrl: string;
  timeoutMs: number;
  noticeMs: number;
  clockToleranceSeconds: number;
  memoryBytes: number;
  cache: boolean;
  maxCacheAgeMs: number;
  missing: string[];
}

/** Where the service is. */
export interface Upstream {
  baseUrl?: string;
}

/** What a run of the sync takes of its gateway. It is handed in, so that a gateway without a sync carries none of it. */
export interface SyncHost<Env> {
  upstream: UpstreamClient<Env>;
  quotaObject: (env: Env) => QuotaObject;
  fetch: FetchLike;
  baseUrl: string | undefined;
}

/** An answer of the service, with how often it was asked. */
export interface UpstreamResponse extends CacheEntry {
  error?: never;
  attempts: number;
}

/** The body of an error in place of an answer, and whether an older answer is better than that. */
export interface UpstreamFailure {
  error: string;
  canServeStale: boolean;
  attempts: number;
}

/** A visit's reply, with when the visit was sent. */
interface PollResult extends PollResponse {
  sent: number;
}

/** A token to send with. */
interface Permit {
  token: ServiceToken;
  /** The number of its lease, where that has no other slot. */
  lease: number | undefined;
}

/** One isolate's way to the service. */
export class UpstreamClient<Env> {
  #raw: () => RawGateway;
  #settings: GatewaySettings;
  #fetch: FetchLike;
  #quotaObject: (env: Env) => QuotaObject;
  #token: ServiceToken | undefined;
  #signals: RateLimitSignal[] = [];
  #hasSucceeded = false;
  /** How much has been heard, and by which of the wasm's gateways. */
  #logVersion: string | undefined;
  #logVersionOf: RawGateway | undefined;

  /** `raw()` gives the wasm's gateway, `keeper` asks the Durable Object. */
  constructor(
    raw: () => RawGateway,
    settings: GatewaySettings,
    fetch: FetchLike,
    quotaObject: (env: Env) => QuotaObject,
  ) {
    this.#raw = raw;
    this.#settings = settings;
    this.#fetch = fetch;
    this.#quotaObject = quotaObject;
  }

  /** How much has been heard of what was revoked and purged. */
  logVersion(): string {
    const raw = this.#raw();
    if (this.#logVersion === undefined || this.#logVersionOf !== raw) {
      this.#logVersion = raw.logVersion();
      this.#logVersionOf = raw;
    }
    return this.#logVersion;
  }

  /**
   * Asks the keeper: what was revoked and purged always, a token and slots where they are wanted. Throws the body of an
   * error where it cannot be reached.
   */
  async poll(env: Env, lease: LeaseRequest | null, deadline: number): Promise<PollResult> {
    const sent = Date.now();
    const raw = this.#raw();
    const timeoutMs = Math.max(deadline - sent, 1);
    const [signals, hasSucceeded, returned] = [
      this.#signals,
      this.#hasSucceeded,
      callWasm(() => raw.takeExpired(sent)),
    ];
    [this.#signals, this.#hasSucceeded] = [[], false];
    let reply: PollResponse;
    try {
      const request = {
        lease,
        logVersion: this.logVersion(),
        signals,
        hasSucceeded,
        returned,
        timeoutMs,
        maxWaitMs: timeoutMs * MAX_WAIT_SHARE,
      };
      reply = await withTimeout(this.#quotaObject(env).poll(this.#settings.name, request), deadline - sent + 500);
    } catch (cause) {
      console.error("cisco-support-case gateway: the quota cannot be reached.", messageOf(cause));
      // Nothing was sent: where it was reset, whoever asks may do so again by itself.
      throw new GatewayError(withRetry(errorBody("QUOTA_UNREACHABLE", ""), isRetryable(cause)));
    }
    if (!callWasm(() => raw.applyInvalidations(reply.invalidations, sent)))
      throw new GatewayError(errorBody("QUOTA_UNREACHABLE", ""));
    this.#logVersion = undefined;
    if (reply.token) this.#token = reply.token;
    return { ...reply, sent };
  }

  /** A slot and the token to use it with. */
  async #acquirePermit(
    env: Env,
    call: RawUpstreamCall,
    deadline: number,
    rejectedToken: number | null,
    ctx: Context,
  ): Promise<Permit> {
    for (let tries = 0; tries < MAX_LATE_LEASES; tries += 1) {
      const now = Date.now();
      const raw = this.#raw();
      const token = this.#token;
      const isGood = token && rejectedToken === null && (token.renewAtMs === undefined || now < token.renewAtMs);
      if (isGood && callWasm(() => raw.tryAcquire(now))) {
        if (callWasm(() => raw.shouldPrefetch(now)))
          ctx.waitUntil(this.#requestLease(env, call.tenant(), rejectedToken, deadline, ctx, true).catch(() => {}));
        return { token, lease: undefined };
      }
      const { error, isInTime, lease } = await this.#requestLease(env, call.tenant(), rejectedToken, deadline, ctx);
      if (error) throw new GatewayError(error);
      if (isInTime && lease && this.#token)
        return { token: this.#token, lease: lease.permits === 1 ? lease.id : undefined };
      rejectedToken = null;
    }
    throw slowQuotaError();
  }

  /**
   * A slot and the token for work that nobody waits for. It is asked of the keeper each time, so that it has its turn
   * among all tenants: what the isolate has leased ahead is for those who do wait.
   */
  async acquireBackgroundPermit(
    env: Env,
    tenant: string,
    deadline: number,
    rejectedToken: number | null,
  ): Promise<{ token: ServiceToken; onCompleted: () => void }> {
    for (let tries = 0; tries < MAX_LATE_LEASES; tries += 1) {
      const { error, isInTime, token, lease } = await this.#requestLease(env, tenant, rejectedToken, deadline);
      if (error) throw new GatewayError(error);
      if (isInTime && token && lease)
        return { token, onCompleted: () => callWasm(() => this.#raw().onCompleted(lease.id)) };
      rejectedToken = null;
    }
    throw slowQuotaError();
  }

  /** Leases slots: one for use at once, unless it is asked ahead, and as many more as will be needed; without `ctx` none. */
  async #requestLease(
    env: Env,
    tenant: string,
    rejectedToken: number | null,
    deadline: number,
    ctx?: Context,
    isPrefetch: boolean = false,
  ): Promise<PollResult & { isInTime: boolean }> {
    const now = Date.now();
    const raw = this.#raw();
    const extra = callWasm(() => (ctx ? raw.desiredExtra(now) : 0));
    const durationMs = callWasm(() => raw.leaseDurationMs(extra));
    let reply: PollResult | undefined;
    let isInTime = false;
    try {
      reply = await this.poll(env, { tenant, rejectedToken, extra, durationMs }, deadline);
    } finally {
      const granted = reply?.lease;
      isInTime = callWasm(() => raw.onLease(leaseResult(extra, reply?.sent ?? now, granted, isPrefetch), Date.now()));
      if (ctx && ((granted?.permits ?? 0) > 1 || isPrefetch)) ctx.waitUntil(this.#returnUnused(env));
    }
    return { ...reply, isInTime };
  }

  /** When leases are over, what was not used of them goes back. */
  async #returnUnused(env: Env): Promise<void> {
    const raw = this.#raw();
    const ms = callWasm(() => raw.nextExpiryInMs(Date.now()));
    if (ms === undefined) return;
    await sleep(ms + 1);
    const back = callWasm(() => raw.takeExpiredUnused(Date.now()));
    if (back === undefined) return;
    try {
      await this.#quotaObject(env).returnLeases(this.#settings.name, back);
    } catch {
      // They are lost to the day's quota, and to nothing else.
    }
  }

  /** What the service says to a call, with how often it was asked. It is over by the deadline, and gives back the call. */
  async run(
    call: RawUpstreamCall,
    env: Env,
    ctx: Context,
    upstream: Upstream,
    deadline: Deadline,
  ): Promise<UpstreamResponse | UpstreamFailure> {
    const began = Date.now();
    let rejectedToken: number | null = null;
    let attempts = 0;
    try {
      for (;;) {
        const { token, lease } = await this.#acquirePermit(env, call, deadline.at, rejectedToken, ctx);
        rejectedToken = null;
        attempts += 1;
        const { outcome, body } = await this.#attempt(call, token, upstream, deadline);
        if (lease !== undefined) callWasm(() => this.#raw().onCompleted(lease));
        if (outcome === UPSTREAM_DELIVER && body) {
          const { metadata, isIncomplete, text, messageId } = callWasm(() => ({
            metadata: call.metadata,
            isIncomplete: call.isIncomplete,
            text: call.takeBody(),
            messageId: call.messageId ?? null,
          }));
          this.reportSuccess();
          if (isIncomplete) await nextStep(began, deadline);
          const whole = text === undefined ? body : (new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>);
          return { body: whole, metadata, messageId, attempts };
        }
        if (outcome === UPSTREAM_RENEW_TOKEN) {
          rejectedToken = token.generation;
          continue;
        }
        const { signal, retryAfterMs } = callWasm(() => ({
          signal: signalFrom(call.rateLimitSignal()),
          retryAfterMs: call.retryAfterMs,
        }));
        // At once: all others are to slow down as well, and the wait is one, not two in a row.
        if (signal) this.reportRateLimit(env, ctx, signal);
        if (outcome === UPSTREAM_RETRY) {
          await sleep(retryAfterMs);
          continue;
        }
        const { error, canServeStale, isIncomplete } = callWasm(() => ({
          error: call.error,
          canServeStale: call.canServeStale,
          isIncomplete: call.isIncomplete,
        }));
        if (isIncomplete) await nextStep(began, deadline);
        return { error, canServeStale, attempts };
      }
    } catch (error) {
      if (error instanceof GatewayError)
        return { error: attempts > 0 ? withRetry(error.body, false) : error.body, canServeStale: true, attempts };
      throw error;
    } finally {
      call.free();
    }
  }

  /** The service has answered: the keeper hears of it with the next visit, and takes neither token nor quota for spent. */
  reportSuccess(): void {
    this.#hasSucceeded = true;
  }

  /** Tells the keeper what the service says of the pace. */
  reportRateLimit(env: Env, ctx: Context, signal: RateLimitSignal): void {
    this.#signals.push(signal);
    ctx.waitUntil(this.poll(env, null, Date.now() + 5000).catch(() => {}));
  }

  /** One attempt: its outcome, an `UPSTREAM_…`, and the body of the response, if there is one. */
  async #attempt(
    call: RawUpstreamCall,
    token: ServiceToken,
    upstream: Upstream,
    deadline: Deadline,
  ): Promise<AttemptResult> {
    const controller = new AbortController();
    const stop = deadline.onExpiry(() => controller.abort());
    try {
      const heard = this.logVersion();
      callWasm(() => call.beginAttempt(Date.now(), heard, Math.floor(Math.random() * 2 ** 32), token.accessToken));
      const given = await this.#fetch(`${upstream.baseUrl ?? this.#settings.baseUrl}${call.path()}`, {
        headers: { accept: "application/json", authorization: `Bearer ${token.accessToken}` },
        redirect: "manual",
        signal: controller.signal,
      });
      const { status, headers } = given;
      const body = await readLimited(given, LIMITS.bodyBytes);
      const raw = this.#raw();
      const lines = headerLines(headers, RESPONSE_HEADERS);
      const now = Date.now();
      callWasm(() => call.extendDeadline(deadline.at));
      const outcome = callWasm(() =>
        body ? call.onResponse(raw, status, lines, body, now) : call.onOversized(raw, status, lines, now),
      );
      return { outcome, body };
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) throw error;
      const isTimeOver = controller.signal.aborted;
      controller.abort();
      callWasm(() => call.extendDeadline(deadline.at));
      return { outcome: callWasm(() => call.onTransportError(isTimeOver, Date.now())), body: undefined };
    } finally {
      stop();
    }
  }
}

interface AttemptResult {
  outcome: number;
  body: Uint8Array<ArrayBuffer> | undefined;
}

/** The outcome of asking for a lease, for the wasm. */
function leaseResult(
  extra: number,
  sentMs: number,
  granted: Lease | null | undefined,
  isPrefetch: boolean,
): RawLeaseResult {
  const lease = new RawLeaseResult();
  lease.extra = extra;
  lease.sentMs = sentMs;
  lease.isPrefetch = isPrefetch;
  if (granted) {
    lease.id = granted.id;
    lease.permits = granted.permits;
    lease.durationMs = granted.durationMs;
    lease.waitedMs = granted.waitedMs;
  }
  return lease;
}

/** What the wasm says of the pace. It gives back the wasm's object. */
export function signalFrom(raw: RawRateLimitSignal | undefined): RateLimitSignal | undefined {
  if (!raw) return undefined;
  const { retryAfterMs, isQuota } = raw;
  raw.free();
  return { retryAfterMs, isQuota };
}

/** The body of an error, on its way to whoever asked. */
export class GatewayError extends Error {
  readonly body: string;

  constructor(body: string) {
    super("failed");
    this.body = body;
  }
}

/** The body of an error that says whether whoever hears of it is to ask again by itself. */
function withRetry(body: string, retry: boolean): string {
  const { error } = JSON.parse(body) as { error: object };
  return JSON.stringify({ error: { ...error, retry } });
}

const slowQuotaError = (): GatewayError => new GatewayError(errorBody("QUOTA_UNREACHABLE", "(it answers too slowly)"));

/** A body to its end; `undefined` where it is larger than that. */
export const readLimited = (response: Response, most: number): Promise<Uint8Array<ArrayBuffer> | undefined> =>
  readBody(response, response.headers.get("content-length"), most);

/** Until the next whole step since then. */
function nextStep(since: number, deadline: Deadline): Promise<void> {
  const passed = Date.now() - since;
  const wait = INCOMPLETE_STEP_MS - (passed % INCOMPLETE_STEP_MS);
  return sleep(Math.min(wait, Math.max(deadline.at - Date.now(), 0)));
}
