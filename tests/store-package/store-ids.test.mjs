// The keys of queries over stores: one for a store, also after a reload, and others for other stores.

import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { crashingAdapter, script } from "./harness.mjs";

const { CaseStore, custom, indexedDb } = await script("entry/store-node.js");
const { nodeFile } = await script("store/persistence/node-file.js");
const { caseKeys, storeOptions } = await script("query/index.js");

const keyOf = (store) => JSON.stringify(storeOptions(store).queryKey);

test("stores of one scope that are open at the same time have keys of their own, which are the same after a reload", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "store-ids-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const adapter = crashingAdapter();
  const options = [
    {},
    { persist: indexedDb() },
    { persist: indexedDb({ name: "other" }) },
    { persist: custom(adapter) },
    { persist: custom(crashingAdapter(), { name: "other" }) },
    { persist: custom(crashingAdapter(), { name: "other" }) },
    { persist: custom(crashingAdapter(), { name: "other#2" }) },
    { persist: indexedDb({ name: "other#2" }) },
    { persist: nodeFile({ folder }) },
    {},
  ].map((one) => ({ scope: "ann", ...one }));
  const open = () => Promise.all(options.map((one) => CaseStore.open(one)));
  const keys = [];
  for (let visit = 0; visit < 2; visit += 1) {
    const stores = await open();
    const found = stores.map(keyOf);
    assert.equal(new Set(found).size, stores.length);
    keys.push(found);
    for (const { queryKey } of stores.map((one) => storeOptions(one))) {
      assert.deepEqual(queryKey.slice(0, 3), caseKeys.store({ scope: "ann" }));
      assert.ok(!JSON.stringify(queryKey).includes(folder), "a key has no path of the machine");
    }
    for (const store of stores) await (visit === 0 ? store.close() : store.destroy());
  }
  assert.deepEqual(keys[0], keys[1]);
});

test("a store that is opened again has its key once the former one is closed, as in React's StrictMode", async () => {
  const first = await CaseStore.open({ scope: "bob" });
  const key = keyOf(first);
  const closing = first.close();
  const second = await CaseStore.open({ scope: "bob" });
  assert.equal(keyOf(second), key);
  const third = await CaseStore.open({ scope: "bob" });
  assert.notEqual(keyOf(third), key);
  await closing;
  assert.notEqual(keyOf(await CaseStore.open({ scope: "bob" })), key, "it is closed only once");
  // A store that could not be opened takes none.
  await assert.rejects(CaseStore.open({ scope: "bad\ud800", persist: indexedDb() }));
  await second.close();
  await third.close();
});
