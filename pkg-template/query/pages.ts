// Pages of an infinite query: the order in which a list is read, and how its pages are merged.

import { clientError } from "../client/errors.js";
import type { CasesPageData } from "../client/types.js";
import type { CaseRecord, PaginationRecord } from "../generated/types.js";

/** Page parameter of an infinite query. It is JSON; only the options create it. */
export interface CasesPageParam {
  /** Page index from 1, or `null` for the end of the list, which has its newest cases. */
  readonly page_index: number | null;
  /**
   * Update time of the newest case when the end of the list was read, in milliseconds since 1970; `null` if unknown.
   */
  readonly newest: number | null;
}

/** Cached pages of an infinite query. */
export interface CasesPages {
  /**
   * Pages in the order of reading, each with its newest case first (sorted by `STATUS`: in the service's order). The
   * first and the last may combine several pages of the service; their pagination record is that of the lowest one.
   */
  pages: CasesPageData[];
  /** Parameters of the pages. */
  pageParams: CasesPageParam[];
}

/** Pages of an infinite query with their merged cases. */
export interface CasesData extends CasesPages {
  /**
   * All cases of the pages without duplicates, in their latest version, newest first (sorted by `STATUS`: in that
   * order).
   */
  cases: CaseRecord[];
}

/** Returns a page without its methods, which would be lost when TanStack Query merges, persists or transfers it. */
export const toPlainPage = ({ pagination_response_record, cases, issues }: CasesPageData): CasesPageData => ({
  pagination_response_record,
  cases,
  issues,
});

/** Fetches a page of the service. */
export type FetchPage = (page_index: number) => Promise<CasesPageData>;

const paginationOf = (page: CasesPageData): PaginationRecord => page.pagination_response_record;

/** Returns the index of the list's last page, at least 1. */
const lastIndexOf = (page: CasesPageData): number => Math.max(paginationOf(page).last_index, 1);

/** Fetches a page, or the last page if the list has become shorter. */
async function fetchPageAt(wanted: number, ask: FetchPage): Promise<CasesPageData> {
  for (let tries = 0; tries <= MAX_REFETCHES; tries += 1) {
    const page = await fetchExactPage(wanted, ask);
    if (wanted <= lastIndexOf(page)) return page;
    wanted = lastIndexOf(page);
  }
  throw clientError("LIST_UNSTABLE");
}

/** Fetches the last page of a list that last had `page_index` pages. */
async function fetchLastPage(page_index: number, ask: FetchPage): Promise<CasesPageData> {
  let page = await fetchPageAt(page_index, ask);
  // A list that grows faster than it is read is left at some page; a later round reads the rest.
  for (let tries = 0; paginationOf(page).page_index < lastIndexOf(page) && tries < MAX_REFETCHES; tries += 1) {
    page = await fetchPageAt(lastIndexOf(page), ask);
  }
  return page;
}

async function fetchExactPage(wanted: number, ask: FetchPage): Promise<CasesPageData> {
  const page = await ask(wanted);
  const { page_index } = paginationOf(page);
  if (wanted <= lastIndexOf(page) && page_index !== wanted) {
    throw clientError("PAGE_MISMATCH", `(requested page ${wanted}, received page ${page_index})`);
  }
  return page;
}
const MAX_REFETCHES = 4;

/** A strategy for reading a list. */
export interface ReadingOrder {
  readonly initialPageParam: CasesPageParam;
  readonly read: (param: CasesPageParam, ask: FetchPage) => Promise<CasesPageData>;
  /** Returns the parameter of the page after `page`. */
  readonly next: (
    page: CasesPageData,
    pages: readonly CasesPageData[],
    param: CasesPageParam | undefined,
  ) => CasesPageParam | null;
  /** Returns the parameter of the page before `page`. */
  readonly previous: (page: CasesPageData, param: CasesPageParam) => CasesPageParam | null;
  readonly select: (data: CasesPages) => CasesData;
}

/**
 * Reading order of a list sorted by status: from the first page to the last, since updates do not move cases to one
 * end.
 */
export const BY_STATUS: ReadingOrder = {
  initialPageParam: { page_index: 1, newest: null },
  read: ({ page_index }, ask) => fetchPageAt(page_index ?? 1, ask),
  next: (page) => {
    const { page_index } = paginationOf(page);
    return page_index < lastIndexOf(page) ? { page_index: page_index + 1, newest: null } : null;
  },
  previous: (page) => {
    const { page_index } = paginationOf(page);
    return page_index > 1 ? { page_index: page_index - 1, newest: null } : null;
  },
  select: (data) => ({ ...data, cases: distinctCases(data.pages) }),
};

/**
 * Reading order of a list sorted by update: from the last page down to the first, and then the end again, in rounds. A
 * case that is updated during reading moves to the end and may never have been on a fetched page. The client's reader
 * works alike (`src/paging/`); here each page is a separate query whose parameter contains the state of the rounds.
 */
export const BY_UPDATE: ReadingOrder = {
  initialPageParam: { page_index: null, newest: null },
  read: async (param, ask) => {
    const parts = await readDownwards(param, ask);
    const lowest = parts[parts.length - 1] as CasesPageData;
    if (paginationOf(lowest).page_index === 1 && !isWholeList(parts)) {
      parts.push(...(await readTailRounds(parts, param.newest ?? newestMs(parts[0]), ask)));
    }
    return joinPages(parts, paginationOf(lowest).page_index);
  },
  next: (page, pages, param) => {
    const { page_index } = paginationOf(page);
    return page_index > 1
      ? { page_index: page_index - 1, newest: param?.newest ?? finiteOrNull(newestMs(pages[0])) }
      : null;
  },
  // Preceding pages are only missing after `maxPages` removed them.
  previous: (page, { page_index, newest }) => {
    const { page_index: lowest } = paginationOf(page);
    return page_index !== null && lowest < lastIndexOf(page) ? { page_index: lowest + 1, newest } : null;
  },
  select: (data) => ({ ...data, cases: newestFirst(distinctCases(data.pages)) }),
};

