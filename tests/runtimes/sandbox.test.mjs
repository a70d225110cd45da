// The imported sandbox: a `fetch` without sockets.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { CaseClient } from "cisco-support-case";
import { createSandbox } from "cisco-support-case/sandbox";

const LISTS = "/case/v3/cases/contracts/contract_ids";
const CONTRACT = `${LISTS}/1234567`;
const SUMMARY = "/case/v3/cases/case_ids/682299374";
const HOST = "https://sandbox.invalid";
const AUTHORIZED = { headers: { Authorization: "Bearer anything" } };

const get = (sandbox, path, init) => sandbox.fetch(HOST + path, { ...AUTHORIZED, ...init });

/** FNV-1a, as in the native tests. */
function fnv(bytes, hash) {
  for (const byte of bytes) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn;
  return hash;
}

/** A body in chunks, with the time at which each arrived. */
async function pieces(response) {
  const start = performance.now();
  const out = [];
  for await (const piece of response.body) out.push({ length: piece.length, at: performance.now() - start });
  return out;
}

test("a page of cases is a real Response", async () => {
  const sandbox = await createSandbox();
  const response = await get(sandbox, CONTRACT);
  assert.ok(response instanceof Response);
  assert.equal(response.status, 200);
  assert.equal(response.url, HOST + CONTRACT);
  assert.match(response.headers.get("content-type"), /^application\/json/);
  assert.match(response.headers.get("x-mashery-message-id"), /^[0-9a-f-]{36}$/);
  assert.equal(response.headers.get("cache-control"), "private");
  const page = await response.json();
  assert.equal(page.cases.length, 100);
  assert.equal(page.cases[0].contract_id, "1234567");
});

test("the wasm returns the same bytes as the native build", async () => {
  const sandbox = await createSandbox({ cases: 1000, seed: 1 });
  const { contract_ids, case_ids } = sandbox.info();
  let hash = 0xcbf29ce484222325n;
  const add = async (path) => (hash = fnv(new Uint8Array(await (await get(sandbox, path)).arrayBuffer()), hash));
  for (const id of contract_ids) await add(`/case/v3/cases/contracts/contract_ids/${id}?sort_by=STATUS`);
  for (const id of case_ids) await add(`/case/v3/cases/details/case_id/${id}`);
  assert.equal(hash.toString(16), "24ae6ad77e63d91e");
});

test("cases change with the clock as in the native build", async () => {
  const sandbox = await createSandbox({ cases: 1000, movesPerHour: 250.5 });
  for (let minute = 0; minute < 240; minute += 1) sandbox.advance(60_000);
  const { moves, contract_ids } = sandbox.info();
  assert.equal(moves.created + moves.updated + moves.closed + moves.reopened, 1002);
  let hash = 0xcbf29ce484222325n;
  const read = async (path) => new Uint8Array(await (await get(sandbox, path)).arrayBuffer());
  const page = async (id, index) => await (await get(sandbox, `${LISTS}/${id}?page_index=${index}`)).json();
  const lastOf = async (id) => (await page(id, 1)).pagination_response_record.last_index;
  for (const id of contract_ids) hash = fnv(await read(`${LISTS}/${id}?page_index=${await lastOf(id)}`), hash);
  const last = await lastOf("1234567");
  const cases = [...(await page("1234567", last - 1)).cases, ...(await page("1234567", last)).cases];
  for (const { case_id } of cases.reverse().slice(0, 50)) {
    hash = fnv(await read(`/case/v3/cases/details/case_id/${case_id}`), hash);
  }
  assert.equal(hash.toString(16), "1a99b2cf194c70f6");
});

test("a list changes between the requests of its reader", async () => {
  const sandbox = await createSandbox({ movesPerHour: 3600, msPerRequest: 30_000 });
  const newest = async () => (await (await get(sandbox, `${LISTS}/1234567?page_index=4`)).json()).cases;
  const before = await newest();
  assert.notDeepEqual(await newest(), before);
  const { now, moves, movesPerHour, msPerRequest } = sandbox.info();
  assert.deepEqual([now, movesPerHour, msPerRequest], ["2026-06-01T12:01:00Z", 3600, 30_000]);
  assert.equal(moves.created + moves.updated + moves.closed + moves.reopened, 60);
});

test("info() has every contract and user", async () => {
  const sandbox = await createSandbox({ cases: 20_000 });
  const { contracts, contract_ids, users, user_ids } = sandbox.info({ holders: 1e9 });
  assert.ok(contracts > 100);
  assert.deepEqual([new Set(contract_ids).size, new Set(user_ids).size], [contracts, users]);
  assert.equal(sandbox.info().contract_ids.length, 100);
  const reply = await sandbox.fetch(`${HOST}/__sandbox?holders=3`);
  assert.deepEqual(await reply.json(), sandbox.info({ holders: 3 }));
  assert.throws(() => sandbox.info({ holders: -1 }), { name: "TypeError", message: /^holders: / });
  assert.throws(() => sandbox.info({ holder: 1 }), { name: "TypeError", message: /^holder: / });
});

