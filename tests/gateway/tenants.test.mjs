// Two concurrent tenants in four isolates, with a failing service: no tenant sees another's data, the service counts no
// request above the limits, neither tenant starves the other, and forbidden cases look absent.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { CaseClient, isCaseApiError } from "cisco-support-case";
import { countedPerSecond, gateway, host, provider, service, UNTIL_MS } from "./harness.mjs";

const PER_SECOND = 20;
const PER_MINUTE = 700;
const ISOLATES = 4;
const PAIRS_AT_ONCE = 5;

let sandbox;
let login;
let tokenHost;
let worker;
const tenants = {};
/** Contract of each case. */
const contractOf = new Map();
/** What a tenant was shown of another. A client handles errors of its `fetch`, so that they are collected. */
const leaks = [];

/** Starts a token endpoint with its own token lifetime that counts its requests. */
async function tokenEndpoint(expires_in) {
  const times = [];
  const made = await host((request, response) => {
    times.push(Date.now());
    const parts = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", async () => {
      const { "content-type": type } = request.headers;
      const answer = await fetch(sandbox.tokenUrl, {
        method: "POST",
        body: Buffer.concat(parts),
        headers: { "content-type": type },
      });
      const token = await answer.json();
      response
        .writeHead(answer.status, { "content-type": "application/json" })
        .end(JSON.stringify({ ...token, expires_in: expires_in ?? token.expires_in }));
    });
  });
  return { ...made, times, url: `${made.address}/token` };
}

before(async () => {
  [sandbox, login] = await Promise.all([service(["--live"]), provider()]);
  tokenHost = await tokenEndpoint();
  const { contract_ids } = await sandbox.info();
  // The contract with most cases belongs to neither tenant: its cases are wrong in the responses of both.
  const [none, ...others] = contract_ids;
  for (const [index, name] of ["a", "b"].entries()) {
    tenants[name] = { name, contract_ids: others.filter((_, place) => place % 2 === index), case_ids: [] };
  }
  for (const contract of [none, ...others]) {
    for (let page = 1, last = 1; page <= last; page += 1) {
      const answer = await (await sandbox.get(`/cases/contracts/contract_ids/${contract}?page_index=${page}`)).json();
      last = answer.pagination_response_record.last_index;
      for (const { case_id } of answer.cases) contractOf.set(case_id, contract);
    }
  }
  for (const tenant of Object.values(tenants)) {
    tenant.case_ids = [...contractOf]
      .filter(([, contract]) => tenant.contract_ids.includes(contract))
      .map(([id]) => id);
    assert.ok(tenant.case_ids.length > 50);
  }
  worker = await gateway({
    isolates: ISOLATES,
    upstream: sandbox.baseUrl,
    tokenUrl: tokenHost.url,
    jwks: login.uri,
    options: { rateLimit: { perSecond: PER_SECOND, perMinute: PER_MINUTE, perDay: 0 } },
    permissions: { a: { contract_ids: tenants.a.contract_ids }, b: { contract_ids: tenants.b.contract_ids } },
  });
  for (const tenant of Object.values(tenants)) {
    tenant.jwt = await login.signIn(tenant.name);
    tenant.seen = 0;
    tenant.clients = Array.from({ length: ISOLATES }, (_, isolate) => client(tenant, isolate));
  }
});

after(async () => {
  await worker?.stop();
  tokenHost?.stop();
  login?.stop();
  sandbox?.stop();
});

/** The package's own client of the gateway's address; every response byte is inspected. */
function client(tenant, isolate, more = {}) {
  return new CaseClient({
    baseUrl: `https://${worker.names[isolate]}.example/api/case`,
    token: tenant.jwt,
    rateLimit: false,
    fetch: async (url, init) => {
      const response = await worker.miniflare.dispatchFetch(String(url.url ?? url), await asInit(url, init));
      const text = await response.text();
      look(tenant, text);
      return new Response(text, {
        status: response.status,
        headers: [...response.headers].filter(([name]) => !/encoding|length/.test(name)),
      });
    },
    ...more,
  });
}

