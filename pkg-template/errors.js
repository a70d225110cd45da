// The error classes. The wasm says what went wrong as plain data; here it becomes an instance of the class for its
// kind, with the caller's stack.

import { CLIENT_ERRORS, ERROR_TABLE, GATEWAY_ERRORS } from "./tables.js";

/** The rows by the numbers under which the wasm knows them. */
const ROWS = [...ERROR_TABLE, ...CLIENT_ERRORS, ...GATEWAY_ERRORS];

const BRAND = Symbol.for("cisco-support-case.CaseApiError");

export class CaseApiError extends Error {
  constructor(data) {
    super(data.message, data.hasCause ? { cause: data.cause } : undefined);
    this.kind = data.kind;
    this.code = data.code;
    this.advice = data.advice;
    this.retryable = data.retryable;
    this.source = data.source;
    this.status = data.status ?? null;
    this.retryAfterMs = data.retryAfterMs ?? null;
    this.messageId = data.messageId ?? null;
    this.requestId = data.requestId ?? null;
    this.attempts = data.attempts;
    this.waitedMs = data.waitedMs ?? 0;
    this.operation = data.operation;
    this.ids = data.ids;
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** The error as plain data, for a log or another thread. The cause stays behind: nobody knows what it holds. */
  toJSON() {
    const { cause, ...rest } = this;
    return { name: this.name, message: this.message, ...rest };
  }
}

// Names are written out: a bundler that renames classes must not rename errors.
CaseApiError.prototype.name = "CaseApiError";

export class InvalidRequestError extends CaseApiError {
  constructor(data) {
    super(data);
    this.problems = data.problems;
  }
}
export class AuthenticationError extends CaseApiError {}
export class PermissionError extends CaseApiError {}
export class NotFoundError extends CaseApiError {}
export class RateLimitedError extends CaseApiError {}
export class QuotaError extends CaseApiError {
  constructor(data) {
    super(data);
    this.renewsAt = data.renewsAt ?? null;
  }
}
export class UnavailableError extends CaseApiError {}
export class TimeoutError extends CaseApiError {}
export class AbortedError extends CaseApiError {}
export class NetworkError extends CaseApiError {}
export class DecodeError extends CaseApiError {
  constructor(data) {
    super(data);
    this.path = data.path ?? "";
    this.offset = data.offset ?? null;
  }
}
export class InternalError extends CaseApiError {}

const CLASSES = {
  invalid_request: InvalidRequestError,
  authentication: AuthenticationError,
  permission: PermissionError,
  not_found: NotFoundError,
  rate_limited: RateLimitedError,
  quota: QuotaError,
  unavailable: UnavailableError,
  timeout: TimeoutError,
  aborted: AbortedError,
  network: NetworkError,
  decode: DecodeError,
  internal: InternalError,
};

const NAMES = {
  invalid_request: "InvalidRequestError",
  authentication: "AuthenticationError",
  permission: "PermissionError",
  not_found: "NotFoundError",
  rate_limited: "RateLimitedError",
  quota: "QuotaError",
  unavailable: "UnavailableError",
  timeout: "TimeoutError",
  // What code that knows nothing of this package looks for.
  aborted: "AbortError",
  network: "NetworkError",
  decode: "DecodeError",
  internal: "InternalError",
};
for (const [kind, one] of Object.entries(CLASSES)) one.prototype.name = NAMES[kind];

/** The error that `toJSON()` told of: on the other side of a worker's message, or out of a log. */
export function errorFromJSON(value) {
  const data = isCaseApiError(value) ? value.toJSON() : typeof value === "string" ? parsed(value) : value;
  const isError = typeof data === "object" && data !== null && Object.hasOwn(CLASSES, data.kind);
  if (!isError || ["message", "code"].some((name) => typeof data[name] !== "string")) {
    throw ownError("INVALID_PARAMETER", "Expected what toJSON() of an error of this package gives, or its JSON text.");
  }
  const { attempts, operation, ids, problems } = data;
  return new CLASSES[data.kind]({
    ...data,
    attempts: Number.isInteger(attempts) ? attempts : 0,
    operation: typeof operation === "string" ? operation : "",
    ids: Array.isArray(ids) ? ids : [],
    problems: Array.isArray(problems) ? problems : [],
    hasCause: false,
  });
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether a value is an error of this package, of this realm's copy or of another's. */
export function isCaseApiError(value) {
  try {
    return typeof value === "object" && value !== null && value[BRAND] === true;
  } catch {
    // A proxy that throws is none.
    return false;
  }
}

/** The error for what the wasm threw or rejected with; anything else is a defect of this package. */
export function toError(thrown) {
  if (isCaseApiError(thrown)) return thrown;
  if (Array.isArray(thrown) && thrown.length === 2) return fromWasm(JSON.parse(thrown[0]), thrown[1]);
  return ownError("PANIC", thrown instanceof Error ? thrown.message : String(thrown), { cause: thrown });
}

/** The error that the wasm tells of: its data, and what its row of the tables says. */
function fromWasm(data, cause) {
  const row = ROWS[data.row];
  const problems = data.problems.map(({ message }) => message).join("; ");
  const told = problems ? `Invalid request: ${problems}` : worded(data.before + row.meaning, data.detail);
  return new CLASSES[data.kind]({ ...data, message: told, advice: row.advice, cause });
}

const worded = (meaning, detail) => (detail ? `${meaning} ${detail}` : meaning);

/** The rows of these numbers, as anybody's to keep. */
export const rowsOf = (numbers) => Array.from(numbers, (number) => ({ ...ROWS[number] }));

/** An error that this side finds, by its code in the client's own table. */
export function ownError(code, detail = "", { cause, problems = [] } = {}) {
  const row = CLIENT_ERRORS.find((row) => row.code === code);
  return new CLASSES[row.kind]({
    ...row,
    message: worded(row.meaning, detail),
    source: "client",
    status: null,
    attempts: 0,
    operation: "",
    ids: [],
    problems,
    hasCause: cause !== undefined,
    cause,
  });
}

/** The error for a case that the service does not return. */
export function notFound(id) {
  const row = ERROR_TABLE.find((row) => row.code === "CASE_NOTFOUND");
  const more = { source: "service", status: null, attempts: 0, operation: "caseSummary", ids: [id], problems: [] };
  return new CLASSES.not_found({ ...row, ...more, message: worded(row.meaning, `(${id})`), hasCause: false });
}

export { ERROR_TABLE };
