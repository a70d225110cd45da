// `storeOptions` for the real TanStack Query.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { onlineManager, QueryClient, QueryObserver } from "@tanstack/query-core";
import { caseDetailsOptions, caseKeys, storeOptions } from "cisco-support-case/query";
import { caseOf, counted, openStore, settle } from "./harness.mjs";

const URGENT = { where: { severity: [1, 2] } };
let stops = [];

async function setUp(defaults = {}) {
  const store = await openStore();
  const { counts, source } = counted(store);
  const queryClient = new QueryClient({ defaultOptions: { queries: defaults } });
  const observe = (options) => {
    const results = [];
    const observer = new QueryObserver(queryClient, options);
    const stop = observer.subscribe((result) => results.push(result));
    stops.push(stop);
    return { results, observer, stop };
  };
  stops.push(() => queryClient.clear());
  return { store, counts, source, queryClient, observe };
}

afterEach(() => {
  for (const stop of stops) stop();
  stops = [];
});

test("the answer is there at once, and new answers are written when they differ", async () => {
  const { store, queryClient, observe } = await setUp();
  const options = storeOptions(store, URGENT);
  const { observer, results } = observe(options);
  const answer = observer.getCurrentResult().data;
  assert.equal(answer, store.live(URGENT).getSnapshot(), "the store's own object, not a copy");
  await settle();
  const before = results.length;
  store.apply(caseOf(5, 4));
  await settle();
  assert.equal(results.length, before, "another case does not concern the query");
  store.apply([caseOf(6, 1), caseOf(7, 1)]);
  await settle();
  assert.deepEqual([results.length - before, results.at(-1).data.total], [1, 4]);
  assert.equal(queryClient.getQueryData(options.queryKey), store.live(URGENT).getSnapshot());
  assert.ok(results.at(-1).data.cases.includes(answer.cases[0]), "records of unchanged cases are the same objects");
});

test("select has its own results, of any form, and they follow the store", async () => {
  const { store, queryClient, observe } = await setUp();
  const options = storeOptions(store, URGENT);
  const { observer: totals, results } = observe({
    ...options,
    select: ({ total }) => total,
    notifyOnChangeProps: ["data"],
  });
  const { observer: ids } = observe({ ...options, select: ({ cases }) => cases.map(({ case_id }) => case_id) });
  const { observer: likewise } = observe({ ...options, select: (answer) => ({ ...answer, total: -answer.total }) });
  const { observer: nothing } = observe({ ...options, select: () => undefined });
  const { observer: whole } = observe({ ...options, select: (answer) => answer });
  const data = () => [totals, ids, likewise, nothing, whole].map((one) => one.getCurrentResult().data);
  const answer = store.live(URGENT).getSnapshot();
  assert.deepEqual(data(), [2, ["1", "2"], { ...answer, total: -2 }, undefined, answer]);
  await settle();
  const before = results.length;
  store.apply([caseOf(6, 1), caseOf(7, 4)]);
  await settle();
  const next = store.live(URGENT).getSnapshot();
  assert.deepEqual(data(), [3, ["1", "2", "6"], { ...next, total: -3 }, undefined, next]);
  assert.equal(data().at(-1), next);
  // A new answer with an equal selection renders nothing.
  store.apply(caseOf(6, 1, { title: "Another title", updated_date: "2026-05-02T08:00:00Z" }));
  await settle();
  assert.deepEqual([results.length - before, totals.getCurrentResult().data], [1, 3]);
  assert.equal(queryClient.getQueryData(options.queryKey), store.live(URGENT).getSnapshot());
});

test("a query is subscribed while it has observers, once for all of them", async () => {
  const { store, counts, source, observe } = await setUp();
  const options = () => storeOptions(source, URGENT);
  const first = observe(options());
  await settle();
  const second = observe(options());
  assert.equal(counts.subscriptions, 1);
  first.stop();
  assert.equal(counts.subscriptions, 1);
  second.stop();
  assert.equal(counts.subscriptions, 0);
  store.apply(caseOf(5, 1));
  const third = observe(options());
  assert.deepEqual([counts.subscriptions, third.observer.getCurrentResult().data.total], [1, 3]);
  await settle();
  assert.ok(third.results.every(({ fetchStatus, data }) => fetchStatus === "idle" && data.total === 3));
});

test("an observer that leaves and comes back at once, as in React's StrictMode, is followed", async () => {
  const { store, counts, source, observe } = await setUp();
  observe(storeOptions(source, URGENT)).stop();
  const { observer } = observe(storeOptions(source, URGENT));
  await settle();
  store.apply(caseOf(5, 1));
  await settle();
  assert.deepEqual([counts.subscriptions, observer.getCurrentResult().data.total], [1, 3]);
});

