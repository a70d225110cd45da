// Reads the values of callers, once. A getter or Proxy may throw, which must not happen inside the wasm: an exception that
// unwinds through its frames leaves its state inconsistent.

import {
  ENVIRONMENT_TOKEN_CACHE,
  ENVIRONMENT_ISOLATED,
  ENVIRONMENT_PAGE,
  ENVIRONMENT_PROVIDER,
  ENVIRONMENT_EMITS_EVENTS,
} from "../generated/boundary.js";
import { LIMITS } from "../generated/tables.js";
import { instantMs } from "../util/instant.js";
import type { BulkInput, CallInput, ClientInput } from "./call-input.js";
import { trim } from "./check-options.js";
import { clientError } from "./errors.js";
import { rejectOption } from "./reject-option.js";
import { isForPages } from "./wasm-instance.js";
import type { ClientOptions, FetchLike, Hooks, Logger, LogLevel, TokenCache } from "./options.js";
import { isIsolated } from "./runtime.js";
import { type TokenProvider, TokenSource } from "./token-source.js";
import { HOOKS, LEVELS, createEventListener } from "./hooks.js";

export { rejectOption };

/** The maximum depth of copies: enough for parameters, options and their members. Ends cycles. */
const DEPTH = 3;

/** The maximum number of ids of a bulk call, since the memory of the wasm never shrinks. */
export const MAX_BULK_IDS = 1_000_000;
/** The maximum number of items copied of other lists; a single call takes at most 30 ids. */
const MAX_IDS = 10_000;
/** The maximum number of items copied of a list inside a list, which is never valid: as many as a problem quotes. */
const MAX_NESTED = 5;
/** The maximum length of a text in UTF-16 units: a resume token of a million lists. */
export const MAX_TOKEN_LENGTH = 64_000_000;
/** The assumed length of an id in UTF-16 units, which limits the sum of all texts. */
const ID_LENGTH = 64;
/** The member with the number of omitted items: `LEFT_OUT` in `rules/ids.rs`. */
const LEFT_OUT = "…";

/**
 * Copies plain values. A value beyond a limit is replaced by one that the checks reject: a text with a control character, or
 * an item or member with the number of omitted ones.
 */
function copyPlain(given: unknown, maxItems: number = MAX_IDS): unknown {
  let left = maxItems * ID_LENGTH;
  const cut = (text: string): string => {
    const kept = text.length > left ? `${text.slice(0, Math.max(left, 0))}\0` : text;
    left -= kept.length;
    return kept;
  };
  const copy = (value: unknown, depth: number, most: number): unknown => {
    if (typeof value === "string") return cut(value);
    if (!isObject(value)) return scalar(value);
    if (depth > 0 && Array.isArray(value)) {
      const items: unknown[] = [];
      while (items.length < value.length) {
        if (items.length === most || left < 0) {
          items.push({ [LEFT_OUT]: value.length - items.length });
          break;
        }
        items.push(copy(value[items.length], depth - 1, MAX_NESTED));
      }
      return items;
    }
    const ms = instantMs(value);
    if (ms !== undefined) return Number.isFinite(ms) ? new Date(ms).toISOString() : "Invalid Date";
    if (depth === 0) return "[object]";
    const all = membersOf(value);
    const members: Record<string, unknown> = {};
    const names = Object.keys(all);
    const kept = names.slice(0, Math.min(most, MAX_IDS));
    for (const name of kept)
      setMember(members, cut(name), copy(all[name], depth - 1, depth === DEPTH ? most : MAX_IDS));
    if (kept.length < names.length) members[LEFT_OUT] = names.length - kept.length;
    return members;
  };
  return guardRead(() => copy(given, DEPTH, maxItems));
}

/**
 * Encodes plain values as JSON text for the wasm. A list longer than `maxItems` is truncated; its last item is then the
 * number of omitted ones, and the wasm rejects the list.
 */
export const toJson = (value: unknown, maxItems?: number): string =>
  JSON.stringify(copyPlain(value, maxItems)) ?? "null";

