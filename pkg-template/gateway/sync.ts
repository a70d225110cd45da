// The module `cisco-support-case/gateway/sync`. A run reads changes, stores them, and posts them to a webhook.
//
// Claim: no event is lost, wherever a run ends. A run writes events, then the cursor that covers them; both become valid
// together, by one atomic commit in the Durable Object. A run that ends before the commit leaves objects that are not
// valid: the next run deletes them and reads the same changes again. A run that ends after the commit leaves pending
// deliveries, which the next run posts first. So each event is delivered at least once, and in order.
//
// The client's wasm is imported here: a gateway without a sync does not contain it.

import type { CaseChange } from "../client/index.js";
import { BlobStore } from "./blob-store.js";
import type { Context, CopyChanges, Sync } from "./options.js";
import { contractIds, readChanges, recordError, type RunPlace, writeReport } from "./read-changes.js";
import { postDelivery, readWebhook } from "./sync-delivery.js";
import { SyncError } from "./sync-error.js";
import { type SyncLock, withLock } from "./sync-lock.js";
import {
  type CopySyncOptions,
  type SyncOptions,
  type SyncReport,
  type SyncSettings,
  syncSettings,
} from "./sync-options.js";
import type { Delivery } from "./sync-state.js";
import type { SyncHost } from "./upstream-client.js";
import type { CaseEvent } from "./webhook.js";

export type { RunOptions } from "./run-options.js";
export type {
  CopySyncOptions,
  SyncBucket,
  SyncListOptions,
  SyncNamespace,
  SyncOptions,
  SyncReport,
  SyncTarget,
} from "./sync-options.js";
export {
  type CaseDelivery,
  type CaseEvent,
  verifyWebhook,
  WebhookError,
  type WebhookErrorCode,
} from "./webhook.js";

/** Number of events in a delivery. */
const EVENTS_PER_DELIVERY = 100;
/** Number of characters of records after which a delivery ends: a value of KV has at most 25 MB, and an isolate 128 MB. */
const CHARS_PER_DELIVERY = 4_000_000;
/** Number of deliveries after which a run commits. A cursor has some hundred KB when there are many contracts. */
const DELIVERIES_PER_COMMIT = 10;
/** Number of store operations after which a run reads no further: a Worker may make 1000 KV operations an invocation. */
const MAX_READ_OPERATIONS = 800;
/** Number of store operations after which a run delivers no further. */
const MAX_RUN_OPERATIONS = 950;

/** Duration of a run after which no further delivery starts. */
const MAX_RUN_MS = 13 * 60_000;

/** An object that KV does not show for longer than this was deleted: KV is consistent after about a minute. */
const KV_DELAY_MS = 10 * 60_000;

/**
 * Makes the sync of a gateway: each scheduled run stores cases and posts changes, each at least once.
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
export function syncTo<Env = unknown>(options: SyncOptions<Env> | CopySyncOptions<Env>): Sync<Env> {
  const settings = syncSettings(options);
  return Object.freeze({
    readsCopy: settings.from === "copy",
    run: (host: SyncHost<Env>, env: Env, ctx: Context, changes?: CopyChanges) =>
      new SyncRun(settings, { host, env, ctx }, changes).run(),
  });
}

/** A store, with the lock that protects it. */
interface LockedStore {
  lock: SyncLock;
  store: BlobStore;
}

/** One run of the sync. */
class SyncRun<Env> {
  #settings: SyncSettings<Env>;
  #place: RunPlace<Env>;
  /** The reader of the copy, with `from: "copy"`. */
  #copyChanges: CopyChanges | undefined;
  #startedAt = Date.now();
  #report: SyncReport = { sync: "done", requests: 0, changed: 0, closed: 0, gone: 0, delivered: 0, pending: 0, ms: 0 };
  /** Whether the store contains objects of this run that are not committed. */
  #hasUncommitted = false;
  /** Whether the store contains no obsolete object. */
  #isClean = true;
  /** Number of ids made so far, and their time part. */
  #idCount = 0;
  #idTime = 0;
  /** The committed cursor. */
  #cursor: string | null = null;
  /** Deliveries written since the last commit. */
  #uncommitted: Delivery[] = [];

