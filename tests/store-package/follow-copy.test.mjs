// Following the copy of a gateway: its feed, its live connection, and what is done when either fails. The gateway is simulated
// by a `fetch` and a socket, and time by a clock.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Page } from "./follow-scenario.mjs";
import { random, script, settle } from "./harness.mjs";
import { SimulatedTarget } from "./service.mjs";

const { follow } = await script("store/follow.js");
const { LiveSocket } = await script("store/live-socket.js");
const { CaseClient } = await script("entry/node.js");

const MINUTE = 60_000;

/** A socket of a page, whose events the test sends. */
class FakeSocket {
  sent = [];
  closedWith;

  constructor(url, protocols) {
    Object.assign(this, { url, protocols });
  }

  send(text) {
    this.sent.push(text);
  }

  close(code) {
    this.closedWith = code;
  }
}

/** A gateway with a copy: cases with versions, and sockets. */
class FakeGateway {
  cases = new Map();
  /** What details add to cases; `null` for a gateway of an earlier version. */
  details = new Map();
  version = 0;
  /** Whether the feed answers 304 if nothing has changed. */
  hasEtags = false;
  gone = new Map();
  left = { contract_ids: [], user_ids: [] };
  refill = null;
  requests = [];
  sockets = [];
  live = true;
  copy = true;
  /** Responses in place of the usual ones, by the path. */
  responses = {};

  set(case_id, contract_id = "c1", more = {}) {
    this.version += 1;
    const updated = this.version;
    const dates = { creation_date: "2026-01-01T00:00:00Z", status: "New", severity: 3, status_flag: "O" };
    this.cases.set(case_id, {
      case_id,
      contract_id,
      user_id: "ann",
      ...dates,
      updated,
      version: this.version,
      ...more,
    });
  }

  remove(case_id) {
    this.version += 1;
    this.cases.delete(case_id);
    this.gone.set(case_id, this.version);
  }

  fetch = async (url, init) => {
    const { pathname, searchParams } = new URL(url);
    const path = pathname.replace("/api/case", "");
    this.requests.push({ path, since: searchParams.get("since"), headers: init.headers, url });
    const own = this.responses[path]?.(searchParams);
    if (own) return own;
    if (path === "/me")
      return Response.json({ copy: this.copy, live: this.live, pollMs: MINUTE, contract_ids: ["c1"] });
    if (path === "/live/ticket") {
      return Response.json({
        protocol: "cisco-support-case.live",
        ticket: "0.a.b",
        expiresInMs: 30_000,
        pingMs: 25_000,
      });
    }
    const since = Number(searchParams.get("since") ?? 0);
    const all = [...this.cases.values()].filter(({ version }) => version > since).sort((a, b) => a.version - b.version);
    const cases = all.slice(0, 10);
    const has_more = all.length > cases.length;
    const body = {
      cursor: String(has_more ? cases.at(-1).version : this.version),
      has_more,
      refill: this.refill,
      left: this.left,
      gone: has_more ? [] : [...this.gone].filter(([, version]) => version > since).map(([id]) => id),
      cases: cases.map(({ version, ...one }) => one),
      ...(this.details && { details: cases.flatMap(({ case_id }) => this.details.get(case_id) ?? []) }),
    };
    const etag = `"${JSON.stringify(body).length}-${body.cursor}"`;
    if (this.hasEtags && init.headers["if-none-match"] === etag) return new Response(null, { status: 304 });
    return Response.json(body, { headers: this.hasEtags ? { etag } : {} });
  };

  feeds = () => this.requests.filter(({ path }) => path === "/feed").length;
}

const failure = (status, code, kind, more = {}) =>
  Response.json(
    { error: { source: "gateway", kind, code, message: code, advice: "", status, retryable: status >= 500, ...more } },
    { status },
  );

function scenario(
  options = {},
  {
    gateway = new FakeGateway(),
    target = new SimulatedTarget(),
    params,
    baseUrl = "https://portal.example/api/case",
  } = {},
) {
  const page = new Page();
  page.live = {
    now: page.now,
    setTimer: page.setTimer,
    random: page.random,
    open(url, protocols) {
      const socket = new FakeSocket(url, protocols);
      gateway.sockets.push(socket);
      return socket;
    },
  };
  const client = new CaseClient({
    baseUrl,
    token: () => "a-synthetic-token",
    fetch: gateway.fetch,
    rateLimit: false,
  });
  const followed = follow(client, { contract_ids: ["c1", "c2"], ...params }, target, options, page);
  const advance = (ms) => page.clock.advance(ms);
  /** Opens the last socket. */
  const open = async () => {
    gateway.sockets.at(-1).onopen();
    await settle();
    await advance(0);
  };
  const tell = async (withinMs = 0) => {
    gateway.sockets.at(-1).onmessage({ data: JSON.stringify({ type: "changed", withinMs }) });
    await advance(withinMs);
  };
  return { gateway, target, page, followed, advance, open, tell };
}

