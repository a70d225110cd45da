// Creates objects from the decoder's columns in the wasm's memory. The decoder found every field and copied every text; here
// texts become strings and rows of cells become objects, each kind in one shape (`shapes.ts`). Nothing else is
// decided here. The crate documents the meaning of cells at `Columns`.

import {
  OUT_OF_LINE_END,
  OUT_OF_LINE_END16,
  OUT_OF_LINE_POOL,
  OUT_OF_LINE_LENGTH,
  OUT_OF_LINE_START,
  OUT_OF_LINE_START16,
  OUT_OF_LINE_STRING,
  DOCUMENT_CASES,
  DOCUMENT_DETAILS,
  DOCUMENT_PAGE,
  DOCUMENT_SUMMARY,
  HEADER_OUT_OF_LINE,
  HEADER_ATTEMPTS,
  HEADER_COUNT,
  HEADER_ISSUES,
  HEADER_LISTS,
  HEADER_LONG,
  HEADER_LONG_WIDE,
  HEADER_SHAPES,
  HEADER_NOTES,
  HEADER_PAGINATION,
  HEADER_ROWS,
  HEADER_STARTS,
  HEADER_TEXT,
  HEADER_WAITED_MS,
  HEADER_WIDE,
  HEADER_TAPE,
  PAGE_BYTES_LENGTH,
  PAGE_BYTES_MAGIC,
  PAGE_BYTES_PART_COUNT,
  PAGE_BYTES_VERSION,
  POOL_LONG_WIDE,
  POOL_WIDE,
  TAG_ARRAY,
  TAG_BITS,
  TAG_INTEGER,
  TAG_LITERAL,
  TAG_MASK,
  TAG_NUMBER,
  TAG_OBJECT,
  TAG_STRING,
} from "../generated/boundary.js";
import {
  CaseDetail,
  CaseNote,
  CaseNoteWidth,
  CaseRecord,
  CaseRecordWidth,
  type Page,
  PaginationRecord,
  PaginationRecordTexts,
  PaginationRecordWidth,
} from "../generated/shapes.js";
import type * as types from "../generated/types.js";
import { COMPACT_PAGE, type CompactPage, pageCopies } from "./page-copy.js";
import type { CasesPageData, CaseSummaryResult, Issue } from "./types.js";

/** A wasm object with records: the address of their header, and their issues as JSON text. */
export interface RecordsSource {
  header(): number;
  issues(): string;
}

/** The `extra` of all records without undocumented fields. It is shared and therefore frozen. */
const NO_EXTRA = Object.freeze({});

/** `ignoreBOM` preserves a byte order mark at the start of a text. */
let decoder: TextDecoder | undefined;
let memory: { readonly buffer: ArrayBuffer };
let bytes = new Uint8Array();
let words = new Int32Array();

/** The methods of Node's `Buffer` that decode short strings three times as fast as `TextDecoder`. */
interface BufferSlices {
  latin1Slice(start: number, end: number): string;
  utf8Slice(start: number, end: number): string;
}
let buffer: BufferSlices | undefined;

/** Sets the memory that contains the records. */
export function attachMemory(to: { readonly buffer: ArrayBuffer }): void {
  memory = to;
  refreshViews();
}

/** Creates views of the memory, which has a new buffer after it has grown. */
function refreshViews(): void {
  bytes = new Uint8Array(memory.buffer);
  words = new Int32Array(memory.buffer);
  const { Buffer } = globalThis as { Buffer?: { from?: (from: ArrayBufferLike) => unknown } };
  const from = Buffer?.from?.(memory.buffer) as Partial<BufferSlices> | undefined;
  buffer = from?.latin1Slice && from.utf8Slice ? (from as BufferSlices) : undefined;
}

/** Copies a body into the memory, for the decoder. */
export function writeBody(address: number, body: Uint8Array): void {
  if (bytes.length === 0) refreshViews();
  bytes.set(body, address);
}

/** Returns a view of bytes in memory. It is valid until the next call into the module. */
export function bytesAt(address: number, length: number): Uint8Array {
  if (bytes.length === 0) refreshViews();
  return bytes.subarray(address, address + length);
}

/** The keys of an object and, from its second use on, a blank object with these keys. */
interface Shape {
  keys: string[];
  blank: Record<string, unknown> | undefined;
}

const NO_SHAPES: (Shape | undefined)[] = [];
const NO_STRINGS: string[] = [];

