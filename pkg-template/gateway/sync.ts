// The sync: a run reads what has changed, keeps it in a store, and posts it. What a run has written counts when the ledger
// of the Durable Object says so, events and the cursor that covers them at once; so that wherever a run ends, the next one
// goes on from what counts, and tells again what may have been told. The client's wasm is in here: a gateway without a
// sync imports none of it.

import type { CaseChange, Changes, ChangesParams, StatusFlag } from "../client/index.js";
// The client as a Worker gets it, with its wasm.
import { CaseClient, checkAllCases, isCaseApiError } from "../entry/workerd.js";
import type { SyncHost } from "./upstream-client.js";
import type { QuotaObject, SyncStateOperation } from "./quota-object.js";
import type { Delivery, SyncState, SavedCursor } from "./sync-state.js";
import type { Context, Sync } from "./options.js";
import { QuotaFetch } from "./quota-fetch.js";
import { DELIVERY, SIGNATURE, sign } from "./webhook-signature.js";
import { SyncError, BlobStore } from "./blob-store.js";
import { messageOf } from "./error-message.js";
import { withAbortTimeout, withTimeout } from "./timeout.js";
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
   * `QUOTA_UNREACHABLE`, `LOCK_LOST`, `CONTRACTS_UNAVAILABLE`, `WEBHOOK_NOT_CONFIGURED`, `WEBHOOK_UNREACHABLE`,
   * `WEBHOOK_HTTP_` with a status, `SYNC_FAILED`.
   */
  errors?: string[];
}

/** Whose share of the quota it uses. */
const SYNC_TENANT = "sync";

/** So many events are posted at once. */
const EVENTS_PER_DELIVERY = 100;
/** After so many batches what was kept is committed; the cursor is some hundred KB where contracts are many. */
const DELIVERIES_PER_COMMIT = 10;
/** A Worker may make 1000 operations in KV in one invocation. From here on no more is read, unless nothing were won … */
const MAX_READ_OPERATIONS = 800;
/** … and from here on no more is delivered. */
const MAX_RUN_OPERATIONS = 950;

/** Cloudflare ends a scheduled run after 15 minutes. It reads no longer than this … */
const MAX_READ_MS = 9 * 60_000;
/** … and delivers until then. */
const MAX_RUN_MS = 13 * 60_000;

/** A claim is good for so long, and held on to so often: after a crash the next run can begin soon. */
const LOCK_TTL_MS = 60_000;
const LOCK_RENEWAL_MS = 15_000;
/** What is begun shortly before a claim ends may come to its end after it. */
const LOCK_MARGIN_MS = 10_000;

const LOCK_TIMEOUT_MS = 10_000;
const DELIVERY_TIMEOUT_MS = 10_000;

/** KV shows everywhere what was written within a minute or so. What is missing for longer was deleted. */
const KV_DELAY_MS = 10 * 60_000;

const LOG = "cisco-support-case gateway: sync:";

const OPTION_CHECKS: Record<string, [expected: string, isUsable: (value: unknown) => boolean]> = {
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
  const problems = checkOptions(options ?? {});
  if (problems.length > 0) throw new TypeError(`syncTo: ${problems.join("; ")}`);
  const {
    prefix = "cisco-support-case/",
    maxRequests = 200,
    log = (line: SyncLine) => console.log(JSON.stringify(line)),
    ...rest
  } = options;
  const settings = { ...rest, prefix, maxRequests, log };
  return Object.freeze({
    run: (host: SyncHost<Env>, env: Env, ctx: Context) => new SyncRun(settings, host, env, ctx).run(),
  });
}

/** Options with what is left out filled in. */
type RunSettings<Env> = SyncOptions<Env> & Required<Pick<SyncOptions<Env>, "prefix" | "maxRequests" | "log">>;