async function asInit(request, init) {
  const headers = Object.fromEntries(new Headers(init?.headers ?? request.headers));
  return { headers, signal: init?.signal ?? request.signal };
}

function look(tenant, text) {
  for (const [, id] of text.matchAll(/"case_id":\s*"(\d+)"/g)) {
    tenant.seen += 1;
    const contract = contractOf.get(id);
    if (!tenant.contract_ids.includes(contract)) leaks.push(`${tenant.name}: case ${id} of contract ${contract}`);
  }
  for (const [, id] of text.matchAll(/"contract_id":\s*"(\w+)"/g)) {
    if (!tenant.contract_ids.includes(id)) leaks.push(`${tenant.name}: contract ${id}`);
  }
  // A rejection may repeat an id of the request.
  if (text.startsWith('{"error"')) return;
  const other = tenant.name === "a" ? tenants.b : tenants.a;
  for (const id of [...other.contract_ids, ...other.case_ids]) {
    if (text.includes(`"${id}"`)) leaks.push(`${tenant.name}: ${id}`);
  }
}

const any = (list) => list[Math.floor(Math.random() * list.length)];
const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
/** Audit records since the last read. */
const audits = async () =>
  (await Promise.all(worker.names.map((_, isolate) => worker.test("audit", undefined, isolate)))).flat();
const received = async () => (await sandbox.info()).requests.received;

/** Makes calls of all kinds until it is done, some for the other tenant's data; records each outcome. */
async function hammer(tenant, isolate, isDone, outcomes) {
  const other = tenant === tenants.a ? tenants.b : tenants.a;
  const cases = tenant.clients[isolate];
  const kinds = [
    () => cases.casesByContract({ contract_ids: [tenant.contract_ids[0]] }),
    () =>
      cases.casesByContract({
        contract_ids: [any(tenant.contract_ids), any(tenant.contract_ids)],
        status_flag: any(["O", "C"]),
      }),
    () => cases.caseDetails({ case_id: any(tenant.case_ids) }),
    () => cases.caseSummary({ case_ids: [any(tenant.case_ids), any(tenant.case_ids), any(other.case_ids)] }),
    () => cases.caseDetails({ case_id: any(other.case_ids) }),
    () => cases.casesByContract({ contract_ids: [any(tenant.contract_ids), any(other.contract_ids)] }),
  ];
  while (!isDone()) {
    const kind = Math.floor(Math.random() * kinds.length);
    let outcome = "ok";
    try {
      await kinds[kind]();
    } catch (error) {
      if (!isCaseApiError(error)) throw error;
      outcome = error.code;
    }
    const name = `${["list", "lists", "details", "summary", "foreign details", "foreign list"][kind]}: ${outcome}`;
    outcomes.set(name, (outcomes.get(name) ?? 0) + 1);
  }
}

test("the cached case of one tenant is not returned to another", async () => {
  const [id] = tenants.b.case_ids;
  const status = async ({ jwt }) => {
    const response = await worker.get(`/cases/details/case_id/${id}`, jwt);
    await response.text();
    return response.status;
  };
  const { a, b } = tenants;
  assert.deepEqual([await status(a), await status(b), await status(a)], [403, 200, 403]);
});

/** Response text without the fields specific to a request. */
const plain = (text) => text.replace(/"(requestId|messageId)":"[^"]*"/g, '"$1":""');
const headersOf = (response) =>
  Object.fromEntries(
    [...response.headers].map(([name, value]) => [
      name,
      /^(x-request-id|x-mashery-message-id|date)$/.test(name) ? "…" : value,
    ]),
  );

async function sample(path, { cached = false } = {}) {
  const began = performance.now();
  const response = await worker.get(path, tenants.a.jwt, cached ? {} : { headers: { "cache-control": "no-cache" } });
  const text = await response.text();
  return { status: response.status, text: plain(text), headers: headersOf(response), ms: performance.now() - began };
}

/**
 * Runs both concurrently, so that noise of the machine affects both alike. The order alternates. Some pairs run at the same time,
 * fewer than the limit per second: the gateway answers all of them only at the end of a step of time.
 */
