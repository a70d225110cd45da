// Failures of the service and of its token endpoint. Each test asserts the number of upstream requests.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { PAUSE_MS } from "../harness.mjs";
import {
  advance,
  auditOf,
  cases,
  failure,
  login,
  own,
  sandbox,
  sendRequest,
  settled,
  TIMEOUT_MS,
  upstream,
  useGateways,
} from "./harness.mjs";

useGateways({
  plain: {},
  impatient: { OPTIONS: { timeoutMs: TIMEOUT_MS } },
  qps: {},
  rate: {},
  rate429: {},
  renewing: {},
  stale: {
    OPTIONS: {
      cache: {
        openSeconds: 100,
        closedSeconds: 100,
        listSeconds: 100,
        closedListSeconds: 100,
        staleSeconds: 0,
        staleIfErrorSeconds: 6000,
      },
    },
  },
  badClient: { CISCO_CLIENT_ID: "bad-client" },
  noClient: { CISCO_CLIENT_ID: "" },
  tokenDown: { TOKEN_URL: "down", OPTIONS: { timeoutMs: TIMEOUT_MS } },
  tokenHtml: { TOKEN_URL: "html", OPTIONS: { timeoutMs: TIMEOUT_MS } },
  tokenHangs: { TOKEN_URL: "hangs", OPTIONS: { timeoutMs: TIMEOUT_MS } },
});

