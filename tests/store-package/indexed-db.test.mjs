// The storage in IndexedDB, on an implementation in memory: what browsers do to databases is simulated.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { runInNewContext } from "node:vm";
import { forceCloseDatabase, IDBFactory, IDBObjectStore, IDBOpenDBRequest } from "fake-indexeddb";
import "fake-indexeddb/auto";
import { script } from "./harness.mjs";

// The events of this implementation, which it does not export.
const { default: FakeEvent } = await import(new URL("lib/FakeEvent.js", import.meta.resolve("fake-indexeddb")).href);
const { indexedDb, requestPersistentStorage } = await script("store/persistence/indexed-db.js");
const { PersistedStore } = await script("store/persistence/persisted-store.js");

const bytes = (...values) => Uint8Array.from(values);

/** The marks of a page. */
class Marks {
  items = new Map();
  getItem = (key) => this.items.get(key) ?? null;
  setItem = (key, value) => void this.items.set(key, value);
  removeItem = (key) => void this.items.delete(key);
}

let marks = new Marks();
let lost = [];

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory();
  marks = new Marks();
  lost = [];
});

const open = (scope = "alice", more = {}) =>
  indexedDb(more.options, {
    localStorage: marks,
    openTimeoutMs: 20_000,
    operationTimeoutMs: 20_000,
    reconnectMs: 1,
    ...more,
  }).open(scope, {
    onLost: (error) => lost.push(error),
  });

/** The limits for a database that does not answer. Others do, also on a slow machine. */
const SHORT = { openTimeoutMs: 500, operationTimeoutMs: 501 };

/** Opens the database without the package, as an old tab does that ignores everything. */
const raw = (name, version) =>
  new Promise((resolve, reject) => {
    const request = indexedDB.open(name, version);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onupgradeneeded = () => {};
  });

const contentOf = async (storage) => {
  const keys = (await storage.keys()).sort();
  return Object.fromEntries((await storage.read(keys)).map((value, at) => [keys[at], [...value]]));
};

/** Replaces a method until the returned function is called, or the test has ended. */
function replaced(t, target, name, method) {
  const original = target[name];
  target[name] = function (...args) {
    return method.call(this, original.bind(this), ...args);
  };
  const restore = () => {
    target[name] = original;
  };
  t.after(restore);
  return restore;
}

/** Lets each transaction that writes fail when its last request has succeeded. */
const failing = (t, name) =>
  replaced(t, IDBObjectStore.prototype, "put", function (put, value, key) {
    const request = put(value, key);
    request.addEventListener("success", () => this.transaction._abort(name));
    return request;
  });

/** A request that fails with an error, or never answers. */
function request(error) {
  const one = new IDBOpenDBRequest();
  if (error) {
    setImmediate(() => {
      Object.assign(one, { readyState: "done", error });
      one.dispatchEvent(new FakeEvent("error", { bubbles: true, cancelable: true }));
    });
  }
  return one;
}
const DAMAGED = new DOMException("Internal error", "UnknownError");

test("arrays are written, replaced, removed, and read again by another connection", async () => {
  const one = await open();
  await one.write(
    [
      ["a", bytes(1, 2)],
      ["b", bytes()],
    ],
    [],
  );
  await one.write([["a", bytes(3)]], ["b", "missing"]);
  const two = await open();
  assert.deepEqual(await contentOf(two), { a: [3] });
  assert.deepEqual(await two.read(["b", "a"]), [undefined, bytes(3)]);
  await two.clear();
  assert.deepEqual(await one.keys(), []);
});

test("scopes and names never see each other", async () => {
  const pairs = [
    ["a", "b/c"],
    ["a/b", "c"],
    ["a", "b"],
    ["a", "B"],
    ["a%2Fb", "c"],
    ["a", "é"],
    ["a", "e\u0301"],
    ["a", ".."],
  ];
  const names = new Set();
  for (const [name, scope] of pairs) {
    const storage = await open(scope, { options: { name } });
    assert.deepEqual(await storage.keys(), []);
    await storage.write([["key", bytes(1)]], []);
    names.add(storage.name);
  }
  assert.equal(names.size, pairs.length);
});

