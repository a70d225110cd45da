// Types shared by the generated tables and the client.

import type { CaseRecord, ErrorCode, ErrorKind, PaginationRecord } from "../generated/types.js";

/** A problem with one value of a request, found before the request is sent, or by a gateway. */
export interface Problem {
  /** The name of the parameter or option. */
  field: string;
  /** The index of the value within the parameter's list, from 0. */
  index?: number;
  /** The other parameter involved, if only their combination is invalid. */
  related?: string;
  /** The code with which the service rejects such a request, or a code of this package. */
  code: ErrorCode;
  /** The expected value, in words. */
  expected: string;
  /** The given value (long text is truncated). */
  value: unknown;
  /** The problem as a sentence. */
  message: string;
}

/** A deviation of a record from the documentation of the service. */
export interface Issue {
  /** The id of the case; `""` for an issue of the page, or of a case without an id. */
  case_id: string;
  /** The path in the document, such as `cases[3].severity`. */
  path: string;
  /** The documented value, in words. */
  expected: string;
  /** The received value (long text is truncated); absent if the member is missing. */
  value?: unknown;
  /** The byte offset in the body. */
  offset: number;
}

/** A row of the error table. */
export interface ErrorRow {
  /** The HTTP status, as documented or as a gateway of this package sends it; 0 for errors of the client. */
  readonly status: number;
  /** The documentation's "Message", verbatim; a code of this package for its own errors. */
  readonly code: ErrorCode;
  /** The kind of the error, for decisions in code. */
  readonly kind: ErrorKind;
  /** Whether a later retry can succeed. */
  readonly retryable: boolean;
  /** The meaning, as a sentence. */
  readonly meaning: string;
  /** The remedy for users, as a sentence that a portal can show. */
  readonly advice: string;
  /** The remedy for developers, with names of options and calls; `""` if the advice is sufficient. */
  readonly hint: string;
}

/**
 * A row of the client's own errors. Its texts may be loaded later.
 *
 * @internal
 */
export interface OwnErrorRow extends Pick<ErrorRow, "code" | "kind" | "retryable"> {
  readonly meaning?: string;
  readonly advice?: string;
  readonly hint?: string;
}

/** The result of `caseSummary`. (Case API v3, "GET Case Summary".) */
export interface CaseSummaryResult {
  /** The number of returned records, as the service states it. */
  count: number;
  /** The summaries of the cases. */
  cases: CaseRecord[];
  /** Deviations of the records from the documentation; empty without any. */
  issues: Issue[];
}

/** A page of a list, at most 100 cases. (Case API v3, "GET Cases by Contract ID", "GET Cases by User ID".) */
export interface CasesPageData {
  /** The position of the page in its list, and the size of the list. */
  pagination_response_record: PaginationRecord;
  /** The cases, in the requested order. */
  cases: CaseRecord[];
  /** Deviations of the records from the documentation; empty without any. */
  issues: Issue[];
}
