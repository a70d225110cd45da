// The sync: a run reads what has changed, keeps it in a store, and posts it. What a run has written counts when the ledger
// of the Durable Object says so, events and the cursor that covers them at once; so that wherever a run ends, the next one
// goes on from what counts, and tells again what may have been told. The client's wasm is in here: a gateway without a
// sync imports none of it.

import type { CaseChange, Changes, ChangesParams, StatusFlag } from "../client/index.js";
// The client as a Worker gets it, with its wasm.
import { CaseClient, checkAllCases, isCaseApiError } from "../entry/workerd.js";
import type { SyncHost } from "./exchange.js";
import type { Keeper, LedgerWork } from "./keeper.js";
import type { Delivery, Ledger, SavedCursor } from "./ledger.js";
import type { Context, Sync } from "./options.js";
import { Paced } from "./paced.js";
import { DELIVERY, SIGNATURE, sign } from "./signature.js";
import { Stopped, Store } from "./store.js";
import { messageOf } from "./thrown.js";
import { limited, within } from "./time.js";
import type { CaseEvent } from "./webhook.js";

export { type CaseDelivery, type CaseEvent, verifyWebhook, WebhookError } from "./webhook.js";

/** As much of an `R2Bucket` as is used. */
export interface SyncBucket {
  /** What stands under a name. */
  get(key: string): Promise<{
    /** The text. */
    text(): Promise<string>;
  } | null>;
  /** Keeps a text under a name. */
  put(key: string, value: string): Promise<unknown>;
  /** Removes a name. */
  delete(key: string): Promise<void>;
  /** The names that begin with a text, some at a time. */
  list(options: ListOptions): Promise<{
    /** The objects. */
    objects: {
      /** Its name. */
      key: string;
    }[];
    /** Whether there are more. */
    truncated: boolean;
  }>;
}

/** As much of a `KVNamespace` as is used. */
export interface SyncNamespace {
  /** What stands under a name. */
  get(key: string): Promise<string | null>;
  /** Of it, that it is a `KVNamespace`. */
  getWithMetadata(key: string): Promise<unknown>;
  /** Keeps a text under a name. */
  put(key: string, value: string): Promise<void>;
  /** Removes a name. */
  delete(key: string): Promise<void>;
  /** The names that begin with a text, some at a time. */
  list(options: ListOptions): Promise<{
    /** The names. */
    keys: {
      /** The name. */
      name: string;
    }[];
    /** Whether there are no more. */
    list_complete: boolean;
  }>;
}

/** Which names are listed. */
export interface ListOptions {
  /** What they begin with. */
  prefix: string;
  /** Where to go on. */
  cursor?: string;
}

type MaybePromise<T> = T | Promise<T>;

/** What a sync is made with. A name that is not here, or a value that cannot be used, is a `TypeError` when the Worker starts, with all that is wrong. */
export interface SyncOptions<Env = unknown> {
  /** The contracts, asked for at each run. They may come and go; none: nothing is read. */
  contract_ids: (env: Env) => MaybePromise<readonly string[]>;
  /** `"O"`: open cases, of which closed and gone ones are told. It has to stay as it is below one `prefix`. */
  status_flag?: StatusFlag;
  /** Cases created since then, a fixed date. It has to stay as it is below one `prefix`. */
  date_created_from?: string | Date;
  /** Where it is kept. */
  store: (env: Env) => SyncBucket | SyncNamespace;
  /** What stands before all names in the store (`cisco-support-case/`). Another one begins anew. */
  prefix?: string;
  /** Where changes are posted; left out: nowhere, and none is kept for it. `url` is https (http on localhost), `secret` has 16 characters or more. */
  webhook?: (env: Env) => {
    /** Where to: https, http on localhost. */
    url: string;
    /** What the signature is made with, 16 characters or more. */
    secret: string;
  };
  /** No list is begun after so many requests in one run (200); 1 to 10 000. */
  maxRequests?: number;
  /** Where the line of each run goes (`console.log`, as JSON); `false`: nowhere. */
  log?: ((line: SyncLine) => void) | false;
}

