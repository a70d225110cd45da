// Bulk calls under a quota per minute: the packed package against the sandbox, with a clock that advances when no
// request is in flight.

import assert from "node:assert/strict";
import { test } from "node:test";

const MINUTE = 60_000;
const START = Date.parse("2026-11-01T00:00:00Z");
let now = 0;
let last = 0;
const timers = new Map();
globalThis.setTimeout = (work, ms = 0) => {
  timers.set(++last, { at: now + Math.max(ms, 1), work });
  return last;
};
globalThis.clearTimeout = (id) => timers.delete(id);
performance.now = () => now;
Date.now = () => START + now;

const { CaseClient } = await import("cisco-support-case");
const { createSandbox } = await import("cisco-support-case/sandbox");

/** Advances the clock until a promise is settled. */
async function settled(promise, seen) {
  let isSettled = false;
  const end = () => {
    isSettled = true;
  };
  promise.then(end, end);
  for (let turns = 0; !isSettled; turns += 1) {
    assert.ok(turns < 100_000, "it does not end");
    for (let idle = 0; idle < 4 && !isSettled; idle += 1) {
      await new Promise((done) => setImmediate(done));
      if (seen.flying > 0) idle = 0;
    }
    const [id, timer] = [...timers].sort(([, one], [, other]) => one.at - other.at)[0] ?? [];
    if (isSettled || !timer) continue;
    timers.delete(id);
    now = Math.max(now, timer.at);
    timer.work();
  }
  return promise;
}

/** Starts a service with a limit of requests per minute, and a limit in total. */
async function setUp({ perMinute = Infinity, inAll = Infinity, cases = 3000, isStrict = false, ...options } = {}) {
  const sandbox = await createSandbox({ cases, seed: 5, now: new Date(START).toISOString() });
  const seen = { requests: 0, refused: 0, taken: [], counted: [], flying: 0, refusedAt: [] };
  const fetch = async (url, init) => {
    seen.requests += 1;
    const at = now;
    const recent = (isStrict ? seen.counted : seen.taken).filter((one) => one > at - MINUTE).length;
    const isTaken = recent < perMinute && seen.taken.length < inAll;
    seen.counted.push(at);
    if (isTaken) seen.taken.push(at);
    else seen.refusedAt.push(at);
    seen.flying += 1;
    try {
      const answer = await sandbox.fetch(url, init);
      if (isTaken) return answer;
    } finally {
      seen.flying -= 1;
    }
    const headers = { "content-type": "text/xml", "x-mashery-error-code": "ERR_403_DEVELOPER_OVER_RATE" };
    return new Response("<h1>Developer Over Rate</h1>", { status: 429, headers });
  };
  const waits = [];
  const hooks = { onWait: ({ waitsFor, waitMs }) => waits.push([waitsFor, waitMs]) };
  const { baseUrl } = sandbox;
  const client = new CaseClient({ fetch, baseUrl, token: "synthetic", hooks, ...options });
  return { client, seen, waits, contract_ids: sandbox.info().contract_ids };
}

const from = "2024-03-01T00:00:00Z";
const read = async (iterable, ids = []) => {
  for await (const one of iterable) ids.push(one.case_id);
  return ids;
};
/** Largest number of times within one minute. */
const busiest = (times) => Math.max(...times.map((at) => times.filter((one) => one > at - MINUTE && one <= at).length));

test("a bulk call waits for the next minute, and continues", async () => {
  const free = await setUp();
  const expected = (
    await settled(read(free.client.allCases({ contract_ids: free.contract_ids, date_created_from: from })), free.seen)
  ).sort();
  const needed = free.seen.requests;
  assert.ok(needed > 70, `${needed}`);
  for (const isStrict of [false, true]) {
    for (const concurrency of [1, 10]) {
      const { client, seen, waits, contract_ids } = await setUp({ perMinute: 30, isStrict });
      const progress = [];
      const began = now;
      const allCases = client.allCases(
        { contract_ids, date_created_from: from },
        { concurrency, timeoutMs: 5000, onProgress: (one) => progress.push(one) },
      );
      assert.deepEqual((await settled(read(allCases), seen)).sort(), expected);
      assert.ok(busiest(seen.taken) <= 30);
      // One burst exceeds the quota; after that one additional request per minute probes it.
      const minutes = Math.ceil(needed / 30);
      assert.ok(seen.refusedAt.length <= concurrency + minutes, `${seen.refusedAt.length} of ${needed}`);
      assert.ok(now - began < (minutes + 1) * 75_000, `${now - began}`);
      const waiting = progress.filter(({ waitMs }) => waitMs !== null);
      assert.ok(
        waiting.length > 0 && waiting.every(({ waitMs }) => waitMs > 0 && waitMs <= MINUTE),
        JSON.stringify(waiting),
      );
      assert.ok(progress.some(({ waitMs }) => waitMs === null));
      assert.equal(progress.at(-1).requests, seen.requests, "rejected requests count");
      assert.ok(
        waits.some(([waitsFor, waitMs]) => waitsFor === "rateLimit" && waitMs > 50_000 && waitMs <= MINUTE),
        JSON.stringify(waits),
      );
    }
  }
});

