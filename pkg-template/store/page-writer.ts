// Writes records of a caller as compact pages, which the wasm reads in place. Values that no case can have are collected as
// problems; a page is used only if there are none.

import { problemOf } from "../client/check-options.js";
import { wellFormed } from "../client/pure-functions.js";
import type { Issue, Problem } from "../client/types.js";
import {
  DOCUMENT_DETAILS,
  type DOCUMENT_SUMMARY,
  FIELD_COUNT,
  FIELD_DATE,
  FIELD_FLAG,
  FIELD_LIST,
  FIELD_NO_COUNT,
  FIELD_NOTES,
  FIELD_REQUIRED,
  FIELD_ROOTS,
  FIELD_SEVERITY,
  FIELD_STATUS,
  FIELD_TEXT,
  PAGE_BYTES_LENGTH,
  PAGE_BYTES_MAGIC,
  PAGE_BYTES_PARTS,
  PAGE_BYTES_TOTAL,
  PAGE_BYTES_VERSION,
  POOL_WIDE,
  TAG_BITS,
  TAG_JSON,
  TAG_STRING,
} from "../generated/boundary.js";
import { CASE_FIELDS, DETAIL_FIELDS, NOTE_FIELDS, type RecordField } from "../generated/record-fields.js";
import { CASE_STATUSES } from "../generated/tables.js";

/** An object of a caller. */
export type Members = Readonly<Record<string, unknown>>;

/** The kind of the records of a page. */
export type RecordsKind = typeof DOCUMENT_SUMMARY | typeof DOCUMENT_DETAILS;

/** The differences between records and the documentation. */
export interface Findings {
  /** The values that no case can have. */
  readonly problems: Problem[];
  /** The differences in the ids of cases. */
  readonly issues: Issue[];
}

const encoder = new TextEncoder();
/** The members of a record that are not undocumented fields. */
const CASE_MEMBERS: ReadonlySet<string> = new Set([...CASE_FIELDS.map(([name]) => name), "extra", "issues"]);
const STATUSES: readonly string[] = CASE_STATUSES;
const FLAGS: readonly unknown[] = ["", "O", "C"];
const DATE =
  /^(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/i;
/** The service's form, in a year and on a day that need no further check. */
const USUAL_DATE =
  /^[1-8]\d{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{3})?Z$/;
/** The instants of the years 0000 to 9999, in milliseconds since 1970. */
export const [YEAR_0_MS, YEAR_10000_MS] = [-62_167_219_200_000, 253_402_300_800_000];
/** The maximum nesting depth of an undocumented value: that of a body without the levels around a case. */
const MAX_DEPTH = 61;

/** Whether a text is an RFC 3339 instant of the calendar. */
export function isDate(text: unknown): text is string {
  if (typeof text !== "string") return false;
  if (USUAL_DATE.test(text)) return true;
  const found = DATE.exec(text);
  if (!found) return false;
  const [, year = "", month, day] = found;
  // The days of a month repeat every 400 years.
  if (Number(day) > 28 && Number(day) > new Date(Date.UTC(2000 + (Number(year) % 400), Number(month), 0)).getUTCDate())
    return false;
  // An offset may move the instant into another year.
  if (year !== "0000" && year !== "9999") return true;
  const ms = Date.parse(text.toUpperCase());
  return ms >= YEAR_0_MS && ms < YEAR_10000_MS;
}

/** The number of UTF-8 bytes of a well-formed text; `NaN` if it has half of a surrogate pair. */
function utf8Length(text: string): number {
  let length = text.length;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) continue;
    length += unit < 0x800 ? 1 : 2;
    if ((unit & 0xf800) !== 0xd800) continue;
    at += 1;
    if (unit > 0xdbff || (text.charCodeAt(at) & 0xfc00) !== 0xdc00) return Number.NaN;
  }
  return length;
}

/** The expected value of a field. */
function expectation([, kind, maxLength]: RecordField): string {
  switch (kind) {
    case FIELD_SEVERITY:
      return "1, 2, 3 or 4";
    case FIELD_FLAG:
      return '"O" or "C"';
    case FIELD_DATE:
      return "an RFC 3339 date and time, or null";
    case FIELD_LIST:
      return "an array of strings";
    case FIELD_NOTES:
      return "an array of notes";
    case FIELD_COUNT:
    case FIELD_REQUIRED:
      return "a whole number";
    default:
      return maxLength > 0 ? `a string of at most ${maxLength} characters` : "a string";
  }
}