test("a transaction that is aborted after its last request rejects with an error of ours, and nothing is written", async (t) => {
  const storage = await open();
  await storage.write([["a", bytes(1)]], []);
  for (const [name, code] of [
    ["QuotaExceededError", "STORE_QUOTA_EXCEEDED"],
    [null, "STORE_UNAVAILABLE"],
  ]) {
    const restore = failing(t, name);
    await assert.rejects(storage.write([["a", bytes(2)]], []), (error) => {
      assert.deepEqual([error.code, error.name, error.cause?.name], [code, "UnavailableError", name ?? "AbortError"]);
      return true;
    });
    restore();
  }
  assert.deepEqual(await contentOf(storage), { a: [1] });
});

test("a full disk ends persistence with a clear error, and the saved state stays", async (t) => {
  const { ModelSource } = await import("./harness.mjs");
  const source = new ModelSource();
  const store = new PersistedStore(await open(), source, "alice");
  await store.open();
  source.apply({ a: "1" });
  await store.save("one");
  const restore = failing(t, "QuotaExceededError");
  source.apply({ b: "2" });
  await assert.rejects(store.save("two"), { code: "STORE_QUOTA_EXCEEDED", retryable: false });
  restore();
  await store.save("three");
  assert.deepEqual([store.outcome, source.content()], ["memory", { a: "1", b: "2" }]);
  const again = new ModelSource();
  const restored = new PersistedStore(await open(), again, "alice");
  assert.equal(await restored.open(), "restored");
  assert.deepEqual([again.content(), restored.cursor], [{ a: "1" }, "one"]);
});

test("a database that never answers is given up, and does not stay open if it answers later", async (t) => {
  const late = [];
  const restore = replaced(t, indexedDB, "open", () => {
    late.push(request());
    return late[0];
  });
  await assert.rejects(
    open("alice", SHORT),
    (error) => /500 ms/.test(error.message) && error.code === "STORE_UNAVAILABLE",
  );
  restore();
  const database = await raw("another", 1);
  let isClosed = false;
  replaced(t, database, "close", () => {
    isClosed = true;
  });
  Object.assign(late[0], { readyState: "done", result: database });
  late[0].dispatchEvent(new FakeEvent("success"));
  await new Promise((done) => setImmediate(done));
  assert.ok(isClosed);
});

test("a database whose first read never answers is given up, and its connection is closed", async (t) => {
  await (await open()).close();
  const closed = [];
  replaced(t, IDBDatabase.prototype, "close", function (close) {
    closed.push(this.name);
    close();
  });
  // A request of another database, whose answer is nobody's.
  replaced(t, IDBObjectStore.prototype, "get", () => request());
  await assert.rejects(
    open("alice", SHORT),
    (error) => /501 ms/.test(error.message) && error.code === "STORE_UNAVAILABLE",
  );
  await new Promise((done) => setImmediate(done));
  assert.deepEqual(closed, ["cisco-support-case/alice"]);
});

test("a database of a newer version is neither changed nor deleted", async () => {
  const newer = await raw("cisco-support-case/alice", 2);
  newer.close();
  await assert.rejects(open(), { code: "STORE_NEWER_VERSION" });
  assert.deepEqual(
    (await indexedDB.databases()).map(({ version }) => version),
    [2],
  );
});

test("a newer build in another tab upgrades at once, and this tab is told to reload", async () => {
  const storage = await open();
  const newer = await raw("cisco-support-case/alice", 2);
  assert.deepEqual(
    lost.map(({ code }) => code),
    ["STORE_NEWER_VERSION"],
  );
  await assert.rejects(storage.write([["a", bytes(1)]], []), { code: "STORE_NEWER_VERSION" });
  await assert.rejects(storage.read(["a"]), { code: "STORE_NEWER_VERSION" });
  assert.equal(lost.length, 1, "one message, not one for each write");
  newer.close();
});

