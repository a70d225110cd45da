// What the tests of the gateway wait and measure with.

import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { test } from "node:test";
import { undisturbed, until } from "./harness.mjs";

const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;

test("work that throws while it is measured leaves no timer", async () => {
  const before = timers();
  await assert.rejects(
    undisturbed(() => Promise.reject(new Error("failed"))),
    /^Error: failed$/,
  );
  assert.equal(timers(), before);
});

test("waiting ends at its deadline with an error that names what was expected", async () => {
  const before = timers();
  await assert.rejects(
    until(() => setImmediate(false), "a first answer", 30),
    /^Error: not within 30 ms: a first answer$/,
  );
  const never = new Promise(() => {});
  await assert.rejects(
    until(() => never, "an answer", 30),
    /an answer/,
  );
  let turns = 0;
  await until(() => setImmediate((turns += 1) === 3), "the third turn");
  assert.deepEqual([turns, timers()], [3, before]);
});
