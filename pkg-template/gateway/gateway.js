// The gateway's face: a Worker's handler. What is decided is decided in the wasm; here requests, the identity provider,
// the partner's functions, the caches, the Durable Object and the service are asked.

import { pairs } from "../lines.js";
import { errorBody, RawGateway } from "../wasm/gateway.js";
import { digest, pseudonym } from "./audit.js";
import { Exchange, Failure } from "./exchange.js";
import { Kept } from "./kept.js";
import { Keys } from "./keys.js";
import { enter, generation } from "./module.js";
import { within } from "./time.js";

/** The gateways of this Worker by name, for the Durable Object: it gets no options of its own. */
const registered = new Map();

export const registeredAs = (name) => registered.get(name);

/** How often a request begins anew where what an identity may see was revoked under its hands. */
const ROUNDS = 3;

/** What is said of the gateway's health is as old as this at most. */
const HEALTH_MS = 2000;

const [FRESH, STALE, IF_ERROR] = [0, 1, 2];
const [ANSWERED, HEALTH, , NO_CACHE] = [0, 1, 2, 3];

const LOG = "cisco-support-case gateway:";

export function createGateway(options = {}) {
  const text = asText(options);
  let settings;
  try {
    settings = JSON.parse(new RawGateway(text).settings());
  } catch (error) {
    throw new TypeError(`createGateway: ${error.message}`);
  }
  for (const sentence of settings.missing) console.error(`${LOG} every request is refused: ${sentence}.`);
  registered.set(settings.name, { text, options });
  const gateway = new Gateway(text, options, settings);
  const handler = {
    fetch: (request, env, ctx) => gateway.fetch(request, env, ctx),
    revoke: (env, whose) => gateway.post(env, revoked(whose)),
    purge: (env, what) => gateway.post(env, purged(what)),
  };
  if (options.sync) handler.scheduled = (event, env, ctx) => gateway.sync(env, ctx);
  return handler;
}

/** Options as JSON text. What JSON has no word for is named, so that it is refused by name. */
function asText(options) {
  const { audit, ...rest } = Object(options);
  const given = audit === false || audit === undefined ? rest : { ...rest, audit };
  return JSON.stringify(given, (_, value) => (typeof value === "function" ? "[function]" : value)) ?? "null";
}

function revoked(whose) {
  if (whose === "everybody") return [["everybody", ""]];
  const list = ["subject", "tenant"].filter((name) => typeof whose?.[name] === "string").map((name) => [name, whose[name]]);
  if (list.length === 0) throw new TypeError('revoke: expected { subject }, { tenant } or "everybody"');
  return list;
}

function purged(what) {
  if (what === "everything") return [["everything", ""]];
  const ids = what?.contract_ids;
  if (!Array.isArray(ids) || ids.length === 0 || !ids.every((id) => typeof id === "string")) {
    throw new TypeError('purge: expected { contract_ids: […] } or "everything"');
  }
  return ids.map((id) => ["contract", id.trim()]);
}

class Gateway {
  #text;
  #options;
  #settings;
  #made;
  #generation;
  #keys = new Keys();
  #kept;
  #exchange;
  #fetch;
  /** What is being asked of the service, by key. */
  #asking = new Map();
  #health;
  #env;

  constructor(text, options, settings) {
    this.#text = text;
    this.#options = options;
    this.#settings = settings;
    this.#kept = new Kept(settings.memoryBytes, Math.ceil(settings.keptMs / 1000) + 3600);
    this.#fetch = options.fetch ?? ((...args) => globalThis.fetch(...args));
    this.#exchange = new Exchange(() => this.#raw(), settings, this.#fetch, (env) => this.#keeper(env));
  }