test("fetch accepts the arguments of the platform's fetch, on any host", async () => {
  const { fetch } = await createSandbox({ cases: 50 });
  const inputs = [
    [HOST + SUMMARY, AUTHORIZED],
    [new URL(SUMMARY, "https://apix.cisco.com"), { headers: new Headers(AUTHORIZED.headers) }],
    [new Request("http://127.0.0.1:1" + SUMMARY, AUTHORIZED)],
    [new Request(HOST + SUMMARY), { headers: [["authorization", "bearer x"]] }],
  ];
  for (const [input, init] of inputs) assert.equal((await fetch(input, init)).status, 200);
  await assert.rejects(fetch("/relative"), TypeError);
  await assert.rejects(fetch(HOST, { body: "a GET has none" }), TypeError);
});

test("HEAD has headers and no body", async () => {
  const response = await get(await createSandbox({ cases: 5 }), SUMMARY, { method: "HEAD" });
  assert.deepEqual([response.status, await response.text()], [200, ""]);
});

test("an error has the service's status, code and message id", async () => {
  const sandbox = await createSandbox({ cases: 5 });
  const response = await sandbox.fetch(HOST + SUMMARY);
  assert.equal(response.status, 403);
  assert.equal(response.headers.get("x-mashery-error-code"), "ERR_403_NOT_AUTHORIZED");
  assert.ok(response.headers.get("x-mashery-message-id"));
  assert.equal(await response.text(), "<h1>Not Authorized</h1>");
  assert.equal((await get(sandbox, "/case/v3/cases/case_ids/6%208")).status, 596);
});

test("a strict sandbox accepts a token of its token endpoint until it expires", async () => {
  const sandbox = await createSandbox({ cases: 5, auth: "strict" });
  assert.equal((await get(sandbox, SUMMARY)).status, 403);
  const body = new URLSearchParams({ grant_type: "client_credentials", client_id: "portal", client_secret: "s" });
  const reply = await (await sandbox.fetch(sandbox.tokenUrl, { method: "POST", body })).json();
  const init = { headers: { Authorization: `Bearer ${reply.access_token}` } };
  assert.equal((await get(sandbox, SUMMARY, init)).status, 200);
  sandbox.advance(reply.expires_in * 1000);
  assert.equal((await get(sandbox, SUMMARY, init)).status, 403);
  body.set("client_id", "bad");
  const refused = await sandbox.fetch(sandbox.tokenUrl, { method: "POST", body });
  assert.deepEqual([refused.status, (await refused.json()).errorCode], [401, "invalid_client"]);
});

test("the control address does the same as the methods", async () => {
  const sandbox = await createSandbox({ cases: 5 });
  const order = { faults: [{ name: "over_qps", times: 1 }], advanceMs: 1000 };
  const reply = await sandbox.fetch(`${HOST}/__sandbox`, { method: "POST", body: JSON.stringify(order) });
  assert.deepEqual(await reply.json(), sandbox.info());
  assert.equal(sandbox.info().faults[0].name, "over_qps");
  assert.equal((await get(sandbox, SUMMARY)).headers.get("retry-after"), "1");
  const bad = await sandbox.fetch(`${HOST}/__sandbox`, { method: "POST", body: '{"faults":[{"name":"x"}]}' });
  assert.deepEqual([bad.status, (await bad.json()).field], [400, "faults[0].name"]);
});

test("several sandboxes are independent", async () => {
  const [one, two] = await Promise.all([createSandbox({ cases: 10 }), createSandbox({ cases: 20, seed: 2 })]);
  one.fault("reset");
  assert.deepEqual([one.info().cases, two.info().cases], [10, 20]);
  assert.equal((await get(two, SUMMARY)).status, 200);
  one.free();
  assert.equal((await get(two, SUMMARY)).status, 200);
  assert.throws(() => one.info(), /closed by free/);
  await assert.rejects(get(one, SUMMARY), /closed by free/);
});