/** The document being materialized, as the source of lists, notes and undocumented fields. */
const page: Page & { text: string | undefined; strings: string[]; at: number; shapes: (Shape | undefined)[] } = {
  /** The compact text, if it is not in the memory. */
  text: undefined,
  strings: NO_STRINGS,
  at: 0,
  /** The shapes of undocumented objects met so far, by number. */
  shapes: NO_SHAPES,
  none: NO_EXTRA,

  list(cell) {
    const at = (words[this.at + HEADER_LISTS]! >> 2) + cell;
    const count = words[at]!;
    const items = new Array<string>(count);
    for (let i = 0; i < count; i++) items[i] = this.strings[words[at + 1 + i]!]!;
    return items;
  },

  noteList(cell) {
    const at = (words[this.at + HEADER_LISTS]! >> 2) + cell;
    const first = (words[this.at + HEADER_NOTES]! >> 2) + words[at + 1]! * CaseNoteWidth;
    return rows(CaseNote, CaseNoteWidth, first, words[at]!, this.strings);
  },

  extra(cell) {
    const first = words[this.at + HEADER_TAPE]! >> 2;
    const { keys, blank } = shape(words[first + cell - 1]!);
    const object = blank ? { ...blank } : {};
    for (let i = 0; i < keys.length; i++) {
      nextWord = first + words[first + cell + i]!;
      setMember(object, keys[i]!, value());
    }
    return object;
  },
};

/** Returns a shape by number. Copying its `blank` is faster than setting the keys one by one. */
function shape(number: number): Shape {
  if (page.shapes === NO_SHAPES) page.shapes = [];
  const known = page.shapes[number];
  if (!known) return (page.shapes[number] = { keys: keysOf(number), blank: undefined });
  // With a key "__proto__" the members are defined one by one.
  known.blank ??= known.keys.includes("__proto__")
    ? undefined
    : Object.fromEntries(known.keys.map((key) => [key, null]));
  return known;
}

function keysOf(number: number): string[] {
  const first = words[page.at + HEADER_SHAPES]! >> 2;
  const keys: string[] = [];
  for (let at = number, parent: number; (parent = words[first + 2 * at]!) !== at; at = parent) {
    keys.push(page.strings[words[first + 2 * at + 1]!]!);
  }
  return keys.reverse();
}

function setMember(object: Record<string, unknown>, key: string, to: unknown): void {
  if (key === "__proto__") {
    Object.defineProperty(object, key, { value: to, enumerable: true, writable: true, configurable: true });
  } else {
    object[key] = to;
  }
}

const LITERALS = [null, false, true];

/** The index of the next word of the tape. */
let nextWord = 0;

/** A value beyond the documentation. The meaning of its words is written at `Tag` in the crate. */
function value(): unknown {
  const word = words[nextWord++]!;
  const rest = word >>> TAG_BITS;
  switch (word & TAG_MASK) {
    case TAG_LITERAL:
      return LITERALS[rest];
    case TAG_STRING:
      return page.strings[rest];
    case TAG_INTEGER:
      return rest;
    case TAG_ARRAY: {
      const items = new Array<unknown>(rest);
      for (let i = 0; i < rest; i++) items[i] = value();
      return items;
    }
    case TAG_OBJECT: {
      const { keys, blank } = shape(rest);
      const object = blank ? { ...blank } : {};
      for (let i = 0; i < keys.length; i++) setMember(object, keys[i]!, value());
      return object;
    }
    case TAG_NUMBER:
      return Number(page.strings[rest]);
    default:
      return JSON.parse(page.strings[rest]!);
  }
}

type Make<T> = (w: Int32Array, i: number, s: readonly string[], p: Page) => T;

function rows<T>(make: Make<T>, width: number, first: number, count: number, strings: string[]): T[] {
  const records = new Array<T>(count);
  for (let i = 0, at = first; i < count; i++, at += width) records[i] = make(words, at, strings, page);
  return records;
}

function ascii(address: number, length: number): string {
  if (length === 0) return "";
  return buffer ? buffer.latin1Slice(address, address + length) : decoded(address, length);
}

function utf8(address: number, length: number): string {
  if (length === 0) return "";
  return buffer ? buffer.utf8Slice(address, address + length) : decoded(address, length);
}

function decoded(address: number, length: number): string {
  decoder ??= new TextDecoder("utf-8", { ignoreBOM: true });
  return decoder.decode(bytes.subarray(address, address + length));
}

/** The compact text of a document. */
const textOf = (header: number): string => ascii(words[header + HEADER_TEXT]!, words[header + HEADER_TEXT + 1]!);

