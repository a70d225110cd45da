// What is searched for, whether that is allowed, and one page of the answer.

import {
  type CaseClient,
  type CaseRecord,
  type CasesByContractParams,
  type CasesPageData,
  checkCasesByContract,
  checkCasesByUser,
  checkCaseSummary,
  type Issue,
  LIMITS,
  type Problem,
  type StatusFlag,
  type WithResponse,
} from "cisco-support-case";
import { type Answered, answered } from "./answered.js";

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
  /** Where the answers came from of which it is made. */
  answered: (Answered | null)[];
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

/** Fetches a page. `total` is how many cases there were when last heard of; `null` if nothing has been. */
export async function fetchPage(
  client: CaseClient,
  query: Query,
  page: number,
  total: number | null,
  signal: AbortSignal,
): Promise<Shown> {
  if (query.mode === "case") return fetchSummary(client, query, signal);
  const ask: Ask = (page_index) => {
    const params = { ...listParams(query), page_index };
    const call =
      query.mode === "user"
        ? client.casesByUser({ user_ids: query.ids, ...params }, { signal })
        : client.casesByContract({ contract_ids: query.ids, ...params }, { signal });
    return call.withResponse();
  };
  return query.order === "newest" ? fetchNewest(ask, page, total) : fetchAscending(ask, page);
}

type Answer = WithResponse<CasesPageData>;
type Ask = (page_index: number) => Promise<Answer>;

async function fetchSummary(client: CaseClient, query: Query, signal: AbortSignal): Promise<Shown> {
  const { data, response } = await client.caseSummary(summaryParams(query), { signal }).withResponse();
  const { cases, issues } = data;
  const found = new Set(cases.map((one) => one.case_id));
  const missing = query.ids.filter((id) => !found.has(id));
  if (query.order === "newest") cases.reverse();
  const total = cases.length;
  return { cases, page: 1, pages: 1, total, first: 1, last: total, missing, issues, answered: [answered(response)] };
}

/** The page, or the last one of a list that has become shorter meanwhile. */
async function existing(ask: Ask, page_index: number): Promise<Answer> {
  const answer = await ask(page_index);
  const { last_index } = answer.data.pagination_response_record;
  return page_index > last_index ? ask(last_index) : answer;
}

async function fetchAscending(ask: Ask, page: number): Promise<Shown> {
  const { data, response } = await existing(ask, page);
  const { pagination_response_record: record, cases, issues } = data;
  const { page_index, last_index: pages, total_records: total } = record;
  const before = (page_index - 1) * LIMITS.pageSize;
  return {
    cases,
    page: page_index,
    pages,
    total,
    first: before + 1,
    last: before + cases.length,
    missing: [],
    issues,
    answered: [answered(response)],
  };
}

/** Pages of a list in the order newest first: the service's, but its last one is shown with the one before it. */
const newestPages = (total: number): number => Math.max(1, Math.floor(total / LIMITS.pageSize));

/**
 * The service sorts ascending only: what is newest stands on its last page, and how many there are its first page tells.
 * The last page may hold a single case, so it is shown together with the one before. It is read first: a case that
 * moves between the two requests moves to the end and is met twice, never missed.
 */
async function fetchNewest(ask: Ask, page: number, known: number | null): Promise<Shown> {
  let answer: Answer | null = null;
  if (known === null) {
    answer = await ask(1);
    known = answer.data.pagination_response_record.total_records;
    if (answer.data.pagination_response_record.last_index > 1) answer = null;
  }
  const newest: Answer[] = [];
  const index = newestPages(known) - page + 1;
  if (page === 1 && known > LIMITS.pageSize && known % LIMITS.pageSize > 0) newest.push(await ask(index + 1));
  answer ??= await existing(ask, Math.max(1, index));
  newest.push(answer);

  const { page_index, total_records: total } = answer.data.pagination_response_record;
  const cases = new Map(newest.flatMap(({ data }) => data.cases.toReversed()).map((one) => [one.case_id, one]));
  const before = (page_index - 1) * LIMITS.pageSize;
  const pages = newestPages(total);
  return {
    cases: [...cases.values()],
    page: Math.max(1, pages - page_index + 1),
    pages,
    total,
    first: Math.max(1, total - before - cases.size + 1),
    last: total - before,
    missing: [],
    issues: newest.flatMap(({ data }) => data.issues),
    answered: newest.map(({ response }) => answered(response)),
  };
}
