// Tokens, rate limiting and retries of the packed client.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { CaseClient } from "cisco-support-case";
import { createSandbox } from "cisco-support-case/sandbox";
import { sandbox, info, contract, options } from "./client-harness.mjs";

test("a client respects its rate limits, and its budget is the remainder", async () => {
  const client = new CaseClient({ ...options, rateLimit: { perSecond: 2, perDay: 3 } });
  const call = () => client.caseDetails({ case_id: info.case_ids[0] });
  assert.deepEqual(client.budget().day, { limit: 3, used: 0, left: 3 });
  const start = performance.now();
  const waited = await Promise.all(
    [1, 2, 3].map(() =>
      call()
        .withResponse()
        .then(({ waitedMs }) => waitedMs),
    ),
  );
  assert.ok(performance.now() - start > 990, "the third call waits for its second");
  assert.ok(Math.max(...waited) > 900, String(waited));
  const { day, minute, concurrent, waiting, nextSlotInMs } = client.budget();
  assert.deepEqual([day, minute.limit, concurrent.used, waiting], [{ limit: 3, used: 3, left: 0 }, null, 0, 0]);
  assert.ok(nextSlotInMs > 86_000_000);
  const error = await call().catch((error) => error);
  assert.deepEqual([error.kind, error.code, error.attempts, error.source], ["quota", "QUOTA_SPENT", 0, "client"]);
  assert.ok(Date.parse(error.renewsAt) - Date.now() > 86_000_000);
});

test("transient failures are retried", async () => {
  for (const fault of [
    "reset",
    "truncated_body",
    "garbage_json",
    "html_error",
    "over_capacity",
    "503:Service Unavailable",
  ]) {
    sandbox.fault(fault, { times: 2 });
    const client = new CaseClient({ ...options, backoff: { baseMs: 20 } });
    const { attempts } = await client.casesByContract({ contract_ids: [contract] }).withResponse();
    sandbox.clearFaults();
    assert.equal(attempts, 3, fault);
  }
});

test("clients share a token through a cache, and ignore a failing cache", async () => {
  let grants = 0;
  const tokenUrl = "https://id.example/token";
  const fetch = (url, init) => {
    if (url !== tokenUrl) return sandbox.fetch(url, init);
    grants += 1;
    return Promise.resolve(Response.json({ access_token: `synthetic-${grants}`, expires_in: 3600 }));
  };
  const credentials = { clientId: "synthetic", clientSecret: "not a secret", tokenUrl };
  let stored;
  const tokenCache = {
    get: async () => stored,
    set: async (token) => {
      stored = token;
    },
  };
  const errors = [];
  const silent = { error: (line) => errors.push(line) };
  const call = (cache) =>
    new CaseClient({ ...options, token: undefined, fetch, credentials, tokenCache: cache, logger: silent }).caseDetails(
      { case_id: info.case_ids[0] },
    );
  await call(tokenCache);
  await call(tokenCache);
  assert.deepEqual([grants, stored.access_token], [1, "synthetic-1"]);
  assert.ok(Math.abs(stored.expires_at - Date.now() - 3_600_000) < 10_000);
  await call({
    get: () => {
      throw new Error("down");
    },
    set: () => Promise.reject(new Error("down")),
  });
  assert.equal(grants, 2);
  await sleep(5);
  assert.deepEqual(errors, ["cisco-support-case: tokenCache.get threw", "cisco-support-case: tokenCache.set threw"]);
});

test("the expiry of a cached token is a number, a Date or its text", async () => {
  const soon = Date.now() + 3_600_000;
  for (const [expires_at, grants] of [
    [soon, 0],
    [new Date(soon), 0],
    [new Date(soon).toISOString(), 0],
    ["soon", 1],
    [{}, 1],
  ]) {
    let granted = 0;
    const client = new CaseClient({
      ...options,
      token: undefined,
      credentials: { clientId: "synthetic", clientSecret: "synthetic secret", tokenUrl: "https://id.example/token" },
      tokenCache: { get: () => ({ access_token: "shared", expires_at }), set() {} },
      fetch: (url, init) => {
        if (!url.startsWith("https://id.example/")) return sandbox.fetch(url, init);
        granted += 1;
        return Response.json({ access_token: "granted", expires_in: 3600 });
      },
    });
    await client.casesByContract({ contract_ids: [contract] });
    assert.equal(granted, grants, String(expires_at));
  }
});