/** Decodes all strings of a document: short ones as slices of its texts, long ones separately. */
function stringsOf(header: number): string[] {
  const all = page.text ?? textOf(header);
  let at = words[header + HEADER_STARTS]! >> 2;
  const count = words[header + HEADER_STARTS + 1]! - 1;
  const strings = new Array<string>(count);
  let start = words[at]!;
  for (let i = 0; i < count; i++) {
    const end = words[++at]!;
    strings[i] = all.substring(start, end);
    start = end;
  }
  if (words[header + HEADER_OUT_OF_LINE + 1]! > 0) fillOutOfLine(header, strings);
  return strings;
}

/** Up to this total size long strings are decoded at once, which is faster; above it separately, so that none retains the others. */
const MAX_BATCH_BYTES = 16384;

function fillOutOfLine(header: number, strings: string[]): void {
  const wide = utf8(words[header + HEADER_WIDE]!, words[header + HEADER_WIDE + 1]!);
  const [long, longLength] = [words[header + HEADER_LONG]!, words[header + HEADER_LONG + 1]!];
  const longWide = words[header + HEADER_LONG_WIDE]!;
  const few = longLength <= MAX_BATCH_BYTES ? ascii(long, longLength) : undefined;
  const first = words[header + HEADER_OUT_OF_LINE]! >> 2;
  const end = first + words[header + HEADER_OUT_OF_LINE + 1]!;
  for (let at = first; at < end; at += OUT_OF_LINE_LENGTH) {
    const start = words[at + OUT_OF_LINE_START]!;
    const length = words[at + OUT_OF_LINE_END]! - start;
    const home = words[at + OUT_OF_LINE_POOL];
    let string: string;
    if (home === POOL_WIDE) string = wide.substring(words[at + OUT_OF_LINE_START16]!, words[at + OUT_OF_LINE_END16]);
    else if (home === POOL_LONG_WIDE) string = utf8(longWide + start, length);
    else string = few ? few.substring(start, start + length) : ascii(long + start, length);
    strings[words[at + OUT_OF_LINE_STRING]!] = string;
  }
}

/** The cases of a page or summary without the rest of it. */
export interface CasesOnly {
  cases: types.CaseRecord[];
  issues: Issue[];
}

/** A result of any decoder. */
export type Document = types.CaseDetail | CaseSummaryResult | CasesPageData | CasesOnly;

/** Creates the object of a document from the address of its header; `from` returns its issues. */
export function materialize(document: number, address: number, from: { issues(): string }): Document {
  if (bytes.length === 0) refreshViews();
  const header = address >> 2;
  const issues = words[header + HEADER_ISSUES] === 0 ? [] : (JSON.parse(from.issues()) as Issue[]);
  // The call for the issues may have grown the memory.
  if (bytes.length === 0) refreshViews();
  return withStrings(header, () => documentOf(document, header, issues));
}

/** Creates objects of a document. Nothing of the document is retained here. */
function withStrings<T>(header: number, make: () => T, text?: string): T {
  page.at = header;
  page.text = text;
  const made = make();
  page.text = undefined;
  page.strings = NO_STRINGS;
  page.shapes = NO_SHAPES;
  return made;
}

/** The strings of the present document. They are decoded when they are first needed. */
const strings = (): string[] => (page.strings === NO_STRINGS ? (page.strings = stringsOf(page.at)) : page.strings);

function documentOf(document: number, header: number, issues: Issue[]): Document {
  if (document === DOCUMENT_DETAILS) {
    const detail = CaseDetail(words, words[header + HEADER_ROWS]! >> 2, strings(), page) as types.CaseDetail;
    detail.issues = issues;
    return detail;
  }
  const isDeferred = pageCopies.areWanted;
  const head =
    document === DOCUMENT_SUMMARY
      ? { count: words[header + HEADER_COUNT]! }
      : document === DOCUMENT_PAGE
        ? { pagination_response_record: paginationOf(header, isDeferred) }
        : {};
  const built = { ...head, cases: isDeferred ? [] : casesOf(header), issues };
  if (isDeferred) deferCases(built, document, header);
  return built;
}