test("a removed query is not subscribed any more, and is not created again by a change", async () => {
  const { store, counts, source, queryClient, observe } = await setUp();
  const options = storeOptions(source, URGENT);
  observe(options);
  await settle();
  queryClient.removeQueries({ queryKey: caseKeys.store({ scope: "tenant" }) });
  store.apply(caseOf(5, 1));
  assert.deepEqual([counts.subscriptions, queryClient.getQueryCache().getAll().length], [0, 0]);
});

test("a call without an observer gives the answer, and leaves no subscription", async () => {
  const { store, counts, source, queryClient } = await setUp();
  const options = storeOptions(source, URGENT);
  assert.equal((await queryClient.fetchQuery(options)).total, 2);
  await queryClient.prefetchQuery(options);
  assert.equal(counts.subscriptions, 0);
  store.apply(caseOf(5, 1));
  await queryClient.invalidateQueries({ queryKey: options.queryKey });
  assert.equal((await queryClient.fetchQuery(options)).total, 3);
});

test("a change while the first answer is on its way is not lost", async () => {
  const { store, observe } = await setUp();
  const { observer } = observe(storeOptions(store, URGENT));
  for (let case_id = 5; case_id < 10; case_id += 1) {
    store.apply(caseOf(case_id, 1));
    await null;
  }
  await settle();
  assert.equal(observer.getCurrentResult().data.total, 7);
});

test("a page that is offline, and defaults for requests, do not stop it", async () => {
  const { store, observe } = await setUp({ staleTime: 60_000, refetchOnMount: false, networkMode: "online" });
  onlineManager.setOnline(false);
  try {
    const { observer } = observe(storeOptions(store, URGENT));
    store.apply(caseOf(5, 1));
    await settle();
    const { data, fetchStatus, isStale } = observer.getCurrentResult();
    assert.deepEqual([data.total, fetchStatus, isStale], [3, "idle", false]);
  } finally {
    onlineManager.setOnline(true);
  }
});

test("a query follows changes of its options", async () => {
  const { store, counts, source, observe } = await setUp();
  const { observer } = observe(storeOptions(source, URGENT));
  await settle();
  observer.setOptions(storeOptions(source, { where: { severity: 4 } }));
  await settle();
  assert.deepEqual([observer.getCurrentResult().data.total, counts.subscriptions], [1, 1]);
  store.apply(caseOf(5, 4));
  await settle();
  assert.equal(observer.getCurrentResult().data.total, 2);
});

test("keys are equal for equal queries of a scope, and differ from those of requests", async () => {
  const { store } = await setUp();
  const key = (query) => JSON.stringify(storeOptions(store, query).queryKey);
  assert.equal(key({ where: { severity: 1 } }), key({ where: { severity: [1, 1] }, offset: 0 }));
  assert.notEqual(key({ where: { severity: 1 } }), key({ where: { severity: 2 } }));
  assert.deepEqual(storeOptions(store).queryKey.slice(0, 3), ["cisco-support-case", "tenant", "store"]);
  assert.notDeepEqual(caseDetailsOptions({}, { case_id: "1" }, { scope: "tenant" }).queryKey[2], "store");
  assert.throws(() => storeOptions(store, { where: { severity: 9 } }), /where\.severity/);
});

test("after a store was replaced by another of its scope, the next observer follows the new one", async () => {
  const { store, queryClient, observe } = await setUp();
  const first = observe(storeOptions(store, URGENT));
  await settle();
  first.stop();
  await store.close();
  const next = await openStore();
  const { observer } = observe(storeOptions(next, URGENT));
  next.apply(caseOf(5, 1));
  await settle();
  assert.equal(observer.getCurrentResult().data.total, 3);
  assert.equal(queryClient.getQueryCache().getAll().length, 1);
});

test("after a store was replaced by another of its scope, an observer that stays follows the new one", async () => {
  const { store, counts, source, observe } = await setUp();
  const { observer } = observe(storeOptions(source, URGENT));
  const staying = observe(storeOptions(source, URGENT));
  await settle();
  await store.close();
  const next = await openStore();
  next.apply(caseOf(5, 1));
  observer.setOptions(storeOptions(next, URGENT));
  await settle();
  assert.equal(observer.getCurrentResult().data, next.live(URGENT).getSnapshot());
  next.apply(caseOf(6, 1));
  await settle();
  // Both show the query's data.
  const totals = [observer, staying.observer].map((one) => one.getCurrentResult().data.total);
  assert.deepEqual([totals, counts.subscriptions], [[4, 4], 0]);
});
