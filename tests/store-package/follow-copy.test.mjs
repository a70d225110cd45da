// Following the copy of a gateway: its feed, and what is done when it fails.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeGateway, failure, held, MINUTE, scenario } from "./fake-gateway.mjs";
import { Page } from "./follow-scenario.mjs";
import { script, settle } from "./harness.mjs";
import { SimulatedTarget } from "./service.mjs";

const { follow } = await script("store/follow.js");
const { CaseClient } = await script("entry/node.js");

test("a store is filled by pages of the feed, and continues from their cursor", async () => {
  const one = scenario({ live: false });
  for (let index = 0; index < 25; index += 1) one.gateway.set(`case-${index}`);
  await one.advance(0);
  assert.equal(held(one).length, 25);
  assert.deepEqual(
    one.gateway.requests.map(({ path }) => path),
    ["/me", "/feed", "/feed", "/feed"],
  );
  assert.ok(one.gateway.requests.every(({ headers }) => headers.authorization === "Bearer a-synthetic-token"));
  assert.ok(one.gateway.requests.every(({ url }) => !url.includes("token")));
  assert.deepEqual([one.followed.status.source, one.followed.status.isFilled], ["copy", true]);
  one.gateway.set("case-3");
  one.gateway.remove("case-4");
  await one.advance(75_000);
  assert.equal(held(one).length, 24);
  assert.equal(one.gateway.requests.at(-1).since, "25");
  await one.followed.stop();
  const again = scenario({ live: false }, { gateway: one.gateway, target: one.target.reopened() });
  const before = one.gateway.requests.length;
  await again.advance(0);
  assert.equal(
    again.gateway.requests[before + 1].since,
    String(one.gateway.version),
    "a reopened store reads only what is new",
  );
  await again.followed.stop();
});

test("a feed that has nothing new is progress: the cases are as of that time", async () => {
  const one = scenario({ live: false });
  one.gateway.hasEtags = true;
  one.gateway.set("a");
  await one.advance(0);
  await one.advance(75_000);
  const before = one.followed.status;
  const feeds = one.gateway.feeds();
  await one.advance(75_000);
  assert.equal(one.gateway.feeds(), feeds + 1);
  assert.deepEqual([one.followed.status.state, one.followed.status.requests], ["following", 1]);
  assert.ok(one.followed.status.lastProgressAt > before.lastProgressAt);
  await one.followed.stop();
});

test("cases that were not asked for are left out, and those that match no longer are removed", async () => {
  const params = {
    contract_ids: ["c1"],
    status_flag: "O",
    date_created_from: "2025-06-01",
    where: { severity: [1, 2] },
  };
  const one = scenario({ live: false }, { params });
  const { gateway } = one;
  gateway.set("wanted", "c1", { severity: 1 });
  gateway.set("other contract", "c2", { severity: 1 });
  gateway.set("other severity", "c1", { severity: 3 });
  gateway.set("too old", "c1", { severity: 1, creation_date: "2025-01-01T00:00:00Z" });
  gateway.set("closed", "c1", { severity: 1, status_flag: "C" });
  await one.advance(0);
  assert.deepEqual(held(one), ["wanted"]);
  gateway.set("wanted", "c1", { severity: 4 });
  gateway.set("other severity", "c1", { severity: 2 });
  await one.advance(2 * MINUTE);
  assert.deepEqual(held(one), ["other severity"]);
  gateway.set("other severity", "c1", { severity: 2, status_flag: "C" });
  await one.advance(2 * MINUTE);
  assert.deepEqual(
    [...one.target.held.values()].map(({ status_flag }) => status_flag),
    ["C"],
    "it is kept as closed",
  );
  gateway.set("closed", "c1", { severity: 1, status_flag: "C", title: "a note was added" });
  gateway.set("closed since", "c1", { severity: 1, status_flag: "C" });
  await one.advance(2 * MINUTE);
  assert.deepEqual(held(one), ["other severity"], "what was never open here is not added");
  await one.followed.stop();
});

