// The Durable Object, tested in its own isolate: its state, persistence across restarts, and the sharing of slots and
// of one token.

import {
  abortAllDurableObjects,
  evictDurableObject,
  listDurableObjectIds,
  reset,
  runDurableObjectAlarm,
  runInDurableObject,
} from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { createSandbox } from "cisco-support-case/sandbox";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { AUDIENCE, CLIENT_ID, ISSUER, NOTICE_MS, SECRET, harness } from "./worker.js";

let signer;

beforeAll(async () => {
  signer = await generateKeyPair("ES256", { extractable: true });
  harness.keys = [{ ...(await exportJWK(signer.publicKey)), kid: "key-1", alg: "ES256", use: "sig" }];
});

beforeEach(async () => {
  const sandbox = await createSandbox({ cases: 200, live: true, auth: "strict" });
  Object.assign(harness, { sandbox, tokens: 0, cases: 0 });
});

// Storage lasts for the whole test file unless it is cleared.
afterEach(async () => {
  await reset();
  harness.sandbox.free();
});

/** The stub of a gateway's Durable Object. A stub created before the object restarted is unusable. */
const object = (name = "plain") => env.CASE_QUOTA.get(env.CASE_QUOTA.idFromName(name));

/** Polls for a lease, as an isolate does. */
const poll = (name = "plain", lease = {}) =>
  object(name).poll(name, {
    logVersion: "",
    maxWaitMs: 8000,
    lease: { tenant: "a", extra: 0, durationMs: 100, ...lease },
  });

/** Polls for invalidations alone. */
const invalidationsSince = (logVersion) => object().poll("plain", { logVersion, lease: null, maxWaitMs: 1000 });

/** All stored entries, with each value as text. */
const storageOf = (name) =>
  runInDurableObject(object(name), async (_, { storage }) =>
    Object.fromEntries(
      [...(await storage.list())].map(([key, value]) => [
        key,
        typeof value === "string" ? value : JSON.stringify(value),
      ]),
    ),
  );

/** Ends the object as in a crash. Its successor has only the stored data. */
async function evict(name = "plain") {
  await runInDurableObject(object(name), (instance) => {
    instance.isOld = true;
  });
  await abortAllDurableObjects();
  expect(await runInDurableObject(object(name), (instance) => instance.isOld)).toBeUndefined();
}

const signIn = (contracts) =>
  new SignJWT({ contracts })
    .setProtectedHeader({ alg: "ES256", kid: "key-1" })
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setSubject("ada")
    .setIssuedAt()
    .setExpirationTime("10m")
    .sign(signer.privateKey);

const sendRequest = (contract, jwt) =>
  exports.default.fetch(`https://portal.example/api/case/cases/contracts/contract_ids/${contract}`, {
    headers: jwt ? { authorization: `Bearer ${jwt}` } : {},
  });

test("an anonymous request is rejected without starting the Durable Object", async () => {
  const response = await sendRequest("100");
  expect(response.status).toBe(401);
  expect((await response.json()).error.code).toBe("IDENTITY_MISSING");
  expect([harness.tokens, harness.cases]).toEqual([0, 0]);
  expect(await listDurableObjectIds(env.CASE_QUOTA)).toEqual([]);
});

test("a request takes one token and one slot, and leaves nothing in storage", async () => {
  const [own, foreign] = harness.sandbox.info().contract_ids;
  const jwt = await signIn([own]);
  const response = await sendRequest(own, jwt);
  const { cases } = await response.json();
  expect(response.status).toBe(200);
  expect(cases.length).toBeGreaterThan(0);
  expect(new Set(cases.map((one) => one.contract_id))).toEqual(new Set([own]));
  expect((await sendRequest(foreign, jwt)).status).toBe(403);
  expect([harness.tokens, harness.cases]).toEqual([1, 1]);

  const { jwks, ...others } = await storageOf("default");
  expect(Object.keys(others)).toEqual(["invalidations", "quota", "token"]);
  expect(JSON.parse(JSON.parse(jwks).text)).toEqual({ keys: harness.keys });
  const all = JSON.stringify({ jwks, ...others });
  for (const text of [jwt, "ada", own, cases[0].case_id]) expect(all).not.toContain(text);
});