/** How a run went. It holds no id, no token and nothing of a case. */
export interface SyncLine {
  /** `"skipped"`: another run was under way. */
  sync: "done" | "failed" | "skipped";
  /** Requests to the service. */
  requests: number;
  /** Cases that are new or were updated, and were kept. */
  changed: number;
  /** Cases that are not open any more, and were kept. */
  closed: number;
  /** Cases that are not to be seen any more, and were kept as that. */
  gone: number;
  /** Events posted and taken. */
  delivered: number;
  /** Events that wait to be posted. */
  pending: number;
  /** Events that were given up, since somebody has deleted them. */
  dropped?: number;
  /** Parts of what there is to read that could not be read. The next run tells what they have missed. */
  failed?: number;
  /** How long it took, in milliseconds. */
  ms: number;
  /**
   * What went wrong, in codes: of the client's errors, or `STORE_FAILED`, `STORE_LATE`,
   * `QUOTA_UNREACHABLE`, `CLAIM_LOST`, `CONTRACTS_UNAVAILABLE`, `WEBHOOK_NOT_CONFIGURED`, `WEBHOOK_UNREACHABLE`,
   * `WEBHOOK_HTTP_` with a status, `SYNC_FAILED`.
   */
  errors?: string[];
}

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

const OPTIONS: Record<string, [expected: string, isUsable: (value: unknown) => boolean]> = {
  contract_ids: ["a function of env that returns a list of contract ids", isFunction],
  store: ["a function of env that returns an R2 bucket or a KV namespace", isFunction],
  webhook: ["a function of env that returns { url, secret }", (value) => value === undefined || isFunction(value)],
  log: [
    "a function of an audit entry, or false for none",
    (value) => value === undefined || value === false || isFunction(value),
  ],
  prefix: [
    "a string of at most 200 bytes",
    (value) => value === undefined || (typeof value === "string" && encoded(value).length <= 200),
  ],
  maxRequests: [
    "a whole number from 1 to 10000",
    (value) =>
      value === undefined || (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 10_000),
  ],
};
/** What the service is asked by. */
const PARAMETERS = ["status_flag", "date_created_from"];

const encoded = (text: string): Uint8Array => new TextEncoder().encode(text);
function isFunction(value: unknown): boolean {
  return typeof value === "function";
}

/**
 * What a scheduled run of a gateway does: it keeps cases in a store and posts what has changed, each change at least once.
 *
 * ```ts
 * export default createGateway<Env>({
 *   …,
 *   sync: syncTo<Env>({
 *     contract_ids: (env) => contractsOf(env.DATABASE),
 *     status_flag: "O",
 *     store: (env) => env.CASES,
 *     webhook: (env) => ({ url: "https://hooks.portal.example/cases", secret: env.WEBHOOK_SECRET }),
 *   }),
 * });
 * ```
 */
export function syncTo<Env = unknown>(options: SyncOptions<Env>): Sync<Env> {
  // Whoever calls it without types may have forgotten them.
  const problems = wrong(options ?? {});
  if (problems.length > 0) throw new TypeError(`syncTo: ${problems.join("; ")}`);
  const {
    prefix = "cisco-support-case/",
    maxRequests = 200,
    log = (line: SyncLine) => console.log(JSON.stringify(line)),
    ...rest
  } = options;
  const settings = { ...rest, prefix, maxRequests, log };
  return Object.freeze({
    run: (host: SyncHost<Env>, env: Env, ctx: Context) => new Run(settings, host, env, ctx).run(),
  });
}

/** Options with what is left out filled in. */
type RunSettings<Env> = SyncOptions<Env> & Required<Pick<SyncOptions<Env>, "prefix" | "maxRequests" | "log">>;

