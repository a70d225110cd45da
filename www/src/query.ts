// What is searched for, whether that is allowed, and one page of the answer.

import {
  type CaseClient,
  type CaseRecord,
  type CasesByContractParams,
  type CasesPage,
  checkCasesByContract,
  checkCasesByUser,
  checkCaseSummary,
  type Issue,
  LIMITS,
  type Problem,
  type StatusFlag,
} from "cisco-support-case";

export type Mode = "contract" | "user" | "case";
export type Order = "newest" | "oldest" | "status";

export interface Query {
  mode: Mode;
  ids: string[];
  /** Days, such as "2026-05-31"; "" for none. */
  from: string;
  to: string;
  status: StatusFlag | "";
  order: Order;
}

/** A page as it is shown: in the order that was asked for, which may be the reverse of the service's. */
export interface Shown {
  cases: CaseRecord[];
  page: number;
  pages: number;
  total: number;
  /** Place of the first and the last case of the page in the whole list, from 1. */
  first: number;
  last: number;
  /** Case numbers that were asked for and did not come back. */
  missing: string[];
  issues: Issue[];
}

function listParams(query: Query): Omit<CasesByContractParams, "contract_ids"> {
  return {
    date_created_from: query.from ? `${query.from}T00:00:00Z` : null,
    // The last second: the day that is named belongs to it.
    date_created_to: query.to ? `${query.to}T23:59:59Z` : null,
    status_flag: query.status,
    sort_by: query.order === "status" ? "STATUS" : "UPDATED_DATE",
  };
}

const summaryParams = (query: Query) =>
  ({ case_ids: query.ids, sort_by: query.order === "status" ? "STATUS" : "UPDATED_DATE" }) as const;

/** What is wrong with it, before anything is sent. */
export function problemsOf(query: Query): Problem[] {
  switch (query.mode) {
    case "contract":
      return checkCasesByContract({ contract_ids: query.ids, ...listParams(query) });
    case "user":
      return checkCasesByUser({ user_ids: query.ids, ...listParams(query) });
    case "case":
      return checkCaseSummary(summaryParams(query));
  }
}

/** Fetches a page. `pages` is how many there were when last heard of, 0 if nothing has been. */
export async function fetchPage(
  client: CaseClient,
  query: Query,
  page: number,
  pages: number,
  signal: AbortSignal,
): Promise<Shown> {
  const newest = query.order === "newest";
  if (query.mode === "case") {
    const { cases, issues } = await client.caseSummary(summaryParams(query), { signal });
    const found = new Set(cases.map((one) => one.case_id));
    const missing = query.ids.filter((id) => !found.has(id));
    if (newest) cases.reverse();
    return { cases, page: 1, pages: 1, total: cases.length, first: 1, last: cases.length, missing, issues };
  }

  const ask = (page_index: number): PromiseLike<CasesPage> => {
    const params = { ...listParams(query), page_index };
    return query.mode === "user"
      ? client.casesByUser({ user_ids: query.ids, ...params }, { signal })
      : client.casesByContract({ contract_ids: query.ids, ...params }, { signal });
  };
  // The service sorts ascending only: what is newest stands on its last page, and which that is its first page tells.
  let answer = await ask(newest && pages > 0 ? Math.max(1, pages - page + 1) : newest ? 1 : page);
  const { page_index, last_index } = answer.pagination_response_record;
  // A first look in the order newest first, or a list that has become shorter meanwhile.
  if ((newest && pages === 0 && last_index > 1) || page_index > last_index) answer = await ask(last_index);
  return shown(answer, newest);
}

function shown({ pagination_response_record: record, cases, issues }: CasesPage, newest: boolean): Shown {
  const { page_index, last_index: pages, total_records: total } = record;
  const before = (page_index - 1) * LIMITS.pageSize;
  const through = before + cases.length;
  const places = newest ? { first: total - through + 1, last: total - before } : { first: before + 1, last: through };
  return {
    cases: newest ? cases.toReversed() : cases,
    page: newest ? pages - page_index + 1 : page_index,
    pages,
    total,
    ...places,
    missing: [],
    issues,
  };
}
