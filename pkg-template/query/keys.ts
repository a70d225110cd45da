// Query keys: the parameters of a call in a normal form, so that equal requests share a cache entry.

import { rejectOption } from "../client/input.js";
import { PARAMS, type ParamRule } from "../generated/params.js";
import { LIMITS } from "../generated/tables.js";

/** The calls that have options here. */
export type CaseCallName = "caseSummary" | "caseDetails" | "casesByContract" | "casesByUser";

/**
 * A key: the package's name, the scope, the call, and its parameters as the client understands them. Two keys are the same
 * if and only if the client would send the same request, but for the order of its ids. It is JSON, and holds no token.
 */
export type CaseQueryKey = readonly [
  name: "cisco-support-case",
  scope: string,
  call: CaseCallName,
  params: { readonly [name: string]: unknown },
];
/** The key of a list that is read as a whole. The key of one of its pages is the beginning of it. */
export type CasesInfiniteKey = readonly [...key: CaseQueryKey, pages: "pages"];

/** What of a key is said besides parameters. */
export interface CaseKeyOptions {
  /**
   * Whose answers they are, such as the id of a tenant or of the user who is signed in. Answers under one key belong to
   * one sign-in: a `QueryClient` that outlives it, or serves several, needs a scope for each. Default `""`.
   */
  scope?: string;
}

export const PACKAGE_NAME = "cisco-support-case";

/** A key: the same for two requests if and only if they are the same but for the order of their ids. */
export function buildKey(call: CaseCallName, options?: CaseKeyOptions, params?: unknown): unknown[] {
  const key: unknown[] = [PACKAGE_NAME, scopeFrom(options), call];
  return params === undefined ? key : [...key, normalizeParams(call, params)];
}

export function scopeFrom(options: unknown): string {
  const { scope = "" } = requireObject(options);
  return typeof scope === "string"
    ? scope
    : rejectOption("scope", "a string, such as the id of a tenant or a user", scope);
}

export const requireObject = (options: unknown = {}): UnknownObject =>
  isObject(options) ? options : rejectOption("options", "an object", options);

/** An object of the caller's. */
export type UnknownObject = Readonly<Record<string, unknown>>;
export const isObject = (value: unknown): value is UnknownObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Parameters as the client understands them: what says nothing is left out. What it will refuse stays as it is. */
function normalizeParams(call: CaseCallName, params: unknown): unknown {
  if (!isObject(params)) return params;
  const kept = Object.entries(params).map(([name, value]): [string, unknown] => {
    const param = Object.hasOwn(PARAMS[call], name) ? PARAMS[call][name] : undefined;
    return [name, param ? normalizeParam(param, value) : value];
  });
  return Object.fromEntries(kept.filter(([, value]) => value !== undefined).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** One parameter: `undefined` where it says nothing, or what the service takes anyway. */
export function normalizeParam([kind, usual]: ParamRule, value: unknown): unknown {
  if (value === null || value === undefined) return undefined;
  if (kind === "ids") return Array.isArray(value) ? value.map(trim).sort(compareJson) : trim(value);
  const given = kind === "page" && typeof value === "number" ? String(value) : trim(value);
  if (given === "") return undefined;
  const meant = kind === "date" ? normalizeDate(given) : kind === "page" ? normalizePageIndex(given) : given;
  return meant === usual ? undefined : meant;
}

/** Without what Rust takes for white space, which is Unicode's and not quite JavaScript's. */
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

/** An instant by one text, whatever its offset from UTC and its fraction; what is none stays as it is. */
function normalizeDate(text: unknown): unknown {
  const found =
    typeof text === "string" && /^(\d{4}-\d\d-\d\d)t(\d\d:\d\d:\d\d)(?:\.(\d+))?(?:z|([+-])(\d\d):(\d\d))$/i.exec(text);
  if (!found) return text;
  const [, date, time, fraction = "", sign, hours = "0", minutes = "0"] = found;
  const utc = `${date}T${time}.${fraction.padEnd(3, "0").slice(0, 3)}Z`;
  const ms = Date.parse(utc);
  // Some engines take the 30th of February for the 2nd of March.
  if (Number.isNaN(ms) || new Date(ms).toISOString() !== utc || Number(hours) > 23 || Number(minutes) > 59) return text;
  const shift = (Number(hours) * 60 + Number(minutes)) * 60_000;
  const told = new Date(sign === "-" ? ms + shift : ms - shift).toISOString();
  return /^\d{4}-/.test(told) ? told : text;
}
