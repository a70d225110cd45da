// The Durable Object that all isolates ask: the one quota, the service's token, the identity provider's keys, and what was
// revoked and purged. What it decides is decided in the wasm; here it waits, sends and keeps.

import { DurableObject } from "cloudflare:workers";
import { SERVICE_TOKEN_FAILED, SERVICE_TOKEN_FETCH, SERVICE_TOKEN_READY } from "../generated/boundary.js";
import { headerLines, headerPairs } from "../util/headers.js";
import { errorBody, RawQuota, RawLeaseRequest } from "../wasm/gateway.js";
import { readLimited, type FetchLike } from "./upstream-client.js";
import { registeredGateway } from "./gateway.js";
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

/** Keys are fetched again after so long … */
const JWKS_FRESH_MS = 600_000;
/** … and for one that is not among them, no sooner than this. */
const UNKNOWN_KEY_INTERVAL_MS = 30_000;
/** A host that is down is left alone for so long. */
const JWKS_RETRY_INTERVAL_MS = 5000;

/** The token endpoint has so long for an answer. */
const TOKEN_TIMEOUT_MS = 30_000;

/** The largest answer of it that is read, in bytes; they have some hundred. */
const MAX_TOKEN_RESPONSE_BYTES = 64 * 1024;

/** What is read of the headers of its answer. */
const TOKEN_HEADERS = ["x-mashery-message-id", "retry-after"];

/** What one isolate may be behind, and how much clocks and timers err. */
const CLOCK_MARGIN_MS = 50;

/** What can be done to the ledger. */
const SYNC_STATE_OPERATIONS: readonly SyncStateOperation[] = ["lock", "renew", "commit", "markDelivered", "unlock"];

/** A window of the quota. */
export interface QuotaWindow {
  /** 0 is no limit. */
  limit: number;
  /** What is leased counts as used. */
  used: number;
  /** Left out where there is no limit. */
  left?: number;
}

/** The Durable Object that all isolates ask. It is exported by the Worker, bound, and given to `quota`. */
export class CaseQuota extends DurableObject {
  // All methods can be called by whoever has the binding, those that are private in TypeScript as well. What is not to be
  // called from outside is in an object of its instance: properties of an instance cannot be reached from there.
  /** @internal */
  readonly shared: QuotaService = new QuotaService(this.ctx.storage as ObjectStorage, this.env);

  /** What is used and left of the quota. `name` is the gateway's (`"default"`). */
  budget(name: string): Promise<{
    /** Any second. */
    second: QuotaWindow;
    /** Any minute. */
    minute: QuotaWindow;
    /** Any 24 hours. */
    day: QuotaWindow;
    /** Slots in leases that are not over. */
    leased: number;
    /** Tenants seen within 24 hours. */
    tenants: number;
    /** Who waits, with how many requests. */
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
    work: W,
    ...given: Parameters<SyncState[W]>
  ): Promise<Awaited<ReturnType<SyncState[W]>>> {
    return this.shared.syncState(work, ...given);
  }
}

type Budget = Awaited<ReturnType<CaseQuota["budget"]>>;

/** A gateway as its Durable Object knows it. */
interface GatewayInstance {
  raw: RawQuota;
  options: GatewayOptions<never>;
  fetch: FetchLike;
  invalidationDelayMs: number;
  hasCredentials: boolean;
}

/** The identity provider's keys, as they are kept. */
interface CachedJwks {
  uri: string;
  at: number;
  /** JSON text. */
  text: string;
}

/** What comes of waiting: what was granted, or the body of an error. */
type OrError<T> = { error: string } | (T & { error?: never });

