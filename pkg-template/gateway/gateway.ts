// The gateway's face: a Worker's handler. What is decided is decided in the wasm; here requests, the identity provider,
// the partner's functions, the caches, the Durable Object and the service are asked.

import {
  FRESHNESS_FRESH,
  FRESHNESS_IF_ERROR,
  FRESHNESS_STALE,
  REQUEST_ANSWERED,
  REQUEST_HEALTH,
  REQUEST_UNCACHED_CASES,
} from "../generated/boundary.js";
import { headerLines, pairs } from "../util/lines.js";
import { errorBody, type RawAsk, RawGateway } from "../wasm/gateway.js";
import { digest, pseudonym } from "./audit.js";
import {
  type Delivered,
  Exchange,
  type Failed,
  Failure,
  type FetchLike,
  LACKS_STEP_MS,
  type Settings,
  type SyncHost,
  type Upstream,
} from "./exchange.js";
import { type Keeper, type Notice, onceMore } from "./keeper.js";
import { type Entry, Kept } from "./kept.js";
import { type AskingIdentity, type FoundIdentity, Keys, type RefusedIdentity } from "./keys.js";
import { enter, generation } from "./module.js";
import type { AuditLine, Context, Gateway, GatewayOptions, Identity, JwtOptions, Scheduled, Sync } from "./options.js";
import { messageOf } from "./thrown.js";
import { Deadline, Late, SharedWork, within } from "./time.js";

/** A gateway of this Worker. */
interface Registered {
  /** Its options, as JSON text. */
  text: string;
  options: GatewayOptions<never>;
}

/** The gateways of this Worker by name, for the Durable Object: it gets no options of its own. */
const registered = new Map<string, Registered>();

export const registeredAs = (name: string): Registered | undefined => registered.get(name);

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
const MOST_NAMED = 20;

/** How often a request begins anew where what an identity may see was revoked under its hands. */
const ROUNDS = 3;

/** What is said of the gateway's health is as old as this at most … */
const HEALTH_MS = 2000;
/** … and looked for no longer than this. */
const HEALTH_LOOK_MS = 3000;

/** Who began to ask may wait so long for its end, after its own deadline: it is cut off by that. */
const CUT_MS = 100;

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
  const text = asText(options);
  let settings: Settings;
  try {
    settings = JSON.parse(new RawGateway(text).settings()) as Settings;
  } catch (error) {
    throw new TypeError(`createGateway: ${messageOf(error)}`);
  }
  for (const sentence of settings.missing) console.error(`${LOG} every request is refused: ${sentence}.`);
  registered.set(settings.name, { text, options });
  const gateway = new Handler(text, options, settings);
  const handler: Gateway<Env> & Partial<Scheduled<Env>> = {
    fetch: (request, env, ctx) => gateway.fetch(request, env, ctx),
    revoke: (env, whose) => gateway.post(env, revoked(whose)),
    purge: (env, what) => gateway.post(env, purged(what)),
  };
  const { sync } = options;
  if (sync) handler.scheduled = (_event, env, ctx) => gateway.sync(sync, env, ctx);
  return handler;
}

/** Options as JSON text. What JSON has no word for is named, so that it is refused by name. */
function asText(options: unknown): string {
  const { audit, ...rest } = Object(options) as Record<string, unknown>;
  const given = audit === false || audit === undefined ? rest : { ...rest, audit };
  const asJson = (_: string, value: unknown) =>
    typeof value === "function" ? "[function]" : value instanceof RegExp ? { "[regexp]": value.source } : value;
  return JSON.stringify(given, asJson) ?? "null";
}

function revoked(whose: unknown): Notice[] {
  if (whose === "everybody") return [["everybody", ""]];
  const list = ["subject", "tenant"].flatMap((name): Notice[] => {
    const id = (whose as Record<string, unknown> | null | undefined)?.[name];
    return typeof id === "string" ? [[name, id]] : [];
  });
  if (list.length === 0) throw new TypeError('revoke: expected { subject }, { tenant } or "everybody"');
  return list;
}

