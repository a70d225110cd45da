// Cost of abusive requests to a gateway, and the information that its refusals reveal.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { gateway, host, PAUSE_MS, provider, service, undisturbed } from "./harness.mjs";

const RATE_LIMIT = { perSecond: 0, perMinute: 0, perDay: 0 };
/** The timeout of the gateway that waits for what never comes. */
const TIMEOUT_MS = 3000;
/** The timeout of the others, of which a half is longer than a pause of the machine. */
const AMPLE_MS = 9000;
const CASE = "690000001";

let sandbox;
let login;
let upstream;
let worker;
let token;

/** Gateways by their differing options, each with its own Durable Object. */
const GATEWAYS = {
  keys: { OPTIONS: { quota: "counted" } },
  noKeys: { JWKS_URI: "down", OPTIONS: { quota: "counted" } },
  plain: { OPTIONS: {} },
  impatient: { OPTIONS: { timeoutMs: TIMEOUT_MS } },
  tokens: { TOKEN_URL: "endless", OPTIONS: {} },
  largeKeys: { JWKS_URI: "endless", OPTIONS: {} },
};
const isolateOf = (kind) => Object.keys(GATEWAYS).indexOf(kind);

/** Replacement of the service: `state.answer` handles its requests. */
const state = { answer: undefined, requests: 0, sent: 0 };

function endless(response, status = 200) {
  response.writeHead(status, { "content-type": "application/json" });
  const piece = Buffer.alloc(1 << 20, 32);
  const more = () => {
    while (!response.destroyed) {
      state.sent += piece.length;
      if (!response.write(piece)) return response.once("drain", more);
    }
  };
  more();
}

before(async () => {
  [sandbox, login] = await Promise.all([service(["--live"]), provider()]);
  upstream = await host(async (request, response) => {
    if (request.url === "/down") return response.destroy();
    if (request.url === "/endless") return endless(response);
    state.requests += 1;
    token = request.headers.authorization.slice("Bearer ".length);
    return state.answer(request, response);
  });
  worker = await gateway({
    upstream: `${upstream.address}/case/v3`,
    tokenUrl: sandbox.tokenUrl,
    each: Object.values(GATEWAYS).map(({ JWKS_URI, TOKEN_URL, OPTIONS }) => ({
      JWKS_URI: JWKS_URI ? `${upstream.address}/${JWKS_URI}` : login.uri,
      ...(TOKEN_URL && { TOKEN_URL: `${upstream.address}/${TOKEN_URL}` }),
      OPTIONS: { timeoutMs: AMPLE_MS, rateLimit: RATE_LIMIT, ...OPTIONS },
      PERMISSIONS: { all: { contract_ids: "*", user_ids: "*" }, some: { contract_ids: ["1"] } },
    })),
  });
});

after(async () => {
  await worker?.stop();
  for (const one of [upstream, login, sandbox]) one?.stop();
});

async function sendRequest(kind, { role = "all", jwt, path = `/cases/case_ids/${CASE}`, headers = {} } = {}) {
  const began = performance.now();
  const signIn = jwt ?? (await login.signIn(role));
  const response = await worker.get(path, signIn, { isolate: isolateOf(kind), headers });
  const text = await response.text();
  return { response, text, status: response.status, took: performance.now() - began };
}

/** Takes the audit entries of an isolate, once there are at least as many as given. */
const audit = (isolate, least) => worker.audit(isolate, least);

const calls = (kind) => worker.test("calls", undefined, isolateOf(kind));

/** Sends at least `least` requests with unknown key ids, from eight concurrent callers, for at least `ms` milliseconds. */
async function sendUnknownKeys(kind, ms, least) {
  const end = Date.now() + ms;
  let count = 0;
  const key = await login.addKey("invented", false);
  await Promise.all(
    Array.from({ length: 8 }, async (_, who) => {
      while (Date.now() < end || count < least) {
        count += 1;
        const jwt = await login.signIn("all", { key, header: { kid: `invented-${who}-${count}` } });
        const { status } = await sendRequest(kind, { jwt });
        assert.ok(status === 401 || status === 503, `${status}`);
      }
    }),
  );
  return count;
}

test("concurrent tokens with unknown key ids cause one request for the keys", async () => {
  const began = Date.now();
  const requests = await sendUnknownKeys("keys", 1000, 100);
  const seconds = (Date.now() - began) / 1000;
  const { jwks: keys } = await calls("keys");
  assert.ok(keys <= 2 + Math.floor(seconds / 5), `${keys} look-ups for ${requests} requests in ${seconds} s`);
  // Authenticated callers are served meanwhile.
  state.answer = (_, response) => response.end(JSON.stringify({ count: 0, cases: [] }));
  const [{ status }] = await Promise.all([sendRequest("keys"), sendUnknownKeys("keys", 300, 8)]);
  assert.equal(status, 403);
});

test("unavailable keys are requested at most once per second", async () => {
  const began = Date.now();
  const requests = await sendUnknownKeys("noKeys", 2500, 40);
  const seconds = (Date.now() - began) / 1000;
  const { jwks: keys } = await calls("noKeys");
  assert.ok(keys >= 1 && keys <= seconds + 2, `${keys} look-ups for ${requests} requests in ${seconds} s`);
});

test("concurrent health requests cause one look-up", async () => {
  const before = (await calls("keys")).poll ?? 0;
  const health = () => worker.get("/health", undefined, { isolate: isolateOf("keys") });
  await Promise.all(Array.from({ length: 20 }, () => Promise.all([health(), health(), health()])));
  const { poll } = await calls("keys");
  assert.ok(poll - before <= 2, `${poll - before}`);
});

