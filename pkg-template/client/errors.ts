// The error classes. The wasm tells an error as plain data; here it becomes an instance of the class for its kind, with
// the caller's stack.

import { FIRST_OWN_ERROR, OWN_ERRORS } from "../generated/tables.js";
import type { ErrorCode, ErrorKind } from "../generated/types.js";
import { truncated, withMessages } from "./check-options.js";
import { setTimer } from "./timer.js";
import type { ErrorRow, OwnErrorRow, Problem } from "./types.js";

/** What every error of this package tells. */
export interface ErrorFields<K extends ErrorKind> extends Error {
  /** What to decide by; a `switch` over it is exhaustive. */
  readonly kind: K;
  /** The service's code, verbatim, or one of this package's own. */
  readonly code: ErrorCode;
  /** What to do, in a sentence that a portal can show. */
  readonly advice: string;
  /** What its developer can do, by the names of options and calls; `""` where the advice says it all. Not for users. */
  readonly hint: string;
  /**
   * Whether asking again can help. The client has done so as often as it may, and the advice is to try again. `false` for a
   * spent quota, of which `renewsAt` tells when it renews.
   */
  readonly retryable: boolean;
  /**
   * Who found it: this side, a gateway of this package that stands before the service, or the service (also where a
   * gateway passes its error on). A sign-in that has expired is `kind` `"authentication"` of `"gateway"`; a gateway whose
   * own credentials the service refuses is `"unavailable"` of `"gateway"`, with the `code` `"UPSTREAM_AUTH"`.
   */
  readonly source: "client" | "gateway" | "service";
  /** HTTP status; `null` where there was no response. */
  readonly status: number | null;
  /** How many milliseconds the service or the gateway asks to wait; `null` where it does not say. */
  readonly retryAfterMs: number | null;
  /** The id to quote to Cisco's support; `null` where there was none. */
  readonly messageId: string | null;
  /** The id to quote to the operator of the gateway that answered; `null` where none did. */
  readonly requestId: string | null;
  /** How many requests were sent for this call. */
  readonly attempts: number;
  /** How many milliseconds it waited in all: for its turn, for a token, and between attempts. */
  readonly waitedMs: number;
  /** The call, such as `"casesByContract"`; `""` where it was none. */
  readonly operation: string;
  /** The ids it was called with. */
  readonly ids: readonly string[];
  /** The values at fault, where the service, a gateway or this side named some. */
  readonly problems?: readonly Problem[];
  /** What is behind it, such as the signal's reason or what `fetch` rejected with. */
  readonly cause?: unknown;
  /** The error as plain data, without its cause. It never holds a token or a secret. */
  toJSON(): Record<string, unknown>;
}

/** The request breaks rules. Nothing was sent, unless `source` is `"gateway"` or `"service"`. */
export interface InvalidRequestError extends ErrorFields<"invalid_request"> {
  /** Everything that is wrong with it. */
  readonly problems: readonly Problem[];
}
/** The token is missing, wrong or expired. */
export interface AuthenticationError extends ErrorFields<"authentication"> {}
/** The account may not do this. */
export interface PermissionError extends ErrorFields<"permission"> {}
/** The case does not exist, or not for this account. */
export interface NotFoundError extends ErrorFields<"not_found"> {}
/** Too fast; wait, then ask again. */
export interface RateLimitedError extends ErrorFields<"rate_limited"> {}
/** The period's quota is spent. */
export interface QuotaError extends ErrorFields<"quota"> {
  /** When it renews, as RFC 3339, if that is known. */
  readonly renewsAt: string | null;
}
/** The service cannot answer now. */
export interface UnavailableError extends ErrorFields<"unavailable"> {}
/** No answer in the time allowed. */
export interface TimeoutError extends ErrorFields<"timeout"> {}
/** The caller gave up. */
export interface AbortedError extends ErrorFields<"aborted"> {
  /** As the platform's own abort errors have it. */
  readonly name: "AbortError";
}
/** No connection, or one that broke. */
export interface NetworkError extends ErrorFields<"network"> {}
/** The answer is not what the service promises. */
export interface DecodeError extends ErrorFields<"decode"> {
  /** Where in the document. */
  readonly path: string;
  /** Byte offset in the body. */
  readonly offset: number | null;
}
/** A defect of this package. */
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

