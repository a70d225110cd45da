// The sync in real workerd: its store, its webhooks, and no loss if a run ends at any step.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { verifyWebhook, WebhookError } from "cisco-support-case/gateway/webhook";
import { bundled, countedPerSecond } from "./harness.mjs";
import { agrees, NEXT_SECRET, SECRET, secretOf, setUp, stop, storeAgrees, Webhook } from "./sync-harness.mjs";

after(stop);

for (const kv of [false, true]) {
  const name = kv ? "KV" : "R2";
  test(`${name}: the first run stores and delivers every open case, later runs exactly the changes`, async () => {
    const one = await setUp({ kv });
    const { hook, sandbox } = one;
    const first = await one.run();
    const before = await agrees(one, "first");
    await storeAgrees(one, before);
    assert.deepEqual([first.sync, first.changed, first.closed, first.gone], ["done", before.size, 0, 0]);
    assert.deepEqual([first.delivered, first.pending, first.errors], [before.size, 0, undefined]);
    assert.ok(hook.state.deliveries.every(({ events }) => events.length <= 100));
    assert.deepEqual(
      (await one.names()).filter((name) => !name.startsWith("cases/")).map((name) => name.split("/")[0]),
      ["cursor"],
    );

    const rest = await one.run();
    assert.deepEqual(
      [rest.sync, rest.changed, rest.delivered, rest.requests],
      ["done", 0, 0, Math.ceil(one.CONTRACTS.length / 10)],
    );
    assert.equal(hook.state.deliveries.at(-1).events.length > 0, true);

    for (let hour = 0; hour < 3; hour += 1) {
      const then = await one.truth();
      await sandbox.advance(3_600_000);
      hook.state.deliveries.length = 0;
      const line = await one.run();
      const now = await agrees(one, `hour ${hour}`);
      await storeAgrees(one, now);
      const events = hook.state.deliveries.flatMap(({ events }) => events);
      const isNew = (record) => then.get(record.case_id)?.updated_date !== record.updated_date;
      const changed = [...now.values()].filter(isNew).map(({ case_id }) => case_id);
      const left = [...then.keys()].filter((id) => !now.has(id));
      const ids = (wanted) =>
        events
          .filter(({ type }) => wanted.includes(type))
          .map(({ case_id }) => case_id)
          .sort();
      assert.deepEqual(ids(["changed"]), changed.sort());
      assert.deepEqual(ids(["closed", "gone"]), left.sort());
      assert.ok(changed.length > 0 && left.length > 0, `${changed.length} ${left.length}`);
      assert.deepEqual(
        [line.changed, line.closed + line.gone, line.delivered],
        [changed.length, left.length, events.length],
      );
      assert.deepEqual(
        one.log.filter((text) => /[0-9]{9}/.test(text)),
        [],
      );
    }
  });
}

test("a run killed at any step loses no event, keeps their order, and leaves nothing in the store", async () => {
  const one = await setUp({ cases: 300, moves: 1500, contracts: 20 });
  const { hook, sandbox } = one;
  await one.run();
  await agrees(one, "first");
  let killed = 0;
  for (const done of [false, true]) {
    for (let at = 1; ; at += 1) {
      await sandbox.advance(50_000);
      const line = await one.run({ at, after: done });
      if (!line.wasKilled) break;
      killed += 1;
      await one.expire();
      const where = `step ${at}${done ? ", done" : ""} (${line.errors})`;
      const next = await one.run();
      assert.deepEqual([next.sync, next.errors, next.pending], ["done", undefined, 0], where);
      const truth = await agrees(one, where);
      if (at % 8 === 0) await storeAgrees(one, truth);
      const rest = (await one.names()).filter((name) => !name.startsWith("cases/"));
      assert.deepEqual(
        rest.map((name) => name.split("/")[0]),
        ["cursor"],
        where,
      );
    }
  }
  assert.ok(killed > 30, `${killed} steps`);
  const order = hook.state.deliveries.map(({ delivery }) => delivery);
  assert.deepEqual(order, order.toSorted());
});

