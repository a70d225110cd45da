// The Durable Object that all isolates of a gateway share: the quota, the service's token, the identity provider's keys,
// the invalidation log and the sync state. The wasm decides; this module waits, sends and persists.

import { DurableObject } from "cloudflare:workers";
import { SERVICE_TOKEN_FAILED, SERVICE_TOKEN_FETCH, SERVICE_TOKEN_READY } from "../generated/boundary.js";
import { headerLines, headerPairs } from "../util/headers.js";
import { errorBody, RawQuota, RawLeaseRequest } from "../wasm/gateway.js";
import { readCredentials, readLimited, readUpstream, type FetchLike } from "./upstream-client.js";
import { type RegisteredGateway, registeredGateway } from "./registry.js";
import type {
  Lease,
  QuotaObject,
  SyncStateOperation,
  Invalidation,
  ServiceToken,
  LeaseRequest,
  PollRequest,
  PollResponse,
} from "./quota-object.js";
import { fetchJwks } from "./jwt-verifier.js";
import { SyncState, type ObjectStorage } from "./sync-state.js";
import { callWasm, generation } from "./wasm-instance.js";
import type { GatewayOptions } from "./options.js";
import { messageOf } from "./error-message.js";
import { withAbortTimeout, sleep, settledOrTimeout } from "./timeout.js";

/** Age after which keys are fetched again. */
const JWKS_FRESH_MS = 600_000;
/** Age after which callers wait for newer keys: those that the provider has removed meanwhile must not be valid for long. */
const JWKS_STALE_MS = 900_000;
/** Minimum interval between requests for unknown keys. */
const UNKNOWN_KEY_INTERVAL_MS = 30_000;
/** Minimum interval between requests to an identity provider that fails. */
const JWKS_RETRY_INTERVAL_MS = 5000;

/** Timeout of a request to the token endpoint. */
const TOKEN_TIMEOUT_MS = 30_000;

/** Minimum interval between readings of the credentials, while they are missing or rejected. */
const CREDENTIALS_INTERVAL_MS = 5000;

/** The largest response of the token endpoint that is read, in bytes. Usual ones have a few hundred. */
const MAX_TOKEN_RESPONSE_BYTES = 64 * 1024;

/** The headers of a token response that the wasm reads. */
const TOKEN_HEADERS = ["x-mashery-message-id", "retry-after"];

/** The storage key of the gateway whose run the alarm continues. */
const RUN_KEY = "run";
/** The wait before a run continues: requests of pages get permits meanwhile. */
const CONTINUE_MS = 500;
/** The storage key of the failures of runs. */
const FAILURES_KEY = "run-failures";
/** The wait after the first failure; it doubles with each. */
const FIRST_RETRY_MS = 60_000;
/** Number of failures after which only scheduled events repeat a run. */
const MAX_RETRIES = 5;
/** Time without a failure after which they are counted anew. */
const FORGET_FAILURES_MS = 3_600_000;

/** Tolerance for the clocks and timers of isolates. */
const CLOCK_MARGIN_MS = 50;

/** The operations of the sync state that isolates may call. */
const SYNC_STATE_OPERATIONS: readonly SyncStateOperation[] = ["lock", "renew", "commit", "markDelivered", "unlock"];

/** Usage of one limit. */
export interface QuotaWindow {
  /** The limit; 0 for none. */
  limit: number;
  /** Requests in the window, and permits of current leases. */
  used: number;
  /** Remaining requests; missing if there is no limit. */
  left?: number;
}

/** The Durable Object of a gateway. The Worker exports it, binds it, and passes the namespace as option `quota`. */
export class CaseQuota extends DurableObject {
  // Code with the binding can call all methods, also those that are private in TypeScript. Internal methods are in an
  // object of their own, because properties of an instance are not reachable through the binding.
  /** @internal */
  readonly shared: QuotaService = new QuotaService(this.ctx.storage as ObjectStorage, this.env);

  /** Returns the usage of the quota. `name` is the name of the gateway (`"default"`). */
  budget(name: string): Promise<{
    /** The limit per second. */
    second: QuotaWindow;
    /** The limit per minute. */
    minute: QuotaWindow;
    /** The limit per 24 hours. */
    day: QuotaWindow;
    /** Number of permits in current leases. */
    leased: number;
    /** Number of tenants within the last 24 hours. */
    tenants: number;
    /** Tenants in the queue, with their number of requests; the next one first. */
    waiting: [tenant: string, requests: number][];
  }> {
    return this.shared.budget(name);
  }

