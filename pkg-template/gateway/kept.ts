// Answers that are kept: in this isolate's memory, and in the cache of the data centre, where other isolates find them.
// What one of them is good for is judged in the wasm, by the line that stands beside it.

/** A host that can never exist: a key in the cache of a data centre is an address. */
const PLACE = "https://cisco-support-case.invalid";
const LINE = "x-case-line";
const MESSAGE_ID = "x-mashery-message-id";

/** What an entry takes besides its body, in bytes. */
const OVERHEAD = 512;

/** An answer of the service with what is known of it. */
export interface Entry {
  /** The body. */
  body: Uint8Array<ArrayBuffer>;
  /** The line that the wasm judges it by. It begins with when it was asked for. */
  line: string;
  /** The service's message id. */
  messageId: string | null;
}

/** The answers that one isolate keeps. */
export class Kept {
  #entries = new Map<string, Entry & { size: number }>();
  #bytes = 0;
  #most: number;
  #seconds: number;

  /** `most` bytes in memory; for `seconds` in the data centre's cache. */
  constructor(most: number, seconds: number) {
    this.#most = most;
    this.#seconds = seconds;
  }

  /** What this isolate has. The most recently used stand last. */
  remembered(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    if (entry) {
      this.#entries.delete(key);
      this.#entries.set(key, entry);
    }
    return entry;
  }

  /** What the data centre has. A cache that fails has nothing. */
  async found(key: string): Promise<Entry | undefined> {
    try {
      const response = await dataCentre().match(address(key));
      if (!response) return undefined;
      const body = new Uint8Array(await response.arrayBuffer());
      const entry = { body, line: response.headers.get(LINE) ?? "", messageId: response.headers.get(MESSAGE_ID) };
      // What is on its way there from here is newer than what is found there.
      const near = this.#entries.get(key);
      if (near && askedAt(near) >= askedAt(entry)) return near;
      this.#remember(key, entry);
      return entry;
    } catch {
      return undefined;
    }
  }

  #remember(key: string, { body, line, messageId }: Entry): void {
    this.forget(key);
    const size = body.length + key.length + line.length + OVERHEAD;
    if (size > this.#most / 4) return;
    this.#entries.set(key, { body, line, messageId, size });
    this.#bytes += size;
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#most) break;
      this.forget(oldest);
    }
  }

  forget(key: string): void {
    this.#bytes -= this.#entries.get(key)?.size ?? 0;
    this.#entries.delete(key);
  }

  /** Keeps an answer here at once, and says when the data centre has it. */
  async put(key: string, entry: Entry): Promise<void> {
    this.#remember(key, entry);
    const headers: Record<string, string> = {
      "content-type": "application/json",
      "cache-control": `max-age=${this.#seconds}`,
      [LINE]: entry.line,
    };
    if (entry.messageId) headers[MESSAGE_ID] = entry.messageId;
    try {
      await dataCentre().put(address(key), new Response(entry.body, { headers }));
    } catch {
      // It is fetched again.
    }
  }
}

/** A Worker's own cache, which other runtimes do not have. */
const dataCentre = (): Cache => (caches as CacheStorage & { readonly default: Cache }).default;

const askedAt = ({ line }: Entry): number => Number.parseInt(line, 10) || 0;

const address = (key: string): string => `${PLACE}/${key}`;