test("a quota that is exhausted after a minute too is a daily one: all waiting calls fail, after one request", async () => {
  for (const calls of [1, 3]) {
    const { client, seen, contract_ids } = await setUp({ inAll: 40 });
    const began = now;
    const bulkReads = Array.from({ length: calls }, () =>
      client.allCases({ contract_ids, date_created_from: from }, { concurrency: 4 }),
    );
    const ended = await settled(Promise.allSettled(bulkReads.map((one) => read(one))), seen);
    for (const { reason } of ended) {
      assert.equal(reason?.kind, "quota");
      assert.match(reason.hint, /rateLimit\.perMinute/);
    }
    assert.ok(now - began >= MINUTE && now - began < 2 * MINUTE + 10_000, `${now - began}`);
    const [first] = seen.refusedAt;
    assert.equal(seen.refusedAt.filter((at) => at >= first + 30_000).length, 1, `${seen.refusedAt}`);
    assert.ok(seen.refusedAt.length <= 4 * calls + 1, `${seen.refusedAt}`);
    for (const one of bulkReads) assert.equal(typeof one.resumeToken(), "string");
    // The expired quota does not delay a later call.
    now += MINUTE;
    const before = seen.requests;
    await assert.rejects(settled(read(client.allCases({ contract_ids, date_created_from: from })), seen), {
      kind: "quota",
    });
    assert.ok(seen.requests > before);
  }
});

test("without a successful response within the minute no call waits", async () => {
  const { client, seen, contract_ids } = await setUp({ inAll: 0 });
  const began = now;
  await assert.rejects(settled(read(client.allCases({ contract_ids, date_created_from: from })), seen), {
    kind: "quota",
  });
  assert.ok(now - began < 5000, `${now - began}`);
});

test("an abort ends the wait immediately", async () => {
  const { client, seen, contract_ids } = await setUp({ perMinute: 30 });
  const controller = new AbortController();
  let abortedAt;
  const allCases = client.allCases(
    { contract_ids, date_created_from: from },
    {
      signal: controller.signal,
      onProgress: ({ waitMs }) => {
        if (waitMs === null || abortedAt !== undefined) return;
        abortedAt = now;
        setTimeout(() => controller.abort(new Error("the user left")), 10_000);
      },
    },
  );
  const began = now;
  await assert.rejects(
    settled(read(allCases), seen),
    (error) => error.name === "AbortError" && error.cause.message === "the user left",
  );
  assert.ok(now - abortedAt <= 11_000 && now - began < MINUTE, `${now - abortedAt}`);
  const { requests } = seen;
  await settled(new Promise((done) => setTimeout(done, 3 * MINUTE)), seen);
  assert.equal(seen.requests, requests, "nothing is sent afterwards");
  assert.equal(client.budget().concurrent.used, 0);
});

test("leaving the loop during the wait leaves no timer", async () => {
  const { client, seen, contract_ids } = await setUp({ perMinute: 30 });
  const left = (async () => {
    for await (const _ of client.allCases({ contract_ids, date_created_from: from }))
      if (seen.refusedAt.length > 0) break;
  })();
  await settled(left, seen);
  const { requests } = seen;
  await settled(new Promise((done) => setTimeout(done, 3 * MINUTE)), seen);
  assert.equal(seen.requests, requests);
});

test("calls of one client share the wait", async () => {
  const { client, seen, contract_ids } = await setUp({ perMinute: 30 });
  const half = contract_ids.length / 2;
  const bulkReads = [contract_ids.slice(0, half), contract_ids.slice(half)].map((ids) =>
    read(client.allCases({ contract_ids: ids, date_created_from: from }, { concurrency: 4 })),
  );
  const [first, second] = await settled(Promise.all(bulkReads), seen);
  assert.ok(first.length > 0 && second.length > 0);
  assert.ok(busiest(seen.taken) <= 30);
  const minutes = Math.ceil(seen.taken.length / 30);
  assert.ok(seen.refusedAt.length <= 8 + minutes, `${seen.refusedAt.length} in ${minutes} minutes`);
});

test("with rateLimit.perMinute no request is rejected", async () => {
  const rateLimit = { perSecond: 0, perMinute: 30, perDay: 0 };
  const { client, seen, contract_ids } = await setUp({ perMinute: 30, rateLimit });
  await settled(read(client.allCases({ contract_ids: contract_ids.slice(0, 100), date_created_from: from })), seen);
  assert.equal(seen.refusedAt.length, 0);
});
