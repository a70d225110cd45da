// Persistence by an adapter of the user.

import assert from "node:assert/strict";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { crashingAdapter, ModelSource, script } from "./harness.mjs";

const { custom } = await script("store/persistence/custom.js");
const { PersistedStore } = await script("store/persistence/persisted-store.js");
const { CaseStore } = await script("entry/store-node.js");

/** An adapter over a map, as a user writes it. */
const adapterOf = (map) => ({
  read: async (keys) => keys.map((key) => map.get(key)),
  write: async (puts, removes) => {
    for (const [key, bytes] of puts) map.set(key, bytes);
    for (const key of removes) map.delete(key);
  },
  keys: async () => [...map.keys()],
  clear: async () => map.clear(),
});
const events = { onLost() {} };
const otherRealm = runInNewContext("({ Uint8Array })");

/** An adapter of a map, after whose first write something else happens: what another tab does at that moment. */
function interruptedAdapterOf(map, work) {
  const adapter = adapterOf(map);
  const { write } = adapter;
  adapter.write = async (...given) => {
    await write(...given);
    adapter.write = write;
    await work();
  };
  return adapter;
}

async function opened(map, scope) {
  const storage = await custom(adapterOf(map)).open(scope, events);
  const source = new ModelSource();
  const store = new PersistedStore(storage, source, scope);
  const outcome = await store.open();
  return { storage, source, store, outcome };
}

test("stores of several scopes use one adapter, and erase only what is theirs", async () => {
  const map = new Map([["a key of the application", Uint8Array.of(1)]]);
  const scopes = ["alice", "ali", "alice/", "%61lice", "Alice", "..", "ö/ü"];
  for (const scope of scopes) {
    const { source, store, outcome } = await opened(map, scope);
    assert.equal(outcome, "empty", scope);
    source.apply({ scope });
    await store.save(scope);
  }
  await (await opened(map, "ali")).storage.destroy();
  for (const scope of scopes) {
    const { source, store, outcome } = await opened(map, scope);
    if (scope === "ali") assert.equal(outcome, "empty");
    else assert.deepEqual([outcome, source.content(), store.cursor], ["restored", { scope }, scope]);
  }
  assert.deepEqual(map.get("a key of the application"), Uint8Array.of(1));
});

test("keys in any list that can be read once are all erased", async () => {
  const generated = function* (map) {
    yield* map.keys();
  };
  for (const as of [(map) => map.keys(), (map) => new Set(map.keys()), generated]) {
    const map = new Map();
    const persist = custom({ ...adapterOf(map), keys: async () => as(map) });
    const store = await CaseStore.open({ scope: "alice", persist });
    store.apply({ case_id: "1", title: "BGP flaps" });
    await store.save();
    assert.ok(map.size > 2);
    await store.destroy();
    assert.deepEqual([...map.keys()], ["alice/epoch"]);
  }
});

test("keys that are no list are an error, and an erasure does not say that it is done", async () => {
  const listOf = (map) => ({ keys: [...map.keys()].map((name) => ({ name })), list_complete: true });
  async function* later(map) {
    yield* map.keys();
  }
  for (const as of [listOf, later, () => undefined]) {
    const map = new Map();
    const persist = custom({ ...adapterOf(map), keys: async () => as(map) });
    const store = await CaseStore.open({ scope: "alice", persist });
    store.apply({ case_id: "1", title: "BGP flaps" });
    await store.save();
    await assert.rejects(store.destroy(), { code: "STORE_UNAVAILABLE" });
  }
});

