// Where the sync keeps what it knows: a bucket (R2) or a namespace (KV), below a prefix.

import { pause } from "./time.js";

/** A run cannot go on, by this code. */
export class Stopped extends Error {
  constructor(code, cause) {
    super(code, { cause });
    this.code = code;
  }
}

/** So many operations at once: a Worker has six connections, and the service is asked meanwhile. */
const AT_ONCE = 4;

/** A name is written at most once in a second, in R2 as in KV. */
const AGAIN_MS = 1100;

export class Store {
  /** How many operations were made. */
  operations = 0;
  #binding;
  #prefix;
  #written = new Map();

  constructor(binding, prefix) {
    this.#binding = binding;
    this.#prefix = prefix;
  }

  /** Whether what was written may not be seen yet from elsewhere. */
  get isLate() {
    return typeof this.#binding.getWithMetadata === "function";
  }

  async put(name, text) {
    const wait = (this.#written.get(name) ?? 0) + AGAIN_MS - Date.now();
    if (wait > 0) await pause(wait);
    await this.#doing(() => this.#binding.put(this.#prefix + name, text));
    this.#written.set(name, Date.now());
  }

  /** Puts what `entries` give, a name and a text each. */
  async putAll(entries) {
    const waiting = entries.entries();
    const work = async () => {
      for (const [name, text] of waiting) await this.put(name, text);
    };
    const outcomes = await Promise.allSettled(Array.from({ length: AT_ONCE }, work));
    for (const { reason } of outcomes) if (reason) throw reason;
  }

  /** A text, or `null`. */
  get(name) {
    return this.#doing(async () => {
      const found = await this.#binding.get(this.#prefix + name);
      return found === null || typeof found === "string" ? found : found.text();
    });
  }

  remove(name) {
    return this.#doing(() => this.#binding.delete(this.#prefix + name));
  }

  /** The names below a folder, in order. */
  async names(folder) {
    const prefix = this.#prefix + folder;
    const names = [];
    for (let cursor; ; ) {
      const page = await this.#doing(() => this.#binding.list({ prefix, cursor }));
      const found = page.objects?.map(({ key }) => key) ?? page.keys.map(({ name }) => name);
      names.push(...found.map((key) => key.slice(this.#prefix.length)));
      cursor = page.cursor;
      if (!cursor || page.truncated === false || page.list_complete === true) return names.sort();
    }
  }

  async #doing(work) {
    this.operations += 1;
    try {
      return await work();
    } catch (cause) {
      throw new Stopped("STORE_FAILED", cause);
    }
  }
}
