// Failures and restarts of the Durable Object of the quota. Each test asserts the number of upstream requests.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { gateway, PAUSE_MS, provider } from "../harness.mjs";
import {
  sendRequest,
  failure,
  isolateOf,
  logged,
  own,
  sandbox,
  TIMEOUT_MS,
  upstream,
  useGateways,
  worker,
} from "./harness.mjs";

useGateways({
  plain: {},
  quotaNothing: { OPTIONS: { quota: "nothing", jwks: true } },
  quotaThrows: { OPTIONS: { quota: "throws", jwks: true } },
  quotaRejects: { OPTIONS: { quota: "rejects", jwks: true } },
  quotaHangs: { OPTIONS: { quota: "hangs", jwks: true, timeoutMs: TIMEOUT_MS } },
  quotaReset: { OPTIONS: { quota: "reset", jwks: true } },
  quotaResets: { OPTIONS: { quota: "resets", jwks: true } },
  quotaOverloaded: { OPTIONS: { quota: "overloaded", jwks: true } },
  quotaOdd: { OPTIONS: { quota: "odd", jwks: true } },
  quotaAndKeys: { OPTIONS: { quota: "rejects" } },
});

describe("the quota object", () => {
  for (const kind of ["quotaNothing", "quotaThrows", "quotaRejects", "quotaHangs", "quotaOdd", "quotaAndKeys"]) {
    test(`${kind}: 503 within the timeout, without an upstream request`, async () => {
      const answer = await sendRequest(kind);
      // If the failing object stores the keys too, the caller cannot be authenticated.
      const code = kind === "quotaAndKeys" ? "IDENTITY_UNAVAILABLE" : "QUOTA_UNREACHABLE";
      assert.deepEqual(failure(answer), { status: 503, code, costs: 0 });
      assert.equal(answer.received, 0);
      assert.ok(answer.ms < TIMEOUT_MS + 1500 + PAUSE_MS, `${answer.ms} ms`);
      assert.deepEqual(failure(await sendRequest(kind, { jwt: null })), {
        status: 401,
        code: "IDENTITY_MISSING",
        costs: 0,
      });
    });
  }

  test("is called once more by a new stub after a reset, and not if overloaded", async () => {
    const visits = async (kind) => (await worker.test("calls", undefined, isolateOf(kind))).poll;
    assert.equal((await sendRequest("quotaReset")).status, 200);
    assert.ok((await visits("quotaReset")) >= 2);
    const resets = await sendRequest("quotaResets");
    assert.deepEqual(failure(resets), { status: 503, code: "QUOTA_UNREACHABLE", costs: 0 });
    // No request was sent to the service: the client may retry.
    assert.deepEqual([resets.error.retry, await visits("quotaResets")], [true, 2]);
    const overloaded = await sendRequest("quotaOverloaded");
    assert.deepEqual(failure(overloaded), { status: 503, code: "QUOTA_UNREACHABLE", costs: 0 });
    assert.deepEqual([overloaded.error.retry, await visits("quotaOverloaded")], [false, 1]);
  });

  test("is reported as unreachable by the health endpoint", async () => {
    for (const kind of ["quotaNothing", "quotaThrows", "quotaRejects", "quotaOdd"]) {
      const health = await worker.get("/health", null, { isolate: isolateOf(kind) });
      assert.deepEqual(
        [health.status, await health.json()],
        [503, { status: "down", configured: true, quota: "unreachable" }],
        kind,
      );
    }
    assert.match(logged(), /unreachable\. the option quota returned nothing: the Worker has no binding of that name/);
    const health = await worker.get("/health", null, { isolate: isolateOf("plain") });
    assert.deepEqual(
      [health.status, await health.json()],
      [200, { status: "ok", configured: true, quota: "reachable" }],
    );
  });
});

test("a restarted quota object restores the token, the keys, the usage and the invalidation log", async (context) => {
  const keyProvider = await provider();
  const instance = await gateway({
    upstream: upstream.baseUrl,
    tokenUrl: sandbox.tokenUrl,
    jwks: keyProvider.uri,
    options: { timeoutMs: TIMEOUT_MS, rateLimit: { perSecond: 0, perMinute: 0, perDay: 4, reservePercent: 0 } },
    permissions: { a: { contract_ids: own } },
  });
  context.after(async () => {
    await instance.stop();
    keyProvider.stop();
  });
  const status = async (headers = { "cache-control": "no-cache" }) => {
    const response = await instance.get(`/cases/contracts/contract_ids/${own[0]}`, await keyProvider.signIn("a"), {
      headers,
    });
    const { error } = await response.json();
    return error?.code ?? response.headers.get("x-cache");
  };
  const costs = async () => [
    (await sandbox.info()).requests.received - upstream.state.cases,
    keyProvider.counts.requests,
  ];
  assert.deepEqual([await status(), await status({})], ["MISS", "HIT"]);
  const { day } = await instance.test("budget");
  const before = await costs();
  // The key host is down at the start.
  keyProvider.state.mode = "down";
  await instance.restart();
  assert.equal((await instance.test("budget")).day.used, day.used);
  assert.equal(await status(), "MISS");
  assert.deepEqual(await costs(), before, "neither a token nor keys are requested again");
  // Purged responses stay purged, and responses cached before the restart are not mistaken for later ones.
  await instance.test("purge", { contract_ids: [own[0]] });
  await instance.restart();
  assert.equal(await status({}), "MISS");
  assert.equal(await status({}), "HIT");
  // The daily quota counts the requests of all three runs.
  assert.deepEqual([await status(), await status()], ["MISS", "QUOTA_SPENT"]);
  await instance.restart();
  assert.equal(await status(), "QUOTA_SPENT");
});
