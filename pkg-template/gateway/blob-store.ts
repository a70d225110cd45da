// The sync's storage: a bucket (R2) or a namespace (KV), below a prefix.

import { SyncError } from "./sync-error.js";
import type { SyncBucket, SyncNamespace } from "./sync-options.js";
import { sleep } from "./timeout.js";

/** Concurrent writes: a Worker has six connections, and requests to the service need some of them. */
const CONCURRENCY = 4;

/** Minimum interval between two writes of a key: R2 and KV accept one per second. */
const MIN_WRITE_INTERVAL_MS = 1100;

/** A page of keys of a bucket or of a namespace. */
interface Listing {
  objects?: { key: string }[];
  keys?: { name: string }[];
  truncated?: boolean;
  list_complete?: boolean;
  cursor?: string;
}

/** A bucket or a namespace with one interface. Its methods throw `STORE_FAILED`. */
export class BlobStore {
  /** Number of operations so far. */
  operations = 0;
  #binding: SyncBucket | SyncNamespace;
  #prefix: string;
  #writtenAt = new Map<string, number>();

  /** Throws `STORE_FAILED` if the option has returned nothing. */
  constructor(binding: SyncBucket | SyncNamespace | undefined, prefix: string) {
    if (!binding) {
      const cause = new TypeError("the option store returned nothing: the Worker has no binding of that name");
      throw new SyncError("STORE_FAILED", cause);
    }
    this.#binding = binding;
    this.#prefix = prefix;
  }

  /** Whether reads elsewhere may not see a write for a while, as in KV. */
  get isEventuallyConsistent(): boolean {
    return typeof (this.#binding as Partial<SyncNamespace>).getWithMetadata === "function";
  }

  /** Writes a text by its name. */
  async put(name: string, text: string): Promise<void> {
    const wait = (this.#writtenAt.get(name) ?? 0) + MIN_WRITE_INTERVAL_MS - Date.now();
    if (wait > 0) await sleep(wait);
    await this.#run<unknown>(() => this.#binding.put(this.#prefix + name, text));
    this.#writtenAt.set(name, Date.now());
  }

  /** Writes texts by name, several at a time. */
  async putAll(entries: ReadonlyMap<string, string>): Promise<void> {
    const remaining = entries.entries();
    const work = async () => {
      for (const [name, text] of remaining) await this.put(name, text);
    };
    const outcomes = await Promise.allSettled(Array.from({ length: CONCURRENCY }, work));
    for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
  }

  /** Reads a text; `null` if the store has none. */
  get(name: string): Promise<string | null> {
    return this.#run(async () => {
      const found = await this.#binding.get(this.#prefix + name);
      return found === null || typeof found === "string" ? found : found.text();
    });
  }

  /** Deletes a text by its name. */
  delete(name: string): Promise<void> {
    return this.#run(() => this.#binding.delete(this.#prefix + name));
  }

  /** Lists the names in a folder, in order. */
  async list(folder: string): Promise<string[]> {
    const prefix = this.#prefix + folder;
    const names: string[] = [];
    let cursor: string | undefined;
    for (;;) {
      const options = cursor === undefined ? { prefix } : { prefix, cursor };
      const page: Listing = await this.#run<Listing>(() => this.#binding.list(options));
      const found = page.objects?.map(({ key }) => key) ?? page.keys?.map(({ name }) => name) ?? [];
      names.push(...found.map((key) => key.slice(this.#prefix.length)));
      cursor = page.cursor;
      if (!cursor || page.truncated === false || page.list_complete === true) return names.sort();
    }
  }

  async #run<T>(work: () => Promise<T>): Promise<T> {
    this.operations += 1;
    try {
      return await work();
    } catch (cause) {
      throw new SyncError("STORE_FAILED", cause);
    }
  }
}
