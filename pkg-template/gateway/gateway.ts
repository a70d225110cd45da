// The gateway's request handler in a Worker. The wasm decides; this module calls the identity provider, the functions of
// the options, the caches, the Durable Object and the service.
//
//   parse ─▶ authenticate ─▶ load permissions ─▶ authorize ─▶ look up (cache-lookup.ts) ─▶ respond
//                            ▲                                        │
//                            └────────── permissions revoked ─────────┘  (at most MAX_AUTHORIZATION_ROUNDS times)

import {
  REQUEST_CASES,
  REQUEST_COPY,
  REQUEST_HEALTH,
  REQUEST_LIVE,
  REQUEST_LIVE_TICKET,
  REQUEST_RESPONDED,
  REQUEST_UNCACHED_CASES,
} from "../generated/boundary.js";
import { headerLines, headerPairs } from "../util/headers.js";
import { errorBody, RawGateway, type RawRequest } from "../wasm/gateway.js";
import { type AuditRecord, writeAudit } from "./audit.js";
import { CacheLookup, type CacheStatus, CUTOFF_GRACE_MS } from "./cache-lookup.js";
import { messageOf } from "./error-message.js";
import { sha256Hex } from "./hmac.js";
import {
  type IdentityError,
  issuedAt,
  JwtVerifier,
  type UncheckedIdentity,
  type VerifiedIdentity,
} from "./jwt-verifier.js";
import { LiveClient } from "./live/live-client.js";
import type {
  Context,
  Copy,
  CopyChanges,
  Gateway,
  GatewayOptions,
  Identity,
  JwtOptions,
  Scheduled,
  Sync,
} from "./options.js";
import { purges, revocations } from "./invalidations.js";
import {
  copiedListResponse,
  copyResponse,
  internalErrorResponse,
  meResponse,
  untaggedResponse,
} from "./own-response.js";
import { type Invalidation, type QuotaObject, retryOnce, stubOf } from "./quota-object.js";
import { hasRequestBody } from "./request-body.js";
import { type RegisteredGateway, registeredGateway, registerGateway } from "./registry.js";
import { type CacheEntry, ResponseCache } from "./response-cache.js";
import { SingleFlight, TimeoutError, withTimeout } from "./timeout.js";
import {
  type FetchLike,
  GatewayError,
  type GatewaySettings,
  readUpstream,
  type SyncHost,
  type Upstream,
  UpstreamClient,
} from "./upstream-client.js";
import { callWasm, generation } from "./wasm-instance.js";

/** The request headers that the wasm reads. */
const REQUEST_HEADERS = [
  "origin",
  "authorization",
  "access-control-request-method",
  "access-control-request-headers",
  "sec-fetch-site",
  "cache-control",
  "if-none-match",
  "upgrade",
  "sec-websocket-protocol",
];

/** Number of rejected origins that are logged, each once. */
const MAX_LOGGED_ORIGINS = 20;

/** Number of times that a request is authorized again after its permissions were revoked meanwhile. */
const MAX_AUTHORIZATION_ROUNDS = 3;

/** Maximum age of the health that `/health` returns. */
const HEALTH_TTL_MS = 2000;
/** Timeout of a health check. */
const HEALTH_TIMEOUT_MS = 3000;

/** The longest wait of `/me` for the contracts that the service refuses. */
const LOST_TIMEOUT_MS = 3000;

const LOG = "cisco-support-case gateway:";

/** The reason for which a gateway does nothing after another one has taken its place. */
const REPLACED = "a gateway of the same name was made later, with other options of its Durable Object";

