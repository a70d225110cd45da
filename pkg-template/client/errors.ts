// The error classes. The wasm returns errors as plain data; this module turns them into instances of the class for their
// kind, with the caller's stack.

import { FIRST_OWN_ERROR, OWN_ERRORS } from "../generated/tables.js";
import type { ErrorCode, ErrorKind } from "../generated/types.js";
import { truncated, withMessages } from "./check-options.js";
import { setTimer } from "./timer.js";
import type { ErrorRow, OwnErrorRow, Problem } from "./types.js";

/** The fields of every error of this package. */
export interface ErrorFields<K extends ErrorKind> extends Error {
  /** The kind of the error, for decisions in code; a `switch` over it is exhaustive. */
  readonly kind: K;
  /** The service's code, verbatim, or a code of this package. */
  readonly code: ErrorCode;
  /** The remedy for users, as a sentence that a portal can show. */
  readonly advice: string;
  /** The remedy for developers, with names of options and calls; `""` if the advice is sufficient. */
  readonly hint: string;
  /**
   * Whether a later retry can succeed. The client has already retried up to `maxRetries` times. `false` for a spent quota,
   * whose renewal is in `renewsAt`.
   */
  readonly retryable: boolean;
  /**
   * The party that detected the error: the client, a gateway of this package, or the service (also if a gateway passes its
   * error on). An expired sign-in is `"authentication"` from `"gateway"`; a gateway whose own credentials the service
   * rejects is `"unavailable"` from `"gateway"`, with the code `"UPSTREAM_AUTH"`.
   */
  readonly source: "client" | "gateway" | "service";
  /** The HTTP status; `null` without a response. */
  readonly status: number | null;
  /** The `Retry-After` of the service or gateway in milliseconds; `null` without one. */
  readonly retryAfterMs: number | null;
  /** The message id to quote to Cisco support; `null` without one. */
  readonly messageId: string | null;
  /** The request id to quote to the operator of the gateway; `null` without one. */
  readonly requestId: string | null;
  /** The number of requests sent for the call. */
  readonly attempts: number;
  /** The milliseconds spent waiting: in the queue, for a token, and between attempts. */
  readonly waitedMs: number;
  /** The name of the call, such as `"casesByContract"`; `""` outside of calls. */
  readonly operation: string;
  /** The ids in the parameters of the call; empty if the client rejected them. */
  readonly ids: readonly string[];
  /** The invalid values, if the service, a gateway or the client named any. */
  readonly problems?: readonly Problem[];
  /** The underlying value, such as the signal's reason or the rejection of `fetch`. */
  readonly cause?: unknown;
  /** Returns the error as plain data, without its cause. It never contains a token or a secret. */
  toJSON(): Record<string, unknown>;
}

/** An invalid request. Nothing was sent, unless `source` is `"gateway"` or `"service"`. */
export interface InvalidRequestError extends ErrorFields<"invalid_request"> {
  /** All problems of the request. */
  readonly problems: readonly Problem[];
}
/** A missing, invalid or expired token. */
export interface AuthenticationError extends ErrorFields<"authentication"> {}
/** A request that the account has no permission for. */
export interface PermissionError extends ErrorFields<"permission"> {}
/** A case that does not exist, or that the account cannot access. */
export interface NotFoundError extends ErrorFields<"not_found"> {}
/** Requests came too fast; a retry after a wait can succeed. */
export interface RateLimitedError extends ErrorFields<"rate_limited"> {}
/** The quota of the period is spent. */
export interface QuotaError extends ErrorFields<"quota"> {
  /** The time of its renewal as RFC 3339; `null` if unknown. */
  readonly renewsAt: string | null;
}
/** The service is temporarily unavailable. */
export interface UnavailableError extends ErrorFields<"unavailable"> {}
/** The call exceeded its timeout. */
export interface TimeoutError extends ErrorFields<"timeout"> {}
/** The caller aborted the call. */
export interface AbortedError extends ErrorFields<"aborted"> {
  /** The name of the platform's own abort errors. */
  readonly name: "AbortError";
}
/** The connection failed or was interrupted. */
export interface NetworkError extends ErrorFields<"network"> {}
/** A response that does not match the documentation of the service. */
export interface DecodeError extends ErrorFields<"decode"> {
  /** The path in the document. */
  readonly path: string;
  /** The byte offset in the body. */
  readonly offset: number | null;
}
/** A bug in this package. */
export interface InternalError extends ErrorFields<"internal"> {}

