// The contract of persistence adapters, and its extension by the package's own.

import type { CaseApiError } from "../../client/errors.js";
import { storeError } from "../errors.js";

/** A byte array whose memory is not shared, as `fetch`, `Blob` and streams take it. */
// Since TypeScript 5.7 `Uint8Array` alone may be shared, and before it has no parameter.
export type Bytes = ReturnType<Uint8ArrayConstructor["of"]>;

/**
 * A persistence adapter: named byte arrays. The store writes new arrays first, then the one that refers to them, and removes
 * obsolete ones last, so a write of several arrays need not be atomic. A write of one array must not be lost after its promise
 * has resolved. Arrays that are passed must not be changed.
 */
export interface StoreStorage {
  /**
   * Resolves to the array under each key, in the order of the keys; `undefined` or `null` where there is none. A list of numbers
   * is the form in which D1 returns a blob.
   */
  read(keys: readonly string[]): Promise<readonly (Uint8Array | ArrayBuffer | readonly number[] | null | undefined)[]>;
  /** Writes arrays in their order, then removes keys. A key is a short text of lower-case letters, digits, `-` and `.`. */
  write(puts: readonly (readonly [key: string, bytes: Bytes])[], removes: readonly string[]): Promise<void>;
  /** Resolves to all keys, in any order. */
  keys(): Promise<readonly string[]>;
  /** Removes everything. */
  clear(): Promise<void>;
}

/** A change of an opened storage that its user did not ask for. */
export interface StorageEvents {
  /** Called once if the storage was erased elsewhere, or must not be used any more. */
  onLost(error: unknown): void;
}

/** The mark of a storage that is kept outside of it, by which a loss of the storage is noticed. */
export interface StorageMark {
  /** The number of cases that were saved. */
  readonly count: number;
  /** The generation of the last save. */
  readonly generation: number;
}

/**
 * An opened storage.
 *
 * @internal
 */
export interface OpenStorage extends StoreStorage {
  /** Whether a write is done as a whole or not at all. */
  readonly isAtomic: boolean;
  /** Whether several tabs use the storage, so that one of them must be elected to write. */
  readonly isShared: boolean;
  /** A name of the storage that no other storage of this origin or machine has. */
  readonly name: string;
  read(keys: readonly string[]): Promise<(Uint8Array | undefined)[]>;
  keys(): Promise<string[]>;
  /** Writes like `StoreStorage.write`, and rejects with `STORE_LEADER_CHANGED` if `epoch` is not the storage's current one. */
  write(
    puts: readonly (readonly [key: string, bytes: Uint8Array])[],
    removes: readonly string[],
    epoch?: number,
  ): Promise<void>;
  /** Increments the epoch of the storage and returns it: from then on writes with an earlier one are rejected. */
  takeEpoch(): Promise<number>;
  /** Returns the mark of an earlier save, even if the storage itself is empty. */
  readMark?(): StorageMark | null;
  writeMark?(mark: StorageMark | null): void;
  /** Releases the connection until the next use. */
  release(): void;
  /** Closes the storage for good. */
  close(): Promise<void>;
  /** Erases everything; other tabs cannot write any more. */
  destroy(): Promise<void>;
}

/** The methods of `localStorage` that are used. It is no type of the DOM, which Workers do not have. */
export interface TextStorage {
  /** Returns the text of a key; `null` without one. */
  getItem(key: string): string | null;
  /** Sets the text of a key. */
  setItem(key: string, value: string): void;
  /** Removes the text of a key. */
  removeItem(key: string): void;
}

/** The parts of the platform that the storage in IndexedDB uses; tests replace them. */
export interface IndexedDbEnvironment {
  /** The timeout for opening a database, in milliseconds. */
  readonly openTimeoutMs?: number;
  /** The timeout for an operation, in milliseconds. */
  readonly operationTimeoutMs?: number;
  /** The wait before the second new connection, in milliseconds; it doubles with each further one. */
  readonly reconnectMs?: number;
  /** The storage of marks; `undefined` without one. */
  readonly localStorage?: TextStorage | undefined;
}

/** The persistence of a store: the value of the option `persist`. */
export interface StorePersistence {
  /**
   * The kind of the persistence with the name that it was given: the same after a reload.
   *
   * @internal
   */
  readonly id: string;
  /**
   * Returns the name of the storage of a scope: the same for equal places, and another one for any other.
   *
   * @internal
   */
  nameOf(scope: string): string;
  /** @internal */
  open(scope: string, events: StorageEvents): Promise<OpenStorage>;
  /**
   * Erases what is saved for a scope, also if it cannot be opened.
   *
   * @internal
   */
  erase(scope: string): Promise<void>;
}

/** Creates the error of a storage that another tab has erased. */
export const erasedElsewhere = (): CaseApiError => storeError("STORE_CLOSED", "Another tab has erased it.");

/** The key of the record with the epoch of the tab that may write. */
export const EPOCH_KEY = "epoch";

/** An epoch as bytes. */
export function epochBytes(epoch: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, epoch, true);
  return bytes;
}

/** The epoch in bytes; 0 if there is none. */
export function epochOf(bytes: Uint8Array | undefined): number {
  if (bytes?.length !== 4) return 0;
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
}

/**
 * Resolves to the epoch of a storage; 0 before the first.
 *
 * @internal
 */
export async function readEpoch(storage: Pick<OpenStorage, "read">): Promise<number> {
  const [bytes] = await storage.read([EPOCH_KEY]);
  return epochOf(bytes);
}

/**
 * Increments the epoch of a storage and resolves to it.
 *
 * @internal
 */
export async function incrementEpoch(storage: Pick<OpenStorage, "read" | "write">): Promise<number> {
  const epoch = (await readEpoch(storage)) + 1;
  await storage.write([[EPOCH_KEY, epochBytes(epoch)]], []);
  return epoch;
}
