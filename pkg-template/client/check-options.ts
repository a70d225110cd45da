// The checks of options. They are in TypeScript, since a constructor does not wait for the wasm, and so that they add nothing
// to its size. Tests compare them with the checks of the Rust crate: the same problems, in the same order and words.

import {
  BACKOFF_DEFAULTS,
  CALL_OPTIONS,
  CLIENT_OPTIONS,
  CREDENTIALS_OPTIONS,
  FETCH_CREDENTIALS,
  FUNCTION_OPTIONS,
  LOG_LEVELS,
  MAX_BACKOFF_MS,
  MAX_PROBLEMS,
  MAX_RATE_LIMIT,
  MAX_RETRIES,
  MAX_TIMEOUT_MS,
  RATE_LIMIT_DEFAULTS,
  RESERVED_HEADERS,
  VALIDATIONS,
} from "../generated/options.js";
import { wellFormed } from "./pure-functions.js";
import type { Budget, LimitUsage } from "./options.js";
import type { Problem } from "./types.js";

/** A JSON value, as `JSON.parse` returns it. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** The environment of a client, as far as the validity of its options depends on it. */
export interface Environment {
  /** Whether there is a document, or the entry point is that for pages. */
  readonly inPage: boolean;
  /** The origin of the page or worker; `""` without one. */
  readonly origin: string;
  /** Whether `token` is a function. */
  readonly hasProvider: boolean;
  /** Whether there is a `tokenCache`. */
  readonly hasCache: boolean;
}

/** Matches a text that can be sent as a bearer token. */
export const TOKEN_TEXT: RegExp = /^[!-~]+$/;

type OptionMap = Map<string, Json>;

const isText = (value: unknown): value is string => typeof value === "string";

const kindOf = (value: Json): string =>
  Array.isArray(value) ? "an array" : typeof value === "object" ? "an object" : `a ${typeof value}`;

/** Trims white space as Rust does: Unicode's `White_Space`, which differs from JavaScript's. */
export const trim = (text: string): string => /^\p{space}*([^]*\P{space})?/u.exec(text)?.[1] ?? "";

/** Truncates a long value for messages. */
function truncate(value: Json): Json {
  if (isText(value)) {
    const chars = [...wellFormed(value)];
    return chars.length > 100 ? `${chars.slice(0, 100).join("")}…` : chars.join("");
  }
  if (Array.isArray(value)) return value.slice(0, 5).map(truncate);
  return typeof value === "object" && value ? "[object]" : value;
}

/** JSON text with the escapes of the Rust writer, which has no short ones for backspace and form feed. */
const toRustJson = (value: Json): string =>
  JSON.stringify(value).replace(/\\(.)/g, (all, c) => (c === "b" ? "\\u0008" : c === "f" ? "\\u000c" : all));

/** The last entry of a truncated list of problems, with the number of omitted ones. */
export const remainder = (count: number): Problem => {
  const message = `and ${count} more`;
  return { field: "", code: "INVALID_PARAMETER", expected: "", value: count, message };
};

/** Truncates a list of problems and adds an entry with the number of omitted ones, including those of earlier such entries. */
export function truncated(problems: readonly Problem[]): Problem[] {
  let further = -MAX_PROBLEMS;
  const listed = problems.filter(({ expected, value }) => {
    further += expected ? 1 : (value as number);
    return expected && further <= 0;
  });
  return further > 0 ? [...listed, remainder(further)] : listed;
}

/** Creates a problem of a parameter or option; `index` is that of the invalid item, `related` another involved parameter. */
export function problemOf(
  name: string,
  code: string,
  expected: string,
  shown: Json,
  index?: number,
  related?: string,
): Problem {
  const [field, value] = [truncate(name) as string, truncate(shown)];
  const at = index === undefined ? "" : `[${index}]`;
  const other = related ? ` (with ${related})` : "";
  const message = `${field}${at}${other}: expected ${expected}, got ${value === null ? "nothing" : toRustJson(value)}`;
  return {
    field,
    ...(index === undefined ? {} : { index }),
    ...(related ? { related } : {}),
    code: code as Problem["code"],
    expected,
    value,
    message,
  };
}

