// An export as a stream. Pieces are made as the reader takes them, so that an export of a million cases needs little memory.

import type { StoreCore } from "./store-core.js";

/** Returns the stream of an export. Throws if the query or the options are invalid. */
export function exportStream(core: StoreCore, query: string, options: string): ReadableStream<Uint8Array> {
  core.checked("export", (raw) => raw.beginExport(query, options));
  const id = core.call((raw) => raw.lastExport());
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        // A store that was closed in the meantime fails the stream: a shortened export must not look complete.
        if (core.call((raw) => raw.nextPiece(id))) {
          controller.enqueue(encoder.encode(core.call((raw) => raw.takeText())));
        } else {
          controller.close();
        }
      },
      cancel() {
        core.call((raw) => raw.endExport(id));
      },
    },
    { highWaterMark: 0 },
  );
}