  constructor(settings: SyncSettings<Env>, place: RunPlace<Env>, changes: CopyChanges | undefined) {
    this.#settings = settings;
    this.#place = place;
    this.#copyChanges = settings.from === "copy" ? changes : undefined;
  }

  /** Runs once. It never throws: errors are in the report. */
  async run(): Promise<void> {
    const report = this.#report;
    const { host, env } = this.#place;
    const lock = await withLock(host.quotaObject(env), this.#settings.prefix, {
      work: (lock) => this.#runLocked(lock),
      onError: (error) => this.#recordError(error),
      isClean: () => this.#isClean && !this.#hasUncommitted,
    });
    // Without an error, another run has the lock.
    if (!lock && report.sync === "done") report.sync = "skipped";
    report.pending = (lock?.pending ?? []).reduce((sum, [, events]) => sum + events, 0);
    report.ms = Date.now() - this.#startedAt;
    await writeReport(this.#settings.log, report, "sync");
  }

  async #runLocked(lock: SyncLock): Promise<void> {
    const locked = { lock, store: new BlobStore(this.#settings.store(this.#place.env), this.#settings.prefix) };
    // Ids increase, even if this machine's clock is slower than that of the previous run.
    const last = [...lock.pending.map(([id]) => id), lock.cursor?.id ?? ""].sort().at(-1);
    this.#idTime = Math.max(Date.now(), timeOfId(last) + 1);
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

  #recordError(error: unknown): void {
    this.#report.sync = "failed";
    recordError(this.#report, error, "sync", "SYNC_FAILED");
  }

  #nextId(): string {
    this.#idCount += 1;
    return `${String(this.#idTime).padStart(13, "0")}-${String(this.#idCount).padStart(6, "0")}`;
  }

  /**
   * Deletes what an interrupted run has left. If the Durable Object has no state yet (as after a change of the gateway's
   * name), the state is restored from the store: a cursor is only written after the events that it covers.
   */
  async #cleanUp({ lock, store }: LockedStore): Promise<void> {
    const { cursor, pending, isClean } = lock;
    if (cursor && isClean) return;
    this.#isClean = false;
    const [events, cursors] = [await listObjects(store, "outbox/"), await listObjects(store, "cursor/")];
    if (!cursor) {
      for (let at = 0; at < events.length; at += EVENTS_PER_DELIVERY) {
        const deliveries: Delivery[] = [];
        for (const { name, id } of events.slice(at, at + EVENTS_PER_DELIVERY)) {
          const text = await store.get(name);
          if (text !== null) deliveries.push([id, (JSON.parse(text) as { events: unknown[] }).events.length]);
        }
        await lock.commit(null, deliveries);
      }
      const newest = cursors.at(-1);
      if (newest) await lock.commit({ id: newest.id }, []);
    } else {
      const committed = new Set([...pending.map(([id]) => `outbox/${id}.json`), `cursor/${cursor.id}.json`]);
      for (const { name } of [...events, ...cursors].filter(({ name }) => !committed.has(name))) {
        // Without the lock, an object of another run could not be told from an obsolete one.
        lock.check();
        await store.delete(name);
      }
    }
    this.#isClean = true;
  }

