// The object of `follow()` before following is loaded, and several of them over one store.

import assert from "node:assert/strict";
import { test } from "node:test";
import { script } from "./harness.mjs";

const { CaseStore } = await script("entry/store-node.js");
const { CaseClient } = await script("entry/node.js");
const { createSandbox } = await script("entry/sandbox-node.js");
const { FollowHandle } = await script("store/follow-handle.js");

const sandbox = await createSandbox({ cases: 300, seed: 9 });
const params = { contract_ids: sandbox.info().contract_ids.slice(0, 3) };

/** A client that counts its calls of `changes`. */
function counting() {
  const client = new CaseClient(sandbox.clientOptions);
  const counted = { calls: 0, allCases: client.allCases.bind(client) };
  counted.changes = (...given) => {
    counted.calls += 1;
    return client.changes(...given);
  };
  return counted;
}

test("a store is followed by one call at a time", async () => {
  const store = await CaseStore.open();
  const client = counting();
  const first = store.follow(client, params);
  assert.throws(() => store.follow(client, params), { code: "INVALID_PARAMETER", message: /followed already/ });
  await first.whenFilled();
  assert.throws(() => store.follow(client, params), /followed already/);
  assert.throws(() => store.follow(client, params, { intervalMs: 10 }), /intervalMs/);
  const { size } = store;
  assert.ok(size > 0);
  // An effect that runs twice: the second call waits until the first has ended.
  const stopped = first.stop();
  const second = store.follow(client, params);
  await Promise.all([stopped, second.whenFilled()]);
  assert.deepEqual([first.status.state, first.status.reason, store.size], ["stopped", "stop", size]);
  await second.stop();
  await store.close();
});

test("a call that has stopped by itself gives way to another one, and does not resume", async () => {
  const store = await CaseStore.open();
  const refused = {
    ...counting(),
    changes() {
      throw Object.assign(new Error("no"), { name: "Error" });
    },
  };
  const controller = new AbortController();
  const first = store.follow(refused, params, { signal: controller.signal });
  controller.abort();
  await new Promise((resolve) => first.subscribe(() => first.status.state === "stopped" && resolve()));
  const client = counting();
  const second = store.follow(client, params);
  await second.whenFilled();
  first.resume();
  assert.equal(first.status.state, "stopped");
  await second.stop();
  await store.close();
});

test("stop() before following is loaded sends nothing, and close() stops it", async () => {
  const store = await CaseStore.open();
  const client = counting();
  const followed = store.follow(client, params);
  assert.deepEqual([followed.status.state, followed.status.isFilled], ["waiting", false]);
  let notified = 0;
  followed.subscribe(() => (notified += 1));
  await followed.stop();
  followed.resume();
  assert.deepEqual([client.calls, notified, followed.status.state, followed.status.reason], [0, 1, "stopped", "stop"]);
  await assert.rejects(followed.whenFilled(), { code: "STORE_CLOSED" });
  const other = store.follow(client, params);
  await store.close();
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual([client.calls, other.status.state], [0, "stopped"]);
});

test("a script that cannot be loaded is an error, and resume() tries again", async () => {
  let attempts = 0;
  const loop = { status: { state: "following" }, subscribe: () => () => {}, resume() {}, stop: async () => {} };
  loop.whenFilled = async () => {};
  const handle = new FollowHandle(async () => {
    attempts += 1;
    if (attempts === 1) throw new TypeError("Failed to fetch dynamically imported module");
    return () => loop;
  });
  await assert.rejects(handle.whenFilled(), { code: "LOAD_FAILED" });
  assert.deepEqual([handle.status.state, handle.status.reason, handle.isOver], ["stopped", "error", true]);
  handle.resume();
  await handle.whenFilled();
  assert.deepEqual([attempts, handle.status], [2, loop.status]);
});
