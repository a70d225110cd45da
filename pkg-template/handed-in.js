// What callers hand in is read here, once. A getter or a proxy may throw, and must not do so inside the wasm: what
// unwinds through a module's frames leaves them behind.

import { ownError } from "./errors.js";
import { LIMITS } from "./tables.js";
import { guarded, HOOKS, LEVELS, watcher } from "./watch.js";

/** Deep enough for parameters and options, their members and what should not be in them; a cycle ends here. */
const DEPTH = 3;

/** A copy of plain values, as JSON has them. */
const plain = (value) => reading(() => copy(value, DEPTH));

/** Plain values as JSON text: how the wasm takes what it is to judge. */
export const json = (value) => JSON.stringify(plain(value)) ?? "null";

/** A client's options: as JSON text, and the functions among them. */
export function clientOptions(value) {
  const usable = { fetch: isFunction, token: isFunction, tokenCache: isCache, hooks: isHooks, logger: isLogger };
  const [text, fetch, token, tokenCache, hooks, logger] = split(value, usable);
  const level = JSON.parse(text)?.logLevel;
  return [text, fetch, token, tokenCache && guarded(tokenCache, logger), watcher(hooks, logger, level ?? undefined)];
}

/** A call's options: as JSON text, and its signal. */
export const callOptions = (value) => split(value, { signal: isSignal });

/** Options that are plain values and no more. */
export function plainObject(value = {}) {
  const given = plain(value);
  return isObject(given) && !Array.isArray(given) ? given : refuseOption("options", "an object", value);
}

/** A bulk call's options: those of its calls and its own as JSON text, its signal, and what is for this side. */
export function bulkOptions(value, names) {
  const [text, signal, onProgress] = split(value, { signal: isSignal, onProgress: isFunction });
  const given = JSON.parse(text) ?? {};
  const own = {};
  for (const name of isObject(given) ? names : []) {
    own[name] = given[name];
    delete given[name];
  }
  const { partial = null, ...rest } = own;
  if (partial !== null && typeof partial !== "boolean") refuseOption("partial", "true or false", partial);
  if (isObject(given) && given.onProgress != null) refuseOption("onProgress", "a function", typeof given.onProgress);
  if (isObject(given)) delete given.onProgress;
  return { call: JSON.stringify(given), own: JSON.stringify(rest), signal, onProgress, partial: partial === true };
}

/** Where this code runs: whether in a page, where every visitor can read it, and on which origin. */
export const here = () =>
  reading(() => [typeof document === "object" && document !== null, String(globalThis.location?.origin ?? "")]);

const isFunction = (value) => typeof value === "function";
const isObject = (value) => typeof value === "object" && value !== null;
const isCache = (value) => isObject(value) && isFunction(value.get) && isFunction(value.set);
const isHooks = (value) => isObject(value) && Object.entries(value).every(([name, hook]) => HOOKS.includes(name) && isFunction(hook));
/** A console has more than that. */
const isLogger = (value) => isObject(value) && LEVELS.some((level) => isFunction(value[level]));

/** One of another realm is no instance of this one's class: its members decide. */
const isSignal = (value) =>
  isObject(value) &&
  typeof value.aborted === "boolean" &&
  isFunction(value.addEventListener) &&
  isFunction(value.removeEventListener);

/** JSON text, and of the members that can be used as they are each by itself; what cannot stays in the text. */
function split(value, usable) {
  if (!isObject(value) || Array.isArray(value)) {
    return [json(value), ...Object.keys(usable).map(() => undefined)];
  }
  const given = reading(() => ({ ...membersOf(value) }));
  const apart = Object.entries(usable).map(([name, isUsable]) => {
    if (!reading(() => isUsable(given[name]))) return undefined;
    const one = given[name];
    delete given[name];
    return one;
  });
  return [json(given), ...apart];
}

/**
 * The bytes of a body, as a view of a fixed length that says what is so: the room in the wasm's memory is made by it.
 * What is too large stays outside; by one byte more the decoder sees that it is.
 */
export function bytes(body) {
  const view = reading(() => {
    // Most come so, and a view of our own costs a small body a fortieth. One whose buffer is gone has no length.
    if (body instanceof Uint8Array && lengthOf(body) > 0 && lengthOf(body) <= LIMITS.bodyBytes) return body;
    if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
    const isBuffer = typeof body === "object" && body !== null && typeof body.byteLength === "number";
    return isBuffer ? new Uint8Array(body, 0, body.byteLength) : undefined;
  });
  if (!view) refuse("A body is decoded from its bytes: a Uint8Array or an ArrayBuffer.");
  return lengthOf(view) > LIMITS.bodyBytes ? view.subarray(0, LIMITS.bodyBytes + 1) : view;
}

const { get: length } = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), "length");

/** How long a typed array is, whatever it says itself. */
export const lengthOf = (view) => length.call(view);

/** Whether a decoder's options ask for strict validation. */
export function isStrict(value) {
  const given = plain(value) ?? {};
  if (!isObject(given) || Array.isArray(given)) refuseOption("options", "an object", value);
  const { validation = "report", ...others } = given;
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
  if (typeof value !== "object" || value === null) return scalar(value);
  if (Object.prototype.toString.call(value) === "[object Date]") {
    return Number.isFinite(Number(value)) ? new Date(Number(value)).toISOString() : "Invalid Date";
  }
  if (depth === 0) return "[object]";
  if (Array.isArray(value)) return Array.from(value, (item) => copy(item, depth - 1));
  return Object.fromEntries(Object.entries(membersOf(value)).map(([name, item]) => [name, copy(item, depth - 1)]));
}

/** Of what keeps its members elsewhere, such as Headers or a Map, those are what was meant. */
export const membersOf = (value) =>
  isFunction(value.entries) && isFunction(value[Symbol.iterator]) ? Object.fromEntries(value.entries()) : value;

/** What JSON has no word for becomes a text that names it, so that it is refused by name and not lost. */
function scalar(value) {
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  return ["function", "symbol", "bigint"].includes(typeof value) ? `[${typeof value}]` : value;
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
