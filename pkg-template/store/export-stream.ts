// Exports as streams. Pieces are made as the reader takes them, so that an export of a million cases needs little memory.

import { monotonicMs } from "../client/timer.js";
import { storeError } from "./errors.js";
import type { Bytes } from "./persistence/storage.js";
import type { StoreCore } from "./store-core.js";

/** The time for which an export that nobody reads postpones compactions, in milliseconds. */
const IDLE_MS = 5 * 60_000;

/** The exports of a store that are in progress. */
export interface Exports {
  /** Begins an export and returns its stream. Throws if the query or the options are invalid. */
  begin(query: string, options: string): ReadableStream<Bytes>;
  /** Ends the exports that nobody has read for long, since a compaction waits for them. Returns whether none is left. */
  endIdle(): boolean;
}

/**
 * Creates the exports of a store. `open` returns the calls of the store, and throws once it is closed. `onEnd` is called after each
 * export.
 */
export function createExports(open: () => StoreCore, onEnd: () => void): Exports {
  /** The times at which the exports in progress were read last, by their numbers. */
  const readAt = new Map<number, number>();
  const end = (id: number): void => {
    if (!readAt.delete(id)) return;
    try {
      open().call((raw) => raw.endExport(id));
      onEnd();
    } catch {
      // A store that is closed has no exports.
    }
  };
  const pieceOf = async (id: number): Promise<string> => {
    await open().loadDeferred();
    // An export that was ended, or whose cases were replaced, fails: a shortened export must not look complete.
    const isThere = open().call((raw) => raw.nextPiece(id));
    if (!isThere) {
      throw storeError(
        "STORE_EXPORT_INTERRUPTED",
        readAt.has(id) ? "(another tab has replaced its cases)" : "(it was not read)",
      );
    }
    return open().call((raw) => raw.takeText());
  };
  return {
    begin(query, options) {
      open().checked("export", (raw) => raw.beginExport(query, options));
      const id = open().call((raw) => raw.lastExport());
      readAt.set(id, monotonicMs());
      const encoder = new TextEncoder();
      return new ReadableStream<Bytes>(
        {
          async pull(controller) {
            try {
              const piece = await pieceOf(id);
              if (readAt.has(id)) readAt.set(id, monotonicMs());
              if (piece) return controller.enqueue(encoder.encode(piece));
              controller.close();
            } catch (error) {
              end(id);
              throw error;
            }
            end(id);
          },
          cancel: () => end(id),
        },
        { highWaterMark: 0 },
      );
    },
    endIdle() {
      const before = monotonicMs() - IDLE_MS;
      for (const [id, at] of readAt) if (at <= before) end(id);
      return readAt.size === 0;
    },
  };
}
