// The public face of the client.

import { DECODE_TEXTS, LIMITS } from "../generated/tables.js";
import { DOCUMENT_DETAILS, DOCUMENT_PAGE, DOCUMENT_SUMMARY } from "../generated/boundary.js";
import type { CaseDetail, CaseRecord, PaginationRecord } from "../generated/types.js";
import type { RawClient } from "../wasm/client.js";
import { truncated, withMessages } from "./check-options.js";
import { problemsOf } from "./client.js";
import { errorFromWasm } from "./errors.js";
import { explainRows, rowsOf } from "./explain-error.js";
import {
  bodyBytes,
  readClientOptions,
  isStrict,
  toJson,
  lengthOf,
  MAX_BULK_IDS,
  pagePosition,
  guardRead,
  requireString,
} from "./input.js";
import * as pure from "./pure-functions.js";
import { bulkNow, callWasm, generation } from "./wasm-instance.js";
import { materialize, type Document, writeBody } from "./materialize.js";
import type { CasesPageData, CaseSummaryResult, ErrorRow, Problem } from "./types.js";

export { ERROR_TABLE } from "../generated/error-table.js";
export { CASE_STATUSES, LIMITS } from "../generated/tables.js";
export type * from "../generated/types.js";
export type * from "./bulk-options.js";
export type { CaseCall, CasesCall, CasesPage, WithResponse } from "./case-call.js";
export { CaseClient } from "./client.js";
export {
  AbortedError,
  AuthenticationError,
  CaseApiError,
  DecodeError,
  type ErrorClass,
  type ErrorFields,
  errorFromJSON,
  InternalError,
  InvalidRequestError,
  isCaseApiError,
  NetworkError,
  NotFoundError,
  PermissionError,
  QuotaError,
  RateLimitedError,
  TimeoutError,
  UnavailableError,
} from "./errors.js";
export { ready, reset } from "./wasm-instance.js";
export type * from "./options.js";
export type { CasesPageData, CaseSummaryResult, ErrorRow, Issue, Problem } from "./types.js";

function problems(endpoint: string, params: unknown): Problem[] {
  const given = toJson(params);
  return withMessages(JSON.parse(callWasm((wasm) => wasm.check(`${endpoint}\n${given}`))) as Problem[]);
}

/** Returns the problems of parameters of `caseSummary`, an empty array if there are none. Sends nothing. */
export function checkCaseSummary(params: unknown): Problem[] {
  return problems("caseSummary", params);
}

/** Returns the problems of parameters of `caseDetails`, an empty array if there are none. Sends nothing. */
export function checkCaseDetails(params: unknown): Problem[] {
  return problems("caseDetails", params);
}

/** Returns the problems of parameters of `casesByContract`, an empty array if there are none. Sends nothing. */
export function checkCasesByContract(params: unknown): Problem[] {
  return problems("casesByContract", params);
}

/** Returns the problems of parameters of `casesByUser`, an empty array if there are none. Sends nothing. */
export function checkCasesByUser(params: unknown): Problem[] {
  return problems("casesByUser", params);
}

/**
 * Returns the problems of parameters of `allCases`, an empty array if there are none. Sends nothing. In a browser it needs
 * the module of bulk calls: call it after the first bulk call, or after `import "cisco-support-case/bulk"` and `ready()`.
 */
export function checkAllCases(params: unknown): Problem[] {
  return truncated(bulkNow().check("allCases", toJson(params, MAX_BULK_IDS)));
}

/** Returns the problems of options of a client, an empty array if there are none. */
export function checkClientOptions(options: unknown): Problem[] {
  return truncated(problemsOf(readClientOptions(options)));
}

/**
 * Returns the rows of the error table for a code in any spelling. With a status, rows of that status only, if there are any.
 * For an unknown code, an empty array.
 *
 * @example
 * ```ts
 * explainError("ERR_403_DEVELOPER_OVER_QPS")[0]?.advice; // "Wait a moment and try again."
 * ```
 */
export function explainError(code: string, status?: number): ErrorRow[] {
  const number = Number.isInteger(status) ? (status as number) : 0;
  return rowsOf(explainRows(requireString(code, "code"), number));
}