/** The expected value in place of one without a JSON text. */
export const NO_JSON = "a value that JSON has";

/** The value as an error shows it. */
const shown = (value: unknown): string | number | boolean | null =>
  typeof value === "object" && value
    ? Array.isArray(value)
      ? "[array]"
      : "[object]"
    : typeof value === "bigint"
      ? String(value)
      : (value as string | null);

/** The nesting depth of a plain value. */
const depthOf = (value: unknown): number =>
  typeof value === "object" && value !== null
    ? Object.values(value).reduce((depth: number, one) => Math.max(depth, 1 + depthOf(one)), 1)
    : 0;

function isSameList(one: readonly string[], other: readonly string[]): boolean {
  for (let at = 0; at < one.length; at += 1) if (one[at] !== other[at]) return false;
  return one.length === other.length;
}

/** The JSON text of a value; `undefined` for a function, `null` for what has none: a big integer, an object in itself. */
export function jsonOf(value: unknown): string | null | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return null;
  }
}

/** A value as JSON has it: a `Date` is a text, a function is missing. What has no text stays, since no field can have it. */
function plain(value: unknown): unknown {
  const json = jsonOf(value);
  return json === null ? value : JSON.parse(json ?? "null");
}

/** A writer of one page. */
export class PageWriter {
  readonly kind: RecordsKind;
  /** The number of records. */
  count = 0;
  private readonly findings: Findings;
  /** The position of the present record among those of the caller. */
  private position = 0;
  /** The case id of the present record. */
  private caseId = "";
  private readonly numbers = new Map<string, number>();
  private text = "";
  private readonly starts = [0, 0];
  private wide = "";
  private wideLength = 0;
  private readonly outOfLine: number[] = [];
  private readonly rows: number[] = [];
  private readonly notes: number[] = [];
  private noteCount = 0;
  private readonly lists = [0];
  private readonly tape: number[] = [];
  private readonly shapes: number[] = [];
  private readonly shapeNumbers = new Map<string, number>();
  /** The names of the last record's members, and those among them that are undocumented. */
  private lastNames: readonly string[] = [];
  private unknownNames: readonly string[] = [];

  constructor(kind: RecordsKind, findings: Findings) {
    this.kind = kind;
    this.findings = findings;
    for (let root = 0; root < FIELD_ROOTS; root += 1) this.shapes.push(root, 0);
  }

  /** Adds a record; `position` is its position among those of the caller. */
  add(record: Members, position: number): void {
    this.position = position;
    this.count += 1;
    const isDetails = this.kind === DOCUMENT_DETAILS;
    const issues = this.findings.issues.length;
    this.caseId = "";
    this.row(isDetails ? DETAIL_FIELDS : CASE_FIELDS, record, "", this.rows);
    for (let at = issues; at < this.findings.issues.length; at += 1) this.findings.issues[at]!.case_id = this.caseId;
    // The store has no undocumented fields of details and notes.
    this.rows.push(isDetails ? 0 : this.extra(record));
  }

  /** Adds the cells of a record. `path` is its path within the case. */
  private row(fields: readonly RecordField[], record: Members, path: string, to: number[]): void {
    for (let at = 0; at < fields.length; at += 1) {
      const field = fields[at]!;
      to.push(this.cell(field, record[field[0]], path));
    }
  }

  private cell(field: RecordField, value: unknown, path: string): number {
    // Destructuring an array takes several times as long.
    const name = field[0];
    const kind = field[1];
    if (typeof value === "string") {
      // Long texts are rarely repeated.
      if (kind === FIELD_TEXT && name !== "case_id") return field[2] > 200 ? this.newString(value) : this.string(value);
      return this.textCell(field, value, path, value);
    }
    if (value === null || value === undefined) {
      if (name === "case_id") this.reject(field, value, path);
      return kind === FIELD_COUNT ? FIELD_NO_COUNT : 0;
    }
    if (kind === FIELD_LIST || kind === FIELD_NOTES) {
      if (Array.isArray(value)) {
        if (value.length === 0) return 0;
        return kind === FIELD_LIST ? this.list(field, value, path) : this.noteList(value);
      }
    }
    return this.otherCell(field, value, path);
  }

