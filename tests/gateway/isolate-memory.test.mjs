// What an isolate holds in memory: responses and verified tokens, each alone, without a Worker.

import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { exportJWK, generateKeyPair, SignJWT } from "jose";

/** Imports a script of the package: the parts of the gateway are not exported one by one. */
const script = (path) => import(new URL(`../${path}`, import.meta.resolve("cisco-support-case")).href);

const { ResponseCache } = await script("gateway/response-cache.js");
const { JwtVerifier } = await script("gateway/jwt-verifier.js");

const { privateKey, publicKey } = await generateKeyPair("ES256");
const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: "key", alg: "ES256" }] };

describe("cached responses", () => {
  const MAX_BYTES = 1_000_000;
  const KEY = "a-key";
  afterEach(() => {
    delete globalThis.caches;
  });

  /** Puts the cache of a data center in place of the runtime's. */
  function dataCenter() {
    const stored = new Map();
    globalThis.caches = {
      default: {
        match: async (url) => stored.get(url)?.clone(),
        put: async (url, response) => void stored.set(url, response),
      },
    };
    return stored;
  }

  /** A response that was requested at a time. */
  const entry = (requestedMs) => ({
    body: new TextEncoder().encode(`of ${requestedMs}`),
    metadata: `${requestedMs} and more`,
    messageId: null,
  });
  const textOf = (found) => found && new TextDecoder().decode(found.body);

  test("of two isolates, the one whose request was earlier does not replace the response of the other", async () => {
    for (const [first, second] of [
      [2000, 1000],
      [1000, 2000],
      [1000, 1000],
    ]) {
      const stored = dataCenter();
      const [one, other, third] = [0, 1, 2].map(() => new ResponseCache(MAX_BYTES, 3600));
      await one.put(KEY, entry(first));
      // Its memory has none, so that only the data center's cache tells.
      await other.put(KEY, entry(second));
      const newest = `of ${Math.max(first, second)}`;
      assert.equal(textOf(await third.getFromDataCenter(KEY)), newest);
      assert.equal(textOf(other.getFromMemory(KEY)), newest, "the isolate itself uses the later one");
      assert.equal(stored.size, 1);
    }
  });

  test("an entry of a clock that was ahead is none, and is replaced by the next one", async () => {
    const stored = dataCenter();
    const [one, other] = [0, 1].map(() => new ResponseCache(MAX_BYTES, 3600));
    const now = Date.now();
    for (const aheadMs of [3_600_000, 30_000]) {
      stored.clear();
      await one.put(KEY, entry(now + aheadMs));
      const expected = aheadMs === 30_000 ? `of ${now + aheadMs}` : undefined;
      assert.equal(textOf(one.getFromMemory(KEY)), expected);
      assert.equal(textOf(await other.getFromDataCenter(KEY)), expected);
      await other.put(KEY, entry(now));
      assert.equal(textOf(await one.getFromDataCenter(KEY)), expected ?? `of ${now}`);
    }
  });

  test("a cache of the data center that fails is none", async () => {
    globalThis.caches = {
      default: {
        match: () => Promise.reject(new Error("no match")),
        put: () => Promise.reject(new Error("no put")),
      },
    };
    const cache = new ResponseCache(MAX_BYTES, 3600);
    await cache.put(KEY, entry(1000));
    assert.equal(textOf(cache.getFromMemory(KEY)), "of 1000");
    assert.equal(await cache.getFromDataCenter(KEY), undefined);
  });
});

describe("verified tokens", () => {
  const rules = { issuer: "https://login.example", audience: "cases", algorithms: ["ES256"], jwks };
  const sign = (subject, claims, iat = Math.floor(Date.now() / 1000)) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: "ES256", kid: "key" })
      .setIssuer(rules.issuer)
      .setAudience(rules.audience)
      .setSubject(subject)
      .setIssuedAt(iat)
      .setExpirationTime(Math.floor(Date.now() / 1000) + 600)
      .sign(privateKey);
  const verify = (verifier, token) => verifier.verify(`Bearer ${token}`, rules, 30, async () => undefined, Infinity);

  test("a few hundred of ordinary size stay, and those of the greatest size are bounded by their characters", async (t) => {
    // The verifier keeps a token for a minute: on a slow machine, signing them all takes longer.
    t.mock.timers.enable({ apis: ["Date"], now: Date.now() });
    for (const [characters, count, isHeld] of [
      [10, 300, true],
      [11_500, 200, false],
    ]) {
      const verifier = new JwtVerifier();
      const first = await sign("first", { more: "x".repeat(characters) });
      assert.ok(first.length < 16_384);
      const found = await verify(verifier, first);
      assert.equal(await verify(verifier, first), found, "it is cached");
      for (let number = 0; number < count; number += 1) {
        const token = await sign(`subject-${number}`, { more: "x".repeat(characters) });
        assert.equal((await verify(verifier, token)).identity.subject, `subject-${number}`);
      }
      assert.equal((await verify(verifier, first)) === found, isHeld, `${count} tokens of ${first.length} characters`);
    }
  });

  test("a time of issue in the future counts as the oldest, to which every revocation applies", async () => {
    const now = Math.floor(Date.now() / 1000);
    for (const [iat, issuedAtMs] of [
      [now - 100, (now - 100) * 1000],
      [now + 20, (now + 20) * 1000],
      [now + 120, 0],
      // Milliseconds in place of seconds.
      [now * 1000, 0],
    ]) {
      const found = await verify(new JwtVerifier(), await sign("ann", {}, iat));
      assert.equal(found.issuedAtMs, issuedAtMs, `${iat - now}`);
    }
  });
});
