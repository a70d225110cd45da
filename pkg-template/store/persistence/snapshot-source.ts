// The part of a store that is saved, as the persistence sees it: opaque bytes.

import type { AttachedTexts } from "./attached-texts.js";

/** A part of a saved store, in the order in which it is restored: all chunks by their index, then the log entries. */
export type SnapshotPart =
  | {
      readonly type: "chunk";
      /** The index of the chunk, from 0. */
      readonly index: number;
      /** The number of chunks. */
      readonly count: number;
      readonly bytes: Uint8Array;
    }
  | { readonly type: "entry"; readonly bytes: Uint8Array };

/** The chunks of a store that changed since a version. */
export interface ChangedChunks {
  /** The number of chunks that the store has now. */
  readonly count: number;
  /** The chunks that changed or are new, with their index. Each is read once, before the store changes again. */
  readonly changed: Iterable<readonly [index: number, bytes: Uint8Array]>;
}

/** The versions of a restored source. */
export interface RestoredVersions {
  /** The version of the chunks alone. */
  readonly chunks: number;
  /** The version of the chunks and log entries, without what was applied besides. */
  readonly saved: number;
}

/**
 * The store as a source of bytes to save, and as their destination. Arrays that it returns are copies, never views of wasm
 * memory: that memory moves when it grows. Its functions are synchronous, except for `restore`.
 */
export interface SnapshotSource {
  /** The format of the bytes that this build writes. It reads this one and all earlier ones. */
  readonly format: number;
  /** The version of the content: grows with each change, and by nothing else. */
  readonly version: number;
  /** The number of cases. */
  readonly count: number;
  /** The texts that are saved with the content. */
  readonly attached?: AttachedTexts | undefined;
  /** Returns the chunks that changed since a version; with `null` all chunks. */
  chunks(since: number | null): ChangedChunks;
  /** Returns the changes since a version as a log entry; `null` if the history does not reach back as far. */
  entry(since: number): Uint8Array | null;
  /**
   * Replaces the content by saved parts of a format, which come one after the other. What was applied after version `since`
   * stays, also what is applied while the parts come. Resolves to `null` if the history does not reach back as far. The content
   * is then as before, and also if it rejects because a part is not valid.
   */
  restore(format: number, parts: AsyncIterable<SnapshotPart>, since: number): Promise<RestoredVersions | null>;
  /** Applies log entries that another tab has written. Throws if one is not valid. An entry can be applied again. */
  extend(entries: readonly Uint8Array[]): void;
  /** Removes the cases of a condition, which another tab has dropped. */
  drop(condition: string): void;
  /** Removes all content. */
  clear(): void;
}