  private caseIdCell(field: RecordField, value: string): number {
    this.caseId = value;
    if (value === "" || value.length > field[2]) this.reject(field, value, "");
    return this.newString(value);
  }

  /** The cell of a text, or of a number as text; `value` is what an error shows. */
  private textCell(field: RecordField, text: string, path: string, value: unknown): number {
    const isNumber = typeof value === "number";
    switch (field[1]) {
      case FIELD_TEXT:
        return field[0] === "case_id" ? this.caseIdCell(field, text) : this.string(text);
      case FIELD_STATUS: {
        const known = STATUSES.indexOf(text);
        if (known >= 0) return known + 1;
        return text === "" ? 0 : STATUSES.length + this.string(text);
      }
      case FIELD_DATE:
        if (text === "") return 0;
        return isNumber || !isDate(text) ? this.reject(field, value, path) : this.newString(text);
      case FIELD_SEVERITY: {
        const digit = text.trim();
        if (text === "") return 0;
        return /^[1-4]$/.test(digit) ? Number(digit) : this.reject(field, value, path);
      }
      case FIELD_FLAG: {
        const known = FLAGS.indexOf(text);
        return known >= 0 ? known : this.reject(field, text, path);
      }
      case FIELD_COUNT:
      case FIELD_REQUIRED:
        if (/^\d+$/.test(text) && Number(text) < FIELD_NO_COUNT) return Number(text);
        return text === "" ? FIELD_NO_COUNT : this.reject(field, value, path);
      default:
        return text === "" ? 0 : this.reject(field, value, path);
    }
  }

  /** The cell of a value that is neither a text nor missing nor a list. */
  private otherCell(field: RecordField, given: unknown, path: string): number {
    if (typeof given === "number") {
      const kind = field[1];
      if (kind === FIELD_SEVERITY && (given === 1 || given === 2 || given === 3 || given === 4)) return given;
      if ((kind === FIELD_COUNT || kind === FIELD_REQUIRED) && given >>> 0 === given && given < FIELD_NO_COUNT)
        return given;
    }
    const value = plain(given);
    if (typeof value === "string" || typeof value === "number") return this.textCell(field, String(value), path, value);
    if (value === null) return this.cell(field, null, path);
    return this.reject(field, value, path);
  }

  private list(field: RecordField, items: readonly unknown[], path: string): number {
    const numbers: number[] = [];
    // Holes of an array are missing items.
    for (let at = 0; at < items.length; at += 1) {
      const item = typeof items[at] === "string" ? items[at] : plain(items[at]);
      if (typeof item === "string" || typeof item === "number") numbers.push(this.string(String(item)));
      else if (item !== null) this.problem(`${path}.${field[0]}[${at}]`, "a string", item);
    }
    const position = this.lists.length;
    this.lists.push(numbers.length);
    for (const number of numbers) this.lists.push(number);
    return position;
  }

  private noteList(items: readonly unknown[]): number {
    const first = this.noteCount;
    for (let at = 0; at < items.length; at += 1) {
      const item = items[at];
      const path = `.notes[${at}]`;
      if (typeof item === "object" && item !== null && !Array.isArray(item)) {
        this.row(NOTE_FIELDS, item as Members, path, this.notes);
        this.notes.push(0);
        this.noteCount += 1;
      } else if (item !== null && item !== undefined && item !== "") this.problem(path, "a note", item);
    }
    return this.lists.push(this.noteCount - first, first) - 2;
  }

  /** The number of a text, which may be repeated. */
  private string(text: string): number {
    if (text === "") return 0;
    const known = this.numbers.get(text);
    if (known !== undefined) return known;
    const number = this.newString(text);
    this.numbers.set(text, number);
    return number;
  }

  /** The number of a text that is not looked up. */
  private newString(text: string): number {
    if (text === "") return 0;
    const number = this.starts.length - 1;
    let end = this.starts[number]!;
    const length = utf8Length(text);
    // The service's decoder replaces such halves as well.
    if (Number.isNaN(length)) return this.newString(wellFormed(text));
    if (length === text.length) {
      this.text += text;
      end += length;
    } else {
      this.outOfLine.push(number, POOL_WIDE, this.wideLength, this.wideLength + length, 0, 0);
      this.wide += text;
      this.wideLength += length;
    }
    this.starts.push(end);
    return number;
  }