test("stale reads of KV end a run, and deleted state starts again", async () => {
  const one = await setUp({ kv: true, cases: 300, contracts: 10 });
  const { hook, sandbox } = one;
  await one.run();
  await sandbox.advance(3_600_000);
  const late = await one.run({ late: true });
  assert.deepEqual([late.sync, late.errors, late.requests], ["failed", ["STORE_LATE"], 0]);
  await one.run();
  await agrees(one);

  const r2 = await setUp({ cases: 300, contracts: 10 });
  await r2.run();
  r2.hook.state.mode = 503;
  await r2.sandbox.advance(3_600_000);
  assert.ok((await r2.run()).pending > 0);
  for (const name of await r2.names())
    if (!name.startsWith("cases/")) await r2.store.delete(`cisco-support-case/${name}`);
  r2.hook.state.mode = 200;
  const anew = await r2.run();
  const truth = await r2.truth();
  assert.deepEqual([anew.sync, anew.changed, anew.delivered, anew.pending], ["done", truth.size, truth.size, 0]);
  assert.ok(anew.dropped > 0);
  assert.ok(hook.state.deliveries.length > 0);
});

test("a failing receiver stops delivery and loses nothing; pending events are delivered in order", async () => {
  const one = await setUp({ moves: 6000 });
  const { hook, sandbox } = one;
  const { state } = hook;
  for (const [mode, code] of [
    [503, "WEBHOOK_HTTP_503"],
    [410, "WEBHOOK_HTTP_410"],
    [400, "WEBHOOK_HTTP_400"],
    [307, "WEBHOOK_HTTP_307"],
    ["broken", "WEBHOOK_UNREACHABLE"],
    ["hangs", "WEBHOOK_UNREACHABLE"],
  ]) {
    state.mode = mode;
    const requestsBefore = state.requests.length;
    const line = await one.run();
    assert.deepEqual([line.sync, line.errors, line.delivered], ["failed", [code], 0]);
    assert.ok(line.pending > 0 && line.changed > 0);
    assert.equal(state.requests.length, requestsBefore + 1, "one attempt, and no redirect is followed");
    if (mode === "hangs") assert.ok(line.ms > 9000 && line.ms < 15_000, `${line.ms}`);
    await sandbox.advance(1_200_000);
  }
  // Every other attempt fails, so that each run completes one further step.
  let count = 0;
  state.mode = () => ((count += 1) % 3 === 0 ? 500 : 200);
  let line;
  for (let run = 0; run < 40; run += 1) {
    line = await one.run();
    if (line.sync === "done") break;
    assert.ok(line.delivered > 0);
  }
  assert.deepEqual([line.sync, line.pending], ["done", 0]);
  await agrees(one);
  const order = state.deliveries.map(({ delivery }) => delivery);
  assert.deepEqual(order, [...new Set(order)].toSorted());
  // A repeated webhook has the same bytes, with a signature for its own time.
  const again = state.requests.filter(({ headers }) => headers["webhook-id"] === order[0]);
  assert.ok(again.length > 5);
  assert.equal(new Set(again.map(({ body }) => String(body))).size, 1);
  assert.ok(new Set(again.map(({ headers }) => headers["webhook-signature"])).size > 1);
  assert.ok(one.log.every((text) => !text.includes(SECRET) && !text.includes(hook.address)));
});

test("the library accepts deliveries with either secret while the gateway signs with both", async () => {
  const one = await setUp({ cases: 100, bindings: { WEBHOOK_SECRET: [NEXT_SECRET, SECRET] } });
  const line = await one.run();
  assert.deepEqual([line.sync, line.delivered], ["done", line.changed]);
  const [{ headers, body }] = one.hook.state.requests;
  assert.equal(headers["webhook-signature"].split(" ").length, 2);
  for (const secret of [SECRET, NEXT_SECRET]) {
    assert.equal(new Webhook(secret).verify(String(body), headers).delivery, headers["webhook-id"]);
  }
  const other = new Webhook(secretOf("another secret"));
  assert.throws(() => other.verify(String(body), headers), /No matching signature/);
  assert.throws(() => new Webhook(SECRET).verify(`${body} `, headers), /No matching signature/);
});

test("events wait for a webhook that is not configured", async () => {
  const one = await setUp({ cases: 100, bindings: { WEBHOOK_SECRET: "short" } });
  const line = await one.run();
  assert.deepEqual([line.errors, line.delivered, line.pending], [["WEBHOOK_NOT_CONFIGURED"], 0, line.changed]);
  assert.equal(one.hook.counts.requests, 0);
});

