// The object of `follow()` before following is loaded, and several of them over one store.

import assert from "node:assert/strict";
import { test } from "node:test";
import { crashingAdapter, MemoryStorage, script } from "./harness.mjs";

const { CaseStore, custom } = await script("entry/store-node.js");
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

/** A client whose requests are never answered. */
const silent = () =>
  new CaseClient({
    ...sandbox.clientOptions,
    fetch: (_, { signal }) =>
      new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason))),
  });

const contractsOf = (store) => store.facets({}, ["contract_id"]).contract_id.map(({ value }) => value);

test("a store in memory that is followed again continues, and drops what is not followed any more", async () => {
  const store = await CaseStore.open();
  const [one, two] = params.contract_ids;
  const first = store.follow(counting(), { contract_ids: [one] });
  await first.whenFilled();
  await first.stop();
  const { size } = store;
  const again = store.follow(silent(), { contract_ids: [one] });
  await again.whenFilled();
  assert.deepEqual([again.status.restored, store.size], [true, size]);
  await again.stop();
  const other = store.follow(counting(), { contract_ids: [two] });
  await other.whenFilled();
  assert.deepEqual(contractsOf(store), [two]);
  await other.stop();
  await store.close();
});

test("a listener of a live query that throws ends neither following nor saving", async (t) => {
  const reported = t.mock.method(console, "error", () => {});
  const adapter = crashingAdapter();
  const store = await CaseStore.open({ scope: "ann", persist: custom(adapter) });
  let calls = 0;
  const fail = () => {
    calls += 1;
    if (calls > 1) throw new Error("of a component");
  };
  store.live().subscribe(fail);
  store.onPersistence(fail);
  const followed = store.follow(counting(), params);
  await followed.whenFilled();
  await followed.stop();
  const { size } = store;
  assert.deepEqual([size > 0, calls > 1, followed.status.error], [true, true, null]);
  assert.equal(reported.mock.callCount(), calls - 1);
  await store.close();
  // Other parameters: cases are dropped before anything is read.
  const next = await CaseStore.open({ scope: "ann", persist: custom(adapter) });
  assert.equal(next.size, size);
  calls = 0;
  next.live().subscribe(fail);
  const other = next.follow(counting(), { contract_ids: params.contract_ids.slice(0, 1) });
  await other.whenFilled();
  assert.deepEqual([contractsOf(next), other.status.error], [params.contract_ids.slice(0, 1), null]);
  await other.stop();
  await next.close();
});

test("a listener of the persistence that throws is reported, and others hear of the state", async (t) => {
  const reported = t.mock.method(console, "error", () => {});
  const adapter = crashingAdapter();
  const store = await CaseStore.open({ scope: "ann", persist: custom(adapter) });
  const states = [];
  store.onPersistence(() => {
    throw new Error("of a component");
  });
  store.onPersistence(({ outcome }) => states.push(outcome));
  adapter.state.stepsLeft = 0;
  store.apply({ case_id: "600000001" });
  await store.save();
  assert.deepEqual([states, reported.mock.callCount()], [["memory"], 1]);
  await store.close();
});

/** A client whose requests are not answered after the first ones. `paused` resolves then. */
function pausing(answered) {
  let onPaused = () => {};
  const paused = new Promise((resolve) => (onPaused = resolve));
  let left = answered;
  const client = new CaseClient({
    ...sandbox.clientOptions,
    fetch: (url, init) => {
      left -= 1;
      if (left >= 0) return sandbox.clientOptions.fetch(url, init);
      onPaused();
      return new Promise((_, reject) => init.signal?.addEventListener("abort", () => reject(init.signal.reason)));
    },
  });
  return { client, paused };
}

test("close() saves what was read since the last save", async () => {
  const adapter = crashingAdapter();
  const opened = () => CaseStore.open({ scope: "ann", persist: custom(adapter) });
  const store = await opened();
  const { client, paused } = pausing(105);
  const followed = store.follow(client, params, { concurrency: 1 });
  await paused;
  const heldCount = store.size;
  await Promise.all([store.close(), store.close()]);
  assert.equal(followed.status.state, "stopped");
  const next = await opened();
  assert.ok(heldCount > 0 && next.size >= heldCount, `${next.size} of ${heldCount}`);
  await next.close();
});

test("thousands of contracts or users that are lost at once are dropped", async () => {
  const ids = Array.from({ length: 2001 }, (_, at) => `lost${at}`);
  for (const [field, dropped] of [
    ["contract_id", { contract_ids: ids }],
    ["user_id", { user_ids: ids }],
  ]) {
    const store = await CaseStore.open();
    store.apply([ids[0], ids[1000], ids[2000], "kept"].map((id, at) => ({ case_id: `${at}`, [field]: id })));
    const changes = () => ({
      failures: [],
      cursor: () => "position",
      async *[Symbol.asyncIterator]() {
        yield { dropped };
      },
    });
    const followed = store.follow({ changes, allCases() {} }, { contract_ids: ["kept"] });
    await followed.whenFilled();
    assert.deepEqual([store.query().cases.map(({ case_id }) => case_id), followed.status.error], [["3"], null], field);
    await store.close();
  }
});

