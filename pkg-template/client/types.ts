// Types that the tables and the client share.

import type { CaseRecord, ErrorCode, ErrorKind, PaginationRecord } from "../generated/types.js";

/** What is wrong with one value of a request, found before anything is sent or by a gateway. */
export interface Problem {
  /** The parameter or option. */
  field: string;
  /** Which of a parameter's values, from 0. */
  index?: number;
  /** The other parameter it concerns, where the two together are wrong. */
  related?: string;
  /** The code by which the service would refuse it, or one of this package's own. */
  code: ErrorCode;
  /** What should stand there. */
  expected: string;
  /** What stands there (long text is cut). */
  value: unknown;
  /** All of it in a sentence. */
  message: string;
}

/** What is off in a record that the service sent. */
export interface Issue {
  /** The case it is about; `""` where it is about the page, or the case has no id. */
  case_id: string;
  /** Where in the document, such as `cases[3].severity`. */
  path: string;
  /** What should stand there. */
  expected: string;
  /** What stands there (long text is cut). Not there where the member is missing. */
  value?: unknown;
  /** Byte offset in the body. */
  offset: number;
}

/** One row of the error table. */
export interface ErrorRow {
  /** HTTP status as documented, or with which a gateway of this package answers; 0 for what this side finds. */
  readonly status: number;
  /** The documentation's "Message", verbatim; of this package's own rows a code of its own. */
  readonly code: ErrorCode;
  /** What a caller decides by. */
  readonly kind: ErrorKind;
  /** Whether asking again, later, can help. */
  readonly retryable: boolean;
  /** What it means. */
  readonly meaning: string;
  /** What to do, in a sentence that a portal can show. */
  readonly advice: string;
  /** What its developer can do, by the names of options and calls; `""` where the advice says it all. */
  readonly hint: string;
}

/**
 * A row of the client's own errors, which may have no texts yet.
 *
 * @internal
 */
export interface OwnErrorRow extends Pick<ErrorRow, "code" | "kind" | "retryable"> {
  readonly meaning?: string;
  readonly advice?: string;
  readonly hint?: string;
}

/** What Case Summary answers. (Case API v3, "GET Case Summary".) */
export interface CaseSummaryResult {
  /** How many records the service says it returned. */
  count: number;
  /** The cases. */
  cases: CaseRecord[];
  /** What is off in them; empty when all is as documented. */
  issues: Issue[];
}

/** A page of a list, at most 100 cases. (Case API v3, "GET Cases by Contract ID", "GET Cases by User ID".) */
export interface CasesPageData {
  /** Where the page stands in its list. */
  pagination_response_record: PaginationRecord;
  /** The cases, in the order asked for. */
  cases: CaseRecord[];
  /** What is off in them; empty when all is as documented. */
  issues: Issue[];
}
