// The measurements of one number of cases, in Node or in a page: the answers of all contenders are compared before any is
// timed, and those of one row are timed in alternation.

import { difference } from "../measure/normalised.mjs";
import { median, rounds } from "../measure/rounds.mjs";
import { threadClock as clock } from "../measure/thread-clock.mjs";
import { createArrays } from "./contenders/arrays.mjs";
import { contenderOf, openStore } from "./contenders/case-store.mjs";
import { createCrossfilter } from "./contenders/crossfilter.mjs";
import { createMiniSearch } from "./contenders/minisearch.mjs";
import { createSqlite } from "./contenders/sqlite.mjs";
import { createTanStack } from "./contenders/tanstack-db.mjs";
import { changedRecords, NOW, readBodies, recordsOf } from "./data.mjs";
import { FACETS, facetQueries, LIVE, queriesOf } from "./queries.mjs";

/** The number of cases up to which the peers that are slow to fill take part. */
const MOST_CASES_OF_SLOW_PEERS = 200_000;
/** The maximum number of values of a field that a store counts. */
const FACET_VALUES = 1000;
/** The number of cases that change in one round. */
const CHANGED = 100;

/** The rounds by the number of cases. */
function paceOf(cases, quick) {
  if (cases > MOST_CASES_OF_SLOW_PEERS) return { rounds: 7, batchMs: 4, warmMs: 20, fills: 1, changes: 21 };
  if (quick)
    return { rounds: cases > 20_000 ? 5 : 9, batchMs: 3, warmMs: 20, fills: cases > 20_000 ? 1 : 3, changes: 21 };
  return { rounds: cases > 20_000 ? 21 : 31, batchMs: 4, warmMs: 60, fills: 5, changes: 61 };
}

/** The measurements. Each has a process or a page of its own: what the peers occupy would slow down the filling of a store. */
export const PARTS = { filling: measureFilling, answers: measureAnswers };

/** The results of all parts as one. */
export const merged = (parts) => ({ ...Object.assign({}, ...parts), fills: parts.flatMap(({ fills }) => fills) });

/**
 * Measures the filling, the saving and the reopening of a store. `modules` is `{ createSandbox, decodeCasesPage,
 * decodeCaseSummary, pageCopies, CaseStore, custom }`, without `CaseStore` there is nothing to measure.
 */
async function measureFilling(modules, cases, { quick = false, say = () => {} } = {}) {
  if (!modules.CaseStore) return { fills: [], ingest: [], cold: [] };
  const pace = paceOf(cases, quick);
  say(`reading ${cases} cases from the sandbox`);
  const bodies = await readBodies(modules, cases);
  const records = recordsOf(modules, bodies);
  say("filling the store");
  const { rows: ingest, cold } = await ingestOf(modules, bodies, records, pace.fills);
  const start = clock.now();
  const store = await openStore(modules, [records]);
  const fills = [{ name: "store", ms: clock.since(start) }];
  const index = await indexPieces(records.length);
  say("reopening");
  const reopen = { ms: await reopenMs(modules, store, pace.fills) };
  await store.close();
  const saved = modules.custom && { bytes: await savedBytes(modules, records) };
  return { fills, ingest, cold, index, reopen, saved };
}

/**
 * Measures the answers of a store and its peers. `modules` has `sqlite3` too, and without `CaseStore` the peers alone are measured.
 * An answer that differs from that of the arrays is in `differences`, and is not timed.
 */
