// One client at module scope of a Worker, in real workerd: many concurrent requests, cancelled requests, tokens that
// expire, a token endpoint that fails, and limits; from requests, from a Durable Object and in `waitUntil`. Every
// request that is not cancelled gets its response.
//
//   TOOLS    the manifest next to the packages wrangler and miniflare
//   WWW      the folder www

import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { caller, random, service, workers } from "./shared-harness.mjs";

const AT_ONCE = 200;
const PER_SECOND = 20;
const unlimited = { perSecond: 0, perMinute: 0, perDay: 0, maxConcurrent: 0 };
const limited = { ...unlimited, perSecond: PER_SECOND };
const patient = { maxRetries: 6, backoff: { baseMs: 40 } };

/** The Workers of the tests: the service of each, and the options of its client. */
const PARTS = {
  "a fixed token": { auth: "any", rateLimit: unlimited },
  "a fixed token and the client's own rate limit but for its day": {
    auth: "any",
    rateLimit: { perSecond: 100, maxConcurrent: 10 },
  },
  credentials: { rateLimit: unlimited },
  "a fixed token, 20 in a second": { auth: "any", rateLimit: limited },
  "credentials, 20 in a second": { rateLimit: limited },
  "credentials, the token endpoint failing and slow": {
    rateLimit: unlimited,
    tokens: "fails and is slow",
    more: patient,
  },
  "credentials, 20 in a second, the token endpoint failing and slow": {
    rateLimit: limited,
    tokens: "fails and is slow",
    more: patient,
  },
  "an object": { rateLimit: unlimited },
  "after the answer": { rateLimit: unlimited },
  "who fetches the token leaves": { rateLimit: unlimited },
  "bulk calls": { rateLimit: { ...unlimited, maxConcurrent: 10 } },
};

/** Requests that the token endpoint holds back while `back` is set. */
const held = { back: true, requests: [] };
const holdBack = () => held.back && new Promise((release) => held.requests.push(release));

const names = Object.keys(PARTS);
const services = {};
for (const [at, name] of names.entries()) {
  const { auth, tokens } = PARTS[name];
  const holds = name === "who fetches the token leaves";
  services[name] = await service({ seed: 100 + at, auth, tokens: holds ? holdBack : tokens });
}
const world = await workers(
  Object.fromEntries(
    names.map((name) => {
      const { rateLimit, more } = PARTS[name];
      const CLIENT = { ...services[name].options, rateLimit, ...more };
      return [name.replaceAll(/\W+/g, "-"), { CLIENT, STAMPED: rateLimit === limited, REPORT: services[name].report }];
    }),
  ),
);
after(async () => {
  await world.stop();
  for (const one of Object.values(services)) one.stop();
});
const portOf = (name) => world.ports[name.replaceAll(/\W+/g, "-")];

/** Asserts that a response has the requested case, unless the request was cancelled. */
function isRight(found, { case_id, title }, what) {
  if (!found.left) assert.deepEqual(found, { case_id, title }, what);
}

/** Sends many concurrent requests, some of which are cancelled after 5 to 60 ms. Returns the number of the others. */
async function round(name, { generator, count = AT_ONCE, leaving = 1 / 3, paths = ["/call"] }) {
  const { cases } = services[name];
  const wanted = Array.from({ length: count }, () => generator.pick(cases));
  const found = await Promise.all(
    wanted.map(({ case_id }, at) => {
      const leave = generator.fraction() < leaving ? 5 + generator.fraction() * 55 : undefined;
      return caller(portOf(name), `${paths[at % paths.length]}?case_id=${case_id}`, leave);
    }),
  );
  const unanswered = found.filter((one) => one.unanswered || one.error);
  assert.deepEqual(
    unanswered.slice(0, 3),
    [],
    `${unanswered.length} of ${found.filter((one) => !one.left).length} who stayed`,
  );
  for (const [at, one] of found.entries()) isRight(one, wanted[at], `caller ${at}`);
  return found.filter((one) => !one.left).length;
}

/**
 * Asserts that the requests keep to the limit. The rate limiter reads the clock when it permits a request, and the
 * Worker reads it again when it sends the request. The process may have to wait in between, so that the first request
 * above the limit may appear slightly less than a second after the first of its window. The total duration of all
 * requests is not affected.
 */
function keepsToLimit({ counts }, perSecond) {
  const sent = counts.sent.toSorted((a, b) => a - b);
  const spans = sent.slice(perSecond).map((at, index) => at - sent[index]);
  assert.ok(Math.min(...spans) >= 800, `${perSecond + 1} requests in ${Math.min(...spans)} ms`);
  const seconds = (sent.at(-1) - sent[0]) / 1000;
  const least = Math.floor((sent.length - 1) / perSecond) - 0.2;
  assert.ok(seconds >= least, `${sent.length} requests in ${seconds} s`);
}

