// Query keys: the parameters of a call in a normal form, so that equal requests share a cache entry.

import { rejectOption } from "../client/input.js";
import { rejectUnknown } from "../client/known-options.js";
import { CALL_OPTIONS } from "../generated/options.js";
import { PARAMS, type ParamRule } from "../generated/params.js";
import { LIMITS } from "../generated/tables.js";

/** The calls that have query options. */
export type CaseCallName = "caseSummary" | "caseDetails" | "casesByContract" | "casesByUser";

/**
 * Query key: the package's name, the scope, the call and its normalized parameters. Two keys are equal if and only if
 * the client would send the same request, apart from the order of ids. It is JSON and contains no token.
 */
export type CaseQueryKey = readonly [
  name: "cisco-support-case",
  scope: string,
  call: CaseCallName,
  params: { readonly [name: string]: unknown },
];
/** Key of an infinite query. The key of a single page is its prefix. */
export type CasesInfiniteKey = readonly [...key: CaseQueryKey, pages: "pages"];

/** Parts of a key other than the parameters. */
export interface CaseKeyOptions {
  /**
   * Owner of the cached data, such as the id of a tenant or of the signed-in user. All data under one key belongs to
   * one sign-in: a `QueryClient` that outlives a sign-in, or serves several, needs a scope for each. Default `""`.
   */
  scope?: string | undefined;
}

export const PACKAGE_NAME = "cisco-support-case";

/** Builds a key. Equal requests have equal keys, whatever the order of their ids. */
export function buildKey(call: CaseCallName, options?: CaseKeyOptions, params?: unknown): unknown[] {
  const key: unknown[] = [PACKAGE_NAME, scopeFrom(options), call];
  return params === undefined ? key : [...key, normalizeParams(call, params)];
}

/** The names of the options of queries. A key needs the scope only, and takes the options of its query. */
const QUERY_OPTIONS = ["scope", ...CALL_OPTIONS];

/** Returns the scope of options. Throws if they have other names, since a misspelled scope would mix the data of users. */
export function scopeFrom(options: unknown): string {
  const given = requireObject(options);
  rejectUnknown(given, QUERY_OPTIONS);
  const { scope = "" } = given;
  return typeof scope === "string"
    ? scope
    : rejectOption("scope", "a string, such as the id of a tenant or a user", scope);
}

export const requireObject = (options: unknown = {}): UnknownObject =>
  isObject(options) ? options : rejectOption("options", "an object", options);

/** An object with unchecked members. */
export type UnknownObject = Readonly<Record<string, unknown>>;
export const isObject = (value: unknown): value is UnknownObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Normalizes parameters: removes those without effect. Invalid ones stay unchanged. */
function normalizeParams(call: CaseCallName, params: unknown): unknown {
  if (!isObject(params)) return params;
  const entries = Object.entries(params).map(([name, value]): [string, unknown] => {
    const param = Object.keys(PARAMS[call]).includes(name) ? PARAMS[call][name] : undefined;
    return [name, param ? normalizeParam(param, value, name) : value];
  });
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Normalizes one parameter; `undefined` if it is absent or equals the service's default. Dates need its name. */
export function normalizeParam([kind, usual]: ParamRule, value: unknown, name = ""): unknown {
  if (value === null || value === undefined) return undefined;
  if (kind === "ids") return Array.isArray(value) ? value.map(trim).sort(compareJson) : trim(value);
  const given = kind === "page" && typeof value === "number" ? String(value) : trim(value);
  if (given === "") return undefined;
  const meant =
    kind === "date" ? normalizeDate(wholeDay(given, name)) : kind === "page" ? normalizePageIndex(given) : given;
  return meant === usual ? undefined : meant;
}

/** Trims the white space of Rust's `str::trim`, which is Unicode's and differs from JavaScript's. */
const trim = (value: unknown): unknown =>
  typeof value === "string" ? value.replace(/^\p{White_Space}+|\p{White_Space}+$/gu, "") : value;

function compareJson(a: unknown, b: unknown): number {
  const [left, right] = [JSON.stringify(a), JSON.stringify(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

function normalizePageIndex(text: unknown): unknown {
  const number = typeof text === "string" && /^[0-9]+$/.test(text) ? Number(text) : 0;
  return number >= 1 && number <= LIMITS.page_index ? number : text;
}

/** Returns the start of a date alone, or its end for a parameter whose name ends in `_to`. */
const wholeDay = (text: unknown, name: string): unknown =>
  typeof text === "string" && /^\d{4}-\d\d-\d\d$/.test(text)
    ? `${text}${name.endsWith("_to") ? "T23:59:59Z" : "T00:00:00Z"}`
    : text;

/** Normalizes an instant, whatever its UTC offset and its fraction, which is not sent. Text that is no instant stays unchanged. */
function normalizeDate(text: unknown): unknown {
  const found =
    typeof text === "string" && /^(\d{4}-\d\d-\d\d)t(\d\d:\d\d:\d\d)(?:\.\d+)?(?:z|([+-])(\d\d):(\d\d))$/i.exec(text);
  if (!found) return text;
  const [, date, time, sign, hours = "0", minutes = "0"] = found;
  const utc = `${date}T${time}.000Z`;
  const ms = Date.parse(utc);
  // Some engines parse February 30 as March 2.
  if (Number.isNaN(ms) || new Date(ms).toISOString() !== utc || Number(hours) > 23 || Number(minutes) > 59) return text;
  const shift = (Number(hours) * 60 + Number(minutes)) * 60_000;
  const utcText = new Date(sign === "-" ? ms + shift : ms - shift).toISOString();
  return /^\d{4}-/.test(utcText) ? utcText : text;
}
