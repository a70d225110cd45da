// The storage of texts, in browsers that block it or have no room.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

/** The module, with a `localStorage` of its own; `get` may throw. */
async function opened(t, get) {
  const before = Object.getOwnPropertyDescriptor(globalThis, "localStorage");
  t.after(() => {
    if (before) Object.defineProperty(globalThis, "localStorage", before);
    else delete globalThis.localStorage;
  });
  Object.defineProperty(globalThis, "localStorage", { configurable: true, get });
  const { storage } = await load("ui/storage.ts");
  return storage;
}

const refuse = () => {
  throw new DOMException("Access is denied for this document.", "SecurityError");
};

test("what a blocked storage refuses is kept until the page is left", async (t) => {
  const storage = await opened(t, refuse);
  assert.equal(storage.getItem("a"), null);
  storage.setItem("a", "1");
  assert.equal(storage.getItem("a"), "1");
  storage.removeItem("a");
  assert.equal(storage.getItem("a"), null);
});

test("a full storage keeps what it has, the page what it has no room for, and both are one", async (t) => {
  const kept = new Map([["a", "old"]]);
  let isFull = true;
  const storage = await opened(t, () => ({
    getItem: (key) => kept.get(key) ?? null,
    setItem(key, value) {
      if (isFull) throw new DOMException("The quota has been exceeded.", "QuotaExceededError");
      kept.set(key, value);
    },
    removeItem: (key) => kept.delete(key),
  }));
  assert.equal(storage.getItem("a"), "old");
  storage.setItem("a", "new");
  assert.deepEqual([storage.getItem("a"), kept.get("a")], ["new", "old"]);
  isFull = false;
  storage.setItem("a", "newer");
  assert.deepEqual([storage.getItem("a"), kept.get("a")], ["newer", "newer"]);
  kept.set("a", "of another tab");
  assert.equal(storage.getItem("a"), "of another tab");
  storage.removeItem("a");
  assert.deepEqual([storage.getItem("a"), kept.size], [null, 0]);
});
