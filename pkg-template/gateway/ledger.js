// What the Durable Object keeps for runs of the sync: who runs now, which cursor counts, and what waits to be delivered. A
// run's writes count when they stand here, all of them or none. A store alone could not say so: KV may show what was
// written, and what was deleted, up to a minute late.

/** The ledger of a Durable Object. */
export class Ledger {
  #storage;

  constructor(storage) {
    this.#storage = storage;
  }

  /**
   * Claims something for so long and gives what is kept of it; `null` while another holds it. `isTidy`: the last who held
   * it left nothing behind.
   */
  async claim(what, holder, ms) {
    const names = namesOf(what);
    const held = await this.#storage.get(names.claim);
    const now = Date.now();
    if (held && held.holder !== holder && now < held.until) return null;
    await this.#storage.put(names.claim, { holder, until: now + ms });
    const cursor = (await this.#storage.get(names.cursor)) ?? null;
    const waiting = await this.#storage.list({ prefix: names.waiting });
    return { isTidy: !held, cursor, waiting: [...waiting].map(([key, events]) => [key.slice(names.waiting.length), events]) };
  }

  /** Holds it for so long from now. `false`: another has it. */
  async hold(what, holder, ms) {
    if (!(await this.#isHeldBy(what, holder))) return false;
    await this.#storage.put(namesOf(what).claim, { holder, until: Date.now() + ms });
    return true;
  }

  /** From now on this cursor counts, if one is given, and these wait: pairs of an id and how many events it holds. */
  async commit(what, holder, cursor, deliveries) {
    if (!(await this.#isHeldBy(what, holder))) return false;
    const names = namesOf(what);
    const entries = Object.fromEntries(deliveries.map(([id, events]) => [names.waiting + id, events]));
    if (cursor) entries[names.cursor] = cursor;
    // One put is all or none.
    await this.#storage.put(entries);
    return true;
  }

  /** It waits no more. */
  async delivered(what, holder, id) {
    if (!(await this.#isHeldBy(what, holder))) return false;
    await this.#storage.delete(namesOf(what).waiting + id);
    return true;
  }

  async release(what, holder, isTidy) {
    if (!(await this.#isHeldBy(what, holder))) return;
    const { claim } = namesOf(what);
    if (isTidy) await this.#storage.delete(claim);
    else await this.#storage.put(claim, { holder, until: 0 });
  }

  async #isHeldBy(what, holder) {
    return (await this.#storage.get(namesOf(what).claim))?.holder === holder;
  }
}

function namesOf(what) {
  const base = `sync/${encodeURIComponent(what)}`;
  return { claim: `${base}/claim`, cursor: `${base}/cursor`, waiting: `${base}/waiting/` };
}