  /** @internal */
  poll(...given: Parameters<QuotaObject["poll"]>): ReturnType<QuotaObject["poll"]> {
    return this.shared.poll(...given);
  }

  /** @internal */
  returnLeases(...given: Parameters<QuotaObject["returnLeases"]>): ReturnType<QuotaObject["returnLeases"]> {
    return this.shared.returnLeases(...given);
  }

  /** @internal */
  jwks(...given: Parameters<QuotaObject["jwks"]>): ReturnType<QuotaObject["jwks"]> {
    return this.shared.jwks(...given);
  }

  /** @internal */
  invalidate(...given: Parameters<QuotaObject["invalidate"]>): ReturnType<QuotaObject["invalidate"]> {
    return this.shared.invalidate(...given);
  }

  /** @internal */
  syncState<W extends SyncStateOperation>(
    operation: W,
    ...given: Parameters<SyncState[W]>
  ): Promise<Awaited<ReturnType<SyncState[W]>>> {
    return this.shared.syncState(operation, ...given);
  }

  /** @internal */
  async continueRun(name: string, hasFailed = false): Promise<void> {
    const { storage } = this.ctx;
    const failures: RunFailures = { count: 0, at: Date.now() };
    if (hasFailed) {
      const known = ((await storage.get(FAILURES_KEY)) ?? failures) as RunFailures;
      failures.count = failures.at - known.at > FORGET_FAILURES_MS ? 1 : known.count + 1;
    }
    const wait = hasFailed ? FIRST_RETRY_MS * 2 ** (failures.count - 1) : CONTINUE_MS;
    // Without an await in between, all are written or none.
    await Promise.all([
      storage.put({ [RUN_KEY]: name, [FAILURES_KEY]: failures }),
      // An outage causes no more runs than that: beyond it, the schedule is the back-off.
      failures.count > MAX_RETRIES ? storage.deleteAlarm() : storage.setAlarm(failures.at + wait),
    ]);
  }

  /** @internal Continues or repeats a run of the copy. If the alarm is lost, the next scheduled event does. */
  override async alarm(): Promise<void> {
    const name = await this.ctx.storage.get(RUN_KEY);
    await registeredGateway(String(name))?.continueRun?.(this.env as never, this.ctx);
  }
}

type Budget = Awaited<ReturnType<CaseQuota["budget"]>>;

/** The failures of runs since one has gone on. */
interface RunFailures {
  count: number;
  /** The time of the last one, in milliseconds since 1970. */
  at: number;
}

/** A gateway in its Durable Object. */
interface GatewayInstance {
  raw: RawQuota;
  name: string;
  registration: RegisteredGateway;
  /** What the wasm has got of the credentials and of `upstream`, as JSON text. */
  secrets: string;
  options: GatewayOptions<never>;
  fetch: FetchLike;
  invalidationDelayMs: number;
  hasCredentials: boolean;
}

/** The cached keys of an identity provider. */
interface CachedJwks {
  uri: string;
  at: number;
  /** The JWK Set as JSON text. */
  text: string;
}

/** A value, or the body of an error. */
type OrError<T> = { error: string } | (T & { error?: never });

/** The methods of the Durable Object. */
class QuotaService implements Omit<QuotaObject, "continueRun"> {
  #storage: ObjectStorage;
  #env: unknown;
  #instance: GatewayInstance | undefined;
  #loading: Promise<GatewayInstance> | undefined;
  /** The time of the last reading of the credentials, in milliseconds since 1970. */
  #readAt = 0;
  #generation: number | undefined;
  /** Waiting lease requests, by their id. */
  #waiting = new Map<number, (outcome: OrError<Lease>) => void>();
  #timer: ReturnType<typeof setTimeout> | null = null;
  #tokenRequest: Promise<void> | undefined;
  #jwks: CachedJwks | undefined;
  #jwksRequest: Promise<void> | undefined;
  #jwksFailedAt = 0;
  #syncState: SyncState;

  constructor(storage: ObjectStorage, env: unknown) {
    this.#storage = storage;
    this.#env = env;
    this.#syncState = new SyncState(storage);
  }

  async #open(name: string): Promise<GatewayInstance> {
    const { name: known = name, registration } = this.#instance ?? {};
    if (this.#instance && registration === registeredGateway(known) && this.#generation === generation)
      return this.#instance;
    return this.#reload(known);
  }

