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
import {
  AttemptCount,
  failureAfter,
  type GatewaySettings,
  type Upstream,
  type UpstreamClient,
  type UpstreamFailure,
  type UpstreamResponse,
} from "./upstream-client.js";
import { callWasm } from "./wasm-instance.js";

/** Grace period after a caller's own deadline, in which the upstream request ends by that deadline itself. */
export const CUTOFF_GRACE_MS = 100;

/** The value of `X-Cache`. */
export type CacheStatus = "HIT" | "STALE" | "SHARED" | "MISS" | "STALE-IF-ERROR";

/** The result of a look-up. */
export type LookupResult =
  | { type: "response"; status: CacheStatus; entry: CacheEntry }
  | { type: "error"; body: string }
  /** The permissions were revoked, or a joined request ended meanwhile: the caller starts again. */
  | { type: "retry" };

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
  /**
   * Adds a number of requests to the service to the audit entry, also if the look-up fails later. It is a promise after a
   * stale response, whose refresh goes on.
   */
  countAttempts: (count: number | Promise<number>) => void;
}

type RequestOutcome = UpstreamResponse | UpstreamFailure;

/** A request to the service that identical requests share. */
interface InFlightRequest {
  result: Promise<RequestOutcome>;
  /** The version of the invalidation log when the request started. */
  logVersion: string;
  startedAt: number;
  /** The latest deadline of the callers that wait for it. */
  deadline: Deadline;
  /** A caller whose time is over does not wait for the result, which has the number of all attempts. */
  attempts: AttemptCount;
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
    if (!(await lookup.isAuthorized())) return { type: "retry" };
    if (outcome.error === undefined) return { type: "response", status: joined ? "SHARED" : "MISS", entry: outcome };
    return this.#staleIfError(lookup, outcome);
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
    const { result, attempts } = this.#start(lookup, Date.now() + this.#settings.timeoutMs);
    const take = () => attempts.takeUnaudited();
    const whenCounted = result.then(take, take);
    lookup.countAttempts(whenCounted);
    lookup.ctx.waitUntil(whenCounted);
    return { type: "response", status: "STALE", entry };
  }

  /** Waits for an identical request in flight. Returns `undefined` if there is none. */
  async #coalesce(lookup: KeyedLookup<Env>): Promise<RequestOutcome | LookupResult | undefined> {
    if (!this.#joinable(lookup.key)) return undefined;
    if (!(await lookup.isAuthorized())) return { type: "retry" };
    const request = this.#joinable(lookup.key);
    // The request has ended meanwhile, and its response is in the cache.
    if (!request) return { type: "retry" };
    // A request that started before a purge must not answer one that came after it.
    if (request.logVersion !== this.#client.logVersion()) return undefined;
    const before = request.deadline.at;
    const outcome = await this.#wait(request, lookup);
    // The joined request ended by the deadline of its first callers, before anything was sent.
    const isEarly = before < lookup.deadline && Date.now() < lookup.deadline;
    if (!isEarly || outcome.error === undefined || outcome.attempts > 0) return outcome;
    const next = this.#joinable(lookup.key);
    return next && this.#wait(next, lookup);
  }

  /** Waits for a request in flight until the caller's deadline, and extends the request's own deadline to that. */
  #wait(request: InFlightRequest, { deadline, countAttempts }: KeyedLookup<Env>): Promise<RequestOutcome> {
    request.deadline.extend(deadline);
    const outcome = this.#outcomeBy(request, deadline, countAttempts);
    // The error is in the first caller's response.
    return outcome.catch(() => timeoutFailure(request.attempts.total));
  }

  /** Sends the request to the service. */
  #fetch(lookup: KeyedLookup<Env>): Promise<RequestOutcome> {
    const request = this.#start(lookup, lookup.deadline);
    return this.#outcomeBy(request, lookup.deadline + CUTOFF_GRACE_MS, lookup.countAttempts);
  }

  /** Waits for the outcome of a request until a time, and counts the attempts that no other caller has counted. */
  async #outcomeBy(
    { result, attempts }: InFlightRequest,
    untilMs: number,
    countAttempts: Lookup<Env>["countAttempts"],
  ): Promise<RequestOutcome> {
    try {
      return await withTimeout(result, untilMs - Date.now());
    } catch (error) {
      if (error instanceof TimeoutError) return timeoutFailure(attempts.total);
      throw error;
    } finally {
      countAttempts(attempts.takeUnaudited());
    }
  }

  /** Returns an old response in place of an error, if the policy and the kind of error allow it. */
  async #staleIfError(lookup: KeyedLookup<Env>, failure: UpstreamFailure): Promise<LookupResult> {
    const { key, noCache } = lookup;
    const entry =
      failure.canServeStale && !noCache
        ? (this.#cache.getFromMemory(key) ?? (await this.#cache.getFromDataCenter(key)))
        : undefined;
    if (entry && this.#freshness(lookup, entry) <= FRESHNESS_STALE_IF_ERROR) {
      return { type: "response", status: "STALE-IF-ERROR", entry };
    }
    return { type: "error", body: failure.error };
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
    const attempts = new AttemptCount();
    const result = this.#client.run(call, env, ctx, upstream, until, attempts);
    const logVersion = this.#client.logVersion();
    const request = { result, logVersion, startedAt: Date.now(), deadline: until, attempts };
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

const timeoutFailure = (attempts: number): UpstreamFailure => failureAfter(attempts, errorBody("UPSTREAM_TIMEOUT", ""));
