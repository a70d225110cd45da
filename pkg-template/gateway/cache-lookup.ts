// The gateway's cache look-up: finds the response to an authorized request, in the cache or at the service.
//
//                       ┌────────────┐ fresh, or stale    ┌───────────────────────────┐
//   look-up ───────────▶│ from cache │───────────────────▶│ response HIT, STALE       │
//                       └─────┬──────┘                    └───────────────────────────┘
//                             │ nothing, or too old         (a stale one starts a refresh)
//                       ┌─────▼──────┐ joined             ┌───────────────────────────┐
//                       │  coalesce  │───────────────────▶│ response SHARED           │
//                       └─────┬──────┘                    └───────────────────────────┘
//                             │ no request to join
//                       ┌─────▼──────┐ success            ┌───────────────────────────┐
//                       │   fetch    │───────────────────▶│ response MISS             │
//                       └─────┬──────┘                    └───────────────────────────┘
//                             │ failure (also of a joined request)
//                       ┌─────▼──────────┐ old enough     ┌───────────────────────────┐
//                       │ stale if error │───────────────▶│ response STALE-IF-ERROR   │
//                       └─────┬──────────┘                └───────────────────────────┘
//                             └──────────────────────────▶ error
//
// Before each response the invalidation log is checked (`isAuthorized`). If the permissions were revoked meanwhile, the
// result is `retry`: the caller loads the permissions again and starts from the beginning.

import { FRESHNESS_FRESH, FRESHNESS_STALE, FRESHNESS_STALE_IF_ERROR } from "../generated/boundary.js";
import { errorBody, type RawGateway, type RawRequest } from "../wasm/gateway.js";
import type { Context } from "./options.js";
import type { CacheEntry, ResponseCache } from "./response-cache.js";
import { Deadline, TimeoutError, withTimeout } from "./timeout.js";
import type {
  GatewaySettings,
  Upstream,
  UpstreamClient,
  UpstreamFailure,
  UpstreamResponse,
} from "./upstream-client.js";
import { callWasm } from "./wasm-instance.js";

/** Grace period after a caller's own deadline, in which the upstream request ends by that deadline itself. */
export const CUTOFF_GRACE_MS = 100;

/** The value of `X-Cache`. */
export type CacheStatus = "HIT" | "STALE" | "SHARED" | "MISS" | "STALE-IF-ERROR";

/**
 * The result of a look-up. `attempts` is the number of requests to the service for this caller; it is left out if the
 * look-up ended before one was needed. After a stale response it is a promise, since its refresh goes on.
 */
export type LookupResult =
  | { type: "response"; status: CacheStatus; entry: CacheEntry; attempts?: number | Promise<number> }
  | { type: "error"; body: string; attempts?: number }
  /** The permissions were revoked, or a joined request ended meanwhile: the caller starts again. */
  | { type: "retry"; attempts?: number };

/** The request to look up, with what a look-up needs of it. */
export interface Lookup<Env> {
  parsed: RawRequest;
  env: Env;
  ctx: Context;
  upstream: Upstream;
  /** The key of the upstream, which keeps the responses of different services apart. */
  upstreamKey: string;
  /** The deadline of the request, in milliseconds since 1970. */
  deadline: number;
  /** Whether a cached response and a request in flight must not be used. */
  noCache: boolean;
  /** Polls the invalidation log if it is due, and returns whether the request is still authorized. */
  isAuthorized: () => Promise<boolean>;
}

/** A request to the service that identical requests share. */
interface InFlightRequest {
  result: Promise<UpstreamResponse | UpstreamFailure>;
  /** The version of the invalidation log when the request started. */
  logVersion: string;
  startedAt: number;
  /** The latest deadline of the callers that wait for it. */
  deadline: Deadline;
}

/** A look-up with its key in the cache. */
type KeyedLookup<Env> = Lookup<Env> & { key: string };

/** The responses of one isolate: cached ones, and those in flight. */
export class CacheLookup<Env> {
  #raw: () => RawGateway;
  #settings: GatewaySettings;
  #cache: ResponseCache;
  #client: UpstreamClient<Env>;
  #inFlight = new Map<string, InFlightRequest>();

  constructor(raw: () => RawGateway, settings: GatewaySettings, cache: ResponseCache, client: UpstreamClient<Env>) {
    this.#raw = raw;
    this.#settings = settings;
    this.#cache = cache;
    this.#client = client;
  }

