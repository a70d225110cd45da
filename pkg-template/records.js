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
const [TEXT, STARTS, ROWS, PAGINATION, NOTES, LISTS, APART, WIDE, LONG] = [0, 2, 4, 6, 8, 10, 12, 14, 16];
const [LONG_WIDE, WORDS, NAMES, COUNT, ISSUES] = [18, 20, 22, 24, 25];
const APART_WORDS = 6;

/** What came besides the fields of a record to which nothing came: one object for all, so it is not to be written to. */
const NONE = Object.freeze({});

/** A byte order mark within a text is a character like others: without `ignoreBOM` it would be dropped. */
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
let memory;
let bytes = new Uint8Array();
let words = new Int32Array();
/** Where there is Node's Buffer, it makes strings of few bytes in a third of the time. */
let buffer;

/** Says whose memory it is. */
export function attach(to) {
  memory = to;
  look();
}

/** A memory that has grown is another buffer. */
function look() {
  bytes = new Uint8Array(memory.buffer);
  words = new Int32Array(memory.buffer);
  const from = globalThis.Buffer?.from?.(memory.buffer);
  buffer = from?.latin1Slice && from.utf8Slice ? from : undefined;
}

/** Copies a body to where the decoder reads it. */
export function put(address, body) {
  if (bytes.length === 0) look();
  bytes.set(body, address);
}

const NO_SHAPES = Object.freeze([]);

/** What lists, notes and fields beyond the documentation of the document are read from that is being built. */
const page = {
  strings: undefined,
  header: 0,
  /** What is known of the shapes of objects beyond the documentation, by their numbers. */
  shapes: NO_SHAPES,
  none: NONE,

  list(cell) {
    const at = (words[this.header + LISTS] >> 2) + cell;
    const count = words[at];
    const items = new Array(count);
    for (let i = 0; i < count; i++) items[i] = this.strings[words[at + 1 + i]];
    return items;
  },

  noteList(cell) {
    const at = (words[this.header + LISTS] >> 2) + cell;
    const first = (words[this.header + NOTES] >> 2) + words[at + 1] * CaseNoteWidth;
    return rows(CaseNote, CaseNoteWidth, first, words[at], this.strings);
  },

  extra(cell) {
    const first = words[this.header + WORDS] >> 2;
    const { keys, blank } = shape(words[first + cell - 1]);
    const object = blank ? { ...blank } : {};
    for (let i = 0; i < keys.length; i++) {
      next = first + words[first + cell + i];
      set(object, keys[i], value());
    }
    return object;
  },
};

/**
 * The keys of a shape; from the second time on also an object that has them, to be copied, which is faster than setting
 * one after the other.
 */
function shape(number) {
  if (page.shapes === NO_SHAPES) page.shapes = [];
  const known = page.shapes[number];
  if (!known) return (page.shapes[number] = { keys: keysOf(number), blank: undefined });
  // Where there is a "__proto__", each is defined on its own.
  known.blank ??= known.keys.includes("__proto__") ? undefined : Object.fromEntries(known.keys.map((key) => [key, null]));
  return known;
}

function keysOf(number) {
  const first = words[page.header + NAMES] >> 2;
  const keys = [];
  for (let at = number, parent; (parent = words[first + 2 * at]) !== at; at = parent) {
    keys.push(page.strings[words[first + 2 * at + 1]]);
  }
  return keys.reverse();
}

function set(object, key, to) {
  if (key === "__proto__") {
    Object.defineProperty(object, key, { value: to, enumerable: true, writable: true, configurable: true });
  } else {
    object[key] = to;
  }
}

const WORD = [null, false, true];

/** Where the words of the next value begin. */
let next = 0;

