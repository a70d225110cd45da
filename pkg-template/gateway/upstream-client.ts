// Requests to the service, with a permit and a token of the Durable Object, and at most one retry.

import { UPSTREAM_DELIVER, UPSTREAM_RENEW_TOKEN, UPSTREAM_RETRY } from "../generated/boundary.js";
import { LIMITS } from "../generated/tables.js";
import { readBody } from "../util/body.js";
import { headerLines } from "../util/headers.js";
import {
  errorBody,
  RawAttempt,
  type RawGateway,
  RawResponseHead,
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
 * Responses about cases that do not exist or are not permitted are delayed to a multiple of this time, which is longer
 * than the service usually takes. So the duration does not tell whether the case exists.
 */
const INCOMPLETE_STEP_MS = 1500;

/** The share of a request's time that it may wait for a permit; the service gets the rest. */
const MAX_WAIT_SHARE = 0.6;

/** Number of attempts to get a lease that arrives before its permits expire. */
const MAX_LATE_LEASES = 3;

/** Number of rate-limit signals that are kept while the Durable Object is unreachable: the latest. */
const MAX_SIGNALS = 20;

/** Time for which a signal counts that names none. */
const SIGNAL_MS = 60_000;

/** A signal that was not reported yet, with its time. */
type HeldSignal = RateLimitSignal & { readonly atMs: number };

/** The response headers that the wasm reads. */
export const RESPONSE_HEADERS = ["x-mashery-error-code", "x-mashery-message-id", "retry-after", "date"] as const;

/** A function like `fetch`. */
export type FetchLike = NonNullable<GatewayOptions["fetch"]>;

/** The settings that the wasm derives from a gateway's options. */
export interface GatewaySettings {
  name: string;
  prefix: string;
  baseUrl: string;
  timeoutMs: number;
  perSecond: number;
  perMinute: number;
  perDay: number;
  reservePercent: number;
  noticeMs: number;
  clockToleranceSeconds: number;
  memoryBytes: number;
  cache: boolean;
  maxCacheAgeMs: number;
  missing: string[];
}

/** The addresses of the service. */
export interface Upstream {
  baseUrl?: string | undefined;
  tokenUrl?: string | undefined;
}

/** The parts of a gateway that its sync uses. They are passed, so that a gateway without a sync does not contain one. */
export interface SyncHost<Env> {
  upstream: UpstreamClient<Env>;
  quotaObject: (env: Env) => Omit<QuotaObject, "continueRun">;
  fetch: FetchLike;
  baseUrl: string | undefined;
}

/** A response of the service, and the number of requests for it. */
export interface UpstreamResponse extends CacheEntry {
  error?: never;
  attempts: number;
}

/** The body of an error, and whether an older cached response may replace it. */
export interface UpstreamFailure {
  error: string;
  canServeStale: boolean;
  attempts: number;
}

/** The response to a poll, and the time at which the poll was sent. */
interface PollResult extends PollResponse {
  sent: number;
}

/** The attempts of a call that several requests may wait for: each attempt is in the audit entry of one of them. */
export class AttemptCount {
  #total = 0;
  #audited = 0;

  /** The number of attempts so far. */
  get total(): number {
    return this.#total;
  }

  add(): void {
    this.#total += 1;
  }

  /** Returns the number of attempts since the last call of this method. */
  takeUnaudited(): number {
    const count = this.#total - this.#audited;
    this.#audited = this.#total;
    return count;
  }
}

/** A permit to send one request, with its token. */
interface Permit {
  token: ServiceToken;
  /** The id of its lease, if the lease has no other permit. */
  lease: number | undefined;
}

/** The client of one isolate for the service and the Durable Object. */
export class UpstreamClient<Env> {
  #raw: () => RawGateway;
  #settings: GatewaySettings;
  #fetch: FetchLike;
  #quotaObject: (env: Env) => Omit<QuotaObject, "continueRun">;
  #token: ServiceToken | undefined;
  #signals: HeldSignal[] = [];
  #hasSucceeded = false;
  /** The version of the invalidation log, and the wasm's gateway that it belongs to. */
  #logVersion: string | undefined;
  #logVersionOf: RawGateway | undefined;

  /** `raw()` returns the wasm's gateway, `quotaObject` the Durable Object. */
  constructor(
    raw: () => RawGateway,
    settings: GatewaySettings,
    fetch: FetchLike,
    quotaObject: (env: Env) => Omit<QuotaObject, "continueRun">,
  ) {
    this.#raw = raw;
    this.#settings = settings;
    this.#fetch = fetch;
    this.#quotaObject = quotaObject;
  }

  /** Returns the version of this isolate's copy of the invalidation log. */
  logVersion(): string {
    const raw = this.#raw();
    if (this.#logVersion === undefined || this.#logVersionOf !== raw) {
      this.#logVersion = raw.logVersion();
      this.#logVersionOf = raw;
    }
    return this.#logVersion;
  }

  /**
   * Polls the Durable Object for invalidations, and for a lease and the token if one is requested. Throws a
   * {@link GatewayError} if it is unreachable.
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
        signals: signals.flatMap((signal) => lastingSignal(signal, sent)),
        hasSucceeded,
        returned,
        timeoutMs,
        maxWaitMs: timeoutMs * MAX_WAIT_SHARE,
      };
      reply = await withTimeout(this.#quotaObject(env).poll(this.#settings.name, request), deadline - sent + 500);
    } catch (cause) {
      console.error("cisco-support-case gateway: the Durable Object is unreachable.", messageOf(cause));
      // The next poll reports them.
      this.#signals = [...signals, ...this.#signals].slice(-MAX_SIGNALS);
      this.#hasSucceeded ||= hasSucceeded;
      // Nothing was sent to the service, so the gateway's client may retry if the Durable Object was reset.
      throw new GatewayError(withRetry(errorBody("QUOTA_UNREACHABLE", ""), isRetryable(cause)));
    }
    if (!callWasm(() => raw.applyInvalidations(reply.invalidations, sent)))
      throw new GatewayError(errorBody("QUOTA_UNREACHABLE", ""));
    this.#logVersion = undefined;
    if (reply.token) this.#token = reply.token;
    return { ...reply, sent };
  }

  /** Acquires a permit, from a held lease or a new one, and the token. */
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
   * Acquires a permit and the token for background work. Each permit is requested from the Durable Object, whose queue is
   * fair between tenants; prefetched leases of the isolate are for requests of pages.
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

  /** Requests a lease with one permit for use at once (not if prefetched), and extra ones by recent use (not without `ctx`). */
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

  /** Returns unused permits to the Durable Object when their leases end. */
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
      // The permits count as used for the day's limit.
    }
  }

  /** Runs a call to its outcome, by its deadline, and frees it. Counts each attempt in `attempts` before it is sent. */
  async run(
    call: RawUpstreamCall,
    env: Env,
    ctx: Context,
    upstream: Upstream,
    deadline: Deadline,
    attempts: AttemptCount,
  ): Promise<UpstreamResponse | UpstreamFailure> {
    const began = Date.now();
    let rejectedToken: number | null = null;
    try {
      for (;;) {
        const { token, lease } = await this.#acquirePermit(env, call, deadline.at, rejectedToken, ctx);
        rejectedToken = null;
        attempts.add();
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
          return { body: whole, metadata, messageId, attempts: attempts.total };
        }
        if (outcome === UPSTREAM_RENEW_TOKEN) {
          rejectedToken = token.generation;
          continue;
        }
        const { signal, retryAfterMs } = callWasm(() => ({
          signal: signalFrom(call.rateLimitSignal()),
          retryAfterMs: call.retryAfterMs,
        }));
        // Reported before the wait, so that all isolates slow down at once.
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
        return { error, canServeStale, attempts: attempts.total };
      }
    } catch (error) {
      if (error instanceof GatewayError) return failureAfter(attempts.total, error.body);
      throw error;
    } finally {
      call.free();
    }
  }

  /** Reports with the next poll that the service has accepted a request: the token is valid and the quota not exhausted. */
  reportSuccess(): void {
    this.#hasSucceeded = true;
  }

  /** Reports a rate-limit signal of the service to the Durable Object at once. */
  reportRateLimit(env: Env, ctx: Context, signal: RateLimitSignal): void {
    this.#signals.push({ ...signal, atMs: Date.now() });
    ctx.waitUntil(this.poll(env, null, Date.now() + 5000).catch(() => {}));
  }

  /** Makes one attempt. Returns its outcome (`UPSTREAM_…`), and the body of a response that was read whole. */
  async #attempt(
    call: RawUpstreamCall,
    token: ServiceToken,
    upstream: Upstream,
    deadline: Deadline,
  ): Promise<AttemptResult> {
    const controller = new AbortController();
    const stop = deadline.onExpiry(() => controller.abort());
    try {
      const logVersion = this.logVersion();
      callWasm(() => call.beginAttempt(attemptWith(logVersion, token)));
      const response = await this.#fetch(`${upstream.baseUrl ?? this.#settings.baseUrl}${call.path()}`, {
        headers: { accept: "application/json", authorization: `Bearer ${token.accessToken}` },
        redirect: "manual",
        signal: controller.signal,
      });
      const { status, headers } = response;
      const body = await readLimited(response, LIMITS.bodyBytes);
      const raw = this.#raw();
      const lines = headerLines(headers, RESPONSE_HEADERS);
      const now = Date.now();
      callWasm(() => call.extendDeadline(deadline.at));
      const outcome = callWasm(() =>
        body
          ? call.onResponse(raw, responseHead(status, lines, now), body)
          : call.onOversized(raw, responseHead(status, lines, now)),
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

/** Returns an attempt that begins now, for the wasm. */
function attemptWith(logVersion: string, token: ServiceToken): RawAttempt {
  const attempt = new RawAttempt();
  attempt.sentMs = Date.now();
  attempt.logVersion = logVersion;
  attempt.random = Math.floor(Math.random() * 2 ** 32);
  attempt.token = token.accessToken;
  return attempt;
}

/** Returns the head of a response, for the wasm. */
function responseHead(status: number, headers: string, receivedMs: number): RawResponseHead {
  const head = new RawResponseHead();
  head.status = status;
  head.headers = headers;
  head.receivedMs = receivedMs;
  return head;
}

/** Returns the result of a lease request, for the wasm. */
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

/** Returns what is left of a signal whose poll failed, after the time since then; nothing of one that has passed. */
function lastingSignal({ atMs, isQuota, retryAfterMs }: HeldSignal, nowMs: number): RateLimitSignal[] {
  const age = nowMs - atMs;
  if (age >= (retryAfterMs ?? SIGNAL_MS)) return [];
  return [{ isQuota, retryAfterMs: retryAfterMs === undefined ? undefined : retryAfterMs - age }];
}

/** Copies a signal of the wasm, and frees it. */
export function signalFrom(raw: RawRateLimitSignal | undefined): RateLimitSignal | undefined {
  if (!raw) return undefined;
  const { retryAfterMs, isQuota } = raw;
  raw.free();
  return { retryAfterMs, isQuota };
}

/** An error response of the gateway: its body, as JSON text. */
export class GatewayError extends Error {
  readonly body: string;

  constructor(body: string) {
    super("gateway error");
    this.body = body;
  }
}

/** Whether a token or a secret may be sent to an address: https, or http on this machine. */
export function isSafeAddress(address: string): boolean {
  try {
    const { protocol, hostname } = new URL(address);
    const isLocal = /^(localhost|.+\.localhost|127\.[\d.]+|\[::1\])$/.test(hostname);
    return protocol === "https:" || (protocol === "http:" && isLocal);
  } catch {
    return false;
  }
}

/** The members of the option `upstream`. */
const UPSTREAM = ["baseUrl", "tokenUrl", "allowHttp"];

/**
 * Returns the addresses of the option `upstream`, as requests use them. Throws a `TypeError` for an address to which nothing may be
 * sent, and for an unknown name: requests would go to the real service.
 */
export function readUpstream<Env>({ upstream }: Pick<GatewayOptions<Env>, "upstream">, env: Env): Upstream {
  const given = (upstream?.(env) ?? {}) as Record<string, unknown>;
  const unknown = Object.keys(given).find((name) => !UPSTREAM.includes(name));
  if (unknown !== undefined) throw new TypeError(`upstream.${unknown}: expected one of ${UPSTREAM.join(", ")}`);
  const allowHttp = given["allowHttp"] ?? false;
  if (typeof allowHttp !== "boolean") throw new TypeError("upstream.allowHttp: expected true or false");
  const addressOf = (name: string): string | undefined => {
    const address = given[name] ?? undefined;
    if (address === undefined) return undefined;
    const text = typeof address === "string" ? address.trim() : "";
    const isAllowed = isSafeAddress(text) || (allowHttp && URL.canParse(text) && new URL(text).protocol === "http:");
    if (isAllowed && !/[\s?#@\\]/.test(text)) return text;
    // The address may contain a secret.
    throw new TypeError(
      `upstream.${name}: expected an https address, or http on localhost or with allowHttp: true, without query and user`,
    );
  };
  return { baseUrl: addressOf("baseUrl")?.replace(/\/+$/, ""), tokenUrl: addressOf("tokenUrl") };
}

/** Timeout of the option `credentials`. Every request would wait for a source that hangs, as long as the Durable Object lives. */
const CREDENTIALS_TIMEOUT_MS = 5000;

/** The members of the option `credentials`. */
const CREDENTIALS = ["clientId", "clientSecret"] as const;

/** Returns the client's id and secret; none if the option `credentials` fails, or gives something that the service rejects. */
export async function readCredentials<Env>(
  { credentials }: Partial<Pick<GatewayOptions<Env>, "credentials">>,
  env: Env,
): Promise<{ clientId?: string; clientSecret?: string }> {
  if (!credentials) return {};
  try {
    const given = await withTimeout(credentials(env), CREDENTIALS_TIMEOUT_MS);
    const isText = (value: unknown) => typeof value === "string" && value !== "" && value === value.trim();
    const wrong = CREDENTIALS.find((name) => !isText(given?.[name]));
    if (wrong === undefined) return given;
    throw new TypeError(`${wrong}: expected a text that is not empty, without white space at its ends`);
  } catch (error) {
    console.error("cisco-support-case gateway: credentials failed.", messageOf(error));
    return {};
  }
}

/** Returns the client secret, of which keys are made. Throws a {@link GatewayError} without one. */
export async function readSecret<Env>(options: Pick<GatewayOptions<Env>, "credentials">, env: Env): Promise<string> {
  const { clientSecret } = await readCredentials(options, env);
  if (!clientSecret) throw new GatewayError(errorBody("GATEWAY_NOT_CONFIGURED", "(no client secret)"));
  return clientSecret;
}

/** Returns a failure after a number of attempts: the gateway's client retries by itself only if nothing was sent. */
export function failureAfter(attempts: number, error: string): UpstreamFailure {
  return { error: attempts > 0 ? withRetry(error, false) : error, canServeStale: true, attempts };
}

/** Sets `retry` of an error body: whether the gateway's client retries by itself. */
function withRetry(body: string, retry: boolean): string {
  const { error } = JSON.parse(body) as { error: object };
  return JSON.stringify({ error: { ...error, retry } });
}

const slowQuotaError = (): GatewayError => new GatewayError(errorBody("QUOTA_UNREACHABLE", "(it answers too slowly)"));

/** Reads a body to its end; returns `undefined` if it is larger than `maxBytes`. */
export const readLimited = (response: Response, maxBytes: number): Promise<Uint8Array<ArrayBuffer> | undefined> =>
  readBody(response, response.headers.get("content-length"), maxBytes);

/** Waits until a whole number of steps has passed since the start, at most until the deadline. */
function nextStep(since: number, deadline: Deadline): Promise<void> {
  const passed = Date.now() - since;
  const wait = INCOMPLETE_STEP_MS - (passed % INCOMPLETE_STEP_MS);
  return sleep(Math.min(wait, Math.max(deadline.at - Date.now(), 0)));
}