  /** Finds the response to a request. */
  async find(request: Lookup<Env>): Promise<LookupResult> {
    const lookup = { ...request, key: `${request.upstreamKey}/${request.parsed.cacheKey()}` };
    const cached = lookup.noCache ? undefined : await this.#fromCache(lookup);
    if (cached) return cached;
    const joined = lookup.noCache ? undefined : await this.#coalesce(lookup);
    if (joined && "type" in joined) return joined;
    const outcome = joined ?? (await this.#fetch(lookup));
    const attempts = joined ? 0 : outcome.attempts;
    if (!(await lookup.isAuthorized())) return { type: "retry", attempts };
    if (outcome.error === undefined) {
      return { type: "response", status: joined ? "SHARED" : "MISS", entry: outcome, attempts };
    }
    return this.#staleIfError(lookup, outcome, attempts);
  }

  /** Returns a fresh or stale response from the cache, and refreshes a stale one. */
  async #fromCache(lookup: KeyedLookup<Env>): Promise<LookupResult | undefined> {
    let entry = await this.#freshestEntry(lookup);
    if (!entry || this.#freshness(lookup, entry) > FRESHNESS_STALE) return undefined;
    if (!(await lookup.isAuthorized())) return { type: "retry" };
    // The invalidation log may have purged the entry just now; another isolate may have cached a new one already.
    if (this.#freshness(lookup, entry) > FRESHNESS_STALE) entry = await this.#freshestEntry(lookup);
    const freshness = entry && this.#freshness(lookup, entry);
    if (!entry || freshness === undefined || freshness > FRESHNESS_STALE) return undefined;
    if (freshness === FRESHNESS_FRESH) return { type: "response", status: "HIT", entry };
    if (this.#joinable(lookup.key)) return { type: "response", status: "STALE", entry };
    const { result } = this.#start(lookup, Date.now() + this.#settings.timeoutMs);
    const attempts = result.then((outcome) => outcome.attempts).catch(() => 0);
    lookup.ctx.waitUntil(attempts);
    return { type: "response", status: "STALE", entry, attempts };
  }

  /** Waits for an identical request in flight. Returns `undefined` if there is none. */
  async #coalesce(lookup: KeyedLookup<Env>): Promise<UpstreamResponse | UpstreamFailure | LookupResult | undefined> {
    if (!this.#joinable(lookup.key)) return undefined;
    if (!(await lookup.isAuthorized())) return { type: "retry" };
    const request = this.#joinable(lookup.key);
    // The request has ended meanwhile, and its response is in the cache.
    if (!request) return { type: "retry" };
    // A request that started before a purge must not answer one that came after it.
    if (request.logVersion !== this.#client.logVersion()) return undefined;
    const before = request.deadline.at;
    const outcome = await this.#wait(request, lookup.deadline);
    // The joined request ended by the deadline of its first callers, before anything was sent.
    const isEarly = before < lookup.deadline && Date.now() < lookup.deadline;
    if (!isEarly || outcome.error === undefined || outcome.attempts > 0) return outcome;
    const next = this.#joinable(lookup.key);
    return next && this.#wait(next, lookup.deadline);
  }

  /** Waits for a request in flight until a deadline, and extends the request's own deadline to that. */
  #wait(request: InFlightRequest, deadline: number): Promise<UpstreamResponse | UpstreamFailure> {
    request.deadline.extend(deadline);
    return withTimeout(request.result, deadline - Date.now()).catch(timeoutFailure);
  }

  /** Sends the request to the service. */
  #fetch(lookup: KeyedLookup<Env>): Promise<UpstreamResponse | UpstreamFailure> {
    const { result } = this.#start(lookup, lookup.deadline);
    return withTimeout(result, lookup.deadline - Date.now() + CUTOFF_GRACE_MS).catch((error: unknown) => {
      if (error instanceof TimeoutError) return timeoutFailure();
      throw error;
    });
  }

  /** Returns an old response in place of an error, if the policy and the kind of error allow it. */
  async #staleIfError(lookup: KeyedLookup<Env>, failure: UpstreamFailure, attempts: number): Promise<LookupResult> {
    const { key, noCache } = lookup;
    const entry =
      failure.canServeStale && !noCache
        ? (this.#cache.getFromMemory(key) ?? (await this.#cache.getFromDataCenter(key)))
        : undefined;
    if (entry && this.#freshness(lookup, entry) <= FRESHNESS_STALE_IF_ERROR) {
      return { type: "response", status: "STALE-IF-ERROR", entry, attempts };
    }
    return { type: "error", body: failure.error, attempts };
  }

  /** Returns the entry of this isolate if it is fresh, otherwise that of the data center. */
  async #freshestEntry(lookup: KeyedLookup<Env>): Promise<CacheEntry | undefined> {
    const near = this.#cache.getFromMemory(lookup.key);
    if (near && this.#freshness(lookup, near) === FRESHNESS_FRESH) return near;
    return (await this.#cache.getFromDataCenter(lookup.key)) ?? near;
  }

  #freshness({ parsed }: KeyedLookup<Env>, entry: CacheEntry): number {
    return callWasm(() => parsed.freshness(this.#raw(), entry.metadata, Date.now()));
  }

  /**
   * Returns the request in flight with a key, unless it started longer ago than a request may take: otherwise callers
   * that join a request without a response could extend its deadline without end.
   */
  #joinable(key: string): InFlightRequest | undefined {
    const request = this.#inFlight.get(key);
    return request && Date.now() - request.startedAt < this.#settings.timeoutMs ? request : undefined;
  }

  /**
   * Starts a request that identical ones can join, and caches its response. It runs to completion (`waitUntil`) even if
   * the first caller disconnects.
   */
  #start({ key, parsed, env, ctx, upstream }: KeyedLookup<Env>, deadline: number): InFlightRequest {
    const call = callWasm(() => parsed.upstreamCall(deadline));
    if (!call) throw new TypeError("the request has no upstream call");
    const until = new Deadline(deadline);
    const result = this.#client.run(call, env, ctx, upstream, until);
    const request = { result, logVersion: this.#client.logVersion(), startedAt: Date.now(), deadline: until };
    this.#inFlight.set(key, request);
    const complete = async () => {
      // The caller handles the error.
      const outcome = await result.catch(() => undefined);
      if (this.#inFlight.get(key) === request) this.#inFlight.delete(key);
      if (outcome && outcome.error === undefined && this.#settings.cache) await this.#cache.put(key, outcome);
    };
    ctx.waitUntil(complete());
    return request;
  }
}

const timeoutFailure = (): UpstreamFailure => ({
  error: errorBody("UPSTREAM_TIMEOUT", ""),
  canServeStale: true,
  attempts: 0,
});
