// What an identity may see, and live connections, in real workerd with real sockets: tickets of every wrong kind, floods,
// revocations, messages to those whom a change concerns, restarts and hibernation.

import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { gateway, PAUSE_MS, provider, until, within } from "./harness.mjs";

const { random: seeded } = await import(new URL("random.mjs", pathToFileURL(process.env.TOOLS)));

const PORTAL = "https://portal.example";
const CONTRACTS = Array.from({ length: 20 }, (_, index) => `20${index}`);

let login;
let worker;
let ports;

const start = (options = {}, isolates = 2) =>
  gateway({
    isolates,
    // Nothing here asks the service.
    upstream: "http://127.0.0.1:9/case/v3",
    jwks: login.uri,
    objects: { CASE_QUOTA: "CaseQuota", CASE_LIVE: "TestLive" },
    options: { live: true, ...options },
    permissions: {
      a: { contract_ids: ["101", "102"], user_ids: ["ann"] },
      b: { contract_ids: ["202"] },
      all: { contract_ids: "*" },
      nobody: {},
      many: { contract_ids: Array.from({ length: 3001 }, (_, index) => `3${index}`) },
      ...Object.fromEntries(CONTRACTS.map((id, index) => [`one-${index}`, { contract_ids: [id, "shared"] }])),
    },
  });

before(async () => {
  login = await provider();
  worker = await start();
  ports = await Promise.all(worker.names.map((_, index) => worker.port(index)));
});

after(async () => {
  await worker?.stop();
  login?.stop();
});

/** Requests a ticket. */
const request = (jwt, { isolate = 0, headers = {} } = {}) => worker.get("/live/ticket", jwt, { isolate, headers });

/** Sends a handshake, as a page does. The result has the socket's messages, and its close code once it is closed. */
async function handshake(protocols, { isolate = 0, origin, path = "/api/case/live", headers = {} } = {}) {
  const socket = new WebSocket(`ws://127.0.0.1:${ports[isolate]}${path}`, {
    protocols,
    headers: { host: worker.names[isolate], ...(origin && { origin }), ...headers },
  });
  const found = { socket, messages: [], opened: false, code: undefined };
  found.closed = once(socket, "close").then(([{ code }]) => {
    found.code = code;
    return code;
  });
  socket.addEventListener("message", ({ data }) => found.messages.push(data));
  socket.addEventListener("error", () => {});
  const opened = once(socket, "open").then(() => (found.opened = true));
  await within(Promise.race([opened, found.closed]), "a handshake is answered");
  return found;
}

/** Opens a socket of an identity. */
async function open(jwt, { isolate = 0, origin } = {}) {
  const answer = await request(jwt, { isolate, headers: origin ? { origin } : {} });
  assert.equal(answer.status, 200, await answer.clone().text());
  const { protocol, ticket } = await answer.json();
  const found = await handshake([protocol, `ticket.${ticket}`], { isolate, origin });
  assert.ok(found.opened, "the handshake was refused");
  assert.equal(found.socket.protocol, protocol);
  return found;
}

const publish = (contract_ids = [], user_ids = []) => worker.test("publish", { contract_ids, user_ids });

/** Waits for a number of messages. */
async function received(found, count) {
  const isThere = async () => {
    if (found.messages.length >= count) return true;
    await Promise.race([
      once(found.socket, "message"),
      found.closed.then((code) => Promise.reject(new Error(`closed with ${code}`))),
    ]);
    return false;
  };
  await until(isThere, `${count} messages`);
  return found.messages;
}

const sockets = async () => (await worker.test("live")).reduce((sum, shard) => sum + shard.sockets, 0);
const tickets = async () => (await worker.test("live")).reduce((sum, shard) => sum + shard.tickets, 0);

/** Close codes that are on their way: workerd ends the connection some seconds after its frame. */
const closings = [];

/** Waits for the frame that closes a socket. */
async function closesWith(found, code) {
  closings.push(found.closed.then((closed) => assert.equal(closed, code)));
  // The frame is no event: only the end of the connection is, some seconds later.
  const isClosing = () => sleep(10, true).then(() => found.socket.readyState >= WebSocket.CLOSING);
  await until(isClosing, `a frame that closes with ${code}`);
}