test("a request that joins an equal one has its own timeout, and the audit counts the request to the service once", async () => {
  const isolate = isolateOf("plain");
  const sent = [];
  const isSent = new Promise((resolve) => {
    state.answer = (_, response) => {
      sent.push(response);
      response.writeHead(200, { "content-type": "application/json" }).write('{"count":0,');
      resolve();
    };
  });
  const began = performance.now();
  const waiting = sendRequest("plain");
  await isSent;
  // The two deadlines are further apart than a pause of the machine.
  await sleep(AMPLE_MS / 2);
  const joining = performance.now();
  const joined = sendRequest("plain");
  const one = await waiting;
  assert.deepEqual([one.status, JSON.parse(one.text).error.code], [504, "UPSTREAM_TIMEOUT"]);
  assert.ok(one.took >= AMPLE_MS - 100 && one.took < joining - began + AMPLE_MS, `${one.took}`);
  const [entry, ...none] = await audit(isolate, 1);
  assert.deepEqual([entry.outcome, entry.attempts, none], ["UPSTREAM_TIMEOUT", 1, []]);
  sent[0].end('"cases":[]}');
  assert.equal((await joined).status, 403);
  assert.equal(sent.length, 1);
  assert.deepEqual(
    (await audit(isolate, 1)).map(({ attempts }) => attempts),
    [0],
  );
});

test("joining requests does not extend the timeout of the upstream request", async () => {
  state.answer = () => {};
  const before = state.requests;
  const answers = [];
  for (let n = 0; n < 16; n += 1) {
    answers.push(sendRequest("impatient"));
    await sleep(500);
  }
  for (const { status, took } of await Promise.all(answers)) {
    assert.equal(status, 504);
    assert.ok(took > 2800 && took < 3700 + PAUSE_MS, `${took}`);
  }
  assert.ok(state.requests - before >= 2, `${state.requests - before}`);
});

test("a forbidden case and a missing case take the same time", async () => {
  const foreign = JSON.stringify({ count: 1, cases: [{ case_id: CASE, contract_id: "2", title: "x" }] });
  const times = [];
  for (const [ms, body] of [
    [300, foreign],
    [60, JSON.stringify({ count: 0, cases: [] })],
    [700, foreign],
  ]) {
    state.answer = (_, response) => setTimeout(() => response.end(body), ms);
    times.push(
      await undisturbed(async () => {
        const { status } = await sendRequest("plain", { role: "some", headers: { "cache-control": "no-cache" } });
        assert.equal(status, 403);
      }),
    );
  }
  assert.ok(Math.min(...times) >= 1500, `${times}`);
  // The service's own times differ by 640 ms.
  assert.ok(Math.max(...times) - Math.min(...times) < 500, `${times}`);
});

test("a token that the service echoes is not in any response", async () => {
  const form = (text) => encodeURIComponent(text).replace(/[.\-_]/g, (c) => `%${c.charCodeAt(0).toString(16)}`);
  const spellings = [(text) => text, form, (text) => text.replace(/./g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`)];
  await worker.test("audit", undefined, isolateOf("plain"));
  let count = 0;
  for (const spell of spellings) {
    for (const status of [400, 403, 404, 500]) {
      state.answer = (_, response) => {
        const echo = spell(token);
        response.writeHead(status, {
          "content-type": "application/json",
          "x-mashery-message-id": echo,
          "x-mashery-error-code": echo,
        });
        response.end(`{"errorCode":"${echo.slice(0, 70)}","message":"${echo}"}`);
      };
      const { response, text } = await sendRequest("plain", { headers: { "cache-control": "no-cache" } });
      const contents = [text, JSON.stringify([...response.headers])].join();
      for (const spelled of spellings) {
        const part = spelled(token.slice(0, 12));
        assert.ok(!contents.includes(part), `${status}: ${contents}`);
      }
      count += 1;
    }
  }
  // A response that is delivered also has its id in a header.
  state.answer = (_, response) => {
    response.setHeader("x-mashery-message-id", token.slice(0, 60));
    response.end(JSON.stringify({ count: 1, cases: [{ case_id: CASE, contract_id: "2" }] }));
  };
  const { response, status } = await sendRequest("plain", { headers: { "cache-control": "no-cache" } });
  assert.deepEqual([status, response.headers.get("x-mashery-message-id")], [200, null]);
  const audit = await worker.test("audit", undefined, isolateOf("plain"));
  assert.equal(audit.length, count + 1);
  assert.ok(!JSON.stringify(audit).includes(token.slice(0, 12)));
});

test("endless bodies are read up to their limits", async () => {
  state.answer = (_, response) => endless(response);
  state.sent = 0;
  const { status, text } = await sendRequest("plain", { headers: { "cache-control": "no-cache" } });
  assert.deepEqual([status, JSON.parse(text).error.code], [502, "UPSTREAM_INVALID"]);
  assert.ok(state.sent < 100 << 20, `${state.sent} bytes`);
  state.sent = 0;
  for (const [kind, expected] of [
    ["tokens", /UPSTREAM/],
    ["largeKeys", /IDENTITY_UNAVAILABLE/],
  ]) {
    assert.match(JSON.parse((await sendRequest(kind)).text).error.code, expected);
  }
  assert.ok(state.sent < 30 << 20, `${state.sent} bytes`);
});

test("a request whose ids are only commas gets a short response", async () => {
  const { status, text } = await sendRequest("plain", {
    jwt: "none",
    path: `/cases/contracts/contract_ids/${",".repeat(7900)}`,
  });
  assert.equal(status, 400);
  assert.match(text, /and 78\d\d more/);
  assert.ok(text.length < 8192, `${text.length}`);
});
