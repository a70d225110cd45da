// The records that a store hands out. A record is created when it is first returned, and is the same object until its case
// changes, so that a page renders only what changed.

import type { CaseRecord } from "../generated/types.js";
import type { StoreCore } from "./store-core.js";

/** A cache of records, by row. */
export interface RecordCache {
  /** Returns the records of rows; two words each: the row and the revision of its case. */
  of(rows: Uint32Array): CaseRecord[];
}

/** The number of records above which the cache is cleared. */
const MAX_RECORDS = 20_000;

/** The `extra` of all records without undocumented fields. */
const NO_EXTRA = Object.freeze({});

/** Creates the cache of a store. */
export function createRecordCache(core: StoreCore): RecordCache {
  const cache = new Map<number, { readonly revision: number; readonly record: CaseRecord }>();
  return {
    of(rows) {
      if (cache.size + rows.length / 2 > MAX_RECORDS) cache.clear();
      const missing: [row: number, revision: number][] = [];
      for (let at = 0; at < rows.length; at += 2) {
        const [row, revision] = [rows[at]!, rows[at + 1]!];
        if (cache.get(row)?.revision !== revision) missing.push([row, revision]);
      }
      if (missing.length > 0) {
        const text = core.call((raw) => raw.records(Uint32Array.from(missing, ([row]) => row)));
        const read = JSON.parse(text) as CaseRecord[];
        missing.forEach(([row, revision], at) => cache.set(row, { revision, record: frozen(read[at]!) }));
      }
      const records: CaseRecord[] = [];
      for (let at = 0; at < rows.length; at += 2) records.push(cache.get(rows[at]!)!.record);
      return records;
    },
  };
}

/** A record is shared by all answers that contain it, so it is frozen. */
function frozen(record: CaseRecord): CaseRecord {
  Object.freeze(record.bugs);
  Object.freeze(record.rmas);
  const extra = Object.keys(record.extra).length === 0 ? NO_EXTRA : Object.freeze(record.extra);
  return Object.freeze({ ...record, extra });
}