/** Closes sockets, and waits until the objects know. */
async function closeAll(...all) {
  for (const { socket } of all.flat()) socket.close();
  await within(Promise.all(all.flat().map(({ closed }) => closed)), "sockets are closed");
}

describe("/me", () => {
  test("it names what the identity may see, and nothing of others", async () => {
    const answer = await worker.get("/me", await login.signIn("a"));
    assert.equal(answer.status, 200);
    assert.deepEqual(await answer.json(), {
      tenant: null,
      contract_ids: ["101", "102"],
      user_ids: ["ann"],
      copy: true,
      live: true,
      pollMs: 60_000,
      lost: [],
    });
    assert.equal(answer.headers.get("cache-control"), "private, no-store");
    assert.match(answer.headers.get("vary"), /Authorization/);
    const wide = await (await worker.get("/me", await login.signIn("all"))).json();
    assert.deepEqual([wide.contract_ids, wide.user_ids], ["*", []]);
    const none = await (await worker.get("/me", await login.signIn("nobody"))).json();
    assert.deepEqual([none.contract_ids, none.user_ids], [[], []]);
  });

  test("nobody without a sign-in is told anything", async () => {
    for (const path of ["/me", "/live/ticket"]) {
      const answer = await worker.get(path);
      assert.deepEqual([answer.status, (await answer.json()).error.code], [401, "IDENTITY_MISSING"], path);
    }
    const elsewhere = await worker.get("/me", await login.signIn("a"), { headers: { origin: "https://evil.example" } });
    assert.deepEqual(
      [elsewhere.status, elsewhere.headers.get("access-control-allow-origin")],
      [403, "https://evil.example"],
    );
    assert.equal((await elsewhere.json()).error.code, "ORIGIN_NOT_ALLOWED");
  });

  test("an entity tag is of one body, and compared weakly", async () => {
    const jwt = await login.signIn("a");
    const first = await worker.get("/me", jwt, { headers: { origin: PORTAL } });
    const etag = first.headers.get("etag");
    assert.match(etag, /^W\/"[0-9a-f]{32}"$/);
    assert.match(first.headers.get("access-control-expose-headers"), /ETag/);
    for (const known of [etag, etag.slice(2), `"x", ${etag}`]) {
      const again = await worker.get("/me", jwt, { headers: { "if-none-match": known } });
      assert.deepEqual([again.status, again.headers.get("etag"), await again.text()], [304, etag, ""], known);
    }
    // Another identity has another body: the tag of the first does not hide it.
    const other = await worker.get("/me", await login.signIn("b"), { headers: { "if-none-match": etag } });
    assert.equal(other.status, 200);
    assert.notEqual(other.headers.get("etag"), etag);
  });

  test("HEAD has the headers of GET and no body", async () => {
    const jwt = await login.signIn("a");
    const get = await worker.get("/me", jwt);
    const head = await worker.get("/me", jwt, { method: "HEAD" });
    assert.deepEqual([head.status, head.headers.get("etag"), await head.text()], [200, get.headers.get("etag"), ""]);
  });

  test("a gateway without a copy says so, and has none of its other routes", async () => {
    const plain = await start({ live: false }, 1);
    try {
      const jwt = await login.signIn("a");
      const { copy, live } = await (await plain.get("/me", jwt)).json();
      assert.deepEqual([copy, live], [false, false]);
      for (const path of ["/live/ticket", "/live", "/feed", "/query?q={}", "/overview?q={}"]) {
        assert.equal((await plain.get(path, jwt)).status, 404, path);
      }
    } finally {
      await plain.stop();
    }
  });
});