/** An error class, for `instanceof`. Only the client makes instances. */
export interface ErrorClass<E> {
  readonly prototype: E;
  [Symbol.hasInstance](value: unknown): value is E;
}

/** The data of an error, of which its class takes what it shows. */
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

/** The cause of an error, where there is one: it may be `undefined`. */
type Cause = { cause: unknown } | undefined;

class BaseError extends Error {
  declare readonly kind: ErrorKind;

  constructor(data: ErrorData, cause?: Cause) {
    super(data.message, cause);
    const { kind, code, advice, hint, retryable, source, attempts, operation, ids, problems } = data;
    const { status = null, retryAfterMs = null, messageId = null, requestId = null, waitedMs = 0 } = data;
    Object.assign(this, { kind, code, advice, hint, retryable, source, status, retryAfterMs, messageId, requestId });
    Object.assign(this, { attempts, waitedMs, operation, ids });
    if (problems.length > 0) Object.assign(this, { problems });
    Object.defineProperty(this, BRAND, { value: true });
  }

  toJSON(): Record<string, unknown> {
    const { cause, ...rest } = this;
    return { name: this.name, message: this.message, ...(rest as object) };
  }
}

/** The name of an error of each kind. They are written out: a bundler that renames classes must not rename errors. */
const NAMES: Record<ErrorKind, string> = {
  invalid_request: "InvalidRequestError",
  authentication: "AuthenticationError",
  permission: "PermissionError",
  not_found: "NotFoundError",
  rate_limited: "RateLimitedError",
  quota: "QuotaError",
  unavailable: "UnavailableError",
  timeout: "TimeoutError",
  // The name that code looks for which knows nothing of this package.
  aborted: "AbortError",
  network: "NetworkError",
  decode: "DecodeError",
  internal: "InternalError",
};

BaseError.prototype.name = "CaseApiError";

type AnyClass = new (data: ErrorData, cause?: Cause) => BaseError;

/** The class of a kind, whose instances have these members besides. */
function classOf(kind: ErrorKind, more: (data: ErrorData) => object = () => ({})): AnyClass {
  const one = class extends BaseError {
    constructor(data: ErrorData, cause?: Cause) {
      super(data, cause);
      Object.assign(this, more(data));
    }
  };
  one.prototype.name = NAMES[kind];
  return one;
}

const CLASSES: Record<ErrorKind, AnyClass> = {
  invalid_request: classOf("invalid_request", ({ problems }) => ({ problems })),
  authentication: classOf("authentication"),
  permission: classOf("permission"),
  not_found: classOf("not_found"),
  rate_limited: classOf("rate_limited"),
  quota: classOf("quota", ({ renewsAt = null }) => ({ renewsAt })),
  unavailable: classOf("unavailable"),
  timeout: classOf("timeout"),
  aborted: classOf("aborted"),
  network: classOf("network"),
  decode: classOf("decode", ({ path = "", offset = null }) => ({ path, offset })),
  internal: classOf("internal"),
};

const asErrorClass = <E>(one: unknown): ErrorClass<E> => one as ErrorClass<E>;

