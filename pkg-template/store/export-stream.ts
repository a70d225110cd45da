// An export as a stream. Pieces are made as the reader takes them, so that an export of a million cases needs little memory.

import { storeError } from "./errors.js";
import type { Bytes } from "./persistence/storage.js";
import type { StoreCore } from "./store-core.js";

/**
 * Returns the stream of an export. Throws if the query or the options are invalid. `open` returns the calls of the store, and
 * throws once it is closed.
 */
export function exportStream(open: () => StoreCore, query: string, options: string): ReadableStream<Bytes> {
  open().checked("export", (raw) => raw.beginExport(query, options));
  const id = open().call((raw) => raw.lastExport());
  const encoder = new TextEncoder();
  const pieceOf = async () => {
    await open().loadDeferred();
    // A store that was closed or replaced in the meantime fails the stream: a shortened export must not look complete.
    const isThere = open().call((raw) => raw.nextPiece(id));
    if (!isThere) throw storeError("STORE_CLOSED", "(another tab has replaced its cases)");
    return open().call((raw) => raw.takeText());
  };
  const end = () => {
    try {
      open().call((raw) => raw.endExport(id));
    } catch {
      // A store that is closed has no exports.
    }
  };
  return new ReadableStream<Bytes>(
    {
      async pull(controller) {
        try {
          const piece = await pieceOf();
          if (piece) controller.enqueue(encoder.encode(piece));
          else controller.close();
        } catch (error) {
          // An export that has begun postpones compactions.
          end();
          throw error;
        }
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  );
}