test("of overlapping runs, in any isolate, one does the work", async () => {
  const one = await setUp({ isolates: 2 });
  const runs = await Promise.all([one.run({}, 0), one.run({}, 1), one.run({}, 1), one.run({}, 0)]);
  assert.deepEqual(runs.map(({ sync }) => sync).sort(), ["done", "skipped", "skipped", "skipped"]);
  assert.equal(runs.find(({ sync }) => sync === "skipped").requests, 0);
  await agrees(one);
  const worker = await one.miniflare.getWorker(one.names[0]);
  const { outcome } = await worker.scheduled({ cron: "*/5 * * * *" });
  assert.equal(outcome, "ok");
  const [line] = await one.test("lines", {});
  assert.deepEqual([line.sync, line.changed, line.delivered], ["done", 0, 0]);
});

test("a run that has lost its lock commits nothing", async () => {
  const one = await setUp({ cases: 300 });
  await one.run();
  const [cursor] = await one.names("cursor/");
  await one.sandbox.advance(3_600_000);
  const { deliveries } = one.hook.state;
  const before = deliveries.length;
  const line = await one.run({ stolen: true });
  assert.deepEqual([line.sync, line.errors, line.delivered], ["failed", ["LOCK_LOST"], 0]);
  assert.equal(deliveries.length, before);
  assert.ok((await one.names("cursor/")).includes(cursor));
  const next = await one.run();
  assert.equal(next.sync, "done");
  await agrees(one);
  assert.equal((await one.names("cursor/")).length, 1);
});

test("a gateway with another name continues from the store", async () => {
  const one = await setUp({ cases: 300 });
  const { hook, sandbox } = one;
  await one.run();
  await sandbox.advance(1_800_000);
  hook.state.mode = 503;
  const { pending } = await one.run();
  assert.ok(pending > 0);
  await sandbox.advance(1_800_000);
  hook.state.mode = 200;
  hook.state.deliveries.length = 0;
  const line = await one.run({ name: "renamed" });
  assert.equal(line.delivered, pending + line.changed + line.closed + line.gone);
  assert.ok(line.changed < 100);
  await agrees(one);
});

test("a first run that exceeds its budget is spread over several runs", async () => {
  const one = await setUp({ cases: 3000, contracts: 60, sync: { maxRequests: 2 } });
  const seen = [];
  for (let run = 0; run < 12; run += 1) {
    const line = await one.run();
    assert.equal(line.sync, "done");
    seen.push(line.changed);
    if (line.changed === 0) break;
  }
  assert.ok(seen.length > 2, `${seen}`);
  await agrees(one);
});

test("sync and tenants share one quota, and neither starves", async () => {
  const rateLimit = { perSecond: 5, perMinute: 0, perDay: 0 };
  const one = await setUp({ cases: 10_000, contracts: 200, options: { rateLimit }, live: true });
  const busiest = async () => (await one.sandbox.info()).requests.busiestSecond;
  let isOver = false;
  const running = one.run().finally(() => {
    isOver = true;
  });
  const waits = [];
  const path = `/api/case/cases/contracts/contract_ids/${one.CONTRACTS[0]}?status_flag=O`;
  const tenant = async () => {
    while (!isOver) {
      const began = Date.now();
      const response = await one.sendRequest(path, {
        headers: { "x-session": "somebody", "cache-control": "no-cache" },
      });
      assert.equal(response.status, 200, await response.text());
      waits.push(Date.now() - began);
    }
  };
  await Promise.all(Array.from({ length: 4 }, tenant));
  const line = await running;
  assert.equal(line.sync, "done", JSON.stringify(line));
  assert.ok((await busiest()) <= countedPerSecond(5), `${await busiest()}`);
  // Both want four requests at a time, with a limit of five per second: each gets its share.
  assert.ok(line.requests >= 10 && waits.length >= line.requests / 2, `${line.requests} ${waits.length}`);
  assert.ok(waits.length <= line.requests * 2, `${line.requests} ${waits.length}`);
  assert.ok(Math.max(...waits) < 10_000, `${waits}`);
});