  #raw() {
    if (!this.#made || this.#generation !== generation) {
      this.#made = new RawGateway(this.#text);
      this.#generation = generation;
    }
    return this.#made;
  }

  #keeper(env) {
    const namespace = this.#options.quota(env);
    return namespace.get(namespace.idFromName(this.#settings.name));
  }

  async fetch(request, env, ctx) {
    const started = Date.now();
    const line = { requestId: crypto.randomUUID(), attempts: 0, cache: "" };
    let ask;
    let response;
    try {
      ask = this.#read(request, line.requestId);
      if (this.#options.audit !== false) [line.route, ...line.ids] = enter(() => ask.told()).split("\n");
      response = await this.#answer(ask, request, env, ctx, started + this.#settings.timeoutMs, line);
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
      ctx.waitUntil(this.#audit(line, response.status, Date.now() - started, env).catch((error) => console.error(error)));
    }
    return response;
  }

  #read(request, requestId) {
    const { method, url, headers } = request;
    const hasBody = request.body !== null || Number(headers.get("content-length") ?? 0) > 0 || headers.has("transfer-encoding");
    const given = ["origin", "authorization", "access-control-request-method", "cache-control"];
    const values = given.map((name) => headers.get(name) ?? undefined);
    return enter(() => this.#raw().ask(requestId, method, url, hasBody, ...values));
  }

  async #answer(ask, request, env, ctx, deadline, line) {
    const respond = () => this.#refusal(ask, line);
    const asks = ask.asks();
    if (asks === ANSWERED) return respond();
    if (asks === HEALTH) return this.#healthAnswer(ask, env);
    const noCache = asks === NO_CACHE || !this.#settings.cache;
    const fail = (body) => {
      enter(() => ask.fail(body));
      return respond();
    };
    try {
      const identity = await this.#identify(request, env, deadline, line);
      if (!identity.text) {
        enter(() => ask.refuse(identity.code, identity.detail));
        return respond();
      }
      const { upstream } = this.#of(env);
      for (let round = 0; round < ROUNDS; round += 1) {
        const isKnown = enter(() => this.#raw().isKnown(identity.text, Date.now()));
        if (!isKnown) await this.#learn(identity, env, deadline);
        if (!enter(() => ask.admit(this.#raw(), identity.text, Date.now()))) continue;
        if (this.#options.audit !== false) line.tenant = ask.tenant();
        if (ask.asks() === ANSWERED) return respond();
        const answer = await this.#find(ask, identity.text, env, ctx, upstream, deadline, line, noCache);
        if (answer?.failure) return fail(answer.failure);
        if (answer) return answer;
      }
      return fail(errorBody("PERMISSIONS_UNAVAILABLE", "", false));
    } catch (error) {
      if (error instanceof Failure) return fail(error.body);
      throw error;
    }
  }

  /** What the options say of an env, asked once: it is the same for an isolate's whole life. */
  #of(env) {
    if (this.#env?.env === env) return this.#env;
    const { jwt, upstream } = this.#options;
    try {
      const rules = typeof jwt === "function" ? checkedJwt(jwt(env)) : jwt;
      this.#env = { env, jwt: rules, upstream: upstream?.(env) ?? {} };
    } catch (error) {
      console.error(`${LOG} every request is refused: jwt or upstream cannot be used.`, String(error?.message ?? error));
      throw new Failure(errorBody("GATEWAY_NOT_CONFIGURED", "", false));
    }
    return this.#env;
  }

  /** Who asks: the text by which it is known here, or a code. */
  async #identify(request, env, deadline, line) {
    const { authorize, jwt } = this.#options;
    let found;
    if (jwt) {
      const rules = this.#of(env).jwt;
      const tolerance = rules.clockToleranceSeconds ?? this.#settings.clockToleranceSeconds;
      const fetchKeys = (isUnknown) => this.#fetchKeys(env, isUnknown, deadline);
      found = await this.#keys.identify(request.headers.get("authorization"), rules, tolerance, fetchKeys);
    } else {
      found = await this.#authorized(authorize, request, env, deadline);
    }
    if (!found.identity) return found;
    if (typeof jwt === "function") found.identity.tenant = tenantOf(found.identity, this.#of(env).jwt);
    line.subject = `${found.identity.issuer ?? ""} ${found.identity.subject}`;
    const text = (found.text ??= JSON.stringify(found.identity));
    // A sign-in that is remembered as verified has been looked at.
    if (!found.isChecked) {
      const wrong = enter(() => this.#raw().checkIdentity(text));
      if (wrong) throw new Failure(wrong);
      found.isChecked = true;
    }
    return { text, value: found.identity };
  }

  /** The partner's own word for it. */
  async #authorized(authorize, request, env, deadline) {
    let identity;
    try {
      identity = await within(authorize(request, env), deadline - Date.now());
    } catch (error) {
      console.error(`${LOG} authorize failed.`, String(error?.message ?? error));
      return { code: "IDENTITY_UNAVAILABLE", detail: "" };
    }
    if (typeof identity !== "object" && identity) return { code: "IDENTITY_INVALID", detail: "(no object)" };
    if (!identity) return { code: request.headers.has("authorization") ? "IDENTITY_INVALID" : "IDENTITY_MISSING", detail: "" };
    return { identity };
  }

  /** The identity provider's keys, as the keeper has them. None where it has none or cannot be reached. */
  async #fetchKeys(env, isUnknown, deadline) {
    try {
      return await within(this.#keeper(env).keys(this.#settings.name, isUnknown), deadline - Date.now());
    } catch (error) {
      console.error(`${LOG} the keys cannot be had.`, String(error?.message ?? error));
      return undefined;
    }
  }

  /** Finds out what an identity may see, and remembers it. */
  async #learn({ text, value }, env, deadline) {
    if (!enter(() => this.#raw().isCurrent(Date.now()))) await this.#exchange.visit(env, { needs: false }, deadline);
    const heard = this.#exchange.heard();
    let permissions = enter(() => this.#raw().claimed(text));
    let canonical;
    try {
      if (permissions === undefined) {
        const given = await within(this.#options.permissions(value, env), deadline - Date.now());
        permissions = JSON.stringify(given, (_, item) => (item instanceof Set ? [...item] : item)) ?? "null";
      }
      canonical = enter(() => this.#raw().canonical(text, permissions));
    } catch (error) {
      console.error(`${LOG} the permissions cannot be used.`, String(error?.message ?? error));
      throw new Failure(errorBody("PERMISSIONS_UNAVAILABLE", "", false));
    }
    const scope = await digest(canonical);
    // What went against it was revoked meanwhile: the next round asks again.
    enter(() => this.#raw().remember(text, permissions, scope, heard, Date.now()));
  }

  /** An answer, kept or fetched. None where what the identity may see has been revoked meanwhile. */
  async #find(ask, identity, env, ctx, upstream, deadline, line, noCache) {
    const key = `${await this.#place(upstream)}/${ask.key()}`;
    const isNear = () => this.#confirmed(identity, env, deadline);
    const freshness = (entry) => enter(() => ask.freshness(this.#raw(), entry.line, Date.now()));
    const look = async () => {
      const near = this.#kept.remembered(key);
      return near && freshness(near) === FRESH ? near : ((await this.#kept.found(key)) ?? near);
    };
    let entry = noCache ? undefined : await look();
    if (entry && freshness(entry) <= STALE) {
      if (!(await isNear())) return undefined;
      // By what was heard just now it may be purged, and another isolate may have asked anew already.
      if (freshness(entry) > STALE) entry = await look();
      const state = entry && freshness(entry);
      if (state === FRESH) return this.#delivered(ask, entry, "HIT", line);
      if (state === STALE) {
        if (!this.#asking.has(key)) ctx.waitUntil(this.#shared(key, ask, env, ctx, upstream, Date.now() + this.#settings.timeoutMs).catch(() => {}));
        return this.#delivered(ask, entry, "STALE", line);
      }
    }
    let running;
    if (!noCache && this.#asking.has(key)) {
      if (!(await isNear())) return undefined;
      running = this.#asking.get(key);
      // It has come meanwhile, and is found where answers are kept.
      if (!running) return undefined;
      // Whoever comes after something was purged is not to hear what was asked before that.
      if (running.heard !== this.#exchange.heard()) running = undefined;
    }
    const result = running
      ? await within(running, deadline - Date.now()).catch(() => ({ failure: errorBody("UPSTREAM_TIMEOUT", "", false), orStale: true }))
      : await this.#shared(key, ask, env, ctx, upstream, deadline);
    line.attempts = running ? 0 : result.attempts;
    if (!(await isNear())) return undefined;
    if (!result.failure) return this.#delivered(ask, result, running ? "SHARED" : "MISS", line);
    entry = result.orStale && !noCache ? (this.#kept.remembered(key) ?? (await this.#kept.found(key))) : undefined;
    if (entry && freshness(entry) <= IF_ERROR) return this.#delivered(ask, entry, "STALE-IF-ERROR", line);
    return result;
  }

  /** Asks the service, for all who ask the same meanwhile. Whoever asked first may go: it is brought to its end. */
  #shared(key, ask, env, ctx, upstream, deadline) {
    const job = enter(() => ask.job());
    const asking = this.#exchange.ask(job, env, ctx, upstream, deadline);
    asking.heard = this.#exchange.heard();
    this.#asking.set(key, asking);
    const ended = async () => {
      // Who asked is told where it throws.
      const result = await asking.catch(() => undefined);
      if (this.#asking.get(key) === asking) this.#asking.delete(key);
      if (result && !result.failure && this.#settings.cache) await this.#kept.put(key, result);
    };
    ctx.waitUntil(ended());
    return asking;
  }

  /** Whether the identity is still known, by what was heard lately. */
  async #confirmed(identity, env, deadline) {
    if (!enter(() => this.#raw().isCurrent(Date.now()))) await this.#exchange.visit(env, { needs: false }, deadline);
    return enter(() => this.#raw().isKnown(identity, Date.now()));
  }

  /** Answers of different services are kept apart. */
  #places = new Map();
  async #place({ baseUrl = "" }) {
    if (!this.#places.has(baseUrl)) this.#places.set(baseUrl, (await digest(baseUrl)).slice(0, 16));
    return this.#places.get(baseUrl);
  }

  #delivered(ask, entry, found, line) {
    line.cache = found;
    const headers = enter(() => ask.delivered(found, entry.line, found === "MISS" ? entry.messageId : undefined, Date.now()));
    return new Response(entry.body, { status: 200, headers: pairs(headers) });
  }

  #refusal(ask, line) {
    const [status, headers, body, code] = enter(() => ask.answer());
    line.code = code;
    return new Response(body, { status, headers: pairs(headers) });
  }

  /** Where even that fails. */
  #broken(line) {
    line.code = "GATEWAY_FAILED";
    const headers = { "content-type": "application/json; charset=utf-8", "cache-control": "no-store", "x-request-id": line.requestId };
    const error = {
      source: "gateway",
      kind: "internal",
      code: "GATEWAY_FAILED",
      message: "A defect of the gateway.",
      advice: "Report it to the portal's operator with the request id.",
      status: 500,
      retryable: false,
      retry: false,
      requestId: line.requestId,
    };
    return Response.json({ error }, { status: 500, headers });
  }

  async #healthAnswer(ask, env) {
    if (!this.#health || Date.now() - this.#health.at > HEALTH_MS) {
      const before = this.#health;
      // Whoever asks meanwhile hears what was so a moment ago: nobody who asks often makes the object do more.
      if (before) before.at = Date.now();
      this.#health = { at: Date.now(), ...(await this.#look(env)) };
    }
    const { at, ...health } = this.#health;
    const headers = pairs(enter(() => ask.common()));
    headers.push(["content-type", "application/json; charset=utf-8"], ["cache-control", "no-store"]);
    return new Response(JSON.stringify(health), { status: health.status === "ok" ? 200 : 503, headers });
  }

  async #look(env) {
    const configured = this.#settings.missing.length === 0;
    if (!configured) return { status: "down", configured, quota: "unknown" };
    try {
      await this.#exchange.visit(env, { needs: false }, Date.now() + 3000);
      return { status: "ok", configured, quota: "reachable" };
    } catch {
      return { status: "down", configured, quota: "unreachable" };
    }
  }

  /** Posts notices; resolves when no isolate answers any more as if it had not heard them. */
  async post(env, notices) {
    await this.#keeper(env).post(this.#settings.name, notices);
    // This isolate hears them with its next answer.
  }

  /** A run of the sync. What it takes of the gateway is handed in, so that a gateway without it does not carry it. */
  sync(env, ctx) {
    const { baseUrl } = this.#options.upstream?.(env) ?? {};
    return this.#options.sync.run({ exchange: this.#exchange, keeper: (env) => this.#keeper(env), fetch: this.#fetch, baseUrl }, env, ctx);
  }

  async #audit(line, status, ms, env) {
    const { audit = (entry) => console.log(JSON.stringify(entry)) } = this.#options;
    const secret = (await this.#options.credentials?.(env))?.clientSecret;
    const ids = line.ids ?? [];
    audit({
      time: new Date().toISOString(),
      requestId: line.requestId,
      who: await pseudonym(secret, line.subject),
      tenant: /^[0-9a-f]{64}$/.test(line.tenant ?? "") ? line.tenant.slice(0, 16) : (line.tenant ?? ""),
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

/** The tenant that a claim names, where a function says which claim does. The empty text is none, and is refused. */
const tenantOf = ({ claims }, { tenant }) => (tenant === undefined ? undefined : (claims[tenant] ?? ""));

/** What a function gave in place of `jwt`, checked as that is. */
function checkedJwt(jwt) {
  new RawGateway(JSON.stringify({ jwt })).free();
  return jwt;
}
