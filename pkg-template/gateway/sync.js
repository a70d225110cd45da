// The sync: a run reads what has changed, keeps it in a store, and posts it. What a run has written counts when the ledger
// of the Durable Object says so, events and the cursor that covers them at once; so that wherever a run ends, the next one
// goes on from what counts, and tells again what may have been told. The client's wasm is in here: a gateway without a
// sync imports none of it.

import { CaseClient, checkSweep, isCaseApiError } from "../entry/workerd.js";
import { Paced } from "./paced.js";
import { Stopped, Store } from "./store.js";
import { limited, within } from "./time.js";
import { DELIVERY, sign, SIGNATURE } from "./webhook.js";

/** Whose share of the quota it uses. */
const TENANT = "sync";

/** So many events are posted at once. */
const BATCH = 100;
/** After so many batches what was kept is committed; the cursor is some hundred KB where contracts are many. */
const BATCHES = 10;
/** A Worker may make 1000 operations in KV in one invocation. From here on no more is read, unless nothing were won … */
const READ_OPERATIONS = 800;
/** … and from here on no more is delivered. */
const RUN_OPERATIONS = 950;

/** Cloudflare ends a scheduled run after 15 minutes. It reads no longer than this … */
const READ_MS = 9 * 60_000;
/** … and delivers until then. */
const RUN_MS = 13 * 60_000;

/** A claim is good for so long, and held on to so often: after a crash the next run can begin soon. */
const CLAIM_MS = 60_000;
const HOLD_MS = 15_000;
/** What is begun shortly before a claim ends may come to its end after it. */
const CLAIM_MARGIN_MS = 10_000;

const KEEPER_MS = 10_000;
const POST_MS = 10_000;

/** KV shows everywhere what was written within a minute or so. What is missing for longer was deleted. */
const LATE_MS = 10 * 60_000;

const LOG = "cisco-support-case gateway: sync:";

const OPTIONS = {
  contract_ids: ["a function of env that gives a list of contract ids", isFunction],
  store: ["a function of env that gives an R2 bucket or a KV namespace", isFunction],
  webhook: ["a function of env that gives { url, secret }", (value) => value === undefined || isFunction(value)],
  log: ["a function of a line, or false for none", (value) => value === undefined || value === false || isFunction(value)],
  prefix: ["a text of at most 200 bytes", (value) => value === undefined || (typeof value === "string" && encoded(value).length <= 200)],
  maxRequests: ["a whole number from 1 to 10000", (value) => value === undefined || (Number.isInteger(value) && value >= 1 && value <= 10_000)],
};
/** What the service is asked by. */
const PARAMETERS = ["status_flag", "from"];

const encoded = (text) => new TextEncoder().encode(text);
function isFunction(value) {
  return typeof value === "function";
}

export function syncTo(options = {}) {
  const problems = wrong(options);
  if (problems.length > 0) throw new TypeError(`syncTo: ${problems.join("; ")}`);
  const { prefix = "cisco-support-case/", maxRequests = 200, log = (line) => console.log(JSON.stringify(line)), ...rest } = options;
  const settings = { ...rest, prefix, maxRequests, log };
  return Object.freeze({ run: (gateway, env, ctx) => new Run(settings, gateway, env, ctx).run() });
}

/** What is wrong with options, all of it. */
function wrong(options) {
  if (typeof options !== "object" || options === null) return ["expected an object of options"];
  const known = [...Object.keys(OPTIONS), ...PARAMETERS];
  const unknown = Object.keys(options).filter((name) => !known.includes(name));
  const unusable = Object.entries(OPTIONS).filter(([name, [, isUsable]]) => !isUsable(options[name]));
  const { status_flag, from } = options;
  return [
    ...unknown.map((name) => `${name}: expected one of ${known.join(", ")}`),
    ...unusable.map(([name, [expected]]) => `${name}: expected ${expected}`),
    ...checkSweep({ contract_ids: ["1"], status_flag, from }).map(({ message }) => message),
  ];
}

