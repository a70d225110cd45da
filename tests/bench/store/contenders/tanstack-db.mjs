// TanStack DB, for live queries: a collection with B-tree indexes. The time of a query is that of a new live query up to its
// rows. It has no total. The order has one indexed term, since a second one makes it twenty times slower: `severity` and
// `updated` are one number, and rows with equal dates are in any order.

import { BTreeIndex, createCollection, createLiveQueryCollection } from "@tanstack/db";
import { rowOf } from "./arrays.mjs";

/** Larger than a date in milliseconds. */
const DATES = 2 ** 42;
const INDEXED = ["flag", "severity", "contract", "updated", "severityThenUpdated"];

/** The fields of a row that its queries name. */
function liveRow({ record, id, flag, severity, contract, updated }) {
  return { id, flag, severity, contract, updated, severityThenUpdated: severity * DATES - updated, record };
}

/** Creates the collection of rows. */
export function createTanStack(rows) {
  let source;
  const collection = createCollection({
    id: "cases",
    getKey: ({ id }) => id,
    startSync: true,
    gcTime: 0,
    sync: {
      rowUpdateMode: "full",
      sync(given) {
        source = given;
        given.begin();
        for (const row of rows) given.write({ type: "insert", value: liveRow(row) });
        given.commit();
        given.markReady();
      },
    },
  });
  for (const name of INDEXED) collection.createIndex((row) => row[name], { indexType: BTreeIndex });
  const open = [];
  const create = (build) => {
    const query = (builder) => build(builder.from({ row: collection }));
    return createLiveQueryCollection({ query, startSync: true, gcTime: 0 });
  };
  return {
    name: "TanStack DB",
    ordersTies: false,
    /** Ends the live queries of earlier runs. */
    before() {
      for (const live of open.splice(0)) void live.cleanup();
    },
    query({ live: build }) {
      if (!build) return undefined;
      return () => {
        const live = create(build);
        open.push(live);
        return live.toArray;
      };
    },
    answer: (found) => ({ ids: found.map(({ id }) => id) }),
    apply(changed) {
      source.begin();
      for (const record of changed) source.write({ type: "update", value: liveRow(rowOf(record)) });
      source.commit();
    },
    /** Keeps a query up to date; returns the function that reads its answer. */
    live({ live: build }) {
      if (!build) return undefined;
      const live = create(build);
      live.subscribeChanges(() => {});
      return () => live.toArray;
    },
  };
}
