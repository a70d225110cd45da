// MiniSearch, for text: an index of the same folded words, with the reversed ids as words, so that it finds their ends too.

import MiniSearch from "minisearch";
import { LIMIT, reversed } from "../queries.mjs";
import { bestOf } from "./best-of.mjs";
import { idKey, idsOf, MIN_END, wordsOf } from "../words.mjs";

const split = (text) => text.split(" ");

function idWords(record) {
  const ids = idsOf(record);
  const all = record.user_id ? [...ids, record.user_id] : ids;
  return [...all.flatMap(wordsOf), ...all.map(idKey), ...ids.map((id) => reversed(idKey(id)))].join(" ");
}

const FIELDS = { title: ({ record }) => wordsOf(record.title).join(" "), ids: ({ record }) => idWords(record) };

/** Creates the index of rows. */
export function createMiniSearch(rows) {
  const index = new MiniSearch({
    fields: ["title", "ids"],
    extractField: (document, name) => (name === "id" ? document.id : FIELDS[name](document)),
    tokenize: split,
    processTerm: (term) => term,
    searchOptions: { prefix: true },
  });
  index.addAll(rows.map(({ record }, id) => ({ id, record })));
  return {
    name: "MiniSearch",
    index,
    query(query) {
      if (!query.text) return undefined;
      const { text, open, byScore } = query.text;
      const queries = wordsOf(text).map((word) =>
        word.length >= MIN_END ? { combineWith: "OR", queries: [word, reversed(word)] } : word,
      );
      const options = open ? { filter: ({ id }) => rows[id].flag === "O" } : {};
      return () => {
        const results = index.search({ combineWith: "AND", queries }, options);
        const best = byScore ? results.slice(0, LIMIT).map(({ id }) => rows[id]) : newest(rows, results);
        return { total: results.length, found: best.map(({ record }) => record), byScore };
      };
    },
    // Its own score is another order than the rank of the store.
    answer: ({ total, found, byScore }) => ({ total, ids: byScore ? undefined : found.map(({ case_id }) => case_id) }),
  };
}

const newestFirst = (a, b) => b.updated - a.updated || (a.id < b.id ? -1 : 1);

/** The most recently updated results, in order. */
function newest(rows, results) {
  const best = bestOf(LIMIT, newestFirst);
  for (const { id } of results) best.add(rows[id]);
  return best.rows;
}