/** The parameters of what is asked, those that were given. */
function asked(
  contract_ids: readonly string[],
  { status_flag, date_created_from }: Pick<SyncOptions, "status_flag" | "date_created_from">,
): ChangesParams {
  return {
    contract_ids,
    ...(status_flag !== undefined && { status_flag }),
    ...(date_created_from !== undefined && { date_created_from }),
  };
}

/** What is wrong with options, all of it. */
function wrong(options: unknown): string[] {
  if (typeof options !== "object" || options === null) return ["expected an object of options"];
  const given = options as Record<string, unknown>;
  const known = [...Object.keys(OPTIONS), ...PARAMETERS];
  const unknown = Object.keys(given).filter((name) => !known.includes(name));
  const unusable = Object.entries(OPTIONS).filter(([name, [, isUsable]]) => !isUsable(given[name]));
  return [
    ...unknown.map((name) => `${name}: expected one of ${known.join(", ")}`),
    ...unusable.map(([name, [expected]]) => `${name}: expected ${expected}`),
    ...checkAllCases(asked(["1"], options)).map(({ message }) => message),
  ];
}

class Run<Env> {
  #settings: RunSettings<Env>;
  #host: SyncHost<Env>;
  #env: Env;
  #ctx: Context;
  #began = Date.now();
  #line: SyncLine = { sync: "done", requests: 0, changed: 0, closed: 0, gone: 0, delivered: 0, pending: 0, ms: 0 };
  /** Whether something in the store does not count yet, and whether something has been left there that does not any more. */
  #isOpen = false;
  #isTidy = true;
  #count = 0;
  #from = 0;
  /** The cursor that counts, and what was written since. */
  #cursor: string | null = null;
  #written: Delivery[] = [];

  constructor(settings: RunSettings<Env>, host: SyncHost<Env>, env: Env, ctx: Context) {
    this.#settings = settings;
    this.#host = host;
    this.#env = env;
    this.#ctx = ctx;
  }

