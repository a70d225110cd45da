// The package's store. This file is the only one that knows its interface.

import { NOW } from "../data.mjs";
import { FACETS } from "../queries.mjs";

/** A store returns the records of unchanged cases again, up to this number of records; then it drops all of them. */
const RECORD_CACHE = 20_000;
/** The maximum number of records of an answer: two such answers and another record are more than the store retains. */
const MAX_LIMIT = RECORD_CACHE / 2;

/** Opens a store and applies what is given, in its order. `modules` is `{ CaseStore }`. */
export async function openStore({ CaseStore }, inputs) {
  const store = await CaseStore.open({ now: NOW });
  for (const input of inputs) store.apply(input);
  return store;
}

/** The contender of an open store. */
export function contenderOf(store) {
  return {
    name: "store",
    store,
    query:
      ({ query }) =>
      () =>
        store.query(query),
    /** Lets the store drop the records that it has created. `undefined` if it has too few cases for that. */
    dropRecords: store.size >= 2 * RECORD_CACHE ? recordDropper(store) : undefined,
    answer: ({ total, cases }) => ({ total, ids: cases.map(({ case_id }) => case_id) }),
    facets:
      ({ query }) =>
      () =>
        store.facets(query, FACETS),
    facetCounts: (found) =>
      Object.fromEntries(
        FACETS.map((field) => [
          field,
          new Map(
            found[field].filter(({ count }) => count > 0).map(({ value, count }) => [facetKey(field, value), count]),
          ),
        ]),
      ),
    overview: store.overview && (() => () => store.overview()),
    overviewCounts,
    apply: (changed) => store.apply(changed),
    live({ query }) {
      const live = store.live(query);
      live.subscribe(() => {});
      return () => live.getSnapshot();
    },
    close: () => store.close(),
  };
}

/** Words of no case, as many as a store keeps the rows of: it drops those of the words before. */
const OTHER_WORDS = "qqzz qqzzs qqzzt qqzzu qqzzv qqzzx qqzzy qqzzz";

/**
 * Returns a function that reads other records than the last time, until the store drops those of earlier answers, and searches
 * other words.
 */
function recordDropper(store) {
  let offset = 0;
  return () => {
    store.count({ where: { text: OTHER_WORDS } });
    offset = (offset + MAX_LIMIT) % RECORD_CACHE;
    store.query({ sort: [{ by: "creation_date" }], offset, limit: MAX_LIMIT });
  };
}

/** The rows of the benchmark have 9 for a missing severity. */
const facetKey = (field, value) => (field === "severity" ? String(value || 9) : String(value));

/** The store's overview in the form of the other contenders. */
function overviewCounts({ bySeverityAndStatus, ageing, quiet, waitingOn, weeks, technologies, serialNumbers }) {
  const matrix = bySeverityAndStatus.flatMap(({ severity, status, open, closed }) => [
    [`${severity ?? 9} O ${status}`, open],
    [`${severity ?? 9} C ${status}`, closed],
  ]);
  return {
    matrix: matrix.filter(([, count]) => count > 0).sort(),
    ageing: ageing.map(({ count }) => count),
    quiet: quiet.map(({ count }) => count),
    waiting: Object.fromEntries(Object.entries(waitingOn).sort()),
    weeks: weeks.map(({ opened, closed, backlog }) => ({ opened, closed, backlog })),
    technologies: technologies.map(({ value, count }) => [value, count]),
    serials: serialNumbers.map(({ value, count }) => [value, count]),
  };
}
