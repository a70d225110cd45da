// The storage in IndexedDB: one database per name and scope, with one object store of byte arrays.
//
// Browsers close databases on their own, never answer, lose content and throw at any time. Each operation therefore has a
// timeout and is repeated once on a new connection; after a few new connections the storage gives up.

import { deleteDB, type IDBPDatabase, type IDBPTransaction, openDB } from "idb";
import { setTimer } from "../../client/timer.js";
import { isStoreError, storeError } from "../errors.js";
import { savingError, toStoreError, within } from "../saving-errors.js";
import {
  EPOCH_KEY,
  epochBytes,
  epochOf,
  erasedElsewhere,
  type IndexedDbEnvironment,
  type OpenStorage,
  type StorageEvents,
  type StorageMark,
  type TextStorage,
} from "./storage.js";

/** The object store. */
const PARTS = "parts";
/** The version of the database: its object stores. The layout of their content is the manifest's. */
const VERSION = 1;
/** The key that is written at each opening, since some private windows open a database that cannot be written. */
const PROBE_KEY = "probe";
/** The epoch of a database that was destroyed and not deleted yet. */
const DESTROYED = 0xffffffff;

/** The maximum time for opening a database, in milliseconds: some browsers never answer. */
const OPEN_TIMEOUT_MS = 3000;
/** The maximum time for an operation, in milliseconds. Writing 50 MB to a slow disk takes some seconds. */
const OPERATION_TIMEOUT_MS = 30_000;
/** The number of attempts to open a database. */
const MAX_STARTS = 3;
/** The number of new connections after which the storage gives up. */
const MAX_RECONNECTS = 5;
/** The default of `reconnectMs`. */
const RECONNECT_MS = 250;

type Connection = IDBPDatabase<unknown>;
type Mode = "readonly" | "readwrite";

/** Whether an error means that the connection cannot be used any more, while a new one may work. */
const isLostConnection = (error: unknown): boolean =>
  ["InvalidStateError", "UnknownError", "AbortError", "TransactionInactiveError"].includes(
    (Object(error) as { name?: string }).name ?? "",
  );

/** A storage in a database of the browser. */
export class IndexedDbStorage implements OpenStorage {
  readonly isAtomic = true;
  readonly isShared = true;
  readonly name: string;
  private readonly events: StorageEvents;
  private readonly environment: IndexedDbEnvironment;
  private readonly marks: TextStorage | undefined;
  private connection: Promise<Connection> | undefined;
  private readonly running = new Set<Pick<IDBPTransaction, "abort">>();
  private reconnects = 0;
  /** Whether the page was left during the last attempt to open the database. */
  private wasLeft = false;
  /** The error of every further operation. */
  private ended: unknown;

  constructor(name: string, events: StorageEvents, environment: IndexedDbEnvironment) {
    this.name = name;
    this.events = events;
    this.environment = environment;
    this.marks = "localStorage" in environment ? environment.localStorage : marksOfPage();
    (globalThis as Partial<EventTarget>).addEventListener?.("pagehide", this.onLeave);
  }

  /**
   * Ends what is under way when the page is left: in WebKit, a transaction of a page that is gone can hold the database until the
   * browser ends. A page that comes back from the browser's cache opens another connection.
   */
  private readonly onLeave = (): void => {
    this.wasLeft = true;
    for (const transaction of this.running) {
      try {
        transaction.abort();
      } catch {
        // It has ended.
      }
    }
    this.release();
  };

  private transaction<M extends Mode>(database: Connection, mode: M) {
    const transaction = database.transaction(PARTS, mode);
    this.running.add(transaction);
    const end = () => this.running.delete(transaction);
    transaction.done.then(end, end);
    return transaction;
  }