/** What all isolates share. */
class QuotaService implements QuotaObject {
  #storage: ObjectStorage;
  #env: unknown;
  #instance: GatewayInstance | undefined;
  #loading: Promise<GatewayInstance> | undefined;
  #generation: number | undefined;
  /** Who waits for slots, by the number of the ask. */
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
    if (this.#instance && this.#generation === generation) return this.#instance;
    this.#loading ??= this.#load(name).finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  async #load(name: string): Promise<GatewayInstance> {
    const gateway = registeredGateway(name);
    if (!gateway)
      throw new Error(`CaseQuota is not exported by the Worker whose createGateway has the name "${name}".`);
    const { options, text } = gateway;
    const { clientId, clientSecret } = await readCredentials(options, this.#env);
    const { tokenUrl } = options.upstream?.(this.#env as never) ?? {};
    const kept = await this.#storage.get(["quota", "token", "invalidations", "jwks"]);
    const [seed = 0] = crypto.getRandomValues(new Uint32Array(1));
    const raw = callWasm(
      () => new RawQuota(text, JSON.stringify({ clientId, clientSecret, tokenUrl }), crypto.randomUUID(), seed),
    );
    callWasm(() => {
      const now = Date.now();
      const [quota, token, invalidations] = ["quota", "token", "invalidations"].map(
        (key) => kept.get(key) as string | undefined,
      );
      if (quota !== undefined) raw.importQuota(quota, now);
      if (token !== undefined) raw.importToken(token, now);
      if (invalidations !== undefined) raw.importInvalidations(invalidations);
    });
    if (!kept.has("invalidations")) this.#persist("invalidations", raw.exportInvalidations());
    this.#jwks = kept.get("jwks") as CachedJwks | undefined;
    const fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
    const invalidationDelayMs = (options.noticeSeconds ?? 1) * 1000;
    this.#instance = { raw, options, fetch, invalidationDelayMs, hasCredentials: Boolean(clientId && clientSecret) };
    this.#generation = generation;
    return this.#instance;
  }

  /** Writes without a wait for it: the runtime lets nothing out before it is written. */
  #persist(key: string, value: unknown): void {
    void this.#storage.put(key, value);
  }

  /** An isolate asks for what it has to hear, and for a token and slots where it needs them. */
  async poll(name: string, request: PollRequest): Promise<PollResponse> {
    const instance = await this.#open(name);
    const { raw } = instance;
    const { logVersion, returned = "", signals = [], hasSucceeded = false, maxWaitMs, timeoutMs = maxWaitMs } = request;
    const now = Date.now();
    this.#acceptReturned(raw, returned);
    // Before what was refused: that is the newer word of the two.
    if (hasSucceeded) callWasm(() => raw.onSuccess());
    for (const { isQuota, retryAfterMs } of signals)
      callWasm(() => raw.onRateLimited(isQuota, retryAfterMs, Date.now()));
    const reply: PollResponse = { invalidations: "", token: null, lease: null, error: null };
    if (request.lease) {
      const { rejectedToken = null } = request.lease;
      if (rejectedToken !== null) callWasm(() => raw.rejectToken(rejectedToken, Date.now()));
      const token = await this.#token(instance, now + timeoutMs);
      if (token.error !== undefined) reply.error = token.error;
      else {
        reply.token = token;
        const lease = await this.#waitForLease(raw, request.lease, now + maxWaitMs);
        if (lease.error !== undefined) reply.error = lease.error;
        else reply.lease = lease;
      }
      // Nothing leaves this object before it is kept: what was granted counts after a restart as well.
      this.#persist(
        "quota",
        callWasm(() => raw.exportQuota()),
      );
    }
    reply.invalidations = callWasm(() => raw.invalidationsSince(logVersion));
    return reply;
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

  /** Tells those who wait what was decided, and comes back when there may be more. */
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
    if (ms !== undefined) this.#timer = setTimeout(() => this.#settleWaiting(raw), ms);
  }