/** Every error of this package, discriminated by `kind`. */
export type CaseApiError =
  | InvalidRequestError
  | AuthenticationError
  | PermissionError
  | NotFoundError
  | RateLimitedError
  | QuotaError
  | UnavailableError
  | TimeoutError
  | AbortedError
  | NetworkError
  | DecodeError
  | InternalError;

/** An error class, for `instanceof`. Only the client creates instances. */
export interface ErrorClass<E> {
  readonly prototype: E;
  [Symbol.hasInstance](value: unknown): value is E;
}

/** The data from which an error class takes its fields. */
interface ErrorData {
  kind: ErrorKind;
  code: ErrorCode;
  message: string;
  advice: string;
  hint: string;
  retryable: boolean;
  source: "client" | "gateway" | "service";
  attempts: number;
  operation: string;
  ids: readonly string[];
  problems: readonly Problem[];
  status?: number | null;
  retryAfterMs?: number | null;
  messageId?: string | null;
  requestId?: string | null;
  waitedMs?: number;
  renewsAt?: string | null;
  path?: string;
  offset?: number | null;
}

const BRAND = Symbol.for("cisco-support-case.CaseApiError");

/** The cause of an error, if there is one; the cause itself may be `undefined`. */
type Cause = { cause: unknown } | undefined;

class BaseError extends Error {
  declare readonly kind: ErrorKind;

  constructor(data: ErrorData, cause?: Cause) {
    super(data.message, cause);
    const { kind, code, advice, hint, retryable, source, attempts, operation, ids, problems } = data;
    const { status = null, retryAfterMs = null, messageId = null, requestId = null, waitedMs = 0 } = data;
    Object.assign(
      this,
      { kind, code, advice, hint, retryable, source, status, retryAfterMs, messageId, requestId },
      { attempts, waitedMs, operation, ids, ...(problems.length > 0 && { problems }) },
      ADDITIONAL[kind]?.(data),
    );
    Object.defineProperty(this, BRAND, { value: true });
  }

  toJSON(): Record<string, unknown> {
    const { cause, ...rest } = this;
    return { name: this.name, message: this.message, ...(rest as object) };
  }
}

/** Functions that return the additional members of the errors of a kind. */
const ADDITIONAL: Partial<Record<ErrorKind, (data: ErrorData) => object>> = {
  invalid_request: ({ problems }) => ({ problems }),
  quota: ({ renewsAt = null }) => ({ renewsAt }),
  decode: ({ path = "", offset = null }) => ({ path, offset }),
};

/** The names of errors by kind. They are literals, since a bundler may rename classes. */
const NAMES: Record<ErrorKind, string> = {
  invalid_request: "InvalidRequestError",
  authentication: "AuthenticationError",
  permission: "PermissionError",
  not_found: "NotFoundError",
  rate_limited: "RateLimitedError",
  quota: "QuotaError",
  unavailable: "UnavailableError",
  timeout: "TimeoutError",
  // Code that does not know this package recognizes aborts by this name.
  aborted: "AbortError",
  network: "NetworkError",
  decode: "DecodeError",
  internal: "InternalError",
};

BaseError.prototype.name = "CaseApiError";

type AnyClass = new (data: ErrorData, cause?: Cause) => BaseError;

/** The classes by kind. */
const CLASSES = Object.fromEntries(
  Object.entries(NAMES).map(([kind, name]) => {
    const one = class extends BaseError {
      // Runtimes write the name of an error's class before its own if they differ.
      static override readonly name: string = name;
    };
    one.prototype.name = name;
    return [kind, one];
  }),
) as unknown as Record<ErrorKind, AnyClass>;

const asErrorClass = <E>(kind: ErrorKind): ErrorClass<E> => CLASSES[kind] as unknown as ErrorClass<E>;