describe("messages", () => {
  test("a change is told to those who may see it, and to nobody else", async () => {
    const [a, b, all, nobody, many] = await Promise.all(
      ["a", "b", "all", "nobody", "many"].map(async (role, index) =>
        open(await login.signIn(role), { isolate: index % 2 }),
      ),
    );
    await publish(["101"]);
    assert.deepEqual(JSON.parse((await received(a, 1))[0]), { type: "changed", withinMs: 1000 });
    await received(all, 1);
    // By the user of a case. And a user is no contract.
    await publish(["ann"], ["202"]);
    await received(all, 2);
    await publish([], ["ann"]);
    await received(a, 2);
    await received(all, 3);
    // Each later message shows that no earlier one was on its way.
    await publish(["202"]);
    await received(b, 1);
    await received(all, 4);
    // Who has too many contracts to be told of each is told of every run.
    await publish();
    await received(many, 5);
    assert.deepEqual(
      [a, b, all, nobody, many].map(({ messages }) => messages.length),
      [2, 1, 4, 0, 5],
    );
    await closeAll(a, b, all, nobody, many);
  });

  test("commits within a second are one message", async () => {
    const a = await open(await login.signIn("a"));
    const b = await open(await login.signIn("b"));
    const startedAt = Date.now();
    for (let round = 0; round < 25; round += 1) await publish([round % 5 === 0 ? "101" : "999"]);
    await received(a, 1);
    await publish(["202"]);
    await received(b, 1);
    // 25 commits take part of a second, and those of a slow machine two messages.
    assert.ok(a.messages.length <= 1 + Math.ceil((Date.now() - startedAt) / 1000), `${a.messages.length} messages`);
    await closeAll(a, b);
  });

  test("50 sockets with random permissions get the messages of what they may see, in two isolates", async () => {
    const random = seeded(23);
    const roles = Array.from({ length: 50 }, () => random.below(CONTRACTS.length));
    const all = [];
    for (const [index, role] of roles.entries()) {
      const jwt = await login.signIn(`one-${role}`, { subject: `person-${index}` });
      all.push(open(jwt, { isolate: index % 2, origin: index % 3 ? PORTAL : undefined }));
    }
    const opened = await Promise.all(all);
    assert.equal(await sockets(), 50);
    const expected = opened.map(() => 0);
    for (let round = 0; round < 4; round += 1) {
      const chosen = CONTRACTS.filter(() => random.chance(0.3));
      await publish(chosen);
      // The last id is of all: its message comes after those of this round.
      for (const [index, role] of roles.entries()) if (chosen.includes(CONTRACTS[role])) expected[index] += 1;
      await Promise.all(opened.map((found, index) => received(found, expected[index])));
      await sleep(1100);
    }
    await publish(["shared"]);
    await Promise.all(opened.map((found, index) => received(found, expected[index] + 1)));
    assert.deepEqual(
      opened.map(({ messages }) => messages.length),
      expected.map((count) => count + 1),
    );
    assert.ok(new Set(expected).size > 1, "all have the same messages");
    await closeAll(opened);
  });

  test("an object that has hibernated knows its sockets", async () => {
    const found = await open(await login.signIn("a"));
    const before = await worker.test("live");
    let woken = before;
    // workerd evicts an object with idle sockets after ten seconds.
    for (
      let attempt = 0;
      attempt < 5 && woken.some(({ instance }, i) => instance === before[i].instance);
      attempt += 1
    ) {
      await sleep(11_000);
      woken = await worker.test("live");
    }
    assert.ok(
      woken.every(({ instance }, index) => instance !== before[index].instance),
      "no object hibernated",
    );
    assert.equal(await sockets(), 1);
    await publish(["101"]);
    await received(found, 1);
    await closeAll(found);
  });
});

