// Validation of a bulk call's parameters and options. It is not part of the wasm module, which decodes the validated call, to
// save bytes there. Tests compare it with the validation of the Rust crate: same problems, same order, same words.

import type { BulkOperation } from "../client/bulk-part.js";
import type { Json } from "../client/check-options.js";
import type { Problem } from "../client/types.js";
import { AHEAD_SECONDS, BULK_IDS, MAX_BATCH, MAX_CONCURRENCY, STATUSES } from "../generated/bulk-params.js";
import { client } from "./client.js";

/** Validated parameters, in the form of the bulk module. */
export interface CheckedParams {
  /** The name of the id parameter. */
  field: string;
  /** The distinct ids. */
  ids: string[];
  /** The range of creation dates, in milliseconds since 1970 (UTC). */
  from_ms?: number | undefined;
  to_ms?: number | undefined;
  status_flag?: string | undefined;
  /** 1 if lists are requested without dates. */
  is_undated: number;
  severities: number[];
  statuses: string[];
}

/** Validated options, in the form of the bulk module. */
export interface CheckedOptions {
  /** 1 if the newest windows are read first. */
  newest_first: number;
  concurrency: number;
  batch_size?: number | undefined;
  max_requests?: number | undefined;
  max_bytes?: number | undefined;
  /** 1 if older lists are read in turn. */
  rotate_older: number;
  resume?: string | undefined;
}

type Members = { readonly [name: string]: Json };

const isText = (value: unknown): value is string => typeof value === "string";
const isObject = (value: Json): value is Members =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Whether a value is an integer from 1 to a limit. */
const isCount = (value: Json, most: number): value is number =>
  Number.isInteger(value) && Number(value) >= 1 && Number(value) <= most;

/** Returns a string without surrounding white space; `""` for `null`, and `"?"`, which matches nothing, for other values. */
const trimmed = (value: Json): string => (isText(value) ? client.trim(value) : value === null ? "" : "?");

/** Converts ASCII letters to lower case. */
const lower = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

/** The maximum number of problems in detail; further ones are only counted. */
const MOST_MADE = 100;

/** Parses JSON text, with strings as the wasm receives them, and collects problems of its members. */
function reader(json: string) {
  const value = JSON.parse(json, (_, one) => (isText(one) ? client.wellFormed(one) : one)) as Json;
  const members = isObject(value) ? value : {};
  const names = new Set(Object.keys(members));
  const problems: Problem[] = [];
  const add = (...problem: Parameters<typeof client.problemOf>): void => {
    // There can be millions of ids.
    if (problems.length < MOST_MADE) problems.push(client.problemOf(...problem));
    else problems[MOST_MADE] = client.remainder(Number(problems[MOST_MADE]?.value ?? 0) + 1);
  };
  /** Returns a member, or `null` if it is absent. */
  const given = (name: string): Json => (names.has(name) ? (members[name] ?? null) : null);
  /** Returns a member that must be one of some words; `undefined` otherwise. */
  const oneOf = (name: string, code: string, words: readonly string[]): string | undefined => {
    const word = trimmed(given(name));
    if (words.includes(word)) return word;
    if (word) add(name, code, `"${words.join('" or "')}"`, given(name));
    return undefined;
  };
  return { value, problems, add, given, oneOf };
}

/** Returns the code and the expectation for an invalid id; `undefined` for a valid one. */
function idProblem(
  [, what, , maxLength, invalid]: (typeof BULK_IDS)[number],
  value: Json,
): [code: string, expected: string] | undefined {
  const [id, text] = [`a ${what}`, trimmed(value)];
  if (value !== null && !isText(value)) return ["INVALID_PARAMETER", `${id}, as a string`];
  if (!text) return ["MISSING_INPUTS", id];
  if (text.length > maxLength) return [invalid, `${id} of at most ${maxLength} characters`];
  if (/[/\\,]/.test(text)) return [invalid, `one ${what} without slash or comma`];
  if (/[\p{Cc}\p{DI}\ufffd]/u.test(text)) return [invalid, `${id} without control, invisible or invalid characters`];
  if (/\p{space}/u.test(text)) return ["Service Not Found", `${id} without spaces inside`];
  return /^\.\.?$/.test(text) ? [invalid, `${id}, other than "." and ".."`] : undefined;
}