/** Reads the options of a client. */
export function readClientOptions(value: unknown): ClientInput {
  const [text, fetch, provider, cache, hooks, logger] = split(value, {
    fetch: isFunction,
    token: isFunction,
    tokenCache: isCache,
    hooks: isHooks,
    logger: isLogger,
  });
  const given = Object(JSON.parse(text)) as Record<string, unknown>;
  /** An enumerated option as the checks read it: without white space at its ends, an empty one as none. */
  const word = (name: "logLevel" | "fetchCredentials") =>
    typeof given[name] === "string" ? trim(given[name]) || undefined : undefined;
  return {
    text,
    fetch: fetch as FetchLike | undefined,
    credentials: word("fetchCredentials") as ClientOptions["fetchCredentials"],
    provider: provider as TokenProvider | undefined,
    cache: cache as TokenCache | undefined,
    watch: createEventListener(
      hooks as Hooks | undefined,
      logger as Logger | undefined,
      word("logLevel") as LogLevel | undefined,
    ),
    logger: logger as Logger | undefined,
  };
}

/** The tokens of a call's own provider, which its requests share. */
const sourceOf = (provider: unknown) => (provider ? new TokenSource(provider as TokenProvider) : undefined);

const NO_OPTIONS: CallInput = { text: "null", signal: undefined, provider: undefined };

/** Reads the options of a call. */
export function readCallOptions(value: unknown): CallInput {
  if (value === undefined) return NO_OPTIONS;
  const [text, signal, provider] = split(value, { signal: isSignal, token: isFunction });
  return { text, signal: signal as AbortSignal | undefined, provider: sourceOf(provider) };
}

/** Reads options that are plain values only. */
export function plainObject(value: unknown = {}): Record<string, unknown> {
  const given = copyPlain(value);
  return isObject(given) && !Array.isArray(given) ? given : rejectOption("options", "an object", value);
}

/** Reads the options of a bulk call; `names` are its own options. */
export function readBulkOptions(value: unknown, names: readonly string[]): BulkInput {
  const usable = { signal: isSignal, token: isFunction, onProgress: isFunction };
  const [text, signal, provider, onProgress] = split(value, usable, MAX_BULK_IDS);
  const given = (JSON.parse(text) ?? {}) as unknown;
  const own: Record<string, unknown> = {};
  if (isObject(given)) {
    for (const name of names) {
      own[name] = given[name];
      delete given[name];
    }
    if (given["onProgress"] != null) rejectOption("onProgress", "a function", typeof given["onProgress"]);
    delete given["onProgress"];
  }
  const { partial = null, ...rest } = own;
  if (partial !== null && typeof partial !== "boolean") rejectOption("partial", "true or false", partial);
  return {
    text: JSON.stringify(given),
    own: JSON.stringify(rest),
    names,
    signal: signal as AbortSignal | undefined,
    provider: sourceOf(provider),
    onProgress: onProgress as BulkInput["onProgress"],
    partial: partial === true,
  };
}

/** The environment of a client with these options: the `ENVIRONMENT_` flags and the origin. */
export const environmentOf = ({ provider, cache, watch }: ClientInput): [here: number, origin: string] =>
  guardRead(() => [
    (isForPages() || (typeof document === "object" && document !== null) ? ENVIRONMENT_PAGE : 0) |
      (provider ? ENVIRONMENT_PROVIDER : 0) |
      (cache ? ENVIRONMENT_TOKEN_CACHE : 0) |
      (watch ? ENVIRONMENT_EMITS_EVENTS : 0) |
      (isIsolated ? ENVIRONMENT_ISOLATED : 0),
    String(globalThis.location?.origin ?? ""),
  ]);

const isFunction = (value: unknown): value is (...args: never[]) => unknown => typeof value === "function";
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
const isCache = (value: unknown): value is TokenCache =>
  isObject(value) && isFunction(value["get"]) && isFunction(value["set"]);
const isHooks = (value: unknown): value is Hooks =>
  isObject(value) &&
  Object.entries(value).every(([name, hook]) => HOOKS.includes(name) && (hook === undefined || isFunction(hook)));
/** Accepts objects with other members as well, such as `console`. */
const isLogger = (value: unknown): value is Logger =>
  isObject(value) && LEVELS.some((level) => isFunction(value[level]));

/** Decides by members, not by `instanceof`: a signal may be of another realm. */
const isSignal = (value: unknown): value is AbortSignal =>
  isObject(value) &&
  typeof value["aborted"] === "boolean" &&
  isFunction(value["addEventListener"]) &&
  isFunction(value["removeEventListener"]);