describe("tickets", () => {
  const ticketOf = async (jwt, options) => (await (await request(jwt, options)).json()).ticket;
  const isRefused = async (ticket, options) => {
    const found = await handshake(["cisco-support-case.live", `ticket.${ticket}`], options);
    found.socket.close();
    return !found.opened;
  };

  test("a response with a ticket is stored nowhere, and a ticket is in no address", async () => {
    const jwt = await login.signIn("a");
    const answer = await request(jwt);
    assert.equal(answer.headers.get("cache-control"), "private, no-store");
    assert.equal(answer.headers.get("etag"), null);
    const { ticket, expiresInMs, pingMs } = await answer.json();
    assert.deepEqual([expiresInMs, pingMs], [30_000, 25_000]);
    const inAddress = await handshake(["cisco-support-case.live"], { path: `/api/case/live?ticket=${ticket}` });
    assert.equal(inAddress.opened, false);
    const log = worker.log.join("");
    assert.ok(!log.includes(ticket) && !JSON.stringify(await worker.test("audit")).includes(ticket));
  });

  test("it is used once, also by handshakes at the same time in two isolates", async () => {
    const jwt = await login.signIn("a");
    const ticket = await ticketOf(jwt);
    const tries = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        handshake(["cisco-support-case.live", `ticket.${ticket}`], { isolate: index % 2 }),
      ),
    );
    assert.equal(tries.filter(({ opened }) => opened).length, 1);
    assert.ok(await isRefused(ticket));
    await closeAll(tries.filter(({ opened }) => opened));
  });

  test("a forged one is refused before any object is asked", async () => {
    const ticket = await ticketOf(await login.signIn("a"));
    const [shard, nonce, signature] = ticket.split(".");
    const flipped = signature.replace(/^./, (digit) => (digit === "0" ? "1" : "0"));
    const forged = [
      `${shard}.${nonce}.${flipped}`,
      `${shard}.${nonce.replace(/^./, (digit) => (digit === "0" ? "1" : "0"))}.${signature}`,
      `${(Number(shard) + 1) % 4}.${nonce}.${signature}`,
      `9.${nonce}.${signature}`,
      `${shard}.${nonce}`,
      `${shard}.${nonce}.${"0".repeat(64)}`,
      "x",
    ];
    for (const text of forged) assert.ok(await isRefused(text), text);
    // None of them has used up the right one.
    assert.equal(await isRefused(ticket), false);
  });

  test("it is of one origin, which uses it up by trying from another", async () => {
    const jwt = await login.signIn("a");
    const ticket = await ticketOf(jwt, { headers: { origin: PORTAL } });
    assert.ok(await isRefused(ticket, { origin: "http://localhost:5173" }));
    assert.ok(await isRefused(ticket, { origin: PORTAL }));
    const another = await ticketOf(jwt, { headers: { origin: PORTAL } });
    assert.ok(await isRefused(another, { origin: "https://evil.example" }));
    // The gateway has refused that origin before it looked at the ticket.
    assert.equal(await isRefused(another, { origin: PORTAL }), false);
  });

  test("it expires", async () => {
    const ticket = await ticketOf(await login.signIn("a"));
    await worker.test("expire", { what: "tickets" });
    assert.ok(await isRefused(ticket));
  });

  test("an identity has few unused ones, and another one is not in its way", async () => {
    const jwt = await login.signIn("a", { subject: "flood" });
    const answers = await Promise.all(Array.from({ length: 30 }, () => request(jwt)));
    const statuses = answers.map(({ status }) => status).sort();
    assert.deepEqual(statuses, [...Array(10).fill(200), ...Array(20).fill(429)]);
    const refused = answers.find(({ status }) => status === 429);
    assert.deepEqual([refused.headers.get("retry-after"), (await refused.json()).error.code], ["60", "GATEWAY_BUSY"]);
    assert.equal((await request(await login.signIn("a"))).status, 200);
    await worker.test("expire", { what: "tickets" });
    assert.equal((await request(jwt)).status, 200);
  });
});

test("a flood of handshakes without a ticket of this gateway reaches no object, and others connect meanwhile", async () => {
  const before = await worker.test("live");
  const forged = `0.${"a".repeat(32)}.${"b".repeat(64)}`;
  const flood = Array.from({ length: 300 }, (_, index) =>
    handshake(index % 3 ? ["cisco-support-case.live", `ticket.${forged}`] : ["cisco-support-case.live"], {
      isolate: index % 2,
      origin: index % 5 ? undefined : PORTAL,
    }),
  );
  const found = await open(await login.signIn("a"));
  await publish(["101"]);
  await received(found, 1);
  assert.deepEqual(
    (await Promise.all(flood)).filter(({ opened }) => opened),
    [],
  );
  const counts = (shards) => shards.map(({ sockets, tickets }) => sockets + tickets).reduce((sum, one) => sum + one, 0);
  assert.equal(counts(await worker.test("live")), counts(before) + 1);
  await closeAll(found);
});