async function interleaved(first, second, count, { pairsAtOnce = PAIRS_AT_ONCE, ...options } = {}) {
  const samples = [[], []];
  const before = await received();
  const pair = async (index) => {
    const both = [first(index), second(index)].map((path, side) => [path, side]);
    if (index % 2) both.reverse();
    const taken = await Promise.all(both.map(async ([path, side]) => [side, await sample(path, options)]));
    for (const [side, one] of taken) samples[side].push(one);
  };
  for (let index = 0; index < count; index += pairsAtOnce)
    await Promise.all(Array.from({ length: Math.min(pairsAtOnce, count - index) }, (_, at) => pair(index + at)));
  assert.equal((await received()) - before, 2 * count, "each has cost one request");
  return samples;
}

function assertEqualResponses([left, right], label) {
  for (const key of ["status", "text", "headers"]) {
    const values = (samples) => [...new Set(samples.map((one) => JSON.stringify(one[key])))].sort();
    assert.deepEqual(values(left), values(right), `${label}: ${key}`);
    assert.equal(values(left).length, 1, `${label}: ${key} of one kind`);
  }
  // A busy machine delays both of a pair.
  const apart = median(left.map(({ ms }, index) => ms - right[index].ms));
  assert.ok(Math.abs(apart) < 60, `${label}: ${apart} ms apart`);
}

test("another tenant's case and a missing case have equal responses: bytes, headers and time", async () => {
  const details = (id) => `/cases/details/case_id/${id}`;
  const foreign = (index) => details(tenants.b.case_ids[index]);
  const unknown = (index) => details(String(910_000_000 + index));
  // Once with the cache, as a page requests it, and once without.
  const [left, right] = await interleaved(foreign, unknown, 20, { cached: true });
  assertEqualResponses([left, right], "details");
  assert.equal(left[0].status, 403);
  assert.equal(JSON.parse(left[0].text).error.code, "CASE_NOTFOUND");
  assert.equal(left[0].headers["cache-control"], "no-store");
  assert.ok(!("x-cache" in left[0].headers) && !("age" in left[0].headers));
  // Repeated requests cost the same again: neither response is cached. At the same time they would be joined.
  const again = await interleaved(
    () => foreign(0),
    () => unknown(0),
    3,
    { cached: true, pairsAtOnce: 1 },
  );
  assertEqualResponses(again, "details again");
  assert.deepEqual(again[0][0].text, left[0].text);
});

test("a summary with another tenant's case equals one with a missing case", async () => {
  const [known, other] = tenants.a.case_ids;
  for (const [position, ids] of [
    ["after", (id) => [known, id]],
    ["before", (id) => [id, known]],
    ["between", (id) => [known, id, other]],
  ]) {
    const count = position === "after" ? 20 : 4;
    const summary = (id) => `/cases/case_ids/${ids(id).join()}`;
    const samples = await interleaved(
      (index) => summary(tenants.b.case_ids[index]),
      (index) => summary(String(910_000_000 + index)),
      count,
    );
    assertEqualResponses(samples, position);
    const [{ status, text }] = samples[0];
    assert.equal(status, 200);
    const { count: found, cases } = JSON.parse(text);
    assert.equal(found, ids("").length - 1);
    assert.equal(cases.length, found);
    for (const { case_id } of cases) assert.ok([known, other].includes(case_id));
  }
});

test("a summary of only other tenants' cases, or of missing cases, is not found", async () => {
  const summary = (ids) => `/cases/case_ids/${ids.join()}`;
  const samples = await interleaved(
    (index) => summary(tenants.b.case_ids.slice(index, index + 3)),
    (index) => summary([910_000_000 + index, 920_000_000, 930_000_000]),
    6,
  );
  assertEqualResponses(samples, "summary");
  assert.equal(JSON.parse(samples[0][0].text).error.code, "CASE_NOTFOUND");
});