/** Splits options into JSON text and the usable members; an unusable member stays in the text, where the checks reject it. */
function split(
  value: unknown,
  usable: Record<string, (value: unknown) => boolean>,
  maxItems?: number,
): [string, ...unknown[]] {
  if (!isObject(value) || guardRead(() => Array.isArray(value))) return [toJson(value)];
  const given: Record<string, unknown> = guardRead(() => ({ ...membersOf(value) }));
  const apart = Object.entries(usable).map(([name, isUsable]) => {
    if (!guardRead(() => isUsable(given[name]))) return undefined;
    const one = given[name];
    delete given[name];
    return one;
  });
  return [toJson(given, maxItems), ...apart];
}

/**
 * Returns the bytes of a body as a view with a reliable length, by which memory in the wasm is allocated.
 */
export function bodyBytes(body: unknown): Uint8Array {
  const view = guardRead(() => {
    // The common case; creating a view costs 2.5 % for a small body. A view of a detached buffer has length 0.
    if (body instanceof Uint8Array && lengthOf(body) > 0 && lengthOf(body) <= LIMITS.bodyBytes) return body;
    if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
    const isBuffer = isObject(body) && typeof body["byteLength"] === "number";
    return isBuffer ? new Uint8Array(body as unknown as ArrayBuffer, 0, body["byteLength"] as number) : undefined;
  });
  if (!view) return reject("Expected the bytes of a body: a Uint8Array or an ArrayBuffer.");
  return view;
}

// In a function: a bundler cannot leave out the call of one at the top level, which a page without decoders does not need.
const getLength = /* @__PURE__ */ (() =>
  Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), "length")?.get as (
    this: Uint8Array,
  ) => number)();

/** The length of a typed array, even if it has an own `length`. */
export const lengthOf = (view: Uint8Array): number => getLength.call(view);

/** Whether the options of a decoder request strict validation. */
export function isStrict(value: unknown): boolean {
  const given = copyPlain(value) ?? {};
  if (!isObject(given) || Array.isArray(given)) return rejectOption("options", "an object", value);
  const { validation = "report", ...others } = given;
  for (const name of Object.keys(others)) rejectOption(name, "validation, the only option", name);
  if (validation === "strict" || validation === "report") return validation === "strict";
  return rejectOption("validation", '"report" or "strict"', validation);
}

/** Returns a string argument; throws for other values. */
export function requireString(value: unknown, name: string): string {
  return typeof value === "string" ? value : reject(`${name}: expected a string.`);
}

/** Reads the position of a page from its pagination record. */
export function pagePosition(record: unknown): [page_index: number, last_index: number] {
  const { page_index, last_index } = (copyPlain(record) ?? {}) as Record<string, unknown>;
  const isIndex = (index: unknown): index is number =>
    Number.isInteger(index) && (index as number) >= 0 && (index as number) < 2 ** 32;
  if (isIndex(page_index) && isIndex(last_index)) return [page_index, last_index];
  return reject("Expected a pagination record with page_index and last_index, two whole numbers.");
}

/** Sets a member of any name, including `__proto__`. */
function setMember(members: Record<string, unknown>, name: string, value: unknown): void {
  if (name === "__proto__") Object.defineProperty(members, name, { value, enumerable: true });
  else members[name] = value;
}

/** The members of an object; the entries of a `Headers` or `Map`. */
export const membersOf = (value: object): Record<string, unknown> => {
  const { entries, [Symbol.iterator]: iterator } = value as Record<PropertyKey, unknown>;
  if (!isFunction(entries) || !isFunction(iterator)) return value as Record<string, unknown>;
  const members: Record<string, unknown> = {};
  let count = 0;
  for (const [name, member] of (value as Map<string, unknown>).entries()) {
    setMember(members, String(name), member);
    // The iterator may be endless.
    if (++count > MAX_IDS) break;
  }
  return members;
};

/** Replaces values without a JSON form by a text that names them, so that the checks can reject them. */
function scalar(value: unknown): unknown {
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  return ["function", "symbol", "bigint"].includes(typeof value) ? `[${typeof value}]` : value;
}

/** Reads a value of a caller and converts thrown values to errors of this package. */
export function guardRead<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw clientError("INVALID_PARAMETER", "Reading an argument threw an exception.", { cause });
  }
}

function reject(detail: string): never {
  throw clientError("INVALID_PARAMETER", detail);
}