describe("sockets", () => {
  test("a ping is answered, and anything else ends the socket", async () => {
    const jwt = await login.signIn("a");
    const found = await open(jwt);
    found.socket.send("ping");
    assert.deepEqual(await received(found, 1), ["pong"]);
    for (const message of ["hello", new Uint8Array(3), "x".repeat(500_000), "ping "]) {
      const other = await open(jwt);
      other.socket.send(message);
      assert.equal(await other.closed, 1008, String(message).slice(0, 20));
    }
    found.socket.send("ping");
    await received(found, 2);
    await closeAll(found);
  });

  test("an identity has a number of sockets: a further one replaces its oldest", async () => {
    const jwt = await login.signIn("a", { subject: "many-tabs" });
    const bystander = await open(await login.signIn("a"));
    const all = [];
    for (let index = 0; index < 20; index += 1) all.push(await open(jwt));
    const last = await open(jwt);
    await closesWith(all[0], 4002);
    await publish(["101"]);
    await Promise.all([...all.slice(1), last, bystander].map((found) => received(found, 1)));
    await closeAll(all.slice(1), last, bystander);
  });

  test("a revocation closes them and their tickets, at once", async () => {
    const [a, other, b] = await Promise.all([
      open(await login.signIn("a", { subject: "leaver" })),
      open(await login.signIn("a", { subject: "stayer" })),
      open(await login.signIn("b", { subject: "stayer-b" })),
    ]);
    const { ticket } = await (await request(await login.signIn("a", { subject: "leaver" }))).json();
    const former = await tickets();
    const startedAt = Date.now();
    const revoked = worker.test("revoke", { subject: "leaver" });
    await closesWith(a, 4001);
    // `noticeSeconds` is 1.
    assert.ok(Date.now() - startedAt < 1000 + 500 + PAUSE_MS, `${Date.now() - startedAt} ms`);
    await revoked;
    assert.equal(await tickets(), former - 1);
    const late = await handshake(["cisco-support-case.live", `ticket.${ticket}`]);
    assert.equal(late.opened, false);
    await publish(["101", "202"]);
    await Promise.all([received(other, 1), received(b, 1)]);
    await worker.test("revoke", "everybody");
    await Promise.all([closesWith(other, 4001), closesWith(b, 4001)]);
  });

  test("their lifetime ends, so that permissions are read again", async () => {
    const found = await open(await login.signIn("a"));
    await worker.test("expire", { what: "sockets" });
    await closesWith(found, 4000);
  });

  test("audit entries name the routes, and no ticket, token or subject", async () => {
    await worker.test("audit");
    const jwt = await login.signIn("a", { subject: "somebody-with-a-name" });
    await closeAll(await open(jwt));
    const entries = await worker.test("audit");
    const seen = entries.map(({ route, status, outcome }) => [route, status, outcome]);
    assert.deepEqual(seen, [
      ["liveTicket", 200, "ok"],
      ["live", 101, "ok"],
    ]);
    assert.match(entries[0].who, /^[0-9a-f]{16}$/);
    assert.ok(!JSON.stringify(entries).includes("somebody"));
  });

  test("each of them was closed with the code that says why", async () => {
    assert.equal((await Promise.all(closings)).length, 5);
  });

  test("a deployment ends them, and the same page connects again", async () => {
    const jwt = await login.signIn("a");
    const found = await open(jwt);
    await worker.restart();
    ports = await Promise.all(worker.names.map((_, index) => worker.port(index)));
    await found.closed;
    const again = await open(jwt);
    await publish(["102"]);
    await received(again, 1);
    await closeAll(again);
  });
});