  /** Opens the database and writes to it. A database that cannot be opened twice is deleted once. */
  async start(): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      this.wasLeft = false;
      try {
        return await this.probe();
      } catch (thrown) {
        const error = toStoreError(thrown);
        const { name } = Object(error.cause) as { name?: string };
        // A damaged database fails at every start. A missing, blocked, newer or full one does not become better.
        const isDamaged = error.code === "STORE_UNAVAILABLE" && ["UnknownError", "AbortError"].includes(name ?? "");
        if (!isDamaged || attempt === MAX_STARTS) {
          this.unlisten();
          this.release();
          throw error;
        }
        this.release();
        // Leaving the page aborts what is under way, and a browser may lose its connection: that is no damage.
        if (attempt === 1 || this.wasLeft) continue;
        await within(this.openTimeoutMs, deleteDB(this.name), "deleting the database").catch(() => {});
      }
    }
  }

  private async probe(): Promise<void> {
    if (typeof indexedDB === "undefined" || indexedDB === null) {
      throw savingError("STORE_UNAVAILABLE", "(IndexedDB is not available)");
    }
    const database = await this.connect();
    await within(this.operationTimeoutMs, this.writeProbe(database), "a first write");
  }

  private async writeProbe(database: Connection): Promise<void> {
    const { store, done } = this.transaction(database, "readwrite");
    done.catch(() => {});
    const epoch = epochOf(asBytes(await store.get(EPOCH_KEY)));
    // A destroyed database that could not be deleted is empty: it begins again.
    const requests = epoch === DESTROYED ? [store.put(epochBytes(1), EPOCH_KEY)] : [];
    requests.push(store.put(new Uint8Array(1), PROBE_KEY));
    await completed(done, requests);
  }

  private get openTimeoutMs(): number {
    return this.environment.openTimeoutMs ?? OPEN_TIMEOUT_MS;
  }

  private get operationTimeoutMs(): number {
    return this.environment.operationTimeoutMs ?? OPERATION_TIMEOUT_MS;
  }

  /** Returns the connection, and opens one if there is none. */
  private connect(): Promise<Connection> {
    if (this.ended !== undefined) return Promise.reject(this.ended);
    this.connection ??= this.open().catch((error) => {
      this.connection = undefined;
      throw error;
    });
    return this.connection;
  }

  private async open(): Promise<Connection> {
    let isBlocked = false;
    let isLate = false;
    const opening = openDB(this.name, VERSION, {
      upgrade: (database) => {
        if (!database.objectStoreNames.contains(PARTS)) database.createObjectStore(PARTS);
      },
      blocked: () => {
        isBlocked = true;
      },
      // Another tab has a newer build, or destroys the store. A connection that stays open would block it for ever.
      blocking: (_, newVersion, event) => {
        (event.target as unknown as IDBDatabase).close();
        // A save that ended just before has set it again.
        if (newVersion === null) this.writeMark(null);
        this.end(newVersion === null ? erasedElsewhere() : storeError("STORE_NEWER_VERSION"));
      },
      terminated: () => {
        // The browser has closed the connection. The next operation opens another.
        this.connection = undefined;
      },
    });
    // A database that comes after the timeout must not stay open: nobody uses it.
    opening.then(
      (database) => {
        if (isLate) database.close();
      },
      () => {},
    );
    try {
      return await within(this.openTimeoutMs, opening, "opening the database");
    } catch (error) {
      isLate = true;
      if ((Object(error) as { name?: string }).name === "VersionError") {
        throw storeError("STORE_NEWER_VERSION", "", error);
      }
      throw isBlocked ? savingError("STORE_UNAVAILABLE", "(another tab keeps an old database open)", error) : error;
    }
  }

  private end(error: unknown): void {
    if (this.ended !== undefined) return;
    this.ended = error;
    this.connection = undefined;
    this.events.onLost(error);
  }

  /** Runs an operation, and once again on a new connection if the first one was lost. */
  private async run<T>(work: (database: Connection) => Promise<T>): Promise<T> {
    for (let isSecond = false; ; isSecond = true) {
      let database: Connection | undefined;
      try {
        database = await this.connect();
        return await within(this.operationTimeoutMs, work(database), "an operation");
      } catch (error) {
        // The error by which another tab ended this connection explains more than the operation's own.
        if (this.ended !== undefined) throw this.ended;
        if (isSecond || !isLostConnection(error) || this.reconnects >= MAX_RECONNECTS) throw toStoreError(error);
        if (database) close(database);
        this.connection = undefined;
        this.reconnects += 1;
        const first = this.environment.reconnectMs ?? RECONNECT_MS;
        const ms = this.reconnects === 1 ? 0 : first * 2 ** (this.reconnects - 2);
        if (ms > 0) await new Promise<void>((resolve) => setTimer(ms, resolve));
      }
    }
  }

  read(keys: readonly string[]): Promise<(Uint8Array | undefined)[]> {
    return this.run(async (database) => {
      const { store } = this.transaction(database, "readonly");
      return (await Promise.all(keys.map((key) => store.get(key)))).map(asBytes);
    });
  }

  write(puts: readonly (readonly [string, Uint8Array])[], removes: readonly string[], epoch?: number): Promise<void> {
    return this.run(async (database) => {
      const tx = this.transaction(database, "readwrite");
      const { store, done } = tx;
      // Only `done` tells that everything is written: a transaction can fail after its last request has succeeded.
      done.catch(() => {});
      if (epoch !== undefined && epochOf(asBytes(await store.get(EPOCH_KEY))) !== epoch) {
        tx.abort();
        throw savingError("STORE_LEADER_CHANGED");
      }
      // All requests at once, without waiting for anything else: a transaction without requests commits itself.
      const written = puts.map(([key, bytes]) => store.put(bytes, key) as Promise<unknown>);
      await completed(done, [...written, ...removes.map((key) => store.delete(key))]);
    });
  }

  keys(): Promise<string[]> {
    return this.run(async (database) => {
      const keys = await this.transaction(database, "readonly").store.getAllKeys();
      return keys.map(String).filter((key) => key !== PROBE_KEY);
    });
  }

  async clear(): Promise<void> {
    const keys = (await this.keys()).filter((key) => key !== EPOCH_KEY);
    await this.write([], keys);
  }

  takeEpoch(): Promise<number> {
    return this.run(async (database) => {
      const tx = this.transaction(database, "readwrite");
      const { store, done } = tx;
      done.catch(() => {});
      const known = epochOf(asBytes(await store.get(EPOCH_KEY)));
      if (known === DESTROYED) {
        tx.abort();
        throw erasedElsewhere();
      }
      await completed(done, [store.put(epochBytes(known + 1), EPOCH_KEY)]);
      return known + 1;
    });
  }

  readMark(): StorageMark | null {
    try {
      const { count, generation } = JSON.parse(this.marks?.getItem(this.name) ?? "null") ?? {};
      return Number.isSafeInteger(count) && Number.isSafeInteger(generation) ? { count, generation } : null;
    } catch {
      // Blocked storage throws, and anything may be under the name.
      return null;
    }
  }

  writeMark(mark: StorageMark | null): void {
    try {
      if (mark) this.marks?.setItem(this.name, JSON.stringify(mark));
      else this.marks?.removeItem(this.name);
    } catch {
      // Without a mark a loss looks like a first visit.
    }
  }

  release(): void {
    const { connection } = this;
    this.connection = undefined;
    connection?.then(close, () => {});
  }

  async close(): Promise<void> {
    this.ended ??= storeError("STORE_CLOSED");
    this.unlisten();
    this.release();
  }

  private unlisten(): void {
    (globalThis as Partial<EventTarget>).removeEventListener?.("pagehide", this.onLeave);
  }

  /**
   * Erases the database. A deletion waits for the other tabs' connections, cannot be cancelled, and may never happen. The
   * content is therefore erased first, in a transaction, together with every other tab's permission to write.
   */
  async destroy(): Promise<void> {
    this.writeMark(null);
    if (typeof indexedDB === "undefined" || indexedDB === null) return;
    const isErased = await this.erase().then(
      () => true,
      (error) => {
        // Another tab has destroyed it before.
        if (isStoreError(error, "STORE_CLOSED")) return true;
        return false;
      },
    );
    this.writeMark(null);
    this.ended ??= storeError("STORE_CLOSED");
    this.unlisten();
    this.release();
    let onBlocked = () => {};
    const blocked = new Promise<void>((resolve) => {
      onBlocked = resolve;
    });
    // Where storage is forbidden, the call itself throws.
    const deleted = (async () => deleteDB(this.name, { blocked: () => isErased && onBlocked() }))();
    deleted.catch(() => {});
    const gone = within(this.openTimeoutMs, Promise.race([deleted, blocked]), "deleting the database");
    // What is erased needs no deletion: it only leaves an empty database.
    await (isErased ? gone.catch(() => {}) : gone.catch((error) => Promise.reject(toStoreError(error))));
  }

  private erase(): Promise<void> {
    return this.run(async (database) => {
      const { store, done } = this.transaction(database, "readwrite");
      done.catch(() => {});
      await completed(done, [store.clear(), store.put(epochBytes(DESTROYED), EPOCH_KEY)]);
    });
  }
}

/**
 * Waits for a transaction. Its failure is the first one of its requests if the browser names no other: Firefox reports an exceeded
 * quota at the request alone, and the transaction as aborted.
 */
async function completed(done: Promise<void>, requests: readonly Promise<unknown>[]): Promise<void> {
  const failures: unknown[] = [];
  for (const request of requests) request.catch((error) => failures.push(error));
  try {
    await done;
  } catch (error) {
    const isAbort = (Object(error) as { name?: string }).name === "AbortError";
    throw (isAbort && failures[0]) || error;
  }
}

function close(database: Connection): void {
  try {
    database.close();
  } catch {
    // It was closed by the browser.
  }
}

/** A saved array. In a test environment with globals of its own it is one of the runtime. */
const asBytes = (value: unknown): Uint8Array | undefined =>
  ArrayBuffer.isView(value) ? (value as Uint8Array) : undefined;

/** The page's storage for marks. Reading the property throws where storage is blocked, and workers have none. */
function marksOfPage(): TextStorage | undefined {
  try {
    return globalThis.localStorage ?? undefined;
  } catch {
    return undefined;
  }
}
