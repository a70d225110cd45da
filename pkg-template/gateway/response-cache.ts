// The response cache: in this isolate's memory, and in the data center's cache, which its isolates share. The wasm decides
// by an entry's metadata whether it may be used.

/** The origin of cache keys, which have to be addresses. The top-level domain `.invalid` can never exist. */
const CACHE_ORIGIN = "https://cisco-support-case.invalid";
const METADATA_HEADER = "x-case-metadata";
const MESSAGE_ID_HEADER = "x-mashery-message-id";

/**
 * The greatest difference of two clocks. An entry of a time further in the future is none: a clock that was wrong has written it, and
 * it would count as new until that time.
 */
const CLOCK_TOLERANCE_MS = 60_000;

/** Estimated memory of an entry in addition to its texts, in bytes. */
const ENTRY_OVERHEAD_BYTES = 512;

/** A response of the service with its metadata. */
export interface CacheEntry {
  /** The body of the response. */
  body: Uint8Array<ArrayBuffer>;
  /** The metadata of the wasm, as text. It starts with the time of the request. */
  metadata: string;
  /** The service's message id. */
  messageId: string | null;
}

/** The cached responses of one isolate. */
export class ResponseCache {
  /** The entries in the order of their use, the most recently used last. */
  #entries = new Map<string, CacheEntry & { size: number }>();
  #bytes = 0;
  #maxBytes: number;
  #maxAgeSeconds: number;

  /** `maxBytes` limits the memory, `maxAgeSeconds` the time in the data center's cache. */
  constructor(maxBytes: number, maxAgeSeconds: number) {
    this.#maxBytes = maxBytes;
    this.#maxAgeSeconds = maxAgeSeconds;
  }

  /** Returns the entry in memory, and marks it as used. */
  getFromMemory(key: string): CacheEntry | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    if (requestedAt(entry) === 0) {
      this.#deleteFromMemory(key);
      return undefined;
    }
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry;
  }

  /** Returns the entry in the data center's cache. Failures of that cache are misses. */
  async getFromDataCenter(key: string): Promise<CacheEntry | undefined> {
    try {
      const response = await dataCenterCache().match(cacheUrl(key));
      if (!response) return undefined;
      const entry = await entryOf(response);
      if (requestedAt(entry) === 0) return undefined;
      // An entry that this isolate is writing there may be newer.
      const near = this.#entries.get(key);
      if (near && requestedAt(near) >= requestedAt(entry)) return near;
      this.#setInMemory(key, entry);
      return entry;
    } catch {
      return undefined;
    }
  }

  /** Adds an entry to memory. One that needs more than a quarter of it is not added. */
  #setInMemory(key: string, { body, metadata, messageId }: CacheEntry): void {
    this.#deleteFromMemory(key);
    const size = body.length + key.length + metadata.length + ENTRY_OVERHEAD_BYTES;
    if (size > this.#maxBytes / 4) return;
    this.#entries.set(key, { body, metadata, messageId, size });
    this.#bytes += size;
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#deleteFromMemory(oldest);
    }
  }

  #deleteFromMemory(key: string): void {
    this.#bytes -= this.#entries.get(key)?.size ?? 0;
    this.#entries.delete(key);
  }

  /**
   * Adds an entry to memory at once, and resolves when it is in the data center's cache or could not be added. It is not added if
   * memory, or that cache, has one that was requested later, as by another isolate.
   */
  async put(key: string, entry: CacheEntry): Promise<void> {
    const near = this.#entries.get(key);
    if (near && requestedAt(near) > requestedAt(entry)) return;
    this.#setInMemory(key, entry);
    const headers: Record<string, string> = {
      "content-type": "application/json",
      "cache-control": `max-age=${this.#maxAgeSeconds}`,
      [METADATA_HEADER]: entry.metadata,
    };
    if (entry.messageId) headers[MESSAGE_ID_HEADER] = entry.messageId;
    try {
      const cache = dataCenterCache();
      const response = await cache.match(cacheUrl(key));
      if (response && requestedAt({ metadata: metadataOf(response) }) > requestedAt(entry)) {
        const newer = await entryOf(response);
        const held = this.#entries.get(key);
        if (!held || requestedAt(held) < requestedAt(newer)) this.#setInMemory(key, newer);
        return;
      }
      // It need not end before the other is written.
      response?.body?.cancel().catch(() => {});
      await cache.put(cacheUrl(key), new Response(entry.body, { headers }));
    } catch {
      // The next isolate requests it again.
    }
  }
}

/** Returns the Worker's own cache, which other runtimes do not have. */
const dataCenterCache = (): Cache => (caches as CacheStorage & { readonly default: Cache }).default;

/** Returns the time of the request of an entry, in milliseconds since 1970; 0 for one in the future. */
function requestedAt({ metadata }: Pick<CacheEntry, "metadata">): number {
  const at = Number.parseInt(metadata, 10) || 0;
  return at > Date.now() + CLOCK_TOLERANCE_MS ? 0 : at;
}

const metadataOf = (response: Response): string => response.headers.get(METADATA_HEADER) ?? "";

/** Returns the entry of a response of the data center's cache. */
const entryOf = async (response: Response): Promise<CacheEntry> => ({
  body: new Uint8Array(await response.arrayBuffer()),
  metadata: metadataOf(response),
  messageId: response.headers.get(MESSAGE_ID_HEADER),
});

const cacheUrl = (key: string): string => `${CACHE_ORIGIN}/${key}`;