  /** It never throws: what went wrong stands in the line. */
  async run(): Promise<void> {
    const line = this.#line;
    let claim: Claim | null = null;
    try {
      claim = await Claim.of(this.#host.keeper(this.#env), this.#settings.prefix);
      if (claim) await this.#go(claim);
      else line.sync = "skipped";
    } catch (error) {
      this.#failed(error);
    } finally {
      await claim?.release(this.#isTidy && !this.#isOpen).catch((error: unknown) => this.#failed(error));
      line.pending = (claim?.waiting ?? []).reduce((sum, [, events]) => sum + events, 0);
      line.ms = Date.now() - this.#began;
      try {
        if (this.#settings.log) this.#settings.log(line);
      } catch (error) {
        console.error(`${LOG} log threw.`, messageOf(error));
      }
    }
  }

  async #go(claim: Claim): Promise<void> {
    const work = { claim, store: new Store(this.#settings.store(this.#env), this.#settings.prefix) };
    // Numbers in order, also where this machine's clock is behind the last one's.
    const last = [...claim.waiting.map(([id]) => id), claim.cursor?.id ?? ""].sort().at(-1);
    this.#from = Math.max(Date.now(), timeOf(last) + 1);
    try {
      await this.#clean(work);
      await this.#read(work);
    } catch (error) {
      this.#failed(error);
    }
    if (!this.#settings.webhook) return;
    try {
      await this.#deliver(work);
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Notes what went wrong: its code, without a text that may quote what it likes. */
  #failed(error: unknown): void {
    const code = error instanceof Stopped || isCaseApiError(error) ? error.code : "SYNC_FAILED";
    const { errors = [] } = this.#line;
    this.#line.sync = "failed";
    this.#line.errors = errors.includes(code) ? errors : [...errors, code];
    const cause = error instanceof Stopped ? error.cause : isCaseApiError(error) ? undefined : error;
    if (cause) console.error(`${LOG} ${code}.`, messageOf(cause));
  }

  #id(): string {
    this.#count += 1;
    return `${String(this.#from).padStart(13, "0")}-${String(this.#count).padStart(6, "0")}`;
  }

  /**
   * Removes what a run that ended half-way has left. Where the ledger knows nothing yet, the store is believed: a gateway
   * that got another name has another ledger. A cursor was only ever written after the events that it covers.
   */
  async #clean({ claim, store }: Work): Promise<void> {
    const { cursor, waiting, isTidy } = claim;
    if (cursor && isTidy) return;
    this.#isTidy = false;
    const [events, cursors] = [await written(store, "outbox/"), await written(store, "cursor/")];
    if (!cursor) {
      for (let at = 0; at < events.length; at += BATCH) {
        const some: Delivery[] = [];
        for (const { name, id } of events.slice(at, at + BATCH)) {
          const text = await store.get(name);
          if (text !== null) some.push([id, (JSON.parse(text) as { events: unknown[] }).events.length]);
        }
        await claim.commit(null, some);
      }
      const newest = cursors.at(-1);
      if (newest) await claim.commit({ id: newest.id }, []);
    } else {
      const counts = new Set([...waiting.map(([id]) => `outbox/${id}.json`), `cursor/${cursor.id}.json`]);
      for (const { name } of [...events, ...cursors].filter(({ name }) => !counts.has(name))) {
        // What another run has written since would look the same.
        claim.check();
        await store.remove(name);
      }
    }
    this.#isTidy = true;
  }

  async #read(work: Work): Promise<void> {
    const contract_ids = await this.#contracts();
    if (contract_ids.length === 0) return;
    this.#cursor = await this.#saved(work);
    const { exchange, fetch, baseUrl } = this.#host;
    const { maxRequests } = this.#settings;
    const paced = new Paced(exchange, TENANT, fetch, this.#env, this.#ctx);
    // The keeper has the pace; a wait for it counts here.
    const rateLimit = { perSecond: 0, perMinute: 0, perDay: 0 };
    const options = { token: paced.token, fetch: paced.fetch, rateLimit, timeoutMs: 120_000 };
    const client = new CaseClient(baseUrl === undefined ? options : { ...options, baseUrl });
    const signal = AbortSignal.timeout(READ_MS);
    const params = asked(contract_ids, this.#settings);
    const changes = client.changes(params, this.#cursor, { maxRequests, signal, concurrency: 4, partial: true });
    let failure: unknown;
    try {
      await this.#take(work, changes);
    } catch (error) {
      if (!isCaseApiError(error)) throw error;
      if (!signal.aborted) failure = error;
    } finally {
      this.#line.requests = paced.requests;
      client.free();
    }
    await this.#save(work, changes.cursor());
    const { failures } = changes;
    if (failures.length > 0) this.#line.failed = failures.length;
    failure ??= failures[0]?.error;
    if (failure) throw failure;
  }

  /** Keeps what comes. Where reading fails, what came before is kept all the same. */
  async #take(work: Work, changes: Changes): Promise<void> {
    const began = this.#cursor;
    let batch: CaseEvent[] = [];
    const keep = async () => {
      const events = batch;
      batch = [];
      if (events.length > 0) await this.#keep(work, events);
    };
    try {
      for await (const change of changes) {
        batch.push(eventOf(change));
        if (batch.length < BATCH) continue;
        await keep();
        if (this.#count % BATCHES === 0) await this.#save(work, changes.cursor());
        // A list counts as a whole: one that is larger than that has to be read to its end.
        if (work.store.operations > READ_OPERATIONS && changes.cursor() !== began) return await keep();
      }
    } catch (error) {
      if (!isCaseApiError(error)) throw error;
      await keep();
      throw error;
    }
    await keep();
  }

  /** Puts events where they are to be found: each case as it is now, and together what is to be posted. */
  async #keep({ claim, store }: Work, events: CaseEvent[]): Promise<void> {
    claim.check();
    await store.putAll(
      new Map(events.map((event) => [`cases/${encodeURIComponent(event.case_id)}.json`, JSON.stringify(event)])),
    );
    const id = this.#id();
    if (this.#settings.webhook) {
      claim.check();
      this.#isOpen = true;
      await store.put(`outbox/${id}.json`, JSON.stringify({ delivery: id, events }));
      this.#written.push([id, events.length]);
    }
    // Without `where` no case has left.
    for (const { type } of events) this.#line[type] += 1;
  }

  /** Lets what was written count. */
  async #save(work: Work, cursor: string | null): Promise<void> {
    const { claim, store } = work;
    const moved = cursor !== null && cursor !== this.#cursor ? { text: cursor, saved: { id: this.#id() } } : null;
    if (!moved && this.#written.length === 0) return;
    const before = claim.cursor;
    claim.check();
    this.#isOpen = true;
    if (moved) await store.put(`cursor/${moved.saved.id}.json`, moved.text);
    await claim.commit(moved?.saved ?? null, this.#written.splice(0));
    this.#isOpen = false;
    if (!moved) return;
    this.#cursor = moved.text;
    if (before) await this.#dispose(store, `cursor/${before.id}.json`);
  }

  /** What does not count any more. If it stays, the next run removes it. */
  async #dispose(store: Store, name: string): Promise<void> {
    try {
      await store.remove(name);
    } catch {
      this.#isTidy = false;
    }
  }

  async #contracts(): Promise<readonly string[]> {
    try {
      const ids: unknown = await this.#settings.contract_ids(this.#env);
      if (!Array.isArray(ids)) throw new TypeError("contract_ids returned no list");
      return ids;
    } catch (cause) {
      throw new Stopped("CONTRACTS_UNAVAILABLE", cause);
    }
  }

  /** The cursor that counts; `null` to begin anew, also where somebody has deleted it. */
  async #saved({ claim, store }: Work): Promise<string | null> {
    const { cursor } = claim;
    if (!cursor) return null;
    const text = await store.get(`cursor/${cursor.id}.json`);
    if (text === null) this.#isLate(store, cursor.id);
    return text;
  }

  /** What counts is missing in the store. KV may only be late: an older cursor would lose closings, so that the run ends. */
  #isLate(store: Store, id: string): void {
    if (store.isLate && Date.now() - timeOf(id) < LATE_MS) throw new Stopped("STORE_LATE");
  }

  /** Posts what waits, in order. The first that is not taken ends it until the next run. */
  async #deliver({ claim, store }: Work): Promise<void> {
    for (const [id, events] of [...claim.waiting]) {
      if (Date.now() - this.#began > RUN_MS || store.operations > RUN_OPERATIONS) return;
      claim.check();
      const name = `outbox/${id}.json`;
      const body = await store.get(name);
      if (body === null) {
        this.#isLate(store, id);
        // Somebody has given it up.
        this.#line.dropped = (this.#line.dropped ?? 0) + events;
      } else {
        await this.#post(id, body);
        this.#line.delivered += events;
      }
      await claim.delivered(id);
      await this.#dispose(store, name);
    }
  }

  async #post(id: string, body: string): Promise<void> {
    const { url, secret } = this.#webhook();
    const headers = {
      "content-type": "application/json",
      [DELIVERY]: id,
      [SIGNATURE]: await sign(body, secret, Math.floor(Date.now() / 1000)),
    };
    let status: number | undefined;
    try {
      await limited(POST_MS, async (signal) => {
        const { fetch } = this.#host;
        const response = await fetch(url, { method: "POST", headers, body, redirect: "manual", signal });
        status = response.status;
        await response.body?.cancel();
      });
    } catch {
      // What is thrown may quote the address, which may hold a secret.
      throw new Stopped(status === undefined ? "WEBHOOK_UNREACHABLE" : `WEBHOOK_HTTP_${status}`);
    }
    if (status === undefined || status < 200 || status > 299) throw new Stopped(`WEBHOOK_HTTP_${status}`);
  }

  #webhook(): { url: string; secret: string } {
    try {
      const { url, secret } = this.#settings.webhook?.(this.#env) ?? { url: "", secret: "" };
      const { protocol, hostname } = new URL(url);
      const isSafe =
        protocol === "https:" || (protocol === "http:" && ["localhost", "127.0.0.1", "[::1]"].includes(hostname));
      if (isSafe && typeof secret === "string" && secret.length >= 16) return { url, secret };
    } catch {
      // As below.
    }
    throw new Stopped(
      "WEBHOOK_NOT_CONFIGURED",
      "webhook has to give { url, secret }: an https address, and a secret of 16 characters or more",
    );
  }
}