for (const name of ["not_authorized_401", "not_authorized_403", "over_qps", "reset", "truncated_body"]) {
  test(`a run recovers from ${name} of the service`, async () => {
    const one = await setUp({ cases: 200, contracts: 10 });
    await one.sandbox.fault(name, { times: 1 });
    const line = await one.run();
    assert.deepEqual([line.sync, line.errors], ["done", undefined], JSON.stringify(line));
    await agrees(one);
  });
}

test("an exhausted quota ends a run, and the quota object is informed", async () => {
  const one = await setUp({ cases: 200, contracts: 10 });
  await one.sandbox.fault("over_rate_429", { times: 1 });
  assert.deepEqual((await one.run()).errors, ["Account Over Rate Limit"]);
  const { errors, requests } = await one.run();
  assert.deepEqual([errors, requests], [["QUOTA_SPENT"], 0]);
  const response = await one.sendRequest(`/api/case/cases/contracts/contract_ids/${one.CONTRACTS[0]}`, {
    headers: { "x-session": "somebody" },
  });
  assert.equal((await response.json()).error.code, "QUOTA_SPENT");
});

test("rejected credentials end a run", async () => {
  const one = await setUp({ cases: 200, contracts: 10 });
  await one.sandbox.fault("invalid_client");
  const line = await one.run();
  assert.deepEqual([line.sync, line.requests, line.changed], ["failed", 0, 0]);
  assert.match(line.errors.join(), /^UPSTREAM_(AUTH|UNREACHABLE)$/);
});

test("all invalid options are rejected at the start of the Worker", async () => {
  const one = await setUp({ cases: 10, contracts: 1 });
  const [nothing, number, many, empty, another, ofCopy, elsewhere, alone, sameName] = await one.test("wrong");
  assert.match(nothing, /^TypeError: syncTo: store: expected a function.*; contract_ids: expected a function/);
  assert.match(number, /^TypeError: syncTo: expected an object/);
  for (const name of [
    "contract_ids",
    "store",
    "prefix",
    "maxRequests",
    "webhook",
    "log",
    "status_flag",
    "date_created_from",
    "every",
  ]) {
    assert.match(many, new RegExp(`(: |; )${name}: `), many);
  }
  for (const message of [empty, another])
    assert.match(message, /^TypeError: createGateway: sync: expected the result of syncTo/);
  for (const name of ["contract_ids", "maxRequests"])
    assert.ok(ofCopy.includes(`${name}: expected nothing with from: "copy": it is an option of copyTo`), ofCopy);
  assert.match(elsewhere, /^TypeError: syncTo: from: expected "service" or "copy"/);
  assert.match(alone, /^TypeError: createGateway: sync: from: "copy" needs the option copy/);
  assert.match(sameName, /^TypeError: createGateway: name: expected one of this gateway alone, got "default"/);
  assert.deepEqual(await one.test("has"), { with: true, without: false });
});

test("a gateway without sync contains neither module of the client", async () => {
  const wasm = (files) => files.filter(({ type }) => type === "CompiledWasm").length;
  assert.deepEqual([wasm(await bundled()), wasm(await bundled("wrangler-sync.jsonc"))], [1, 3]);
});

const BODY = JSON.stringify({
  delivery: "1",
  events: [{ type: "gone", case_id: "600000001", at: "2026-11-01T00:00:00Z", case: null }],
});

/** Headers as the public library signs them. */
const signed = ({ secrets = [SECRET], seconds = Math.floor(Date.now() / 1000), id = "1", body = BODY } = {}) => ({
  "webhook-id": id,
  "webhook-timestamp": String(seconds),
  "webhook-signature": secrets.map((secret) => new Webhook(secret).sign(id, new Date(seconds * 1000), body)).join(" "),
});

/** Returns the code of the error that verifyWebhook throws; empty if it accepts. */
const codeOf = (...given) =>
  verifyWebhook(...given).then(
    () => "",
    (error) => (error instanceof WebhookError ? error.code : error.name),
  );

