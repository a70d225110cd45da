// What the Durable Object keeps for runs of the sync: who runs now, which cursor counts, and what waits to be delivered. A
// run's writes count when they stand here, all of them or none. A store alone could not say so: KV may show what was
// written, and what was deleted, up to a minute late.

/** As much of a `DurableObjectStorage` as is used. */
export interface ObjectStorage {
  get(key: string): Promise<unknown>;
  get(keys: string[]): Promise<Map<string, unknown>>;
  put(key: string, value: unknown): Promise<void>;
  put(entries: Record<string, unknown>): Promise<void>;
  delete(key: string): Promise<boolean>;
  list(options: { prefix: string }): Promise<Map<string, unknown>>;
}

/** A cursor in the store, by its id. */
export interface SavedCursor {
  id: string;
}

/** A delivery: its id, and how many events it holds. */
export type Delivery = [id: string, events: number];

/** What is kept of something that was claimed. */
export interface SyncSnapshot {
  /** Whether the last who record it left nothing behind. */
  isTidy: boolean;
  /** The cursor that counts. */
  cursor: SavedCursor | null;
  /** What waits to be delivered. */
  pending: Delivery[];
}

/** Who holds something, until when. */
interface LockRecord {
  owner: string;
  until: number;
}

/** The ledger of a Durable Object. */
export class SyncState {
  #storage: ObjectStorage;

  constructor(storage: ObjectStorage) {
    this.#storage = storage;
  }

  /** Claims something for so long and gives what is kept of it; `null` while another holds it. */
  async lock(name: string, owner: string, ms: number): Promise<SyncSnapshot | null> {
    const keys = keysFor(name);
    const record = await this.#lockRecord(name);
    const now = Date.now();
    if (record && record.owner !== owner && now < record.until) return null;
    await this.#storage.put(keys.lock, { owner, until: now + ms } satisfies LockRecord);
    const cursor = ((await this.#storage.get(keys.cursor)) ?? null) as SavedCursor | null;
    const pending = (await this.#storage.list({ prefix: keys.pending })) as Map<string, number>;
    return {
      isTidy: !record,
      cursor,
      pending: [...pending].map(([key, events]) => [key.slice(keys.pending.length), events]),
    };
  }

  /** Holds it for so long from now. `false`: another has it. */
  async renew(name: string, owner: string, ms: number): Promise<boolean> {
    if (!(await this.#isLockedBy(name, owner))) return false;
    await this.#storage.put(keysFor(name).lock, { owner, until: Date.now() + ms } satisfies LockRecord);
    return true;
  }

  /** From now on this cursor counts, if one is given, and these wait. */
  async commit(name: string, owner: string, cursor: SavedCursor | null, deliveries: Delivery[]): Promise<boolean> {
    if (!(await this.#isLockedBy(name, owner))) return false;
    const keys = keysFor(name);
    const entries: Record<string, unknown> = Object.fromEntries(
      deliveries.map(([id, events]) => [keys.pending + id, events]),
    );
    if (cursor) entries[keys.cursor] = cursor;
    // One put is all or none.
    await this.#storage.put(entries);
    return true;
  }

  /** It waits no more. */
  async markDelivered(name: string, owner: string, id: string): Promise<boolean> {
    if (!(await this.#isLockedBy(name, owner))) return false;
    await this.#storage.delete(keysFor(name).pending + id);
    return true;
  }

  /** Lets it go. `isTidy`: nothing is left behind. */
  async unlock(name: string, owner: string, isTidy: boolean): Promise<void> {
    if (!(await this.#isLockedBy(name, owner))) return;
    const { lock } = keysFor(name);
    if (isTidy) await this.#storage.delete(lock);
    else await this.#storage.put(lock, { owner, until: 0 } satisfies LockRecord);
  }

  async #lockRecord(name: string): Promise<LockRecord | undefined> {
    return (await this.#storage.get(keysFor(name).lock)) as LockRecord | undefined;
  }

  async #isLockedBy(name: string, owner: string): Promise<boolean> {
    return (await this.#lockRecord(name))?.owner === owner;
  }
}

function keysFor(name: string): { lock: string; cursor: string; pending: string } {
  const base = `sync/${encodeURIComponent(name)}`;
  return { lock: `${base}/lock`, cursor: `${base}/cursor`, pending: `${base}/pending/` };
}