describe("the service", () => {
  /** Each fault: the resulting status and code, and the number of requests for one call. */
  const table = [
    ["reset", 502, "UPSTREAM_UNREACHABLE", 2],
    ["truncated_body", 502, "UPSTREAM_UNREACHABLE", 2],
    ["garbage_json", 502, "UPSTREAM_INVALID", 2],
    ["html_error", 502, "Proxy Error", 2],
    ["over_capacity", 503, "Rate Limit Exceeded", 2],
    ["500:API_UNAVAILABLE", 500, "API_UNAVAILABLE", 2],
    ["UNKNOWN_FAILURE", 500, "UNKNOWN_FAILURE", 2],
    ["SYSTEM_ERROR", 500, "SYSTEM_ERROR", 2],
    ["Internal Server Error", 500, "Internal Server Error", 2],
    ["Bad Gateway", 502, "Bad Gateway", 2],
    ["Proxy Error", 502, "Proxy Error", 2],
    ["API Maintenance/Service Unavailable", 503, "API Maintenance/Service Unavailable", 2],
    ["Gateway Timeout", 504, "Gateway Timeout", 2],
    ["404:API_UNAVAILABLE", 503, "API_UNAVAILABLE", 1],
    ["CASE_API_FORBIDDEN", 502, "UPSTREAM_AUTH", 1],
    ["Account Inactive", 502, "UPSTREAM_AUTH", 1],
    ["Unknown Referrer", 502, "UPSTREAM_AUTH", 1],
    ["EXCEEDED_INPUTS", 403, "EXCEEDED_INPUTS", 1],
    ["Bad Request", 400, "Bad Request", 1],
    ["Service Not Found", 596, "Service Not Found", 1],
  ];
  for (const [name, status, code, costs] of table) {
    test(`${name}, always: ${status} ${code}, requests: ${costs}`, async () => {
      await sandbox.fault(name);
      const answer = await sendRequest("plain");
      await sandbox.clear();
      assert.deepEqual(failure(answer), { status, code, costs });
      assert.equal(answer.error.retry, false, "it was retried already");
      assert.ok(["gateway", "service"].includes(answer.error.source));
      assert.equal(answer.headers.get("cache-control"), "no-store");
    });
  }

  for (const [name, , , costs] of table.filter(([, , , costs]) => costs === 2)) {
    test(`${name}, once: the retry succeeds`, async () => {
      await sandbox.fault(name, { times: 1 });
      const answer = await sendRequest("plain");
      await sandbox.clear();
      assert.deepEqual(failure(answer), { status: 200, code: undefined, costs });
    });
  }

  test("api_error_200: an error with status 200 is an error", async () => {
    await sandbox.fault("api_error_200");
    const answer = await sendRequest("plain");
    await sandbox.clear();
    assert.ok(answer.status >= 400 && answer.code, JSON.stringify(answer.body));
    assert.ok(answer.costs <= 2);
  });

  for (const [name, more] of [
    ["latency", { ms: 20_000 }],
    ["slow_body", { ms: 20_000 }],
  ]) {
    test(`${name} beyond the timeout: 504 within the timeout, after one request`, async () => {
      // The token comes before the fault.
      await sendRequest("impatient");
      await sandbox.fault(name, more);
      const answer = await sendRequest("impatient");
      await sandbox.clear();
      assert.deepEqual(failure(answer), { status: 504, code: "UPSTREAM_TIMEOUT", costs: 1 });
      assert.equal(answer.error.kind, "timeout");
      assert.ok(answer.ms >= TIMEOUT_MS - 100 && answer.ms < TIMEOUT_MS + 1000 + PAUSE_MS, `${answer.ms} ms`);
    });
  }

  for (const [mode, status, code, costs] of [
    ["redirect", 502, "UPSTREAM_INVALID", 1],
    ["html", 502, "UPSTREAM_INVALID", 2],
    ["empty", 502, "UPSTREAM_INVALID", 2],
    // For a list it is an empty page.
    ["null", 200, undefined, 1],
    ["shape", 502, "UPSTREAM_INVALID", 1],
    ["large", 502, "UPSTREAM_INVALID", 1],
    ["hangs", 504, "UPSTREAM_TIMEOUT", 1],
    ["teapot", 418, "HTTP_418", 1],
  ]) {
    test(`a response that is not from the service (${mode}): ${status}`, async () => {
      upstream.state.mode = mode;
      const answer = await sendRequest(mode === "hangs" ? "impatient" : "plain").finally(() => {
        upstream.state.mode = "pass";
      });
      assert.equal(answer.status, status, JSON.stringify(answer.body));
      if (code) assert.equal(answer.code, code);
      assert.equal(answer.costs, costs);
      assert.equal(upstream.state.elsewhere, 0, "a redirect is not followed");
    });
  }

  for (const [mode, attempts] of [
    ["hangs", 1],
    ["bodyHangs", 1],
    ["trickles", 1],
    ["html", 2],
  ]) {
    test(`the audit of a call that fails (${mode}) has the number of its requests: ${attempts}`, async () => {
      const kind = mode === "html" ? "plain" : "impatient";
      await auditOf(kind);
      upstream.state.mode = mode;
      const answer = await sendRequest(kind).finally(() => {
        upstream.state.mode = "pass";
      });
      const { error, costs, headers } = answer;
      const [entry] = await auditOf(kind, 1);
      assert.deepEqual([entry.requestId, entry.attempts], [headers.get("x-request-id"), attempts]);
      // A client of the gateway repeats a call by itself only if nothing was sent.
      assert.deepEqual([costs, error.retry], [attempts, false]);
    });
  }

  test("over_qps, always: one retry after the requested wait, then 429 with Retry-After", async () => {
    await sandbox.fault("over_qps");
    const answer = await sendRequest("qps");
    await sandbox.clear();
    assert.deepEqual(failure(answer), { status: 429, code: "Account Over Queries Per Second Limit", costs: 2 });
    assert.ok(answer.ms >= 1000, `${answer.ms} ms`);
    assert.equal(answer.headers.get("retry-after"), "1");
    assert.equal(answer.error.kind, "rate_limited");
    assert.equal(answer.error.retry, false);
  });

  for (const kind of ["rate", "rate429"]) {
    test(`${kind}: an exhausted quota causes one request, and later requests are rejected locally`, async () => {
      await sandbox.fault(kind === "rate" ? "over_rate" : "over_rate_429");
      const answer = await sendRequest(kind);
      await sandbox.clear();
      assert.deepEqual(failure(answer), { status: 429, code: "Account Over Rate Limit", costs: 1 });
      assert.equal(answer.error.kind, "quota");
      // The Durable Object knows of it.
      await settled(kind);
      assert.deepEqual(failure(await sendRequest(kind)), { status: 429, code: "QUOTA_SPENT", costs: 0 });
    });
  }

  for (const name of ["not_authorized_401", "not_authorized_403"]) {
    test(`${name}, once: one token renewal and one retry`, async () => {
      await sendRequest("renewing");
      await sandbox.fault(name, { times: 1 });
      const answer = await sendRequest("renewing");
      await sandbox.clear();
      assert.deepEqual(failure(answer), { status: 200, code: undefined, costs: 2 });
      assert.equal(answer.received, 3, "two for the case, one for the token");
    });
  }

  test("a token that is revoked repeatedly is renewed each time", async () => {
    await sendRequest("renewing");
    for (let round = 0; round < 6; round += 1) {
      // The current token is revoked: the service rejects it from now on.
      upstream.state.revoked.add(upstream.state.token);
      const answer = await sendRequest("renewing");
      assert.deepEqual(failure(answer), { status: 200, code: undefined, costs: 2 }, `round ${round}`);
      assert.equal((await sendRequest("renewing")).status, 200);
    }
  });

  test("tokens that are always rejected: UPSTREAM_AUTH after two requests and one renewal", async () => {
    await sandbox.fault("not_authorized_401");
    const answer = await sendRequest("renewing");
    assert.deepEqual(failure(answer), { status: 502, code: "UPSTREAM_AUTH", costs: 2 });
    assert.equal(answer.received, 3);
    assert.deepEqual([answer.error.kind, answer.error.source, answer.error.retry], ["unavailable", "gateway", false]);
    // Concurrent calls do not cause one token request each.
    const before = (await sandbox.info()).requests.received - upstream.state.cases;
    await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        sendRequest("renewing", { path: `/cases/details/case_id/${cases[index]}` }),
      ),
    );
    const tokens = (await sandbox.info()).requests.received - upstream.state.cases - before;
    await sandbox.clear();
    assert.ok(tokens <= 2, `${tokens} tokens`);
  });

  test("rejected credentials: UPSTREAM_AUTH, no request for cases, few token requests", async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => sendRequest("badClient")));
    for (const answer of answers) {
      assert.deepEqual(
        [answer.status, answer.code, answer.error.kind, answer.error.source],
        [502, "UPSTREAM_AUTH", "unavailable", "gateway"],
        answer.error.message,
      );
    }
    assert.ok(Math.max(...answers.map(({ received }) => received)) <= 3, "one for all of them");
  });

  test("missing credentials: GATEWAY_NOT_CONFIGURED", async () => {
    assert.deepEqual(failure(await sendRequest("noClient")), { status: 503, code: "GATEWAY_NOT_CONFIGURED", costs: 0 });
  });

  test("an unreachable or invalid token endpoint is an outage, and one that hangs ends with the timeout", async () => {
    const down = await sendRequest("tokenDown");
    assert.equal(down.costs, 0);
    assert.ok(["UPSTREAM_UNREACHABLE", "UPSTREAM_TIMEOUT"].includes(down.code), down.code);
    const html = await sendRequest("tokenHtml");
    assert.deepEqual([html.costs, html.status >= 502], [0, true]);
    assert.match(html.code, /^UPSTREAM_/);
    const hangs = await sendRequest("tokenHangs");
    assert.deepEqual(failure(hangs), { status: 504, code: "UPSTREAM_TIMEOUT", costs: 0 });
    assert.ok(hangs.ms < TIMEOUT_MS + 1000 + PAUSE_MS, `${hangs.ms} ms`);
  });

  test("the upstream gets the gateway's own headers only, and the response has no cookie", async () => {
    upstream.state.headers.length = 0;
    const sent = {
      cookie: "session=1",
      "x-forwarded-for": "203.0.113.9",
      "user-agent": "a browser",
      referer: "https://portal.example/cases/1",
      "x-evil": "1",
      "accept-language": "eo",
      "x-mashery-oauth-access-token": "stolen",
    };
    const answer = await sendRequest("plain", { headers: sent });
    assert.equal(answer.status, 200);
    const [raw] = upstream.state.headers;
    const names = raw.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
    const unexpected = names.filter(
      (name) =>
        !["accept", "authorization", "host", "connection", "accept-encoding", "content-length", "mf-loopback"].includes(
          name,
        ),
    );
    assert.deepEqual(
      unexpected.filter((name) => !name.startsWith("cf-") && name !== "cdn-loop"),
      [],
    );
    assert.equal(raw.filter((value) => /^Bearer /.test(value)).length, 1);
    assert.ok(!raw.includes(`Bearer ${await login.signIn("a")}`));
    for (const value of Object.values(sent)) assert.ok(!raw.includes(value), value);
    assert.ok(
      !answer.headers.has("set-cookie") && !answer.headers.has("server") && !answer.headers.has("x-powered-by"),
    );
  });

  test("a stale response is returned if the service fails, with STALE-IF-ERROR", async () => {
    const known = await sendRequest("stale", { fresh: false });
    assert.equal(known.headers.get("x-cache"), "MISS");
    await advance("stale", 100_000);
    for (const name of ["reset", "html_error", "over_capacity", "not_authorized_401"]) {
      await sandbox.fault(name);
      const answer = await sendRequest("stale", { fresh: false });
      await sandbox.clear();
      assert.deepEqual([answer.status, answer.headers.get("x-cache")], [200, "STALE-IF-ERROR"], name);
      assert.deepEqual(answer.body, known.body);
      assert.ok(Number(answer.headers.get("age")) >= 100);
      assert.equal(answer.headers.get("cache-control"), "private, no-cache");
    }
    // A request for a fresh response gets no cached one.
    await sandbox.fault("reset");
    assert.equal((await sendRequest("stale")).code, "UPSTREAM_UNREACHABLE");
    await sandbox.clear();
    // A case that no longer exists is not a failure.
    const details = `/cases/details/case_id/${await caseOf(own[0])}`;
    assert.equal((await sendRequest("stale", { path: details, fresh: false })).status, 200);
    await advance("stale", 100_000);
    await sandbox.fault("CASE_NOTFOUND");
    assert.equal((await sendRequest("stale", { path: details, fresh: false })).code, "CASE_NOTFOUND");
    await sandbox.clear();
  });
});

const caseOf = async (contract) =>
  (await (await sandbox.get(`/cases/contracts/contract_ids/${contract}`)).json()).cases[0].case_id;