const held = ({ target }) => target.ids();

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
  const one = scenario({ headers: { "X-Tenant": "acme" } });
  await one.advance(0);
  await one.open();
  const { requests } = one.gateway;
  assert.deepEqual(new Set(requests.map(({ path }) => path)), new Set(["/me", "/feed", "/live/ticket"]));
  for (const { path, headers } of requests) assert.equal(new Headers(headers).get("x-tenant"), "acme", path);
  await one.followed.stop();
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

test("a message begins a round after a random part of its time, and polls are rare while a connection is open", async () => {
  const one = scenario();
  one.gateway.set("a");
  await one.advance(0);
  assert.equal(one.gateway.sockets.length, 1);
  assert.deepEqual(one.gateway.sockets[0].protocols, ["cisco-support-case.live", "ticket.0.a.b"]);
  assert.equal(one.gateway.sockets[0].url, "wss://portal.example/api/case/live");
  await one.open();
  assert.equal(one.gateway.feeds(), 2, "what changed before the connection was open is read");
  assert.equal(one.followed.status.isLive, true);
  one.gateway.set("b");
  await one.tell(1000);
  assert.deepEqual([held(one), one.gateway.feeds()], [["a", "b"], 3]);
  for (let second = 0; second < 400; second += 30) {
    await one.advance(30_000);
    one.gateway.sockets[0].onmessage({ data: "pong" });
  }
  assert.equal(one.gateway.feeds(), 3, "nothing was polled");
  assert.ok(one.gateway.sockets[0].sent.length > 5 && one.gateway.sockets[0].sent.every((text) => text === "ping"));
  await one.followed.stop();
  assert.equal(one.gateway.sockets[0].closedWith, 1000);
  assert.equal(one.followed.status.isLive, false);
});

test("a connection that is dead without a close is replaced", async () => {
  const one = scenario();
  await one.advance(0);
  await one.open();
  const [first] = one.gateway.sockets;
  // Two pings without an answer.
  await one.advance(76_000);
  assert.equal(one.gateway.sockets.length, 2);
  assert.equal(first.onclose, null, "a late close of the first does not end the second");
  await one.open();
  // The page wakes: the answer to a ping must come within two seconds.
  await one.page.set({ isHidden: true });
  await one.page.set({ isHidden: false });
  await one.advance(2500);
  assert.equal(one.gateway.sockets.length, 3);
  await one.followed.stop();
});

test("a ticket without a usable interval of pings does not end each connection at once", async () => {
  for (const pingMs of [undefined, null, 0, -1, "soon", 1]) {
    const one = scenario();
    one.gateway.responses["/live/ticket"] = () => Response.json({ protocol: "p", ticket: "0.a.b", pingMs });
    await one.advance(0);
    await one.open();
    await one.advance(900);
    assert.deepEqual([one.gateway.sockets.length, one.gateway.sockets[0].sent], [1, []], String(pingMs));
    await one.followed.stop();
  }
});

test("each close code has its wait", async () => {
  const waits = {};
  for (const code of [1000, 1001, 1005, 1006, 1008, 1009, 1011, 1012, 1015, 4000, 4001, 4002, 4999]) {
    const one = scenario();
    await one.advance(0);
    await one.open();
    const feeds = one.gateway.feeds();
    // Browsers send an error event first.
    one.gateway.sockets[0].onerror?.();
    one.gateway.sockets[0].onclose({ code });
    const since = one.page.now();
    while (one.gateway.sockets.length === 1) await one.advance(100);
    waits[code] = one.page.now() - since;
    if (code === 4001) assert.ok(one.gateway.feeds() > feeds, "a revocation is followed by a look at the feed");
    await one.followed.stop();
  }
  for (const [code, ms] of Object.entries(waits)) {
    const most = code === "4000" || code === "4001" ? 5000 : code === "4002" ? 600_000 : 30_000;
    assert.ok(ms <= most + 200, `${code}: ${ms} ms`);
    if (code === "4002") assert.ok(ms >= 599_000, `${code}: ${ms} ms`);
  }
});