function purged(what: unknown): Notice[] {
  if (what === "everything") return [["everything", ""]];
  const ids: unknown = (what as { contract_ids?: unknown } | null | undefined)?.contract_ids;
  if (!Array.isArray(ids) || ids.length === 0 || !ids.every((id): id is string => typeof id === "string")) {
    throw new TypeError('purge: expected { contract_ids: […] } or "everything"');
  }
  return ids.map((id) => ["contract", id.trim()]);
}

/** What is noted of a request, for its line. */
interface Noted {
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
interface OfEnv<Env> {
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
interface Asking {
  result: Promise<Delivered | Failed>;
  heard: string;
  /** When it began. */
  began: number;
  /** By when it is to be over: the latest deadline of those who wait for it. */
  deadline: Deadline;
}

class Handler<Env> {
  #text: string;
  #options: GatewayOptions<Env>;
  #settings: Settings;
  #made: RawGateway | undefined;
  #generation: number | undefined;
  #keys = new Keys();
  #kept: Kept;
  #exchange: Exchange<Env>;
  #fetch: FetchLike;
  /** What is being asked of the service, by key. */
  #asking = new Map<string, Asking>();
  #health: Health | undefined;
  #healthLook = new SharedWork(HEALTH_MS, 2 * HEALTH_LOOK_MS);
  #ofEnv: OfEnv<Env> | undefined;
  /** The regular expressions among `cors.origins`, which hold for a whole origin. */
  #patterns: RegExp[];
  /** The origins that were named in the log. */
  #named = new Set<string>();

  constructor(text: string, options: GatewayOptions<Env>, settings: Settings) {
    this.#text = text;
    this.#options = options;
    this.#settings = settings;
    const origins: unknown[] = [options.cors?.origins].flat();
    this.#patterns = origins.flatMap((pattern) =>
      pattern instanceof RegExp ? [new RegExp(`^(?:${pattern.source})$`, pattern.flags.replace(/[gy]/g, ""))] : [],
    );
    this.#kept = new Kept(settings.memoryBytes, Math.ceil(settings.keptMs / 1000) + 3600);
    this.#fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
    this.#exchange = new Exchange(
      () => this.#raw(),
      settings,
      this.#fetch,
      (env) => this.#keeper(env),
    );
  }