test("closed cases are left out of open ones also if the first fill was interrupted", async () => {
  const gateway = new FakeGateway();
  const target = new SimulatedTarget();
  const params = { status_flag: "O" };
  for (let at = 0; at < 30; at += 1) gateway.set(`case-${at}`, "c1", { status_flag: at % 2 ? "C" : "O" });
  const usual = gateway.fetch;
  gateway.fetch = async (...given) => {
    if (gateway.feeds() === 1) void first.followed.stop();
    return usual(...given);
  };
  const first = scenario({ live: false }, { gateway, target, params });
  await first.advance(0);
  await first.followed.stop();
  assert.deepEqual([first.followed.status.isFilled, target.count], [false, 5]);
  gateway.fetch = usual;
  const second = scenario({ live: false }, { gateway, target, params });
  await second.advance(0);
  assert.deepEqual([second.followed.status.isFilled, target.count], [true, 15]);
  await second.followed.stop();
});

test("headers of the options are sent with every request, in place of those of the client", async () => {
  const tenant = { "X-Tenant": "acme" };
  for (const given of [tenant, new Headers(tenant), new Map(Object.entries(tenant))]) {
    const one = scenario({ headers: given });
    await one.advance(0);
    await one.open();
    const { requests } = one.gateway;
    assert.deepEqual(new Set(requests.map(({ path }) => path)), new Set(["/me", "/feed", "/live/ticket"]));
    for (const { path, headers } of requests) assert.equal(new Headers(headers).get("x-tenant"), "acme", path);
    await one.followed.stop();
  }
});

test("a wait for a quota goes on while the page is hidden and when it is shown again", async () => {
  const one = scenario();
  await one.advance(0);
  await one.open();
  const renewsAt = new Date(one.page.now() + 6 * 60 * MINUTE).toISOString();
  one.gateway.responses["/feed"] = () => failure(429, "OVER_QPD", "quota", { renewsAt });
  await one.tell();
  const feeds = one.gateway.feeds();
  const { nextRoundAt } = one.followed.status;
  assert.ok(nextRoundAt - one.page.now() > 5 * 60 * MINUTE);
  await one.page.set({ isHidden: true });
  await one.advance(3 * MINUTE);
  await one.page.set({ isHidden: false });
  await one.advance(MINUTE);
  const { state, reason } = one.followed.status;
  assert.deepEqual([one.gateway.feeds(), state, reason], [feeds, "waiting", "quota"]);
  assert.equal(one.followed.status.nextRoundAt, nextRoundAt);
  await one.followed.stop();
});

test("cases of a contract that is added are read, also those that the feed had sent and that were left out", async () => {
  const one = scenario({ live: false }, { params: { contract_ids: ["c1"] } });
  const { gateway } = one;
  for (let index = 0; index < 20; index += 1) gateway.set(`case-${index}`, `c${1 + (index % 2)}`);
  await one.advance(0);
  assert.equal(one.target.count, 10);
  await one.followed.stop();
  let target = one.target;
  for (const [contract_ids, count, isRefill] of [
    [["c1", "c2"], 20, true],
    [["c2"], 10, false],
    [["c1", "c2"], 20, true],
    [["c2", "c1"], 20, false],
  ]) {
    target = target.reopened();
    const other = scenario({ live: false }, { gateway, target, params: { contract_ids } });
    const before = gateway.requests.length;
    await other.advance(0);
    assert.equal(target.count, count, contract_ids.join());
    const [first] = gateway.requests.slice(before).filter(({ path }) => path === "/feed");
    assert.equal(first.since === null, isRefill, contract_ids.join());
    await other.followed.stop();
  }
});

test("a feed that does not move, or is malformed, is an error and no endless request", async () => {
  const page = {
    cursor: "1",
    has_more: false,
    refill: null,
    left: { contract_ids: [], user_ids: [] },
    gone: [],
    cases: [],
  };
  for (const [name, body] of [
    ["the same cursor again", { ...page, has_more: true }],
    ["no page", null],
    ["a text", "page"],
    ["no cursor", { ...page, cursor: 1 }],
    ["no list of cases", { ...page, cases: {} }],
    ["no case", { ...page, cases: [null] }],
    ["a case without its number", { ...page, cases: [{ contract_id: "c1" }] }],
    ["no list of removed cases", { ...page, gone: undefined }],
    ["no lists of lost ids", { ...page, left: undefined }],
    ["lost ids that are none", { ...page, left: { contract_ids: [1], user_ids: [] } }],
  ]) {
    const one = scenario({ live: false });
    one.gateway.responses["/feed"] = () => Response.json(body);
    await one.advance(0);
    const { state, reason, error } = one.followed.status;
    assert.deepEqual([state, reason, error.code], ["waiting", "error", "ILLEGAL_JSON"], name);
    assert.ok(one.gateway.feeds() <= 2, name);
    await one.followed.stop();
  }
});