test("signatures of the Standard Webhooks library are accepted for every form of body and headers", async () => {
  const good = signed();
  const bytes = new TextEncoder().encode(BODY);
  for (const body of [BODY, Buffer.from(BODY), bytes, bytes.buffer]) {
    assert.deepEqual(await verifyWebhook(body, good, SECRET), JSON.parse(BODY));
  }
  assert.equal(await codeOf(BODY, new Headers(good), SECRET), "");
  const inCapitals = Object.fromEntries(Object.entries(good).map(([name, value]) => [name.toUpperCase(), value]));
  assert.equal(await codeOf(BODY, inCapitals, SECRET), "");
  const inLists = Object.fromEntries(Object.entries(good).map(([name, value]) => [name, [value]]));
  assert.equal(await codeOf(BODY, inLists, SECRET), "");
  const ofOtherVersions = { ...good, "webhook-signature": `v1a,AAAA ${good["webhook-signature"]} v2,AAAA` };
  assert.equal(await codeOf(BODY, ofOtherVersions, SECRET), "");
});

test("during the rotation of a secret both secrets are accepted", async () => {
  const both = signed({ secrets: [NEXT_SECRET, SECRET] });
  for (const secret of [SECRET, NEXT_SECRET, [NEXT_SECRET, SECRET]]) assert.equal(await codeOf(BODY, both, secret), "");
  assert.equal(await codeOf(BODY, signed(), [NEXT_SECRET, SECRET]), "");
  assert.equal(await codeOf(BODY, signed({ secrets: [NEXT_SECRET] }), SECRET), "SIGNATURE_MISMATCH");
});

test("a webhook that is modified, too old or in the future is rejected with its code", async () => {
  const now = Math.floor(Date.now() / 1000);
  const good = signed({ seconds: now });
  for (const [body, headers] of [
    [`${BODY} `, good],
    [BODY.replace("600000001", "600000002"), good],
    [BODY, { ...good, "webhook-id": "2" }],
    [BODY, { ...good, "webhook-timestamp": String(now + 1) }],
    [BODY, { ...good, "webhook-signature": `v1,${Buffer.alloc(32).toString("base64")}` }],
    // Only a sender with the secret learns that the timestamp is wrong.
    [BODY, { ...good, "webhook-timestamp": String(now - 3000) }],
  ]) {
    assert.equal(await codeOf(body, headers, SECRET), "SIGNATURE_MISMATCH", JSON.stringify(headers));
  }
  for (const seconds of [now - 301, now + 310, 0]) {
    assert.equal(await codeOf(BODY, signed({ seconds }), SECRET), "TIMESTAMP_OUT_OF_TOLERANCE", String(seconds));
  }
  for (const seconds of [now - 290, now + 290]) assert.equal(await codeOf(BODY, signed({ seconds }), SECRET), "");
  assert.equal(await codeOf(BODY, signed({ seconds: now - 301 }), SECRET, { toleranceSeconds: 600 }), "");
});

test("a missing or malformed header and a wrong signature have different codes", async () => {
  const good = signed();
  for (const headers of [{}, undefined, new Headers()]) {
    assert.equal(await codeOf(BODY, headers, SECRET), "HEADER_MISSING");
  }
  for (const name of Object.keys(good)) {
    assert.equal(await codeOf(BODY, { ...good, [name]: "" }, SECRET), "HEADER_MISSING", name);
  }
  const [one] = good["webhook-signature"].split(" ");
  for (const text of ["…", "v1", "v1,", "v1,00", "v1,???", one.replace("v1,", "v2,"), Array(6).fill(one).join(" ")]) {
    assert.equal(await codeOf(BODY, { ...good, "webhook-signature": text }, SECRET), "HEADER_MALFORMED", text);
  }
  for (const text of ["soon", "1.5", "-1", "1e9", "2026-11-01T00:00:00Z"]) {
    assert.equal(await codeOf(BODY, { ...good, "webhook-timestamp": text }, SECRET), "HEADER_MALFORMED", text);
  }
});

test("verifyWebhook rejects invalid secrets, bodies and options", async () => {
  const good = signed();
  const tooShort = `whsec_${Buffer.alloc(23).toString("base64")}`;
  for (const secret of ["", undefined, [], SECRET.slice(6), "whsec_???", tooShort, Array(6).fill(SECRET)]) {
    assert.equal(await codeOf(BODY, good, secret), "TypeError", String(secret));
  }
  assert.equal(await codeOf(JSON.parse(BODY), good, SECRET), "TypeError");
  assert.equal(await codeOf(BODY, good, SECRET, { toleranceSeconds: Number.NaN }), "TypeError");
});