async function measureAnswers(modules, cases, { quick = false, say = () => {} } = {}) {
  const pace = paceOf(cases, quick);
  say(`reading ${cases} cases from the sandbox`);
  const bodies = await readBodies(modules, cases);
  const records = recordsOf(modules, bodies);
  const fills = [];
  const fill = async (name, create) => {
    say(`filling ${name}`);
    const start = clock.now();
    const created = await create();
    fills.push({ name, ms: clock.since(start) });
    return created;
  };
  const arrays = await fill("arrays", () => createArrays(records));
  const sqlite = await fill("SQLite", () => createSqlite(modules.sqlite3, records));
  const contenders = [arrays.sorted, arrays.heap, sqlite];
  if (cases <= MOST_CASES_OF_SLOW_PEERS) {
    contenders.push(
      await fill("MiniSearch", () => createMiniSearch([...arrays.rows])),
      await fill("crossfilter2", () => createCrossfilter([...arrays.rows])),
      await fill("TanStack DB", () => createTanStack(arrays.rows)),
    );
  }
  if (modules.CaseStore) {
    say("filling the store");
    const store = await openStore(modules, [records]);
    if (store.size !== records.length) throw new Error(`the store has ${store.size} cases of ${records.length}`);
    contenders.unshift(contenderOf(store));
    await indexPieces(records.length);
  }
  const byId = new Map(arrays.rows.map((row) => [row.id, row]));
  const queries = queriesOf(records);
  const rows = [];
  const differences = [];
  const add = (row) => {
    rows.push(row);
    say(`${row.name}: ${JSON.stringify(row.ms)}`);
  };
  for (const query of queries) add(await queryRow(contenders, query, byId, pace, differences));
  for (const query of facetQueries()) {
    const ways = {
      plan: ({ facets }) => facets?.(query),
      counts: ({ facetCounts }, answer) => entriesOf(facetCounts(answer)),
    };
    add(await aggregateRow(contenders, query.name, pace, ways, differences));
  }
  const ways = {
    plan: ({ overview }) => overview?.(),
    counts: ({ overviewCounts }, answer) => overviewCounts(answer),
  };
  add(await aggregateRow(contenders, "overview", pace, ways, differences));
  const changes = await changesOf(
    contenders,
    queries,
    changedRecords(records, pace.changes, CHANGED),
    arrays.rows,
    differences,
  );
  // The answers after the changes: those of the contenders that had them.
  const changed = contenders.filter(({ apply, name }) => apply && name !== "TanStack DB");
  const changedById = new Map(arrays.rows.map((row) => [row.id, row]));
  for (const query of queries) {
    const renamed = { ...query, name: `${query.name}, after the changes` };
    compare(changed, renamed, changedById, differences);
  }
  for (const { close } of contenders) close?.();
  const hasStore = modules.CaseStore !== undefined;
  return { cases: records.length, hasStore, fills, rows, changes, differences };
}

/**
 * Compares the answers to a query. Returns the number of found cases and the plans of the contenders whose answers agree.
 */
function compare(contenders, query, byId, differences) {
  const plans = contenders.map((contender) => ({ contender, run: contender.query?.(query) })).filter(({ run }) => run);
  const agreeing = [];
  let expected;
  const arraysFirst = plans.toSorted((a, b) => (b.contender.name === "arrays") - (a.contender.name === "arrays"));
  for (const { contender, run } of arraysFirst) {
    contender.before?.();
    const { total, ids } = contender.answer(run());
    expected ??= { total, ids };
    const differs = differenceOf(query, contender, { total, ids }, expected, byId);
    if (differs) differences.push(`${query.name}, ${contender.name}: ${differs}`);
    else agreeing.push({ contender, run });
  }
  return { total: expected.total, plans: agreeing };
}

/** The difference of an answer from the expected one, if there is one. Only totals and ids that the contender gives are compared. */
function differenceOf(query, { ordersTies }, { total, ids }, expected, byId) {
  const keys = ordersTies === false ? (list) => list.map((id) => sortKey(query, byId.get(id))) : (list) => list;
  return (
    (total !== undefined && difference(total, expected.total, "total")) ||
    (ids && difference(keys(ids), keys(expected.ids), "ids"))
  );
}

/** The key by which the peers that leave ties in any order sort: the date, after the severity if the query sorts by it. */
const sortKey = ({ query: { sort } }, { severity, updated }) =>
  sort.some(({ by }) => by === "severity") ? `${severity} ${updated}` : updated;

async function queryRow(contenders, query, byId, pace, differences) {
  const { total, plans } = compare(contenders, query, byId, differences);
  const timed = plans.map(({ contender: { name, before }, run }) => ({ name, run, before }));
  const repeatedMs = await times(timed, pace);
  const dropRecords = contenders.find((contender) => contender.dropRecords)?.dropRecords;
  if (!dropRecords) return { name: query.name, found: total, ms: repeatedMs };
  // Everybody answers after the same interruption, by which the caches of the processor have other data too.
  const interrupted = timed.map(({ before, ...one }) => {
    const interrupt = () => {
      dropRecords();
      before?.();
    };
    return { ...one, before: interrupt };
  });
  return { name: query.name, found: total, ms: await times(interrupted, pace), repeatedMs };
}

