// The Durable Object from inside: what it keeps, what of that outlives it, and how it shares slots and the one token.

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

// Storage lasts as long as a file of tests unless it is emptied.
afterEach(async () => {
  await reset();
  harness.sandbox.free();
});

/** An object of a gateway. What was made before the object was begun anew is of no use. */
const object = (name = "plain") => env.CASE_QUOTA.get(env.CASE_QUOTA.idFromName(name));

/** A visit for a slot, as an isolate makes it. */
const visit = (name = "plain", ask = {}) =>
  object(name).visit(name, { heard: "", needs: true, tenant: "a", more: 0, lifeMs: 100, patienceMs: 8000, ...ask });

/** A visit that only hears. */
const hear = (heard) => object().visit("plain", { heard, needs: false, patienceMs: 1000 });

/** All that is in storage, each value as text. */
const kept = (name) =>
  runInDurableObject(object(name), async (_, { storage }) =>
    Object.fromEntries(
      [...(await storage.list())].map(([key, value]) => [
        key,
        typeof value === "string" ? value : JSON.stringify(value),
      ]),
    ),
  );

/** The object dies as in a crash. The next one has what was in storage, and nothing else. */
async function dies(name = "plain") {
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

const ask = (contract, jwt) =>
  exports.default.fetch(`https://portal.example/api/case/cases/contracts/contract_ids/${contract}`, {
    headers: jwt ? { authorization: `Bearer ${jwt}` } : {},
  });

test("who is not signed in is refused, and no object begins for it", async () => {
  const response = await ask("100");
  expect(response.status).toBe(401);
  expect((await response.json()).error.code).toBe("IDENTITY_MISSING");
  expect([harness.tokens, harness.cases]).toEqual([0, 0]);
  expect(await listDurableObjectIds(env.CASE_QUOTA)).toEqual([]);
});

test("a signed-in request has its answer by one token and one slot, and leaves nothing of itself in storage", async () => {
  const [own, foreign] = harness.sandbox.info().contract_ids;
  const jwt = await signIn([own]);
  const response = await ask(own, jwt);
  const { cases } = await response.json();
  expect(response.status).toBe(200);
  expect(cases.length).toBeGreaterThan(0);
  expect(new Set(cases.map((one) => one.contract_id))).toEqual(new Set([own]));
  expect((await ask(foreign, jwt)).status).toBe(403);
  expect([harness.tokens, harness.cases]).toEqual([1, 1]);

  const { keys, ...others } = await kept("default");
  expect(Object.keys(others)).toEqual(["notices", "pace", "token"]);
  expect(JSON.parse(JSON.parse(keys).text)).toEqual({ keys: harness.keys });
  const all = JSON.stringify({ keys, ...others });
  for (const text of [jwt, "ada", own, cases[0].case_id]) expect(all).not.toContain(text);
});

test("after a visit storage holds pace, token and notices, the token once, and no secret", async () => {
  const { token, granted, error } = await visit();
  expect(error).toBeNull();
  expect(granted.slots).toBe(1);
  const all = await kept();
  expect(Object.keys(all)).toEqual(["notices", "pace", "token"]);
  expect(JSON.parse(all.token).access_token).toBe(token.accessToken);
  expect(all.notices + all.pace).not.toContain(token.accessToken);
  const encoded = [
    encodeURIComponent(SECRET),
    new URLSearchParams([["", SECRET]]).toString().slice(1),
    btoa(SECRET),
    btoa(`${CLIENT_ID}:${SECRET}`),
  ];
  for (const secret of [SECRET, ...encoded]) expect(JSON.stringify(all)).not.toContain(secret);
});

test("an object that has fetched its token is in nobody's way: it can be evicted at once", async () => {
  const { token } = await visit();
  expect(token.accessToken).not.toBe("");
  const began = Date.now();
  // A timer that ran on would hold it for as long.
  await evictDurableObject(object());
  expect(Date.now() - began).toBeLessThan(3000);
});

test("whatever is asked of the object, it sets no alarm", async () => {
  const { granted } = await visit("plain", { more: 4 });
  await object().giveBack("plain", `${granted.grant}:${granted.slots}\n`);
  await object().post("plain", [["everything", ""]]);
  await object().keys("plain", false);
  await object().sync("claim", "cases", "a-run", 60_000);
  await object().budget("plain");
  expect(await runInDurableObject(object(), (_, { storage }) => storage.getAlarm())).toBeNull();
  expect(await runDurableObjectAlarm(object())).toBe(false);
});

test("an object that is made anew has the same token, counts what was granted and knows the notices", async () => {
  const first = await visit("plain", { more: 2 });
  const posting = Date.now();
  await object().post("plain", [["subject", "ada"]]);
  const used = (await object().budget("plain")).day.used;
  expect(used).toBe(first.granted.slots);
  await dies();
  const second = await visit();
  expect(second.token).toEqual(first.token);
  expect(harness.tokens).toBe(1);
  expect((await object().budget("plain")).day.used).toBe(used + 1);
  const [before, after] = [JSON.parse(first.told), JSON.parse(second.told)];
  expect(after.epoch).toBe(before.epoch);
  expect(after.posted).toEqual([["subject", "ada", 1, expect.any(Number)]]);
  const [[, , , postedAt]] = after.posted;
  expect(postedAt).toBeGreaterThanOrEqual(posting);
  expect(postedAt).toBeLessThanOrEqual(Date.now());
});

test("what the last object granted holds up the next one", async () => {
  const lifeMs = 100;
  const began = Date.now();
  const visits = [await visit("slow", { lifeMs }), await visit("slow", { lifeMs })];
  await dies("slow");
  visits.push(await visit("slow", { lifeMs }));
  expect(visits.map(({ granted }) => granted.slots)).toEqual([1, 1, 1]);
  // The first slot may be used as late as its lease ends.
  expect(Date.now() - began).toBeGreaterThanOrEqual(1000 + lifeMs);
});

test("a claim of the ledger holds in the object's next life, and what waits is found", async () => {
  const sync = (work, ...given) => object().sync(work, "cases", ...given);
  expect(await sync("claim", "a-run", 60_000)).toEqual({ isTidy: true, cursor: null, waiting: [] });
  expect(await sync("commit", "a-run", "cursor-1", [["delivery-1", 3]])).toBe(true);
  await dies();
  expect(await sync("claim", "another", 60_000)).toBeNull();
  expect(await sync("commit", "another", "cursor-2", [])).toBe(false);
  await sync("release", "a-run", false);
  expect(await sync("claim", "another", 60_000)).toEqual({
    isTidy: false,
    cursor: "cursor-1",
    waiting: [["delivery-1", 3]],
  });
});

test("fifty visits at once make one token request", async () => {
  harness.sandbox.fault("latency", { route: "token", ms: 100 });
  const visits = await Promise.all(Array.from({ length: 50 }, () => visit()));
  expect(harness.tokens).toBe(1);
  expect(visits.filter(({ granted }) => granted?.slots === 1).length).toBe(50);
  expect(new Set(visits.map(({ token }) => token.accessToken)).size).toBe(1);
});

test("a token that many have refused is renewed once for all of them", async () => {
  const { token } = await visit();
  harness.sandbox.fault("latency", { route: "token", ms: 100 });
  const visits = await Promise.all(Array.from({ length: 30 }, () => visit("plain", { refused: token.generation })));
  // Whoever is late with the same news renews nothing.
  visits.push(await visit("plain", { refused: token.generation }));
  expect(harness.tokens).toBe(2);
  expect(new Set(visits.map((one) => one.token.accessToken)).size).toBe(1);
  expect(visits[0].token.accessToken).not.toBe(token.accessToken);
  expect(JSON.parse((await kept()).token).access_token).toBe(visits[0].token.accessToken);
});

test("with two slots in a second the third visit waits, all grants keep to it, and two tenants take turns", async () => {
  const lifeMs = 100;
  const order = [];
  const one = async (tenant) => {
    const sent = Date.now();
    const { granted } = await visit("slow", { tenant, lifeMs });
    order.push({ tenant, came: Date.now(), over: sent + granted.heldMs + lifeMs, ...granted });
  };
  await Promise.all([..."aaaaabb"].map(one));
  expect(order.every(({ slots }) => slots === 1)).toBe(true);
  expect(order[1].heldMs).toBeLessThan(500);
  expect(order[2].heldMs).toBeGreaterThan(500);
  // The first of any three may send as late as its lease ends, and the last at once.
  for (let place = 2; place < order.length; place += 1)
    expect(order[place].came - order[place - 2].over).toBeGreaterThanOrEqual(1000);
  // Those of b came last and need not wait for all of a.
  const turns = order.map(({ tenant }) => tenant).join("");
  expect(turns.slice(0, 6).replaceAll("a", "")).toBe("bb");
});

test("slots that were not used are the day's again, and only once", async () => {
  const day = async () => (await object("daily").budget("daily")).day;
  const { granted } = await visit("daily", { more: 4, lifeMs: 1000 });
  expect(granted.slots).toBe(5);
  expect(await day()).toEqual({ limit: 100, used: 5, left: 95 });
  await object("daily").giveBack("daily", `${granted.grant}:3\n`);
  expect(await day()).toEqual({ limit: 100, used: 2, left: 98 });
  await object("daily").giveBack("daily", `${granted.grant}:3\n`);
  expect(await day()).toEqual({ limit: 100, used: 2, left: 98 });
});

test("whoever visits hears a notice at once, and whoever posts it waits until all have to have heard", async () => {
  const before = JSON.parse((await hear("")).told);
  expect(before.posted).toEqual([]);
  const heard = `${before.epoch}:${before.last}`;
  const began = Date.now();
  let isOver = false;
  const posting = object()
    .post("plain", [
      ["subject", "ada"],
      ["contract", "100"],
    ])
    .then(() => {
      isOver = true;
    });
  const { posted, last } = JSON.parse((await hear(heard)).told);
  expect(posted).toEqual([
    ["subject", "ada", 1, expect.any(Number)],
    ["contract", "100", 2, expect.any(Number)],
  ]);
  expect(isOver).toBe(false);
  await posting;
  expect(Date.now() - began).toBeGreaterThanOrEqual(NOTICE_MS);
  expect(JSON.parse((await hear(`${before.epoch}:${last}`)).told).posted).toEqual([]);
});