/** The class of every error of this package. */
export const CaseApiError: ErrorClass<CaseApiError> = BaseError as unknown as ErrorClass<CaseApiError>;
/** See {@link InvalidRequestError}. */
export const InvalidRequestError: ErrorClass<InvalidRequestError> = /* @__PURE__ */ asErrorClass("invalid_request");
/** See {@link AuthenticationError}. */
export const AuthenticationError: ErrorClass<AuthenticationError> = /* @__PURE__ */ asErrorClass("authentication");
/** See {@link PermissionError}. */
export const PermissionError: ErrorClass<PermissionError> = /* @__PURE__ */ asErrorClass("permission");
/** See {@link NotFoundError}. */
export const NotFoundError: ErrorClass<NotFoundError> = /* @__PURE__ */ asErrorClass("not_found");
/** See {@link RateLimitedError}. */
export const RateLimitedError: ErrorClass<RateLimitedError> = /* @__PURE__ */ asErrorClass("rate_limited");
/** See {@link QuotaError}. */
export const QuotaError: ErrorClass<QuotaError> = /* @__PURE__ */ asErrorClass("quota");
/** See {@link UnavailableError}. */
export const UnavailableError: ErrorClass<UnavailableError> = /* @__PURE__ */ asErrorClass("unavailable");
/** See {@link TimeoutError}. */
export const TimeoutError: ErrorClass<TimeoutError> = /* @__PURE__ */ asErrorClass("timeout");
/** See {@link AbortedError}. */
export const AbortedError: ErrorClass<AbortedError> = /* @__PURE__ */ asErrorClass("aborted");
/** See {@link NetworkError}. */
export const NetworkError: ErrorClass<NetworkError> = /* @__PURE__ */ asErrorClass("network");
/** See {@link DecodeError}. */
export const DecodeError: ErrorClass<DecodeError> = /* @__PURE__ */ asErrorClass("decode");
/** See {@link InternalError}. */
export const InternalError: ErrorClass<InternalError> = /* @__PURE__ */ asErrorClass("internal");

/**
 * The error tables. Their texts are a tenth of a page's JavaScript, so pages load them with the first error.
 *
 * @internal
 */
export interface ErrorTables {
  readonly ERROR_TABLE: readonly ErrorRow[];
  readonly CLIENT_ERRORS: readonly ErrorRow[];
  readonly GATEWAY_ERRORS: readonly ErrorRow[];
}

/** All rows, indexed as in the wasm, once they are loaded. */
let rows: readonly ErrorRow[] | undefined;
let loadTables: (() => Promise<ErrorTables>) | undefined;

/**
 * Sets the error tables, or the function that loads them on demand.
 *
 * @internal
 */
export function provideErrors(given: ErrorTables | (() => Promise<ErrorTables>)): void {
  if (typeof given === "function") loadTables ??= given;
  else rows = [...given.ERROR_TABLE, ...given.CLIENT_ERRORS, ...given.GATEWAY_ERRORS];
}

type Texts = Pick<ErrorRow, "meaning" | "advice" | "hint">;

/** The texts of the row with an index, if they are loaded. */
const textsAt = (number: number): Partial<Texts> | undefined => rows?.[number] ?? OWN_ERRORS[number - FIRST_OWN_ERROR];

/** The texts of the row of a code, if they are loaded. */
const textsOf = (code: string): Partial<Texts> | undefined =>
  (rows ?? OWN_ERRORS).find((row: { code: string }) => row.code === code);

/** The advice for errors whose rows could not be loaded. */
const ADVICE: Partial<Record<ErrorKind, string>> = {
  invalid_request: "Check what you entered.",
  authentication: "Sign in again.",
  permission: "Ask the portal's operator for access.",
  not_found: "Check the case number.",
  quota: "Wait until the quota renews.",
};

const adviceFor = ({ kind, retryable }: Pick<ErrorData, "kind" | "retryable">): string =>
  retryable ? "Wait a moment and try again." : (ADVICE[kind] ?? "Report this to the portal's operator.");

/** The maximum wait for the texts of an error, in milliseconds. */
const TEXTS_TIMEOUT_MS = 2000;

/** Functions that add the texts to errors whose rows are not loaded yet. */
const incomplete = new WeakMap<CaseApiError, () => void>();