test("a database that an old tab keeps open is reported as blocked", async () => {
  const old = await raw("cisco-support-case/alice", 1);
  const deletion = indexedDB.deleteDatabase("cisco-support-case/alice");
  await assert.rejects(open("alice", SHORT), { code: "STORE_UNAVAILABLE" });
  old.close();
  await new Promise((resolve) => (deletion.onsuccess = resolve));
});

test("a connection that the browser closes is opened again, and the operation repeated", async (t) => {
  const connections = [];
  const storage = await open();
  replaced(t, indexedDB, "open", (open, ...args) => {
    const request = open(...args);
    request.addEventListener("success", () => connections.push(request.result));
    return request;
  });
  storage.release();
  await storage.write([["a", bytes(1)]], []);
  forceCloseDatabase(connections[0]);
  await storage.write([["b", bytes(2)]], []);
  // Closed without an event: the next transaction throws InvalidStateError.
  connections[1].close();
  await storage.write([["c", bytes(3)]], []);
  assert.equal(connections.length, 3);
  assert.deepEqual(await contentOf(storage), { a: [1], b: [2], c: [3] });
  assert.deepEqual(lost, []);
});

test("a browser that closes every connection is asked a limited number of times", async (t) => {
  const storage = await open();
  let opened = 0;
  replaced(t, indexedDB, "open", (open, ...args) => {
    opened += 1;
    const request = open(...args);
    request.addEventListener("success", () => request.result.close());
    return request;
  });
  storage.release();
  for (let write = 0; write < 20; write += 1) {
    await assert.rejects(storage.write([["a", bytes(1)]], []), { code: "STORE_UNAVAILABLE" });
  }
  assert.ok(opened <= 26, `${opened} connections`);
});

test("a damaged database is deleted once, and the loss is known by the mark", async (t) => {
  const first = await open();
  first.writeMark({ count: 5, generation: 2 });
  await first.close();
  let isDamaged = true;
  replaced(t, indexedDB, "open", (open, ...args) => {
    if (!isDamaged) return open(...args);
    return request(DAMAGED);
  });
  let deletions = 0;
  replaced(t, indexedDB, "deleteDatabase", (remove, ...args) => {
    deletions += 1;
    isDamaged = false;
    return remove(...args);
  });
  const storage = await open();
  assert.deepEqual([deletions, await storage.keys(), storage.readMark()], [1, [], { count: 5, generation: 2 }]);
  const { ModelSource } = await import("./harness.mjs");
  assert.equal(await new PersistedStore(storage, new ModelSource(), "alice").open(), "lost");
});

test("a database that stays damaged is an error, and not an endless loop", async (t) => {
  let opened = 0;
  replaced(t, indexedDB, "open", () => {
    opened += 1;
    return request(DAMAGED);
  });
  await assert.rejects(open(), { code: "STORE_UNAVAILABLE" });
  assert.ok(opened <= 3, `${opened} times opened`);
});

test("destroy() leaves no mark, also of a save of another tab that ends meanwhile", async (t) => {
  const [one, other] = [await open(), await open()];
  const mark = { count: 1, generation: 1 };
  replaced(t, IDBObjectStore.prototype, "clear", (clear) => {
    other.writeMark(mark);
    return clear();
  });
  replaced(t, indexedDB, "deleteDatabase", (remove, ...args) => {
    other.writeMark(mark);
    return remove(...args);
  });
  await one.destroy();
  assert.deepEqual([lost[0].code, one.readMark()], ["STORE_CLOSED", null]);
});

test("an epoch that is no bytes is none", async () => {
  const storage = await open();
  const database = await raw(storage.name);
  database.transaction("parts", "readwrite").objectStore("parts").put("text", "epoch");
  database.close();
  await storage.close();
  const again = await open();
  assert.equal(await again.takeEpoch(), 1);
  await again.close();
});