function paginationOf(header: number, isDeferred: boolean): types.PaginationRecord {
  const at = words[header + HEADER_PAGINATION]! >> 2;
  let few: string[] = [];
  const starts = words[header + HEADER_STARTS]! >> 2;
  for (const position of PaginationRecordTexts) {
    const cell = words[at + position]!;
    const start = words[starts + cell]!;
    few[cell] = ascii(words[header + HEADER_TEXT]! + start, words[starts + cell + 1]! - start);
    // A long text, or one beyond ASCII.
    if (cell > 0 && few[cell] === "") isDeferred = false;
  }
  if (!isDeferred || words[at + PaginationRecordWidth - 1]! > 0) few = strings();
  return PaginationRecord(words, at, few, page);
}

function casesOf(header: number): types.CaseRecord[] {
  const count = words[header + HEADER_ROWS + 1]! / CaseRecordWidth;
  return rows(CaseRecord, CaseRecordWidth, words[header + HEADER_ROWS]! >> 2, count, strings());
}

/** Makes the cases of a page when they are read. Until then the page has its compact form, which a store takes over. */
function deferCases(built: CasesOnly, document: number, header: number): void {
  const copy = copyOf(document, header);
  let compact: (CompactPage & { bytes: Uint8Array<ArrayBuffer> }) | undefined = {
    bytes: new Uint8Array(copy.buffer, 0, copy.byteLength - HEADER_BYTES),
    text: textOf(header),
  };
  let made: types.CaseRecord[];
  const settle = (cases: types.CaseRecord[]) => {
    made = cases;
    compact = undefined;
    // A frozen page keeps its accessor.
    Reflect.defineProperty(built, "cases", { value: cases, writable: true });
  };
  const read = () => {
    if (compact) {
      const own = memory;
      attachMemory(compact.bytes);
      settle(withStrings(compact.bytes.length >> 2, () => casesOf(page.at), compact.text));
      attachMemory(own);
    }
    return made;
  };
  Object.defineProperties(built, { cases: { get: read, set: settle }, [COMPACT_PAGE]: { get: () => compact } });
}

/** The parts that are texts, by a bit for each. Their lengths are bytes; those of the others are words. */
const TEXT_PARTS = [HEADER_TEXT, HEADER_WIDE, HEADER_LONG, HEADER_LONG_WIDE].reduce((bits, at) => bits | (1 << at), 0);
/** The bytes of the addresses and lengths of all parts. */
const HEADER_BYTES = 2 * PAGE_BYTES_PART_COUNT * 4;

/**
 * Copies the records of a header: as compact page, but for the compact text at its end, and after it a header of this copy.
 *
 * The text is a string, because most copies are dropped soon: V8 collects strings with other small objects, but all objects of the
 * page after every 64 MB of array buffers.
 */
function copyOf(document: number, header: number): Int32Array<ArrayBuffer> {
  const parts = new Array<number>(2 * PAGE_BYTES_PART_COUNT);
  let length = PAGE_BYTES_LENGTH * 4;
  // The text is the first part of a header, and the last one of the copy.
  for (let at = 2 * PAGE_BYTES_PART_COUNT - 2; at >= 0; at -= 2) {
    // Without a tape, the shapes are those of an earlier document.
    const isEmpty = at === HEADER_SHAPES && words[header + HEADER_TAPE + 1] === 0;
    const size = isEmpty ? 0 : words[header + at + 1]! << ((TEXT_PARTS >> at) & 1 ? 0 : 2);
    parts[at] = length;
    parts[at + 1] = size;
    length += at === HEADER_TEXT ? 0 : (size + 3) & ~3;
  }
  const to = new Int32Array((length + HEADER_BYTES) >> 2);
  const kind = document === DOCUMENT_CASES ? DOCUMENT_PAGE : document;
  to.set([PAGE_BYTES_MAGIC, PAGE_BYTES_VERSION, kind, length + parts[HEADER_TEXT + 1]!, ...parts]);
  const copy = new Uint8Array(to.buffer);
  for (let at = 0; at < parts.length; at += 2) {
    const [offset, address] = [parts[at]!, words[header + at]!];
    if (at !== HEADER_TEXT) copy.set(bytes.subarray(address, address + parts[at + 1]!), offset);
    to[(length >> 2) + at] = offset;
    to[(length >> 2) + at + 1] = words[header + at + 1]!;
  }
  return to;
}

/** Creates the object of the records of a wasm object. */
export const takeDocument = (document: number, from: RecordsSource): Document =>
  materialize(document, from.header(), from);

/** The number of requests of the call, from the header of its records. */
export const attemptsOf = (address: number): number => words[(address >> 2) + HEADER_ATTEMPTS]!;
/** The milliseconds that the call waited, from the header of its records. */
export const waitedMsOf = (address: number): number => words[(address >> 2) + HEADER_WAITED_MS]!;
