// The body of a response, up to a limit: a length that a header tells may be anything, and what is packed says nothing of
// how large it is.

/** The parts of a response that its body is read from. It may be anybody's object. */
interface Readable {
  readonly body?: unknown;
  arrayBuffer?: () => Promise<ArrayBuffer>;
}

type Bytes = Uint8Array<ArrayBuffer>;

/** The runtime's own, by which it ends its streams: that of fake timers in its place does nothing by itself. */
const { queueMicrotask } = globalThis;

/**
 * Reads a body to its end. Returns `undefined`, and ends the transfer, as soon as it is larger than `most` bytes or its
 * Content-Length (`told`) says so. Rejects when it breaks off, and when the signal says that nobody waits for it any more.
 */
export async function readBody(
  response: Readable,
  told: string | null,
  most: number,
  signal?: AbortSignal,
): Promise<Bytes | undefined> {
  const body = response.body as ReadableStream<Bytes> | null | undefined;
  if (Number(told) > most) return discard(body);
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
      if (length > most) return undefined;
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

/** A body that has no reader, as the one part that it has. */
async function readWhole(response: Readable, done: boolean): Promise<{ done: boolean; value?: Bytes }> {
  if (done) return { done };
  const buffer = (await response.arrayBuffer?.()) as Bytes | ArrayBuffer;
  // Of another realm it is no instance of this one's class; a double may give a view.
  return { done, value: ArrayBuffer.isView(buffer) ? buffer : (new DataView(buffer) as unknown as Bytes) };
}

/** Ends a transfer. Nobody waits for that, and it may be of anybody's object. */
export function discard(source: { cancel?: () => unknown } | null | undefined): undefined {
  (async () => source?.cancel?.())().catch(() => {});
}