test("what details add is applied to the cases of its page, and saved with the cursor that covers it", async () => {
  const one = scenario({ live: false });
  const { gateway } = one;
  for (let index = 0; index < 25; index += 1) gateway.set(`case-${index}`);
  for (const id of ["case-3", "case-24"]) gateway.details.set(id, { case_id: id, owner: `owner of ${id}` });
  gateway.set("other", "c3");
  gateway.details.set("other", { case_id: "other", owner: "of a case that was not asked for" });
  await one.advance(0);
  const owners = (cases) => [...cases].flatMap(([id, { columns }]) => (columns ? [[id, columns.owner]] : [])).sort();
  const expected = [
    ["case-24", "owner of case-24"],
    ["case-3", "owner of case-3"],
  ];
  assert.deepEqual(owners(one.target.held), expected);
  assert.deepEqual(owners(one.target.saved.cases), expected);
  assert.ok(!held(one).includes("other"));
  // Details alone are a change of the case.
  gateway.set("case-5");
  gateway.details.set("case-5", { case_id: "case-5", owner: "new" });
  await one.advance(2 * MINUTE);
  assert.equal(one.target.held.get("case-5").columns.owner, "new");
  // A gateway of an earlier version sends none.
  gateway.details = null;
  gateway.set("case-6");
  await one.advance(2 * MINUTE);
  assert.equal(one.followed.status.error, null);
  await one.followed.stop();
});

test("a contract that is taken away is dropped with its cases", async () => {
  const one = scenario({ live: false });
  one.gateway.set("a", "c1");
  one.gateway.set("b", "c2");
  await one.advance(0);
  one.gateway.left = { contract_ids: ["c2"], user_ids: [] };
  one.gateway.cases.delete("b");
  await one.advance(2 * MINUTE);
  assert.deepEqual([held(one), one.target.drops], [["a"], [{ contract_ids: ["c2"] }]]);
  assert.deepEqual(
    [...one.target.saved.cases].map(([id]) => id),
    ["a"],
    "what was saved does not have it either",
  );
  assert.deepEqual(one.followed.status.lostIds, ["c2"]);
  await one.advance(2 * MINUTE);
  assert.deepEqual(one.followed.status.lostIds, ["c2"], "as long as it is away");
  one.gateway.left = { contract_ids: [], user_ids: [] };
  one.gateway.set("b", "c2");
  await one.advance(2 * MINUTE);
  assert.deepEqual([held(one), one.followed.status.lostIds], [["a", "b"], []]);
  await one.followed.stop();
});

test("a refill reads everything again, and one that does not end stops", async () => {
  const one = scenario({ live: false });
  one.gateway.set("a");
  one.gateway.set("b");
  await one.advance(0);
  one.gateway.cases.delete("b");
  one.gateway.refill = "epoch";
  await one.advance(75_000);
  assert.deepEqual([held(one), one.followed.status.refills], [["a"], 1]);
  await one.advance(20 * MINUTE);
  assert.deepEqual([one.followed.status.state, one.followed.status.error.code], ["stopped", "STORE_REFILL_LIMIT"]);
  await one.followed.stop();
});

test("a cursor of the service, or of a gateway with another secret, is a refill", async () => {
  const one = scenario({ live: false });
  one.gateway.set("a");
  await one.advance(0);
  one.gateway.responses["/feed"] = (params) => params.has("since") && failure(400, "CURSOR_INVALID", "invalid_request");
  await one.advance(75_000);
  assert.deepEqual([held(one), one.followed.status.refills, one.followed.status.state], [["a"], 1, "following"]);
  await one.followed.stop();
});

test("a gateway without a copy, and what is none, is followed by the service's changes", async () => {
  const answers = [
    () => Response.json({ copy: false, live: false }),
    () => failure(404, "NO_SUCH_ROUTE", "invalid_request"),
    () => new Response("<h1>Not found</h1>", { status: 404 }),
    () => new Response("", { status: 596 }),
    () => Response.json({ error: "Developer Inactive" }, { status: 403 }),
  ];
  for (const [index, answer] of answers.entries()) {
    const gateway = new FakeGateway();
    gateway.responses["/me"] = answer;
    const one = scenario({}, { gateway });
    await one.advance(0);
    assert.equal(one.followed.status.source, "service", `${index}`);
    assert.equal(gateway.feeds() + gateway.sockets.length, 0, `${index}`);
    await one.followed.stop();
  }
});

