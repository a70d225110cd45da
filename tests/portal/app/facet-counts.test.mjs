// The order in which facets are counted: one field a task, the newest query only.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

const { FacetCounter } = await load("cases/facet-counts.ts");

const FIELDS = ["severity", "status", "bug"];

/** A counter over a store that notes its calls. Each rest lasts until `step` ends it. */
function counting() {
  const calls = [];
  const counts = [];
  let resume = () => {};
  const store = {
    facets(query, fields) {
      calls.push(`${query.name} ${fields}`);
      return Object.fromEntries(fields.map((field) => [field, [{ value: query.name, count: calls.length }]]));
    },
  };
  const rest = () => new Promise((done) => (resume = done));
  const counter = new FacetCounter(
    store,
    (found) => counts.push(found),
    () => rest,
  );
  const step = async () => {
    resume();
    // The work after a rest is over when this task is.
    await new Promise((done) => setImmediate(done));
  };
  return { counter, calls, counts, step };
}

test("each field is counted after a rest, and all counts come together", async () => {
  const { counter, calls, counts, step } = counting();
  counter.count({ name: "a" }, FIELDS);
  assert.deepEqual(calls, []);
  for (const [at, field] of FIELDS.entries()) {
    assert.equal(counts.length, 0);
    await step();
    assert.deepEqual([calls.length, calls.at(-1)], [at + 1, `a ${field}`]);
  }
  assert.deepEqual(counts.map(Object.keys), [FIELDS]);
  await step();
  assert.equal(calls.length, FIELDS.length);
});

test("a new query ends the counts of an older one", async () => {
  const { counter, calls, counts, step } = counting();
  counter.count({ name: "a" }, FIELDS);
  await step();
  counter.count({ name: "b" }, FIELDS);
  for (const _ of FIELDS) await step();
  assert.deepEqual(calls, ["a severity", ...FIELDS.map((field) => `b ${field}`)]);
  assert.deepEqual(
    counts.map(({ bug }) => bug[0].value),
    ["b"],
  );
});

test("changes of the store during the counts lead to new ones afterwards, and delay none", async () => {
  const { counter, calls, counts, step } = counting();
  const query = { name: "a" };
  counter.count(query, FIELDS);
  for (const _ of FIELDS) {
    counter.count(query, FIELDS);
    counter.count(query, FIELDS);
    await step();
  }
  assert.equal(counts.length, 1);
  for (const _ of FIELDS) await step();
  assert.deepEqual([counts.length, calls.length], [2, 6]);
  counter.count(query, FIELDS);
  for (const _ of FIELDS) await step();
  assert.deepEqual([counts.length, calls.length], [3, 9]);
});

test("nothing is read from the store after the end", async () => {
  const { counter, calls, counts, step } = counting();
  counter.count({ name: "a" }, FIELDS);
  await step();
  counter.stop();
  await step();
  assert.deepEqual([calls.length, counts.length], [1, 0]);
});