/** What a run works with. */
interface Work {
  claim: Claim;
  store: Store;
}

/** A change as it is kept and posted. */
const eventOf = ({ type, case_id, case: one }: CaseChange): CaseEvent =>
  ({ type, case_id, at: new Date().toISOString(), case: one }) as CaseEvent;

/** What runs have written below a folder of the store, in order. */
async function written(store: Store, folder: string): Promise<{ name: string; id: string }[]> {
  return (await store.names(folder)).flatMap((name) => {
    const id = /\/([0-9]{13,}-[0-9]+)\.json$/.exec(name)?.[1];
    return id === undefined ? [] : [{ name, id }];
  });
}

/** When the run began that made an id. */
const timeOf = (id: string | undefined): number => Number(id?.slice(0, 13) || 0);

/** What one run holds of the ledger. */
class Claim {
  cursor: SavedCursor | null = null;
  waiting: Delivery[] = [];
  isTidy = false;
  #keeper: Keeper;
  #what: string;
  #holder: string = crypto.randomUUID();
  #until = 0;
  #timer: ReturnType<typeof setInterval> | null = null;

  private constructor(keeper: Keeper, what: string) {
    this.#keeper = keeper;
    this.#what = what;
  }

  static async of(keeper: Keeper, what: string): Promise<Claim | null> {
    const claim = new Claim(keeper, what);
    const sent = Date.now();
    const held = await claim.#ask("claim", CLAIM_MS);
    if (!held) return null;
    claim.#until = sent + CLAIM_MS;
    ({ cursor: claim.cursor, waiting: claim.waiting, isTidy: claim.isTidy } = held);
    claim.#timer = setInterval(() => claim.#hold().catch(() => {}), HOLD_MS);
    return claim;
  }