test("users that are lost are dropped however their cases spell them", async () => {
  const store = await CaseStore.open();
  store.apply(["ann", "Ann", "bob", "kept", undefined].map((user_id, at) => ({ case_id: `${at}`, user_id })));
  // More users than an answer of `facets` names: those have more cases than the lost ones.
  const others = Array.from({ length: 2400 }, (_, at) => ({ case_id: `${10000 + at}`, user_id: `other${at >> 1}` }));
  store.apply(others);
  const changes = () => ({
    failures: [],
    cursor: () => "position",
    async *[Symbol.asyncIterator]() {
      yield { dropped: { user_ids: ["ANN", "Bob"] } };
    },
  });
  const followed = store.follow({ changes, allCases() {} }, { user_ids: ["kept"] });
  await followed.whenFilled();
  assert.deepEqual(
    store.query({ sort: [{ by: "case_id", order: "desc" }], limit: 2 }).cases.map(({ case_id }) => case_id),
    ["4", "3"],
  );
  assert.equal(store.size, 2 + others.length);
  await store.close();
});

test("a store that another tab erases stops following, also in mid-round, and stays empty", async () => {
  const { storeError } = await script("store/errors.js");
  for (const isMidRound of [false, true]) {
    const storage = new MemoryStorage();
    const persist = {
      nameOf: () => storage.name,
      open: async (_, events) => Object.assign(storage, { events }),
      erase: async () => {},
    };
    const store = await CaseStore.open({ scope: "alice", persist });
    const erase = () => storage.events.onLost(storeError("STORE_CLOSED"));
    const client = counting();
    const followed = store.follow(client, params, { onProgress: ({ cases }) => isMidRound && cases > 0 && erase() });
    if (isMidRound) await assert.rejects(followed.whenFilled(), { code: "STORE_CLOSED" });
    else {
      await followed.whenFilled();
      assert.ok(store.size > 0);
      erase();
    }
    await followed.stop();
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual([followed.status.state, followed.status.reason, store.size], ["stopped", "stop", 0]);
    // Who signs in again reads everything.
    const next = store.follow(counting(), params);
    await next.whenFilled();
    assert.ok(store.size > 0 && !next.status.restored);
    await store.close();
  }
});

test("what a follower applies while its store is being closed keeps live queries' answers, and the store can be erased", async (t) => {
  // As no time passes, what is read stays pending until a batch is full.
  t.mock.timers.enable({ apis: ["Date"], now: Date.now() });
  const adapter = crashingAdapter();
  const store = await CaseStore.open({ scope: "ann", persist: custom(adapter) });
  // The epoch stays, so that an outdated tab cannot write.
  const savedIn = () => [...adapter.parts.keys()].filter((key) => !key.endsWith("epoch"));
  const live = store.live({ where: { text: "a" } });
  live.subscribe(() => {});
  const { client, paused } = pausing(105);
  store.follow(client, params, { concurrency: 1 });
  await paused;
  const before = store.size;
  const answer = live.getSnapshot();
  await store.close();
  assert.ok(savedIn().length > 0);
  assert.equal(live.getSnapshot(), answer);
  assert.equal(answer.matches.length, answer.cases.length);
  const next = await CaseStore.open({ scope: "ann", persist: custom(adapter) });
  assert.ok(next.size > before, "what was read was pending");
  await next.close();
  await store.destroy();
  assert.deepEqual(savedIn(), []);
});

test("close() waits for the last save of a follower that another one has replaced", async () => {
  const adapter = crashingAdapter();
  const store = await CaseStore.open({ scope: "ann", persist: custom(adapter) });
  const { client, paused } = pausing(105);
  const first = store.follow(client, params, { concurrency: 1 });
  await paused;
  void first.stop();
  store.follow(silent(), params);
  await store.close();
  assert.deepEqual([first.status.state, first.status.error], ["stopped", null]);
  const next = await CaseStore.open({ scope: "ann", persist: custom(adapter) });
  assert.ok(next.size > 0);
  await next.close();
});

test("a client that is none is refused at once", async () => {
  const store = await CaseStore.open();
  for (const client of [undefined, null, {}, "https://portal.example"]) {
    assert.throws(() => store.follow(client, params), {
      code: "INVALID_OPTION",
      message: /client: expected a CaseClient/,
    });
  }
  await store.close();
});

