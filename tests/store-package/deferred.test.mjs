// The deferred module: everything synchronous works without it, what is asynchronous loads it once, and says so where it cannot.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { crashingAdapter, script, settle } from "./harness.mjs";
import { generator, NOW } from "./random-cases.mjs";

const { custom } = await script("entry/store-node.js");
const { createStoreConstructor } = await script("store/case-store.js");
const [first, deferred] = await Promise.all(
  ["store", "store-deferred"].map((name) => readFile(join(process.env.PACKAGE, `wasm/${name}.wasm`))),
);
const now = new Date(NOW);

/** The constructor of a page that gets the deferred module from a function. */
function storesWith(readModule) {
  const loads = { count: 0 };
  const CaseStore = createStoreConstructor({
    readModule: () => first,
    deferred: {
      readModule() {
        loads.count += 1;
        return readModule();
      },
    },
    loadErrors: () => script("client/error-rows.js"),
  });
  return { CaseStore, loads };
}

const { record } = generator(11);
const records = Array.from({ length: 40 }, (_, at) => ({ ...record(1), case_id: String(600_000_000 + at) }));
const gone = () => assert.fail("gone");
const LOAD_FAILED = { code: "LOAD_FAILED", message: /gone/ };

test("no synchronous call needs the deferred module", async () => {
  const { CaseStore, loads } = storesWith(gone);
  const store = await CaseStore.open({ now });
  const live = store.live({ where: { severity: [1, 2, 3, 4] }, limit: 5 });
  let answers = 0;
  live.subscribe(() => {
    answers += 1;
  });
  assert.equal(store.apply(records).events.length, records.length);
  const [one] = records;
  store.apply({ ...one, notes: [], owner_name: "Ada Example" });
  assert.equal(store.details(one.case_id).owner, "Ada Example");
  assert.ok(answers > 1);
  for (const by of ["updated_date", "title", "severity", "status", "case_id"]) {
    assert.equal(store.query({ sort: [{ by }], limit: 3 }).cases.length, 3);
  }
  assert.equal(store.query({ where: { text: one.case_id } }).matches.length, 1);
  assert.equal(store.count(), records.length);
  assert.equal(store.position({ sort: [{ by: "case_id" }] }, one.case_id), 0);
  assert.ok(store.facets({}, ["status", "bug"]).status.length > 0);
  assert.equal(store.overview().total, records.length);
  assert.equal(store.get(one.case_id).case_id, one.case_id);
  assert.ok(store.statusSince(one.case_id));
  assert.deepEqual(store.related({ serial_number: "none" }), []);
  assert.ok(store.changesSince(0).length > records.length);
  assert.ok(store.snapshot().length > 1000);
  assert.throws(() => store.export({ delimiter: "x" }), { code: "INVALID_PARAMETER", message: /delimiter/ });
  store.remove(one.case_id);
  assert.equal(store.size, records.length - 1);
  assert.equal(loads.count, 0);
  await store.close();
});

test("what needs it loads it once, for all stores", async () => {
  const { CaseStore, loads } = storesWith(() => deferred);
  const store = await CaseStore.open({ now });
  store.apply(records);
  assert.equal(loads.count, 0);
  const lines = async () => (await new Response(store.export({ format: "ndjson" })).text()).trimEnd().split("\n");
  assert.deepEqual([(await lines()).length, (await lines()).length], [records.length, records.length]);
  const restored = await CaseStore.restore(store.snapshot(), { now });
  assert.deepEqual(restored.query(), store.query());
  const saved = await CaseStore.open({ now, scope: "one", persist: custom(crashingAdapter()), searchNotes: true });
  assert.equal(saved.persistence.isSaving, true);
  assert.equal(loads.count, 1);
  for (const one of [store, restored, saved]) await one.close();
});

test("where it cannot be loaded, the call says so, and the next one tries again", async () => {
  let isThere = false;
  const { CaseStore } = storesWith(() => (isThere ? deferred : gone()));
  const store = await CaseStore.open({ now });
  store.apply(records);
  const text = () => new Response(store.export({ columns: ["case_id"] })).text();
  await assert.rejects(text(), LOAD_FAILED);
  await assert.rejects(CaseStore.restore(store.snapshot(), { now }), LOAD_FAILED);
  await assert.rejects(CaseStore.open({ now, searchNotes: true }), LOAD_FAILED);
  const storage = crashingAdapter();
  const unsaved = await CaseStore.open({ now, scope: "one", persist: custom(storage) });
  assert.deepEqual([unsaved.persistence.outcome, unsaved.persistence.error.code], ["memory", "LOAD_FAILED"]);
  unsaved.apply(records);
  assert.equal(unsaved.size, records.length);

  isThere = true;
  assert.equal((await text()).trimEnd().split("\n").length, records.length + 1);
  assert.deepEqual((await CaseStore.restore(store.snapshot(), { now })).query(), store.query());
  const saved = await CaseStore.open({ now, scope: "one", persist: custom(storage) });
  assert.equal(saved.persistence.error, null);
});

test("where it cannot be loaded, each save tries again, and the state says so", async () => {
  const storage = crashingAdapter();
  const options = { now, scope: "one", persist: custom(storage) };
  const earlier = await storesWith(() => deferred).CaseStore.open(options);
  earlier.apply(records.slice(0, 20));
  await earlier.close();
  let isThere = false;
  const { CaseStore, loads } = storesWith(() => (isThere ? deferred : gone()));
  const store = await CaseStore.open(options);
  const states = [];
  store.onPersistence((state) => states.push(`${state.outcome} ${state.error?.code} ${state === store.persistence}`));
  store.apply(records.slice(20));
  const { count } = loads;
  await store.save();
  assert.deepEqual([loads.count - count, store.persistence.error.code, states], [1, "LOAD_FAILED", []]);
  isThere = true;
  await store.save();
  assert.deepEqual([store.persistence.error, store.persistence.isSaving, store.size], [null, true, records.length]);
  assert.deepEqual(states, ["restored undefined true"]);
  await store.close();
  const next = await CaseStore.open(options);
  assert.deepEqual([next.persistence.outcome, next.size], ["restored", records.length]);
  await next.destroy();
});