// The tests under load are the last ones: after them the gateway sends more slowly for a while.
describe("the quota", { concurrency: 2 }, () => {
  test("single calls of one tenant wait little during the bulk read of another", async () => {
    const bulkRead = new AbortController();
    const waits = { a: [], b: [] };
    const timed = async (tenant, isolate, list) => {
      const began = Date.now();
      await worker
        .get(`/cases/details/case_id/${any(tenant.case_ids)}`, tenant.jwt, {
          isolate,
          headers: { "cache-control": "no-cache" },
        })
        .then((response) => response.text());
      list.push(Date.now() - began);
    };
    const readAll = async (isolate) => {
      const call = tenants.a.clients[isolate].allCases(
        { contract_ids: tenants.a.contract_ids },
        { concurrency: 8, signal: bulkRead.signal },
      );
      try {
        for await (const one of call) assert.ok(tenants.a.contract_ids.includes(contractOf.get(one.case_id)));
      } catch (error) {
        if (error.name !== "AbortError") throw error;
      }
    };
    const flood = async (isolate) => {
      while (!bulkRead.signal.aborted) await timed(tenants.a, isolate, waits.a);
    };
    const others = Array.from({ length: ISOLATES }, (_, isolate) => [
      readAll(isolate),
      ...Array.from({ length: 8 }, () => flood(isolate)),
    ]);
    await sleep(1500);
    for (let index = 0; index < 10; index += 1) {
      await timed(tenants.b, index % ISOLATES, waits.b);
      await sleep(60);
    }
    bulkRead.abort();
    await Promise.all(others.flat());
    const [a, b] = [median(waits.a), median(waits.b)];
    // All slots of one second may be granted to one tenant; the first slot of the next second is B's.
    assert.ok(b < a / 2, `B waited ${b} ms, A ${a} ms`);
    const { requests } = await sandbox.info();
    assert.ok(requests.busiestSecond <= countedPerSecond(PER_SECOND), `${requests.busiestSecond} in a second`);
  });

  test("the limit per minute holds under any load, and rejections have Retry-After", async (context) => {
    const [own, tokens] = await Promise.all([service(["--live"]), tokenEndpoint(4)]);
    const limited = await gateway({
      isolates: 2,
      upstream: own.baseUrl,
      tokenUrl: tokens.url,
      jwks: login.uri,
      options: { rateLimit: { perSecond: 8, perMinute: 40, perDay: 0, reservePercent: 0 }, timeoutMs: 3000 },
      permissions: { a: { contract_ids: "*" } },
    });
    context.after(async () => {
      await limited.stop();
      tokens.stop();
      own.stop();
    });
    const { case_ids } = await own.info();
    const jwt = await login.signIn("a");
    const began = Date.now();
    const codes = [];
    const answered = () => codes.filter((code) => code === "ok").length;
    // A machine that pauses answers fewer in that time.
    const isDone = () => Date.now() - began > (answered() >= 36 ? 8000 : 30_000);
    const sendRequest = async (isolate) => {
      while (!isDone()) {
        const response = await limited.get(`/cases/details/case_id/${any(case_ids)}`, jwt, {
          isolate,
          headers: { "cache-control": "no-cache" },
          signal: AbortSignal.timeout(UNTIL_MS),
        });
        const body = await response.json();
        codes.push(body.error?.code ?? "ok");
        if (!body.error) continue;
        assert.equal(body.error.code, "GATEWAY_BUSY");
        assert.equal(response.status, 429);
        assert.ok(
          Number(response.headers.get("retry-after")) >= 1 && body.error.retryAfterMs >= 100,
          JSON.stringify(body),
        );
        await sleep(300);
      }
    };
    await Promise.all(Array.from({ length: 12 }, (_, index) => sendRequest(index % 2)));
    const { requests } = await own.info();
    assert.ok(requests.busiestSecond <= countedPerSecond(8), `${requests.busiestSecond} in a second`);
    assert.ok(requests.busiestMinute <= 40, `${requests.busiestMinute} in a minute`);
    assert.ok(answered() >= 36 && answered() <= 40, `${answered()} were answered`);
    assert.ok(codes.includes("GATEWAY_BUSY"));
    // A token is used for at least five seconds, and is renewed only on demand.
    const apart = tokens.times.slice(1).map((time, index) => time - tokens.times[index]);
    assert.ok(
      apart.every((ms) => ms > 4900),
      `tokens after ${apart.join(", ")} ms`,
    );
    assert.ok(tokens.times.length >= 2, `${tokens.times.length} tokens`);
    assert.ok(tokens.times.length <= 1 + Math.ceil((Date.now() - began) / 5000));
  });
});