test("stop() does not wait for a script that never comes, and what comes later is not used", async () => {
  let finish = () => {};
  const handle = new FollowHandle(() => new Promise((_, reject) => (finish = reject)));
  let notified = 0;
  handle.subscribe(() => (notified += 1));
  const filled = assert.rejects(handle.whenFilled(), { code: "STORE_CLOSED" });
  await Promise.all([handle.stop(), handle.stop(), filled]);
  finish(new TypeError("Failed to fetch dynamically imported module"));
  await new Promise((resolve) => setTimeout(resolve, 1));
  assert.deepEqual(
    [handle.status.state, handle.status.reason, handle.status.error, notified],
    ["stopped", "stop", null, 1],
  );
  await assert.rejects(handle.whenFilled(), { code: "STORE_CLOSED" });
});

test("before following is loaded, a listener that throws is reported, and one that is removed is not called", async (t) => {
  const reported = t.mock.method(console, "error", () => {});
  const handle = new FollowHandle(() => new Promise(() => {}));
  handle.subscribe(() => {
    throw new Error("of a component");
  });
  const remove = handle.subscribe(() => assert.fail("it was removed"));
  const stopped = handle.stop();
  remove();
  await stopped;
  await new Promise((resolve) => setTimeout(resolve, 1));
  assert.equal(reported.mock.callCount(), 1);
});

test("stop(), an abort and resume() within a listener act at once", async () => {
  for (const how of ["stop", "abort"]) {
    const store = await CaseStore.open();
    const client = counting();
    const controller = new AbortController();
    let stopped;
    const onProgress = () => {
      if (how === "stop") stopped ??= followed.stop();
      else controller.abort();
    };
    const followed = store.follow(client, params, { onProgress, signal: controller.signal });
    await assert.rejects(followed.whenFilled(), { code: "STORE_CLOSED" });
    await stopped;
    await followed.stop();
    assert.deepEqual([client.calls, store.size, followed.status.state], [0, 0, "stopped"], how);
    await store.follow(client, params).whenFilled();
    await store.close();
  }
  const store = await CaseStore.open();
  const client = counting();
  const followed = store.follow(client, params);
  const resumed = new Promise((resolve) => {
    followed.subscribe(() => {
      if (client.calls > 1) resolve();
      // The status of the wait for the next round, one minute later.
      else if (followed.status.nextRoundAt !== null) followed.resume();
    });
  });
  await resumed;
  await store.close();
});

test("options that following cannot use are refused at once, with their names", async () => {
  const store = await CaseStore.open();
  const wrong = { onProgress: ["", {}, null], signal: [{}, true, new AbortController()], headers: [null, "a: b"] };
  for (const name of ["pauseWhenHidden", "copy", "live"]) wrong[name] = [null, 0, "false"];
  wrong.intervalMs = [0, 4999, -1, Number.NaN, Number.POSITIVE_INFINITY, "60000", null, 2 ** 31];
  wrong.intervalMS = [60_000];
  for (const [name, values] of Object.entries(wrong)) {
    for (const value of values) {
      const call = () => store.follow(counting(), params, { [name]: value });
      assert.throws(call, ({ code, problems }) => code === "INVALID_OPTION" && problems[0].field === name, name);
    }
  }
  const unset = Object.fromEntries(Object.keys(wrong).map((name) => [name, undefined]));
  const { intervalMS, ...options } = unset;
  await store.follow(counting(), params, { ...options, signal: null }).stop();
  assert.throws(() => store.follow(counting(), params).subscribe({}), { code: "INVALID_OPTION" });
  await store.close();
});

test("onProgress learns of each status before following is loaded, as listeners do", async () => {
  const seen = [];
  let isLoaded = false;
  const load = async () => {
    if (!isLoaded) throw new Error("offline");
    return () => new Promise(() => {});
  };
  const handle = new FollowHandle(load, ({ state, reason, error }) => seen.push([state, reason, error?.code]));
  await assert.rejects(handle.whenFilled(), { code: "LOAD_FAILED" });
  isLoaded = true;
  handle.resume();
  assert.deepEqual(seen, [
    ["stopped", "error", "LOAD_FAILED"],
    ["waiting", null, undefined],
  ]);
});

test("a listener that is subscribed twice is called twice, and one that subscribes anew is called once", async () => {
  const store = await CaseStore.open();
  const followed = store.follow(counting(), params);
  let twice = 0;
  const listener = () => (twice += 1);
  const end = followed.subscribe(listener);
  followed.subscribe(listener);
  let [again, once] = [0, 0];
  const renewed = () => {
    again += 1;
    assert.ok(again < 1000, "called for ever");
    remove();
    remove = followed.subscribe(renewed);
  };
  let remove = followed.subscribe(renewed);
  followed.subscribe(() => (once += 1));
  await followed.whenFilled();
  assert.deepEqual([twice, again], [2 * once, once]);
  end();
  await followed.stop();
  assert.ok(once > 1 && twice < 2 * once);
  await store.close();
});
