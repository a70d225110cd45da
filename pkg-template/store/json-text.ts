// The JSON text of a caller's plain value.

import { clientError } from "../client/errors.js";

/**
 * Returns the JSON text of a plain value. A `Date` becomes its text, and undefined members are left out. A value that JSON does
 * not have (`NaN`, a date that is not valid, a function, a `Map`) would become `null`, or an object without members, which are
 * valid conditions. In its place is a list that is not valid anywhere, so that the wasm rejects it with its path.
 */
export function jsonText(value: unknown): string {
  try {
    // Of a value whose `toJSON` has no result there is no text.
    return JSON.stringify(value, replacement) ?? JSON.stringify(unusable(undefined));
  } catch (cause) {
    throw clientError("INVALID_PARAMETER", "The value could not be read.", { cause });
  }
}

function replacement(this: unknown, key: string, value: unknown): unknown {
  const given = (this as Record<string, unknown>)[key];
  switch (typeof value) {
    case "number":
      return Number.isFinite(value) ? value : unusable(value);
    case "object":
      // Objects of other realms are plain, too: a prototype does not tell.
      if (value === null) return given === null ? null : unusable(given);
      if (tagOf(value) === "[object Number]") return Number.isFinite(Number(value)) ? value : unusable(value);
      return /\[object (Object|Array|String|Boolean)\]/.test(tagOf(value)) ? value : unusable(tagOf(value));
    case "undefined":
      return Array.isArray(this) ? unusable(value) : value;
    case "bigint":
    case "function":
    case "symbol":
      return unusable(typeof value === "function" ? "function" : value);
    default:
      return value;
  }
}

const tagOf = (value: unknown): string => Object.prototype.toString.call(value);

const unusable = (value: unknown): unknown => [[String(value)]];
