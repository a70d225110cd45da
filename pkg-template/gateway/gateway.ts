// The gateway's face: a Worker's handler. What is decided is decided in the wasm; here requests, the identity provider,
// the partner's functions, the caches, the Durable Object and the service are asked.

import {
  FRESHNESS_FRESH,
  FRESHNESS_STALE_IF_ERROR,
  FRESHNESS_STALE,
  REQUEST_RESPONDED,
  REQUEST_HEALTH,
  REQUEST_UNCACHED_CASES,
} from "../generated/boundary.js";
import { headerLines, headerPairs } from "../util/headers.js";
import { errorBody, type RawRequest, RawGateway } from "../wasm/gateway.js";
import { pseudonym } from "./audit.js";
import {
  type UpstreamResponse,
  UpstreamClient,
  type UpstreamFailure,
  GatewayError,
  type FetchLike,
  INCOMPLETE_STEP_MS,
  type GatewaySettings,
  type SyncHost,
  type Upstream,
} from "./upstream-client.js";
import { type QuotaObject, type Invalidation, retryOnce } from "./quota-object.js";
import { type CacheEntry, ResponseCache } from "./response-cache.js";
import { type UncheckedIdentity, type VerifiedIdentity, JwtVerifier, type IdentityError } from "./jwt-verifier.js";
import { sha256Hex } from "./hmac.js";
import { callWasm, generation } from "./wasm-instance.js";
import type { AuditEntry, Context, Gateway, GatewayOptions, Identity, JwtOptions, Scheduled, Sync } from "./options.js";
import { messageOf } from "./error-message.js";
import { Deadline, TimeoutError, SingleFlight, withTimeout } from "./timeout.js";

/** A gateway of this Worker. */
interface Registered {
  /** Its options, as JSON text. */
  text: string;
  options: GatewayOptions<never>;
}

/** The gateways of this Worker by name, for the Durable Object: it gets no options of its own. */
const registered = new Map<string, Registered>();

export const registeredGateway = (name: string): Registered | undefined => registered.get(name);

/** What is read of a request's headers in the wasm. */
const REQUEST_HEADERS = [
  "origin",
  "authorization",
  "access-control-request-method",
  "access-control-request-headers",
  "sec-fetch-site",
  "cache-control",
];

/** So many origins that may not ask are named in the log, each once. */
const MAX_LOGGED_ORIGINS = 20;

/** How often a request begins anew where what an identity may see was revoked under its hands. */
const MAX_AUTHORIZATION_ROUNDS = 3;

/** What is said of the gateway's health is as old as this at most … */
const HEALTH_TTL_MS = 2000;
/** … and looked for no longer than this. */
const HEALTH_TIMEOUT_MS = 3000;

/** Who began to ask may wait so long for its end, after its own deadline: it is cut off by that. */
const CUTOFF_GRACE_MS = 100;

const LOG = "cisco-support-case gateway:";

/**
 * Makes a gateway: the service's four routes below a prefix, and `/health`, for pages that may not have the secret.
 *
 * ```ts
 * export { CaseQuota } from "cisco-support-case/gateway";
 * export default createGateway<Env>({
 *   credentials: (env) => ({ clientId: env.CISCO_CLIENT_ID, clientSecret: env.CISCO_CLIENT_SECRET }),
 *   jwt: { issuer: "https://login.example", audience: "cases", jwksUri: "https://login.example/jwks", algorithms: ["RS256"] },
 *   permissions: { contract_ids: "contracts" },
 *   quota: (env) => env.CASE_QUOTA,
 * });
 * ```
 */