test("storage contains the rate limit state, the token once and the invalidation log, and no secret", async () => {
  const { token, lease, error } = await poll();
  expect(error).toBeNull();
  expect(lease.permits).toBe(1);
  const all = await storageOf();
  expect(Object.keys(all)).toEqual(["invalidations", "quota", "token"]);
  expect(JSON.parse(all.token).access_token).toBe(token.accessToken);
  expect(all.invalidations + all.quota).not.toContain(token.accessToken);
  const encoded = [
    encodeURIComponent(SECRET),
    new URLSearchParams([["", SECRET]]).toString().slice(1),
    btoa(SECRET),
    btoa(`${CLIENT_ID}:${SECRET}`),
  ];
  for (const secret of [SECRET, ...encoded]) expect(JSON.stringify(all)).not.toContain(secret);
});

test("an object that has fetched its token can be evicted immediately", async () => {
  const { token } = await poll();
  expect(token.accessToken).not.toBe("");
  const began = Date.now();
  // A running timer would delay the eviction.
  await evictDurableObject(object());
  expect(Date.now() - began).toBeLessThan(3000);
});

test("the object never sets an alarm", async () => {
  const { lease } = await poll("plain", { extra: 4 });
  await object().returnLeases("plain", `${lease.id}:${lease.permits}\n`);
  await object().invalidate("plain", [["everything", ""]]);
  await object().jwks("plain", false);
  await object().syncState("lock", "cases", "a-run", 60_000);
  await object().budget("plain");
  expect(await runInDurableObject(object(), (_, { storage }) => storage.getAlarm())).toBeNull();
  expect(await runDurableObjectAlarm(object())).toBe(false);
});

test("a restarted object has the same token, usage and invalidation log", async () => {
  const first = await poll("plain", { extra: 2 });
  const posting = Date.now();
  await object().invalidate("plain", [["subject", "ada"]]);
  const used = (await object().budget("plain")).day.used;
  expect(used).toBe(first.lease.permits);
  await evict();
  const second = await poll();
  expect(second.token).toEqual(first.token);
  expect(harness.tokens).toBe(1);
  expect((await object().budget("plain")).day.used).toBe(used + 1);
  const [before, after] = [JSON.parse(first.invalidations), JSON.parse(second.invalidations)];
  expect(after.epoch).toBe(before.epoch);
  expect(after.entries).toEqual([["subject", "ada", 1, expect.any(Number)]]);
  const [[, , , postedAt]] = after.entries;
  expect(postedAt).toBeGreaterThanOrEqual(posting);
  expect(postedAt).toBeLessThanOrEqual(Date.now());
});

test("leases of the previous object delay the next one", async () => {
  const durationMs = 100;
  const began = Date.now();
  const polls = [await poll("slow", { durationMs }), await poll("slow", { durationMs })];
  await evict("slow");
  polls.push(await poll("slow", { durationMs }));
  expect(polls.map(({ lease }) => lease.permits)).toEqual([1, 1, 1]);
  // The first slot may be used until its lease ends.
  expect(Date.now() - began).toBeGreaterThanOrEqual(1000 + durationMs);
});

test("a claim of the sync state outlives a restart, and pending events are found", async () => {
  const sync = (work, ...given) => object().syncState(work, "cases", ...given);
  expect(await sync("lock", "a-run", 60_000)).toEqual({ isClean: true, cursor: null, pending: [] });
  expect(await sync("commit", "a-run", "cursor-1", [["delivery-1", 3]])).toBe(true);
  await evict();
  expect(await sync("lock", "another", 60_000)).toBeNull();
  expect(await sync("commit", "another", "cursor-2", [])).toBe(false);
  await sync("unlock", "a-run", false);
  expect(await sync("lock", "another", 60_000)).toEqual({
    isClean: false,
    cursor: "cursor-1",
    pending: [["delivery-1", 3]],
  });
});

test("fifty concurrent polls cause one token request", async () => {
  harness.sandbox.fault("latency", { route: "token", ms: 100 });
  const polls = await Promise.all(Array.from({ length: 50 }, () => poll()));
  expect(harness.tokens).toBe(1);
  expect(polls.filter(({ lease }) => lease?.permits === 1).length).toBe(50);
  expect(new Set(polls.map(({ token }) => token.accessToken)).size).toBe(1);
});

test("a token that many callers report as rejected is renewed once", async () => {
  const { token } = await poll();
  harness.sandbox.fault("latency", { route: "token", ms: 100 });
  const polls = await Promise.all(Array.from({ length: 30 }, () => poll("plain", { rejectedToken: token.generation })));
  // A later report of the same rejection renews nothing.
  polls.push(await poll("plain", { rejectedToken: token.generation }));
  expect(harness.tokens).toBe(2);
  expect(new Set(polls.map((one) => one.token.accessToken)).size).toBe(1);
  expect(polls[0].token.accessToken).not.toBe(token.accessToken);
  expect(JSON.parse((await storageOf()).token).access_token).toBe(polls[0].token.accessToken);
});