test("following that comes before the persistence is saved with its cursor once that is loaded", async () => {
  const { CaseClient } = await script("entry/node.js");
  const { createSandbox } = await script("entry/sandbox-node.js");
  const sandbox = await createSandbox({ cases: 300, seed: 4 });
  const client = new CaseClient(sandbox.clientOptions);
  const params = { contract_ids: sandbox.info().contract_ids };
  let isThere = false;
  const { CaseStore } = storesWith(() => (isThere ? deferred : gone()));
  const options = { scope: "one", persist: custom(crashingAdapter()) };
  const store = await CaseStore.open(options);
  isThere = true;
  const followed = store.follow(client, params);
  await followed.whenFilled();
  await store.save();
  await followed.stop();
  const { size } = store;
  assert.ok(size > 0 && store.persistence.isSaving);
  await store.close();
  const next = await CaseStore.open(options);
  assert.equal(next.size, size);
  const again = next.follow(client, params);
  await again.whenFilled();
  assert.ok(again.status.restored);
  await next.close();
});

test("where it cannot be loaded, destroy() erases what an earlier visit has saved", async () => {
  const storage = crashingAdapter();
  const saved = await storesWith(() => deferred).CaseStore.open({ now, scope: "one", persist: custom(storage) });
  saved.apply(records);
  await saved.close();
  assert.ok([...storage.parts.keys()].some((key) => key.includes("manifest")));
  const { CaseStore } = storesWith(gone);
  const store = await CaseStore.open({ now, scope: "one", persist: custom(storage) });
  assert.equal(store.persistence.error.code, "LOAD_FAILED");
  await store.destroy();
  assert.deepEqual([...storage.parts.keys()], ["one/epoch"]);
});

test("destroy() and close() while it is loaded late leave nothing open, and nothing of an erased store", async () => {
  for (const end of ["destroy", "close"]) {
    const storage = crashingAdapter();
    let load = gone;
    const { CaseStore } = storesWith(() => load());
    const store = await CaseStore.open({ now, scope: "one", persist: custom(storage) });
    store.apply(records);
    let answer = () => {};
    const ended = new Promise((resolve) => (answer = resolve));
    load = async () => {
      await ended;
      return deferred;
    };
    const saved = store.save();
    await store[end]();
    answer();
    await saved.catch(({ code }) => assert.equal(code, "STORE_CLOSED"));
    await settle();
    assert.ok(![...storage.parts.keys()].some((key) => key.includes("chunk")));
  }
});

test("a module that cannot be instantiated is LOAD_FAILED, as in WebKit where a policy forbids it", async (t) => {
  const cause = new EvalError("Refused to create a WebAssembly object");
  const refuse = () => t.mock.method(WebAssembly, "instantiate", () => Promise.reject(cause));
  const { CaseStore } = storesWith(() => deferred);
  const first = refuse();
  await assert.rejects(CaseStore.open({ now }), { code: "LOAD_FAILED", cause });
  first.mock.restore();
  const store = await CaseStore.open({ now });
  store.apply(records);
  const second = refuse();
  await assert.rejects(new Response(store.export()).text(), { code: "LOAD_FAILED", cause });
  second.mock.restore();
  assert.ok((await new Response(store.export()).text()).length > 0);
  await store.close();
});

test("destroy() that fails says so by an error of this package, and closes the store", async () => {
  const { CaseStore } = storesWith(gone);
  const cause = new TypeError("Failed to fetch dynamically imported module");
  const persist = { open: () => Promise.reject(cause), erase: () => Promise.reject(cause) };
  const store = await CaseStore.open({ now, scope: "one", persist });
  await assert.rejects(store.destroy(), { code: "LOAD_FAILED", cause });
  assert.throws(() => store.size, { code: "STORE_CLOSED" });
});

test("one of another build is refused", async () => {
  const other = Buffer.from(deferred);
  // The build id is at the end.
  other[other.length - 1] ^= 1;
  const { CaseStore } = storesWith(() => other);
  const store = await CaseStore.open({ now });
  store.apply(records);
  await assert.rejects(new Response(store.export()).text(), { code: "VERSION_MISMATCH" });
  const followed = store.follow({ changes: () => assert.fail("nothing is read") }, { contract_ids: ["1"] });
  await assert.rejects(followed.whenFilled(), { code: "VERSION_MISMATCH" });
  assert.equal(store.size, records.length);
});

test("an export whose module cannot be loaded postpones no compaction", async () => {
  let isOffline = true;
  const { CaseStore } = storesWith(() => (isOffline ? gone() : deferred));
  const store = await CaseStore.open({ now });
  const many = Array.from({ length: 20_000 }, (_, at) => ({ ...record(1), case_id: String(600_000_000 + at) }));
  store.apply(many);
  store.remove(many.slice(1000).map((one) => one.case_id));
  assert.ok(store.parts.core.call((raw) => raw.needsCompaction()));
  const reader = store.export().getReader();
  assert.equal(store.parts.exports.endIdle(), false, "an export has begun");
  await assert.rejects(reader.read(), LOAD_FAILED);
  assert.equal(store.parts.exports.endIdle(), true);
  isOffline = false;
  assert.match(await new Response(store.export()).text(), /600000000/);
  await store.close();
});
