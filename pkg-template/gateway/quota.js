// The Durable Object that all isolates ask: the one quota, the service's token, the identity provider's keys, and what was
// revoked and purged. What it decides is decided in the wasm; here it waits, sends and keeps.

import { DurableObject } from "cloudflare:workers";
import { pairs } from "../lines.js";
import { errorBody, RawQuota } from "../wasm/gateway.js";
import { registeredAs } from "./gateway.js";
import { fetchJwks } from "./keys.js";
import { Ledger } from "./ledger.js";
import { enter, generation } from "./module.js";
import { limited, pause, sooner } from "./time.js";

/** Keys are fetched again after so long … */
const KEYS_FRESH_MS = 600_000;
/** … and for one that is not among them, no sooner than this. */
const KEYS_UNKNOWN_MS = 30_000;
/** A host that is down is left alone for so long. */
const KEYS_RETRY_MS = 5000;

/** The token endpoint has so long for an answer. */
const TOKEN_MS = 30_000;

/** What one isolate may be behind, and how much clocks and timers err. */
const MARGIN_MS = 50;

/** What can be done to the ledger. */
const WORK = ["claim", "hold", "commit", "delivered", "release"];

export class CaseQuota extends DurableObject {
  #own;
  #opening;
  #generation;
  /** Who waits for slots, by the number of the ask. */
  #waiting = new Map();
  #timer;
  #coming;
  #keys;
  #fetching;
  #failedAt = 0;
  #ledger = new Ledger(this.ctx.storage);

  async #open(name) {
    if (this.#own && this.#generation === generation) return this.#own;
    this.#opening ??= this.#load(name).finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async #load(name) {
    const gateway = registeredAs(name);
    if (!gateway) throw new Error(`CaseQuota is not exported by the Worker whose createGateway has the name "${name}".`);
    const { clientId, clientSecret } = await credentials(gateway.options, this.env);
    const { tokenUrl } = gateway.options.upstream?.(this.env) ?? {};
    const kept = await this.ctx.storage.get(["pace", "token", "notices", "keys"]);
    const seed = crypto.getRandomValues(new Uint32Array(1))[0];
    const raw = enter(() => new RawQuota(gateway.text, clientId ?? "", clientSecret ?? "", tokenUrl, seed, crypto.randomUUID()));
    enter(() => raw.import(kept.get("pace"), kept.get("token"), kept.get("notices"), Date.now()));
    if (!kept.has("notices")) this.ctx.storage.put("notices", raw.exportNotices());
    this.#keys = kept.get("keys");
    const fetch = gateway.options.fetch ?? ((...args) => globalThis.fetch(...args));
    const noticeMs = (gateway.options.noticeSeconds ?? 1) * 1000;
    this.#own = { raw, options: gateway.options, fetch, noticeMs, hasCredentials: Boolean(clientId && clientSecret) };
    this.#generation = generation;
    return this.#own;
  }

  /** An isolate asks for what it has to hear, and for a token and slots where it needs them. */
  async visit(name, ask) {
    const own = await this.#open(name);
    const { raw } = own;
    const { heard, back = [], said = [], answered = false, refused = null, needs = false, patienceMs, timeMs = patienceMs } = ask;
    const now = Date.now();
    this.#takeBack(raw, back);
    // Before what was refused: that is the newer word of the two.
    if (answered) enter(() => raw.answered());
    for (const [retryAfterMs, quota] of said) enter(() => raw.refused(Date.now(), retryAfterMs ?? undefined, quota));
    if (refused !== null) enter(() => raw.refuseToken(refused, Date.now()));
    const reply = { told: "", token: null, granted: null, error: null };
    if (needs) {
      const token = await this.#token(own, now + timeMs);
      if (token.error) reply.error = token.error;
      else {
        reply.token = token;
        const slot = await this.#slot(raw, ask, now + patienceMs);
        if (slot.error) reply.error = slot.error;
        else reply.granted = slot;
      }
      // Nothing leaves this object before it is kept: what was granted counts after a restart as well.
      this.ctx.storage.put("pace", enter(() => raw.exportPace()));
    }
    reply.told = enter(() => raw.since(heard));
    return reply;
  }

  async giveBack(name, back) {
    const { raw } = await this.#open(name);
    this.#takeBack(raw, back);
    this.#decide(raw);
    this.ctx.storage.put("pace", enter(() => raw.exportPace()));
  }

