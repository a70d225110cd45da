// Signals shared by several calls: no warning, no remaining listener, and an abort ends each call.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { CaseClient } from "cisco-support-case";
import { createSandbox } from "cisco-support-case/sandbox";

const sandbox = await createSandbox({ cases: 600, seed: 7 });
const { case_ids, contract_ids } = sandbox.info();
const rateLimit = { perSecond: 0, perDay: 0, maxConcurrent: 0 };
const options = { fetch: sandbox.fetch, baseUrl: sandbox.baseUrl, token: "synthetic", rateLimit };
const AT_ONCE = 30;
const each = (run) => Array.from({ length: AT_ONCE }, (_, at) => run(case_ids[at % case_ids.length]));

/** A signal that counts its listeners. */
function counted() {
  const controller = new AbortController();
  const { signal } = controller;
  const listening = { now: 0, most: 0 };
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = function (...args) {
    listening.now += 1;
    listening.most = Math.max(listening.most, listening.now);
    return addEventListener.apply(this, args);
  };
  signal.removeEventListener = function (...args) {
    listening.now -= 1;
    return removeEventListener.apply(this, args);
  };
  return { controller, signal, listening };
}

test("many concurrent requests, with and without a signal, cause no warning", async () => {
  const script = `
    import { CaseClient } from "cisco-support-case";
    import { createSandbox } from "cisco-support-case/sandbox";
    const sandbox = await createSandbox({ cases: 600, seed: 7 });
    const { case_ids, contract_ids } = sandbox.info();
    const client = new CaseClient({ fetch: sandbox.fetch, baseUrl: sandbox.baseUrl, token: "synthetic", rateLimit: ${JSON.stringify(rateLimit)} });
    const { signal } = new AbortController();
    for (const options of [{}, { signal }]) {
      await Promise.all(Array.from({ length: ${AT_ONCE} }, (_, at) => client.caseDetails({ case_id: case_ids[at % case_ids.length] }, options)));
      await Promise.all(Array.from({ length: ${AT_ONCE} }, () => client.casesByContract({ contract_ids: contract_ids.slice(0, 10) }, options).toArray({ limit: 5000 })));
      for await (const _ of client.allCases({ contract_ids, date_created_from: "2024-05-31T00:00:00Z" }, { concurrency: ${AT_ONCE}, ...options }));
      for await (const _ of client.allDetails(case_ids, { concurrency: ${AT_ONCE}, ...options }));
    }
    await new Promise((done) => setTimeout(done, 20));`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "ignore", "pipe"],
    timeout: 30_000,
  });
  let output = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (output += text));
  const [code] = await once(child, "close");
  assert.deepEqual([code, output], [0, ""]);
});

test("no listener remains on a signal after its calls", async () => {
  const client = new CaseClient(options);
  const { signal, listening } = counted();
  await Promise.all(each((case_id) => client.caseDetails({ case_id }, { signal })));
  for await (const _ of client.casesByContract({ contract_ids: contract_ids.slice(0, 10) }, { signal })) break;
  await client.casesByContract({ contract_ids: contract_ids.slice(0, 10) }, { signal }).toArray({ limit: 5000 });
  for await (const _ of client.allCases({ contract_ids: contract_ids.slice(0, 20) }, { signal })) break;
  for await (const _ of client.allDetails(case_ids, { signal }));
  await client.caseDetails({ case_id: "none" }, { signal }).catch(() => {});
  await client.caseDetails({ case_id: "699999999999" }, { signal }).catch(() => {});
  assert.equal(listening.now, 0);
  assert.ok(listening.most <= 10, `${listening.most} listeners at once`);
});

test("a signal ends all its calls, and no others, with its reason", async () => {
  const pending = [];
  const fetch = (url, { signal }) =>
    new Promise((resolve, reject) => {
      pending.push({ url, resolve, signal });
      signal.addEventListener("abort", () => reject(signal.reason));
      if (pending.length === 2 * AT_ONCE) all.resolve();
    });
  const all = {};
  all.promise = new Promise((resolve) => (all.resolve = resolve));
  const client = new CaseClient({ ...options, fetch });
  const { controller, signal, listening } = counted();
  const leaving = each((case_id) => client.caseDetails({ case_id }, { signal }).catch((error) => error));
  const staying = each((case_id) => client.caseDetails({ case_id }));
  await all.promise;
  const reason = { my: "reason" };
  controller.abort(reason);
  for (const error of await Promise.all(leaving)) {
    assert.deepEqual([error.kind, error.name], ["aborted", "AbortError"]);
    assert.equal(error.cause, reason);
  }
  assert.equal(pending.filter((one) => one.signal.aborted).length, AT_ONCE);
  for (const { url, resolve } of pending)
    resolve(sandbox.fetch(url, { headers: { authorization: "Bearer synthetic" } }));
  for (const [at, detail] of (await Promise.all(staying)).entries())
    assert.equal(detail.case_id, case_ids[at % case_ids.length]);
  assert.equal(listening.now, 0);
});

test("a signal ends queued calls, and others take their slots", async () => {
  const pending = [];
  const fetch = (url, init) => new Promise((resolve) => pending.push(() => resolve(sandbox.fetch(url, init))));
  const client = new CaseClient({ ...options, fetch, rateLimit: { ...rateLimit, maxConcurrent: 1 } });
  const controller = new AbortController();
  const first = client.caseDetails({ case_id: case_ids[0] });
  while (pending.length === 0) await sleep(1);
  const leaving = each((case_id) =>
    client.caseDetails({ case_id }, { signal: controller.signal }).catch((error) => error.kind),
  );
  const last = client.caseDetails({ case_id: case_ids[1] });
  while (client.budget().waiting <= AT_ONCE) await sleep(1);
  controller.abort();
  assert.deepEqual(new Set(await Promise.all(leaving)), new Set(["aborted"]));
  assert.equal(pending.length, 1);
  pending[0]();
  assert.equal((await first).case_id, case_ids[0]);
  while (pending.length === 1) await sleep(1);
  pending[1]();
  assert.equal((await last).case_id, case_ids[1]);
  assert.equal(pending.length, 2);
  const { waiting, concurrent } = client.budget();
  assert.deepEqual([waiting, concurrent.used], [0, 0]);
});