/** Waits until calls that their callers ended earlier have ended at the service: it has received none for two seconds. */
async function quiet() {
  for (let known = -1, now = await received(); now !== known; now = await received()) {
    known = now;
    await sleep(2000);
  }
}

test("two tenants under load on four isolates with a failing service see their own data only", async () => {
  await quiet();
  for (const [name, more] of [
    ["latency", { rate: 0.2, ms: 120 }],
    ["reset", { rate: 0.05 }],
    ["html_error", { rate: 0.05 }],
    ["truncated_body", { rate: 0.05 }],
    ["garbage_json", { rate: 0.03 }],
    ["api_error_200", { rate: 0.03 }],
    ["over_capacity", { rate: 0.02 }],
  ]) {
    await sandbox.fault(name, more);
  }
  const [before, tokensBefore] = [await received(), tokenHost.counts.requests];
  await audits();
  const outcomes = new Map();
  const wanted = ["list: ok", "lists: ok", "details: ok", "summary: ok"];
  wanted.push("foreign details: CASE_NOTFOUND", "foreign list: NOT_PERMITTED");
  // A busy machine makes fewer calls in the time.
  const isEnough = () => wanted.every((name) => outcomes.get(name) > 5) && tenants.a.seen > 300 && tenants.b.seen > 300;
  const began = Date.now();
  const isDone = () => Date.now() - began > (isEnough() ? 7000 : 60_000);
  // Towards the end, since the rate is lower for a while after that.
  const overQps = sleep(6000).then(() => sandbox.fault("over_qps", { times: 1 }));
  const all = Object.values(tenants).flatMap((tenant) =>
    Array.from({ length: 20 }, (_, index) => hammer(tenant, index % ISOLATES, isDone, outcomes)),
  );
  await Promise.all([...all, overQps]);
  await sandbox.clear();

  const counts = [...outcomes]
    .map(([name, count]) => `${name} ${count}`)
    .sort()
    .join(", ");
  assert.deepEqual(leaks, []);
  assert.ok(isEnough(), `${tenants.a.seen} and ${tenants.b.seen} cases were read; ${counts}`);
  // Cases of the other tenant are not found, also during other failures; lists of the other tenant are rejected.
  for (const name of outcomes.keys()) assert.ok(!/^foreign .*: ok/.test(name), counts);

  const { requests } = await sandbox.info();
  assert.ok(requests.busiestSecond <= countedPerSecond(PER_SECOND), `${requests.busiestSecond} in a second; ${counts}`);
  assert.ok(requests.busiestMinute <= PER_MINUTE, `${requests.busiestMinute} in a minute`);
  assert.equal(tokenHost.counts.requests, 1, "one token for all isolates");

  // The audit's number of upstream requests equals the service's count, once each refresh of a stale response has ended.
  const lines = [];
  const attempts = () => lines.reduce((sum, { attempts: count }) => sum + count, 0);
  const count = async () => (await received()) - before - (tokenHost.counts.requests - tokensBefore);
  for (const end = Date.now() + 30_000; attempts() !== (await count()) && Date.now() < end; await sleep(50)) {
    lines.push(...(await audits()));
  }
  const expected = await count();
  assert.equal(attempts(), expected);
  const found = new Set(lines.map(({ cache }) => cache));
  assert.ok(
    ["MISS", "HIT"].every((word) => found.has(word)),
    [...found].join(),
  );
  assert.ok(lines.length > expected, `${lines.length} requests, ${expected} of the service`);
});
