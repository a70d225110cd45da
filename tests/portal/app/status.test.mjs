// The words for the status of following and of the copy in the browser.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

const { isFailing, persistenceWords, statusWords } = await load("sync/status.ts");
const { wordsOf } = await load("ui/no-cases.tsx");
const { forgetProgress, keepProgress, keptProgress } = await load("app/last-progress.ts");
const { formatterOf } = await load("ui/format.ts");

const format = formatterOf("en-GB", "utc");
const AT = Date.parse("2026-11-29T12:04:00Z");
const STATUS = {
  state: "following",
  reason: null,
  error: null,
  cases: 0,
  casesPerSecond: null,
  remainingMs: null,
  nextRoundAt: null,
  lastProgressAt: AT,
};
const words = (members, now = AT) => statusWords({ ...STATUS, ...members }, 18_204, format, now);

test("only what was read from the service itself is called complete: a copy may be filling still", () => {
  assert.match(words({ source: "service" }).long, /^18,204 cases, complete\./);
  assert.match(words({ source: "copy" }).long, /^18,204 cases, all that the portal's server has\./);
});

test("the time at which cases were read has its day, unless that is today", () => {
  assert.equal(words({}).short, "As of 12:04");
  assert.equal(words({}, AT + 86_400_000).short, "As of 29 Nov 2026, 12:04");
});

test("what fails is said until something is received, also while it is tried again", () => {
  const error = { kind: "network" };
  const trying = { ...STATUS, error, requests: 0 };
  assert.deepEqual(
    [
      isFailing({ ...trying, state: "waiting", reason: "error" }),
      isFailing(trying),
      isFailing({ ...trying, state: "filling" }),
      isFailing({ ...trying, requests: 1 }),
      isFailing({ ...trying, state: "paused" }),
      isFailing({ ...trying, error: null }),
    ],
    [true, true, true, false, false, false],
  );
  assert.equal(words({ error, requests: 0 }).short, "Reconnecting. As of 12:04");
  assert.equal(words({ error: { kind: "quota" }, requests: 0 }).short, "Quota spent. As of 12:04");
  assert.equal(words({ error, requests: 1 }).short, "As of 12:04");
});

test("a page without cases says why: nothing is called empty that could not be read", () => {
  const heading = (members) => wordsOf({ ...STATUS, isFilled: false, ...members })[0];
  const error = { kind: "network" };
  assert.deepEqual(
    [
      heading({ state: "filling" }),
      heading({ state: "waiting", reason: "error", error }),
      heading({ state: "stopped", reason: "permission", error }),
      heading({ state: "paused", reason: "offline" }),
      heading({ isFilled: true }),
    ],
    [
      "Your cases are being loaded",
      "No cases can be shown now",
      "No cases can be shown now",
      "You are offline",
      "There are no cases",
    ],
  );
});

test("the time is kept for a start without a connection, by identity", () => {
  const kept = new Map();
  const storage = {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => kept.set(key, value),
    removeItem: (key) => kept.delete(key),
  };
  assert.equal(keptProgress(storage, "a", AT), null);
  keepProgress(storage, "a", AT);
  assert.equal(keptProgress(storage, "a", AT + 1), AT);
  assert.equal(keptProgress(storage, "b", AT + 1), null);
  assert.equal(keptProgress(storage, "a", AT - 1), null, "a time in the future is not known");
  for (const damage of ["", "soon", "-5"]) {
    for (const key of kept.keys()) kept.set(key, damage);
    assert.equal(keptProgress(storage, "a", AT + 1), null, damage);
  }
  keepProgress(storage, "a", AT);
  forgetProgress(storage, "a");
  assert.equal(keptProgress(storage, "a", AT + 1), null);
});

test("a fill says how many cases there are, how fast it goes and how long it takes", () => {
  const { tone, short, long } = words({ state: "filling", casesPerSecond: 840.4, remainingMs: 12_000 });
  assert.equal(tone, "busy");
  assert.equal(short, "Loading: 18,204 cases");
  assert.match(long, /18,204 so far, 840 a second, about 12 seconds left\. You can use the page meanwhile/);
  assert.doesNotMatch(words({ state: "filling" }).long, /second|left/);
});

test("each state and reason has a tone and its own words", () => {
  const rows = [
    [{}, "ok", "As of 12:04"],
    [{ lastProgressAt: null }, "ok", "18,204 cases"],
    [{ state: "paused", reason: "hidden" }, "idle", "As of 12:04"],
    [{ state: "paused", reason: "offline" }, "warning", "Offline. As of 12:04"],
    [{ state: "waiting", reason: "other_tab" }, "ok", "As of 12:04"],
    [{ state: "waiting", reason: "quota" }, "warning", "Quota spent. As of 12:04"],
    [{ state: "waiting", reason: "error" }, "warning", "Reconnecting. As of 12:04"],
    [{ state: "waiting", lastProgressAt: null }, "busy", "Connecting…"],
    [{ state: "stopped", reason: "authentication" }, "error", "Signed out. As of 12:04"],
    [{ state: "stopped", reason: "permission" }, "error", "Not permitted. As of 12:04"],
    [{ state: "stopped", reason: "error" }, "error", "Stopped. As of 12:04"],
    [{ state: "stopped", reason: "stop" }, "idle", "Stopped. As of 12:04"],
  ];
  const sentences = new Set();
  for (const [members, tone, short] of rows) {
    const found = words(members);
    assert.deepEqual([found.tone, found.short], [tone, short], JSON.stringify(members));
    sentences.add(found.long);
  }
  // Only the first two are the same.
  assert.equal(sentences.size, rows.length - 1);
  assert.match(words({ state: "waiting", reason: "quota", nextRoundAt: AT }).long, /next attempt is at 12:04/);
});

test("a tab without cases that waits for other tabs is not complete", () => {
  for (const [state, reason] of [
    ["paused", "hidden"],
    ["waiting", "other_tab"],
  ]) {
    const { tone, short } = statusWords({ ...STATUS, state, reason, lastProgressAt: null }, 0, format);
    assert.deepEqual([tone, short], ["busy", "Connecting…"]);
  }
});

test("the copy in the browser says what was lost, and nothing while all is well", () => {
  const kept = { outcome: "restored", error: null, isSaving: true };
  assert.equal(persistenceWords(kept), null);
  assert.equal(persistenceWords({ ...kept, outcome: "memory", isSaving: false }), null);
  const outcomes = ["lost", "damaged", "newer"].map((outcome) => persistenceWords({ ...kept, outcome }));
  const failures = ["memory", "restored"].map((outcome) =>
    persistenceWords({ ...kept, outcome, error: {}, isSaving: false }),
  );
  assert.equal(new Set([...outcomes, ...failures]).size, 5);
  assert.match(outcomes[2], /Reload/);
});