test("a page that is left while it opens a database, and a connection that is lost once, delete nothing", async (t) => {
  const first = await open();
  await first.write([["a", bytes(1, 2)]], []);
  await first.close();
  const other = await open();
  const listeners = new Set();
  globalThis.addEventListener = (_, listener) => listeners.add(listener);
  globalThis.removeEventListener = (_, listener) => listeners.delete(listener);
  t.after(() => {
    delete globalThis.addEventListener;
    delete globalThis.removeEventListener;
  });
  let deletions = 0;
  replaced(t, indexedDB, "deleteDatabase", (remove, ...args) => {
    deletions += 1;
    return remove(...args);
  });
  for (const times of [1, 2]) {
    let left = times;
    const restore = replaced(t, IDBObjectStore.prototype, "put", (put, ...args) => {
      const request = put(...args);
      if (left > 0) for (const leave of listeners) leave();
      left -= 1;
      return request;
    });
    const storage = await open();
    restore();
    assert.deepEqual((await contentOf(storage)).a, [1, 2], `left ${times} times`);
    await storage.close();
  }
  let isLost = true;
  replaced(t, indexedDB, "open", (open, ...args) => {
    if (!isLost) return open(...args);
    isLost = false;
    return request(DAMAGED);
  });
  const storage = await open();
  assert.deepEqual((await contentOf(storage)).a, [1, 2]);
  await storage.close();
  // Another tab of the store goes on.
  assert.deepEqual([deletions, lost, (await contentOf(other)).a], [0, [], [1, 2]]);
  await other.close();
  assert.equal(listeners.size, 0);
});

test("private windows without a usable database are noticed at opening", async (t) => {
  for (const factory of [undefined, null]) {
    globalThis.indexedDB = factory;
    await assert.rejects(open(), { code: "STORE_UNAVAILABLE" });
  }
  globalThis.indexedDB = new IDBFactory();
  replaced(t, indexedDB, "open", () => {
    throw new DOMException("A mutation operation was attempted", "InvalidStateError");
  });
  await assert.rejects(open(), { code: "STORE_UNAVAILABLE" });
});

test("destroy() where storage is forbidden rejects with an error of ours", async (t) => {
  for (const name of ["open", "deleteDatabase"]) {
    replaced(t, indexedDB, name, () => {
      throw new DOMException("The operation is insecure", "SecurityError");
    });
  }
  const erased = indexedDb({}, { localStorage: marks, openTimeoutMs: 200 }).erase("alice");
  await assert.rejects(erased, { code: "STORE_UNAVAILABLE", message: /SecurityError/ });
});

test("a database that opens and cannot be written is noticed at opening", async (t) => {
  replaced(t, IDBObjectStore.prototype, "put", () => {
    throw new DOMException("read only", "ReadOnlyError");
  });
  await assert.rejects(open(), { code: "STORE_UNAVAILABLE" });
});

test("only the tab with the newest epoch writes, also if it was taken between reading and writing", async () => {
  const [one, two] = [await open(), await open()];
  const first = await one.takeEpoch();
  await one.write([["a", bytes(1)]], [], first);
  const second = await two.takeEpoch();
  assert.equal(second, first + 1);
  await assert.rejects(one.write([["a", bytes(9)]], [], first), { code: "STORE_LEADER_CHANGED" });
  await two.write([["b", bytes(2)]], [], second);
  assert.deepEqual(await one.read(["a", "b"]), [bytes(1), bytes(2)]);
  assert.deepEqual(lost, []);
  const epochs = await Promise.all([one.takeEpoch(), two.takeEpoch(), one.takeEpoch()]);
  assert.equal(new Set(epochs).size, 3, "each tab gets an epoch of its own");
});

