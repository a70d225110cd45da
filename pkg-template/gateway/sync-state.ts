// The committed states of the copy and of syncs, in the Durable Object: the cursor and the pending deliveries of each, and one
// lock, since all of them use the quota. What a run has
// written to its store becomes valid by an atomic commit here. The store alone could not provide that: KV may show a
// write or a deletion up to a minute late.

/** The methods of a `DurableObjectStorage` that the gateway uses. */
export interface ObjectStorage {
  get(key: string): Promise<unknown>;
  get(keys: string[]): Promise<Map<string, unknown>>;
  put(key: string, value: unknown): Promise<void>;
  put(entries: Record<string, unknown>): Promise<void>;
  delete(key: string): Promise<boolean>;
  list(options: { prefix: string }): Promise<Map<string, unknown>>;
}

/** The id of a cursor in the store. */
export interface SavedCursor {
  id: string;
}

/** A delivery in the store: its id and its number of events. */
export type Delivery = [id: string, events: number];

/** The committed state, as the owner of the lock gets it. */
export interface SyncSnapshot {
  /** Whether the previous owner has left no uncommitted object in the store. */
  isClean: boolean;
  /** The committed cursor. */
  cursor: SavedCursor | null;
  /** The committed deliveries that are still to be posted. */
  pending: Delivery[];
}

/** The lock in storage. */
interface LockRecord {
  owner: string;
  /** The end of the lock, in milliseconds since 1970. */
  until: number;
}

/** The sync states of a Durable Object, by name. Every operation but `lock` requires the lock. */
export class SyncState {
  #storage: ObjectStorage;

  constructor(storage: ObjectStorage) {
    this.#storage = storage;
  }

  /** Acquires the lock for some milliseconds and returns the state; `null` while another owner has it. */
  async lock(name: string, owner: string, ms: number): Promise<SyncSnapshot | null> {
    const keys = storageKeys(name);
    const record = await this.#lockRecord();
    const now = Date.now();
    if (record && record.owner !== owner && now < record.until) return null;
    const isClean = (await this.#storage.get(keys.unclean)) === undefined;
    // One put is atomic. A run that is killed leaves its mark.
    await this.#storage.put({ [LOCK_KEY]: { owner, until: now + ms } satisfies LockRecord, [keys.unclean]: true });
    const cursor = ((await this.#storage.get(keys.cursor)) ?? null) as SavedCursor | null;
    const pending = (await this.#storage.list({ prefix: keys.pending })) as Map<string, number>;
    return {
      isClean,
      cursor,
      pending: [...pending].map(([key, events]) => [key.slice(keys.pending.length), events]),
    };
  }

  /** Extends the lock to some milliseconds from now. Returns `false` if another owner has it. */
  async renew(_name: string, owner: string, ms: number): Promise<boolean> {
    if (!(await this.#isLockedBy(owner))) return false;
    await this.#storage.put(LOCK_KEY, { owner, until: Date.now() + ms } satisfies LockRecord);
    return true;
  }

  /** Commits a cursor, if one is given, and deliveries, atomically. Returns `false` if another owner has the lock. */
  async commit(name: string, owner: string, cursor: SavedCursor | null, deliveries: Delivery[]): Promise<boolean> {
    if (!(await this.#isLockedBy(owner))) return false;
    const keys = storageKeys(name);
    const entries: Record<string, unknown> = Object.fromEntries(
      deliveries.map(([id, events]) => [keys.pending + id, events]),
    );
    if (cursor) entries[keys.cursor] = cursor;
    // One put is atomic.
    await this.#storage.put(entries);
    return true;
  }

  /** Removes a pending delivery. Returns `false` if another owner has the lock. */
  async markDelivered(name: string, owner: string, id: string): Promise<boolean> {
    if (!(await this.#isLockedBy(owner))) return false;
    await this.#storage.delete(storageKeys(name).pending + id);
    return true;
  }

  /** Releases the lock. `isClean`: the store contains no uncommitted object. */
  async unlock(name: string, owner: string, isClean: boolean): Promise<void> {
    if (!(await this.#isLockedBy(owner))) return;
    if (isClean) await this.#storage.delete(storageKeys(name).unclean);
    await this.#storage.delete(LOCK_KEY);
  }

  async #lockRecord(): Promise<LockRecord | undefined> {
    return (await this.#storage.get(LOCK_KEY)) as LockRecord | undefined;
  }

  async #isLockedBy(owner: string): Promise<boolean> {
    return (await this.#lockRecord())?.owner === owner;
  }
}

/** The storage key of the lock. */
const LOCK_KEY = "sync-lock";

/** Returns the storage keys of a state. */
function storageKeys(name: string): { unclean: string; cursor: string; pending: string } {
  const base = `sync/${encodeURIComponent(name)}`;
  return { unclean: `${base}/unclean`, cursor: `${base}/cursor`, pending: `${base}/pending/` };
}
