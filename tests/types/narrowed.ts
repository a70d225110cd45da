// Inferred types: errors by kind and class, calls by their use, items by the read properties.

import {
  type AbortedError,
  type AuthenticationError,
  type Budget,
  type BulkFailure,
  type CaseApiError,
  type CaseCall,
  type CaseChange,
  type CaseClient,
  type CaseDetail,
  type CaseNote,
  type CaseRecord,
  type CaseStatus,
  type CaseSummaryResult,
  type CasesCall,
  type CasesPageData,
  DecodeError,
  type ErrorCode,
  type ErrorKind,
  type Estimate,
  InternalError,
  InvalidRequestError,
  type CasesPage,
  type NetworkError,
  type NotFoundError,
  type PermissionError,
  type Problem,
  QuotaError,
  RateLimitedError,
  type RequestOptions,
  type Severity,
  type SortBy,
  type StatusFlag,
  type TimeoutError,
  type UnavailableError,
  type WithResponse,
  decodeCaseDetails,
  type decodeCaseSummary,
  type decodeCasesPage,
  detach,
  isCaseApiError,
  isOpen,
} from "cisco-support-case";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_equal: Equal<A, B>): void {}

/** Every kind narrows to its class and its specific fields; the rest is `never`. */
export function byKind(error: CaseApiError): unknown {
  switch (error.kind) {
    case "invalid_request":
      same<typeof error, InvalidRequestError>(true);
      same<typeof error.problems, readonly Problem[]>(true);
      return error.problems;
    case "authentication":
      return same<typeof error, AuthenticationError>(true);
    case "permission":
      return same<typeof error, PermissionError>(true);
    case "not_found":
      return same<typeof error, NotFoundError>(true);
    case "rate_limited":
      same<typeof error, RateLimitedError>(true);
      same<typeof error.retryAfterMs, number | null>(true);
      return error.retryAfterMs;
    case "quota":
      same<typeof error, QuotaError>(true);
      same<typeof error.renewsAt, string | null>(true);
      return error.renewsAt;
    case "unavailable":
      return same<typeof error, UnavailableError>(true);
    case "timeout":
      return same<typeof error, TimeoutError>(true);
    case "aborted":
      same<typeof error, AbortedError>(true);
      same<typeof error.name, "AbortError">(true);
      return error.cause;
    case "network":
      return same<typeof error, NetworkError>(true);
    case "decode":
      same<typeof error, DecodeError>(true);
      same<typeof error.offset, number | null>(true);
      return error.path;
    case "internal":
      return same<typeof error, InternalError>(true);
    default:
      same<typeof error, never>(true);
      return error satisfies never;
  }
}

/** Kinds and classes are the same twelve. */
same<CaseApiError["kind"], ErrorKind>(true);
same<Extract<CaseApiError, { kind: "quota" }>, QuotaError>(true);

/** Narrowing in a `catch`, by the guard or by a class. */
export function caught(thrown: unknown): unknown {
  if (thrown instanceof QuotaError) return thrown.renewsAt;
  if (thrown instanceof DecodeError) return thrown.path;
  if (thrown instanceof InvalidRequestError) return thrown.problems[0]?.code satisfies ErrorCode | undefined;
  if (thrown instanceof RateLimitedError || thrown instanceof InternalError) return thrown.advice satisfies string;
  if (!isCaseApiError(thrown)) return same<typeof thrown, unknown>(true);
  same<typeof thrown, CaseApiError>(true);
  if (thrown.kind === "quota" || thrown.kind === "aborted") same<typeof thrown, QuotaError | AbortedError>(true);
  // A known code completes in an editor; an unknown code is a string.
  const known: ErrorCode = "CASE_NOTFOUND";
  const unknown: ErrorCode = "A_CODE_OF_TOMORROW";
  return thrown.code === known || thrown.code === unknown;
}

