// Where the sync keeps what it knows: a bucket (R2) or a namespace (KV), below a prefix.

import type { SyncBucket, SyncNamespace } from "./sync.js";
import { sleep } from "./timeout.js";

/** A run cannot go on, by this code. */
export class SyncError extends Error {
  readonly code: string;

  constructor(code: string, cause?: unknown) {
    super(code, { cause });
    this.code = code;
  }
}

/** So many operations at once: a Worker has six connections, and the service is asked meanwhile. */
const CONCURRENCY = 4;

/** A name is written at most once in a second, in R2 as in KV. */
const MIN_WRITE_INTERVAL_MS = 1100;

/** Names of a bucket or of a namespace, some at a time. */
interface Listing {
  objects?: { key: string }[];
  keys?: { name: string }[];
  truncated?: boolean;
  list_complete?: boolean;
  cursor?: string;
}

export class BlobStore {
  /** How many operations were made. */
  operations = 0;
  #binding: SyncBucket | SyncNamespace;
  #prefix: string;
  #writtenAt = new Map<string, number>();

  constructor(binding: SyncBucket | SyncNamespace, prefix: string) {
    this.#binding = binding;
    this.#prefix = prefix;
  }

  /** Whether what was written may not be seen yet from elsewhere. */
  get isEventuallyConsistent(): boolean {
    return typeof (this.#binding as Partial<SyncNamespace>).getWithMetadata === "function";
  }

  async put(name: string, text: string): Promise<void> {
    const wait = (this.#writtenAt.get(name) ?? 0) + MIN_WRITE_INTERVAL_MS - Date.now();
    if (wait > 0) await sleep(wait);
    await this.#run<unknown>(() => this.#binding.put(this.#prefix + name, text));
    this.#writtenAt.set(name, Date.now());
  }

  /** Puts what `entries` give, a name and a text each. */
  async putAll(entries: ReadonlyMap<string, string>): Promise<void> {
    const waiting = entries.entries();
    const work = async () => {
      for (const [name, text] of waiting) await this.put(name, text);
    };
    const outcomes = await Promise.allSettled(Array.from({ length: CONCURRENCY }, work));
    for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
  }

  /** A text, or `null`. */
  get(name: string): Promise<string | null> {
    return this.#run(async () => {
      const found = await this.#binding.get(this.#prefix + name);
      return found === null || typeof found === "string" ? found : found.text();
    });
  }

  delete(name: string): Promise<void> {
    return this.#run(() => this.#binding.delete(this.#prefix + name));
  }

  /** The names below a folder, in order. */
  async list(folder: string): Promise<string[]> {
    const prefix = this.#prefix + folder;
    const names: string[] = [];
    let cursor: string | undefined;
    for (;;) {
      const from = cursor === undefined ? { prefix } : { prefix, cursor };
      const page: Listing = await this.#run<Listing>(() => this.#binding.list(from));
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
