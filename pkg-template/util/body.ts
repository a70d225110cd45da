// Reads response bodies up to a limit. `Content-Length` can be wrong, and does not limit the decompressed size.

/** The members of a response from which its body is read. A custom `fetch` may return any object. */
interface Readable {
  readonly body?: unknown;
  arrayBuffer?: () => Promise<ArrayBuffer>;
}

type Bytes = Uint8Array<ArrayBuffer>;

/** The runtime's own function, which streams need; fake timers replace it by one that runs only when a test advances. */
const { queueMicrotask } = globalThis;

/**
 * Reads a body to its end. Returns `undefined`, and cancels the transfer, as soon as the body or its Content-Length
 * (`contentLength`) exceeds `maxBytes`. Rejects if the transfer is interrupted or the signal is aborted.
 */
export async function readBody(
  response: Readable,
  contentLength: string | null,
  maxBytes: number,
  signal?: AbortSignal,
): Promise<Bytes | undefined> {
  const body = response.body as ReadableStream<Bytes> | null | undefined;
  if (Number(contentLength) > maxBytes) return discard(body);
  const reader = globalThis.queueMicrotask === queueMicrotask ? body?.getReader?.() : undefined;
  const parts: Bytes[] = [];
  let length = 0;
  try {
    for (;;) {
      const { done, value } = reader ? await reader.read() : await readWhole(response, parts.length > 0);
      if (done) break;
      if (signal?.aborted || !ArrayBuffer.isView(value))
        throw new TypeError("the response body has chunks that are not bytes");
      const { buffer, byteOffset, byteLength } = value;
      length += byteLength;
      if (length > maxBytes) return undefined;
      parts.push(new Uint8Array(buffer, byteOffset, byteLength));
    }
  } finally {
    discard(reader);
  }
  if (parts.length === 1) return parts[0];
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Reads a body without a stream reader as a single chunk. */
async function readWhole(response: Readable, done: boolean): Promise<{ done: boolean; value?: Bytes }> {
  if (done) return { done };
  const buffer = (await response.arrayBuffer?.()) as Bytes | ArrayBuffer;
  // No `instanceof`: the buffer may be of another realm, and a test double may return a view.
  return { done, value: ArrayBuffer.isView(buffer) ? buffer : (new DataView(buffer) as unknown as Bytes) };
}

/** Cancels a transfer without waiting for it. Errors of the source are ignored. */
export function discard(source: { cancel?: () => unknown } | null | undefined): undefined {
  (async () => source?.cancel?.())().catch(() => {});
}
