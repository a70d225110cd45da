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
export interface Claimed {
  /** Whether the last who held it left nothing behind. */
  isTidy: boolean;
  /** The cursor that counts. */
  cursor: SavedCursor | null;
  /** What waits to be delivered. */
  waiting: Delivery[];
}

/** Who holds something, until when. */
interface Holding {
  holder: string;
  until: number;
}

/** The ledger of a Durable Object. */
export class Ledger {
  #storage: ObjectStorage;

  constructor(storage: ObjectStorage) {
    this.#storage = storage;
  }

  /** Claims something for so long and gives what is kept of it; `null` while another holds it. */
  async claim(what: string, holder: string, ms: number): Promise<Claimed | null> {
    const names = namesOf(what);
    const held = await this.#holding(what);
    const now = Date.now();
    if (held && held.holder !== holder && now < held.until) return null;
    await this.#storage.put(names.claim, { holder, until: now + ms } satisfies Holding);
    const cursor = ((await this.#storage.get(names.cursor)) ?? null) as SavedCursor | null;
    const waiting = (await this.#storage.list({ prefix: names.waiting })) as Map<string, number>;
    return {
      isTidy: !held,
      cursor,
      waiting: [...waiting].map(([key, events]) => [key.slice(names.waiting.length), events]),
    };
  }

  /** Holds it for so long from now. `false`: another has it. */
  async hold(what: string, holder: string, ms: number): Promise<boolean> {
    if (!(await this.#isHeldBy(what, holder))) return false;
    await this.#storage.put(namesOf(what).claim, { holder, until: Date.now() + ms } satisfies Holding);
    return true;
  }

  /** From now on this cursor counts, if one is given, and these wait. */
  async commit(what: string, holder: string, cursor: SavedCursor | null, deliveries: Delivery[]): Promise<boolean> {
    if (!(await this.#isHeldBy(what, holder))) return false;
    const names = namesOf(what);
    const entries: Record<string, unknown> = Object.fromEntries(
      deliveries.map(([id, events]) => [names.waiting + id, events]),
    );
    if (cursor) entries[names.cursor] = cursor;
    // One put is all or none.
    await this.#storage.put(entries);
    return true;
  }

  /** It waits no more. */
  async delivered(what: string, holder: string, id: string): Promise<boolean> {
    if (!(await this.#isHeldBy(what, holder))) return false;
    await this.#storage.delete(namesOf(what).waiting + id);
    return true;
  }

  /** Lets it go. `isTidy`: nothing is left behind. */
  async release(what: string, holder: string, isTidy: boolean): Promise<void> {
    if (!(await this.#isHeldBy(what, holder))) return;
    const { claim } = namesOf(what);
    if (isTidy) await this.#storage.delete(claim);
    else await this.#storage.put(claim, { holder, until: 0 } satisfies Holding);
  }

  async #holding(what: string): Promise<Holding | undefined> {
    return (await this.#storage.get(namesOf(what).claim)) as Holding | undefined;
  }

  async #isHeldBy(what: string, holder: string): Promise<boolean> {
    return (await this.#holding(what))?.holder === holder;
  }
}

function namesOf(what: string): { claim: string; cursor: string; waiting: string } {
  const base = `sync/${encodeURIComponent(what)}`;
  return { claim: `${base}/claim`, cursor: `${base}/cursor`, waiting: `${base}/waiting/` };
}