test("what databases return instead of arrays is accepted, anything else is an error", async () => {
  const map = new Map();
  const first = await opened(map, "alice");
  first.source.apply({ a: "1" });
  await first.store.save();
  for (const as of [
    (bytes) => bytes.slice().buffer,
    (bytes) => Buffer.from(bytes),
    (bytes) => new DataView(bytes.slice().buffer),
    (bytes) => [...bytes],
    // As in a test environment with globals of its own.
    (bytes) => otherRealm.Uint8Array.from(bytes),
    (bytes) => otherRealm.Uint8Array.from(bytes).buffer,
  ]) {
    const other = new Map([...map].map(([key, bytes]) => [key, as(bytes)]));
    assert.deepEqual((await opened(other, "alice")).source.content(), { a: "1" });
  }
  const nothing = adapterOf(new Map());
  nothing.read = async (keys) => keys.map(() => null);
  assert.deepEqual(await (await custom(nothing).open("alice", events)).read(["a", "b"]), [undefined, undefined]);
  for (const value of ["text", [256], [-1], [1.5], ["1"], {}, 5]) {
    nothing.read = async () => [value];
    await assert.rejects((await custom(nothing).open("alice", events)).read(["a"]), { code: "STORE_UNAVAILABLE" });
  }
});

test("an adapter's errors are the cause of the store's", async () => {
  const adapter = adapterOf(new Map());
  for (const [thrown, code] of [
    [new Error("offline"), "STORE_UNAVAILABLE"],
    [Object.assign(new Error("full"), { name: "QuotaExceededError" }), "STORE_QUOTA_EXCEEDED"],
    [Object.assign(new Error("full"), { code: "ENOSPC" }), "STORE_QUOTA_EXCEEDED"],
    [null, "STORE_UNAVAILABLE"],
    ["text", "STORE_UNAVAILABLE"],
  ]) {
    adapter.write = () => {
      throw thrown;
    };
    const storage = await custom(adapter).open("alice", events);
    await assert.rejects(
      storage.write([["a", new Uint8Array()]], []),
      (error) => error.code === code && error.cause === thrown,
    );
  }
});

test("an adapter without one of the four functions is refused at once", () => {
  for (const name of ["read", "write", "keys", "clear"]) {
    const { [name]: _, ...adapter } = adapterOf(new Map());
    assert.throws(
      () => custom(adapter),
      (error) => error.code === "INVALID_OPTION" && error.message.includes(name),
    );
  }
  for (const adapter of [null, undefined, {}, 3]) assert.throws(() => custom(adapter), { code: "INVALID_OPTION" });
});

test("options that are unknown are refused", () => {
  const given = adapterOf(new Map());
  assert.throws(() => custom(given, { timeout: 5 }), {
    message: /timeout: expected one of the options name, timeoutMs/,
  });
  for (const options of [null, 5, "name"])
    assert.throws(() => custom(given, options), { message: /options: expected an/ });
});

test("two adapters of a page elect a tab each, if their names differ", async () => {
  const names = [undefined, "a", "b", "a/b"].map((name) =>
    custom(adapterOf(new Map()), { name }).open("scope", events),
  );
  assert.equal(new Set((await Promise.all(names)).map(({ name }) => name)).size, 4);
  for (const name of ["", 3, null])
    assert.throws(() => custom(adapterOf(new Map()), { name }), { code: "INVALID_OPTION" });
});

test("an outdated tab is found by its epoch", async () => {
  const map = new Map();
  const [one, two] = [await custom(adapterOf(map)).open("a", events), await custom(adapterOf(map)).open("a", events)];
  const first = await one.takeEpoch();
  await one.write([["x", Uint8Array.of(1)]], [], first);
  await two.takeEpoch();
  await assert.rejects(one.write([["x", Uint8Array.of(2)]], [], first), { code: "STORE_LEADER_CHANGED" });
  await two.clear();
  assert.equal(await two.takeEpoch(), first + 2, "the epoch survives");
});

test("an epoch that another tab has taken meanwhile is no lost write", async () => {
  const map = new Map();
  const two = await custom(adapterOf(map)).open("a", events);
  const one = await custom(interruptedAdapterOf(map, () => two.takeEpoch())).open("a", events);
  const epoch = await one.takeEpoch();
  assert.equal(await two.takeEpoch(), epoch + 2);
  await assert.rejects(one.write([["x", Uint8Array.of(1)]], [], epoch), { code: "STORE_LEADER_CHANGED" });
});

