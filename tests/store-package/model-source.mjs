// A model of a store for the persistence, in Node and in pages.

const ROWS_PER_CHUNK = 4;
const encode = (value) => new TextEncoder().encode(JSON.stringify(value));
const decode = (bytes) => JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));

/** A store for the persistence: case ids with a value each, in chunks of four rows. */
export class ModelSource {
  version = 0;
  rows = [];
  index = new Map();
  changedAt = [];
  /** The versions after which the history does not reach back. */
  oldest = 0;
  /** Whether a value replaces the known one: of a case, the newer record counts. */
  replaces = (value, known) => true;

  constructor(format = 1) {
    this.format = format;
  }

  get count() {
    return this.rows.length;
  }

  /** Sets the values of ids, in one version. */
  apply(values) {
    this.version += 1;
    for (const [id, value] of Object.entries(values)) this.#set(id, value);
  }

  #set(id, value) {
    let row = this.index.get(id);
    if (row !== undefined && !this.replaces(value, this.rows[row][1])) return;
    if (row === undefined) this.index.set(id, (row = this.rows.length));
    this.rows[row] = [id, value];
    this.changedAt[row] = this.version;
  }

  content() {
    return Object.fromEntries([...this.rows].sort());
  }

  chunks(since) {
    const count = Math.ceil(this.rows.length / ROWS_PER_CHUNK);
    const changed = [];
    for (let index = 0; index < count; index += 1) {
      const range = [index * ROWS_PER_CHUNK, (index + 1) * ROWS_PER_CHUNK];
      if (since === null || this.changedAt.slice(...range).some((version) => version > since)) {
        changed.push([index, encode(this.rows.slice(...range))]);
      }
    }
    return { count, changed };
  }

  entry(since) {
    if (since < this.oldest) return null;
    return encode(this.rows.filter((_, row) => this.changedAt[row] > since));
  }

  async restore(format, parts, since) {
    if (format > this.format) throw new Error("newer format");
    const begun = this.version;
    const restored = new ModelSource(this.format);
    restored.replaces = this.replaces;
    restored.version = begun + 1;
    let chunks = restored.version;
    let next = 0;
    for await (const part of parts) {
      if (part.type === "chunk") {
        if (part.index !== next) throw new Error("chunks out of order");
        next += 1;
        restored.extend([part.bytes]);
        chunks = restored.version;
      } else restored.extend([part.bytes]);
    }
    const own = this.version > since ? this.entry(since) : undefined;
    if (own === null) return null;
    const oldest = this.version + 1;
    const { rows, index, changedAt, version } = restored;
    // Versions only grow, also over what was applied meanwhile.
    const offset = this.version - begun;
    Object.assign(this, {
      rows,
      index,
      changedAt: changedAt.map((at) => at + offset),
      version: version + offset,
      oldest,
    });
    const saved = this.version;
    if (own) this.extend([own]);
    return { chunks: chunks + offset, saved };
  }

  extend(entries) {
    for (const entry of entries) {
      this.version += 1;
      for (const [id, value] of decode(entry)) this.#set(id, value);
    }
  }

  /** Removes the cases of a condition: those that are named. */
  drop(condition) {
    const { case_id = [...this.index.keys()] } = JSON.parse(condition).where;
    const left = this.rows.filter(([id]) => !case_id.includes(id));
    if (left.length === this.rows.length) return;
    this.clear();
    for (const [id, value] of left) this.#set(id, value);
  }

  clear() {
    this.version += 1;
    this.rows = [];
    this.index = new Map();
    this.changedAt = [];
    this.oldest = this.version;
  }
}