async function aggregateRow(contenders, name, pace, { plan, counts }, differences) {
  const plans = contenders.map((contender) => ({ contender, run: plan(contender) })).filter(({ run }) => run);
  const agreeing = [];
  let expected;
  const arraysFirst = plans.toSorted((a, b) => (b.contender.name === "arrays") - (a.contender.name === "arrays"));
  for (const { contender, run } of arraysFirst) {
    contender.before?.();
    const found = counts(contender, run());
    expected ??= found;
    const differs = difference(found, expected);
    if (differs) differences.push(`${name}, ${contender.name}: ${differs}`);
    else agreeing.push({ contender, run });
  }
  const timed = agreeing.map(({ contender: { name, before }, run }) => ({ name, run, before }));
  return { name, found: undefined, ms: await times(timed, pace) };
}

async function times(timed, pace) {
  const found = await rounds(timed, [undefined], pace, { clock });
  return Object.fromEntries([...found].map(([name, { median }]) => [name, median]));
}

/**
 * The most frequent values of each field as entries, for a comparison: the greatest counts first, equal ones by their values.
 */
const entriesOf = (counts) =>
  Object.fromEntries(
    FACETS.map((field) => {
      const entries = [...counts[field]].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
      return [field, entries.slice(0, FACET_VALUES)];
    }),
  );

/** Times rounds of changed cases, each with the answers of the live queries, in alternation. */
async function changesOf(contenders, queries, changes, rows, differences) {
  const wanted = LIVE.map((name) => queries.find((query) => query.name === name));
  const taking = contenders
    .filter(({ apply }) => apply)
    .map((contender) => {
      const { name } = contender;
      // Arrays and SQLite answer anew; of the ways over arrays the faster one.
      const fresh = name === "arrays" ? contenders.find((one) => one.name === "arrays, top 50 by hand") : contender;
      const reads = wanted.map((query) => (contender.live ? contender.live(query) : fresh.query(query)));
      return { contender, answer: fresh.answer, reads, applied: [], all: [], answers: [] };
    });
  for (const [round, changed] of changes.entries()) {
    for (let at = 0; at < taking.length; at += 1) {
      const one = taking[(at + round) % taking.length];
      const start = clock.now();
      one.contender.apply(changed);
      const applied = clock.since(start);
      one.answers = one.reads.map((read) => read?.());
      const all = clock.since(start);
      one.applied.push(applied);
      one.all.push(all);
    }
    // What a contender does later, between other tasks, is done.
    await turn();
  }
  const byId = new Map(rows.map((row) => [row.id, row]));
  const reference = taking.find(({ contender }) => contender.name === "arrays");
  for (const { contender, answer, answers } of taking) {
    answers.forEach((found, at) => {
      if (found === undefined) return;
      const differs = differenceOf(wanted[at], contender, answer(found), reference.answer(reference.answers[at]), byId);
      if (differs) differences.push(`${wanted[at].name}, live, ${contender.name}: ${differs}`);
    });
  }
  return {
    changed: CHANGED,
    rounds: changes.length,
    rows: taking.map(({ contender: { name }, applied, all, reads }) => ({
      name,
      live: reads.filter(Boolean).length,
      applyMs: median(applied),
      ms: median(all),
      longestMs: Math.max(...all),
    })),
  };
}