/** The class of every error of this package. */
export const CaseApiError: ErrorClass<CaseApiError> = asErrorClass(BaseError);
/** See {@link InvalidRequestError}. */
export const InvalidRequestError: ErrorClass<InvalidRequestError> = asErrorClass(CLASSES.invalid_request);
/** See {@link AuthenticationError}. */
export const AuthenticationError: ErrorClass<AuthenticationError> = asErrorClass(CLASSES.authentication);
/** See {@link PermissionError}. */
export const PermissionError: ErrorClass<PermissionError> = asErrorClass(CLASSES.permission);
/** See {@link NotFoundError}. */
export const NotFoundError: ErrorClass<NotFoundError> = asErrorClass(CLASSES.not_found);
/** See {@link RateLimitedError}. */
export const RateLimitedError: ErrorClass<RateLimitedError> = asErrorClass(CLASSES.rate_limited);
/** See {@link QuotaError}. */
export const QuotaError: ErrorClass<QuotaError> = asErrorClass(CLASSES.quota);
/** See {@link UnavailableError}. */
export const UnavailableError: ErrorClass<UnavailableError> = asErrorClass(CLASSES.unavailable);
/** See {@link TimeoutError}. */
export const TimeoutError: ErrorClass<TimeoutError> = asErrorClass(CLASSES.timeout);
/** See {@link AbortedError}. */
export const AbortedError: ErrorClass<AbortedError> = asErrorClass(CLASSES.aborted);
/** See {@link NetworkError}. */
export const NetworkError: ErrorClass<NetworkError> = asErrorClass(CLASSES.network);
/** See {@link DecodeError}. */
export const DecodeError: ErrorClass<DecodeError> = asErrorClass(CLASSES.decode);
/** See {@link InternalError}. */
export const InternalError: ErrorClass<InternalError> = asErrorClass(CLASSES.internal);

/**
 * The rows of all errors: their texts are a tenth of a page's JavaScript, and most pages meet few of them.
 *
 * @internal
 */
export interface ErrorTables {
  readonly ERROR_TABLE: readonly ErrorRow[];
  readonly CLIENT_ERRORS: readonly ErrorRow[];
  readonly GATEWAY_ERRORS: readonly ErrorRow[];
}

/** All rows, by the numbers under which the wasm knows them, once they are there. */
let rows: readonly ErrorRow[] | undefined;
let loadTables: (() => Promise<ErrorTables>) | undefined;

/**
 * Gives the rows of all errors, or how they are loaded when there is need of them.
 *
 * @internal
 */
export function provideErrors(given: ErrorTables | (() => Promise<ErrorTables>)): void {
  if (typeof given === "function") loadTables ??= given;
  else rows = [...given.ERROR_TABLE, ...given.CLIENT_ERRORS, ...given.GATEWAY_ERRORS];
}

type Texts = Pick<ErrorRow, "meaning" | "advice" | "hint">;

/** The texts of the row with a number, if they are there. */
const textsAt = (number: number): Partial<Texts> | undefined => rows?.[number] ?? OWN_ERRORS[number - FIRST_OWN_ERROR];

/** The texts of the row of a code, if they are there. */
const textsOf = (code: string): Partial<Texts> | undefined =>
  (rows ?? OWN_ERRORS).find((row: { code: string }) => row.code === code);

/** What to do about errors whose rows could not be loaded. */
const ADVICE: Partial<Record<ErrorKind, string>> = {
  invalid_request: "Check what you entered.",
  authentication: "Sign in again.",
  permission: "Ask the portal's operator for access.",
  not_found: "Check the case number.",
  quota: "Wait until the quota renews.",
};

const adviceFor = ({ kind, retryable }: Pick<ErrorData, "kind" | "retryable">): string =>
  retryable ? "Wait a moment and try again." : (ADVICE[kind] ?? "Report this to the portal's operator.");

/** An error waits for its row so many milliseconds. */
const TEXTS_TIMEOUT_MS = 2000;

/** How errors are completed whose rows are not there yet. */
const incomplete = new WeakMap<CaseApiError, () => void>();

/** An error with the texts of its row, which it waits for where they are not there yet; without them if they do not come. */
export async function withTexts<E>(error: E): Promise<E> {
  const complete = isCaseApiError(error) ? incomplete.get(error) : undefined;
  if (!complete) return error;
  const late = new Promise<void>((resolve) => setTimer(TEXTS_TIMEOUT_MS, resolve));
  // Without them it has its code, what is particular, and what its kind says; those that come late are still its.
  const loading = loadTables?.()
    .then(provideErrors)
    .then(complete, () => {});
  await Promise.race([loading, late]);
  // Not before: several may wait for the same error.
  incomplete.delete(error as CaseApiError);
  return error;
}