/** A value beyond the documentation. What its words mean is written at `Tag` in the crate. */
function value() {
  const word = words[next++];
  const rest = word >>> 3;
  switch (word & 7) {
    case 0:
      return WORD[rest];
    case 1:
      return page.strings[rest];
    case 2:
      return rest;
    case 3: {
      const items = new Array(rest);
      for (let i = 0; i < rest; i++) items[i] = value();
      return items;
    }
    case 4: {
      const { keys, blank } = shape(rest);
      const object = blank ? { ...blank } : {};
      for (let i = 0; i < keys.length; i++) set(object, keys[i], value());
      return object;
    }
    case 5:
      return Number(page.strings[rest]);
    default:
      return JSON.parse(page.strings[rest]);
  }
}

function rows(make, width, first, count, strings) {
  const records = new Array(count);
  for (let i = 0, at = first; i < count; i++, at += width) records[i] = make(words, at, strings, page);
  return records;
}

function ascii(address, length) {
  if (length === 0) return "";
  if (buffer) return buffer.latin1Slice(address, address + length);
  return decoder.decode(bytes.subarray(address, address + length));
}

function utf8(address, length) {
  if (length === 0) return "";
  if (buffer) return buffer.utf8Slice(address, address + length);
  return decoder.decode(bytes.subarray(address, address + length));
}

/** All strings of a document: slices of its texts, and the long ones each on its own. */
function stringsOf(header) {
  const all = ascii(words[header + TEXT], words[header + TEXT + 1]);
  let at = words[header + STARTS] >> 2;
  const count = words[header + STARTS + 1] - 1;
  const strings = new Array(count);
  let start = words[at];
  for (let i = 0; i < count; i++) {
    const end = words[++at];
    strings[i] = all.substring(start, end);
    start = end;
  }
  if (words[header + APART + 1] > 0) apart(header, strings);
  return strings;
}

/** Long strings of so few bytes together are decoded at once, which costs less than one by one; others keep none alive. */
const FEW_BYTES = 16384;

function apart(header, strings) {
  const wide = utf8(words[header + WIDE], words[header + WIDE + 1]);
  const [long, length, longWide] = [words[header + LONG], words[header + LONG + 1], words[header + LONG_WIDE]];
  const few = length <= FEW_BYTES ? ascii(long, length) : undefined;
  const first = words[header + APART] >> 2;
  const end = first + words[header + APART + 1];
  for (let at = first; at < end; at += APART_WORDS) {
    const [start, length] = [words[at + 2], words[at + 3] - words[at + 2]];
    let string;
    if (words[at + 1] === 0) string = wide.substring(words[at + 4], words[at + 5]);
    else if (words[at + 1] === 2) string = utf8(longWide + start, length);
    else string = few ? few.substring(start, start + length) : ascii(long + start, length);
    strings[words[at]] = string;
  }
}

/** The object of a document whose header stands there; `from` gives its issues, where it has any. */
export function build(shape, address, from) {
  if (bytes.length === 0) look();
  const header = address >> 2;
  const issues = words[header + ISSUES] === 0 ? [] : JSON.parse(from.issues());
  // Telling of them may have made the memory grow.
  if (bytes.length === 0) look();
  page.header = header;
  page.strings = stringsOf(header);
  page.shapes = NO_SHAPES;
  const document = documentOf(shape, header, page.strings, issues);
  // Nothing of a document is kept here.
  page.strings = undefined;
  page.shapes = NO_SHAPES;
  return document;
}

function documentOf(shape, header, strings, issues) {
  const first = words[header + ROWS] >> 2;
  if (shape === DETAILS) {
    const detail = CaseDetail(words, first, strings, page);
    detail.issues = issues;
    return detail;
  }
  const cases = rows(CaseRecord, CaseRecordWidth, first, words[header + ROWS + 1] / CaseRecordWidth, strings);
  if (shape === SUMMARY) return { count: words[header + COUNT], cases, issues };
  const pagination_response_record = PaginationRecord(words, words[header + PAGINATION] >> 2, strings, page);
  return { pagination_response_record, cases, issues };
}

/** The object of records that the wasm handed out; their memory is given back. */
export function take(shape, records) {
  try {
    return build(shape, records.header(), records);
  } finally {
    records.free();
  }
}