/**
 * Makes a gateway: the service's four routes below a prefix, and `/health`, for pages that must not have the secret.
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
    /** The sync that a scheduled event runs. */
    sync: Sync<Env>;
  },
): Gateway<Env> & Scheduled<Env>;
/** Makes a gateway with a copy, which a scheduled event fills. */
export function createGateway<Env = unknown>(
  options: GatewayOptions<Env> & {
    /** The copy that a scheduled event fills. */
    copy: Copy<Env>;
  },
): Gateway<Env> & Scheduled<Env>;
/** Makes a gateway without a sync and a copy, which only responds to requests. */
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
  const gateway = new RequestHandler(text, options, settings);
  const { sync, copy } = options;
  if (sync?.readsCopy && !copy) throw new TypeError('createGateway: sync: from: "copy" needs the option copy');
  const continueRun = copy && ((env: Env, ctx: Context) => gateway.runScheduled(undefined, copy, env, ctx));
  gateway.registration = registerGateway(settings, text, options, continueRun);
  const handler: Gateway<Env> & Partial<Scheduled<Env>> = {
    fetch: (request, env, ctx) => gateway.fetch(request, env, ctx),
    revoke: async (env, whose) => gateway.invalidate(env, revocations(whose)),
    purge: async (env, what) => gateway.invalidate(env, purges(what)),
  };
  if (sync || copy) handler.scheduled = (_event, env, ctx) => gateway.runScheduled(sync, copy, env, ctx);
  return handler;
}

/** Serializes options as JSON. Functions and regular expressions are replaced by markers that the wasm checks. */
function optionsAsJson(options: unknown): string {
  const { audit, ...rest } = Object(options) as Record<string, unknown>;
  const given = audit === false || audit === undefined ? rest : { ...rest, audit };
  const replacer = (_: string, value: unknown) =>
    typeof value === "function" ? "[function]" : value instanceof RegExp ? { "[regexp]": value.source } : value;
  return JSON.stringify(given, replacer) ?? "null";
}

/** A request on its way through the handler. */
interface RequestContext<Env> {
  request: Request;
  /** The request as the wasm has parsed it. */
  parsed: RawRequest;
  env: Env;
  ctx: Context;
  /** The end of the request's time, in milliseconds since 1970. */
  deadline: number;
  audit: AuditRecord;
}

/** An identity that the wasm has accepted. */
interface AuthenticatedIdentity {
  /** The identity as JSON text, its key in the identity cache. */
  text: string;
  value: UncheckedIdentity;
  /** The time of the sign-in, in milliseconds since 1970, if it is known. */
  issuedAtMs: number | undefined;
}

/** The options that are functions of an env, evaluated. */
interface EnvSettings<Env> {
  env: Env;
  jwt: JwtOptions | undefined;
  upstream: Upstream;
}

/** The body of `/health`. */
interface Health {
  status: "ok" | "down";
  configured: boolean;
  quota: "reachable" | "unreachable" | "unknown";
}

/** The handler of one gateway in one isolate. */
class RequestHandler<Env> {
  registration: RegisteredGateway | undefined;
  #text: string;
  #options: GatewayOptions<Env>;
  #settings: GatewaySettings;
  #rawGateway: RawGateway | undefined;
  #generation: number | undefined;
  #jwtVerifier = new JwtVerifier();
  #upstream: UpstreamClient<Env>;
  #lookup: CacheLookup<Env>;
  #live: LiveClient<Env>;
  #fetch: FetchLike;
  #health: Health | undefined;
  #healthCheck = new SingleFlight(HEALTH_TTL_MS, 2 * HEALTH_TIMEOUT_MS);
  #envSettings: EnvSettings<Env> | undefined;
  /** The regular expressions of `cors.origins`, each anchored to a whole origin. */
  #originPatterns: RegExp[];
  /** The rejected origins that were logged. */
  #loggedOrigins = new Set<string>();
  /** A key for each base address, which keeps the responses of different services apart. */
  #upstreamKeys = new Map<string, string>();