test("pages whose connections end together come back apart, and less often the longer it lasts", async () => {
  const page = new Page();
  page.number = random(77);
  const waits = [];
  const requests = {
    baseUrl: "https://portal.example/api/case",
    get: async () => ({ body: { protocol: "p", ticket: "t", pingMs: 25_000 } }),
  };
  for (let index = 0; index < 300; index += 1) {
    const sockets = [];
    const environment = {
      ...page.live,
      now: page.now,
      setTimer: page.setTimer,
      random: () => page.number(),
      open: () => sockets[sockets.push(new FakeSocket()) - 1],
    };
    const live = new LiveSocket(requests, () => {}, environment);
    live.start();
    await page.clock.advance(0);
    sockets[0].onopen();
    const startedAt = page.now();
    sockets[0].onclose({ code: 1012 });
    while (sockets.length === 1) await page.clock.advance(1000);
    waits.push(page.now() - startedAt);
    for (let attempt = 0; attempt < 4 && index < 20; attempt += 1) {
      const count = sockets.length;
      sockets.at(-1).onclose({ code: 1006 });
      const at = page.now();
      while (sockets.length === count) await page.clock.advance(1000);
      assert.ok(page.now() - at <= Math.min(30_000 * 2 ** (attempt + 1), 600_000) + 1000);
    }
    live.stop();
  }
  // Of 300 pages within 30 seconds no second has more than three times its share.
  const seconds = Array.from(
    { length: 31 },
    (_, second) => waits.filter((ms) => Math.floor(ms / 1000) === second).length,
  );
  assert.ok(Math.max(...seconds) <= 3 * (300 / 30), `${seconds}`);
});

test("a refused ticket is tried again as the gateway says, and sockets that are impossible end in polling", async () => {
  const busy = scenario();
  busy.gateway.responses["/live/ticket"] = () => failure(429, "GATEWAY_BUSY", "rate_limited", { retryAfterMs: 60_000 });
  await busy.advance(0);
  const tickets = () => busy.gateway.requests.filter(({ path }) => path === "/live/ticket").length;
  await busy.advance(59_000);
  assert.equal(tickets(), 1);
  await busy.advance(40_000);
  assert.equal(tickets(), 2);
  assert.ok(busy.gateway.feeds() >= 2, "meanwhile it polls");
  await busy.followed.stop();

  const forbidden = scenario();
  forbidden.page.live.open = () => {
    throw new Error("the page's policy forbids it");
  };
  await forbidden.advance(0);
  const before = forbidden.gateway.feeds();
  await forbidden.advance(10 * MINUTE);
  assert.ok(forbidden.gateway.feeds() - before >= 8, "it polls as a page without live connections");
  assert.equal(forbidden.gateway.requests.filter(({ path }) => path === "/live/ticket").length, 1);
  await forbidden.followed.stop();
});

test("a clock that is set back does not delay the next attempt to connect", async (t) => {
  const waits = [];
  t.mock.method(globalThis, "setTimeout", (_, ms) => waits.push(ms));
  const get = () => Promise.reject(new TypeError("fetch failed"));
  const live = new LiveSocket({ baseUrl: "https://portal.example/api/case", get }, () => {});
  live.start();
  const connect = globalThis.setTimeout.mock.calls[0].arguments[0];
  connect();
  await new Promise((done) => setImmediate(done));
  live.stop();
  const { now } = Date;
  t.mock.method(Date, "now", () => now() - 86_400_000);
  live.start();
  live.stop();
  const [first, wait, again] = waits;
  assert.equal(first, 0);
  assert.ok(wait > 0 && wait <= 30_000 && again <= wait, `${waits}`);
});

test("a hidden page keeps its connection for two minutes, and one that is left closes it", async () => {
  const one = scenario();
  await one.advance(0);
  await one.open();
  await one.page.set({ isHidden: true });
  await one.advance(MINUTE);
  assert.equal(one.gateway.sockets[0].closedWith, undefined);
  one.gateway.sockets[0].onmessage({ data: "pong" });
  await one.advance(MINUTE + 1000);
  assert.equal(one.gateway.sockets[0].closedWith, 1000);
  assert.deepEqual([one.followed.status.state, one.followed.status.isLive], ["paused", false]);
  one.gateway.set("a");
  await one.page.set({ isHidden: false });
  await one.advance(0);
  assert.deepEqual([one.gateway.sockets.length, held(one)], [2, ["a"]]);
  await one.followed.stop();
});

test("a tab that does not lead has no connection", async () => {
  const target = new SimulatedTarget();
  const one = scenario({}, { target });
  await one.advance(0);
  await one.open();
  target.setRole("follower");
  await settle();
  assert.equal(one.gateway.sockets[0].closedWith, 1000);
  await one.followed.stop();
});
