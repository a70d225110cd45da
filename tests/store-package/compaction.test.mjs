// Compaction: a store whose garbage is a large share of its memory frees it between other tasks, and nobody notices.

import assert from "node:assert/strict";
import { test } from "node:test";
import { advanceClock } from "./monotonic-clock.mjs";
import { script } from "./harness.mjs";
import { Model } from "./model.mjs";
import { generator, NOW } from "./random-cases.mjs";

const { CaseStore } = await script("entry/store-node.js");
const COUNT = 3000;
const caseIds = Array.from({ length: COUNT }, (_, at) => String(600_000_000 + at));

/** The cases of a round, with titles that no other round has. */
function casesOf(round) {
  const { record } = generator(round);
  return caseIds.map((case_id, at) => ({
    ...record(1),
    case_id,
    title: `Round ${round}, case ${at}: ${"interface down ".repeat(5)}`,
    severity: 1 + (at % 4),
    updated_date: new Date(Date.parse("2026-01-01T00:00:00Z") + round * 1000).toISOString(),
    extra: {},
  }));
}

/** Waits until a condition is met. */
async function until(isMet, text) {
  for (const end = Date.now() + 30_000; !isMet(); ) {
    assert.ok(Date.now() < end, text);
    await new Promise((done) => setTimeout(done, 5));
  }
}

test("a store compacts itself, without another answer, a notification or a lost export", async () => {
  const store = await CaseStore.open({ now: new Date(NOW) });
  for (let round = 0; round < 6; round += 1) store.apply(casesOf(round));
  // Most cases are gone, so the rows of the others have other numbers afterwards.
  store.apply(caseIds.filter((_, at) => at % 5 > 0).map((case_id) => ({ type: "gone", case_id, case: null })));
  const queries = [
    {},
    { where: { text: "case 5" } },
    { sort: [{ by: "title" }], offset: 40, limit: 20 },
    { where: { severity: 2 } },
  ];
  const before = queries.map((query) => store.query(query));
  const live = store.live({ sort: [{ by: "case_id" }], limit: 7 });
  const answers = [];
  live.subscribe((answer) => answers.push(answer));
  const reader = store.export({ format: "ndjson" }).getReader();
  const first = await reader.read();
  const version = store.version;

  // An export in progress postpones the compaction.
  await new Promise((done) => setTimeout(done, 500));
  assert.equal(store.version, version);
  const decoder = new TextDecoder();
  let text = decoder.decode(first.value, { stream: true });
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    text += decoder.decode(piece.value, { stream: true });
  }
  assert.equal(text.trimEnd().split("\n").length, COUNT / 5);

  store.apply({ ...casesOf(9)[0], title: "The last change" });
  const changed = store.version;
  await until(() => store.version > changed, "no compaction");
  assert.equal(answers.length, 2, "the last change, and nothing else");
  assert.deepEqual(live.getSnapshot(), store.query({ sort: [{ by: "case_id" }], limit: 7 }));
  assert.equal(store.get(caseIds[0]).title, "The last change");
  store.apply({ ...casesOf(10)[0], title: casesOf(5)[0].title, severity: casesOf(5)[0].severity });
  for (const [at, query] of queries.entries()) {
    const ids = ({ total, cases }) => [total, cases.map(({ case_id }) => case_id).toSorted()];
    if (at !== 0) assert.deepEqual(ids(store.query(query)), ids(before[at]), JSON.stringify(query));
  }
  assert.equal(store.size, COUNT / 5);
  assert.ok(store.changesSince(changed).length > 0, "the history goes on");
  await store.close();
});

test("an export that is neither read nor cancelled does not postpone a compaction for ever", async () => {
  const store = await CaseStore.open({ now: new Date(NOW) });
  for (let round = 0; round < 6; round += 1) store.apply(casesOf(round));
  const [left, read] = [store.export({ format: "ndjson" }), store.export({ format: "ndjson" })].map((one) =>
    one.getReader(),
  );
  await left.read();
  advanceClock(4 * 60_000);
  await read.read();
  advanceClock(61_000);
  store.remove(caseIds.slice(0, 2000));
  const { version } = store;
  await until(() => !store.parts.stopIndexing, "the indexes are built");
  // Only the one that nobody reads is ended.
  await assert.rejects(left.read(), { code: "STORE_EXPORT_INTERRUPTED", retryable: true, message: /not read/ });
  assert.equal(store.version, version, "the other one is being read");
  // Its end is enough: no change is needed.
  while (!(await read.read()).done);
  await until(() => store.version > version, "no compaction");
  await store.close();
});

test("a store that compacts itself again and again has the answers of the model", async () => {
  const blob = "x".repeat(20_000);
  let compactions = 0;
  for (let seed = 1; seed <= 4; seed += 1) {
    const { below, pick, record, query } = generator(seed);
    const store = await CaseStore.open({ now: new Date(NOW) });
    const model = new Model(NOW);
    const live = store.live({ where: { severity: [1, 2] }, sort: [{ by: "case_id" }] });
    const answers = [];
    live.subscribe((answer) => answers.push(answer));
    let garbage = 0;
    for (let step = 0; step < 40; step += 1) {
      for (let n = 0; n < 12; n += 1) {
        const updated_date = new Date(NOW - 1e8 + step * 100 + n).toISOString();
        const given = { ...record(40), updated_date, extra: { blob: `${seed} ${step} ${n} ${blob}` } };
        if (model.apply(given)) garbage += blob.length;
        store.apply(structuredClone(given));
      }
      if (below(3) === 0) {
        const gone = pick([...model.cases.keys()]);
        store.remove(gone);
        model.remove(gone);
      }
      const changed = store.version;
      const told = answers.length;
      // Enough was replaced: a compaction is due. It is a version of its own, and nothing else.
      if (garbage > 3_000_000) {
        await until(() => store.version > changed, "no compaction");
        [compactions, garbage] = [compactions + 1, 0];
        assert.equal(answers.length, told, "no notification");
      }
      assert.equal(store.size, model.cases.size);
      for (let n = 0; n < 6; n += 1) {
        const asked = query();
        const { total, cases } = store.query(asked);
        const found = { total, ids: cases.map(({ case_id }) => case_id) };
        assert.deepEqual(found, model.query(asked), `seed ${seed}, step ${step}: ${JSON.stringify(asked)}`);
        for (const one of cases) assert.deepEqual(one, model.cases.get(one.case_id).record);
      }
      const { cases } = live.getSnapshot();
      assert.deepEqual(
        cases.map(({ case_id }) => case_id),
        model.query({ where: { severity: [1, 2] }, sort: [{ by: "case_id", order: "asc" }] }).ids,
      );
    }
    await store.close();
  }
  assert.ok(compactions >= 8, `${compactions}`);
});