/** Whether a case is open: by `status_flag`, or by `status` for case details, which have no flag. */
export function isOpen(record: Pick<CaseRecord, "status"> & Partial<Pick<CaseRecord, "status_flag">>): boolean {
  const { status, status_flag = "" } = guardRead(() => ({ status: record.status, status_flag: record.status_flag }));
  requireString(status_flag || status, "status");
  return pure.isOpen({ status, status_flag });
}

/** Options of the decoders. */
export interface DecodeOptions {
  /**
   * The handling of records that break a documented rule: `"report"` (the default) lists the deviations in `issues`,
   * `"strict"` throws a {@link DecodeError} that names case, field, expectation and offset.
   */
  validation?: "report" | "strict" | undefined;
}

/** The client instance used for decoding, with the generation of its module. */
let decoder: { of: number; raw: RawClient } | undefined;

function decode(document: number, body: unknown, options: unknown): Document {
  const given = bodyBytes(body);
  const strict = options !== undefined && isStrict(options);
  return callWasm((wasm) => {
    if (decoder?.of !== generation) decoder = { of: generation, raw: new wasm.RawClient("\n{}", 0, 0) };
    const { raw } = decoder;
    const length = Math.min(lengthOf(given), LIMITS.bodyBytes + 1);
    const address = raw.alloc(length);
    // A body that is too large is not copied; the decoder rejects it by its length.
    if (length <= LIMITS.bodyBytes) writeBody(address, given);
    if (!raw.decode(document, strict)) throw errorFromWasm(raw.takeText(), undefined, DECODE_TEXTS);
    return materialize(document, raw.header(), raw);
  });
}

/** Decodes the body of a Case Summary response. Throws a {@link DecodeError}. */
export function decodeCaseSummary(body: ArrayBufferLike | ArrayBufferView, options?: DecodeOptions): CaseSummaryResult {
  return decode(DOCUMENT_SUMMARY, body, options) as CaseSummaryResult;
}
/** Decodes the body of a Case Details response. Throws a {@link DecodeError}. */
export function decodeCaseDetails(body: ArrayBufferLike | ArrayBufferView, options?: DecodeOptions): CaseDetail {
  return decode(DOCUMENT_DETAILS, body, options) as CaseDetail;
}
/** Decodes the body of a Cases by Contract ID or Cases by User ID response. Throws a {@link DecodeError}. */
export function decodeCasesPage(body: ArrayBufferLike | ArrayBufferView, options?: DecodeOptions): CasesPageData {
  return decode(DOCUMENT_PAGE, body, options) as CasesPageData;
}

/**
 * Returns a deep copy that shares no memory with its page. The strings of a page are slices of one text (about 16 KB for 100
 * cases), which some engines retain as long as any slice is reachable: detach records that outlive their page. Values that
 * JSON does not support, such as the methods of a page, are omitted.
 */
export function detach<T>(value: T): T {
  // Strings from a separate JSON.parse are independent in every engine.
  const text = guardRead(() => JSON.stringify(value)) as string | undefined;
  return (text === undefined ? undefined : JSON.parse(text)) as T;
}

/** Whether there is a next page. */
export function hasNextPage(record: Pick<PaginationRecord, "page_index" | "last_index">): boolean {
  return nextPageIndex(record) !== null;
}
/** Returns the index of the next page, or `null` on the last page. */
export function nextPageIndex(record: Pick<PaginationRecord, "page_index" | "last_index">): number | null {
  return pure.nextPageIndex(...pagePosition(record));
}
/** Whether there is a previous page. */
export function hasPreviousPage(record: Pick<PaginationRecord, "page_index" | "last_index">): boolean {
  return previousPageIndex(record) !== null;
}
/** Returns the index of the previous page, or `null` on the first page. */
export function previousPageIndex(record: Pick<PaginationRecord, "page_index" | "last_index">): number | null {
  return pure.previousPageIndex(...pagePosition(record));
}

/**
 * Parses pasted ids: splits at white space, commas and semicolons, and drops repeats. The order is preserved.
 *
 * @example
 * ```ts
 * parseIds("612345678, 612345679;\n612345678"); // ["612345678", "612345679"]
 * ```
 */
export function parseIds(given: string): string[] {
  return pure.parseIds(requireString(given, "text"));
}
