// A search: its parameters, their check, and the fetch of one page of results.

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
import { type CacheStatus, cacheStatusOf } from "./cache-status.js";

export type Mode = "contract" | "user" | "case";
export type Order = "newest" | "oldest" | "status";

export interface Search {
  mode: Mode;
  ids: string[];
  /** The first day, such as "2026-05-31"; "" for no bound. */
  from: string;
  to: string;
  status: StatusFlag | "";
  order: Order;
}

/** A page of results in the order of the search, which may be the reverse of the service's. */
export interface ResultPage {
  cases: CaseRecord[];
  page: number;
  pages: number;
  total: number;
  /** 1-based positions of the first and the last case of the page in the whole list. */
  first: number;
  last: number;
  /** Requested case numbers that the response does not contain. */
  missing: string[];
  issues: Issue[];
  /** The cache status of each response that the page is made of. */
  cacheStatuses: (CacheStatus | null)[];
}

function listParams(search: Search): Omit<CasesByContractParams, "contract_ids"> {
  return {
    date_created_from: search.from ? `${search.from}T00:00:00Z` : null,
    // The last second of the day, which is part of the range.
    date_created_to: search.to ? `${search.to}T23:59:59Z` : null,
    status_flag: search.status,
    sort_by: search.order === "status" ? "STATUS" : "UPDATED_DATE",
  };
}

const summaryParams = (search: Search) =>
  ({ case_ids: search.ids, sort_by: search.order === "status" ? "STATUS" : "UPDATED_DATE" }) as const;

/** Checks a search without sending a request. */
export function checkSearch(search: Search): Problem[] {
  switch (search.mode) {
    case "contract":
      return checkCasesByContract({ contract_ids: search.ids, ...listParams(search) });
    case "user":
      return checkCasesByUser({ user_ids: search.ids, ...listParams(search) });
    case "case":
      return checkCaseSummary(summaryParams(search));
  }
}

/** Fetches a page. `total` is the last known number of cases, or `null`. */
export async function fetchPage(
  client: CaseClient,
  search: Search,
  page: number,
  total: number | null,
  signal: AbortSignal,
): Promise<ResultPage> {
  if (search.mode === "case") return fetchSummary(client, search, signal);
  const fetchIndex: FetchIndex = (page_index) => {
    const params = { ...listParams(search), page_index };
    const call =
      search.mode === "user"
        ? client.casesByUser({ user_ids: search.ids, ...params }, { signal })
        : client.casesByContract({ contract_ids: search.ids, ...params }, { signal });
    return call.withResponse();
  };
  return search.order === "newest" ? fetchNewest(fetchIndex, page, total) : fetchAscending(fetchIndex, page);
}

type PageResponse = WithResponse<CasesPageData>;
type FetchIndex = (page_index: number) => Promise<PageResponse>;

async function fetchSummary(client: CaseClient, search: Search, signal: AbortSignal): Promise<ResultPage> {
  const { data, response } = await client.caseSummary(summaryParams(search), { signal }).withResponse();
  const { cases, issues } = data;
  const found = new Set(cases.map((one) => one.case_id));
  const missing = search.ids.filter((id) => !found.has(id));
  if (search.order === "newest") cases.reverse();
  const total = cases.length;
  return {
    cases,
    page: 1,
    pages: 1,
    total,
    first: 1,
    last: total,
    missing,
    issues,
    cacheStatuses: [cacheStatusOf(response)],
  };
}

/** Fetches a page, or the last page if the list has become shorter. */
async function fetchExisting(fetchIndex: FetchIndex, page_index: number): Promise<PageResponse> {
  const answer = await fetchIndex(page_index);
  const { last_index } = answer.data.pagination_response_record;
  return page_index > last_index ? fetchIndex(last_index) : answer;
}

async function fetchAscending(fetchIndex: FetchIndex, page: number): Promise<ResultPage> {
  const { data, response } = await fetchExisting(fetchIndex, page);
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
    cacheStatuses: [cacheStatusOf(response)],
  };
}

/** The number of pages, newest first: the service's last two pages are shown as one. */
const newestPages = (total: number): number => Math.max(1, Math.floor(total / LIMITS.pageSize));

/**
 * Fetches a page in the order newest first.
 *
 * The service sorts in ascending order only: the newest cases are on its last page, and the first page contains the total.
 * The last page may contain a single case, so it is shown together with the page before it. It is fetched first: a case
 * that is updated between the two requests moves to the end, so it is received twice and never missed.
 */
async function fetchNewest(fetchIndex: FetchIndex, page: number, known: number | null): Promise<ResultPage> {
  let answer: PageResponse | null = null;
  if (known === null) {
    answer = await fetchIndex(1);
    known = answer.data.pagination_response_record.total_records;
    if (answer.data.pagination_response_record.last_index > 1) answer = null;
  }
  const newest: PageResponse[] = [];
  const index = newestPages(known) - page + 1;
  if (page === 1 && known > LIMITS.pageSize && known % LIMITS.pageSize > 0) newest.push(await fetchIndex(index + 1));
  answer ??= await fetchExisting(fetchIndex, Math.max(1, index));
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
    cacheStatuses: newest.map(({ response }) => cacheStatusOf(response)),
  };
}