/** Resolves to the error once its texts are loaded, or after `TEXTS_TIMEOUT_MS` without them. */
export async function withTexts<E>(error: E): Promise<E> {
  const complete = isCaseApiError(error) ? incomplete.get(error) : undefined;
  if (!complete) return error;
  const late = new Promise<void>((resolve) => setTimer(TEXTS_TIMEOUT_MS, resolve));
  // Without texts the error has its code, its detail and the advice of its kind. Texts that load later are still added.
  const loading = loadTables?.()
    .then(provideErrors)
    .then(complete, () => {});
  await Promise.race([loading, late]);
  // After the wait only: several calls may wait for the same error.
  incomplete.delete(error as CaseApiError);
  return error;
}

const createError = (data: ErrorData, cause?: Cause): CaseApiError =>
  new CLASSES[data.kind](data, cause) as unknown as CaseApiError;

/**
 * Recreates an error from the result of its `toJSON()` (the object or its JSON text), after it was posted to another thread
 * or logged. The cause and the original stack are lost. Throws an {@link InvalidRequestError} for any other value.
 */
export function errorFromJSON(value: unknown): CaseApiError {
  let given: Partial<ErrorData> | null = null;
  let cause: unknown;
  try {
    // An object may have getters: it is read once, here.
    given = JSON.parse(isText(value) ? value : JSON.stringify(value));
  } catch (thrown) {
    cause = thrown;
  }
  if (!given || !Object.keys(CLASSES).includes(given.kind as string) || ![given.message, given.code].every(isText)) {
    const expected = "Expected the result of an error's toJSON(), or its JSON text.";
    throw clientError("INVALID_PARAMETER", expected, { cause });
  }
  const { kind, code, message, source, ids, problems } = given;
  const text = (name: keyof ErrorData) => textOrNull(given[name]) ?? "";
  const count = (name: keyof ErrorData) => numberOrNull(given[name]) ?? 0;
  return createError({
    kind: kind as ErrorKind,
    code: code as ErrorCode,
    message: message as string,
    advice: text("advice"),
    hint: text("hint"),
    retryable: given.retryable === true,
    source: source === "gateway" || source === "service" ? source : "client",
    status: numberOrNull(given.status),
    retryAfterMs: numberOrNull(given.retryAfterMs),
    messageId: textOrNull(given.messageId),
    requestId: textOrNull(given.requestId),
    attempts: count("attempts"),
    waitedMs: count("waitedMs"),
    operation: text("operation"),
    ids: Array.isArray(ids) ? ids.filter(isText) : [],
    problems: Array.isArray(problems) ? problems.filter((one) => isText(Object(one).message)) : [],
    renewsAt: textOrNull(given.renewsAt),
    path: text("path"),
    offset: numberOrNull(given.offset),
  });
}

const isText = (value: unknown): value is string => typeof value === "string";
const textOrNull = (value: unknown): string | null => (isText(value) ? value : null);
const numberOrNull = (value: unknown): number | null => (typeof value === "number" ? value : null);

/**
 * Whether a value is an error of this package. It works across realms and copies of the package.
 *
 * @example
 * ```ts
 * try {
 *   await cases.caseDetails({ case_id });
 * } catch (error) {
 *   if (!isCaseApiError(error)) throw error;
 *   if (error.kind === "quota") show(`Try again at ${error.renewsAt ?? "another time"}`);
 *   else if (error.kind === "invalid_request") show(error.problems.map((problem) => problem.message).join("\n"));
 *   else show(error.advice);
 * }
 * ```
 */
export function isCaseApiError(value: unknown): value is CaseApiError {
  try {
    return typeof value === "object" && value !== null && (value as Record<symbol, unknown>)[BRAND] === true;
  } catch {
    // A Proxy that throws is not an error of this package.
    return false;
  }
}

/** The cause of a failed request. */
export interface CauseInfo {
  readonly cause: unknown;
  /** The origin of the request; `""` for a token provider. */
  readonly address: string;
}

/** The code of a failed connection on server runtimes, such as `" ECONNREFUSED"`. */
function connectionCode({ cause }: CauseInfo): string {
  try {
    const { code, cause: inner } = Object(cause);
    const name = String(code ?? inner.code);
    return /^E?[A-Z_]{3,30}$/.test(name) ? ` ${name}` : "";
  } catch {
    // The cause is a foreign value, whose getters may throw.
    return "";
  }
}

