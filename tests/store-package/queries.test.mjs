// The store's queries, changes and facets against the model, on random cases from fixed seeds.

import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { script } from "./harness.mjs";
import { isOpen, Model } from "./model.mjs";
import { generator, NOW } from "./random-cases.mjs";

const { CaseStore } = await script("entry/store-node.js");

/** The seeds of the random tests: `SEEDS=1000-1999` chooses others. */
const [first, last] = (process.env.SEEDS ?? "1-40").split("-").map(Number);
const seeds = Array.from({ length: last - first + 1 }, (_, at) => first + at);

/** Queries after each change. */
const QUERIES = 8;

test("answers, changes and counts are those of the model", async (t) => {
  let comparisons = 0;
  for (const seed of seeds) {
    const { below, pick, record, query } = generator(seed);
    const count = pick([5, 40, 200]);
    const store = await CaseStore.open({ now: new Date(NOW) });
    const model = new Model(NOW);
    for (let step = 0; step < 25; step += 1) {
      const records = Array.from({ length: 1 + below(count) }, () => record(count));
      const version = store.version;
      const change = store.apply(structuredClone(records));
      const expected = records.map((given) => [model.apply(given), given.case_id]).filter(([kind]) => kind);
      const kinds = (list) => list.map((pair) => pair.join(" ")).sort();
      assert.deepEqual(
        kinds(change.events.map(({ type, case_id }) => [type, case_id])),
        kinds(expected),
        `seed ${seed}`,
      );
      assert.equal(change.version, store.version);
      // A date that decides between later records is a change, too, that no event tells.
      assert.ok(expected.length > 0 ? store.version > version : store.version >= version);
      if (below(4) === 0) {
        const gone = records[0].case_id;
        assert.deepEqual(
          store.remove(gone).events.map(({ type }) => type),
          model.remove(gone) ? ["gone"] : [],
        );
      }
      assert.equal(store.size, model.cases.size);
      for (let n = 0; n < QUERIES; n += 1) {
        const asked = query();
        const answer = store.query(asked);
        const wanted = model.query(asked);
        const got = { total: answer.total, ids: answer.cases.map(({ case_id }) => case_id) };
        assert.deepEqual(got, wanted, `seed ${seed}, step ${step}: ${JSON.stringify(asked)}`);
        for (const found of answer.cases) assert.deepEqual(found, model.cases.get(found.case_id).record);
        const [one, whole] = [pick([...model.cases.keys(), "none"]), { ...asked, offset: 0, limit: Infinity }];
        const place = model.query(whole).ids.indexOf(one);
        assert.equal(
          store.position(asked, one),
          place < 0 ? null : place,
          `seed ${seed}: ${one} of ${JSON.stringify(asked)}`,
        );
        const field = pick(["status", "severity", "bug", "contract_id", "status_flag"]);
        const counts = new Map(store.facets(asked, [field])[field].map(({ value, count }) => [value, count]));
        assert.deepEqual(counts, model.facet(asked, field), `seed ${seed}: ${field} of ${JSON.stringify(asked)}`);
        comparisons += 2;
      }
      const overview = store.overview({});
      assert.equal(overview.open, [...model.cases.values()].filter(({ record }) => isOpen(record)).length);
    }
    store.close();
  }
  t.diagnostic(`${comparisons} comparisons`);
});

test("the same records in any order give the same store", async () => {
  for (const seed of seeds.slice(0, 10)) {
    const { below, record } = generator(seed + 10_000);
    // Dates differ, so that no two records of a case are equally old.
    const records = Array.from({ length: 60 }, (_, at) => ({
      ...record(12),
      updated_date: new Date(NOW - at * 1000).toISOString(),
    }));
    const contents = [];
    for (let order = 0; order < 4; order += 1) {
      const store = await CaseStore.open({ now: new Date(NOW) });
      const shuffled = records.map((one) => [below(1_000_000), one]).sort(([a], [b]) => a - b);
      for (const [, one] of shuffled) store.apply(one);
      // Applied again, nothing changes.
      assert.deepEqual(store.apply(records).events, []);
      contents.push(store.query({ sort: [{ by: "case_id" }], limit: 100 }).cases);
      store.close();
    }
    for (const content of contents) assert.deepEqual(content, contents[0]);
  }
});

test("an answer of many records is complete, and its records are the same objects until their cases change", async () => {
  const store = await CaseStore.open({ now: new Date(NOW) });
  const { record } = generator(3);
  const records = Array.from({ length: 12_000 }, (_, at) => ({
    ...record(1),
    case_id: String(600_000_000 + at),
    title: `é 😀 ${"long ".repeat(at % 9)}${at}`,
  }));
  store.apply(records);
  const all = { sort: [{ by: "case_id" }], limit: 10_000 };
  const before = store.query(all);
  assert.equal(before.cases.length, 10_000);
  before.cases.forEach((found, at) => assert.equal(found.title, records[at].title));
  const changed = { ...records[5], title: "changed", updated_date: new Date(NOW).toISOString() };
  store.apply(changed);
  const after = store.query(all);
  const others = after.cases.flatMap((found, at) => (found === before.cases[at] ? [] : [at]));
  assert.deepEqual(others, [5]);
  assert.equal(after.cases[5].title, "changed");
  // More records than are retained: all are still right.
  for (const offset of [2000, 0, 2000]) {
    const { cases } = store.query({ ...all, offset });
    cases.forEach((found, at) => assert.equal(found.case_id, records[offset + at].case_id));
    assert.equal(cases.at(-1).title, records[offset + 9999].title);
  }
  store.close();
});

test("matches are those of the answer's records, whenever they are read", async () => {
  const store = await CaseStore.open({ now: new Date(NOW) });
  const bugs = ["CSCab00001", "CSCxy12345"];
  store.apply({
    case_id: "600000001",
    title: "Straße gesperrt",
    user_id: "strasser",
    bugs,
    updated_date: "2026-01-01T00:00:00Z",
  });
  const answer = store.query({ where: { text: "strass 345" } });
  store.apply({ case_id: "600000001", title: "", bugs: [], updated_date: "2026-01-02T00:00:00Z" });
  assert.deepEqual(answer.matches, [
    { fields: { title: [[0, 5]], user_id: [[0, 6]] }, bugs: { 1: [[7, 10]] }, rmas: {} },
  ]);
  assert.equal(answer.matches, answer.matches);
  assert.deepEqual(store.query({ where: { text: "-" } }).matches, [], "no words");
  assert.deepEqual(store.query({}).matches, []);
  const [unread, live] = [store.query({ where: { text: "600000001" } }), store.live({ where: { text: "600000001" } })];
  live.subscribe(() => {});
  await store.close();
  assert.deepEqual(live.getSnapshot().matches, [{ fields: { case_id: [[0, 9]] }, bugs: {}, rmas: {} }]);
  assert.throws(() => unread.matches, { code: "STORE_CLOSED" });
});