  constructor(text: string, options: GatewayOptions<Env>, settings: GatewaySettings) {
    this.#text = text;
    this.#options = options;
    this.#settings = settings;
    const origins: unknown[] = [options.cors?.origins].flat();
    this.#originPatterns = origins.flatMap((pattern) =>
      pattern instanceof RegExp ? [new RegExp(`^(?:${pattern.source})$`, pattern.flags.replace(/[gy]/g, ""))] : [],
    );
    this.#fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
    const raw = () => this.#raw();
    this.#upstream = new UpstreamClient(raw, settings, this.#fetch, (env) => this.#quotaObject(env));
    const cache = new ResponseCache(settings.memoryBytes, Math.ceil(settings.maxCacheAgeMs / 1000));
    this.#lookup = new CacheLookup(raw, settings, cache, this.#upstream);
    this.#live = new LiveClient(settings.name, options);
  }

  /** Whether the Durable Object has other options than this gateway, since another one of its name was made later. */
  #isReplaced(): boolean {
    return registeredGateway(this.#settings.name) !== this.registration;
  }

  /** Returns the wasm's gateway. After a trap of the module it is made again. */
  #raw(): RawGateway {
    if (!this.#rawGateway || this.#generation !== generation) {
      this.#rawGateway = new RawGateway(this.#text);
      this.#generation = generation;
    }
    return this.#rawGateway;
  }

  /** Returns the Durable Object. Each call has its own stub: a stub that has failed once keeps failing. */
  #quotaObject(env: Env): Omit<QuotaObject, "continueRun"> {
    const stub = () => this.#stub(env, this.#settings.name);
    return {
      poll: (...args) => retryOnce(() => stub().poll(...args)),
      returnLeases: (...args) => retryOnce(() => stub().returnLeases(...args)),
      jwks: (...args) => retryOnce(() => stub().jwks(...args)),
      invalidate: (...args) => retryOnce(() => stub().invalidate(...args)),
      syncState: (...args) => retryOnce(() => stub().syncState(...args)),
    };
  }

  #stub(env: Env, name: string): QuotaObject {
    return stubOf(this.#options.quota(env), "quota", name) as QuotaObject;
  }

  /** Responds to a request. It never throws. */
  async fetch(request: Request, env: Env, ctx: Context): Promise<Response> {
    const startedAt = Date.now();
    const audit: AuditRecord = { requestId: crypto.randomUUID(), attempts: [], cache: "" };
    let rawRequest: RawRequest | undefined;
    let response: Response;
    try {
      const hasBody = await hasRequestBody(request, this.#settings.timeoutMs);
      const parsed = this.#parse(request, env, audit.requestId, hasBody);
      rawRequest = parsed;
      if (this.#options.audit !== false) [audit.route, audit.ids] = callWasm(() => [parsed.route(), parsed.ids()]);
      const deadline = startedAt + this.#settings.timeoutMs;
      response = await this.#respond({ request, parsed, env, ctx, deadline, audit });
    } catch (error) {
      console.error(`${LOG} a defect.`, error);
      audit.code = "GATEWAY_FAILED";
      response = internalErrorResponse(audit.requestId);
    } finally {
      try {
        rawRequest?.free();
      } catch {
        // A trap of the module has freed it.
      }
    }
    if (this.#options.audit !== false) {
      ctx.waitUntil(
        writeAudit(this.#options, audit, response.status, Date.now() - startedAt, env).catch((error) =>
          console.error(`${LOG} audit failed.`, messageOf(error)),
        ),
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
      // A promise allows nothing: its result would be too late.
      return (origins(origin, env) as unknown) === true;
    } catch (error) {
      console.error(`${LOG} cors.origins failed.`, messageOf(error));
      return false;
    }
  }

  /** Logs a rejected origin: otherwise only the developer of the page could see it. */
  #logOrigin(origin: string | null): void {
    if (origin === null || this.#loggedOrigins.has(origin) || this.#loggedOrigins.size >= MAX_LOGGED_ORIGINS) return;
    this.#loggedOrigins.add(origin);
    const shown = JSON.stringify(origin.slice(0, 200));
    console.warn(`${LOG} ORIGIN_NOT_ALLOWED: requests from pages of ${shown} are rejected. Add it to cors.origins.`);
  }

  async #respond(context: RequestContext<Env>): Promise<Response> {
    const { parsed, env, ctx, deadline, audit } = context;
    const state = parsed.state();
    if (state === REQUEST_RESPONDED) return this.#errorResponse(context);
    if (state === REQUEST_HEALTH) return this.#healthResponse(context);
    const noCache = state === REQUEST_UNCACHED_CASES || !this.#settings.cache;
    const fail = (body: string) => {
      callWasm(() => parsed.rejectWithBody(body));
      return this.#errorResponse(context);
    };
    try {
      if (this.#isReplaced()) {
        console.error(`${LOG} the request is refused: ${REPLACED}.`);
        return fail(errorBody("GATEWAY_NOT_CONFIGURED", ""));
      }
      // A handshake is authenticated by its ticket.
      if (state === REQUEST_LIVE) return await this.#live.inTime(this.#live.connect(parsed, env), deadline);
      const identity = await this.#authenticate(context);
      if ("code" in identity) {
        callWasm(() => parsed.rejectWithCode(identity.code, identity.detail));
        return this.#errorResponse(context);
      }
      const { upstream } = this.#settingsFor(env);
      const upstreamKey = await this.#upstreamKey(upstream);
      const isAuthorized = () => this.#isStillAuthorized(parsed, env, deadline);
      for (let round = 0; round < MAX_AUTHORIZATION_ROUNDS; round += 1) {
        const authorize = (now: number) =>
          callWasm(() => parsed.authorize(this.#raw(), identity.text, identity.issuedAtMs, now));
        const now = Date.now();
        const isNow = callWasm(() => this.#raw().hasPrincipal(identity.text, now))
          ? authorize(now)
          : await this.#loadPermissions(identity, env, deadline, authorize);
        if (!isNow) continue;
        if (this.#options.audit !== false) audit.tenant = parsed.tenant() ?? "";
        if (parsed.state() === REQUEST_RESPONDED) return this.#errorResponse(context);
        if (state === REQUEST_COPY || state === REQUEST_LIVE_TICKET) {
          const own = await this.#ownResponse(context, state);
          // If the permissions were revoked meanwhile, the response may show too much.
          if (await isAuthorized()) return own;
          continue;
        }
        const { copy } = this.#options;
        const copied =
          copy && state === REQUEST_CASES && (await copiedListResponse(context.request, parsed, copy, env, deadline));
        if (copied) {
          if (!(await isAuthorized())) continue;
          audit.cache = "COPY";
          return copied;
        }
        const countAttempts = (count: number | Promise<number>) => void audit.attempts.push(count);
        const lookup = { parsed, env, ctx, upstream, upstreamKey, deadline, noCache, isAuthorized, countAttempts };
        const result = await this.#lookup.find(lookup);
        if (result.type === "response") return this.#successResponse(parsed, result.entry, result.status, audit);
        if (result.type === "error") return fail(result.body);
      }
      return fail(errorBody("PERMISSIONS_UNAVAILABLE", ""));
    } catch (error) {
      if (error instanceof GatewayError) return fail(error.body);
      throw error;
    }
  }

  /** Returns the response to a request that is answered without the service. */
  async #ownResponse({ request, parsed, env, deadline, audit }: RequestContext<Env>, state: number): Promise<Response> {
    if (state === REQUEST_LIVE_TICKET) {
      return untaggedResponse(parsed, await this.#live.inTime(this.#live.issueTicket(parsed, env), deadline));
    }
    if (callWasm(() => parsed.route()) === "me") {
      const lost = await this.#lostContracts(env, deadline);
      return meResponse(request, parsed, callWasm(() => parsed.me(this.#raw(), lost)) ?? "");
    }
    const response = await copyResponse(request, parsed, this.#options, env, deadline);
    audit.cache = "COPY";
    return response;
  }

  /** Returns the contracts that the service refuses to the copy; none if its database does not respond soon. */
  async #lostContracts(env: Env, deadline: number): Promise<string[]> {
    try {
      const ms = Math.min((deadline - Date.now()) / 2, LOST_TIMEOUT_MS);
      return (await withTimeout(this.#options.copy?.lost(env), ms)) ?? [];
    } catch (error) {
      if (error instanceof TimeoutError) return [];
      throw error;
    }
  }

  /** Evaluates the options that are functions of an env, once: an env is the same throughout an isolate. */
  #settingsFor(env: Env): EnvSettings<Env> {
    if (this.#envSettings?.env === env) return this.#envSettings;
    const { jwt } = this.#options;
    try {
      const rules = typeof jwt === "function" ? checkJwtOptions(jwt(env)) : jwt;
      this.#envSettings = { env, jwt: rules, upstream: readUpstream(this.#options, env) };
    } catch (error) {
      console.error(`${LOG} every request is refused: jwt or upstream cannot be used.`, messageOf(error));
      throw new GatewayError(errorBody("GATEWAY_NOT_CONFIGURED", ""));
    }
    return this.#envSettings;
  }

  /** Returns the identity of a request, or the error that refuses it. */
  async #authenticate({
    request,
    parsed,
    env,
    ctx,
    deadline,
    audit,
  }: RequestContext<Env>): Promise<AuthenticatedIdentity | IdentityError> {
    const rules = this.#options.jwt && this.#settingsFor(env).jwt;
    let found: VerifiedIdentity | IdentityError;
    if (rules) {
      const tolerance = rules.clockToleranceSeconds ?? this.#settings.clockToleranceSeconds;
      const fetchKeys = (isUnknown: boolean) => {
        const fetching = this.#fetchJwks(env, isUnknown);
        // Other requests may wait for it after this one has ended.
        ctx.waitUntil(fetching);
        return fetching;
      };
      const { header = "authorization" } = rules;
      // `Vary` does not name a header that a proxy adds, so browsers must not cache the response.
      if (header.toLowerCase() !== "authorization") callWasm(() => parsed.disableBrowserCache());
      found = await this.#jwtVerifier.verify(request.headers.get(header), rules, tolerance, fetchKeys, deadline);
    } else {
      found = await this.#authenticateByFunction(request, env, deadline);
    }
    if ("code" in found) return found;
    const { identity } = found;
    if (rules && typeof this.#options.jwt === "function") identity.tenant = tenantFromClaim(identity, rules);
    audit.subject = `${identity.issuer ?? ""} ${identity.subject}`;
    const text = (found.text ??= identityAsJson(identity));
    // A token in the verifier's cache was checked before.
    if (!found.isChecked) {
      const problem = callWasm(() => this.#raw().checkIdentity(text));
      if (problem) throw new GatewayError(problem);
      found.isChecked = true;
    }
    return { text, value: identity, issuedAtMs: found.issuedAtMs };
  }

  /** Returns the identity that the option `authorize` gives. */
  async #authenticateByFunction(
    request: Request,
    env: Env,
    deadline: number,
  ): Promise<VerifiedIdentity | IdentityError> {
    let identity: unknown;
    try {
      // The wasm rejects every request of a gateway that has neither `jwt` nor `authorize`.
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
    // Without `iat` the identity counts as issued now.
    const { clockToleranceSeconds } = this.#settings;
    return { identity, issuedAtMs: typeof iat === "number" ? issuedAt(iat, clockToleranceSeconds) : undefined };
  }

  /** Returns the identity provider's keys from the Durable Object; `undefined` if it has none or is unreachable. */
  async #fetchJwks(env: Env, isUnknown: boolean): Promise<string | undefined> {
    try {
      return await withTimeout(this.#quotaObject(env).jwks(this.#settings.name, isUnknown), this.#settings.timeoutMs);
    } catch (error) {
      console.error(`${LOG} the keys of the identity provider are not available.`, messageOf(error));
      return undefined;
    }
  }

  /**
   * Determines the permissions of an identity, caches them, and authorizes the request at that time: without a lifetime
   * (`permissionsTtlSeconds: 0`) they are cached for no later one. Returns whether the request is decided.
   */
  async #loadPermissions(
    { text, value }: AuthenticatedIdentity,
    env: Env,
    deadline: number,
    authorize: (now: number) => boolean,
  ): Promise<boolean> {
    if (!callWasm(() => this.#raw().isCurrent(Date.now()))) await this.#upstream.poll(env, null, deadline);
    const logVersion = this.#upstream.logVersion();
    const { permissions } = this.#options;
    const problem = callWasm(() => this.#raw().checkClaimedPermissions(text));
    if (problem !== undefined) {
      const { error } = JSON.parse(problem) as { error: { message: string } };
      console.error(`${LOG} the permissions cannot be used.`, error.message);
      throw new GatewayError(problem);
    }
    let permitted = callWasm(() => this.#raw().claimedPermissions(text));
    let canonical: string;
    try {
      if (permitted === undefined) {
        // The options were rejected unless permissions are claims or a function.
        const result = (permissions as (identity: Identity, env: Env) => unknown)(value as Identity, env);
        const given = await withTimeout(result, deadline - Date.now());
        permitted = JSON.stringify(given, (_, item: unknown) => (item instanceof Set ? [...item] : item)) ?? "null";
      }
      const json = permitted;
      canonical = callWasm(() => this.#raw().canonicalPermissions(text, json));
    } catch (error) {
      console.error(`${LOG} the permissions cannot be used.`, messageOf(error));
      throw new GatewayError(errorBody("PERMISSIONS_UNAVAILABLE", ""));
    }
    const scope = await sha256Hex(canonical);
    const json = permitted;
    // If they were revoked meanwhile, they are not cached, and the next round loads them again.
    const now = Date.now();
    callWasm(() => this.#raw().cachePermissions(text, json, scope, logVersion, now));
    return authorize(now);
  }

  /**
   * Polls the invalidation log if it is due, and returns whether the permissions of a request were not revoked since. If their
   * lifetime ends meanwhile, they are valid for its response: another round would ask the service once more.
   */
  async #isStillAuthorized(parsed: RawRequest, env: Env, deadline: number): Promise<boolean> {
    if (!callWasm(() => this.#raw().isCurrent(Date.now()))) await this.#upstream.poll(env, null, deadline);
    return !callWasm(() => parsed.isRevoked(this.#raw()));
  }

  async #upstreamKey({ baseUrl = "" }: Upstream): Promise<string> {
    const known = this.#upstreamKeys.get(baseUrl);
    if (known !== undefined) return known;
    const key = (await sha256Hex(baseUrl)).slice(0, 16);
    this.#upstreamKeys.set(baseUrl, key);
    return key;
  }

  #successResponse(parsed: RawRequest, entry: CacheEntry, status: CacheStatus, audit: AuditRecord): Response {
    audit.cache = status;
    const messageId = status === "MISS" ? entry.messageId : undefined;
    const headers = callWasm(() => parsed.successHeaders(status, entry.metadata, messageId, Date.now()));
    return new Response(entry.body, { status: 200, headers: headerPairs(headers) });
  }

  #errorResponse({ request, parsed, audit }: RequestContext<Env>): Response {
    const { status, headers, body, code } = callWasm(() => ({
      status: parsed.status,
      headers: parsed.headers,
      body: parsed.body,
      code: parsed.code,
    }));
    if (status === undefined || headers === undefined) throw new TypeError("the request has no response");
    audit.code = code ?? "";
    if (code === "ORIGIN_NOT_ALLOWED") this.#logOrigin(request.headers.get("origin"));
    return new Response(body ?? null, { status, headers: headerPairs(headers) });
  }

  async #healthResponse({ request, parsed, env, ctx }: RequestContext<Env>): Promise<Response> {
    // Requests during a check get the previous result, so that frequent requests add no load to the Durable Object.
    if (!this.#health || !this.#healthCheck.isRunning) {
      const checking = this.#healthCheck.join(async () => {
        this.#health = await this.#checkHealth(env);
      });
      if (checking) {
        ctx.waitUntil(checking);
        await withTimeout(checking, HEALTH_TIMEOUT_MS + CUTOFF_GRACE_MS).catch(() => {});
      }
    }
    const configured = this.#isConfigured();
    const health: Health = this.#health ?? { status: "down", configured, quota: "unreachable" };
    const headers = headerPairs(callWasm(() => parsed.baseHeaders()));
    headers.push(["content-type", "application/json; charset=utf-8"], ["cache-control", "no-store"]);
    const body = request.method === "HEAD" ? null : JSON.stringify(health);
    return new Response(body, { status: health.status === "ok" ? 200 : 503, headers });
  }

  #isConfigured(): boolean {
    return this.#settings.missing.length === 0 && !this.#isReplaced();
  }

  async #checkHealth(env: Env): Promise<Health> {
    const configured = this.#isConfigured();
    if (!configured) return { status: "down", configured, quota: "unknown" };
    try {
      const { hasCredentials = true } = await this.#upstream.poll(env, null, Date.now() + HEALTH_TIMEOUT_MS - 500);
      return { status: hasCredentials ? "ok" : "down", configured: hasCredentials, quota: "reachable" };
    } catch {
      return { status: "down", configured, quota: "unreachable" };
    }
  }

  /** Appends to the invalidation log. Resolves when every isolate has applied the entries or polls before responding. */
  async invalidate(env: Env, invalidations: Invalidation[]): Promise<void> {
    // Sockets are closed at once, and again when no isolate issues tickets by the former permissions any more.
    await Promise.all([
      this.#live.revoke(env, invalidations),
      this.#quotaObject(env).invalidate(this.#settings.name, invalidations),
    ]);
    // This isolate polls them before its next response.
    await this.#live.revoke(env, invalidations);
  }

  /**
   * Runs the copy and the sync, one after the other: both use the quota. The host is passed as a value, so that a gateway
   * without them does not contain them.
   */
  async runScheduled(sync: Sync<Env> | undefined, copy: Copy<Env> | undefined, env: Env, ctx: Context): Promise<void> {
    if (this.#isReplaced()) {
      console.error(`${LOG} no scheduled run: ${REPLACED}.`);
      return;
    }
    let baseUrl: string | undefined;
    try {
      ({ baseUrl } = readUpstream(this.#options, env));
    } catch (error) {
      console.error(`${LOG} no scheduled run: upstream cannot be used.`, messageOf(error));
      return;
    }
    const host: SyncHost<Env> = {
      upstream: this.#upstream,
      quotaObject: (env) => this.#quotaObject(env),
      fetch: this.#fetch,
      baseUrl,
    };
    const announce = (contract_ids: string[], user_ids: string[]) => this.#live.publish(env, contract_ids, user_ids);
    const hasSync = this.#options.sync?.readsCopy ?? false;
    const next = await copy?.run(host as never, env, ctx, announce, hasSync);
    if (next) await this.#continueRun(env, next === "retry");
    const changes: CopyChanges | undefined = copy && ((...given) => copy.changes(env, ...given));
    await sync?.run(host as never, env, ctx, changes as never);
  }

  /** Continues a run by an alarm, in an object of its own: that of the quota has no time to decode cases. */
  async #continueRun(env: Env, hasFailed: boolean): Promise<void> {
    try {
      const { name } = this.#settings;
      await retryOnce(() => this.#stub(env, `${name}/run`).continueRun(name, hasFailed));
    } catch (error) {
      console.error(`${LOG} the run continues with the next scheduled event.`, messageOf(error));
    }
  }
}

/** Returns an identity as JSON text. Throws a {@link GatewayError} if it cannot be written as JSON. */
function identityAsJson(identity: unknown): string {
  try {
    return JSON.stringify(identity);
  } catch (error) {
    console.error(`${LOG} authorize returned an identity that cannot be written as JSON.`, messageOf(error));
    throw new GatewayError(errorBody("IDENTITY_INVALID", "(it cannot be written as JSON)"));
  }
}

/** Returns the tenant that a claim names, if a function gave the options. The wasm refuses an empty tenant. */
const tenantFromClaim = ({ claims }: UncheckedIdentity, { tenant }: JwtOptions): unknown =>
  tenant === undefined ? undefined : (claims?.[tenant] ?? "");

/** Checks the options that a function `jwt` returned. */
function checkJwtOptions(jwt: JwtOptions): JwtOptions {
  if (!jwt) throw new TypeError("jwt returned nothing");
  new RawGateway(JSON.stringify({ jwt })).free();
  return jwt;
}