/** Three rounds, and then a single request. */
async function rounds(name, seed, options = {}) {
  const generator = random(seed);
  const { expire, counts } = services[name];
  let stayed = 0;
  for (let at = 0; at < 3; at += 1) {
    if (at > 0) expire();
    stayed += await round(name, { generator, ...options });
  }
  assert.ok(stayed >= AT_ONCE, `only ${stayed} stayed`);
  assert.ok(counts.requests >= stayed);
  assert.equal(await round(name, { generator, ...options, count: 1, leaving: 0 }), 1);
}

/** A round without cancellation, after all tokens have expired: one call fetches a new token. */
async function oneRefresh(name, generator, options) {
  const { counts, expire } = services[name];
  for (let at = 0; at < 2; at += 1) {
    expire();
    const before = counts.tokens;
    await round(name, { generator, leaving: 0, count: 60, ...options });
    assert.equal(counts.tokens - before, 1, "token requests");
  }
}

describe("one client at module scope", { concurrency: true }, () => {
  for (const [at, name] of names.slice(0, 7).entries()) {
    test(name, async () => {
      const { auth, rateLimit, tokens } = PARTS[name];
      await rounds(name, 10 + at);
      if (auth !== "any" && rateLimit === unlimited && !tokens) await oneRefresh(name, random(20 + at));
      if (rateLimit === limited) keepsToLimit(services[name], PER_SECOND);
    });
  }

  test("a Durable Object, and concurrent requests", async () => {
    const name = "an object";
    await rounds(name, 31, { paths: ["/object"] });
    await rounds(name, 32, { paths: ["/object", "/call"] });
    await oneRefresh(name, random(33), { paths: ["/object"] });
    await oneRefresh(name, random(34), { paths: ["/object", "/call"] });
  });

  test("after the response, by waitUntil", async () => {
    const name = "after the answer";
    const { cases, reports, until, expire } = services[name];
    const generator = random(41);
    for (let at = 0; at < 3; at += 1) {
      if (at > 0) expire();
      // Half of the calls continue after the responses to their requests, among others that are cancelled.
      const wanted = Array.from({ length: AT_ONCE / 2 }, () => generator.pick(cases));
      const searches = wanted.map(({ case_id }, index) => `?case_id=${case_id}&round=${at}&index=${index}`);
      const concurrent = round(name, { generator, count: AT_ONCE / 2 });
      const found = await Promise.all(searches.map((search) => caller(portOf(name), `/later${search}`)));
      assert.deepEqual(
        found.filter((one) => !one.later),
        [],
      );
      await concurrent;
      await until(
        () => searches.every((search) => reports.has(search)),
        "every call that goes on after its answer has ended",
      );
      for (const [index, search] of searches.entries()) isRight(reports.get(search), wanted[index], search);
    }
    await round(name, { generator, count: 1, leaving: 0 });
  });

  test("the request that fetches the token is cancelled, and another takes over", async () => {
    const name = "who fetches the token leaves";
    const { counts, until, cases, expire } = services[name];
    for (const [at, path] of ["/call", "/object", "/call"].entries()) {
      if (at > 0) expire();
      const before = { ...counts };
      held.back = true;
      let go;
      const leave = new Promise((done) => (go = done));
      // The first caller is alone, so that it fetches the token.
      const first = caller(portOf(name), `/call?case_id=${cases[0].case_id}`, leave);
      await until(() => held.requests.length === 1, "the first caller's token request");
      const others = cases.slice(1, 21).map(({ case_id }) => caller(portOf(name), `${path}?case_id=${case_id}`));
      go();
      assert.deepEqual(await first, { left: true });
      await until(() => counts.tokensAbandoned === before.tokensAbandoned + 1, "the end of the first caller's request");
      await until(() => held.requests.length === 2, "another caller's token request");
      held.back = false;
      for (const release of held.requests.splice(0)) release();
      for (const [index, found] of (await Promise.all(others)).entries())
        isRight(found, cases[index + 1], `caller ${index}`);
    }
  });

  test("bulk calls, some of them cancelled", async () => {
    const name = "bulk calls";
    const { contract_ids, sizeOf, expire } = services[name];
    const generator = random(51);
    const sizes = new Map();
    for (const contract_id of contract_ids) sizes.set(contract_id, await sizeOf(contract_id));
    for (let at = 0; at < 3; at += 1) {
      if (at > 0) expire();
      const wanted = Array.from({ length: 12 }, () => generator.pick(contract_ids));
      const found = await Promise.all(
        wanted.map((contract_id) =>
          caller(
            portOf(name),
            `/call?contract_id=${contract_id}`,
            generator.fraction() < 1 / 3 ? 5 + generator.fraction() * 55 : undefined,
          ),
        ),
      );
      for (const [index, one] of found.entries()) {
        if (one.left) continue;
        assert.deepEqual(
          [one.error ?? one.unanswered, new Set(one.ids).size],
          [undefined, sizes.get(wanted[index])],
          `caller ${index}`,
        );
      }
    }
    await round(name, { generator, count: 1, leaving: 0 });
  });
});

test("the runtime logs no warning", () => assert.deepEqual(world.log, []));