  /** Reads changes since the committed cursor, and stores them as they are read. */
  async #read(locked: LockedStore): Promise<void> {
    const copyChanges = this.#copyChanges;
    const contract_ids = copyChanges ? [] : await contractIds(this.#settings, this.#place.env);
    if (!copyChanges && contract_ids.length === 0) return;
    this.#cursor = await this.#loadCursor(locked);
    const first = this.#cursor;
    let batch: CaseEvent[] = [];
    let chars = 0;
    const flush = async () => {
      const events = batch;
      batch = [];
      chars = 0;
      if (events.length > 0) await this.#storeEvents(locked, events);
    };
    const take = async (change: CaseChange, cursor: () => string | null) => {
      batch.push(eventOf(change));
      chars += JSON.stringify(change.case).length;
      if (batch.length < EVENTS_PER_DELIVERY && chars < CHARS_PER_DELIVERY) return true;
      await flush();
      if (this.#idCount % DELIVERIES_PER_COMMIT === 0) await this.#commit(locked, cursor());
      // The cursor moves by whole lists, so a list with more operations than that is read to its end.
      return locked.store.operations <= MAX_READ_OPERATIONS || cursor() === first;
    };
    const end = async (cursor: string | null) => {
      await flush();
      await this.#commit(locked, cursor);
    };
    const report = this.#report;
    const consumer = { take, end };
    const { error, failures } = copyChanges
      ? { ...(await copyChanges(first, consumer)), failures: [] }
      : await readChanges(this.#place, this.#settings, contract_ids, first, consumer, report);
    if (failures.length > 0) report.failed = failures.length;
    const failure = error ?? failures[0]?.error;
    if (failure) throw failure;
  }

  /** Writes each case in its current state and, for the webhook, the events together. */
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
    for (const { type } of events) this.#report[type] += 1;
  }

  /** Commits the events written so far together with the cursor that covers them. */
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

  /** Deletes an object that is no longer valid. If that fails, the next run deletes it. */
  async #deleteObsolete(store: BlobStore, name: string): Promise<void> {
    try {
      await store.delete(name);
    } catch {
      this.#isClean = false;
    }
  }

  /** Returns the committed cursor; `null` to start from the beginning, as after its object was deleted. */
  async #loadCursor({ lock, store }: LockedStore): Promise<string | null> {
    const { cursor } = lock;
    if (!cursor) return null;
    const text = await store.get(`cursor/${cursor.id}.json`);
    if (text === null) this.#checkConsistency(store, cursor.id);
    return text;
  }

  /** Throws `STORE_LATE` if a missing object may only be delayed by KV: an older cursor would lose closed cases. */
  #checkConsistency(store: BlobStore, id: string): void {
    if (store.isEventuallyConsistent && Date.now() - timeOfId(id) < KV_DELAY_MS) throw new SyncError("STORE_LATE");
  }

  /** Posts pending deliveries in order. The first that is not accepted ends delivery until the next run. */
  async #deliver({ lock, store }: LockedStore): Promise<void> {
    for (const [id, events] of [...lock.pending]) {
      if (Date.now() - this.#startedAt > MAX_RUN_MS || store.operations > MAX_RUN_OPERATIONS) return;
      lock.check();
      const name = `outbox/${id}.json`;
      const body = await store.get(name);
      if (body === null) {
        this.#checkConsistency(store, id);
        // The object was deleted to drop its events.
        this.#report.dropped = (this.#report.dropped ?? 0) + events;
      } else {
        const webhook = readWebhook(() => this.#settings.webhook?.(this.#place.env));
        await postDelivery(webhook, this.#place.host.fetch, id, body);
        this.#report.delivered += events;
      }
      await lock.markDelivered(id);
      await this.#deleteObsolete(store, name);
    }
  }
}

/** Returns a change as it is stored and posted. */
const eventOf = ({ type, case_id, case: record }: CaseChange): CaseEvent =>
  ({ type, case_id, at: new Date().toISOString(), case: record }) as CaseEvent;

/** Lists the objects that runs have written to a folder of the store, in order. */
async function listObjects(store: BlobStore, folder: string): Promise<{ name: string; id: string }[]> {
  return (await store.list(folder)).flatMap((name) => {
    const id = /\/([0-9]{13,}-[0-9]+)\.json$/.exec(name)?.[1];
    return id === undefined ? [] : [{ name, id }];
  });
}

/** Returns the time part of an id: the start of its run. */
const timeOfId = (id: string | undefined): number => Number(id?.slice(0, 13) || 0);