  #raw(): RawGateway {
    if (!this.#made || this.#generation !== generation) {
      this.#made = new RawGateway(this.#text);
      this.#generation = generation;
    }
    return this.#made;
  }

  /** The Durable Object, asked by a stub of its own each time: one that has failed once fails again. */
  #keeper(env: Env): Keeper {
    const stub = () => {
      const namespace = this.#options.quota(env);
      return namespace.get(namespace.idFromName(this.#settings.name)) as Keeper;
    };
    return {
      visit: (...given) => onceMore(() => stub().visit(...given)),
      giveBack: (...given) => onceMore(() => stub().giveBack(...given)),
      keys: (...given) => onceMore(() => stub().keys(...given)),
      post: (...given) => onceMore(() => stub().post(...given)),
      sync: (...given) => onceMore(() => stub().sync(...given)),
    };
  }

  async fetch(request: Request, env: Env, ctx: Context): Promise<Response> {
    const started = Date.now();
    const line: Noted = { requestId: crypto.randomUUID(), attempts: 0, cache: "" };
    let ask: RawAsk | undefined;
    let response: Response;
    try {
      const hasBody = await carriesBody(request, this.#settings.timeoutMs);
      const read = this.#read(request, env, line.requestId, hasBody);
      ask = read;
      if (this.#options.audit !== false) [line.route, line.ids] = enter(() => [read.route(), read.ids()]);
      response = await this.#answer(read, request, env, ctx, started + this.#settings.timeoutMs, line);
    } catch (error) {
      console.error(`${LOG} a defect.`, error);
      response = this.#broken(line);
    } finally {
      try {
        ask?.free();
      } catch {
        // It went with its module.
      }
    }
    if (this.#options.audit !== false) {
      ctx.waitUntil(
        this.#audit(line, response.status, Date.now() - started, env).catch((error) => console.error(error)),
      );
    }
    return response;
  }

  #read(request: Request, env: Env, requestId: string, hasBody: boolean): RawAsk {
    const { method, url, headers } = request;
    const isAllowed = this.#isAllowed(headers.get("origin"), env);
    return enter(() =>
      this.#raw().ask(requestId, method, url, headerLines(headers, REQUEST_HEADERS), hasBody, isAllowed),
    );
  }

  /** Whether a function or a regular expression of the options allows a page's origin. */
  #isAllowed(origin: string | null, env: Env): boolean {
    if (origin === null || origin === "null") return false;
    const origins = this.#options.cors?.origins;
    if (typeof origins !== "function") return this.#patterns.some((pattern) => pattern.test(origin));
    try {
      // A promise is no answer: what comes of it would come too late.
      return (origins(origin, env) as unknown) === true;
    } catch (error) {
      console.error(`${LOG} cors.origins failed.`, messageOf(error));
      return false;
    }
  }

  /** Says in the log which origin is missing, since the page's developer reads of it in the page alone. */
  #name(origin: string | null): void {
    if (origin === null || this.#named.has(origin) || this.#named.size >= MOST_NAMED) return;
    this.#named.add(origin);
    const shown = JSON.stringify(origin.slice(0, 200));
    console.warn(`${LOG} ORIGIN_NOT_ALLOWED: pages of ${shown} may not ask. To allow them, add it to cors.origins.`);
  }

  async #answer(
    ask: RawAsk,
    request: Request,
    env: Env,
    ctx: Context,
    deadline: number,
    line: Noted,
  ): Promise<Response> {
    const respond = () => this.#refusal(ask, request.headers.get("origin"), line);
    const state = ask.state();
    if (state === REQUEST_ANSWERED) return respond();
    if (state === REQUEST_HEALTH) return this.#healthAnswer(ask, env, ctx);
    const noCache = state === REQUEST_UNCACHED_CASES || !this.#settings.cache;
    const fail = (body: string) => {
      enter(() => ask.fail(body));
      return respond();
    };
    try {
      const identity = await this.#identify(ask, request, env, ctx, deadline, line);
      if ("code" in identity) {
        enter(() => ask.refuse(identity.code, identity.detail));
        return respond();
      }
      const { upstream } = this.#of(env);
      for (let round = 0; round < ROUNDS; round += 1) {
        const isKnown = enter(() => this.#raw().isKnown(identity.text, Date.now()));
        if (!isKnown) await this.#learn(identity, env, deadline);
        if (!enter(() => ask.admit(this.#raw(), identity.text, identity.signedInMs, Date.now()))) continue;
        if (this.#options.audit !== false) line.tenant = ask.tenant() ?? "";
        if (ask.state() === REQUEST_ANSWERED) return respond();
        const answer = await this.#find(ask, identity.text, env, ctx, upstream, deadline, line, noCache);
        if (answer && "failure" in answer) return fail(answer.failure);
        if (answer) return answer;
      }
      return fail(errorBody("PERMISSIONS_UNAVAILABLE", ""));
    } catch (error) {
      if (error instanceof Failure) return fail(error.body);
      throw error;
    }
  }

  /** What the options say of an env, asked once: it is the same for an isolate's whole life. */
  #of(env: Env): OfEnv<Env> {
    if (this.#ofEnv?.env === env) return this.#ofEnv;
    const { jwt, upstream } = this.#options;
    try {
      const rules = typeof jwt === "function" ? checkedJwt(jwt(env)) : jwt;
      this.#ofEnv = { env, jwt: rules, upstream: upstream?.(env) ?? {} };
    } catch (error) {
      console.error(`${LOG} every request is refused: jwt or upstream cannot be used.`, messageOf(error));
      throw new Failure(errorBody("GATEWAY_NOT_CONFIGURED", ""));
    }
    return this.#ofEnv;
  }

  /** Who asks: the text by which it is known here, or a code. */
  async #identify(
    ask: RawAsk,
    request: Request,
    env: Env,
    ctx: Context,
    deadline: number,
    line: Noted,
  ): Promise<{ text: string; value: AskingIdentity; signedInMs: number | undefined } | RefusedIdentity> {
    const rules = this.#options.jwt && this.#of(env).jwt;
    let found: FoundIdentity | RefusedIdentity;
    if (rules) {
      const tolerance = rules.clockToleranceSeconds ?? this.#settings.clockToleranceSeconds;
      const fetchKeys = (isUnknown: boolean) => {
        const fetching = this.#fetchKeys(env, isUnknown);
        // Others may wait for it after this request has ended.
        ctx.waitUntil(fetching);
        return fetching;
      };
      const { header = "authorization" } = rules;
      // One that a proxy adds is none that a browser tells its answers apart by.
      if (header.toLowerCase() !== "authorization") enter(() => ask.hideSignIn());
      found = await this.#keys.identify(request.headers.get(header), rules, tolerance, fetchKeys, deadline);
    } else {
      found = await this.#authorized(request, env, deadline);
    }
    if ("code" in found) return found;
    const { identity } = found;
    if (rules && typeof this.#options.jwt === "function") identity.tenant = tenantOf(identity, rules);
    line.subject = `${identity.issuer ?? ""} ${identity.subject}`;
    const text = (found.text ??= JSON.stringify(identity));
    // A sign-in that is remembered as verified has been looked at.
    if (!found.isChecked) {
      const wrong = enter(() => this.#raw().checkIdentity(text));
      if (wrong) throw new Failure(wrong);
      found.isChecked = true;
    }
    return { text, value: identity, signedInMs: found.signedInMs };
  }

  /** The partner's own word for it. */
  async #authorized(request: Request, env: Env, deadline: number): Promise<FoundIdentity | RefusedIdentity> {
    let identity: unknown;
    try {
      // Without it no request comes so far.
      identity = await within(this.#options.authorize?.(request, env), deadline - Date.now());
    } catch (error) {
      console.error(`${LOG} authorize failed.`, messageOf(error));
      return { code: "IDENTITY_UNAVAILABLE", detail: "" };
    }
    if (typeof identity !== "object" && identity) return { code: "IDENTITY_INVALID", detail: "(no object)" };
    if (!identity)
      return { code: request.headers.has("authorization") ? "IDENTITY_INVALID" : "IDENTITY_MISSING", detail: "" };
    const { claims, iat = (claims as AskingIdentity["claims"])?.iat } = identity as AskingIdentity & { iat?: unknown };
    // A session of the partner's own is as new as the answer, unless it says when it was made.
    return { identity, signedInMs: typeof iat === "number" ? iat * 1000 : undefined };
  }

  /** The identity provider's keys, as the keeper has them. None where it has none or cannot be reached. */
  async #fetchKeys(env: Env, isUnknown: boolean): Promise<string | undefined> {
    try {
      return await within(this.#keeper(env).keys(this.#settings.name, isUnknown), this.#settings.timeoutMs);
    } catch (error) {
      console.error(`${LOG} the keys cannot be had.`, messageOf(error));
      return undefined;
    }
  }

  /** Finds out what an identity may see, and remembers it. */
  async #learn({ text, value }: { text: string; value: AskingIdentity }, env: Env, deadline: number): Promise<void> {
    if (!enter(() => this.#raw().isCurrent(Date.now()))) await this.#exchange.visit(env, { needs: false }, deadline);
    const heard = this.#exchange.heard();
    const { permissions } = this.#options;
    const wrong = enter(() => this.#raw().checkClaimed(text));
    if (wrong !== undefined) {
      const { error } = JSON.parse(wrong) as { error: { message: string } };
      console.error(`${LOG} the permissions cannot be used.`, error.message);
      throw new Failure(wrong);
    }
    let given = enter(() => this.#raw().claimed(text));
    let canonical: string;
    try {
      if (given === undefined) {
        // What is neither claims nor a function was refused with the options.
        const asked = (permissions as (identity: Identity, env: Env) => unknown)(value as Identity, env);
        const seen = await within(asked, deadline - Date.now());
        given = JSON.stringify(seen, (_, item: unknown) => (item instanceof Set ? [...item] : item)) ?? "null";
      }
      const permitted = given;
      canonical = enter(() => this.#raw().canonical(text, permitted));
    } catch (error) {
      console.error(`${LOG} the permissions cannot be used.`, messageOf(error));
      throw new Failure(errorBody("PERMISSIONS_UNAVAILABLE", ""));
    }
    const scope = await digest(canonical);
    const permitted = given;
    // What went against it was revoked meanwhile: the next round asks again.
    enter(() => this.#raw().remember(text, permitted, scope, heard, Date.now()));
  }

  /** An answer, kept or fetched. None where what the identity may see has been revoked meanwhile. */
  async #find(
    ask: RawAsk,
    identity: string,
    env: Env,
    ctx: Context,
    upstream: Upstream,
    deadline: number,
    line: Noted,
    noCache: boolean,
  ): Promise<Response | Failed | undefined> {
    const key = `${await this.#place(upstream)}/${ask.key()}`;
    const isNear = () => this.#confirmed(ask, identity, env, deadline);
    const freshness = (entry: Entry) => enter(() => ask.freshness(this.#raw(), entry.line, Date.now()));
    const look = async () => {
      const near = this.#kept.remembered(key);
      return near && freshness(near) === FRESHNESS_FRESH ? near : ((await this.#kept.found(key)) ?? near);
    };
    let entry = noCache ? undefined : await look();
    if (entry && freshness(entry) <= FRESHNESS_STALE) {
      if (!(await isNear())) return undefined;
      // By what was heard just now it may be purged, and another isolate may have asked anew already.
      if (freshness(entry) > FRESHNESS_STALE) entry = await look();
      const state = entry && freshness(entry);
      if (entry && state === FRESHNESS_FRESH) return this.#delivered(ask, entry, "HIT", line);
      if (entry && state === FRESHNESS_STALE) {
        if (!this.#running(key)) {
          const { result } = this.#shared(key, ask, env, ctx, upstream, Date.now() + this.#settings.timeoutMs);
          ctx.waitUntil(result.catch(() => {}));
        }
        return this.#delivered(ask, entry, "STALE", line);
      }
    }
    let running: Asking | undefined;
    if (!noCache && this.#running(key)) {
      if (!(await isNear())) return undefined;
      running = this.#running(key);
      // It has come meanwhile, and is found where answers are kept.
      if (!running) return undefined;
      // Whoever comes after something was purged is not to hear what was asked before that.
      if (running.heard !== this.#exchange.heard()) running = undefined;
    }
    const late = (): Failed => ({ failure: errorBody("UPSTREAM_TIMEOUT", ""), orStale: true, attempts: 0 });
    const before = running?.deadline.at ?? deadline;
    running?.deadline.extend(deadline);
    let result = running && (await within(running.result, deadline - Date.now()).catch(late));
    // It was given up before anything was sent, when those who had begun it had no more time.
    const isEarly = before < deadline && Date.now() < deadline;
    if (isEarly && running && result?.failure !== undefined && result.attempts === 0) {
      running = this.#running(key);
      running?.deadline.extend(deadline);
      result = running && (await within(running.result, deadline - Date.now()).catch(late));
    }
    result ??= await within(
      this.#shared(key, ask, env, ctx, upstream, deadline).result,
      deadline - Date.now() + CUT_MS,
    ).catch((error: unknown) => {
      if (error instanceof Late) return late();
      throw error;
    });
    line.attempts = running ? 0 : result.attempts;
    if (!(await isNear())) return undefined;
    if (result.failure === undefined) return this.#delivered(ask, result, running ? "SHARED" : "MISS", line);
    entry = result.orStale && !noCache ? (this.#kept.remembered(key) ?? (await this.#kept.found(key))) : undefined;
    if (entry && freshness(entry) <= FRESHNESS_IF_ERROR) return this.#delivered(ask, entry, "STALE-IF-ERROR", line);
    return result;
  }

  /**
   * What is being asked of the service by a key, if it may be waited for. It is so only for as long as a request takes:
   * otherwise those who wait for one that hangs could put off its end for ever.
   */
  #running(key: string): Asking | undefined {
    const asking = this.#asking.get(key);
    return asking && Date.now() - asking.began < this.#settings.timeoutMs ? asking : undefined;
  }

  /** Asks the service, for all who ask the same meanwhile. Whoever asked first may go: it is brought to its end. */
  #shared(key: string, ask: RawAsk, env: Env, ctx: Context, upstream: Upstream, deadline: number): Asking {
    const job = enter(() => ask.job(deadline));
    if (!job) throw new TypeError("nothing is asked of the service");
    const until = new Deadline(deadline);
    const result = this.#exchange.ask(job, env, ctx, upstream, until);
    const asking = { result, heard: this.#exchange.heard(), began: Date.now(), deadline: until };
    this.#asking.set(key, asking);
    const ended = async () => {
      // Who asked is told where it throws.
      const answer = await result.catch(() => undefined);
      if (this.#asking.get(key) === asking) this.#asking.delete(key);
      if (answer && answer.failure === undefined && this.#settings.cache) await this.#kept.put(key, answer);
    };
    ctx.waitUntil(ended());
    return asking;
  }

  /** Whether the identity is still known, by what was heard lately. */
  async #confirmed(ask: RawAsk, identity: string, env: Env, deadline: number): Promise<boolean> {
    if (!enter(() => this.#raw().isCurrent(Date.now()))) await this.#exchange.visit(env, { needs: false }, deadline);
    const now = Date.now();
    // Another sign-in of the same identity, which was renewed since, may have made it known again.
    if (enter(() => ask.isOutdated(this.#raw()))) return false;
    // Permissions that ran out while an answer was held back for its step are good for that answer: it is not asked for anew.
    return enter(() => this.#raw().isKnown(identity, now) || this.#raw().isKnown(identity, now - LACKS_STEP_MS));
  }

  /** Answers of different services are kept apart. */
  #places = new Map<string, string>();
  async #place({ baseUrl = "" }: Upstream): Promise<string> {
    const known = this.#places.get(baseUrl);
    if (known !== undefined) return known;
    const place = (await digest(baseUrl)).slice(0, 16);
    this.#places.set(baseUrl, place);
    return place;
  }

  #delivered(ask: RawAsk, entry: Entry, found: string, line: Noted): Response {
    line.cache = found;
    const headers = enter(() =>
      ask.delivered(found, entry.line, found === "MISS" ? entry.messageId : undefined, Date.now()),
    );
    return new Response(entry.body, { status: 200, headers: pairs(headers) });
  }

  #refusal(ask: RawAsk, origin: string | null, line: Noted): Response {
    const { status, headers, body, code } = enter(() => ({
      status: ask.status,
      headers: ask.headers,
      body: ask.body,
      code: ask.code,
    }));
    if (status === undefined || headers === undefined) throw new TypeError("the request is not answered");
    line.code = code ?? "";
    if (code === "ORIGIN_NOT_ALLOWED") this.#name(origin);
    return new Response(body ?? null, { status, headers: pairs(headers) });
  }

  /** Where even that fails. */
  #broken(line: Noted): Response {
    line.code = "GATEWAY_FAILED";
    const headers = {
      "content-type": "application/json; charset=utf-8",
      "cache-control": "no-store",
      "x-request-id": line.requestId,
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
      requestId: line.requestId,
    };
    return Response.json({ error }, { status: 500, headers });
  }

  async #healthAnswer(ask: RawAsk, env: Env, ctx: Context): Promise<Response> {
    // Whoever asks meanwhile hears what was so a moment ago: nobody who asks often makes the object do more.
    if (!this.#health || !this.#healthLook.isRunning) {
      const looking = this.#healthLook.join(async () => {
        this.#health = await this.#look(env);
      });
      if (looking) {
        ctx.waitUntil(looking);
        await within(looking, HEALTH_LOOK_MS + CUT_MS).catch(() => {});
      }
    }
    const configured = this.#settings.missing.length === 0;
    const health: Health = this.#health ?? { status: "down", configured, quota: "unreachable" };
    const headers = pairs(enter(() => ask.common()));
    headers.push(["content-type", "application/json; charset=utf-8"], ["cache-control", "no-store"]);
    return new Response(JSON.stringify(health), { status: health.status === "ok" ? 200 : 503, headers });
  }

  async #look(env: Env): Promise<Health> {
    const configured = this.#settings.missing.length === 0;
    if (!configured) return { status: "down", configured, quota: "unknown" };
    try {
      await this.#exchange.visit(env, { needs: false }, Date.now() + HEALTH_LOOK_MS - 500);
      return { status: "ok", configured, quota: "reachable" };
    } catch {
      return { status: "down", configured, quota: "unreachable" };
    }
  }

  /** Posts notices; resolves when no isolate answers any more as if it had not heard them. */
  async post(env: Env, notices: Notice[]): Promise<void> {
    await this.#keeper(env).post(this.#settings.name, notices);
    // This isolate hears them with its next answer.
  }

  /** A run of the sync. What it takes of the gateway is handed in, so that a gateway without it does not carry it. */
  sync(sync: Sync<Env>, env: Env, ctx: Context): Promise<void> {
    const { baseUrl } = this.#options.upstream?.(env) ?? {};
    const host: SyncHost<Env> = {
      exchange: this.#exchange,
      keeper: (env) => this.#keeper(env),
      fetch: this.#fetch,
      baseUrl,
    };
    return sync.run(host as never, env, ctx);
  }

  async #audit(line: Noted, status: number, ms: number, env: Env): Promise<void> {
    const { audit = (entry: AuditLine) => console.log(JSON.stringify(entry)) } = this.#options;
    if (!audit) return;
    const secret = (await this.#options.credentials?.(env))?.clientSecret;
    const { ids = [], tenant = "" } = line;
    audit({
      time: new Date().toISOString(),
      requestId: line.requestId,
      who: await pseudonym(secret, line.subject),
      tenant: /^[0-9a-f]{64}$/.test(tenant) ? tenant.slice(0, 16) : tenant,
      route: line.route ?? "",
      // A user id is a person's.
      ids: line.route === "casesByUser" ? await Promise.all(ids.map((id) => pseudonym(secret, id))) : ids,
      outcome: line.code || "ok",
      status,
      cache: line.cache,
      attempts: line.attempts,
      ms,
    });
  }
}

/**
 * Whether a request has a body. A proxy may send an empty one in chunks, so where neither its length nor its absence is
 * told, its first byte is waited for, in a copy: whoever composes this handler still has the request's own.
 */
async function carriesBody(request: Request, mostMs: number): Promise<boolean> {
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
        const { done, value } = await within(reader.read(), end - Date.now());
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
const tenantOf = ({ claims }: AskingIdentity, { tenant }: JwtOptions): unknown =>
  tenant === undefined ? undefined : (claims?.[tenant] ?? "");

/** What a function gave in place of `jwt`, checked as that is. */
function checkedJwt(jwt: JwtOptions): JwtOptions {
  if (!jwt) throw new TypeError("jwt returned nothing");
  new RawGateway(JSON.stringify({ jwt })).free();
  return jwt;
}
