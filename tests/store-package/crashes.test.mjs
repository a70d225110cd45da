// A real store over a storage that crashes between any two writes: it reopens as it was before or after the save.

import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { crashingAdapter, random, script } from "./harness.mjs";
import { generator, NOW } from "./random-cases.mjs";

const { CaseStore, custom } = await script("entry/store-node.js");

/** The seeds of the random tests: `SEEDS=1000-1999` chooses others. */
const [first, last] = (process.env.SEEDS ?? "1-5").split("-").map(Number);

/** Everything that a store can be asked about. */
function contentOf(store) {
  const { cases } = store.query({ sort: { by: "case_id" }, limit: 10_000 });
  return JSON.stringify(
    cases.map((record) => [record, store.details(record.case_id) ?? null, store.statusSince(record.case_id)]),
  );
}

const opened = (adapter) => CaseStore.open({ now: new Date(NOW), scope: "alice", persist: custom(adapter) });

/** Random changes: records, removals and details, by the number of the save. */
function change(store, seed, save) {
  const { below, record, pick } = generator(seed * 1000 + save);
  store.apply(Array.from({ length: 1 + below(pick([3, 60])) }, () => record(80)));
  if (below(3) === 0) store.remove(String(612345600 + below(80)));
  if (below(3) === 0) {
    const notes = [
      { note: "A note", note_detail: "details", created_by: "Ada Example", creation_date: "2026-06-01T00:00:00Z" },
    ];
    store.apply({ ...record(80), owner_name: pick(["Ada Example", "Bo Testmann"]), notes });
  }
}

test("after a crash between any two writes the store is that before or after the save", async (t) => {
  let crashes = 0;
  for (let seed = first; seed <= last; seed += 1) {
    const next = random(seed);
    for (let round = 0; round < 12; round += 1) {
      const parts = new Map();
      // The first save is whole, so that there is something to lose.
      const adapter = crashingAdapter(parts);
      const store = await opened(adapter);
      const states = [contentOf(store)];
      const crashAt = 1 + Math.floor(next() * 30);
      for (let save = 0; save < 10 && !store.persistence.error; save += 1) {
        change(store, seed, save);
        states.push(contentOf(store));
        if (save === 1) adapter.state.stepsLeft = crashAt;
        await store.save();
      }
      crashes += store.persistence.error ? 1 : 0;
      // The store that could not save has lost nothing.
      assert.equal(contentOf(store), states.at(-1));
      await store.close();
      const again = await opened(crashingAdapter(parts));
      const isKnown = states.slice(-2).includes(contentOf(again));
      assert.ok(isKnown, `seed ${seed}, crash after ${crashAt} writes: ${again.persistence.outcome}`);
      // It goes on from there, as a store that never crashed.
      const twin = await CaseStore.open({ now: new Date(NOW) });
      for (let save = 0; save < states.lastIndexOf(contentOf(again)); save += 1) change(twin, seed, save);
      const { record, query } = generator(seed * 77 + round);
      const more = Array.from({ length: 20 }, () => record(80));
      assert.deepEqual(again.apply(more).events, twin.apply(more).events);
      assert.equal(contentOf(again), contentOf(twin));
      for (let n = 0; n < 3; n += 1) {
        const asked = query();
        assert.deepEqual(again.query(asked), twin.query(asked), JSON.stringify(asked));
      }
      await twin.close();
      await again.save();
      await again.close();
    }
  }
  t.diagnostic(`${crashes} crashes`);
  assert.ok(crashes > 20);
});