test("an invalid option is a TypeError that names it", async () => {
  const wrong = {
    cases: [0, 1_000_001, 1.5, NaN, "10", -1],
    seed: [-1, 0.5, 2 ** 60],
    now: ["tomorrow", new Date(NaN), 5],
    auth: ["none", 1],
    live: ["yes"],
    movesPerHour: [-1, 3_600_001, NaN, "10"],
    msPerRequest: [-1, 0.5, 3_600_001, "10"],
    case: [1],
  };
  for (const [name, values] of Object.entries(wrong)) {
    for (const value of values) {
      await assert.rejects(createSandbox({ [name]: value }), (error) => {
        assert.ok(error instanceof TypeError);
        return error.message.startsWith(`${name}:`);
      });
    }
  }
  await assert.rejects(createSandbox(5), TypeError);
  await createSandbox({ cases: undefined, now: undefined });
  await createSandbox(undefined);
});

test("an invalid fault, case or clock step is a TypeError that names it", async () => {
  const sandbox = await createSandbox({ cases: 5 });
  assert.throws(() => sandbox.fault("nope"), { name: "TypeError", message: /^fault\.name: / });
  assert.throws(() => sandbox.fault("reset", { rate: 2 }), { name: "TypeError", message: /^fault\.rate: / });
  assert.throws(() => sandbox.fault("reset", { often: 2 }), { name: "TypeError", message: /^fault\.often: / });
  assert.throws(() => sandbox.put({}), { name: "TypeError", message: /^case_id: / });
  assert.throws(() => sandbox.put({ case_id: "1", severity: 9 }), { name: "TypeError", message: /^severity: / });
  for (const ms of [-1, 0.5, NaN, "5", undefined]) {
    assert.throws(() => sandbox.advance(ms), { name: "TypeError", message: /^ms: / });
  }
});

test("the clock is fixed, starts at `now`, or follows the real one", async () => {
  assert.equal((await createSandbox({ cases: 1 })).info().now, "2026-06-01T12:00:00Z");
  const moved = await createSandbox({ cases: 1, now: new Date("2031-02-03T04:05:06Z") });
  assert.equal(moved.info().now, "2031-02-03T04:05:06Z");
  const before = Date.now();
  const live = await createSandbox({ cases: 1, live: true });
  await sleep(20);
  const now = Date.parse(live.info().now);
  assert.ok(now >= before + 15 && now <= Date.now(), `${now}`);
});

test("a case that is too deep is refused, and none of it is imported", async () => {
  const sandbox = await createSandbox({ cases: 5 });
  const ids = sandbox.info().case_ids;
  const cyclic = {};
  cyclic.self = cyclic;
  for (const extra of [{ a: { b: { c: { d: { e: { f: { g: { h: 1 } } } } } } } }, cyclic]) {
    assert.throws(() => sandbox.put({ case_id: "700000009", extra }), {
      name: "TypeError",
      code: "INVALID_OPTION",
      message: "options and cases: expected at most 8 levels of objects, got more",
    });
  }
  assert.deepEqual(sandbox.info().case_ids, ids);
  sandbox.put({ case_id: "700000009", extra: { a: { b: { c: { d: { e: { f: 1 } } } } } } });
});

test("a case can be imported, and a read record can be imported again", async () => {
  const sandbox = await createSandbox({ cases: 5 });
  sandbox.put({
    case_id: "700000001",
    contract_id: "55",
    title: "new",
    updated_date: new Date("2026-05-05T00:00:00Z"),
  });
  const page = await (await get(sandbox, "/case/v3/cases/contracts/contract_ids/55")).json();
  assert.deepEqual(
    page.cases.map(({ case_id, title, updated_date }) => [case_id, title, updated_date]),
    [["700000001", "new", "2026-05-05T00:00:00.000Z"]],
  );
  const details = async () =>
    (await (await get(sandbox, "/case/v3/cases/details/case_id/682299374")).json()).caseDetail;
  const before = await details();
  sandbox.put(before);
  assert.deepEqual(await details(), before);
});

test("latency delays a response", async () => {
  const sandbox = await createSandbox({ cases: 5 });
  sandbox.fault("latency", { ms: 60 });
  const start = performance.now();
  assert.equal((await get(sandbox, SUMMARY)).status, 200);
  assert.ok(performance.now() - start >= 55);
});

test("a reset rejects as a network failure does", async () => {
  const sandbox = await createSandbox({ cases: 5 });
  sandbox.fault("reset", { times: 1 });
  await assert.rejects(get(sandbox, SUMMARY), TypeError);
  assert.equal((await get(sandbox, SUMMARY)).status, 200);
});

test("a truncated body breaks after its first half", async () => {
  const sandbox = await createSandbox({ cases: 5 });
  sandbox.fault("truncated_body");
  const response = await get(sandbox, SUMMARY);
  assert.equal(response.status, 200);
  await assert.rejects(response.text(), TypeError);
  const reader = (await get(sandbox, SUMMARY)).body.getReader();
  assert.ok((await reader.read()).value.length > 100);
  await assert.rejects(reader.read(), TypeError);
});

