// Objects of what the decoder left in the wasm's memory. It found every field and copied every text once; here the
// texts become strings and the rows of cells become objects, each kind in one shape (`shapes.js`). Nothing else is
// decided here. What a cell means is written at `Records` in the crate.

import {
  CaseDetail,
  CaseNote,
  CaseNoteWidth,
  CaseRecord,
  CaseRecordWidth,
  PaginationRecord,
} from "./shapes.js";

/** The documents, by the numbers that the wasm knows them by. */
export const SUMMARY = 0;
export const DETAILS = 1;
export const PAGE = 2;

/** Pairs of address and length, from the header's address on. */
const [TEXT, STARTS, ROWS, PAGINATION, NOTES, LISTS, APART, WIDE, LONG, COUNT, HAS] = [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20];
const APART_WORDS = 6;

/** What came besides the fields of a record to which nothing came: one object for all, so it is not to be written to. */
const NONE = Object.freeze({});

const decoder = new TextDecoder();
let memory;
let bytes = new Uint8Array();
let words = new Int32Array();

/** Says whose memory it is. */
export function attach(to) {
  memory = to;
  look();
}

/** A memory that has grown is another buffer. */
function look() {
  bytes = new Uint8Array(memory.buffer);
  words = new Int32Array(memory.buffer);
}

/** Copies a body to where the decoder reads it. */
export function put(address, body) {
  if (bytes.length === 0) look();
  bytes.set(body, address);
}

/** What lists, notes and fields beyond the documentation of one document are read from. */
class Page {
  constructor(strings, header, extras) {
    this.strings = strings;
    this.header = header;
    this.extras = extras;
    this.none = NONE;
  }

  list(cell) {
    const at = (words[this.header + LISTS] >> 2) + cell;
    const count = words[at];
    const items = new Array(count);
    for (let i = 0; i < count; i++) items[i] = this.strings[words[at + 1 + i]];
    return items;
  }

  noteList(cell) {
    const at = (words[this.header + LISTS] >> 2) + cell;
    const first = (words[this.header + NOTES] >> 2) + words[at + 1] * CaseNoteWidth;
    return rows(CaseNote, CaseNoteWidth, first, words[at], this.strings, this);
  }
}

function rows(make, width, first, count, strings, page) {
  const records = new Array(count);
  for (let i = 0, at = first; i < count; i++, at += width) records[i] = make(words, at, strings, page);
  return records;
}

function text(address, length) {
  return length === 0 ? "" : decoder.decode(bytes.subarray(address, address + length));
}

/** All strings of a document: slices of its texts, and the long ones each on its own. */
function stringsOf(header) {
  const all = text(words[header + TEXT], words[header + TEXT + 1]);
  let at = words[header + STARTS] >> 2;
  const count = words[header + STARTS + 1] - 1;
  const strings = new Array(count);
  let start = words[at];
  for (let i = 0; i < count; i++) {
    const end = words[++at];
    strings[i] = all.slice(start, end);
    start = end;
  }
  if (words[header + APART + 1] > 0) apart(header, strings);
  return strings;
}

function apart(header, strings) {
  const wide = text(words[header + WIDE], words[header + WIDE + 1]);
  const long = words[header + LONG];
  const first = words[header + APART] >> 2;
  const end = first + words[header + APART + 1];
  for (let at = first; at < end; at += APART_WORDS) {
    strings[words[at]] =
      words[at + 1] === 0
        ? wide.slice(words[at + 4], words[at + 5])
        : text(long + words[at + 2], words[at + 3] - words[at + 2]);
  }
}

/** The object of a document whose header stands there; `more` gives its extras and issues, where it has any. */
export function build(shape, address, more) {
  if (bytes.length === 0) look();
  const header = address >> 2;
  const extras = words[header + HAS] === 0 ? undefined : more.extras();
  const issues = words[header + HAS + 1] === 0 ? [] : more.issues();
  if (bytes.length === 0) look();
  const strings = stringsOf(header);
  const page = new Page(strings, header, extras);
  const first = words[header + ROWS] >> 2;
  if (shape === DETAILS) {
    const detail = CaseDetail(words, first, strings, page);
    detail.issues = issues;
    return detail;
  }
  const cases = rows(CaseRecord, CaseRecordWidth, first, words[header + ROWS + 1] / CaseRecordWidth, strings, page);
  if (shape === SUMMARY) return { count: words[header + COUNT], cases, issues };
  const pagination_response_record = PaginationRecord(words, words[header + PAGINATION] >> 2, strings, page);
  return { pagination_response_record, cases, issues };
}
