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

/** The problems of `caseSummary`'s parameters; empty when they are valid. Nothing is sent. */
export function checkCaseSummary(params: unknown): Problem[] {
  return problems("caseSummary", params);
}

/** The problems of `caseDetails`' parameters; empty when they are valid. Nothing is sent. */
export function checkCaseDetails(params: unknown): Problem[] {
  return problems("caseDetails", params);
}

/** The problems of `casesByContract`'s parameters; empty when they are valid. Nothing is sent. */
export function checkCasesByContract(params: unknown): Problem[] {
  return problems("casesByContract", params);
}

/** The problems of `casesByUser`'s parameters; empty when they are valid. Nothing is sent. */
export function checkCasesByUser(params: unknown): Problem[] {
  return problems("casesByUser", params);
}

/**
 * The problems of `allCases`' parameters, any number of ids; empty when they are valid. Nothing is sent. In a browser it
 * needs the module of bulk calls: after the first of them, or `import "cisco-support-case/bulk"` and `ready()`.
 */
export function checkAllCases(params: unknown): Problem[] {
  return truncated(bulkNow().check("allCases", toJson(params, MAX_BULK_IDS)));
}

/** The problems of a client's options; empty when they are valid. */
export function checkClientOptions(options: unknown): Problem[] {
  return truncated(problemsOf(readClientOptions(options)));
}

/**
 * The rows of the error table for a code, however a gateway spells it; with a status, only those where there are any. An
 * unknown code has none.
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

/** Whether a case is open: by its flag, and where it has none (details), by its status. */
export function isOpen(record: Pick<CaseRecord, "status"> & Partial<Pick<CaseRecord, "status_flag">>): boolean {
  const { status, status_flag = "" } = guardRead(() => ({ status: record.status, status_flag: record.status_flag }));
  requireString(status_flag || status, "status");
  return pure.isOpen({ status, status_flag });
}

/** How a body is decoded. */
export interface DecodeOptions {
  /**
   * What to do with a record that breaks a documented rule: `"report"` (the default) gives the records with a list of
   * what is off in `issues`, `"strict"` throws a {@link DecodeError} that names case, field, expectation and offset.
   */
  validation?: "report" | "strict" | undefined;
}

/** A client that only decodes, of the generation of the module that it was made in. */
let decoder: { of: number; raw: RawClient } | undefined;

function decode(document: number, body: unknown, options: unknown): Document {
  const given = bodyBytes(body);
  const strict = options !== undefined && isStrict(options);
  return callWasm((wasm) => {
    if (decoder?.of !== generation) decoder = { of: generation, raw: new wasm.RawClient("\n{}", 0, 0) };
    const { raw } = decoder;
    const length = Math.min(lengthOf(given), LIMITS.bodyBytes + 1);
    const address = raw.alloc(length);
    // For what is too large there is no address, and only its length counts.
    if (length <= LIMITS.bodyBytes) writeBody(address, given);
    if (!raw.decode(document, strict)) throw errorFromWasm(raw.takeText(), undefined, DECODE_TEXTS);
    return materialize(document, raw.header(), raw);
  });
}

/** Reads the body of a Case Summary. Throws a {@link DecodeError}. */
export function decodeCaseSummary(body: ArrayBufferLike | ArrayBufferView, options?: DecodeOptions): CaseSummaryResult {
  return decode(DOCUMENT_SUMMARY, body, options) as CaseSummaryResult;
}
/** Reads the body of Case Details. Throws a {@link DecodeError}. */
export function decodeCaseDetails(body: ArrayBufferLike | ArrayBufferView, options?: DecodeOptions): CaseDetail {
  return decode(DOCUMENT_DETAILS, body, options) as CaseDetail;
}
/** Reads the body of a page of Cases by Contract ID or Cases by User ID. Throws a {@link DecodeError}. */
export function decodeCasesPage(body: ArrayBufferLike | ArrayBufferView, options?: DecodeOptions): CasesPageData {
  return decode(DOCUMENT_PAGE, body, options) as CasesPageData;
}

/**
 * A copy of a record, a list or a text that stands on its own. The strings of a page are cut from one text, so that in
 * some engines a string that is kept keeps that text (some 16 KB for 100 cases) in memory: detach what is kept for long
 * when the rest of its page is let go. What JSON does not have, such as a page's methods, is left out.
 */
export function detach<T>(value: T): T {
  // Whatever way an engine keeps a text that was cut out of another, one that was parsed on its own is on its own.
  return value === undefined ? value : (JSON.parse(guardRead(() => JSON.stringify(value))) as T);
}

/** Whether a page follows. */
export function hasNextPage(record: Pick<PaginationRecord, "page_index" | "last_index">): boolean {
  return nextPageIndex(record) !== null;
}
/** Index of the page that follows; `null` at the end. */
export function nextPageIndex(record: Pick<PaginationRecord, "page_index" | "last_index">): number | null {
  return pure.nextPageIndex(...pagePosition(record));
}
/** Whether a page comes before. */
export function hasPreviousPage(record: Pick<PaginationRecord, "page_index" | "last_index">): boolean {
  return previousPageIndex(record) !== null;
}
/** Index of the page before; `null` at the beginning. */
export function previousPageIndex(record: Pick<PaginationRecord, "page_index" | "last_index">): number | null {
  return pure.previousPageIndex(...pagePosition(record));
}

/**
 * Ids out of what people paste: split at white space, commas and semicolons, repeats dropped, order kept.
 *
 * @example
 * ```ts
 * parseIds("612345678, 612345679;\n612345678"); // ["612345678", "612345679"]
 * ```
 */
export function parseIds(given: string): string[] {
  return pure.parseIds(requireString(given, "text"));
}
