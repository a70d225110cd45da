// The records that a store hands out. A record is created when it is first returned, and is the same object until its case
// changes, so that a page renders only what changed. The wasm knows which records are here, and writes only others.

import { ASK_MORE_RECORDS } from "../generated/boundary.js";
import type { CaseRecord } from "../generated/types.js";
import type { AnswerReader } from "./answer-reader.js";
import type { StoreCore } from "./store-core.js";

/** A cache of records, by row. */
export interface RecordCache {
  /** Reads rows and the records that are new, and returns the records of the rows. */
  of(reader: AnswerReader): CaseRecord[];
}

/** The `extra` of all records without undocumented fields. */
const NO_EXTRA = Object.freeze({});
/** The list of all records without one. */
const NO_TEXTS = Object.freeze([]) as unknown as string[];
/** The bit of a number of a text that follows. */
const NEW_TEXT = 0x8000_0000;

const FLAGS = ["", "O", "C"] as const;

/** Creates the cache of a store. */
export function createRecordCache(core: StoreCore): RecordCache {
  const cache = new Map<number, CaseRecord>();
  /** The texts of the columns with few values, by their numbers. */
  let texts: string[][] = [];

  const readShared = (reader: AnswerReader, column: number): string => {
    const number = reader.number();
    const known = (texts[column] ??= []);
    if (number < NEW_TEXT) return known[number]!;
    // A part of a text keeps all of it in memory: the retained text is a part of one of its own.
    return (known[number - NEW_TEXT] = ` ${reader.text()}`.slice(1));
  };
  const readRecord = (reader: AnswerReader): void => {
    const row = reader.number();
    const bits = reader.number();
    const user_id = readShared(reader, 0);
    const status = readShared(reader, 1) as CaseRecord["status"];
    const contract_id = readShared(reader, 2);
    const technology_name = readShared(reader, 3);
    const sub_technology_name = readShared(reader, 4);
    const contact_name = readShared(reader, 5);
    const case_id = reader.text();
    const title = reader.text();
    const serial_number = reader.text();
    const creation_date = reader.text() || null;
    const updated_date = reader.text() || null;
    const rmas = readTexts(reader);
    const bugs = readTexts(reader);
    const record: CaseRecord = {
      item_entry_id: null,
      user_id,
      case_id,
      title,
      severity: (bits & 7 || null) as CaseRecord["severity"],
      contact_name,
      status_flag: FLAGS[(bits >> 3) & 3]!,
      status,
      creation_date,
      updated_date,
      serial_number,
      contract_id,
      technology_name,
      sub_technology_name,
      rmas,
      bugs,
      extra: bits >> 5 ? JSON.parse(reader.text(), (_, value) => Object.freeze(value)) : NO_EXTRA,
    };
    // A record is shared by all answers that contain it.
    cache.set(row, Object.freeze(record));
  };
  return {
    of(reader) {
      if (reader.number()) {
        cache.clear();
        texts = [];
      }
      const rows = reader.list(readNumber);
      let page = reader;
      let left = 0;
      do {
        const count = page.number();
        left = page.number();
        for (let at = 0; at < count; at += 1) readRecord(page);
        if (left > 0) page = core.ask("query", ASK_MORE_RECORDS)!;
      } while (left > 0);
      return rows.map((row) => cache.get(row)!);
    },
  };
}

const readNumber = (reader: AnswerReader) => reader.number();

function readTexts(reader: AnswerReader): string[] {
  const texts = reader.list((one) => one.text());
  return texts.length > 0 ? (Object.freeze(texts) as string[]) : NO_TEXTS;
}