test("a slow body arrives complete, in chunks over its duration", async () => {
  const sandbox = await createSandbox({ cases: 500 });
  const whole = (await (await get(sandbox, CONTRACT)).arrayBuffer()).byteLength;
  sandbox.fault("slow_body", { ms: 140 });
  const got = await pieces(await get(sandbox, CONTRACT));
  assert.equal(
    got.reduce((sum, { length }) => sum + length, 0),
    whole,
  );
  assert.equal(got.length, 8);
  assert.ok(got[7].at >= 130, `${got[7].at}`);
});

test("a signal aborts before the request, during the latency and during a slow body", async () => {
  const sandbox = await createSandbox({ cases: 500 });
  const reason = new Error("enough");
  await assert.rejects(get(sandbox, SUMMARY, { signal: AbortSignal.abort(reason) }), reason);
  assert.equal(sandbox.info().requests.received, 0, "the service received no request");

  sandbox.fault("latency", { ms: 60_000, times: 1 });
  const waiting = new AbortController();
  setTimeout(() => waiting.abort(reason), 20);
  await assert.rejects(get(sandbox, SUMMARY, { signal: waiting.signal }), reason);

  sandbox.fault("slow_body", { ms: 60_000 });
  const reading = new AbortController();
  const response = await get(sandbox, CONTRACT, { signal: reading.signal });
  setTimeout(() => reading.abort(reason), 20);
  await assert.rejects(response.text(), reason);

  const byRequest = new AbortController();
  const slow = await sandbox.fetch(new Request(HOST + CONTRACT, { ...AUTHORIZED, signal: byRequest.signal }));
  byRequest.abort();
  await assert.rejects(slow.text(), { name: "AbortError" });

  await assert.rejects(get(sandbox, SUMMARY, { signal: AbortSignal.abort() }), { name: "AbortError" });
});

test("a cancelled slow body leaves no timer", async () => {
  const sandbox = await createSandbox({ cases: 500 });
  sandbox.fault("slow_body", { ms: 60_000 });
  const response = await get(sandbox, CONTRACT);
  const reader = response.body.getReader();
  await reader.read();
  await reader.cancel();
  assert.equal(process.getActiveResourcesInfo().filter((name) => name === "Timeout").length, 0);
});

test("clientOptions create a client of this sandbox without a rate limit", async () => {
  const sandbox = await createSandbox({ cases: 50 });
  const { clientOptions } = sandbox;
  assert.deepEqual(Object.keys(clientOptions).sort(), ["baseUrl", "fetch", "rateLimit", "token"]);
  assert.deepEqual([clientOptions.fetch, clientOptions.baseUrl], [sandbox.fetch, sandbox.baseUrl]);
  const cases = new CaseClient({ ...clientOptions });
  const calls = Array.from({ length: 30 }, () => cases.caseSummary({ case_ids: ["682299374"] }));
  const summaries = await Promise.all(calls);
  assert.ok(summaries.every(({ count }) => count === 1));
  const { second, minute, day, concurrent } = cases.budget();
  assert.deepEqual(
    [second, minute, day, concurrent].map(({ limit }) => limit),
    [null, null, null, null],
  );
  assert.deepEqual(sandbox.info().requests, { received: 30, refused: 0, busiestSecond: 30, busiestMinute: 30 });
});

test("clientOptions of a strict sandbox provide a valid token, and another after it expires", async () => {
  const sandbox = await createSandbox({ cases: 5, auth: "strict" });
  const cases = new CaseClient({ ...sandbox.clientOptions, maxRetries: 0 });
  for (const round of [1, 2]) {
    assert.equal((await cases.caseDetails({ case_id: "682299374" })).case_id, "682299374", `round ${round}`);
    sandbox.advance(24 * 3_600_000);
  }
});

test("the exception of a getter is thrown unchanged, and the sandbox continues", async () => {
  const thrown = new TypeError("the caller's own");
  const getter = () => {
    throw thrown;
  };
  const throwing = (name, rest = {}) => Object.defineProperty({ ...rest }, name, { enumerable: true, get: getter });
  await assert.rejects(createSandbox(throwing("seed")), thrown);
  const sandbox = await createSandbox({ cases: 5 });
  assert.throws(() => sandbox.info(throwing("holders")), thrown);
  assert.throws(() => sandbox.put(throwing("title", { case_id: "700000001" })), thrown);
  assert.throws(() => sandbox.put({ case_id: "700000001", notes: [throwing("note")] }), thrown);
  assert.throws(() => sandbox.fault("reset", throwing("rate")), thrown);
  assert.equal(sandbox.info().cases, 5);
  assert.equal((await get(sandbox, SUMMARY)).status, 200);
});