  async #hold(): Promise<void> {
    const sent = Date.now();
    this.#until = (await this.#ask("hold", CLAIM_MS)) ? sent + CLAIM_MS : 0;
  }

  /** Nothing is written by who may have lost it. */
  check(): void {
    if (Date.now() > this.#until - CLAIM_MARGIN_MS) throw new Stopped("CLAIM_LOST");
  }

  async commit(cursor: SavedCursor | null, deliveries: Delivery[]): Promise<void> {
    if (!(await this.#ask("commit", cursor, deliveries))) throw new Stopped("CLAIM_LOST");
    if (cursor) this.cursor = cursor;
    const known = new Map([...this.waiting, ...deliveries]);
    this.waiting = [...known].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  async delivered(id: string): Promise<void> {
    if (!(await this.#ask("delivered", id))) throw new Stopped("CLAIM_LOST");
    this.waiting = this.waiting.filter(([other]) => other !== id);
  }

  release(isTidy: boolean): Promise<void> {
    clearInterval(this.#timer);
    return this.#ask("release", isTidy);
  }

  async #ask<W extends LedgerWork>(
    work: W,
    ...given: BeyondHolder<Parameters<Ledger[W]>>
  ): Promise<Awaited<ReturnType<Ledger[W]>>> {
    const all = [this.#what, this.#holder, ...given] as unknown as Parameters<Ledger[W]>;
    try {
      return await within(this.#keeper.sync(work, ...all), KEEPER_MS);
    } catch (cause) {
      throw new Stopped("QUOTA_UNREACHABLE", cause);
    }
  }
}

/** What the ledger is given besides what is held and by whom. */
type BeyondHolder<T extends unknown[]> = T extends [string, string, ...infer Rest] ? Rest : never;