const RFC3339 =
  /^(\d{4})-(\d\d)-(\d\d)[Tt]([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.(\d+))?(?:[Zz]|([+-])([01]\d|2[0-3]):([0-5]\d))$/;

/** Parses an RFC 3339 `date-time` of the years 0000 to 9999 to milliseconds since 1970 (UTC), truncating finer digits. */
function dateMs(text: string): number | undefined {
  const [, year, month, day, hour, minute, second, fraction = "", sign, hours, minutes] = RFC3339.exec(text) ?? [];
  // `Date.UTC` interprets years below 100 as 19xx.
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return undefined;
  date.setUTCHours(Number(hour), Number(minute), Number(second), Number(fraction.padEnd(3, "0").slice(0, 3)));
  const offset = sign ? Number(`${sign}1`) * (Number(hours) * 60 + Number(minutes)) * 60_000 : 0;
  const ms = date.getTime() - offset;
  const at = new Date(ms).getUTCFullYear();
  return at >= 0 && at < 10_000 ? ms : undefined;
}

/** Validates the parameters of a bulk call, JSON text. The checked parameters are meaningful only without problems. */
export function checkParams(json: string, operation: BulkOperation): [Problem[], CheckedParams] {
  const { value: params, problems, add, given, oneOf } = reader(json);
  const checked: CheckedParams = { field: "", ids: [], is_undated: 0, severities: [], statuses: [] };
  if (!isObject(params)) {
    add("params", BAD, "an object", params);
    return [problems, checked];
  }
  const isAllCases = operation === "allCases";
  const isAllDetails = operation === "allDetails";
  const kinds = BULK_IDS.slice(isAllDetails ? 2 : 0, operation === "changes" ? 2 : 3);
  const others = ["date_created_from", "date_created_to", "status_flag", "range", "where"].filter(
    (name) => !isAllDetails && (isAllCases || name !== "date_created_to"),
  );
  const names = kinds.map(([name]) => name);
  const known = [...names, ...others];
  for (const [name, value] of Object.entries(params)) {
    if (!known.includes(name)) add(name, BAD, `one of ${known.join(", ")}`, value);
  }
  const [kind = kinds[0]!, second] = kinds.filter(([name]) => given(name) !== null);
  if (second) add(second[0], BAD, `only one of ${names.join(", ")}`, given(second[0]));
  const [field, what] = kind;
  checked.field = field;
  const [items, excess] = client.wholeList(field, what, given(field));
  if (excess) problems.push(excess);
  if (!Array.isArray(items)) {
    add(field, !trimmed(items) ? "MISSING_INPUTS" : BAD, `${what}s, as an array of strings`, items);
  } else {
    const ids = new Map<string, string>();
    items.forEach((item: Json, index) => {
      const fault = idProblem(kind, item);
      if (fault) add(field, ...fault, item, index);
      else {
        const id = trimmed(item);
        const key = field === "user_ids" ? lower(id) : id;
        if (!ids.has(key)) ids.set(key, id);
      }
    });
    checked.ids = [...ids.values()];
  }
  const [from, to] = ["date_created_from", "date_created_to"].map((name) => {
    const text = trimmed(given(name));
    // A date alone is the whole day (UTC).
    const ms = dateMs(text.length === 10 ? text + (name.endsWith("o") ? "T23:59:59.999Z" : "T00:00:00Z") : text);
    if (text && ms === undefined) {
      add(name, "INVALID_DATEFORMAT", "an RFC 3339 date and time, such as 2013-04-23T11:00:14Z", given(name));
    }
    return ms;
  });
  if (from! > to!) {
    const expected = `a date at or after date_created_from (${trimmed(given("date_created_from"))})`;
    add(
      "date_created_to",
      "INVALID_DATERANGE",
      expected,
      trimmed(given("date_created_to")),
      undefined,
      "date_created_from",
    );
  }
  checked.from_ms = from;
  checked.to_ms = to;
  checked.status_flag = oneOf("status_flag", "INVALID_STATUSFLAG", ["O", "C"]);
  const range = oneOf("range", BAD, ["undated", "windows"]);
  // The documentation says only of open cases that they are returned whatever their creation date.
  const mayBeUndated = checked.status_flag === "O" && from === undefined && to === undefined;
  if (range === "undated" && !mayBeUndated) {
    add(
      "range",
      BAD,
      '"windows", unless status_flag is "O" and there is neither date_created_from nor date_created_to',
      range,
    );
  }
  checked.is_undated = Number(mayBeUndated && range !== "windows");
  if (isAllCases && field === "case_ids") {
    for (const name of others.slice(0, 4)) {
      if (given(name) !== null) {
        add(name, BAD, "nothing, since it does not apply to case_ids", given(name), undefined, field);
      }
    }
  }
  const where = given("where");
  if (where !== null && !isObject(where)) add("where", BAD, "an object of severity and status", where);
  for (const [name, value] of Object.entries(isObject(where) ? where : {})) {
    if (value === null) continue;
    if (Array.isArray(value) && value.length === 0) {
      add(`where.${name}`, BAD, "at least one value (leave the member out for no condition)", value);
    }
    for (const item of Array.isArray(value) ? (value as readonly Json[]) : [value]) {
      // No status contains a line break.
      const status = name === "status" && isText(item) && trimmed(item).replaceAll("\n", " ");
      // Documented statuses match in any case.
      if (status) checked.statuses.push(STATUSES.find((known) => lower(known) === lower(status)) ?? status);
      else if (name === "severity" && isCount(item, 4)) checked.severities.push(item);
      else {
        const expected =
          name === "severity" ? "1 to 4" : name === "status" ? "a status, as a string" : "severity or status";
        add(`where.${name}`, BAD, expected, item);
      }
    }
  }
  // The order of the values has no meaning: a cursor continues with any.
  checked.severities = [...new Set(checked.severities)].sort();
  checked.statuses = [...new Set(checked.statuses)].sort();
  return [problems, checked];
}

const BAD = "INVALID_PARAMETER";

/** Validates the options of bulk calls, JSON text. */
export function checkOptions(json: string, perSecond: number): [Problem[], CheckedOptions] {
  const { problems, add, given, oneOf } = reader(json);
  const count = (name: string, most = 2 ** 32 - 1): number | undefined => {
    const value = given(name);
    if (isCount(value, most)) return value;
    if (value !== null) add(name, "INVALID_OPTION", `a whole number from 1 to ${most}`, value);
    return undefined;
  };
  const usual = Math.min(Math.max(perSecond * AHEAD_SECONDS, 6), MAX_CONCURRENCY);
  const numbers = {
    concurrency: count("concurrency", MAX_CONCURRENCY) ?? usual,
    batch_size: count("batchSize", MAX_BATCH),
    max_requests: count("maxRequests"),
    max_bytes: count("maxBytes"),
  };
  const newest_first = Number(oneOf("order", "INVALID_OPTION", ["newest", "oldest"]) !== "oldest");
  const rotate_older = Number(oneOf("older", "INVALID_OPTION", ["all", "rotate"]) === "rotate");
  const token = given("resume");
  const resume = isText(token) ? withoutWhitespace(token) : undefined;
  if (token !== null && !isText(token)) add("resume", "INVALID_OPTION", "a string from resumeToken()", token);
  return [problems, { newest_first, ...numbers, rotate_older, resume }];
}

/** Removes white space that formatting has added to a token. */
export const withoutWhitespace = (token: string): string => token.replace(/[ \t\r\n]/g, "");

/**
 * Encodes a validated call as lines for the bulk module (`decode_call`); a missing value is an empty line.
 */
export const encodeCall = (operation: BulkOperation, asked: CheckedParams, options: CheckedOptions): string =>
  [
    operation,
    asked.field,
    asked.from_ms,
    asked.to_ms,
    asked.status_flag,
    asked.is_undated,
    asked.severities.join(""),
    options.newest_first,
    options.concurrency,
    options.batch_size,
    options.max_requests,
    options.max_bytes,
    options.rotate_older,
    options.resume === undefined ? "" : `=${options.resume}`,
    asked.statuses.length,
    ...asked.statuses,
    // A million ids are too many for spread arguments.
    asked.ids.join("\n"),
  ].join("\n");
