// The storage of one scope over an adapter of the user.

import { storeError } from "../errors.js";
import { savingError, toStoreError, within } from "../saving-errors.js";
import { type Bytes, EPOCH_KEY, incrementEpoch, type OpenStorage, readEpoch, type StoreStorage } from "./storage.js";

/** The longest wait of a timer in milliseconds: a longer one is none. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The keys of one scope in an adapter. */
export class CustomStorage implements OpenStorage {
  readonly isAtomic = false;
  readonly isShared = true;
  readonly name: string;
  private readonly adapter: StoreStorage;
  private readonly prefix: string;
  private readonly timeoutMs: number;
  private isClosed = false;

  constructor(adapter: StoreStorage, prefix: string, name: string, timeoutMs: number) {
    this.adapter = adapter;
    this.prefix = prefix;
    this.timeoutMs = timeoutMs;
    this.name = name;
  }

  /** Calls the adapter for some arrays; its errors become the store's. An adapter that never answers is one. */
  private async call<T>(count: number, work: () => Promise<T>): Promise<T> {
    if (this.isClosed) throw storeError("STORE_CLOSED");
    const ms = Math.min(this.timeoutMs * Math.max(count, 1), MAX_TIMER_MS);
    try {
      return await within(ms, work(), "a call of the adapter");
    } catch (error) {
      throw toStoreError(error);
    }
  }

  read(keys: readonly string[]): Promise<(Uint8Array | undefined)[]> {
    return this.call(keys.length, async () => {
      const found = await this.adapter.read(keys.map((key) => this.prefix + key));
      return keys.map((_, at) => asBytes(found[at]));
    });
  }

  write(puts: readonly (readonly [string, Uint8Array])[], removes: readonly string[], epoch?: number): Promise<void> {
    return this.call(puts.length + removes.length, async () => {
      // An adapter cannot compare and write in one step: this finds an outdated tab, except for a write at the same moment.
      if (epoch !== undefined && (await readEpoch(this)) !== epoch) throw savingError("STORE_LEADER_CHANGED");
      // The store may have ended while the epoch was read.
      if (this.isClosed) throw storeError("STORE_CLOSED");
      // Arrays of the store are copies in memory of their own.
      const named = puts.map(([key, bytes]) => [this.prefix + key, bytes as Bytes] as const);
      const removed = removes.map((key) => this.prefix + key);
      if (named.length + removed.length > 0) await this.adapter.write(named, removed);
    });
  }

  keys(): Promise<string[]> {
    return this.call(1, async () => {
      const { prefix } = this;
      // Iterators have the methods of lists, too: those of a `Map` would be read once, and nothing be erased. What is no list, as
      // the answer of a namespace of Workers KV, is an error: as an empty one it would leave everything.
      const keys = [...(await this.adapter.keys())];
      return keys.filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
    });
  }

  /** Removes the keys of this scope alone. The epoch stays, or an outdated tab could write again. */
  async clear(): Promise<void> {
    const keys = (await this.keys()).filter((key) => key !== EPOCH_KEY);
    await this.write([], keys);
  }

  async takeEpoch(): Promise<number> {
    const epoch = await incrementEpoch(this);
    // Otherwise each save would be rejected, as if another tab had taken the epoch. A higher one is another tab's indeed.
    if ((await readEpoch(this)) < epoch)
      throw savingError("STORE_UNAVAILABLE", "(the adapter lost what it had written)");
    return epoch;
  }

  release(): void {}

  async close(): Promise<void> {
    this.isClosed = true;
  }

  /** Removes the manifests first: an interrupted removal leaves an unusable store, never a part of one. */
  async destroy(): Promise<void> {
    // What takes no epoch for want of space is erased as well.
    const isFenced = await incrementEpoch(this).then(
      () => true,
      () => false,
    );
    const keys = await this.keys();
    await this.write(
      [],
      keys.filter((key) => key.startsWith("manifest")),
    );
    await this.clear();
    if (!isFenced) await incrementEpoch(this);
    await this.close();
  }
}

/**
 * An array of an adapter. Databases return `ArrayBuffer`, `null` for a missing key, subclasses such as `Buffer`, or, as D1 does, a
 * list of numbers; in a test environment with globals of its own, those of the runtime.
 */
function asBytes(value: unknown): Uint8Array | undefined {
  if (value === undefined || value === null) return undefined;
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (Object.prototype.toString.call(value) === "[object ArrayBuffer]") return new Uint8Array(value as ArrayBuffer);
  if (Array.isArray(value) && value.every((byte) => Number.isInteger(byte) && byte >= 0 && byte < 256))
    return Uint8Array.from(value);
  throw savingError("STORE_UNAVAILABLE", "The adapter returned something other than bytes.");
}