test("a store is erased although another tab erases it too, or reads are stale", async () => {
  const map = new Map([["a/manifest-0", Uint8Array.of(1)]]);
  const two = await custom(adapterOf(map)).open("a", events);
  const one = await custom(interruptedAdapterOf(map, () => two.destroy())).open("a", events);
  await one.destroy();
  assert.deepEqual([...map.keys()], ["a/epoch"]);
  map.set("a/manifest-0", Uint8Array.of(1));
  const stale = { ...adapterOf(map), read: async (keys) => keys.map(() => undefined) };
  await (await custom(stale).open("a", events)).destroy();
  assert.deepEqual([...map.keys()], ["a/epoch"]);
});

test("the longest timeout of many arrays is a timeout that a timer has", async () => {
  const adapter = adapterOf(new Map([["a/x", Uint8Array.of(1)]]));
  const { read } = adapter;
  // A timer with a longer time than it can have fires after 1 ms.
  adapter.read = (keys) => new Promise((resolve) => setTimeout(() => resolve(read(keys)), 20));
  const storage = await custom(adapter, { timeoutMs: 2 ** 31 - 1 }).open("a", events);
  assert.deepEqual(await storage.read(["x", "y"]), [Uint8Array.of(1), undefined]);
  await storage.close();
});

test("a write that waits for the epoch does not begin after the store has ended", async () => {
  const map = new Map();
  const adapter = adapterOf(map);
  const storage = await custom(adapter).open("a", events);
  const epoch = await storage.takeEpoch();
  let answer;
  adapter.read = () => new Promise((resolve) => (answer = resolve));
  const writing = storage.write([["x", Uint8Array.of(1)]], [], epoch);
  await storage.close();
  answer([map.get("a/epoch")]);
  await assert.rejects(writing, { code: "STORE_CLOSED" });
  assert.deepEqual([...map.keys()], ["a/epoch"]);
});

test("an adapter that does not answer, or loses what it writes, is as one that fails", async () => {
  const never = () => new Promise(() => {});
  for (const name of ["read", "write", "keys"]) {
    const persist = custom({ ...crashingAdapter(), [name]: never }, { timeoutMs: 20 });
    const store = await CaseStore.open({ scope: "alice", persist });
    const { outcome, error } = store.persistence;
    assert.deepEqual([outcome, error.code], ["memory", "STORE_UNAVAILABLE"], name);
    assert.match(error.message, /the adapter took longer than/);
    await store.close();
  }
  const adapter = crashingAdapter();
  const store = await CaseStore.open({ scope: "alice", persist: custom(adapter, { timeoutMs: 20 }) });
  adapter.write = never;
  const states = [];
  store.onPersistence(({ error }) => states.push(error?.code));
  store.apply({ case_id: "600000001" });
  await store.close();
  assert.deepEqual(states, ["STORE_UNAVAILABLE"]);
  const forgetful = custom({ ...crashingAdapter(), write: async () => {} });
  const other = await CaseStore.open({ scope: "alice", persist: forgetful });
  assert.match(other.persistence.error.message, /lost what it had written/);
  await other.close();
  for (const timeoutMs of [0, -1, Number.NaN, 2 ** 31, "long"]) {
    assert.throws(() => custom(crashingAdapter(), { timeoutMs }), { code: "INVALID_OPTION", message: /timeoutMs/ });
  }
});

test("the state of the persistence is there for its listeners also while and after the store is closed", async () => {
  for (const end of ["close", "destroy"]) {
    const one = crashingAdapter();
    const store = await CaseStore.open({ scope: "ann", persist: custom(one) });
    const told = [];
    store.onPersistence((state) => told.push(state === store.persistence));
    store.apply({ case_id: "1", severity: 1 });
    await store.save();
    store.apply({ case_id: "2", severity: 1 });
    const { write } = one;
    one.write = (puts, removes) => {
      if (puts.length > 0) throw new DOMException("full", "QuotaExceededError");
      return write(puts, removes);
    };
    await store[end]().catch(({ code }) => assert.equal(code, "STORE_QUOTA_EXCEEDED"));
    assert.deepEqual(told, end === "close" ? [true] : []);
    if (end === "destroy") assert.deepEqual([...one.parts.keys()], ["ann/epoch"]);
    assert.equal(store.persistence, store.persistence);
    assert.throws(() => store.size, { code: "STORE_CLOSED" });
  }
});