/** Times the filling of stores, against decoding to objects, and the first queries of a filled one. */
async function ingestOf(modules, { lists, summaries }, records, times) {
  const { decodeCasesPage, decodeCaseSummary, pageCopies } = modules;
  // Where a store is loaded, pages make their records when these are read. Decoding to records is measured as it is without one.
  const eagerly = (decode) => (body) => {
    pageCopies.areWanted = false;
    const decoded = decode(body);
    pageCopies.areWanted = true;
    return decoded;
  };
  const contenders = [
    { name: "lists decoded to records", run: () => lists.map(eagerly(decodeCasesPage)) },
    { name: "lists decoded to compact pages", run: () => lists.map((body) => decodeCasesPage(body)) },
    {
      name: "compact pages applied",
      prepare: () => lists.map((body) => decodeCasesPage(body)),
      run: (pages) => openStore(modules, pages),
    },
    {
      name: "lists decoded and applied",
      run: () =>
        openStore(
          modules,
          lists.values().map((body) => decodeCasesPage(body)),
        ),
    },
    {
      name: "lists decoded, their records applied",
      run: () =>
        openStore(
          modules,
          lists.values().map((body) => eagerly(decodeCasesPage)(body).cases),
        ),
    },
    { name: "records applied at once", run: () => openStore(modules, [records]) },
    { name: "summaries decoded to records", run: () => summaries.map(eagerly(decodeCaseSummary)) },
  ].map((one) => ({ ...one, ms: [] }));
  const first = { 'first query of text "con"': [], "first query sorted by title": [], "first query, updated desc": [] };
  for (let round = 0; round <= times; round += 1) {
    for (const { prepare, run, ms } of round % 2 ? contenders.toReversed() : contenders) {
      const prepared = prepare?.();
      const start = clock.now();
      const created = await run(prepared);
      const took = clock.since(start);
      // The first round is a warm-up.
      if (round > 0) ms.push(took);
      if (!("query" in created)) continue;
      const firstOf = (name, query) => {
        const start = clock.now();
        created.query(query);
        if (round > 0) first[name].push(clock.since(start));
      };
      firstOf("first query, updated desc", { sort: [{ by: "updated_date", order: "desc" }] });
      firstOf('first query of text "con"', { where: { text: "con" } });
      firstOf("first query sorted by title", { sort: [{ by: "title" }] });
      created.close();
    }
  }
  return {
    rows: contenders.map(({ name, ms }) => ({ name, ms: median(ms) })),
    cold: Object.entries(first).map(([name, ms]) => ({ name, ms: median(ms) })),
  };
}

/** The time from a snapshot to the first answer. */
async function reopenMs({ CaseStore }, store, times) {
  const bytes = await store.snapshot();
  const found = [];
  for (let round = 0; round <= times; round += 1) {
    const start = clock.now();
    const opened = await CaseStore.restore(bytes, { now: NOW });
    opened.query({ sort: [{ by: "updated_date", order: "desc" }] });
    if (round > 0) found.push(clock.since(start));
    opened.close();
  }
  return median(found);
}

/** The bytes that a save of one changed case writes. */
async function savedBytes({ CaseStore, custom }, records) {
  const saved = new Map();
  let bytes = 0;
  const persist = custom({
    read: async (keys) => keys.map((key) => saved.get(key)),
    async write(puts, removes) {
      for (const [key, value] of puts) {
        bytes += value.length;
        saved.set(key, value);
      }
      for (const key of removes) saved.delete(key);
    },
    keys: async () => [...saved.keys()],
    clear: async () => saved.clear(),
  });
  const store = await CaseStore.open({ now: NOW, persist, scope: "bench" });
  // In a page the tabs elect the one that saves.
  await new Promise((done) => {
    const look = () => store.persistence.role === "leader" && done();
    store.onPersistence(look);
    look();
  });
  store.apply(records);
  await store.save();
  const before = bytes;
  store.apply({ ...records[0], title: `${records[0].title}, changed` });
  await store.save();
  const written = bytes - before;
  await store.destroy();
  if (before === 0 || written === 0) throw new Error("nothing was saved");
  return written;
}

/** A turn of the event loop: in a page one of messages, since timers wait there for several turns. */
function turn() {
  if (typeof document === "undefined") return new Promise((done) => setTimeout(done, 0));
  const { port1, port2 } = new MessageChannel();
  return new Promise((done) => {
    port1.onmessage = () => {
      port1.close();
      done();
    };
    port2.postMessage(null);
  });
}

/** Waits until the store has built its indexes between other tasks. Returns the times of the longest turns of the event loop. */
async function indexPieces(cases) {
  const turns = [];
  // A piece has at least some hundred cases.
  for (let piece = 0; piece < 50 + cases / 200; piece += 1) {
    const start = clock.now();
    await turn();
    turns.push(clock.since(start));
  }
  turns.sort((a, b) => b - a);
  // Every turn has a piece until all are built.
  return { longestMs: turns[0], longMs: turns[Math.floor(turns.length / 100)] };
}
