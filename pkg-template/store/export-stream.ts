// An export as a stream. Pieces are made as the reader takes them, so that an export of a million cases needs little memory.

import type { StoreCore } from "./store-core.js";

/**
 * Returns the stream of an export. Throws if the query or the options are invalid. `open` returns the calls of the store, and
 * throws once it is closed.
 */
export function exportStream(open: () => StoreCore, query: string, options: string): ReadableStream<Uint8Array> {
  open().checked("export", (raw) => raw.beginExport(query, options));
  const id = open().call((raw) => raw.lastExport());
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        await open().loadDeferred();
        // A store that was closed in the meantime fails the stream: a shortened export must not look complete.
        if (open().call((raw) => raw.nextPiece(id))) {
          controller.enqueue(encoder.encode(open().call((raw) => raw.takeText())));
        } else {
          controller.close();
        }
      },
      cancel() {
        open().call((raw) => raw.endExport(id));
      },
    },
    { highWaterMark: 0 },
  );
}