export function createGateway<Env = unknown>(
  options: GatewayOptions<Env> & {
    /** What a scheduled run does. */
    sync: Sync<Env>;
  },
): Gateway<Env> & Scheduled<Env>;
/** The same without a sync: it answers requests only. */
export function createGateway<Env = unknown>(options: GatewayOptions<Env>): Gateway<Env>;
export function createGateway<Env>(options = {} as GatewayOptions<Env>): Gateway<Env> & Partial<Scheduled<Env>> {
  const text = optionsAsJson(options);
  let settings: GatewaySettings;
  try {
    settings = JSON.parse(new RawGateway(text).settings()) as GatewaySettings;
  } catch (error) {
    throw new TypeError(`createGateway: ${messageOf(error)}`);
  }
  for (const sentence of settings.missing) console.error(`${LOG} every request is refused: ${sentence}.`);
  registered.set(settings.name, { text, options });
  const gateway = new RequestHandler(text, options, settings);
  const handler: Gateway<Env> & Partial<Scheduled<Env>> = {
    fetch: (request, env, ctx) => gateway.fetch(request, env, ctx),
    revoke: (env, whose) => gateway.invalidate(env, revocations(whose)),
    purge: (env, what) => gateway.invalidate(env, purges(what)),
  };
  const { sync } = options;
  if (sync) handler.scheduled = (_event, env, ctx) => gateway.sync(sync, env, ctx);
  return handler;
}

/** Options as JSON text. What JSON has no word for is named, so that it is refused by name. */
function optionsAsJson(options: unknown): string {
  const { audit, ...rest } = Object(options) as Record<string, unknown>;
  const given = audit === false || audit === undefined ? rest : { ...rest, audit };
  const asJson = (_: string, value: unknown) =>
    typeof value === "function" ? "[function]" : value instanceof RegExp ? { "[regexp]": value.source } : value;
  return JSON.stringify(given, asJson) ?? "null";
}

function revocations(whose: unknown): Invalidation[] {
  if (whose === "everybody") return [["everybody", ""]];
  const list = ["subject", "tenant"].flatMap((name): Invalidation[] => {
    const id = (whose as Record<string, unknown> | null | undefined)?.[name];
    return typeof id === "string" ? [[name, id]] : [];
  });
  if (list.length === 0) throw new TypeError('revoke: expected { subject }, { tenant } or "everybody"');
  return list;
}

function purges(what: unknown): Invalidation[] {
  if (what === "everything") return [["everything", ""]];
  const ids: unknown = (what as { contract_ids?: unknown } | null | undefined)?.contract_ids;
  if (!Array.isArray(ids) || ids.length === 0 || !ids.every((id): id is string => typeof id === "string")) {
    throw new TypeError('purge: expected { contract_ids: […] } or "everything"');
  }
  return ids.map((id) => ["contract", id.trim()]);
}

/** What is noted of a request, for its audit. */
interface AuditRecord {
  requestId: string;
  attempts: number;
  cache: string;
  route?: string;
  ids?: string[];
  tenant?: string;
  subject?: string;
  code?: string;
}

/** What the options say of an env. */
interface EnvSettings<Env> {
  env: Env;
  jwt: JwtOptions | undefined;
  upstream: Upstream;
}

/** What `/health` says. */
interface Health {
  status: "ok" | "down";
  configured: boolean;
  quota: "reachable" | "unreachable" | "unknown";
}

/** What is being asked of the service, and how much had been heard when that began. */
interface InFlightRequest {
  result: Promise<UpstreamResponse | UpstreamFailure>;
  logVersion: string;
  /** When it began. */
  startedAt: number;
  /** By when it is to be over: the latest deadline of those who wait for it. */
  deadline: Deadline;
}

class RequestHandler<Env> {
  #text: string;
  #options: GatewayOptions<Env>;
  #settings: GatewaySettings;
  #rawGateway: RawGateway | undefined;
  #generation: number | undefined;
  #jwtVerifier = new JwtVerifier();
  #cache: ResponseCache;
  #upstream: UpstreamClient<Env>;
  #fetch: FetchLike;
  /** What is being asked of the service, by key. */
  #inFlight = new Map<string, InFlightRequest>();
  #health: Health | undefined;
  #healthCheck = new SingleFlight(HEALTH_TTL_MS, 2 * HEALTH_TIMEOUT_MS);
  #envSettings: EnvSettings<Env> | undefined;
  /** The regular expressions among `cors.origins`, which hold for a whole origin. */
  #originPatterns: RegExp[];
  /** The origins that were named in the log. */
  #loggedOrigins = new Set<string>();

