// The lock of a run of the sync. The Durable Object holds it, so that one run writes at a time.

import type { QuotaObject, SyncStateOperation } from "./quota-object.js";
import { SyncError } from "./sync-error.js";
import type { Delivery, SavedCursor, SyncState } from "./sync-state.js";
import { withTimeout } from "./timeout.js";

/** Lifetime of a lock: after a crash the next run can start this much later. */
const LOCK_TTL_MS = 60_000;
/** Interval at which a run renews its lock. */
const LOCK_RENEWAL_MS = 15_000;
/** No write starts this shortly before the lock ends, because it could finish after the end. */
const LOCK_MARGIN_MS = 10_000;
/** Timeout of a call to the Durable Object. */
const LOCK_TIMEOUT_MS = 10_000;

/** The parameters of an operation after the state's name and the lock's owner. */
type WithoutOwner<T extends unknown[]> = T extends [string, string, ...infer Rest] ? Rest : never;

/** The lock of one run, with the committed state that it protects. */
export class SyncLock {
  /** The committed cursor. */
  cursor: SavedCursor | null = null;
  /** The committed deliveries that are still to be posted, in order. */
  pending: Delivery[] = [];
  /** Whether the previous owner has left no uncommitted object in the store. */
  isClean = false;
  #quotaObject: Pick<QuotaObject, "syncState">;
  #name: string;
  #owner: string = crypto.randomUUID();
  #until = 0;
  #timer: ReturnType<typeof setInterval> | null = null;

  private constructor(quotaObject: Pick<QuotaObject, "syncState">, name: string) {
    this.#quotaObject = quotaObject;
    this.#name = name;
  }

  /** Acquires the lock of a state; `null` while another run holds it. */
  static async acquire(quotaObject: Pick<QuotaObject, "syncState">, name: string): Promise<SyncLock | null> {
    const lock = new SyncLock(quotaObject, name);
    const sent = Date.now();
    const state = await lock.#call("lock", LOCK_TTL_MS);
    if (!state) return null;
    lock.#until = sent + LOCK_TTL_MS;
    ({ cursor: lock.cursor, pending: lock.pending, isClean: lock.isClean } = state);
    lock.#timer = setInterval(() => lock.#renew().catch(() => {}), LOCK_RENEWAL_MS);
    return lock;
  }

  async #renew(): Promise<void> {
    const sent = Date.now();
    this.#until = (await this.#call("renew", LOCK_TTL_MS)) ? sent + LOCK_TTL_MS : 0;
  }

  /** Throws `LOCK_LOST` if another run may have the lock. It is called before each write. */
  check(): void {
    if (Date.now() > this.#until - LOCK_MARGIN_MS) throw new SyncError("LOCK_LOST");
  }

  /** Commits a cursor, if one is given, and deliveries, atomically. */
  async commit(cursor: SavedCursor | null, deliveries: Delivery[]): Promise<void> {
    if (!(await this.#call("commit", cursor, deliveries))) throw new SyncError("LOCK_LOST");
    if (cursor) this.cursor = cursor;
    const known = new Map([...this.pending, ...deliveries]);
    this.pending = [...known].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  /** Removes a delivery from the pending ones. */
  async markDelivered(id: string): Promise<void> {
    if (!(await this.#call("markDelivered", id))) throw new SyncError("LOCK_LOST");
    this.pending = this.pending.filter(([other]) => other !== id);
  }

  /** Releases the lock. `isClean`: no uncommitted object is left in the store. */
  release(isClean: boolean): Promise<void> {
    clearInterval(this.#timer);
    return this.#call("unlock", isClean);
  }

  async #call<O extends SyncStateOperation>(
    operation: O,
    ...args: WithoutOwner<Parameters<SyncState[O]>>
  ): Promise<Awaited<ReturnType<SyncState[O]>>> {
    const all = [this.#name, this.#owner, ...args] as unknown as Parameters<SyncState[O]>;
    try {
      return await withTimeout(this.#quotaObject.syncState(operation, ...all), LOCK_TIMEOUT_MS);
    } catch (cause) {
      throw new SyncError("QUOTA_UNREACHABLE", cause);
    }
  }
}

/** The work of a run that has the lock. */
interface LockedWork {
  work(lock: SyncLock): Promise<void>;
  /** Takes an error of the work, or of the lock. */
  onError(error: unknown): void;
  /** Whether no uncommitted object is left in the store after the work. */
  isClean(): boolean;
}

/** Works while it holds a lock, and releases that. Returns the lock; `null` if another run has it, or after an error of it. */
export async function withLock(
  quotaObject: Pick<QuotaObject, "syncState">,
  name: string,
  { work, onError, isClean }: LockedWork,
): Promise<SyncLock | null> {
  let lock: SyncLock | null = null;
  try {
    lock = await SyncLock.acquire(quotaObject, name);
    if (lock) await work(lock);
  } catch (error) {
    onError(error);
  }
  await lock?.release(isClean()).catch(onError);
  return lock;
}
