// The wasm store as the source of what is saved.

import { ASK_REMOVE_MATCHING } from "../generated/boundary.js";
import type { CaseDetails } from "./case-details.js";
import { storeError } from "./errors.js";
import type { SnapshotPart, SnapshotSource } from "./persistence/snapshot-source.js";
import type { StoreCore } from "./store-core.js";

/** Returns the source of a store. */
export function snapshotSource(core: StoreCore, details: CaseDetails): SnapshotSource {
  const number = (work: Parameters<typeof core.call<number>>[0]) => core.call(work);
  return {
    get format() {
      return number((raw) => raw.format());
    },
    get version() {
      return number((raw) => raw.version());
    },
    get count() {
      return number((raw) => raw.size());
    },
    get attached() {
      return details.attached;
    },
    chunks(since) {
      const count = number((raw) => raw.chunkCount());
      return {
        count,
        changed: (function* (): Generator<readonly [number, Uint8Array]> {
          for (let index = 0; index < count; index += 1) {
            if (since !== null && !core.call((raw) => raw.isChunkChanged(index, since))) continue;
            core.call((raw) => raw.writeChunk(index));
            yield [index, core.readBytes()];
          }
        })(),
      };
    },
    entry(since) {
      return core.call((raw) => raw.writeEntry(since)) ? core.readBytes() : null;
    },
    async restore(format, parts: AsyncIterable<SnapshotPart>, since) {
      if (format > this.format) throw storeError("STORE_NEWER_VERSION");
      core.call((raw) => raw.beginRestore());
      for await (const { bytes } of parts) {
        core.writeInput(bytes);
        core.checked("open", (raw) => raw.addPart());
      }
      const own = this.version > since ? this.entry(since) : undefined;
      if (own === null) return null;
      const chunks = number((raw) => raw.chunksVersion());
      core.checked("open", (raw) => raw.finishRestore());
      const saved = this.version;
      if (own) this.extend([own]);
      return { chunks, saved };
    },
    extend(entries) {
      for (const entry of entries) {
        core.writeInput(entry);
        core.checked("open", (raw) => raw.mergeEntry());
      }
    },
    drop(condition) {
      core.ask("open", ASK_REMOVE_MATCHING, condition);
      details.onRemoved();
    },
    clear() {
      core.call((raw) => raw.clear());
    },
  };
}