  constructor(text: string, options: GatewayOptions<Env>, settings: GatewaySettings) {
    this.#text = text;
    this.#options = options;
    this.#settings = settings;
    const origins: unknown[] = [options.cors?.origins].flat();
    this.#originPatterns = origins.flatMap((pattern) =>
      pattern instanceof RegExp ? [new RegExp(`^(?:${pattern.source})$`, pattern.flags.replace(/[gy]/g, ""))] : [],
    );
    this.#cache = new ResponseCache(settings.memoryBytes, Math.ceil(settings.maxCacheAgeMs / 1000) + 3600);
    this.#fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
    this.#upstream = new UpstreamClient(
      () => this.#raw(),
      settings,
      this.#fetch,
      (env) => this.#quotaObject(env),
    );
  }

  #raw(): RawGateway {
    if (!this.#rawGateway || this.#generation !== generation) {
      this.#rawGateway = new RawGateway(this.#text);
      this.#generation = generation;
    }
    return this.#rawGateway;
  }

  /** The Durable Object, asked by a stub of its own each time: one that has failed once fails again. */
  #quotaObject(env: Env): QuotaObject {
    const stub = () => {
      const namespace = this.#options.quota(env);
      return namespace.get(namespace.idFromName(this.#settings.name)) as QuotaObject;
    };
    return {
      poll: (...given) => retryOnce(() => stub().poll(...given)),
      returnLeases: (...given) => retryOnce(() => stub().returnLeases(...given)),
      jwks: (...given) => retryOnce(() => stub().jwks(...given)),
      invalidate: (...given) => retryOnce(() => stub().invalidate(...given)),
      syncState: (...given) => retryOnce(() => stub().syncState(...given)),
    };
  }

  async fetch(request: Request, env: Env, ctx: Context): Promise<Response> {
    const started = Date.now();
    const audit: AuditRecord = { requestId: crypto.randomUUID(), attempts: 0, cache: "" };
    let parsed: RawRequest | undefined;
    let response: Response;
    try {
      const hasBody = await hasRequestBody(request, this.#settings.timeoutMs);
      const rawRequest = this.#parse(request, env, audit.requestId, hasBody);
      parsed = rawRequest;
      if (this.#options.audit !== false)
        [audit.route, audit.ids] = callWasm(() => [rawRequest.route(), rawRequest.ids()]);
      response = await this.#respond(rawRequest, request, env, ctx, started + this.#settings.timeoutMs, audit);
    } catch (error) {
      console.error(`${LOG} a defect.`, error);
      response = this.#internalErrorResponse(audit);
    } finally {
      try {
        parsed?.free();
      } catch {
        // It went with its module.
      }
    }
    if (this.#options.audit !== false) {
      ctx.waitUntil(
        this.#writeAudit(audit, response.status, Date.now() - started, env).catch((error) => console.error(error)),
      );
    }
    return response;
  }

  #parse(request: Request, env: Env, requestId: string, hasBody: boolean): RawRequest {
    const { method, url, headers } = request;
    const isAllowed = this.#isOriginAllowed(headers.get("origin"), env);
    return callWasm(() =>
      this.#raw().parse(requestId, method, url, headerLines(headers, REQUEST_HEADERS), hasBody, isAllowed),
    );
  }

  /** Whether a function or a regular expression of the options allows a page's origin. */
  #isOriginAllowed(origin: string | null, env: Env): boolean {
    if (origin === null || origin === "null") return false;
    const origins = this.#options.cors?.origins;
    if (typeof origins !== "function") return this.#originPatterns.some((pattern) => pattern.test(origin));
    try {
      // A promise is no answer: what comes of it would come too late.
      return (origins(origin, env) as unknown) === true;
    } catch (error) {
      console.error(`${LOG} cors.origins failed.`, messageOf(error));
      return false;
    }
  }

  /** Says in the log which origin is missing, since the page's developer reads of it in the page alone. */
  #logOrigin(origin: string | null): void {
    if (origin === null || this.#loggedOrigins.has(origin) || this.#loggedOrigins.size >= MAX_LOGGED_ORIGINS) return;
    this.#loggedOrigins.add(origin);
    const shown = JSON.stringify(origin.slice(0, 200));
    console.warn(`${LOG} ORIGIN_NOT_ALLOWED: pages of ${shown} may not parsed. To allow them, add it to cors.origins.`);
  }

  async #respond(
    parsed: RawRequest,
    request: Request,
    env: Env,
    ctx: Context,
    deadline: number,
    audit: AuditRecord,
  ): Promise<Response> {
    const respond = () => this.#errorResponse(parsed, request.headers.get("origin"), audit);
    const state = parsed.state();
    if (state === REQUEST_RESPONDED) return respond();
    if (state === REQUEST_HEALTH) return this.#healthResponse(parsed, env, ctx);
    const noCache = state === REQUEST_UNCACHED_CASES || !this.#settings.cache;
    const fail = (body: string) => {
      callWasm(() => parsed.rejectWithBody(body));
      return respond();
    };
    try {
      const identity = await this.#authenticate(parsed, request, env, ctx, deadline, audit);
      if ("code" in identity) {
        callWasm(() => parsed.rejectWithCode(identity.code, identity.detail));
        return respond();
      }
      const { upstream } = this.#settingsFor(env);
      for (let round = 0; round < MAX_AUTHORIZATION_ROUNDS; round += 1) {
        const isKnown = callWasm(() => this.#raw().hasPrincipal(identity.text, Date.now()));
        if (!isKnown) await this.#loadPermissions(identity, env, deadline);
        if (!callWasm(() => parsed.authorize(this.#raw(), identity.text, identity.issuedAtMs, Date.now()))) continue;
        if (this.#options.audit !== false) audit.tenant = parsed.tenant() ?? "";
        if (parsed.state() === REQUEST_RESPONDED) return respond();
        const answer = await this.#find(parsed, identity.text, env, ctx, upstream, deadline, audit, noCache);
        if (answer && "error" in answer) return fail(answer.error);
        if (answer) return answer;
      }
      return fail(errorBody("PERMISSIONS_UNAVAILABLE", ""));
    } catch (error) {
      if (error instanceof GatewayError) return fail(error.body);
      throw error;
    }
  }

  /** What the options say of an env, asked once: it is the same for an isolate's whole life. */
  #settingsFor(env: Env): EnvSettings<Env> {
    if (this.#envSettings?.env === env) return this.#envSettings;
    const { jwt, upstream } = this.#options;
    try {
      const rules = typeof jwt === "function" ? checkJwtOptions(jwt(env)) : jwt;
      this.#envSettings = { env, jwt: rules, upstream: upstream?.(env) ?? {} };
    } catch (error) {
      console.error(`${LOG} every request is refused: jwt or upstream cannot be used.`, messageOf(error));
      throw new GatewayError(errorBody("GATEWAY_NOT_CONFIGURED", ""));
    }
    return this.#envSettings;
  }

  /** Who asks: the text by which it is known here, or a code. */
  async #authenticate(
    parsed: RawRequest,
    request: Request,
    env: Env,
    ctx: Context,
    deadline: number,
    audit: AuditRecord,
  ): Promise<{ text: string; value: UncheckedIdentity; issuedAtMs: number | undefined } | IdentityError> {
    const rules = this.#options.jwt && this.#settingsFor(env).jwt;
    let found: VerifiedIdentity | IdentityError;
    if (rules) {
      const tolerance = rules.clockToleranceSeconds ?? this.#settings.clockToleranceSeconds;
      const fetchKeys = (isUnknown: boolean) => {
        const fetching = this.#fetchJwks(env, isUnknown);
        // Others may wait for it after this request has ended.
        ctx.waitUntil(fetching);
        return fetching;
      };
      const { header = "authorization" } = rules;
      // One that a proxy adds is none that a browser tells its answers apart by.
      if (header.toLowerCase() !== "authorization") callWasm(() => parsed.disableBrowserCache());
      found = await this.#jwtVerifier.verify(request.headers.get(header), rules, tolerance, fetchKeys, deadline);
    } else {
      found = await this.#authenticateByFunction(request, env, deadline);
    }
    if ("code" in found) return found;
    const { identity } = found;
    if (rules && typeof this.#options.jwt === "function") identity.tenant = tenantFromClaim(identity, rules);
    audit.subject = `${identity.issuer ?? ""} ${identity.subject}`;
    const text = (found.text ??= JSON.stringify(identity));
    // A sign-in that is remembered as verified has been looked at.
    if (!found.isChecked) {
      const wrong = callWasm(() => this.#raw().checkIdentity(text));
      if (wrong) throw new GatewayError(wrong);
      found.isChecked = true;
    }
    return { text, value: identity, issuedAtMs: found.issuedAtMs };
  }

  /** The partner's own word for it. */
  async #authenticateByFunction(
    request: Request,
    env: Env,
    deadline: number,
  ): Promise<VerifiedIdentity | IdentityError> {
    let identity: unknown;
    try {
      // Without it no request comes so far.
      identity = await withTimeout(this.#options.authorize?.(request, env), deadline - Date.now());
    } catch (error) {
      console.error(`${LOG} authorize failed.`, messageOf(error));
      return { code: "IDENTITY_UNAVAILABLE", detail: "" };
    }
    if (typeof identity !== "object" && identity) return { code: "IDENTITY_INVALID", detail: "(no object)" };
    if (!identity)
      return { code: request.headers.has("authorization") ? "IDENTITY_INVALID" : "IDENTITY_MISSING", detail: "" };
    const { claims, iat = (claims as UncheckedIdentity["claims"])?.iat } = identity as UncheckedIdentity & {
      iat?: unknown;
    };
    // A session of the partner's own is as new as the answer, unless it says when it was made.
    return { identity, issuedAtMs: typeof iat === "number" ? iat * 1000 : undefined };
  }

  /** The identity provider's keys, as the keeper has them. None where it has none or cannot be reached. */
  async #fetchJwks(env: Env, isUnknown: boolean): Promise<string | undefined> {
    try {
      return await withTimeout(this.#quotaObject(env).jwks(this.#settings.name, isUnknown), this.#settings.timeoutMs);
    } catch (error) {
      console.error(`${LOG} the keys cannot be had.`, messageOf(error));
      return undefined;
    }
  }

  /** Finds out what an identity may see, and remembers it. */
  async #loadPermissions(
    { text, value }: { text: string; value: UncheckedIdentity },
    env: Env,
    deadline: number,
  ): Promise<void> {
    if (!callWasm(() => this.#raw().isCurrent(Date.now()))) await this.#upstream.poll(env, null, deadline);
    const logVersion = this.#upstream.logVersion();
    const { permissions } = this.#options;
    const wrong = callWasm(() => this.#raw().checkClaimedPermissions(text));
    if (wrong !== undefined) {
      const { error } = JSON.parse(wrong) as { error: { message: string } };
      console.error(`${LOG} the permissions cannot be used.`, error.message);
      throw new GatewayError(wrong);
    }
    let given = callWasm(() => this.#raw().claimedPermissions(text));
    let canonical: string;
    try {
      if (given === undefined) {
        // What is neither claims nor a function was refused with the options.
        const asked = (permissions as (identity: Identity, env: Env) => unknown)(value as Identity, env);
        const seen = await withTimeout(asked, deadline - Date.now());
        given = JSON.stringify(seen, (_, item: unknown) => (item instanceof Set ? [...item] : item)) ?? "null";
      }
      const permitted = given;
      canonical = callWasm(() => this.#raw().canonicalPermissions(text, permitted));
    } catch (error) {
      console.error(`${LOG} the permissions cannot be used.`, messageOf(error));
      throw new GatewayError(errorBody("PERMISSIONS_UNAVAILABLE", ""));
    }
    const scope = await sha256Hex(canonical);
    const permitted = given;
    // What went against it was revoked meanwhile: the next round asks again.
    callWasm(() => this.#raw().cachePermissions(text, permitted, scope, logVersion, Date.now()));
  }

  /** An answer, kept or fetched. None where what the identity may see has been revoked meanwhile. */
  async #find(
    parsed: RawRequest,
    identity: string,
    env: Env,
    ctx: Context,
    upstream: Upstream,
    deadline: number,
    audit: AuditRecord,
    noCache: boolean,
  ): Promise<Response | UpstreamFailure | undefined> {
    const key = `${await this.#upstreamKey(upstream)}/${parsed.cacheKey()}`;
    const isNear = () => this.#isStillAuthorized(parsed, identity, env, deadline);
    const freshness = (entry: CacheEntry) => callWasm(() => parsed.freshness(this.#raw(), entry.metadata, Date.now()));
    const look = async () => {
      const near = this.#cache.getFromMemory(key);
      return near && freshness(near) === FRESHNESS_FRESH ? near : ((await this.#cache.getFromDataCenter(key)) ?? near);
    };
    let entry = noCache ? undefined : await look();
    if (entry && freshness(entry) <= FRESHNESS_STALE) {
      if (!(await isNear())) return undefined;
      // By what was heard just now it may be purged, and another isolate may have asked anew already.
      if (freshness(entry) > FRESHNESS_STALE) entry = await look();
      const state = entry && freshness(entry);
      if (entry && state === FRESHNESS_FRESH) return this.#successResponse(parsed, entry, "HIT", audit);
      if (entry && state === FRESHNESS_STALE) {
        if (!this.#inFlightRequest(key)) {
          const { result } = this.#startRequest(key, parsed, env, ctx, upstream, Date.now() + this.#settings.timeoutMs);
          ctx.waitUntil(result.catch(() => {}));
        }
        return this.#successResponse(parsed, entry, "STALE", audit);
      }
    }
    let running: InFlightRequest | undefined;
    if (!noCache && this.#inFlightRequest(key)) {
      if (!(await isNear())) return undefined;
      running = this.#inFlightRequest(key);
      // It has come meanwhile, and is found where answers are kept.
      if (!running) return undefined;
      // Whoever comes after something was purged is not to hear what was asked before that.
      if (running.logVersion !== this.#upstream.logVersion()) running = undefined;
    }
    const late = (): UpstreamFailure => ({
      error: errorBody("UPSTREAM_TIMEOUT", ""),
      canServeStale: true,
      attempts: 0,
    });
    const before = running?.deadline.at ?? deadline;
    running?.deadline.extend(deadline);
    let result = running && (await withTimeout(running.result, deadline - Date.now()).catch(late));
    // It was given up before anything was sent, when those who had begun it had no more time.
    const isEarly = before < deadline && Date.now() < deadline;
    if (isEarly && running && result?.error !== undefined && result.attempts === 0) {
      running = this.#inFlightRequest(key);
      running?.deadline.extend(deadline);
      result = running && (await withTimeout(running.result, deadline - Date.now()).catch(late));
    }
    result ??= await withTimeout(
      this.#startRequest(key, parsed, env, ctx, upstream, deadline).result,
      deadline - Date.now() + CUTOFF_GRACE_MS,
    ).catch((error: unknown) => {
      if (error instanceof TimeoutError) return late();
      throw error;
    });
    audit.attempts = running ? 0 : result.attempts;
    if (!(await isNear())) return undefined;
    if (result.error === undefined) return this.#successResponse(parsed, result, running ? "SHARED" : "MISS", audit);
    entry =
      result.canServeStale && !noCache
        ? (this.#cache.getFromMemory(key) ?? (await this.#cache.getFromDataCenter(key)))
        : undefined;
    if (entry && freshness(entry) <= FRESHNESS_STALE_IF_ERROR)
      return this.#successResponse(parsed, entry, "STALE-IF-ERROR", audit);
    return result;
  }

  /**
   * What is being asked of the service by a key, if it may be waited for. It is so only for as long as a request takes:
   * otherwise those who wait for one that hangs could put off its end for ever.
   */
  #inFlightRequest(key: string): InFlightRequest | undefined {
    const asking = this.#inFlight.get(key);
    return asking && Date.now() - asking.startedAt < this.#settings.timeoutMs ? asking : undefined;
  }

  /** Asks the service, for all who ask the same meanwhile. Whoever asked first may go: it is brought to its end. */
  #startRequest(
    key: string,
    parsed: RawRequest,
    env: Env,
    ctx: Context,
    upstream: Upstream,
    deadline: number,
  ): InFlightRequest {
    const call = callWasm(() => parsed.upstreamCall(deadline));
    if (!call) throw new TypeError("nothing is asked of the service");
    const until = new Deadline(deadline);
    const result = this.#upstream.run(call, env, ctx, upstream, until);
    const asking = { result, logVersion: this.#upstream.logVersion(), startedAt: Date.now(), deadline: until };
    this.#inFlight.set(key, asking);
    const ended = async () => {
      // Who asked is told where it throws.
      const answer = await result.catch(() => undefined);
      if (this.#inFlight.get(key) === asking) this.#inFlight.delete(key);
      if (answer && answer.error === undefined && this.#settings.cache) await this.#cache.put(key, answer);
    };
    ctx.waitUntil(ended());
    return asking;
  }

  /** Whether the identity is still known, by what was heard lately. */
  async #isStillAuthorized(parsed: RawRequest, identity: string, env: Env, deadline: number): Promise<boolean> {
    if (!callWasm(() => this.#raw().isCurrent(Date.now()))) await this.#upstream.poll(env, null, deadline);
    const now = Date.now();
    // Another sign-in of the same identity, which was renewed since, may have made it known again.
    if (callWasm(() => parsed.isRevoked(this.#raw()))) return false;
    // Permissions that ran out while an answer was held back for its step are good for that answer: it is not asked for anew.
    return callWasm(
      () => this.#raw().hasPrincipal(identity, now) || this.#raw().hasPrincipal(identity, now - INCOMPLETE_STEP_MS),
    );
  }

  /** Answers of different services are kept apart. */
  #upstreamKeys = new Map<string, string>();
  async #upstreamKey({ baseUrl = "" }: Upstream): Promise<string> {
    const known = this.#upstreamKeys.get(baseUrl);
    if (known !== undefined) return known;
    const place = (await sha256Hex(baseUrl)).slice(0, 16);
    this.#upstreamKeys.set(baseUrl, place);
    return place;
  }

  #successResponse(parsed: RawRequest, entry: CacheEntry, found: string, audit: AuditRecord): Response {
    audit.cache = found;
    const headers = callWasm(() =>
      parsed.successHeaders(found, entry.metadata, found === "MISS" ? entry.messageId : undefined, Date.now()),
    );
    return new Response(entry.body, { status: 200, headers: headerPairs(headers) });
  }

  #errorResponse(parsed: RawRequest, origin: string | null, audit: AuditRecord): Response {
    const { status, headers, body, code } = callWasm(() => ({
      status: parsed.status,
      headers: parsed.headers,
      body: parsed.body,
      code: parsed.code,
    }));
    if (status === undefined || headers === undefined) throw new TypeError("the request is not answered");
    audit.code = code ?? "";
    if (code === "ORIGIN_NOT_ALLOWED") this.#logOrigin(origin);
    return new Response(body ?? null, { status, headers: headerPairs(headers) });
  }

  /** Where even that fails. */
  #internalErrorResponse(audit: AuditRecord): Response {
    audit.code = "GATEWAY_FAILED";
    const headers = {
      "content-type": "application/json; charset=utf-8",
      "cache-control": "no-store",
      "x-request-id": audit.requestId,
    };
    const error = {
      source: "gateway",
      kind: "internal",
      code: "GATEWAY_FAILED",
      message: "The gateway failed because of a defect.",
      advice: "Report this to the portal's operator, with the request id.",
      status: 500,
      retryable: false,
      retry: false,
      requestId: audit.requestId,
    };
    return Response.json({ error }, { status: 500, headers });
  }

  async #healthResponse(parsed: RawRequest, env: Env, ctx: Context): Promise<Response> {
    // Whoever asks meanwhile hears what was so a moment ago: nobody who asks often makes the object do more.
    if (!this.#health || !this.#healthCheck.isRunning) {
      const looking = this.#healthCheck.join(async () => {
        this.#health = await this.#checkHealth(env);
      });
      if (looking) {
        ctx.waitUntil(looking);
        await withTimeout(looking, HEALTH_TIMEOUT_MS + CUTOFF_GRACE_MS).catch(() => {});
      }
    }
    const configured = this.#settings.missing.length === 0;
    const health: Health = this.#health ?? { status: "down", configured, quota: "unreachable" };
    const headers = headerPairs(callWasm(() => parsed.baseHeaders()));
    headers.push(["content-type", "application/json; charset=utf-8"], ["cache-control", "no-store"]);
    return new Response(JSON.stringify(health), { status: health.status === "ok" ? 200 : 503, headers });
  }

  async #checkHealth(env: Env): Promise<Health> {
    const configured = this.#settings.missing.length === 0;
    if (!configured) return { status: "down", configured, quota: "unknown" };
    try {
      await this.#upstream.poll(env, null, Date.now() + HEALTH_TIMEOUT_MS - 500);
      return { status: "ok", configured, quota: "reachable" };
    } catch {
      return { status: "down", configured, quota: "unreachable" };
    }
  }

  /** Posts notices; resolves when no isolate answers any more as if it had not heard them. */
  async invalidate(env: Env, notices: Invalidation[]): Promise<void> {
    await this.#quotaObject(env).invalidate(this.#settings.name, notices);
    // This isolate hears them with its next answer.
  }

  /** A run of the sync. What it takes of the gateway is handed in, so that a gateway without it does not carry it. */
  sync(sync: Sync<Env>, env: Env, ctx: Context): Promise<void> {
    const { baseUrl } = this.#options.upstream?.(env) ?? {};
    const host: SyncHost<Env> = {
      upstream: this.#upstream,
      quotaObject: (env) => this.#quotaObject(env),
      fetch: this.#fetch,
      baseUrl,
    };
    return sync.run(host as never, env, ctx);
  }

  async #writeAudit(record: AuditRecord, status: number, ms: number, env: Env): Promise<void> {
    const { audit = (entry: AuditEntry) => console.log(JSON.stringify(entry)) } = this.#options;
    if (!audit) return;
    const secret = (await this.#options.credentials?.(env))?.clientSecret;
    const { ids = [], tenant = "" } = record;
    audit({
      time: new Date().toISOString(),
      requestId: record.requestId,
      who: await pseudonym(secret, record.subject),
      tenant: /^[0-9a-f]{64}$/.test(tenant) ? tenant.slice(0, 16) : tenant,
      route: record.route ?? "",
      // A user id is a person's.
      ids: record.route === "casesByUser" ? await Promise.all(ids.map((id) => pseudonym(secret, id))) : ids,
      outcome: record.code || "ok",
      status,
      cache: record.cache,
      attempts: record.attempts,
      ms,
    });
  }
}

/**
 * Whether a request has a body. A proxy may send an empty one in chunks, so where neither its length nor its absence is
 * told, its first byte is waited for, in a copy: whoever composes this handler still has the request's own.
 */
async function hasRequestBody(request: Request, mostMs: number): Promise<boolean> {
  const { headers, body, bodyUsed, method } = request;
  const told = headers.get("content-length");
  if (Number(told ?? 0) > 0) return true;
  if (!body || told !== null) return false;
  // What asks for nothing that the gateway answers is refused whatever it brings.
  if (bodyUsed || method !== "GET") return true;
  try {
    const reader = request.clone().body?.getReader();
    if (!reader) return false;
    const end = Date.now() + mostMs;
    try {
      for (;;) {
        const { done, value } = await withTimeout(reader.read(), end - Date.now());
        if (done) return false;
        if (value.length > 0) return true;
      }
    } finally {
      reader.cancel().catch(() => {});
    }
  } catch {
    return true;
  }
}

/** The tenant that a claim names, where a function says which claim does. The empty text is none, and is refused. */
const tenantFromClaim = ({ claims }: UncheckedIdentity, { tenant }: JwtOptions): unknown =>
  tenant === undefined ? undefined : (claims?.[tenant] ?? "");

/** What a function gave in place of `jwt`, checked as that is. */
function checkJwtOptions(jwt: JwtOptions): JwtOptions {
  if (!jwt) throw new TypeError("jwt returned nothing");
  new RawGateway(JSON.stringify({ jwt })).free();
  return jwt;
}
