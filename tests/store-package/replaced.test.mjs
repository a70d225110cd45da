// A store whose cases another tab has replaced or erased: exports, versions, and changes since one.

import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { test } from "node:test";
import { script } from "./harness.mjs";
import { generator, NOW } from "./random-cases.mjs";

const { CaseStore, indexedDb } = await script("entry/store-node.js");
const { snapshotSource } = await script("store/wasm-snapshot.js");

const { record } = generator(7);
const cases = (first, count) =>
  Array.from({ length: count }, (_, at) => ({
    ...record(1),
    case_id: String(first + at),
    title: `Case ${first + at}`,
  }));

/** Resolves once a store has no cases. */
const emptied = (store) =>
  new Promise((resolve) => {
    const live = store.live();
    live.subscribe(() => {
      if (live.getSnapshot().total === 0) resolve();
    });
  });

test("after another tab has erased the cases, an export fails, and no version comes twice", async () => {
  const open = () => CaseStore.open({ now: new Date(NOW), scope: "ann", persist: indexedDb() });
  const [one, other] = [await open(), await open()];
  for (const [at] of cases(0, 4).entries()) other.apply(cases(600_000_000 + 10 * at, 10));
  const { version } = other;
  const events = other.apply(cases(600_000_100, 1));
  const stream = other.export({ columns: ["case_id"] });
  const erased = emptied(other);
  await one.destroy();
  await erased;
  await assert.rejects(new Response(stream).text(), {
    code: "STORE_EXPORT_INTERRUPTED",
    retryable: true,
    message: /replaced/,
  });
  assert.ok(other.version > events.version, `${other.version} after ${events.version}`);
  assert.throws(() => other.changesSince(version), { code: "STORE_HISTORY_INCOMPLETE" });
  assert.throws(() => events.events, { code: "STORE_HISTORY_INCOMPLETE" });
  const emptyVersion = other.version;
  other.apply(cases(700_000_000, 2));
  assert.deepEqual(
    other.changesSince(emptyVersion).map((change) => change.case_id),
    ["700000000", "700000001"],
  );
  assert.equal((await new Response(other.export({ columns: ["case_id"] })).text()).split("\r\n").length, 4);
  await other.close();
});

test("cases that are read anew have other rows: an export of the former ones fails, and versions go on", async () => {
  const [leader, follower] = await Promise.all([CaseStore.open(), CaseStore.open()]);
  for (const store of [leader, follower]) {
    store.apply(cases(600_000_000, 5));
    await store.parts.core.loadDeferred();
  }
  leader.remove(["600000000"]);
  leader.parts.core.call((raw) => raw.compact());
  const [source, target] = [leader, follower].map(({ parts }) => snapshotSource(parts.core, parts.details));
  const { version } = follower;
  const reader = follower.export({ columns: ["case_id"] }).getReader();
  const { count, changed } = source.chunks(null);
  const parts = Array.from(changed, ([index, bytes]) => ({ type: "chunk", index, count, bytes }));
  const versions = await target.restore(source.format, parts, version);
  assert.equal(versions.saved, follower.version);
  assert.ok(follower.version > Math.max(version, leader.version));
  await assert.rejects(reader.read(), { code: "STORE_EXPORT_INTERRUPTED" });
  assert.throws(() => follower.changesSince(version), { code: "STORE_HISTORY_INCOMPLETE" });
  // What is applied afterwards is saved as changes since then.
  follower.apply(cases(600_000_000, 1));
  assert.equal(target.chunks(versions.chunks).changed.next().value[0], 0);
  await Promise.all([leader.close(), follower.close()]);
});