  /** The token, fetched once for all who need it. */
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
        const coming = this.#fetchToken(raw, fetch, state).finally(() => {
          if (this.#tokenRequest === coming) this.#tokenRequest = undefined;
        });
        this.#tokenRequest = coming;
        continue;
      }
      const ms = callWasm(() => raw.tokenWakeInMs(Date.now())) ?? 1000;
      await settledOrTimeout(this.#tokenRequest, Math.min(ms, until - Date.now()));
    }
    return { error: errorBody("UPSTREAM_TIMEOUT", "(the token endpoint)") };
  }

  async #fetchToken(raw: RawQuota, fetch: FetchLike, { requestId, url, headers, body }: TokenStatus): Promise<void> {
    // Status 0: it was not reached.
    let came = { status: 0, lines: "", bytes: new Uint8Array() };
    try {
      came = await withAbortTimeout(TOKEN_TIMEOUT_MS, async (signal) => {
        const response = await fetch(url, {
          method: "POST",
          headers: headerPairs(headers),
          body,
          redirect: "manual",
          signal,
        });
        const lines = headerLines(response.headers, TOKEN_HEADERS);
        // What is too large holds no token: its status says what it is.
        const answer = await readLimited(response, MAX_TOKEN_RESPONSE_BYTES);
        return { status: response.status, lines, bytes: answer ?? new Uint8Array() };
      });
    } catch {
      // As it stands above.
    }
    callWasm(() => raw.onTokenResponse(requestId, came.status, came.lines, came.bytes, Date.now()));
    this.#persist(
      "token",
      callWasm(() => raw.exportToken()),
    );
  }

  /** The identity provider's keys, as JSON text. Those that were had last stay good while their host is down. */
  async jwks(name: string, isUnknown: boolean): Promise<string> {
    const { options, fetch } = await this.#open(name);
    const uri = (typeof options.jwt === "function" ? options.jwt(this.#env as never) : options.jwt)?.jwksUri;
    if (uri === undefined) return "";
    const now = Date.now();
    const had = this.#jwks?.uri === uri ? this.#jwks : undefined;
    const age = had ? now - had.at : Number.POSITIVE_INFINITY;
    const wanted = age > JWKS_FRESH_MS || (isUnknown && age > UNKNOWN_KEY_INTERVAL_MS);
    if (wanted && now - this.#jwksFailedAt > JWKS_RETRY_INTERVAL_MS) {
      this.#jwksRequest ??= fetchJwks(fetch, uri)
        .then((text) => {
          this.#jwks = { uri, at: Date.now(), text };
          this.#persist("jwks", this.#jwks);
        })
        .catch((error: unknown) => {
          this.#jwksFailedAt = Date.now();
          console.error("cisco-support-case gateway: the keys cannot be fetched.", messageOf(error));
        })
        .finally(() => {
          this.#jwksRequest = undefined;
        });
      // Who has keys need not wait for newer ones.
      if (!had || isUnknown) await this.#jwksRequest;
    }
    return this.#jwks?.uri === uri ? this.#jwks.text : "";
  }

  /** Posts invalidations. When it resolves, no isolate answers any more as if it had not logVersion them. */
  async invalidate(name: string, invalidations: Invalidation[]): Promise<void> {
    const { raw, invalidationDelayMs } = await this.#open(name);
    for (const [about, id] of invalidations) {
      if (!callWasm(() => raw.invalidate(about, id, Date.now()))) throw new TypeError(`unknown scope ${about}`);
    }
    await this.#storage.put(
      "invalidations",
      callWasm(() => raw.exportInvalidations()),
    );
    if (invalidationDelayMs > 0) await sleep(invalidationDelayMs + CLOCK_MARGIN_MS);
  }

  /** One of the ledger's entries, by the name of what is done to it. */
  async syncState<W extends SyncStateOperation>(
    work: W,
    ...given: Parameters<SyncState[W]>
  ): Promise<Awaited<ReturnType<SyncState[W]>>> {
    if (!SYNC_STATE_OPERATIONS.includes(work)) throw new TypeError(`unknown operation ${work}`);
    const ledger = this.#syncState as unknown as Record<SyncStateOperation, (...given: unknown[]) => unknown>;
    return (await ledger[work](...given)) as Awaited<ReturnType<SyncState[W]>>;
  }

  /** What is used and left. */
  async budget(name: string): Promise<Budget> {
    const { raw } = await this.#open(name);
    return JSON.parse(callWasm(() => raw.budget(Date.now()))) as Budget;
  }
}

/** The next decision of the wasm, and for which ask. */
function nextDecision(raw: RawQuota): { request: number; outcome: OrError<Lease> } | undefined {
  const decision = raw.nextDecision(Date.now());
  if (!decision) return undefined;
  const { request, error, id, permits, durationMs, waitedMs } = decision;
  decision.free();
  return { request, outcome: error === undefined ? { id, permits, durationMs, waitedMs } : { error } };
}

type TokenStatus = ReturnType<typeof tokenStatus>;

/** How the token stands; `state` is a `SERVICE_TOKEN_…`. */
function tokenStatus(raw: RawQuota) {
  const token = raw.pollToken(Date.now());
  const { state, accessToken, generation, expiresAtMs, renewAtMs, requestId, url, headers, body, error } = token;
  token.free();
  return { state, accessToken, generation, expiresAtMs, renewAtMs, requestId, url, headers, body, error };
}

/** The client's id and secret; none where the partner's function has none. */
async function readCredentials(
  options: GatewayOptions<never>,
  env: unknown,
): Promise<{ clientId?: string; clientSecret?: string }> {
  try {
    return (await options.credentials(env as never)) ?? {};
  } catch (error) {
    console.error("cisco-support-case gateway: credentials failed.", messageOf(error));
    return {};
  }
}
