// Following the copy of a gateway by its live connection.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeSocket, failure, held, MINUTE, scenario } from "./fake-gateway.mjs";
import { Page } from "./follow-scenario.mjs";
import { random, script, settle } from "./harness.mjs";
import { SimulatedTarget } from "./service.mjs";

const { LiveSocket } = await script("store/live-socket.js");

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