test("credentials are exchanged for a token, which is renewed when it expires", async () => {
  const strict = await createSandbox({ cases: 100, seed: 1, auth: "strict" });
  const tokens = [];
  const client = new CaseClient({
    baseUrl: strict.baseUrl,
    credentials: {
      clientId: "synthetic-client",
      clientSecret: "synthetic-secret",
      tokenUrl: new URL("/oauth2/default/v1/token", strict.baseUrl).href,
    },
    fetch: (url, init) => {
      if (init.method === "POST") tokens.push(url);
      return strict.fetch(url, init);
    },
  });
  const contract_ids = [strict.info().contract_ids[0]];
  assert.ok((await client.casesByContract({ contract_ids })).cases.length);
  assert.ok((await client.casesByContract({ contract_ids })).cases.length);
  assert.equal(tokens.length, 1);
  // The sandbox's clock passes the token's lifetime, the client's does not: the rejection triggers the renewal.
  strict.advance(2 * 3600 * 1000);
  const { attempts } = await client.casesByContract({ contract_ids }).withResponse();
  assert.equal(attempts, 2);
  assert.equal(tokens.length, 2);
  const wrong = new CaseClient({ baseUrl: strict.baseUrl, token: "made-up", fetch: strict.fetch });
  await assert.rejects(wrong.casesByContract({ contract_ids }), { kind: "authentication" });
});

test("Retry-After dates are read in each HTTP form, by the service's clock", async () => {
  const dates = {
    "Sun, 06 Nov 1994 08:49:37 GMT": 0,
    "Sun, 06 Nov 1994 08:49:40 GMT": 3000,
    "Sun, 6 Nov 1994 08:50:37 GMT": 60_000,
    "Sunday, 06-Nov-94 08:49:39 GMT": 2000,
    "Sun Nov  6 08:49:38 1994": 1000,
    "Tue Nov 15 08:49:38 1994": 86_400_000,
    "Sun, 06 Nov 1994 08:49:36 GMT": 0,
    "Sunday, 06-Nov-69 08:49:39 GMT": 86_400_000,
    "Thursday, 06-Nov-70 08:49:39 GMT": 0,
    "Thu, 31 Nov 1994 08:49:40 GMT": null,
    "Sun, 06 Nov 1994 24:00:00 GMT": null,
    "Sun, 06 Nov 1994 08:49:40 PST": null,
    "Sun, 06 Nov 1994 08:49:40": null,
    "1994-11-06T08:49:40Z": null,
    soon: null,
    "-5": null,
    7: 7000,
  };
  for (const date of ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]) {
    for (const [retryAfter, expected] of Object.entries(dates)) {
      const headers = { date, "retry-after": retryAfter };
      const fetch = async () => new Response("busy", { status: 503, headers });
      const client = new CaseClient({
        baseUrl: "https://api.example",
        token: "a-synthetic-token",
        maxRetries: 0,
        fetch,
      });
      const error = await client.caseSummary({ case_ids: ["1"] }).catch((error) => error);
      assert.equal(error.retryAfterMs, expected, `${retryAfter} by ${date}`);
    }
  }
});

test("a client without a token sends no request, and its error names the option", async () => {
  const error = await new CaseClient().caseDetails({ case_id: "612345678" }).catch((error) => error);
  assert.deepEqual([error.code, error.kind, error.retryable], ["NO_TOKEN", "authentication", false]);
  assert.match(error.message, /none was given/);
  assert.match(error.hint, /a function that returns one\) or, on a server, credentials/);
  const sent = [];
  const fetch = async (url, { headers }) => {
    sent.push(headers.authorization);
    return Response.json({ cases: [], count: 0 });
  };
  // A caller's `fetch` may sign its requests, and a call may have its own token.
  assert.equal((await new CaseClient({ fetch }).caseSummary({ case_ids: ["612345678"] })).count, 0);
  const real = globalThis.fetch;
  globalThis.fetch = fetch;
  try {
    await new CaseClient().caseSummary({ case_ids: ["612345678"] }, { token: "its-own" });
  } finally {
    globalThis.fetch = real;
  }
  assert.deepEqual(sent, [undefined, "Bearer its-own"]);
});
