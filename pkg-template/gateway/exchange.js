// What is asked of the service: with a slot and a token that the keeper gives, at most once more than once.

import { LIMITS } from "../tables.js";
import { errorBody } from "../wasm/gateway.js";
import { enter } from "./module.js";
import { pause, within } from "./time.js";

/** A case that is not there, and one that may not be seen, are answered at whole quarters of a second. */
const QUANTUM_MS = 250;

/** So much of the time a request may wait for its turn: the rest is the service's. */
const PATIENCE = 0.6;

/** A slot that came too late to be used is asked for again, so often. */
const TOO_LATE = 3;

/** One isolate's way to the service. */
export class Exchange {
  #raw;
  #settings;
  #fetch;
  #keeper;
  #token;
  #said = [];
  #answered = false;
  /** How much has been heard, and by which of the wasm's gateways. */
  #heard;
  #heardBy;

  /** `raw()` gives the wasm's gateway, `keeper` asks the Durable Object. */
  constructor(raw, settings, fetch, keeper) {
    this.#raw = raw;
    this.#settings = settings;
    this.#fetch = fetch;
    this.#keeper = keeper;
  }

  /** How much has been heard of what was revoked and purged. */
  heard() {
    const raw = this.#raw();
    if (this.#heard === undefined || this.#heardBy !== raw) [this.#heard, this.#heardBy] = [raw.heard(), raw];
    return this.#heard;
  }

  /**
   * Asks the keeper: what was revoked and purged always, a token and slots where they are wanted. Throws the body of an
   * error where it cannot be reached.
   */
  async visit(env, wants, deadline) {
    const sent = Date.now();
    const raw = this.#raw();
    const timeMs = Math.max(deadline - sent, 1);
    const [said, answered, back] = [this.#said, this.#answered, enter(() => raw.over(sent))];
    [this.#said, this.#answered] = [[], false];
    let reply;
    try {
      const ask = { ...wants, heard: this.heard(), said, answered, back, timeMs, patienceMs: timeMs * PATIENCE };
      reply = await within(this.#keeper(env).visit(this.#settings.name, ask), deadline - sent + 500);
    } catch (cause) {
      console.error("cisco-support-case gateway: the quota cannot be reached.", String(cause?.message ?? cause));
      throw new Failure(errorBody("QUOTA_UNREACHABLE", "", false));
    }
    if (!enter(() => raw.hear(reply.told, sent))) throw new Failure(errorBody("QUOTA_UNREACHABLE", "", false));
    this.#heard = undefined;
    if (reply.token) this.#token = reply.token;
    return { ...reply, sent };
  }

  /** A slot and the token to use it with; the number of its lease, where that has no other slot. */
  async #slot(env, job, deadline, refused, ctx) {
    for (let tries = 0; tries < TOO_LATE; tries += 1) {
      const now = Date.now();
      const raw = this.#raw();
      const token = this.#token;
      const isGood = token && refused === null && (token.renewAtMs === null || now < token.renewAtMs);
      if (isGood && enter(() => raw.take(now))) {
        if (enter(() => raw.isLow(now))) ctx.waitUntil(this.#lease(env, { tenant: job.tenant(), refused }, deadline, ctx, true).catch(() => {}));
        return [token];
      }
      const { error, isInTime, granted } = await this.#lease(env, { tenant: job.tenant(), refused }, deadline, ctx, false);
      if (error) throw new Failure(error);
      if (isInTime) return [this.#token, granted.slots === 1 ? granted.grant : undefined];
      refused = null;
    }
    throw tooSlow();
  }

  /**
   * A slot and the token for work that nobody waits for. It is asked of the keeper each time, so that it has its turn
   * among all tenants: what the isolate has leased ahead is for those who do wait.
   */
  async one(env, tenant, deadline, refused) {
    for (let tries = 0; tries < TOO_LATE; tries += 1) {
      const { error, isInTime, token, granted } = await this.#lease(env, { tenant, refused }, deadline);
      if (error) throw new Failure(error);
      if (isInTime) return { ...token, landed: () => enter(() => this.#raw().landed(granted.grant)) };
      refused = null;
    }
    throw tooSlow();
  }

  /** Leases slots: one for use at once, unless it is asked ahead, and as many more as will be needed; without `ctx` none. */
  async #lease(env, who, deadline, ctx, ahead = false) {
    const now = Date.now();
    const raw = this.#raw();
    const [more, lifeMs] = enter(() => (ctx ? raw.wish(now) : [0, raw.oneForMs()]));
    let reply;
    try {
      reply = await this.visit(env, { ...who, more, lifeMs, needs: true }, deadline);
    } finally {
      const { grant, slots, lifeMs: life, heldMs } = reply?.granted ?? { grant: 0, slots: 0, lifeMs: 0, heldMs: 0 };
      const isInTime = enter(() => raw.came(more, [reply?.sent ?? now, heldMs, Date.now()], [grant, slots, life], ahead));
      if (reply) reply.isInTime = isInTime;
      if (ctx && (slots > 1 || ahead)) ctx.waitUntil(this.#giveBack(env));
    }
    return reply;
  }

  /** When leases are over, what was not used of them goes back. */
  async #giveBack(env) {
    const raw = this.#raw();
    const ms = enter(() => raw.overInMs(Date.now()));
    if (ms === undefined) return;
    await pause(ms + 1);
    const back = enter(() => raw.over(Date.now()));
    if (back.every((number, place) => place % 2 === 0 || number === 0)) return;
    try {
      await this.#keeper(env).giveBack(this.#settings.name, back);
    } catch {
      // They are lost to the day's quota, and to nothing else.
    }
  }

  /**
   * What the service says to a job: `{ body, line, messageId, lacks }`, or `{ failure, orStale }`; with how often it was
   * asked. It is over by the deadline, and gives back the job.
   */
  async ask(job, env, ctx, upstream, deadline) {
    const began = Date.now();
    const standing = { retries: 0, replayed: false };
    let refused = null;
    let attempts = 0;
    try {
      for (;;) {
        const [token, lease] = await this.#slot(env, job, deadline, refused, ctx);
        refused = null;
        attempts += 1;
        const [asked, heard] = [Date.now(), this.heard()];
        const [what, ...rest] = await this.#send(job, token, upstream, deadline, standing, asked, heard);
        if (lease !== undefined) enter(() => this.#raw().landed(lease));
        if (what === "deliver") {
          const [response, text, line, lacks] = rest;
          this.wasAnswered();
          if (lacks) await quantum(began, deadline);
          const body = text === null ? response.body : new TextEncoder().encode(text);
          return { body, line, messageId: response.messageId, attempts };
        }
        if (what === "renew") {
          refused = token.generation;
          standing.replayed = true;
        } else if (what === "retry") {
          const [, afterMs, pace] = rest;
          // At once: all others are to slow down as well, and the wait is one, not two in a row.
          if (pace) this.tell(env, ctx, pace);
          standing.retries += 1;
          await pause(afterMs);
        } else {
          const [, failure, pace, orStale, lacks] = rest;
          if (pace) this.tell(env, ctx, pace);
          if (lacks) await quantum(began, deadline);
          return { failure, orStale, attempts };
        }
      }
    } catch (error) {
      if (error instanceof Failure) return { failure: attempts > 0 ? final(error.body) : error.body, orStale: true, attempts };
      throw error;
    } finally {
      job.free();
    }
  }

  /** The service has answered: the keeper hears of it with the next visit, and takes neither token nor quota for spent. */
  wasAnswered() {
    this.#answered = true;
  }

  /** Tells the keeper what the service says of the pace. */
  tell(env, ctx, pace) {
    this.#said.push(pace);
    ctx.waitUntil(this.visit(env, { needs: false }, Date.now() + 5000).catch(() => {}));
  }

  async #send(job, token, upstream, deadline, standing, asked, heard) {
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), Math.max(deadline - Date.now(), 1));
    const numbers = () => {
      const now = Date.now();
      const dice = Math.floor(Math.random() * 2 ** 32);
      return [standing.retries, standing.replayed ? 1 : 0, deadline - now, dice, now];
    };
    try {
      const response = await this.#fetch(`${upstream.baseUrl ?? this.#settings.baseUrl}${job.path()}`, {
        headers: { accept: "application/json", authorization: `Bearer ${token.accessToken}` },
        redirect: "manual",
        signal: controller.signal,
      });
      const { status, headers } = response;
      const body = await bytes(response);
      const [errorCode, messageId, retryAfter, date] = [
        "x-mashery-error-code",
        "x-mashery-message-id",
        "retry-after",
        "date",
      ].map((name) => headers.get(name) ?? undefined);
      const raw = this.#raw();
      const [what, ...rest] = enter(() =>
        job.judge(raw, asked, heard, numbers(), status, errorCode, messageId, retryAfter, date, body),
      );
      return [what, { body, messageId }, ...rest];
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) throw error;
      const isTimeOver = controller.signal.aborted;
      controller.abort();
      const [what, ...rest] = enter(() => job.broken(isTimeOver, numbers()));
      return [what, null, ...rest];
    } finally {
      clearTimeout(timer);
    }
  }
}

/** The body of an error, on its way to whoever asked. */
export class Failure extends Error {
  constructor(body) {
    super("failed");
    this.body = body;
  }
}

/** What could not be asked once more has been asked: whoever hears of it does not ask again by itself. */
function final(body) {
  return JSON.stringify({ ...JSON.parse(body), retry: false });
}

const tooSlow = () => new Failure(errorBody("QUOTA_UNREACHABLE", "(it answers too slowly)", false));

/** A body to its end; one that is too large breaks off. */
export async function bytes(response) {
  if (Number(response.headers.get("content-length") ?? 0) > LIMITS.bodyBytes) throw new Error("too large");
  if (!response.body) return new Uint8Array();
  // What is packed says nothing of how large it is.
  const isTold = response.headers.has("content-length") && !response.headers.has("content-encoding");
  if (isTold) return new Uint8Array(await response.arrayBuffer());
  const parts = [];
  let length = 0;
  for await (const part of response.body) {
    length += part.length;
    if (length > LIMITS.bodyBytes) throw new Error("too large");
    parts.push(part);
  }
  if (parts.length === 1) return parts[0];
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Until the next whole quarter of a second since then. */
function quantum(since, deadline) {
  const passed = Date.now() - since;
  const wait = QUANTUM_MS - (passed % QUANTUM_MS);
  return pause(Math.min(wait, Math.max(deadline - Date.now(), 0)));
}