class Run {
  #settings;
  #gateway;
  #env;
  #ctx;
  #store;
  #claim;
  #began = Date.now();
  #line = { sync: "done", requests: 0, changed: 0, closed: 0, gone: 0, delivered: 0, pending: 0, ms: 0 };
  /** Whether something in the store does not count yet, and whether something has been left there that does not any more. */
  #isOpen = false;
  #isTidy = true;
  #count = 0;
  #from;
  /** The cursor that counts, and what was written since: pairs of an id and how many events. */
  #cursor = null;
  #written = [];

  constructor(settings, gateway, env, ctx) {
    this.#settings = settings;
    this.#gateway = gateway;
    this.#env = env;
    this.#ctx = ctx;
  }

  /** It never throws: what went wrong stands in the line. */
  async run() {
    const line = this.#line;
    try {
      this.#claim = await Claim.of(this.#gateway.keeper(this.#env), this.#settings.prefix);
      if (this.#claim) await this.#go();
      else line.sync = "skipped";
    } catch (error) {
      this.#failed(error);
    } finally {
      await this.#claim?.release(this.#isTidy && !this.#isOpen).catch((error) => this.#failed(error));
      line.pending = (this.#claim?.waiting ?? []).reduce((sum, [, events]) => sum + events, 0);
      line.ms = Date.now() - this.#began;
      try {
        if (this.#settings.log) this.#settings.log(line);
      } catch (error) {
        console.error(`${LOG} log threw.`, String(error?.message ?? error));
      }
    }
  }

  async #go() {
    this.#store = new Store(this.#settings.store(this.#env), this.#settings.prefix);
    // Numbers in order, also where this machine's clock is behind the last one's.
    const last = [...this.#claim.waiting.map(([id]) => id), this.#claim.cursor?.id ?? ""].sort().at(-1);
    this.#from = Math.max(Date.now(), timeOf(last) + 1);
    try {
      await this.#clean();
      await this.#read();
    } catch (error) {
      this.#failed(error);
    }
    if (!this.#settings.webhook) return;
    try {
      await this.#deliver();
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Notes what went wrong: its code, without a text that may quote what it likes. */
  #failed(error) {
    const isKnown = error instanceof Stopped || isCaseApiError(error);
    const code = isKnown ? error.code : "SYNC_FAILED";
    const { errors = [] } = this.#line;
    Object.assign(this.#line, { sync: "failed", errors: errors.includes(code) ? errors : [...errors, code] });
    const cause = error instanceof Stopped ? error.cause : isKnown ? undefined : error;
    if (cause) console.error(`${LOG} ${code}.`, String(cause.message ?? cause));
  }

  #id() {
    this.#count += 1;
    return `${String(this.#from).padStart(13, "0")}-${String(this.#count).padStart(6, "0")}`;
  }

  /**
   * Removes what a run that ended half-way has left. Where the ledger knows nothing yet, the store is believed: a gateway
   * that got another name has another ledger. A cursor was only ever written after the events that it covers.
   */
  async #clean() {
    const { cursor, waiting, isTidy } = this.#claim;
    if (cursor && isTidy) return;
    this.#isTidy = false;
    const found = [await this.#store.names("outbox/"), await this.#store.names("cursor/")].map((names) =>
      names.map((name) => ({ name, id: /\/([0-9]{13,}-[0-9]+)\.json$/.exec(name)?.[1] })).filter(({ id }) => id),
    );
    const [events, cursors] = found;
    if (!cursor) {
      for (let at = 0; at < events.length; at += BATCH) {
        const some = [];
        for (const { name, id } of events.slice(at, at + BATCH)) {
          const text = await this.#store.get(name);
          if (text !== null) some.push([id, JSON.parse(text).events.length]);
        }
        await this.#claim.commit(null, some);
      }
      const newest = cursors.at(-1);
      if (newest) await this.#claim.commit({ id: newest.id }, []);
    } else {
      const counts = new Set([...waiting.map(([id]) => `outbox/${id}.json`), `cursor/${cursor.id}.json`]);
      for (const { name } of [...events, ...cursors].filter(({ name }) => !counts.has(name))) {
        // What another run has written since would look the same.
        this.#claim.check();
        await this.#store.remove(name);
      }
    }
    this.#isTidy = true;
  }

  async #read() {
    const contract_ids = await this.#contracts();
    if (contract_ids.length === 0) return;
    this.#cursor = await this.#saved();
    const { exchange, fetch, baseUrl } = this.#gateway;
    const { status_flag, from, maxRequests } = this.#settings;
    const paced = new Paced(exchange, TENANT, fetch, this.#env, this.#ctx);
    // The keeper has the pace; a wait for it counts here.
    const pace = { perSecond: 0, perMinute: 0, perDay: 0 };
    const client = new CaseClient({ baseUrl, token: paced.token, fetch: paced.fetch, pace, timeoutMs: 120_000 });
    const signal = AbortSignal.timeout(READ_MS);
    const changes = client.changes({ contract_ids, status_flag, from }, this.#cursor, { maxRequests, signal, concurrency: 4, partial: true });
    let failure;
    try {
      await this.#take(changes);
    } catch (error) {
      if (!isCaseApiError(error)) throw error;
      if (!signal.aborted) failure = error;
    } finally {
      this.#line.requests = paced.requests;
      client.free();
    }
    await this.#save(changes.cursor());
    const { failures } = changes;
    if (failures.length > 0) this.#line.failed = failures.length;
    failure ??= failures[0]?.error;
    if (failure) throw failure;
  }

  /** Keeps what comes. Where reading fails, what came before is kept all the same. */
  async #take(changes) {
    const began = this.#cursor;
    let batch = [];
    const keep = async () => {
      const events = batch;
      batch = [];
      if (events.length > 0) await this.#keep(events);
    };
    try {
      for await (const { type, case_id, case: one } of changes) {
        batch.push({ type, case_id, at: new Date().toISOString(), case: one });
        if (batch.length < BATCH) continue;
        await keep();
        if (this.#count % BATCHES === 0) await this.#save(changes.cursor());
        // A list counts as a whole: one that is larger than that has to be read to its end.
        if (this.#store.operations > READ_OPERATIONS && changes.cursor() !== began) return await keep();
      }
    } catch (error) {
      if (!isCaseApiError(error)) throw error;
      await keep();
      throw error;
    }
    await keep();
  }

  /** Puts events where they are to be found: each case as it is now, and together what is to be posted. */
  async #keep(events) {
    this.#claim.check();
    await this.#store.putAll(new Map(events.map((event) => [`cases/${encodeURIComponent(event.case_id)}.json`, JSON.stringify(event)])));
    const id = this.#id();
    if (this.#settings.webhook) {
      this.#claim.check();
      this.#isOpen = true;
      await this.#store.put(`outbox/${id}.json`, JSON.stringify({ delivery: id, events }));
      this.#written.push([id, events.length]);
    }
    for (const { type } of events) this.#line[type] += 1;
  }

  /** Lets what was written count. */
  async #save(cursor) {
    const hasMoved = cursor !== null && cursor !== this.#cursor;
    if (!hasMoved && this.#written.length === 0) return;
    const before = this.#claim.cursor;
    const saved = hasMoved ? { id: this.#id() } : null;
    this.#claim.check();
    this.#isOpen = true;
    if (saved) await this.#store.put(`cursor/${saved.id}.json`, cursor);
    await this.#claim.commit(saved, this.#written.splice(0));
    this.#isOpen = false;
    if (!saved) return;
    this.#cursor = cursor;
    if (before) await this.#dispose(`cursor/${before.id}.json`);
  }

  /** What does not count any more. If it stays, the next run removes it. */
  async #dispose(name) {
    try {
      await this.#store.remove(name);
    } catch {
      this.#isTidy = false;
    }
  }

  async #contracts() {
    try {
      const ids = await this.#settings.contract_ids(this.#env);
      if (!Array.isArray(ids)) throw new TypeError("contract_ids gave no list");
      return ids;
    } catch (cause) {
      throw new Stopped("CONTRACTS_UNAVAILABLE", cause);
    }
  }

  /** The cursor that counts; `null` to begin anew, also where somebody has deleted it. */
  async #saved() {
    const { cursor } = this.#claim;
    if (!cursor) return null;
    const text = await this.#store.get(`cursor/${cursor.id}.json`);
    if (text === null) this.#isLate(cursor.id);
    return text;
  }

  /** What counts is missing in the store. KV may only be late: an older cursor would lose closings, so that the run ends. */
  #isLate(id) {
    if (this.#store.isLate && Date.now() - timeOf(id) < LATE_MS) throw new Stopped("STORE_LATE");
  }

  /** Posts what waits, in order. The first that is not taken ends it until the next run. */
  async #deliver() {
    for (const [id, events] of [...this.#claim.waiting]) {
      if (Date.now() - this.#began > RUN_MS || this.#store.operations > RUN_OPERATIONS) return;
      this.#claim.check();
      const name = `outbox/${id}.json`;
      const body = await this.#store.get(name);
      if (body === null) {
        this.#isLate(id);
        // Somebody has given it up.
        this.#line.dropped = (this.#line.dropped ?? 0) + events;
      } else {
        await this.#post(id, body);
        this.#line.delivered += events;
      }
      await this.#claim.delivered(id);
      await this.#dispose(name);
    }
  }

  async #post(id, body) {
    const { url, secret } = this.#webhook();
    const headers = {
      "content-type": "application/json",
      [DELIVERY]: id,
      [SIGNATURE]: await sign(body, secret, Math.floor(Date.now() / 1000)),
    };
    let status;
    try {
      await limited(POST_MS, async (signal) => {
        const { fetch } = this.#gateway;
        const response = await fetch(url, { method: "POST", headers, body, redirect: "manual", signal });
        status = response.status;
        await response.body?.cancel();
      });
    } catch {
      // What is thrown may quote the address, which may hold a secret.
      throw new Stopped(status === undefined ? "WEBHOOK_UNREACHABLE" : `WEBHOOK_HTTP_${status}`);
    }
    if (status < 200 || status > 299) throw new Stopped(`WEBHOOK_HTTP_${status}`);
  }

  #webhook() {
    try {
      const { url, secret } = this.#settings.webhook(this.#env);
      const { protocol, hostname } = new URL(url);
      const isSafe = protocol === "https:" || (protocol === "http:" && ["localhost", "127.0.0.1", "[::1]"].includes(hostname));
      if (isSafe && typeof secret === "string" && secret.length >= 16) return { url, secret };
    } catch {
      // As below.
    }
    throw new Stopped("WEBHOOK_NOT_CONFIGURED", "webhook has to give { url, secret }: an https address, and a secret of 16 characters or more");
  }
}

/** When the run began that made an id. */
const timeOf = (id) => Number(id?.slice(0, 13) || 0);

/** What one run holds of the ledger. */
class Claim {
  cursor;
  waiting;
  isTidy;
  #keeper;
  #what;
  #holder;
  #until;
  #timer;

  static async of(keeper, what) {
    const claim = new Claim();
    [claim.#keeper, claim.#what, claim.#holder] = [keeper, what, crypto.randomUUID()];
    const sent = Date.now();
    const held = await claim.#ask("claim", CLAIM_MS);
    if (!held) return null;
    claim.#until = sent + CLAIM_MS;
    ({ cursor: claim.cursor, waiting: claim.waiting, isTidy: claim.isTidy } = held);
    claim.#timer = setInterval(() => claim.#hold().catch(() => {}), HOLD_MS);
    return claim;
  }

  async #hold() {
    const sent = Date.now();
    this.#until = (await this.#ask("hold", CLAIM_MS)) ? sent + CLAIM_MS : 0;
  }

  /** Nothing is written by who may have lost it. */
  check() {
    if (Date.now() > this.#until - CLAIM_MARGIN_MS) throw new Stopped("CLAIM_LOST");
  }

  async commit(cursor, deliveries) {
    if (!(await this.#ask("commit", cursor, deliveries))) throw new Stopped("CLAIM_LOST");
    if (cursor) this.cursor = cursor;
    const known = new Map([...this.waiting, ...deliveries]);
    this.waiting = [...known].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  async delivered(id) {
    if (!(await this.#ask("delivered", id))) throw new Stopped("CLAIM_LOST");
    this.waiting = this.waiting.filter(([other]) => other !== id);
  }

  release(isTidy) {
    clearInterval(this.#timer);
    return this.#ask("release", isTidy);
  }

  async #ask(work, ...given) {
    try {
      return await within(this.#keeper.sync(work, this.#what, this.#holder, ...given), KEEPER_MS);
    } catch (cause) {
      throw new Stopped("QUOTA_UNREACHABLE", cause);
    }
  }
}