  #takeBack(raw, back) {
    for (let place = 0; place + 1 < back.length; place += 2) enter(() => raw.giveBack(back[place], back[place + 1], Date.now()));
  }

  #slot(raw, { tenant, more, lifeMs }, until) {
    const now = Date.now();
    const number = enter(() => raw.ask(tenant, more, lifeMs, Math.max(until - now, 1), now));
    return new Promise((resolve) => {
      this.#waiting.set(number, resolve);
      this.#decide(raw);
    });
  }

  /** Tells those who wait what was decided, and comes back when there may be more. */
  #decide(raw) {
    for (;;) {
      const decision = enter(() => raw.decide(Date.now()));
      if (!decision) break;
      const [number, slots, ...rest] = decision;
      const resolve = this.#waiting.get(number);
      this.#waiting.delete(number);
      if (slots === 0) resolve?.({ error: rest[0] });
      else resolve?.({ slots, grant: rest[0], lifeMs: rest[1], heldMs: rest[2] });
    }
    clearTimeout(this.#timer);
    const ms = enter(() => raw.wakeInMs(Date.now()));
    if (ms !== undefined) this.#timer = setTimeout(() => this.#decide(raw), ms);
  }

  /** The token, fetched once for all who need it. */
  async #token({ raw, fetch, hasCredentials }, until) {
    if (!hasCredentials) return { error: errorBody("GATEWAY_NOT_CONFIGURED", "(no client id or secret)", false) };
    while (Date.now() < until) {
      const [what, ...rest] = enter(() => raw.token(Date.now()));
      if (what === "have") {
        const [accessToken, number, expiresAtMs, renewAtMs] = rest;
        return { accessToken, generation: number, expiresAtMs, renewAtMs };
      }
      if (what === "failed") return { error: rest[0] };
      if (what === "fetch") {
        const coming = this.#fetchToken(raw, fetch, ...rest).finally(() => {
          if (this.#coming === coming) this.#coming = undefined;
        });
        this.#coming = coming;
        continue;
      }
      const ms = enter(() => raw.tokenWakeInMs(Date.now())) ?? 1000;
      await sooner(this.#coming, Math.min(ms, until - Date.now()));
    }
    return { error: errorBody("UPSTREAM_TIMEOUT", "(the token endpoint)", false) };
  }

  async #fetchToken(raw, fetch, id, url, lines, body) {
    const headers = pairs(lines);
    let came = [0, undefined, undefined, new Uint8Array()];
    try {
      came = await limited(TOKEN_MS, async (signal) => {
        const response = await fetch(url, { method: "POST", headers, body, redirect: "manual", signal });
        const told = ["x-mashery-message-id", "retry-after"].map((header) => response.headers.get(header) ?? undefined);
        return [response.status, ...told, new Uint8Array(await response.arrayBuffer())];
      });
    } catch {
      // Status 0 says so.
    }
    enter(() => raw.tokenCame(id, ...came, Date.now()));
    this.ctx.storage.put("token", enter(() => raw.exportToken()));
  }

  /** The identity provider's keys, as JSON text. Those that were had last stay good while their host is down. */
  async keys(name, isUnknown) {
    const { options, fetch } = await this.#open(name);
    const jwt = typeof options.jwt === "function" ? options.jwt(this.env) : options.jwt;
    const now = Date.now();
    const isOfThis = this.#keys?.uri === jwt.jwksUri;
    const age = isOfThis ? now - this.#keys.at : Infinity;
    const wanted = age > KEYS_FRESH_MS || (isUnknown && age > KEYS_UNKNOWN_MS);
    if (wanted && now - this.#failedAt > KEYS_RETRY_MS) {
      this.#fetching ??= fetchJwks(fetch, jwt.jwksUri)
        .then((text) => {
          this.#keys = { uri: jwt.jwksUri, at: Date.now(), text };
          this.ctx.storage.put("keys", this.#keys);
        })
        .catch((error) => {
          this.#failedAt = Date.now();
          console.error("cisco-support-case gateway: the keys cannot be fetched.", String(error?.message ?? error));
        })
        .finally(() => {
          this.#fetching = undefined;
        });
      // Who has keys need not wait for newer ones.
      if (!isOfThis || isUnknown) await this.#fetching;
    }
    return this.#keys?.uri === jwt.jwksUri ? this.#keys.text : "";
  }

  /** Posts notices. When it resolves, no isolate answers any more as if it had not heard them. */
  async post(name, notices) {
    const { raw, noticeMs } = await this.#open(name);
    for (const [about, id] of notices) {
      if (!enter(() => raw.post(about, id))) throw new TypeError(`nothing is called ${about}`);
    }
    await this.ctx.storage.put("notices", enter(() => raw.exportNotices()));
    if (noticeMs > 0) await pause(noticeMs + MARGIN_MS);
  }

  /** One of the ledger's entries, by the name of what is done to it. */
  sync(work, ...given) {
    if (!WORK.includes(work)) throw new TypeError(`nothing is called ${work}`);
    return this.#ledger[work](...given);
  }

  /** What is used and left. */
  async budget(name) {
    const { raw } = await this.#open(name);
    return JSON.parse(enter(() => raw.budget(Date.now())));
  }
}

/** The client's id and secret; none where the partner's function has none. */
async function credentials(options, env) {
  try {
    return (await options.credentials(env)) ?? {};
  } catch (error) {
    console.error("cisco-support-case gateway: credentials failed.", String(error?.message ?? error));
    return {};
  }
}