test("a gateway that has no feed any more is asked what it has, ever later while it names a copy all the same", async () => {
  const one = scenario({ live: false });
  const { gateway } = one;
  gateway.set("a");
  await one.advance(0);
  gateway.responses["/feed"] = () => failure(404, "NO_SUCH_ROUTE", "invalid_request");
  const before = gateway.feeds();
  await one.advance(10 * MINUTE);
  const { state, reason, error } = one.followed.status;
  assert.deepEqual([state, reason, error.status], ["waiting", "error", 404]);
  assert.ok(gateway.feeds() - before < 10, `${gateway.feeds() - before} requests in ten minutes`);
  assert.deepEqual(held(one), ["a"], "nothing is dropped for it");
  gateway.responses = {};
  await one.advance(6 * MINUTE);
  assert.deepEqual([one.followed.status.state, one.followed.status.error], ["following", null]);
  gateway.responses = { "/feed": () => failure(404, "NO_SUCH_ROUTE", "invalid_request") };
  gateway.copy = false;
  await one.advance(2 * MINUTE);
  assert.equal(one.followed.status.source, "service", "the copy was removed");
  await one.followed.stop();
});

test("an address that is known to be no gateway is not asked whether it is one", async () => {
  for (const [options, baseUrl] of [
    [{ copy: false }, undefined],
    [{}, "https://apix.cisco.com/case/v3"],
  ]) {
    const gateway = new FakeGateway();
    const one = scenario(options, { gateway, ...(baseUrl && { baseUrl }) });
    await one.advance(0);
    assert.equal(one.followed.status.source, "service", baseUrl);
    assert.deepEqual(
      gateway.requests.map(({ path }) => path).filter((path) => path === "/me"),
      [],
    );
    await one.followed.stop();
  }
});

test("stop() does not wait for a gateway or a provider of tokens that never answers", async () => {
  const never = () => new Promise(() => {});
  for (const options of [{ fetch: never }, { fetch: new FakeGateway().fetch, token: never }]) {
    const client = new CaseClient({
      baseUrl: "https://portal.example/api/case",
      token: "any",
      rateLimit: false,
      ...options,
    });
    const followed = follow(client, { contract_ids: ["c1"] }, new SimulatedTarget(), {}, new Page());
    await settle();
    assert.equal(followed.status.state, "filling");
    await followed.stop();
    assert.equal(followed.status.state, "stopped");
  }
});

test("a provider of tokens that refuses stops following, and one without a connection is asked again", async () => {
  for (const [thrown, state] of [
    [new Error("signed out"), "stopped"],
    [new TypeError("Failed to fetch"), "waiting"],
  ]) {
    const token = () => Promise.reject(thrown);
    const client = new CaseClient({
      baseUrl: "https://portal.example/api/case",
      fetch: new FakeGateway().fetch,
      token,
    });
    const followed = follow(client, { contract_ids: ["c1"] }, new SimulatedTarget(), {}, new Page());
    await settle();
    assert.deepEqual([followed.status.state, followed.status.error.code], [state, "NO_TOKEN"]);
    assert.equal(followed.status.error.cause, thrown);
    await followed.stop();
  }
});

test("a gateway that cannot say now what it has is asked again, and a sign-in that ended stops", async () => {
  const gateway = new FakeGateway();
  gateway.set("a");
  gateway.responses["/me"] = () => failure(503, "PERMISSIONS_UNAVAILABLE", "unavailable");
  const one = scenario({ live: false }, { gateway });
  await one.advance(0);
  assert.deepEqual([one.followed.status.state, one.followed.status.source], ["waiting", null]);
  gateway.responses["/me"] = undefined;
  await one.advance(MINUTE);
  assert.deepEqual([one.followed.status.source, held(one)], ["copy", ["a"]]);
  gateway.responses["/feed"] = () => failure(401, "IDENTITY_EXPIRED", "authentication");
  const before = gateway.feeds();
  await one.advance(2 * MINUTE);
  assert.deepEqual([one.followed.status.state, one.followed.status.reason], ["stopped", "authentication"]);
  assert.equal(gateway.feeds() - before, 2, "the provider of the token is asked once more");
  await one.followed.stop();
});