/** The type of a call differs between awaiting and iterating it. */
export async function byUse(client: CaseClient): Promise<void> {
  const list = client.casesByContract({ contract_ids: ["1"] });
  same<typeof list, CasesCall>(true);
  const page = await list;
  same<typeof page, CasesPage>(true);
  same<ReturnType<typeof page.nextPage>, CasesCall | null>(true);
  for await (const one of list) same<typeof one, CaseRecord>(true);
  for await (const part of list.pages()) same<typeof part, CasesPageData>(true);
  same<Awaited<ReturnType<typeof list.toArray>>, CaseRecord[]>(true);
  same<Awaited<ReturnType<typeof list.withResponse>>, WithResponse<CasesPage>>(true);

  const summary = client.caseSummary({ case_ids: ["1"] });
  same<typeof summary, CaseCall<CaseSummaryResult>>(true);
  const { data, response } = await summary.withResponse();
  same<typeof data, CaseSummaryResult>(true);
  same<typeof response, Response>(true);
  const detail = await client.caseDetails({ case_id: "1" });
  same<typeof detail, CaseDetail>(true);
  same<typeof detail.notes, CaseNote[]>(true);
  const both = await Promise.all([summary, client.casesByUser({ user_ids: ["u"] })]);
  same<typeof both, [CaseSummaryResult, CasesPage]>(true);

  // With `noUncheckedIndexedAccess`; `indexed.ts` covers projects without it.
  same<(typeof page.cases)[number]["severity"], Severity | null>(true);
  const first = page.cases[0]?.severity;
  same<typeof first, Severity | null | undefined>(true);
  if (first) same<typeof first, 1 | 2 | 3 | 4>(true);
}

export async function inBulk(client: CaseClient): Promise<void> {
  const allCases = client.allCases({ user_ids: ["u"] });
  for await (const one of allCases) same<typeof one, CaseRecord>(true);
  for await (const { cases } of allCases.pages()) same<typeof cases, CaseRecord[]>(true);
  same<typeof allCases.failures, BulkFailure[]>(true);
  for await (const change of client.changes({ contract_ids: ["1"] }, "cursor")) {
    same<typeof change, CaseChange>(true);
    if (change.type === "gone") same<typeof change.case, null>(true);
    else same<typeof change.case, CaseRecord>(true);
    if (change.type === "left") same<typeof change.case, CaseRecord>(true);
    if (change.case === null) same<typeof change.type, "gone">(true);
  }
  for await (const one of client.allDetails(["1"])) same<typeof one, CaseDetail>(true);
  same<Awaited<ReturnType<CaseClient["estimate"]>>, Estimate>(true);
  same<ReturnType<CaseClient["budget"]>, Budget>(true);
}

/** Record fields have the literal types of the service. */
export function records(one: CaseRecord, detail: CaseDetail, bytes: Uint8Array): boolean {
  same<typeof one.severity, Severity | null>(true);
  same<typeof one.status_flag, StatusFlag | "">(true);
  same<typeof one.status, CaseStatus>(true);
  same<typeof one.updated_date, string | null>(true);
  same<typeof detail.close_date, string | null>(true);
  same<typeof one.item_entry_id, number | null>(true);
  same<typeof one.rmas, string[]>(true);
  same<typeof one.extra, Readonly<Record<string, unknown>>>(true);
  same<SortBy, "UPDATED_DATE" | "STATUS">(true);
  const copy = detach(one);
  same<typeof copy, CaseRecord>(true);
  same<ReturnType<typeof decodeCaseSummary>, CaseSummaryResult>(true);
  same<ReturnType<typeof decodeCasesPage>, CasesPageData>(true);
  decodeCaseDetails(bytes.buffer);
  decodeCaseDetails(new DataView(bytes.buffer), { validation: "strict" });
  return isOpen(one) || isOpen(detail) || isOpen({ status: "Closed" }) || isOpen({ status: "", status_flag: "O" });
}

/** Parameters stored in variables are accepted without casts. */
export function throughVariables(client: CaseClient, flag: StatusFlag | "", ids: readonly string[]): CasesCall {
  const options: RequestOptions = { signal: AbortSignal.timeout(1000), maxRetries: 0 };
  const params = { contract_ids: ids, status_flag: flag, sort_by: null, date_created_from: undefined } as const;
  return client.casesByContract(params, { ...options, order: "oldest" });
}
