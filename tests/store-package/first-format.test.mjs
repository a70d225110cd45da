// What the first build saved: every later one must read it, or convert it. A change of the format increments its version, and keeps
// this fixture.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { crashingAdapter, script } from "./harness.mjs";

const { CaseStore, custom } = await script("entry/store-node.js");
const { PersistedStore } = await script("store/persistence/persisted-store.js");
const { CustomStorage } = await script("store/persistence/custom-storage.js");

const fixture = JSON.parse(await readFile(new URL("saved-store-1.json", import.meta.url), "utf8"));
const { content } = fixture;
const partsOf = () => new Map(Object.entries(fixture.parts).map(([key, text]) => [key, Buffer.from(text, "base64")]));
const now = "2026-06-10T12:00:00Z";

const read = async (store) => ({
  cases: JSON.parse(JSON.stringify(store.query({ sort: [{ by: "case_id" }] }).cases)),
  details: store.details("612345672"),
  statusSince: store.statusSince("612345671"),
});

test("chunks, log entries, details and the cursor of the first format are read", async () => {
  const parts = partsOf();
  const { cursor, text, ...expected } = content;
  const store = await CaseStore.open({
    scope: "alice",
    persist: custom(crashingAdapter(parts)),
    now,
    searchNotes: true,
  });
  assert.deepEqual([store.persistence.outcome, store.persistence.error], ["restored", null]);
  assert.deepEqual(await read(store), expected);
  assert.deepEqual(await store.get("612345672", { details: true }), text);
  await store.notesReady();
  assert.deepEqual(
    ["uplink", "日本"].map((word) => store.query({ where: { text: word } }).cases.map(({ case_id }) => case_id)),
    [["612345672"], ["612345672"]],
  );
  store.apply({ case_id: "612345999", severity: 1 });
  await store.close();
  const again = await CaseStore.open({ scope: "alice", persist: custom(crashingAdapter(parts)), now });
  assert.equal(again.size, expected.cases.length + 1);
  await again.close();
  const source = { format: 1, version: 0, count: 0, restore: async () => ({ chunks: 0, saved: 0 }) };
  const persisted = new PersistedStore(
    new CustomStorage(crashingAdapter(partsOf()), "alice/", "any", 1000),
    source,
    "alice",
  );
  assert.deepEqual([await persisted.open(), persisted.cursor], ["restored", cursor]);
});

test("a snapshot of the first format is restored", async () => {
  const store = await CaseStore.restore(new Uint8Array(Buffer.from(fixture.snapshot, "base64")), { now });
  const { cursor, text, ...expected } = content;
  assert.deepEqual(await read(store), expected);
  await store.close();
});