/** The parameters of what is asked, those that were given. */
function changesParams(
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
function checkOptions(options: unknown): string[] {
  if (typeof options !== "object" || options === null) return ["expected an object of options"];
  const given = options as Record<string, unknown>;
  const known = [...Object.keys(OPTION_CHECKS), ...PARAMETERS];
  const unknown = Object.keys(given).filter((name) => !known.includes(name));
  const unusable = Object.entries(OPTION_CHECKS).filter(([name, [, isUsable]]) => !isUsable(given[name]));
  return [
    ...unknown.map((name) => `${name}: expected one of ${known.join(", ")}`),
    ...unusable.map(([name, [expected]]) => `${name}: expected ${expected}`),
    ...checkAllCases(changesParams(["1"], options)).map(({ message }) => message),
  ];
}

class SyncRun<Env> {
  #settings: RunSettings<Env>;
  #host: SyncHost<Env>;
  #env: Env;
  #ctx: Context;
  #startedAt = Date.now();
  #report: SyncLine = { sync: "done", requests: 0, changed: 0, closed: 0, gone: 0, delivered: 0, pending: 0, ms: 0 };
  /** Whether something in the store does not count yet, and whether something has been left there that does not any more. */
  #hasUncommitted = false;
  #isClean = true;
  #count = 0;
  #idTime = 0;
  /** The cursor that counts, and what was written since. */
  #cursor: string | null = null;
  #uncommitted: Delivery[] = [];

  constructor(settings: RunSettings<Env>, host: SyncHost<Env>, env: Env, ctx: Context) {
    this.#settings = settings;
    this.#host = host;
    this.#env = env;
    this.#ctx = ctx;
  }

  /** It never throws: what went wrong stands in the line. */
  async run(): Promise<void> {
    const line = this.#report;
    let lock: SyncLock | null = null;
    try {
      lock = await SyncLock.acquire(this.#host.quotaObject(this.#env), this.#settings.prefix);
      if (lock) await this.#runLocked(lock);
      else line.sync = "skipped";
    } catch (error) {
      this.#recordError(error);
    } finally {
      await lock?.release(this.#isClean && !this.#hasUncommitted).catch((error: unknown) => this.#recordError(error));
      line.pending = (lock?.pending ?? []).reduce((sum, [, events]) => sum + events, 0);
      line.ms = Date.now() - this.#startedAt;
      try {
        if (this.#settings.log) this.#settings.log(line);
      } catch (error) {
        console.error(`${LOG} log threw.`, messageOf(error));
      }
    }
  }

  async #runLocked(lock: SyncLock): Promise<void> {
    const locked = { lock, store: new BlobStore(this.#settings.store(this.#env), this.#settings.prefix) };
    // Numbers in order, also where this machine's clock is behind the last one's.
    const last = [...lock.pending.map(([id]) => id), lock.cursor?.id ?? ""].sort().at(-1);
    this.#idTime = Math.max(Date.now(), timeOf(last) + 1);
    try {
      await this.#cleanUp(locked);
      await this.#read(locked);
    } catch (error) {
      this.#recordError(error);
    }
    if (!this.#settings.webhook) return;
    try {
      await this.#deliver(locked);
    } catch (error) {
      this.#recordError(error);
    }
  }

  /** Notes what went wrong: its code, without a text that may quote what it likes. */
  #recordError(error: unknown): void {
    const code = error instanceof SyncError || isCaseApiError(error) ? error.code : "SYNC_FAILED";
    const { errors = [] } = this.#report;
    this.#report.sync = "failed";
    this.#report.errors = errors.includes(code) ? errors : [...errors, code];
    const cause = error instanceof SyncError ? error.cause : isCaseApiError(error) ? undefined : error;
    if (cause) console.error(`${LOG} ${code}.`, messageOf(cause));
  }

  #nextId(): string {
    this.#count += 1;
    return `${String(this.#idTime).padStart(13, "0")}-${String(this.#count).padStart(6, "0")}`;
  }

  /**
   * Removes what a run that ended half-way has left. Where the ledger knows nothing yet, the store is believed: a gateway
   * that got another name has another ledger. A cursor was only ever written after the events that it covers.
   */
  async #cleanUp({ lock, store }: LockedStore): Promise<void> {
    const { cursor, pending, isTidy } = lock;
    if (cursor && isTidy) return;
    this.#isClean = false;
    const [events, cursors] = [await listWritten(store, "outbox/"), await listWritten(store, "cursor/")];
    if (!cursor) {
      for (let at = 0; at < events.length; at += EVENTS_PER_DELIVERY) {
        const some: Delivery[] = [];
        for (const { name, id } of events.slice(at, at + EVENTS_PER_DELIVERY)) {
          const text = await store.get(name);
          if (text !== null) some.push([id, (JSON.parse(text) as { events: unknown[] }).events.length]);
        }
        await lock.commit(null, some);
      }
      const newest = cursors.at(-1);
      if (newest) await lock.commit({ id: newest.id }, []);
    } else {
      const counts = new Set([...pending.map(([id]) => `outbox/${id}.json`), `cursor/${cursor.id}.json`]);
      for (const { name } of [...events, ...cursors].filter(({ name }) => !counts.has(name))) {
        // What another run has written since would look the same.
        lock.check();
        await store.delete(name);
      }
    }
    this.#isClean = true;
  }

  async #read(locked: LockedStore): Promise<void> {
    const contract_ids = await this.#contractIds();
    if (contract_ids.length === 0) return;
    this.#cursor = await this.#loadCursor(locked);
    const { upstream, fetch, baseUrl } = this.#host;
    const { maxRequests } = this.#settings;
    const paced = new QuotaFetch(upstream, SYNC_TENANT, fetch, this.#env, this.#ctx);
    // The keeper has the pace; a wait for it counts here.
    const rateLimit = { perSecond: 0, perMinute: 0, perDay: 0 };
    const options = { token: paced.token, fetch: paced.fetch, rateLimit, timeoutMs: 120_000 };
    const client = new CaseClient(baseUrl === undefined ? options : { ...options, baseUrl });
    const signal = AbortSignal.timeout(MAX_READ_MS);
    const params = changesParams(contract_ids, this.#settings);
    const changes = client.changes(params, this.#cursor, { maxRequests, signal, concurrency: 4, partial: true });
    let failure: unknown;
    try {
      await this.#storeChanges(locked, changes);
    } catch (error) {
      if (!isCaseApiError(error)) throw error;
      if (!signal.aborted) failure = error;
    } finally {
      this.#report.requests = paced.requests;
      client.free();
    }
    await this.#commit(locked, changes.cursor());
    const { failures } = changes;
    if (failures.length > 0) this.#report.failed = failures.length;
    failure ??= failures[0]?.error;
    if (failure) throw failure;
  }

  /** Keeps what comes. Where reading fails, what came before is kept all the same. */
  async #storeChanges(locked: LockedStore, changes: Changes): Promise<void> {
    const began = this.#cursor;
    let batch: CaseEvent[] = [];
    const keep = async () => {
      const events = batch;
      batch = [];
      if (events.length > 0) await this.#storeEvents(locked, events);
    };
    try {
      for await (const change of changes) {
        batch.push(eventOf(change));
        if (batch.length < EVENTS_PER_DELIVERY) continue;
        await keep();
        if (this.#count % DELIVERIES_PER_COMMIT === 0) await this.#commit(locked, changes.cursor());
        // A list counts as a whole: one that is larger than that has to be read to its end.
        if (locked.store.operations > MAX_READ_OPERATIONS && changes.cursor() !== began) return await keep();
      }
    } catch (error) {
      if (!isCaseApiError(error)) throw error;
      await keep();
      throw error;
    }
    await keep();
  }

  /** Puts events where they are to be found: each case as it is now, and together what is to be posted. */
  async #storeEvents({ lock, store }: LockedStore, events: CaseEvent[]): Promise<void> {
    lock.check();
    await store.putAll(
      new Map(events.map((event) => [`cases/${encodeURIComponent(event.case_id)}.json`, JSON.stringify(event)])),
    );
    const id = this.#nextId();
    if (this.#settings.webhook) {
      lock.check();
      this.#hasUncommitted = true;
      await store.put(`outbox/${id}.json`, JSON.stringify({ delivery: id, events }));
      this.#uncommitted.push([id, events.length]);
    }
    // Without `where` no case has left.
    for (const { type } of events) this.#report[type] += 1;
  }

  /** Lets what was written count. */
  async #commit(locked: LockedStore, cursor: string | null): Promise<void> {
    const { lock, store } = locked;
    const moved = cursor !== null && cursor !== this.#cursor ? { text: cursor, saved: { id: this.#nextId() } } : null;
    if (!moved && this.#uncommitted.length === 0) return;
    const before = lock.cursor;
    lock.check();
    this.#hasUncommitted = true;
    if (moved) await store.put(`cursor/${moved.saved.id}.json`, moved.text);
    await lock.commit(moved?.saved ?? null, this.#uncommitted.splice(0));
    this.#hasUncommitted = false;
    if (!moved) return;
    this.#cursor = moved.text;
    if (before) await this.#deleteObsolete(store, `cursor/${before.id}.json`);
  }

  /** What does not count any more. If it stays, the next run removes it. */
  async #deleteObsolete(store: BlobStore, name: string): Promise<void> {
    try {
      await store.delete(name);
    } catch {
      this.#isClean = false;
    }
  }

  async #contractIds(): Promise<readonly string[]> {
    try {
      const ids: unknown = await this.#settings.contract_ids(this.#env);
      if (!Array.isArray(ids)) throw new TypeError("contract_ids returned no list");
      return ids;
    } catch (cause) {
      throw new SyncError("CONTRACTS_UNAVAILABLE", cause);
    }
  }

  /** The cursor that counts; `null` to begin anew, also where somebody has deleted it. */
  async #loadCursor({ lock, store }: LockedStore): Promise<string | null> {
    const { cursor } = lock;
    if (!cursor) return null;
    const text = await store.get(`cursor/${cursor.id}.json`);
    if (text === null) this.#checkConsistency(store, cursor.id);
    return text;
  }

  /** What counts is missing in the store. KV may only be late: an older cursor would lose closings, so that the run ends. */
  #checkConsistency(store: BlobStore, id: string): void {
    if (store.isEventuallyConsistent && Date.now() - timeOf(id) < KV_DELAY_MS) throw new SyncError("STORE_LATE");
  }

  /** Posts what waits, in order. The first that is not taken ends it until the next run. */
  async #deliver({ lock, store }: LockedStore): Promise<void> {
    for (const [id, events] of [...lock.pending]) {
      if (Date.now() - this.#startedAt > MAX_RUN_MS || store.operations > MAX_RUN_OPERATIONS) return;
      lock.check();
      const name = `outbox/${id}.json`;
      const body = await store.get(name);
      if (body === null) {
        this.#checkConsistency(store, id);
        // Somebody has given it up.
        this.#report.dropped = (this.#report.dropped ?? 0) + events;
      } else {
        await this.#post(id, body);
        this.#report.delivered += events;
      }
      await lock.markDelivered(id);
      await this.#deleteObsolete(store, name);
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
      await withAbortTimeout(DELIVERY_TIMEOUT_MS, async (signal) => {
        const { fetch } = this.#host;
        const response = await fetch(url, { method: "POST", headers, body, redirect: "manual", signal });
        status = response.status;
        await response.body?.cancel();
      });
    } catch {
      // What is thrown may quote the address, which may hold a secret.
      throw new SyncError(status === undefined ? "WEBHOOK_UNREACHABLE" : `WEBHOOK_HTTP_${status}`);
    }
    if (status === undefined || status < 200 || status > 299) throw new SyncError(`WEBHOOK_HTTP_${status}`);
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
    throw new SyncError(
      "WEBHOOK_NOT_CONFIGURED",
      "webhook has to give { url, secret }: an https address, and a secret of 16 characters or more",
    );
  }
}

/** What a run works with. */
interface LockedStore {
  lock: SyncLock;
  store: BlobStore;
}

/** A change as it is kept and posted. */
const eventOf = ({ type, case_id, case: one }: CaseChange): CaseEvent =>
  ({ type, case_id, at: new Date().toISOString(), case: one }) as CaseEvent;

/** What runs have written below a folder of the store, in order. */
async function listWritten(store: BlobStore, folder: string): Promise<{ name: string; id: string }[]> {
  return (await store.list(folder)).flatMap((name) => {
    const id = /\/([0-9]{13,}-[0-9]+)\.json$/.exec(name)?.[1];
    return id === undefined ? [] : [{ name, id }];
  });
}

/** When the run began that made an id. */
const timeOf = (id: string | undefined): number => Number(id?.slice(0, 13) || 0);

/** What one run holds of the ledger. */
class SyncLock {
  cursor: SavedCursor | null = null;
  pending: Delivery[] = [];
  isTidy = false;
  #quotaObject: QuotaObject;
  #what: string;
  #owner: string = crypto.randomUUID();
  #until = 0;
  #timer: ReturnType<typeof setInterval> | null = null;

  private constructor(keeper: QuotaObject, what: string) {
    this.#quotaObject = keeper;
    this.#what = what;
  }

  static async acquire(keeper: QuotaObject, what: string): Promise<SyncLock | null> {
    const lock = new SyncLock(keeper, what);
    const sent = Date.now();
    const held = await lock.#call("lock", LOCK_TTL_MS);
    if (!held) return null;
    lock.#until = sent + LOCK_TTL_MS;
    ({ cursor: lock.cursor, pending: lock.pending, isTidy: lock.isTidy } = held);
    lock.#timer = setInterval(() => lock.#renew().catch(() => {}), LOCK_RENEWAL_MS);
    return lock;
  }

  async #renew(): Promise<void> {
    const sent = Date.now();
    this.#until = (await this.#call("renew", LOCK_TTL_MS)) ? sent + LOCK_TTL_MS : 0;
  }

  /** Nothing is written by who may have lost it. */
  check(): void {
    if (Date.now() > this.#until - LOCK_MARGIN_MS) throw new SyncError("LOCK_LOST");
  }

  async commit(cursor: SavedCursor | null, deliveries: Delivery[]): Promise<void> {
    if (!(await this.#call("commit", cursor, deliveries))) throw new SyncError("LOCK_LOST");
    if (cursor) this.cursor = cursor;
    const known = new Map([...this.pending, ...deliveries]);
    this.pending = [...known].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  async markDelivered(id: string): Promise<void> {
    if (!(await this.#call("markDelivered", id))) throw new SyncError("LOCK_LOST");
    this.pending = this.pending.filter(([other]) => other !== id);
  }

  release(isTidy: boolean): Promise<void> {
    clearInterval(this.#timer);
    return this.#call("unlock", isTidy);
  }

  async #call<W extends SyncStateOperation>(
    locked: W,
    ...given: WithoutOwner<Parameters<SyncState[W]>>
  ): Promise<Awaited<ReturnType<SyncState[W]>>> {
    const all = [this.#what, this.#owner, ...given] as unknown as Parameters<SyncState[W]>;
    try {
      return await withTimeout(this.#quotaObject.syncState(locked, ...all), LOCK_TIMEOUT_MS);
    } catch (cause) {
      throw new SyncError("QUOTA_UNREACHABLE", cause);
    }
  }
}

/** What the ledger is given besides what is held and by whom. */
type WithoutOwner<T extends unknown[]> = T extends [string, string, ...infer Rest] ? Rest : never;