/** Fetches a page; at the end of the list also the page below it, if the last one has few cases. */
async function readDownwards({ page_index }: CasesPageParam, ask: FetchPage): Promise<CasesPageData[]> {
  if (page_index !== null) return [await fetchPageAt(page_index, ask)];
  const first = await fetchPageAt(1, ask);
  if (lastIndexOf(first) === 1) return [first];
  const end = await fetchLastPage(lastIndexOf(first), ask);
  const { page_index: last } = paginationOf(end);
  if (last === 1 || end.cases.length * 2 >= first.cases.length) return [end];
  const below = await fetchPageAt(last - 1, ask);
  // A newer case below the end arrived after the end was read. Counting it as part of this round would hide later ones.
  return newestMs(below) > newestMs(end) ? [end] : [end, below];
}

/** Whether the list has one page, which was read. */
const isWholeList = ([page, more]: readonly CasesPageData[]): boolean =>
  !more && lastIndexOf(page as CasesPageData) === 1;

/**
 * Reads the end of the list again after the first page, until no case can be missing.
 *
 * Claim: afterwards every case that was in the list throughout has been read. Invariant: reading downwards skips no
 * case that is not updated meanwhile, so a case that was not updated since a round began was read by this round or an
 * earlier one. Argument: a case updated since then is at least as new as the newest one at that time. A page that is
 * the end of the list and reaches down to an older case therefore contains all updated cases at one instant, and
 * nothing is missing. If reaching that case takes several pages, the same holds for the next round.
 */
async function readTailRounds(
  parts: readonly CasesPageData[],
  newest: number,
  ask: FetchPage,
): Promise<CasesPageData[]> {
  const [end, below] = parts as readonly [CasesPageData, CasesPageData?];
  const read: CasesPageData[] = [];
  let last = lastIndexOf(below ?? end);
  const most = 8 * last + 400;
  // Many cases may have the same second of update. If the end did not change since the beginning of a round that read
  // all of them, nothing is missing.
  let before = below && newestMs(below) < newest ? end : undefined;
  const keep = (page: CasesPageData): CasesPageData => {
    if (read.push(page) > most) throw clientError("LIST_UNSTABLE");
    return page;
  };
  for (;;) {
    const top = keep(await fetchLastPage(last, ask));
    const isWhole = paginationOf(top).page_index >= lastIndexOf(top);
    if (isWhole && before && isSamePage(before, top)) return read;
    let page = top;
    while (paginationOf(page).page_index > 1 && !reachesOlder(page, newest)) {
      page = keep(await fetchPageAt(paginationOf(page).page_index - 1, ask));
    }
    if (isWhole && page === top) return read;
    [newest, before, last] = [newestMs(top), top, lastIndexOf(page)];
  }
}

/** Combines pages of the service into one with the index of the lowest. */
function joinPages(parts: readonly CasesPageData[], page_index: number): CasesPageData {
  const [only, more] = parts as readonly [CasesPageData, ...CasesPageData[]];
  if (!more) return { ...only, cases: [...only.cases].reverse() };
  const cases = newestFirst(distinctCases(parts.map((part) => ({ ...part, cases: [...part.cases].reverse() }))));
  return {
    pagination_response_record: {
      ...paginationOf(parts[parts.length - 1] as CasesPageData),
      page_index,
      page_records: cases.length,
    },
    cases,
    issues: parts.flatMap(({ issues }) => issues),
  };
}

const pageFingerprint = ({ cases }: CasesPageData): string =>
  cases.map(({ case_id, updated_date }) => `${case_id} ${updated_date}`).join("\n");
const isSamePage = (a: CasesPageData, b: CasesPageData): boolean => pageFingerprint(a) === pageFingerprint(b);

/** Returns the time of the last update, or -Infinity without one. */
function updatedMs({ updated_date }: CaseRecord): number {
  const ms = Date.parse(updated_date ?? "");
  return Number.isNaN(ms) ? -Infinity : ms;
}

/** Returns the newest update of a page, or -Infinity without one. */
const newestMs = (page: CasesPageData | undefined): number => Math.max(...(page?.cases ?? []).map(updatedMs));
const finiteOrNull = (ms: number): number | null => (Number.isFinite(ms) ? ms : null);

const reachesOlder = ({ cases }: CasesPageData, newest: number): boolean =>
  cases.some((one) => one.updated_date && updatedMs(one) < newest);

/** Merges pages: each case once, in its latest version, at its first position. */
function distinctCases(pages: readonly CasesPageData[]): CaseRecord[] {
  const found = new Map<string, CaseRecord>();
  for (const { cases } of pages) {
    const alike = new Map<string, number>();
    for (const one of cases) {
      // A case without an id is identified by its other fields and by the number of equal cases before it.
      const { case_id, title, creation_date, updated_date } = one;
      const name = JSON.stringify(case_id ? [case_id] : [title, creation_date, updated_date]);
      const before = case_id ? 0 : (alike.get(name) ?? 0);
      alike.set(name, before + 1);
      const key = `${before} ${name}`;
      const known = found.get(key);
      if (!known || updatedMs(one) > updatedMs(known)) found.set(key, one);
    }
  }
  return [...found.values()];
}

function newestFirst(cases: readonly CaseRecord[]): CaseRecord[] {
  const dated = cases.map((one): [number, CaseRecord] => [updatedMs(one), one]);
  return dated.sort(([a], [b]) => (a < b ? 1 : a > b ? -1 : 0)).map(([, one]) => one);
}
