// Answers that are kept: in this isolate's memory, and in the cache of the data centre, where other isolates find them.
// What one of them is good for is judged in the wasm, by the metadata that stands beside it.

/** A host that can never exist: a key in the cache of a data centre is an address. */
const CACHE_ORIGIN = "https://cisco-support-case.invalid";
const METADATA_HEADER = "x-case-metadata";
const MESSAGE_ID_HEADER = "x-mashery-message-id";

/** What an entry takes besides its body, in bytes. */
const ENTRY_OVERHEAD_BYTES = 512;

/** An answer of the service with what is known of it. */
export interface CacheEntry {
  /** The body. */
  body: Uint8Array<ArrayBuffer>;
  /** The metadata that the wasm judges it by. It begins with when it was asked for. */
  metadata: string;
  /** The service's message id. */
  messageId: string | null;
}

/** The answers that one isolate keeps. */
export class ResponseCache {
  #entries = new Map<string, CacheEntry & { size: number }>();
  #bytes = 0;
  #maxBytes: number;
  #maxAgeSeconds: number;

  /** `most` bytes in memory; for `seconds` in the data centre's cache. */
  constructor(most: number, seconds: number) {
    this.#maxBytes = most;
    this.#maxAgeSeconds = seconds;
  }

  /** What this isolate has. The most recently used stand last. */
  getFromMemory(key: string): CacheEntry | undefined {
    const entry = this.#entries.get(key);
    if (entry) {
      this.#entries.delete(key);
      this.#entries.set(key, entry);
    }
    return entry;
  }

  /** What the data centre has. A cache that fails has nothing. */
  async getFromDataCenter(key: string): Promise<CacheEntry | undefined> {
    try {
      const response = await dataCenterCache().match(cacheUrl(key));
      if (!response) return undefined;
      const body = new Uint8Array(await response.arrayBuffer());
      const entry = {
        body,
        metadata: response.headers.get(METADATA_HEADER) ?? "",
        messageId: response.headers.get(MESSAGE_ID_HEADER),
      };
      // What is on its way there from here is newer than what is found there.
      const near = this.#entries.get(key);
      if (near && requestedAt(near) >= requestedAt(entry)) return near;
      this.#setInMemory(key, entry);
      return entry;
    } catch {
      return undefined;
    }
  }

  #setInMemory(key: string, { body, metadata, messageId }: CacheEntry): void {
    this.delete(key);
    const size = body.length + key.length + metadata.length + ENTRY_OVERHEAD_BYTES;
    if (size > this.#maxBytes / 4) return;
    this.#entries.set(key, { body, metadata, messageId, size });
    this.#bytes += size;
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#maxBytes) break;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    this.#bytes -= this.#entries.get(key)?.size ?? 0;
    this.#entries.delete(key);
  }

  /** Keeps an answer here at once, and says when the data centre has it. */
  async put(key: string, entry: CacheEntry): Promise<void> {
    this.#setInMemory(key, entry);
    const headers: Record<string, string> = {
      "content-type": "application/json",
      "cache-control": `max-age=${this.#maxAgeSeconds}`,
      [METADATA_HEADER]: entry.metadata,
    };
    if (entry.messageId) headers[MESSAGE_ID_HEADER] = entry.messageId;
    try {
      await dataCenterCache().put(cacheUrl(key), new Response(entry.body, { headers }));
    } catch {
      // It is fetched again.
    }
  }
}

/** A Worker's own cache, which other runtimes do not have. */
const dataCenterCache = (): Cache => (caches as CacheStorage & { readonly default: Cache }).default;

const requestedAt = ({ metadata }: CacheEntry): number => Number.parseInt(metadata, 10) || 0;

const cacheUrl = (key: string): string => `${CACHE_ORIGIN}/${key}`;