  /** The cell of the undocumented fields: the members of `extra`, and those of the record that are no fields. */
  private extra(record: Members): number {
    const names = Object.keys(record);
    const { lastNames } = this;
    if (!isSameList(names, lastNames)) {
      this.lastNames = names;
      this.unknownNames = names.filter((name) => !CASE_MEMBERS.has(name));
    }
    const given = record["extra"];
    const extra = typeof given === "object" && given !== null && !Array.isArray(given) ? (given as Members) : {};
    const { unknownNames } = this;
    let shape = 0;
    const positions: number[] = [];
    const add = (name: string, value: unknown) => {
      const word = this.extraWord(name, value);
      if (word === undefined) return;
      positions.push(this.tape.push(word) - 1);
      shape = this.shapeOf(shape, name);
    };
    const extraNames = Object.keys(extra);
    for (const name of extraNames) {
      if (!CASE_MEMBERS.has(name)) add(name, unknownNames.includes(name) ? record[name] : extra[name]);
    }
    for (const name of unknownNames) if (!extraNames.includes(name)) add(name, record[name]);
    if (positions.length === 0) return 0;
    const cell = this.tape.push(shape);
    for (const position of positions) this.tape.push(position);
    return cell;
  }

  /** The word of an undocumented value; `undefined` for a value that JSON does not have. */
  private extraWord(name: string, value: unknown): number | undefined {
    if (typeof value === "string") return (this.string(value) << TAG_BITS) | TAG_STRING;
    const json = jsonOf(value);
    if (json === undefined) return undefined;
    if (json === null) {
      this.problem(`.${name}`, NO_JSON, value);
      return undefined;
    }
    if (json.split(/[[{]/).length > MAX_DEPTH && depthOf(JSON.parse(json)) > MAX_DEPTH) {
      this.problem(`.${name}`, `a value of at most ${MAX_DEPTH} levels`, "[object]");
      return undefined;
    }
    return (this.string(json) << TAG_BITS) | TAG_JSON;
  }

  private shapeOf(parent: number, name: string): number {
    const key = `${parent} ${name}`;
    const known = this.shapeNumbers.get(key);
    if (known !== undefined) return known;
    const number = this.shapes.push(parent, this.string(name)) / 2 - 1;
    this.shapeNumbers.set(key, number);
    return number;
  }

  /** Records a value that a field cannot have. Returns the cell of a missing value. */
  private reject(field: RecordField, value: unknown, path: string): number {
    const expected = expectation(field);
    if (field[0] === "case_id") {
      const at = `cases[${this.position}].case_id`;
      const found = value === undefined ? {} : { value: problemOf(at, "", expected, shown(value)).value };
      this.findings.issues.push({ case_id: "", path: at, expected, ...found, offset: 0 });
    } else this.problem(`${path}.${field[0]}`, expected, value);
    return field[1] === FIELD_COUNT ? FIELD_NO_COUNT : 0;
  }

  private problem(path: string, expected: string, value: unknown): void {
    this.findings.problems.push(
      problemOf(`cases[${this.position}]${path}`, "INVALID_PARAMETER", expected, shown(value)),
    );
  }

  /** Returns the page. */
  finish(): Uint8Array {
    const parts: readonly (readonly number[] | string)[] = [
      this.text,
      this.starts,
      this.rows,
      [],
      this.notes,
      this.lists,
      this.outOfLine,
      this.wide,
      [],
      [],
      this.tape,
      this.tape.length > 0 ? this.shapes : [],
    ];
    const textLengths = [this.text.length, this.wideLength];
    const lengths = parts.map((part) => (typeof part === "string" ? textLengths.shift()! : part.length * 4));
    const aligned = (length: number) => (length + 3) & ~3;
    const total = lengths.reduce((sum, length) => sum + aligned(length), PAGE_BYTES_LENGTH * 4);
    const words = new Uint32Array(total / 4);
    const bytes = new Uint8Array(words.buffer);
    words.set([PAGE_BYTES_MAGIC, PAGE_BYTES_VERSION, this.kind]);
    words[PAGE_BYTES_TOTAL] = total;
    let offset = PAGE_BYTES_LENGTH * 4;
    parts.forEach((part, at) => {
      const length = lengths[at]!;
      words.set([offset, length], PAGE_BYTES_PARTS + 2 * at);
      if (typeof part === "string") encoder.encodeInto(part, bytes.subarray(offset));
      else words.set(part, offset / 4);
      offset += aligned(length);
    });
    return bytes;
  }
}
