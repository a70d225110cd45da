// The pages of an infinite query: the order in which a list is read, and how its pages are merged.

import { clientError } from "../client/errors.js";
import type { CasesPageData } from "../client/types.js";
import type { CaseRecord, PaginationRecord } from "../generated/types.js";

/** Which page of a list is asked for. It is JSON, and made by the options alone. */
export interface CasesPageParam {
  /** The index of a page from 1, or `null` for the end of the list, where its newest cases are. */
  readonly page_index: number | null;
  /** When the newest case was updated as the list's end was read, in milliseconds since 1970; `null` where that is not known yet. */
  readonly newest: number | null;
}

/** The pages of a list, as they are kept. */
export interface CasesPages {
  /**
   * The pages in the order in which they were read, each with its newest case first (sorted by `STATUS`: as it came). The
   * first and the last may be made of several pages of the service; their record is that of the lowest.
   */
  pages: CasesPageData[];
  /** What they were asked for by; of no other use. */
  pageParams: CasesPageParam[];
}

/** The pages of a list, and what they come to. */
export interface CasesData extends CasesPages {
  /** Every case of the pages once, as of its last update, the newest first (sorted by `STATUS`: in that order). */
  cases: CaseRecord[];
}

/** A page without its two methods: they would be gone from what TanStack Query has merged, stored or sent. */
export const toPlainPage = ({ pagination_response_record, cases, issues }: CasesPageData): CasesPageData => ({
  pagination_response_record,
  cases,
  issues,
});

/** Asks the service for a page. */
export type FetchPage = (page_index: number) => Promise<CasesPageData>;

const paginationOf = (page: CasesPageData): PaginationRecord => page.pagination_response_record;

/** The index of the list's last page, as a page tells it. */
const lastIndexOf = (page: CasesPageData): number => Math.max(paginationOf(page).last_index, 1);

/** A page of a list, or its last one where the list has become shorter. */
async function fetchPageAt(wanted: number, ask: FetchPage): Promise<CasesPageData> {
  for (let tries = 0; tries <= MAX_REFETCHES; tries += 1) {
    const page = await fetchExactPage(wanted, ask);
    if (wanted <= lastIndexOf(page)) return page;
    wanted = lastIndexOf(page);
  }
  throw clientError("LIST_UNSTABLE");
}

/** The last page of a list that had so many pages when it was last heard of. */
async function fetchLastPage(page_index: number, ask: FetchPage): Promise<CasesPageData> {
  let page = await fetchPageAt(page_index, ask);
  // What comes to the end faster than it is asked for is read afterwards.
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

/** A way to read a list. */
export interface ReadingOrder {
  readonly initialPageParam: CasesPageParam;
  readonly read: (param: CasesPageParam, ask: FetchPage) => Promise<CasesPageData>;
  /** The page parameter after the last page. */
  readonly next: (
    page: CasesPageData,
    pages: readonly CasesPageData[],
    param: CasesPageParam | undefined,
  ) => CasesPageParam | null;
  /** The page parameter before the first page. */
  readonly previous: (page: CasesPageData, param: CasesPageParam) => CasesPageParam | null;
  readonly select: (data: CasesPages) => CasesData;
}

/** A list sorted by status has no end that updates go to: from the first page to the last. */
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
 * A list sorted by update: from its last page down to the first, and then its end again, in rounds. A case that is updated
 * while pages are read jumps to the end, and may never have been on a page that was read. The client iterates likewise
 * (`src/paging/reader.rs`); here each page is a query of its own, and its parameter tells what the rounds need.
 */
export const BY_UPDATE: ReadingOrder = {
  initialPageParam: { page_index: null, newest: null },
  read: async (param, ask) => {
    const parts = await readDownwards(param, ask);
    const lowest = parts.at(-1) as CasesPageData;
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
  // Only where `maxPages` has let go of the pages above.
  previous: (page, { page_index, newest }) => {
    const { page_index: lowest } = paginationOf(page);
    return page_index !== null && lowest < lastIndexOf(page) ? { page_index: lowest + 1, newest } : null;
  },
  select: (data) => ({ ...data, cases: newestFirst(distinctCases(data.pages)) }),
};

/** A page, and at the list's end the one below as well where there are few cases. */
async function readDownwards({ page_index }: CasesPageParam, ask: FetchPage): Promise<CasesPageData[]> {
  if (page_index !== null) return [await fetchPageAt(page_index, ask)];
  const first = await fetchPageAt(1, ask);
  if (lastIndexOf(first) === 1) return [first];
  const end = await fetchLastPage(lastIndexOf(first), ask);
  const { page_index: last } = paginationOf(end);
  if (last === 1 || end.cases.length * 2 >= first.cases.length) return [end];
  const below = await fetchPageAt(last - 1, ask);
  // What is newer than the end was has come since, and would be taken for what was there when the round began.
  return newestMs(below) > newestMs(end) ? [end] : [end, below];
}

/** Whether the only page that the list has was read. */
const isWholeList = ([page, more]: readonly CasesPageData[]): boolean =>
  !more && lastIndexOf(page as CasesPageData) === 1;

/**
 * Reads the list's end again after its first page was read, until nothing can be missing.
 *
 * A case that was not touched since a round began was met by that round or one before, for reading downwards passes none. What
 * was touched is as new as the newest was by then, or newer. So a page that is the list's end, and reaches down to what is
 * older, has all of that at one instant, and with it nothing is missing. Where it takes more pages than one, the same holds for
 * the next round.
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
  // Many cases may be of one second: if nothing has come to the end since a round began that read all of them, that is all.
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

/** Pages of the service as one, with the index of the lowest. */
function joinPages(parts: readonly CasesPageData[], page_index: number): CasesPageData {
  const [only, more] = parts as readonly [CasesPageData, ...CasesPageData[]];
  if (!more) return { ...only, cases: [...only.cases].reverse() };
  const cases = newestFirst(distinctCases(parts.map((part) => ({ ...part, cases: [...part.cases].reverse() }))));
  return {
    pagination_response_record: {
      ...paginationOf(parts.at(-1) as CasesPageData),
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

/** The last update, in milliseconds; before everything where there is none. */
function updatedMs({ updated_date }: CaseRecord): number {
  const ms = Date.parse(updated_date ?? "");
  return Number.isNaN(ms) ? -Infinity : ms;
}

/** The last update of a page's newest case; before everything where there is none. */
const newestMs = (page: CasesPageData | undefined): number => Math.max(...(page?.cases ?? []).map(updatedMs));
const finiteOrNull = (ms: number): number | null => (Number.isFinite(ms) ? ms : null);

const reachesOlder = ({ cases }: CasesPageData, newest: number): boolean =>
  cases.some((one) => one.updated_date && updatedMs(one) < newest);

/** Each case once, as of its last update, where it was met first. */
function distinctCases(pages: readonly CasesPageData[]): CaseRecord[] {
  const found = new Map<string, CaseRecord>();
  for (const { cases } of pages) {
    const alike = new Map<string, number>();
    for (const one of cases) {
      // What has no id is known by the rest, and by how many alike stand before it.
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