/**
 * Creates an error from the JSON text of the wasm and the texts of its row. `reasons` finds the cause of an origin number,
 * `own` contains texts of some codes.
 */
export function errorFromWasm(
  text: string,
  reasons?: (origin: number) => CauseInfo | undefined,
  own?: Readonly<Record<string, Partial<Texts>>>,
): CaseApiError {
  const { row, before, detail, origin, ...data } = JSON.parse(text) as ErrorData & {
    row: number;
    before: string;
    detail: string;
    origin?: number | null;
  };
  const reason = typeof origin === "number" ? reasons?.(origin) : undefined;
  const where = data.kind === "network" && reason?.address ? `(${reason.address}${connectionCode(reason)})` : "";
  data.problems = withMessages(data.problems);
  const problems = messagesOf(data.problems);
  const messageFor = (meaning: string) =>
    problems && data.kind === "invalid_request" ? problems : joined(joined(before + meaning, detail), where);
  return later(() => own?.[data.code] ?? textsAt(row), data, messageFor, reason && { cause: reason.cause });
}

/** Creates an error whose texts may be loaded later; `messageFor` builds its message from the meaning of its row. */
function later(
  texts: () => Partial<Texts> | undefined,
  data: Omit<ErrorData, "message" | "advice" | "hint">,
  messageFor: (meaning: string) => string,
  cause?: Cause,
): CaseApiError {
  const { meaning = data.code, advice, hint } = texts() ?? {};
  const text = { message: messageFor(meaning), advice: advice ?? adviceFor(data), hint: hint ?? "" };
  const error = createError({ ...data, ...text }, cause);
  if (hint === undefined) {
    incomplete.set(error, () => {
      const { meaning, advice, hint } = texts() ?? {};
      if (meaning === undefined) return;
      const message = messageFor(meaning);
      if (error.stack) error.stack = error.stack.replace(error.message, () => message);
      Object.assign(Object.defineProperty(error, "message", { value: message }), { advice, hint });
    });
  }
  return error;
}

const joined = (meaning: string, detail: string) => (detail ? `${meaning} ${detail}` : meaning);

/** Creates an error of this package's own from a row with its texts. */
export function errorFromRow(row: ErrorRow, detail = "", cause?: unknown): CaseApiError {
  const { kind, code, retryable, meaning, advice, hint } = row;
  const message = joined(meaning, detail);
  return createError(
    { ...OF_NO_CALL, kind, code, retryable, message, advice, hint },
    cause === undefined ? undefined : { cause },
  );
}

/** Creates an error of the client, by its code in the table of client errors. */
export function clientError(
  code: ErrorCode,
  detail = "",
  more: { cause?: unknown; problems?: readonly Problem[] } = {},
): CaseApiError {
  const { kind, retryable } = OWN_ERRORS.find((row) => row.code === code) as OwnErrorRow;
  const { problems = [] } = more;
  const data = { ...OF_NO_CALL, kind, code, retryable, problems };
  const cause = more.cause === undefined ? undefined : { cause: more.cause };
  return later(
    () => textsOf(code),
    data,
    (meaning) => joined(meaning, detail),
    cause,
  );
}

const OF_NO_CALL = { source: "client", attempts: 0, operation: "", ids: [], problems: [] } as const;

const messagesOf = (problems: readonly Problem[]): string =>
  problems[0] ? `Invalid request: ${problems.map(({ message }) => message).join("; ")}` : "";

/** Creates the error for an invalid request or invalid options of a call. */
export function invalid(found: readonly Problem[], operation = ""): CaseApiError {
  const problems = truncated(found);
  const code = problems[0]?.code ?? "INVALID_PARAMETER";
  const data = { ...OF_NO_CALL, kind: "invalid_request", code, retryable: false, problems, operation } as const;
  return later(
    () => textsOf(code),
    data,
    () => messagesOf(problems),
  );
}

/** Creates the error for a case that the service did not return. */
export function notFound(id: string): CaseApiError {
  const code = "CASE_NOTFOUND";
  const of = { source: "service", operation: "caseSummary", ids: [id] } as const;
  const data = { ...OF_NO_CALL, kind: "not_found", code, retryable: false, ...of } as const;
  return later(
    () => textsOf(code),
    data,
    (meaning) => joined(meaning, `(${id})`),
  );
}