const createError = (data: ErrorData, cause?: Cause): CaseApiError =>
  new CLASSES[data.kind](data, cause) as unknown as CaseApiError;

/**
 * The error that `toJSON()` told of (its object or its JSON text): on the other side of a worker's message, or out of a
 * log. It has everything but the cause and the old stack. Throws an {@link InvalidRequestError} for anything else.
 */
export function errorFromJSON(value: unknown): CaseApiError {
  let given: Partial<ErrorData> | null = null;
  let cause: unknown;
  try {
    // What is no text may be anybody's: it is read here, once.
    given = JSON.parse(isText(value) ? value : JSON.stringify(value));
  } catch (thrown) {
    cause = thrown;
  }
  if (!given || !Object.hasOwn(CLASSES, given.kind as string) || ![given.message, given.code].every(isText)) {
    const expected = "Expected the result of an error's toJSON(), or its JSON text.";
    throw clientError("INVALID_PARAMETER", expected, { cause });
  }
  const { attempts, operation, ids, problems, hint } = given;
  return createError({
    ...(given as ErrorData),
    hint: isText(hint) ? hint : "",
    attempts: Number.isInteger(attempts) ? (attempts as number) : 0,
    operation: isText(operation) ? operation : "",
    ids: Array.isArray(ids) ? ids : [],
    problems: Array.isArray(problems) ? problems : [],
  });
}

const isText = (value: unknown): value is string => typeof value === "string";

/**
 * Whether a value is an error of this package; it works across realms and copies of the package.
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
    // A proxy that throws is none.
    return false;
  }
}

/** Why a request failed. */
export interface CauseInfo {
  readonly cause: unknown;
  /** The origin that it was for; `""` where it was for none. */
  readonly address: string;
}

/** The code of a failed connection, as runtimes of servers have it: `" ECONNREFUSED"`. */
function connectionCode({ cause }: CauseInfo): string {
  try {
    const { code, cause: inner } = Object(cause);
    const told = String(code ?? inner.code);
    return /^E?[A-Z_]{3,30}$/.test(told) ? ` ${told}` : "";
  } catch {
    // It is somebody's.
    return "";
  }
}

/**
 * The error that the wasm tells of: its data, and what its row of the tables says. `reasons` knows a reason by its origin, `own`
 * the texts of some codes.
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
  const said = (meaning: string) =>
    problems && data.kind === "invalid_request" ? problems : joined(joined(before + meaning, detail), where);
  return later(() => own?.[data.code] ?? textsAt(row), data, said, reason && { cause: reason.cause });
}

/** An error whose texts may not be there yet; `said` makes its message of what its row means. */
function later(
  texts: () => Partial<Texts> | undefined,
  data: Omit<ErrorData, "message" | "advice" | "hint">,
  said: (meaning: string) => string,
  cause?: Cause,
): CaseApiError {
  const { meaning = data.code, advice, hint } = texts() ?? {};
  const text = { message: said(meaning), advice: advice ?? adviceFor(data), hint: hint ?? "" };
  const error = createError({ ...data, ...text }, cause);
  if (hint === undefined) {
    incomplete.set(error, () => {
      const { meaning, advice, hint } = texts() ?? {};
      if (meaning === undefined) return;
      const message = said(meaning);
      if (error.stack) error.stack = error.stack.replace(error.message, () => message);
      Object.assign(Object.defineProperty(error, "message", { value: message }), { advice, hint });
    });
  }
  return error;
}

const joined = (meaning: string, detail: string) => (detail ? `${meaning} ${detail}` : meaning);

/** An error that this side finds, by its code in the client's own table. */
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

/** The error for a request or options that break rules, of this call. */
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

/** The error for a case that the service does not return. */
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