test("with two slots per second the third poll waits, grants keep to the limit, and two tenants alternate", async () => {
  const durationMs = 100;
  const order = [];
  const one = async (tenant) => {
    const sent = Date.now();
    const { lease } = await poll("slow", { tenant, durationMs });
    order.push({ tenant, startedAt: Date.now(), over: sent + lease.waitedMs + durationMs, ...lease });
  };
  await Promise.all([..."aaaaabb"].map(one));
  expect(order.every(({ permits }) => permits === 1)).toBe(true);
  expect(order[1].waitedMs).toBeLessThan(500);
  expect(order[2].waitedMs).toBeGreaterThan(500);
  // The first of any three requests may be sent as late as its lease ends, and the last at once.
  for (let place = 2; place < order.length; place += 1)
    expect(order[place].startedAt - order[place - 2].over).toBeGreaterThanOrEqual(1000);
  // The requests of b arrived last and do not wait for all requests of a.
  const turns = order.map(({ tenant }) => tenant).join("");
  expect(turns.slice(0, 6).replaceAll("a", "")).toBe("bb");
});

test("unused slots are returned to the day's quota once", async () => {
  const day = async () => (await object("daily").budget("daily")).day;
  const { lease } = await poll("daily", { extra: 4, durationMs: 1000 });
  expect(lease.permits).toBe(5);
  expect(await day()).toEqual({ limit: 100, used: 5, left: 95 });
  await object("daily").returnLeases("daily", `${lease.id}:3\n`);
  expect(await day()).toEqual({ limit: 100, used: 2, left: 98 });
  await object("daily").returnLeases("daily", `${lease.id}:3\n`);
  expect(await day()).toEqual({ limit: 100, used: 2, left: 98 });
});

test("a poll receives an invalidation immediately, and the post resolves after all isolates have it", async () => {
  const before = JSON.parse((await invalidationsSince("")).invalidations);
  expect(before.entries).toEqual([]);
  const logVersion = `${before.epoch}:${before.last}`;
  const began = Date.now();
  let isOver = false;
  const posting = object()
    .invalidate("plain", [
      ["subject", "ada"],
      ["contract", "100"],
    ])
    .then(() => {
      isOver = true;
    });
  const { entries, last } = JSON.parse((await invalidationsSince(logVersion)).invalidations);
  expect(entries).toEqual([
    ["subject", "ada", 1, expect.any(Number)],
    ["contract", "100", 2, expect.any(Number)],
  ]);
  expect(isOver).toBe(false);
  await posting;
  expect(Date.now() - began).toBeGreaterThanOrEqual(NOTICE_MS);
  expect(JSON.parse((await invalidationsSince(`${before.epoch}:${last}`)).invalidations).entries).toEqual([]);
});

test("a trap of the wasm ends the requests that wait for a lease, and later ones are served", async () => {
  await poll("slow");
  await poll("slow");
  const began = Date.now();
  const outcome = await runInDurableObject(object("slow"), async ({ shared }) => {
    const waiting = shared.poll("slow", {
      logVersion: "",
      maxWaitMs: 60_000,
      lease: { tenant: "b", extra: 0, durationMs: 100 },
    });
    // The error of an engine whose stack has overflown, thrown while the wasm is called.
    const lease = {
      get tenant() {
        throw new RangeError("Maximum call stack size exceeded");
      },
      extra: 0,
      durationMs: 100,
    };
    const trap = shared
      .poll("slow", { logVersion: "", maxWaitMs: 8000, lease })
      .then(undefined, (error) => error.message);
    const next = trap.then(() => shared.poll("slow", { logVersion: "", maxWaitMs: 60_000, lease: null }));
    return Promise.all([waiting.then(undefined, (error) => error.message), trap, next]);
  });
  const [waiting, trap, next] = outcome;
  expect(trap).toContain("Maximum call stack");
  expect(waiting).toMatch(/^the wasm has trapped/);
  expect(next.error).toBeNull();
  const { lease, error } = await poll("slow");
  expect([error, lease.permits]).toEqual([null, 1]);
  expect(Date.now() - began).toBeLessThan(30_000);
});