  #reload(name: string): Promise<GatewayInstance> {
    this.#loading ??= this.#load(name).finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  /**
   * Reads the credentials of an instance again if they are missing, or the token endpoint does not accept them: their source may
   * have failed for a moment, or have new ones by now. Returns the instance with other credentials, or the same one.
   */
  async #renewed(instance: GatewayInstance): Promise<GatewayInstance> {
    const isTooEarly = Math.abs(Date.now() - this.#readAt) < CREDENTIALS_INTERVAL_MS;
    if (this.#instance !== instance || this.#generation !== generation) return this.#open(instance.name);
    return isTooEarly && !this.#loading ? instance : this.#reload(instance.name);
  }

  async #load(name: string): Promise<GatewayInstance> {
    const registration = registeredGateway(name);
    if (!registration)
      throw new Error(`CaseQuota is not exported by the Worker whose createGateway has the name "${name}".`);
    const { options, text, objectText } = registration;
    this.#readAt = Date.now();
    const { clientId, clientSecret } = await readCredentials(options, this.#env as never);
    const { tokenUrl } = readUpstream(options, this.#env as never);
    const secrets = JSON.stringify({ clientId, clientSecret, tokenUrl });
    const fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
    const former = this.#generation === generation ? this.#instance : undefined;
    if (former?.registration.objectText === objectText && former.secrets === secrets) {
      // The gateway was made again, as by a module that is evaluated again.
      Object.assign(former, { registration, options, fetch });
      return former;
    }
    // What was reported since the last lease is kept, with other credentials as well.
    if (former)
      this.#persist(
        "quota",
        callWasm(() => former.raw.exportQuota()),
      );
    this.#abandonWaiting();
    const stored = await this.#storage.get(["quota", "token", "invalidations", "jwks"]);
    const [seed = 0] = crypto.getRandomValues(new Uint32Array(1));
    const raw = callWasm(() => new RawQuota(text, secrets, crypto.randomUUID(), seed));
    callWasm(() => {
      const now = Date.now();
      const [quota, token, invalidations] = ["quota", "token", "invalidations"].map(
        (key) => stored.get(key) as string | undefined,
      );
      if (quota !== undefined) raw.importQuota(quota, now);
      if (token !== undefined) raw.importToken(token, now);
      if (invalidations !== undefined) raw.importInvalidations(invalidations);
    });
    if (!stored.has("invalidations")) this.#persist("invalidations", raw.exportInvalidations());
    this.#jwks = stored.get("jwks") as CachedJwks | undefined;
    const invalidationDelayMs = (options.noticeSeconds ?? 1) * 1000;
    const hasCredentials = Boolean(clientId && clientSecret);
    this.#instance = { raw, name, registration, secrets, options, fetch, invalidationDelayMs, hasCredentials };
    this.#generation = generation;
    return this.#instance;
  }

  /** Writes to storage without awaiting it: the runtime holds responses back until the write is durable. */
  #persist(key: string, value: unknown): void {
    void this.#storage.put(key, value);
  }

  /** Handles a poll: applies its reports, and returns invalidations and, if requested, a token and a lease. */
  async poll(name: string, request: PollRequest): Promise<PollResponse> {
    let instance = await this.#open(name);
    if (!instance.hasCredentials) instance = await this.#renewed(instance);
    const { raw } = instance;
    const { logVersion, returned = "", signals = [], hasSucceeded = false, maxWaitMs, timeoutMs = maxWaitMs } = request;
    const now = Date.now();
    this.#acceptReturned(raw, returned);
    // Before the rate-limit signals, which are newer.
    if (hasSucceeded) callWasm(() => raw.onSuccess());
    for (const { isQuota, retryAfterMs } of signals)
      callWasm(() => raw.onRateLimited(isQuota, retryAfterMs, Date.now()));
    const reply: PollResponse = { invalidations: "", token: null, lease: null, error: null };
    reply.hasCredentials = instance.hasCredentials;
    if (request.lease) {
      const { rejectedToken = null } = request.lease;
      if (rejectedToken !== null) callWasm(() => raw.rejectToken(rejectedToken, Date.now()));
      const token = await this.#token(instance, now + timeoutMs);
      if (token.error !== undefined) {
        if ((await this.#renewed(instance)) !== instance) {
          const passedMs = Date.now() - now;
          const [leftMs, leftToWaitMs] = [timeoutMs - passedMs, maxWaitMs - passedMs];
          return this.poll(name, { lease: request.lease, logVersion, maxWaitMs: leftToWaitMs, timeoutMs: leftMs });
        }
        reply.error = token.error;
      } else {
        this.#checkCurrent(instance);
        reply.token = token;
        const lease = await this.#waitForLease(raw, request.lease, now + maxWaitMs);
        this.#checkCurrent(instance);
        if (lease.error !== undefined) reply.error = lease.error;
        else reply.lease = lease;
      }
      // No response leaves this object before the write is durable, so grants count after a restart.
      this.#persist(
        "quota",
        callWasm(() => raw.exportQuota()),
      );
    }
    reply.invalidations = callWasm(() => raw.invalidationsSince(logVersion));
    return reply;
  }

