// Persistence by an adapter of the user: a key-value store, an object store, files.

import { rejectOption } from "../../client/reject-option.js";
import { storeError, toStoreError } from "../errors.js";
import {
  EPOCH_KEY,
  incrementEpoch,
  type OpenStorage,
  type StorePersistence,
  readEpoch,
  type StoreStorage,
} from "./storage.js";

const FUNCTIONS = ["read", "write", "keys", "clear"] as const;

/** The prefix of a scope's keys. No prefix begins with another one, since the separator is escaped in scopes. */
const prefixOf = (scope: string): string => `${encodeURIComponent(scope)}/`;

/** Options of the persistence by an adapter. */
export interface CustomOptions {
  /**
   * The name of the data behind the adapter. Among the tabs of a page one is elected per name and scope, so two adapters that
   * write to different places need different names. Default: `"default"`.
   */
  name?: string | undefined;
}

/**
 * Persistence by an adapter. Stores of several scopes can use one adapter: their keys have different prefixes.
 *
 * On servers one process at a time must write to a scope. In pages one tab is elected to write.
 *
 * @example
 * ```ts
 * const persist = custom({
 *   read: (keys) => Promise.all(keys.map((key) => kv.get(key))),
 *   write: async (puts, removes) => {
 *     for (const [key, bytes] of puts) await kv.put(key, bytes);
 *     for (const key of removes) await kv.delete(key);
 *   },
 *   keys: () => kv.list(),
 *   clear: async () => {
 *     for (const key of await kv.list()) await kv.delete(key);
 *   },
 * });
 * ```
 */
export function custom(adapter: StoreStorage, { name = "default" }: CustomOptions = {}): StorePersistence {
  if (typeof name !== "string" || name === "") rejectOption("name", "a text that is not empty", name);
  const missing = FUNCTIONS.find((one) => typeof adapter?.[one] !== "function");
  if (missing) {
    const expected = `an adapter with the functions ${FUNCTIONS.join(", ")}`;
    rejectOption("persist", expected, `one without ${missing}`);
  }
  const storageOf = (scope: string) =>
    new CustomStorage(adapter, prefixOf(scope), `custom/${encodeURIComponent(name)}/${scope}`);
  return { open: async (scope) => storageOf(scope), erase: (scope) => storageOf(scope).destroy() };
}

/** The keys of one scope in an adapter. */
class CustomStorage implements OpenStorage {
  readonly isAtomic = false;
  readonly isShared = true;
  readonly name: string;
  private readonly adapter: StoreStorage;
  private readonly prefix: string;
  private isClosed = false;

  constructor(adapter: StoreStorage, prefix: string, name: string) {
    this.adapter = adapter;
    this.prefix = prefix;
    this.name = name;
  }

  /** Calls the adapter; its errors become the store's. */
  private async call<T>(work: () => Promise<T> | T): Promise<T> {
    if (this.isClosed) throw storeError("STORE_CLOSED");
    try {
      return await work();
    } catch (error) {
      throw toStoreError(error);
    }
  }

  read(keys: readonly string[]): Promise<(Uint8Array | undefined)[]> {
    return this.call(async () => {
      const found = await this.adapter.read(keys.map((key) => this.prefix + key));
      return keys.map((_, at) => asBytes(found[at]));
    });
  }

  write(puts: readonly (readonly [string, Uint8Array])[], removes: readonly string[], epoch?: number): Promise<void> {
    return this.call(async () => {
      // An adapter cannot compare and write in one step: this finds an outdated tab, except for a write at the same moment.
      if (epoch !== undefined && (await readEpoch(this)) !== epoch) throw storeError("STORE_LEADER_CHANGED");
      const named = puts.map(([key, bytes]) => [this.prefix + key, bytes] as [string, Uint8Array]);
      const removed = removes.map((key) => this.prefix + key);
      if (named.length + removed.length > 0) await this.adapter.write(named, removed);
    });
  }

  keys(): Promise<string[]> {
    return this.call(async () => {
      const { prefix } = this;
      return (await this.adapter.keys()).filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
    });
  }

  /** Removes the keys of this scope alone. The epoch stays, or an outdated tab could write again. */
  async clear(): Promise<void> {
    const keys = (await this.keys()).filter((key) => key !== EPOCH_KEY);
    await this.write([], keys);
  }

  takeEpoch(): Promise<number> {
    return incrementEpoch(this);
  }

  release(): void {}

  async close(): Promise<void> {
    this.isClosed = true;
  }

  /** Removes the manifests first: an interrupted removal leaves an unusable store, never a part of one. */
  async destroy(): Promise<void> {
    await this.takeEpoch();
    const keys = await this.keys();
    await this.write(
      [],
      keys.filter((key) => key.startsWith("manifest")),
    );
    await this.clear();
    await this.close();
  }
}

/** An array of an adapter. Databases return `ArrayBuffer`, `null` for a missing key, or subclasses such as `Buffer`. */
function asBytes(value: unknown): Uint8Array | undefined {
  if (value === undefined || value === null) return undefined;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  throw storeError("STORE_UNAVAILABLE", "The adapter returned something other than bytes.");
}