/** Adds messages to problems of the wasm, which contains no sentences. */
export const withMessages = (found: readonly Omit<Problem, "message">[]): Problem[] =>
  found.map(({ field, code, expected, value, index, related }) =>
    expected ? problemOf(field, code, expected, value as Json, index, related) : remainder(value as number),
  );

/** Splits a list of ids that `copyPlain` truncated (`input.ts`) into the remaining ids and the problem of its length. */
export function wholeList(field: string, what: string, items: Json): [items: Json, excess?: Problem] {
  const leftOut = Array.isArray(items) ? (items[items.length - 1] as { "…"?: number } | null)?.["…"] : 0;
  if (!Array.isArray(items) || !(leftOut! > 0)) return [items];
  const most = items.length - 1;
  const looked = `(${most + leftOut!} given; only the first ${most} checked)`;
  const code = `EXCEEDED_${field.replace("_", "").toUpperCase()}`;
  const excess = problemOf(field, code, `at most ${most} ${what}s at once ${looked}`, items);
  return [items.slice(0, most) as Json[], excess];
}

/** Collects the problems of options. Values that may be secret are never quoted. */
function checker(options: Json, known: readonly string[]) {
  const problems: Problem[] = [];
  const add = (name: string, expected: string, shown: Json = "(not shown)"): Problem => {
    const problem = problemOf(name, "INVALID_OPTION", expected, shown);
    problems.push(problem);
    return problem;
  };

  /** Returns the members of an object except `null` ones, and reports unknown names. */
  const membersOf = (name: string, value: Json | undefined, known?: readonly string[]): OptionMap => {
    // A value in place of an object may be a secret.
    if (value != null && (typeof value !== "object" || Array.isArray(value))) {
      if (known) add(name, name === "rateLimit" ? "an object, or false" : "an object", kindOf(value));
      else add(name, "an object of names and values");
      return new Map();
    }
    const members = Object.entries(value ?? {});
    if (!known) return new Map(members);
    for (const [member] of members) {
      if (!known.includes(member)) add(name, `one of ${known.join(", ")}`, member);
    }
    return new Map(members.filter(([, value]) => value != null));
  };

  const given = membersOf("options", options, known);

  const whole = (name: string, value: Json | undefined, most: number, expected: string): void => {
    if (value != null && !(Number.isInteger(value) && Number(value) >= 0 && Number(value) <= most)) {
      add(name, expected, value);
    }
  };

  const oneOf = (name: string, words: readonly string[]): void => {
    const value = given.get(name) ?? "";
    const word = isText(value) ? trim(value) : "?";
    if (word && !words.includes(word)) add(name, `"${words.join('" or "')}"`, value);
  };

  /** Adds the problem of a secret. An unset secret depends on the runtime, and is deferred. */
  const addSecret = (name: string, value: Json | undefined, expected: string, deferred?: Set<Problem>): void => {
    const isUnset = value == null || (isText(value) && !trim(value));
    const problem = add(name, expected, isUnset ? null : undefined);
    if (isUnset) deferred?.add(problem);
  };

  const token = (isFunction: boolean, deferred?: Set<Problem>): void => {
    const value = given.get("token");
    if (!isFunction && value != null && !(isText(value) && TOKEN_TEXT.test(value))) {
      addSecret("token", value, "a token without spaces, as a string, or a function that returns one", deferred);
    }
  };

  const headers = (): void => {
    for (const [name, value] of membersOf("headers", given.get("headers"))) {
      if (!isText(value)) {
        add(`headers.${name}`, "a string");
      } else if (!/^[\w!#$%&'*+\-.^`|~]+$/.test(name)) {
        add("headers", "a header name of letters, digits and hyphens", name);
      } else if (RESERVED_HEADERS.includes(name.toLowerCase())) {
        add("headers", "a header that the client does not set itself (pass a token as the option token)", name);
      } else if (!/^([!-~]([\t -~]*[!-~])?)?$/.test(value)) {
        add("headers", "a header whose value is visible ASCII text", name);
      }
    }
  };

  const timeout = () =>
    whole("timeoutMs", given.get("timeoutMs"), MAX_TIMEOUT_MS, "a whole number of milliseconds, 0 for no limit");
  const retries = () => whole("maxRetries", given.get("maxRetries"), MAX_RETRIES, "a whole number from 0 to 10");
  return { problems, given, add, membersOf, whole, oneOf, addSecret, token, headers, timeout, retries };
}

/**
 * Returns the problems of a client's options. Those that depend on the runtime are added to `deferred`: a relative URL
 * outside of pages, credentials that are not set.
 */
export function optionProblems(options: Json, here: Environment, deferred: Set<Problem> = new Set()): Problem[] {
  const { problems, given, add, membersOf, ...check } = checker(options, CLIENT_OPTIONS);

  const numbers = (name: string, defaults: object, most: number, expected: string): void => {
    const names = Object.keys(defaults);
    const members = membersOf(name, given.get(name), names);
    for (const member of names) check.whole(`${name}.${member}`, members.get(member), most, expected);
  };

  const address = (name: string, value: Json | undefined): void => {
    if (value == null) return;
    if (!isText(value)) {
      add(name, "a string", value);
      return;
    }
    const text = trim(value);
    const [expected, isDeferred] = addressFault(text, here.origin, given.get("allowHttp") === true);
    if (!expected) return;
    // Without a possible password before `@`, and without the query.
    const shown = text
      .replace(/[?#][^]*/, "")
      .replace(/^(https?:\/\/)?[^]*@/i, (_, scheme: string = "") => `${scheme.toLowerCase()}…@`);
    const problem = add(name, expected, shown);
    if (isDeferred || !text) deferred.add(problem);
  };

  address("baseUrl", given.get("baseUrl"));
  const allowHttp = given.get("allowHttp");
  if (allowHttp != null && typeof allowHttp !== "boolean") add("allowHttp", "true or false", allowHttp);
  for (const [name, expected] of FUNCTION_OPTIONS) {
    const value = given.get(name);
    // A cache may hold a token.
    if (value != null) add(name, expected, kindOf(value));
  }

  check.token(here.hasProvider, deferred);
  const credentials = given.get("credentials");
  if (credentials == null) {
    if (here.hasCache) add("tokenCache", "credentials as well, since a token provider caches its own tokens");
  } else {
    if (here.inPage) {
      add("credentials", "no credentials in a web page, where every visitor can read them").code =
        "CREDENTIALS_IN_PAGE";
    }
    if (here.hasProvider || given.has("token")) add("credentials", "either token or credentials, not both");
    const members = membersOf("credentials", credentials, CREDENTIALS_OPTIONS);
    if (kindOf(credentials) === "an object") {
      for (const name of ["clientId", "clientSecret"]) {
        const value = members.get(name);
        // The file of a secret may end in a line break.
        if (isText(value) && value && trim(value) === value) continue;
        const expected = "a non-empty string without spaces at its ends (is its environment variable set?)";
        check.addSecret(`credentials.${name}`, value, expected, deferred);
      }
      address("credentials.tokenUrl", members.get("tokenUrl"));
    }
  }

  check.headers();
  check.timeout();
  check.retries();
  if (given.get("rateLimit") !== false) {
    numbers("rateLimit", RATE_LIMIT_DEFAULTS, MAX_RATE_LIMIT, "a whole number, 0 for no limit");
  }
  numbers("backoff", BACKOFF_DEFAULTS, MAX_BACKOFF_MS, "a whole number of milliseconds, at most an hour");
  check.oneOf("validation", VALIDATIONS);
  check.oneOf("logLevel", LOG_LEVELS);
  check.oneOf("fetchCredentials", FETCH_CREDENTIALS);
  return problems;
}

/** Returns the problems of a call's options; `ofBulk` are the own ones of a bulk call. `readCallOptions` has removed a valid signal and a token function before. */
export function callProblems(options: Json, hasProvider: boolean, ofBulk?: readonly string[]): Problem[] {
  const ofRequests = CALL_OPTIONS.filter((name) => name !== "order");
  const { problems, given, add, ...check } = checker(
    options,
    ofBulk ? [...ofRequests, ...ofBulk, "onProgress"] : CALL_OPTIONS,
  );
  const signal = given.get("signal");
  if (signal != null) add("signal", "an AbortSignal", signal);
  check.timeout();
  check.headers();
  const traceparent = given.get("traceparent");
  if (traceparent != null && !(isText(traceparent) && TRACEPARENT.test(traceparent))) {
    add(
      "traceparent",
      "00-, then 32, 16 and 2 hexadecimal digits with - between them (W3C Trace Context)",
      traceparent,
    );
  }
  check.token(hasProvider);
  check.retries();
  // A bulk call has removed its own order before.
  if (!ofBulk) check.oneOf("order", ["newest", "oldest"]);
  check.whole(
    "maxAgeMs",
    given.get("maxAgeMs"),
    MAX_TIMEOUT_MS,
    "a whole number of milliseconds, 0 for no cached response",
  );
  return problems;
}

/** Version, trace id, parent id and flags; the ids are not all zero. (W3C Trace Context, section 3.2.) */
const TRACEPARENT = /^00-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}$/;

/** Returns the expected form of an invalid URL, and whether it is invalid only for lack of a page. */
function addressFault(text: string, origin: string, allowHttp: boolean): [expected?: string, isDeferred?: boolean] {
  if (/[\p{space}\p{Cc}?#\\]/u.test(text)) return ["a URL without spaces, query or fragment"];
  if (/^\/(?!\/)/.test(text)) {
    if (/^https?:\/\//i.test(origin)) return [];
    return ["an absolute URL, since a path needs the origin of a page", true];
  }
  const [, plain, authority = ""] = /^(?:https|(http)):\/\/([^/]*)/i.exec(text) ?? ["", "?"];
  // The IPv6 address in brackets, or the name before a port.
  const [name] = authority.startsWith("[") ? authority.slice(1).split("]") : authority.split(":");
  if (plain && (!allowHttp || plain === "?") && !/^(localhost|.*\.localhost|::1|127\.[\d.]*)$/i.test(name!)) {
    return ["an https URL (http only on localhost or with allowHttp: true), or a path on the page's own origin"];
  }
  if (authority.includes("@")) return ["a URL without user and password"];
  const host = /^(?:\[[\w.\-:\x80-\uffff]+\]|[\w.\-\x80-\uffff]+)(?::(\d+))?$/.exec(authority);
  if (!host || Number(host[1] ?? 0) > 65_535) return ["a URL with a host, and a port up to 65535 if any"];
  return [];
}

/** The budget of a client before its first request, from valid options. */
export function initialBudget(options: Json): Budget {
  const { rateLimit } = (options ?? {}) as {
    readonly rateLimit?: Readonly<Record<string, number | null>> | false | null;
  };
  const used = (name: keyof typeof RATE_LIMIT_DEFAULTS): LimitUsage => {
    const limit = (rateLimit !== false && (rateLimit?.[name] ?? RATE_LIMIT_DEFAULTS[name])) || null;
    return { limit, used: 0, left: limit };
  };
  return {
    second: used("perSecond"),
    minute: used("perMinute"),
    day: used("perDay"),
    concurrent: used("maxConcurrent"),
    waiting: 0,
    nextSlotInMs: 0,
  };
}