test("destroy() erases at once, although another tab ignores every message and keeps its connection", async () => {
  const storage = await open("alice", SHORT);
  await storage.write([["secret", bytes(42)]], []);
  storage.writeMark({ count: 1, generation: 1 });
  const deaf = await raw(storage.name, 1);
  const epoch = await storage.takeEpoch();
  await storage.destroy();
  assert.equal(marks.items.size, 0);
  const left = await new Promise((resolve, reject) => {
    const request = deaf.transaction("parts").objectStore("parts").getAllKeys();
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  assert.deepEqual(left, ["epoch"], "only the mark that nobody may write");
  await assert.rejects(storage.write([["secret", bytes(42)]], [], epoch), { code: "STORE_CLOSED" });
  // A new store of that name waits for the deletion, and begins in memory until then.
  await assert.rejects(open("alice", SHORT), { code: "STORE_UNAVAILABLE" });
  deaf.close();
  const again = await open();
  assert.deepEqual(await again.keys(), []);
  assert.equal(await again.takeEpoch(), 1);
});

test("destroy() ends the other tabs of the store, which do not write it again", async () => {
  const [one, two] = [await open(), await open()];
  await one.write([["secret", bytes(42)]], []);
  const epoch = await two.takeEpoch();
  await one.destroy();
  assert.deepEqual(
    lost.map(({ code }) => code),
    ["STORE_CLOSED"],
  );
  await assert.rejects(two.write([["secret", bytes(42)]], [], epoch), { code: "STORE_CLOSED" });
  await assert.rejects(two.takeEpoch(), { code: "STORE_CLOSED" });
  assert.deepEqual(await indexedDB.databases(), []);
  await two.destroy();
  await one.close();
});

test("an erased database that could not be deleted begins again", async (t) => {
  const one = await open("alice", SHORT);
  const restore = replaced(t, indexedDB, "deleteDatabase", () => request());
  await one.destroy();
  restore();
  const two = await open();
  assert.deepEqual(await contentOf(two), { epoch: [1, 0, 0, 0] });
  assert.equal(await two.takeEpoch(), 2);
});

test("blocked or foreign marks are no marks, and no errors", async () => {
  const throwing = () => {
    throw new DOMException("blocked", "SecurityError");
  };
  const blocked = await open("alice", { localStorage: { getItem: throwing, setItem: throwing, removeItem: throwing } });
  assert.equal(blocked.readMark(), null);
  blocked.writeMark({ count: 1, generation: 1 });
  blocked.writeMark(null);
  const storage = await open("bob");
  for (const text of ["", "{", "null", "3", '"text"', "{}", '{"count":"1","generation":1}']) {
    marks.setItem(storage.name, text);
    assert.equal(storage.readMark(), null, text);
  }
});

test("names and scopes are checked", () => {
  for (const name of ["", 3, null, {}]) assert.throws(() => indexedDb({ name }), { code: "INVALID_OPTION" });
});

test("the browser's answer about persistent storage is passed on, and its absence is a no", async (t) => {
  const { navigator } = globalThis;
  t.after(() => Object.defineProperty(globalThis, "navigator", { configurable: true, value: navigator }));
  for (const [value, expected] of [
    [undefined, false],
    [{}, false],
    [{ storage: {} }, false],
    [{ storage: { persist: async () => true } }, true],
    [{ storage: { persist: async () => false } }, false],
    [{ storage: { persist: () => Promise.reject(new Error("blocked")) } }, false],
  ]) {
    Object.defineProperty(globalThis, "navigator", { configurable: true, value });
    assert.equal(await requestPersistentStorage(), expected);
  }
});

test("arrays are read in a test environment with globals of its own, where they are of the runtime's", async (t) => {
  const storage = await open();
  await storage.write([["chunk-1-0", bytes(1, 2, 3)]], []);
  const former = globalThis.Uint8Array;
  t.after(() => {
    globalThis.Uint8Array = former;
  });
  globalThis.Uint8Array = runInNewContext("Uint8Array");
  const epoch = await storage.takeEpoch();
  const [array] = await storage.read(["chunk-1-0"]);
  assert.deepEqual([...(array ?? [])], [1, 2, 3]);
  await storage.write([["chunk-1-1", new Uint8Array(1)]], [], epoch);
  await storage.close();
});