  /** Throws if an instance has ended: nothing of it can be reported or stored, and nothing would decide a lease request of it. */
  #checkCurrent(instance: GatewayInstance): void {
    if (this.#instance !== instance || this.#generation !== generation)
      throw new Error("the wasm has trapped, or the gateway has other options meanwhile");
  }

  async returnLeases(name: string, back: string): Promise<void> {
    const { raw } = await this.#open(name);
    this.#acceptReturned(raw, back);
    this.#settleWaiting(raw);
    this.#persist(
      "quota",
      callWasm(() => raw.exportQuota()),
    );
  }

  #acceptReturned(raw: RawQuota, back: string): void {
    if (back) callWasm(() => raw.returnLeases(back, Date.now()));
  }

  #waitForLease(raw: RawQuota, lease: LeaseRequest, until: number): Promise<OrError<Lease>> {
    const now = Date.now();
    const number = callWasm(() => {
      const request = new RawLeaseRequest();
      request.extra = lease.extra;
      request.durationMs = lease.durationMs;
      request.maxWaitMs = Math.max(until - now, 1);
      return raw.requestLease(lease.tenant, request, now);
    });
    return new Promise((resolve) => {
      this.#waiting.set(number, resolve);
      this.#settleWaiting(raw);
    });
  }

  /** Resolves decided lease requests, and sets a timer for the next decision. */
  #settleWaiting(raw: RawQuota): void {
    for (;;) {
      const decision = callWasm(() => nextDecision(raw));
      if (!decision) break;
      const { request, outcome } = decision;
      const resolve = this.#waiting.get(request);
      this.#waiting.delete(request);
      resolve?.(outcome);
    }
    clearTimeout(this.#timer);
    const ms = callWasm(() => raw.wakeInMs(Date.now()));
    if (ms === undefined) return;
    this.#timer = setTimeout(() => {
      try {
        this.#settleWaiting(raw);
      } catch (error) {
        console.error("cisco-support-case gateway: a defect in the Durable Object.", error);
        this.#abandonWaiting();
      }
    }, ms);
  }

  /** Ends the lease requests that wait in an earlier instance of the wasm, as after a trap: nothing would decide them. */
  #abandonWaiting(): void {
    clearTimeout(this.#timer);
    this.#timer = null;
    for (const resolve of this.#waiting.values()) resolve({ error: errorBody("QUOTA_UNREACHABLE", "") });
    this.#waiting.clear();
  }

  /** Returns the token, which is fetched once for concurrent polls. */
  async #token({ raw, fetch, hasCredentials }: GatewayInstance, until: number): Promise<OrError<ServiceToken>> {
    if (!hasCredentials) return { error: errorBody("GATEWAY_NOT_CONFIGURED", "(no client id or secret)") };
    while (Date.now() < until) {
      const state = callWasm(() => tokenStatus(raw));
      if (state.state === SERVICE_TOKEN_READY) {
        const { accessToken, generation, expiresAtMs, renewAtMs } = state;
        return { accessToken, generation, expiresAtMs, renewAtMs };
      }
      if (state.state === SERVICE_TOKEN_FAILED) return { error: state.error };
      if (state.state === SERVICE_TOKEN_FETCH) {
        const request = this.#fetchToken(raw, fetch, state).finally(() => {
          if (this.#tokenRequest === request) this.#tokenRequest = undefined;
        });
        this.#tokenRequest = request;
        continue;
      }
      const ms = callWasm(() => raw.tokenWakeInMs(Date.now())) ?? 1000;
      await settledOrTimeout(this.#tokenRequest, Math.min(ms, until - Date.now()));
    }
    return { error: errorBody("UPSTREAM_TIMEOUT", "(the token endpoint)") };
  }

  async #fetchToken(raw: RawQuota, fetch: FetchLike, { requestId, url, headers, body }: TokenStatus): Promise<void> {
    // Status 0: no response.
    let reply = { status: 0, lines: "", bytes: new Uint8Array() };
    try {
      reply = await withAbortTimeout(TOKEN_TIMEOUT_MS, async (signal) => {
        const response = await fetch(url, {
          method: "POST",
          headers: headerPairs(headers),
          body,
          redirect: "manual",
          signal,
        });
        const lines = headerLines(response.headers, TOKEN_HEADERS);
        // A body that is too large contains no token; its status is enough to classify it.
        const answer = await readLimited(response, MAX_TOKEN_RESPONSE_BYTES);
        return { status: response.status, lines, bytes: answer ?? new Uint8Array() };
      });
    } catch {
      // The wasm gets status 0.
    }
    callWasm(() => raw.onTokenResponse(requestId, reply.status, reply.lines, reply.bytes, Date.now()));
    this.#persist(
      "token",
      callWasm(() => raw.exportToken()),
    );
  }

  /** Returns the JWK Set as JSON text. While the provider fails, the last one stays valid. */
  async jwks(name: string, isUnknown: boolean): Promise<string> {
    const { options, fetch } = await this.#open(name);
    const uri = (typeof options.jwt === "function" ? options.jwt(this.#env as never) : options.jwt)?.jwksUri;
    if (uri === undefined) return "";
    const now = Date.now();
    const cached = this.#jwks?.uri === uri ? this.#jwks : undefined;
    const age = cached ? now - cached.at : Number.POSITIVE_INFINITY;
    const isDue = age > JWKS_FRESH_MS || (isUnknown && age > UNKNOWN_KEY_INTERVAL_MS);
    if (isDue && now - this.#jwksFailedAt > JWKS_RETRY_INTERVAL_MS) {
      this.#jwksRequest ??= fetchJwks(fetch, uri)
        .then((text) => {
          this.#jwks = { uri, at: Date.now(), text };
          this.#persist("jwks", this.#jwks);
        })
        .catch((error: unknown) => {
          this.#jwksFailedAt = Date.now();
          console.error(
            "cisco-support-case gateway: the keys of the identity provider could not be fetched.",
            messageOf(error),
          );
        })
        .finally(() => {
          this.#jwksRequest = undefined;
        });
      // A caller waits only if there are no keys, one is missing, or they are old, as after a time without requests.
      if (isUnknown || age > JWKS_STALE_MS) await this.#jwksRequest;
    }
    return this.#jwks?.uri === uri ? this.#jwks.text : "";
  }

  /** Appends to the invalidation log. Resolves when no isolate responds by an older version any more. */
  async invalidate(name: string, invalidations: Invalidation[]): Promise<void> {
    const { raw, invalidationDelayMs } = await this.#open(name);
    for (const [scope, id] of invalidations) {
      if (!callWasm(() => raw.invalidate(scope, id, Date.now()))) throw new TypeError(`unknown scope ${scope}`);
    }
    await this.#storage.put(
      "invalidations",
      callWasm(() => raw.exportInvalidations()),
    );
    if (invalidationDelayMs > 0) await sleep(invalidationDelayMs + CLOCK_MARGIN_MS);
  }

  /** Runs an operation of the sync state. */
  async syncState<W extends SyncStateOperation>(
    operation: W,
    ...given: Parameters<SyncState[W]>
  ): Promise<Awaited<ReturnType<SyncState[W]>>> {
    if (!SYNC_STATE_OPERATIONS.includes(operation)) throw new TypeError(`unknown operation ${operation}`);
    const state = this.#syncState as unknown as Record<SyncStateOperation, (...given: unknown[]) => unknown>;
    return (await state[operation](...given)) as Awaited<ReturnType<SyncState[W]>>;
  }

  /** Returns the usage of the quota. */
  async budget(name: string): Promise<Budget> {
    const { raw } = await this.#open(name);
    return JSON.parse(callWasm(() => raw.budget(Date.now()))) as Budget;
  }
}

/** Returns the next decision of the wasm, with the id of its request. */
function nextDecision(raw: RawQuota): { request: number; outcome: OrError<Lease> } | undefined {
  const decision = raw.nextDecision(Date.now());
  if (!decision) return undefined;
  const { request, error, id, permits, durationMs, waitedMs } = decision;
  decision.free();
  return { request, outcome: error === undefined ? { id, permits, durationMs, waitedMs } : { error } };
}

type TokenStatus = ReturnType<typeof tokenStatus>;

/** Copies the token status of the wasm; `state` is a `SERVICE_TOKEN_…`. */
function tokenStatus(raw: RawQuota) {
  const token = raw.pollToken(Date.now());
  const { state, accessToken, generation, expiresAtMs, renewAtMs, requestId, url, headers, body, error } = token;
  token.free();
  return { state, accessToken, generation, expiresAtMs, renewAtMs, requestId, url, headers, body, error };
}
