// What callers hand in is read here, once. A getter or a proxy may throw, and must not do so inside the wasm: what
// unwinds through a module's frames leaves them behind.

import { ownError } from "./errors.js";

/** Deep enough for parameters, their lists and what should not be in them; a cycle ends here. */
const DEPTH = 3;

/** A copy of plain values: objects, arrays and dates become their own, all else stays what it is. */
export function plain(value) {
  return reading(() => copy(value, DEPTH));
}

/** A copy of options: their members as they are, but for headers, which are read whole. */
export function options(value) {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return reading(() => {
    const given = { ...value };
    if (given.headers !== undefined) given.headers = copy(given.headers, 1);
    if (given.credentials !== undefined) given.credentials = copy(given.credentials, 1);
    return given;
  });
}

/** The bytes of a body. */
export function bytes(body) {
  // What a plain view says of itself is no caller's own code.
  if (ArrayBuffer.isView(body) && Object.getPrototypeOf(body) === Uint8Array.prototype) return body;
  const view = reading(() => {
    if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
    const isBuffer = typeof body === "object" && body !== null && typeof body.byteLength === "number";
    return isBuffer ? new Uint8Array(body) : undefined;
  });
  return view ?? refuse("A body is decoded from its bytes: a Uint8Array or an ArrayBuffer.");
}

/** Whether a decoder's options ask for strict validation. */
export function isStrict(value) {
  const { validation = "report", ...others } = plain(value) ?? {};
  for (const name of Object.keys(others)) refuseOption(name, "the option validation and no other", name);
  if (validation === "strict" || validation === "report") return validation === "strict";
  return refuseOption("validation", '"report" or "strict"', validation);
}

/** A text. */
export function text(value, name) {
  return typeof value === "string" ? value : refuse(`${name}: expected a string.`);
}

/** Where a page stands, out of its pagination record. */
export function place(record) {
  const { page_index, last_index } = plain(record) ?? {};
  const isIndex = (index) => Number.isInteger(index) && index >= 0 && index < 2 ** 32;
  if (isIndex(page_index) && isIndex(last_index)) return [page_index, last_index];
  return refuse("A pagination record has page_index and last_index, two whole numbers.");
}

function copy(value, depth) {
  if (typeof value !== "object" || value === null) return value;
  if (Object.prototype.toString.call(value) === "[object Date]") return new Date(Number(value));
  if (depth === 0) return "[object]";
  if (Array.isArray(value)) return Array.from(value, (item) => copy(item, depth - 1));
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, copy(item, depth - 1)]));
}

function reading(work) {
  try {
    return work();
  } catch (cause) {
    throw ownError("INVALID_PARAMETER", "Reading what was handed in threw.", { cause });
  }
}

/** An option that cannot be used. */
export function refuseOption(field, expected, value) {
  const shown = value === undefined ? "nothing" : String(value);
  const message = `${field}: expected ${expected}, got ${shown}`;
  const problem = { field, code: "INVALID_OPTION", expected, value: value === undefined ? null : shown, message };
  throw ownError("INVALID_OPTION", message, { problems: [problem] });
}

function refuse(detail) {
  throw ownError("INVALID_PARAMETER", detail);
}
