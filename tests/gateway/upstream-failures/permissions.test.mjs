// Permissions and authentication that fail or return invalid values. Each test asserts the number of upstream requests.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { PAUSE_MS } from "../harness.mjs";
import { sendRequest, failure, isolateOf, logged, login, own, TIMEOUT_MS, useGateways, worker } from "./harness.mjs";

useGateways({
  plain: {},
  impatient: { OPTIONS: { timeoutMs: TIMEOUT_MS } },
  claims: { OPTIONS: { permissions: { contract_ids: "contracts", user_ids: "users" } } },
  functions: { OPTIONS: { tenant: "org" } },
  session: { OPTIONS: { authorizes: true } },
  perRequest: { OPTIONS: { permissionsTtlSeconds: 0 } },
});

describe("the permissions", () => {
  test("without a lifetime, permissions are determined for each request, also for several at once", async () => {
    const jwt = await login.signIn("a", { subject: "one-of-many" });
    for (let round = 0; round < 3; round += 1) {
      const answers = await Promise.all(Array.from({ length: 12 }, () => sendRequest("perRequest", { jwt })));
      assert.deepEqual(
        answers.map(({ status }) => status),
        answers.map(() => 200),
      );
    }
    await worker.test("permissions", { fails: true }, isolateOf("perRequest"));
    assert.equal(failure(await sendRequest("perRequest", { jwt })).code, "PERMISSIONS_UNAVAILABLE");
    await worker.test("permissions", { fails: false }, isolateOf("perRequest"));
    assert.equal((await sendRequest("perRequest", { jwt })).status, 200);
  });

  for (const [description, role, status] of [
    ["a list of ids permits these ids", "a", 200],
    ["the wildcard permits all ids", "all", 200],
    ["a Set is accepted as a list", "set", 200],
    ["spaces around ids are trimmed", "spaced", 200],
    ["an object without members permits nothing", "empty", 403],
    ["null permits nothing", "nobody-knows-this-role", 403],
    ["undefined permits nothing", "undefined", 403],
    ["the wildcard for users permits no contract", "everyUser", 403],
    ["a number is invalid", "number", 503],
    ["a string is invalid, also the wildcard", "text", 503],
    ["a list without a name is invalid", "list", 503],
    ["a word other than the wildcard is invalid", "all_", 503],
    ["a wildcard in a list is invalid", "starInList", 503],
    ["a wildcard among ids is invalid", "starAmong", 503],
    ["numbers in place of ids are invalid", "numbers", 503],
    ["null in place of an id is invalid", "nulls", 503],
    ["a blank in place of an id is invalid", "blanks", 503],
    ["a misspelt name is invalid", "misspelt", 503],
    ["an additional name is invalid", "additional", 503],
    ["an object in place of ids is invalid", "nested", 503],
    ["true in place of ids is invalid", "yes", 503],
    ["a function that never resolves", "hangs", 503],
  ]) {
    test(`${description}: ${status}`, async () => {
      const answer = await sendRequest(role === "hangs" ? "impatient" : "plain", { role });
      const code = { 200: undefined, 403: "NOT_PERMITTED", 503: "PERMISSIONS_UNAVAILABLE" }[status];
      assert.deepEqual(failure(answer), { status, code, costs: status === 200 ? 1 : 0 });
      assert.ok(answer.ms < TIMEOUT_MS + 1000 + PAUSE_MS, `${answer.ms} ms`);
      if (status === 503)
        for (const id of own) assert.ok(!JSON.stringify(answer.body).includes(id), "no id is in the response");
    });
  }

  test("a failing permissions function rejects new users, and known users are served from the cache", async () => {
    const isolate = isolateOf("plain");
    await worker.test("permissions", { fails: true }, isolate);
    assert.deepEqual(
      failure(await sendRequest("plain", { jwt: await login.signIn("a", { subject: "somebody-new" }) })),
      {
        status: 503,
        code: "PERMISSIONS_UNAVAILABLE",
        costs: 0,
      },
    );
    assert.equal((await sendRequest("plain")).status, 200);
    await worker.test("permissions", { fails: false }, isolate);
    assert.equal(
      (await sendRequest("plain", { jwt: await login.signIn("a", { subject: "somebody-new" }) })).status,
      200,
    );
    assert.match(logged(), /the permissions cannot be used.*the database is down/);
  });

  test("permissions in claims have the configured claim names only", async () => {
    const by = async (claims) => failure(await sendRequest("claims", { jwt: await login.signIn("a", { claims }) }));
    assert.deepEqual(await by({ contracts: own }), { status: 200, code: undefined, costs: 1 });
    assert.deepEqual(await by({ contracts: "*" }), { status: 200, code: undefined, costs: 1 });
    for (const claims of [
      {},
      { contracts: [] },
      { contracts: null },
      { contract_ids: own },
      { users: "*" },
      { contracts: own.slice(1) },
      { contracts: "all" },
      { contracts: 7 },
      { contracts: "" },
    ]) {
      assert.deepEqual(await by(claims), { status: 403, code: "NOT_PERMITTED", costs: 0 }, JSON.stringify(claims));
    }
    // A single value, as identity providers write it, is a list of one.
    for (const contracts of [own[0], Number(own[0]), [Number(own[0])], ` ${own[0]} `])
      assert.deepEqual(await by({ contracts }), { status: 200, code: undefined, costs: 1 }, JSON.stringify(contracts));
    for (const [contracts, got] of [
      [["*"], '"*" inside a list'],
      [{ 0: own[0] }, "an object"],
      [true, "a boolean"],
      [own.join(), "a string of several ids"],
      [12345678901234567890n.toString() * 1, "a number that is not exact"],
    ]) {
      const answer = await sendRequest("claims", { jwt: await login.signIn("a", { claims: { contracts } }) });
      assert.deepEqual(failure(answer), { status: 503, code: "PERMISSIONS_UNAVAILABLE", costs: 0 });
      assert.ok(answer.error.message.includes(`(claim contracts: expected an id, a list of ids or "*", got ${got}`));
      assert.deepEqual([answer.error.retryable, answer.error.retry], [false, false]);
    }
  });

  test("a custom authorize function authenticates, and its failure rejects the request", async () => {
    const by = async (session) =>
      failure(await sendRequest("session", { jwt: null, headers: session ? { "x-session": session } : {} }));
    assert.deepEqual(await by("a"), { status: 200, code: undefined, costs: 1 });
    assert.deepEqual(await by(undefined), { status: 401, code: "IDENTITY_MISSING", costs: 0 });
    assert.deepEqual(await by("odd"), { status: 401, code: "IDENTITY_INVALID", costs: 0 });
    assert.deepEqual(await by("throws"), { status: 503, code: "IDENTITY_UNAVAILABLE", costs: 0 });
    assert.deepEqual(await by("nobody"), { status: 403, code: "NOT_PERMITTED", costs: 0 });
    // Browsers do not know the header that authentication reads: after a change of user, no cached response may be
    // used.
    const { headers } = await sendRequest("session", { jwt: null, fresh: false, headers: { "x-session": "a" } });
    assert.equal(headers.get("cache-control"), "private, no-cache");
  });

  test("functions for the options of tokens and credentials are applied completely", async () => {
    const isolate = isolateOf("functions");
    const by = async (claims, more) =>
      failure(await sendRequest("functions", { jwt: await login.signIn("a", { claims, ...more }) }));
    assert.deepEqual(await by({ org: "example-inc" }), { status: 200, code: undefined, costs: 1 });
    for (const claims of [{}, { org: "" }, { org: 7 }, { org: null }]) {
      assert.deepEqual(await by(claims), { status: 401, code: "IDENTITY_INVALID", costs: 0 }, JSON.stringify(claims));
    }
    const past = new Date(Date.now() - 2000);
    assert.deepEqual(await by({ org: "example-inc" }, { expires: past }), {
      status: 401,
      code: "IDENTITY_EXPIRED",
      costs: 0,
    });
    const [line] = await worker.test("audit", undefined, isolate);
    assert.deepEqual([line.tenant, line.outcome, line.attempts], ["example-inc", "ok", 1]);
    assert.match(line.who, /^[0-9a-f]{16}$/);
  });
});
