// The clock of the page's sandbox: one history over reloads and tabs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

const { openSandboxClock } = await load("app/sandbox-clock.ts");

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOON = Date.parse("2026-11-29T12:34:56Z");

function storageOf(entries = {}) {
  const map = new Map(Object.entries(entries));
  return { map, getItem: (key) => map.get(key) ?? null, setItem: (key, text) => map.set(key, text) };
}

test("a history begins 36 hours ago at a full hour, and a later visit continues it", () => {
  const storage = storageOf();
  const first = openSandboxClock(5000, storage, () => NOON);
  assert.equal(first.startMs, Date.parse("2026-11-28T00:00:00Z"));
  assert.equal(first.now(), NOON);
  const later = openSandboxClock(5000, storage, () => NOON + 5 * DAY);
  assert.deepEqual([later.startMs, later.now()], [first.startMs, NOON + 5 * DAY]);
  const other = openSandboxClock(100, storage, () => NOON + 5 * DAY);
  assert.equal(other.startMs, Date.parse("2026-12-03T00:00:00Z"), "another number of cases has a history of its own");
});

test("what one tab advances is advanced in the others and at the next visit", () => {
  const storage = storageOf();
  const [one, two] = [0, 1].map(() => openSandboxClock(5000, storage, () => NOON));
  one.advance(HOUR);
  two.advance(2 * HOUR);
  for (const clock of [one, two, openSandboxClock(5000, storage, () => NOON)])
    assert.equal(clock.now(), NOON + 3 * HOUR);
});

test("a clock that stands moves by what is advanced only", () => {
  const history = { startMs: NOON - DAY, advancedMs: 0, standsAtMs: NOON };
  const storage = storageOf({ "portal.sandbox.clock.5000": JSON.stringify(history) });
  let now = NOON + 1000;
  const clock = openSandboxClock(5000, storage, () => now);
  assert.deepEqual([clock.startMs, clock.now()], [NOON - DAY, NOON]);
  now += DAY;
  clock.advance(HOUR);
  assert.equal(clock.now(), NOON + HOUR);
});

test("a history that is too old, begins in the future or is no history is replaced", () => {
  const fresh = openSandboxClock(5000, storageOf(), () => NOON).startMs;
  const old = { startMs: NOON - 14 * DAY - 1, advancedMs: 0 };
  const advanced = { startMs: NOON - 13 * DAY, advancedMs: 25 * HOUR };
  const future = { startMs: NOON + 1, advancedMs: 0 };
  const texts = [old, advanced, future, {}, { startMs: "x", advancedMs: 0 }, null].map((one) => JSON.stringify(one));
  for (const text of [...texts, "{", ""]) {
    const storage = storageOf({ "portal.sandbox.clock.5000": text });
    assert.equal(openSandboxClock(5000, storage, () => NOON).startMs, fresh, text);
    assert.equal(JSON.parse(storage.getItem("portal.sandbox.clock.5000")).startMs, fresh, text);
  }
  const kept = { startMs: NOON - 14 * DAY, advancedMs: 0 };
  const storage = storageOf({ "portal.sandbox.clock.5000": JSON.stringify(kept) });
  assert.equal(openSandboxClock(5000, storage, () => NOON).startMs, kept.startMs);
});
