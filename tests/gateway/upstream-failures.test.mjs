// Behaviour of a gateway if a dependency fails: the key host, the permissions, the service in each of its failures, the
// quota object, the configuration. Each test asserts the number of upstream requests.

import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { gateway, host, provider, service } from "./harness.mjs";

const TIMEOUT_MS = 2000;
/** No limits, so that no request waits for a slot here. */
const RATE_LIMIT = { perSecond: 0, perMinute: 0, perDay: 0 };

let sandbox;
let login;
/** Proxy of the service that counts requests and injects responses that the service never sends. */
let upstream;
let keyHost;
let worker;
let own;
let cases;
let keysAt;

/** Gateways by their differing options, each with its own Durable Object. */
const GATEWAYS = {
  plain: {},
  keysDown: { JWKS_URI: "down" },
  keysFail: { JWKS_URI: "500" },
  keysHtml: { JWKS_URI: "html" },
  keysEmpty: { JWKS_URI: "empty" },
  keysNull: { JWKS_URI: "null" },
  keysHang: { JWKS_URI: "hangs" },
  keysMove: { JWKS_URI: "moved" },
  keysRecover: { JWKS_URI: "later" },
  claims: { OPTIONS: { permissions: { contract_ids: "contracts", user_ids: "users" } } },
  functions: { OPTIONS: { tenant: "org" } },
  session: { OPTIONS: { authorizes: true } },
  qps: {},
  rate: {},
  rate429: {},
  renewing: {},
  stale: {
    OPTIONS: {
      cache: {
        openSeconds: 1,
        closedSeconds: 1,
        listSeconds: 1,
        closedListSeconds: 1,
        staleSeconds: 0,
        staleIfErrorSeconds: 60,
      },
    },
  },
  badClient: { CISCO_CLIENT_ID: "bad-client" },
  noClient: { CISCO_CLIENT_ID: "" },
  tokenDown: { TOKEN_URL: "down" },
  tokenHtml: { TOKEN_URL: "html" },
  tokenHangs: { TOKEN_URL: "hangs" },
  unconfigured: { OPTIONS: { without: ["jwt", "permissions", "credentials", "quota", "upstream"] } },
  noIdentity: { OPTIONS: { without: ["jwt"] } },
  noPermissions: { OPTIONS: { without: ["permissions"] } },
  quotaNothing: { OPTIONS: { quota: "nothing", jwks: true } },
  quotaThrows: { OPTIONS: { quota: "throws", jwks: true } },
  quotaRejects: { OPTIONS: { quota: "rejects", jwks: true } },
  quotaHangs: { OPTIONS: { quota: "hangs", jwks: true } },
  quotaReset: { OPTIONS: { quota: "reset", jwks: true } },
  quotaResets: { OPTIONS: { quota: "resets", jwks: true } },
  quotaOverloaded: { OPTIONS: { quota: "overloaded", jwks: true } },
  quotaOdd: { OPTIONS: { quota: "odd", jwks: true } },
  quotaAndKeys: { OPTIONS: { quota: "rejects" } },
};
const KINDS = Object.keys(GATEWAYS);
const isolateOf = (kind) => KINDS.indexOf(kind);

const PERMISSIONS = (contract_ids) => ({
  a: { contract_ids },
  all: { contract_ids: "*", user_ids: "*" },
  everyUser: { user_ids: "*" },
  set: { set: contract_ids },
  spaced: { contract_ids: contract_ids.map((id) => ` ${id} `) },
  empty: {},
  number: 7,
  text: "*",
  list: contract_ids,
  all_: { contract_ids: "all" },
  starInList: { contract_ids: ["*"] },
  starAmong: { contract_ids: [...contract_ids, "*"] },
  numbers: { contract_ids: contract_ids.map(Number) },
  nulls: { contract_ids: [null] },
  blanks: { contract_ids: [" "] },
  misspelt: { contracts: contract_ids },
  besides: { contract_ids, admin: true },
  nested: { contract_ids: { ids: contract_ids } },
  yes: { contract_ids: true },
  hangs: "hangs",
  undefined: "undefined",
});

before(async () => {
  [sandbox, login] = await Promise.all([service(["--live"]), provider()]);
  const { contract_ids, case_ids } = await sandbox.info();
  [own, cases] = [contract_ids.slice(0, 3), case_ids];
  upstream = await between();
  let later = 0;
  keyHost = await host((request, response) => {
    const mode = new URL(request.url, "http://localhost").pathname.slice(1);
    const keys = JSON.stringify({ keys: login.state.served });
    if (mode === "down") return response.destroy();
    if (mode === "hangs") return undefined;
    if (mode === "500") return response.writeHead(500).end(keys);
    if (mode === "html") return response.end("<h1>It works</h1>");
    if (mode === "empty") return response.end('{"keys":[]}');
    if (mode === "null") return response.end("null");
    if (mode === "moved") return response.writeHead(302, { location: login.uri }).end();
    later += 1;
    return later === 1 ? response.destroy() : response.end(keys);
  });
  worker = await gateway({
    upstream: upstream.baseUrl,
    tokenUrl: sandbox.tokenUrl,
    each: Object.values(GATEWAYS).map(({ JWKS_URI, TOKEN_URL, OPTIONS, ...more }) => ({
      JWKS_URI: JWKS_URI ? `${keyHost.address}/${JWKS_URI}` : login.uri,
      ...(TOKEN_URL && { TOKEN_URL: `${upstream.address}/${TOKEN_URL}` }),
      OPTIONS: {
        timeoutMs: TIMEOUT_MS,
        rateLimit: RATE_LIMIT,
        ...OPTIONS,
        ...(OPTIONS?.jwks && { jwks: { keys: login.state.served } }),
      },
      PERMISSIONS: PERMISSIONS(own),
      ...more,
    })),
  });
  // The last test depends on the age of this gateway's keys: they are fetched at the start.
  await ask("plain");
  keysAt = Date.now();
});

afterEach(() => sandbox.clear());

after(async () => {
  await worker?.stop();
  for (const one of [keyHost, upstream, login, sandbox]) one?.stop();
});

async function between() {
  const state = { mode: "pass", cases: 0, elsewhere: 0, headers: [], revoked: new Set() };
  const made = await host(async (request, response) => {
    if (request.url === "/down") return response.destroy();
    if (request.url === "/html")
      return response.writeHead(200, { "content-type": "text/html" }).end("<h1>Sign in</h1>");
    if (request.url === "/hangs") return undefined;
    if (!request.url.startsWith("/case/v3/")) {
      state.elsewhere += 1;
      return response.end("{}");
    }
    state.cases += 1;
    state.headers.push(request.rawHeaders);
    state.token = request.headers.authorization;
    const json = (status, body, headers = {}) =>
      response.writeHead(status, { "content-type": "application/json", ...headers }).end(body);
    switch (state.mode) {
      case "redirect":
        return response.writeHead(302, { location: `${made.address}/elsewhere` }).end();
      case "html":
        return response.writeHead(200, { "content-type": "text/html" }).end("<h1>It works</h1>");
      case "empty":
        return json(200, "");
      case "null":
        return json(200, "null");
      case "shape":
        return json(200, '{"cases":{}}');
      case "large":
        return response
          .writeHead(200, { "content-type": "application/json", "content-length": "200000000" })
          .write("{");
      case "hangs":
        return undefined;
      case "teapot":
        return json(418, '{"secret":"of the service"}');
    }
    if (state.revoked.has(state.token))
      return json(401, '{"message":"Not Authorized"}', { "x-mashery-error-code": "ERR_403_NOT_AUTHORIZED" });
    const answer = await fetch(`${sandbox.address}${request.url}`, {
      headers: { authorization: request.headers.authorization },
    }).catch(() => undefined);
    const body = await answer?.arrayBuffer().catch(() => undefined);
    // A failure of the upstream connection breaks the proxy's connection as well.
    if (!body) return response.destroy();
    return response
      .writeHead(answer.status, [...answer.headers].filter(([name]) => !/encoding|length|connection/.test(name)).flat())
      .end(Buffer.from(body));
  });
  return { ...made, state, baseUrl: `${made.address}/case/v3` };
}

/** Returns a gateway's response and its costs: numbers of case requests and token requests. */
async function ask(
  kind,
  { role = "a", jwt, path = `/cases/contracts/contract_ids/${own[0]}`, fresh = true, ...init } = {},
) {
  const before = [upstream.state.cases, (await sandbox.info()).requests.received];
  const began = Date.now();
  const headers = { ...(fresh ? { "cache-control": "no-cache" } : {}), ...init.headers };
  const response = await worker.get(path, jwt === undefined ? await login.signIn(role) : jwt, {
    isolate: isolateOf(kind),
    ...init,
    headers,
  });
  const ms = Date.now() - began;
  const text = await response.text();
  assert.doesNotMatch(text, /\n\s+at |<h1>|synthetic|of the service"/);
  const body = JSON.parse(text);
  const received = (await sandbox.info()).requests.received - before[1];
  const costs = upstream.state.cases - before[0];
  return {
    status: response.status,
    headers: response.headers,
    body,
    error: body?.error,
    code: body?.error?.code,
    ms,
    costs,
    received,
  };
}

const failure = ({ status, code, costs }) => ({ status, code, costs });
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const logged = () => worker.log.join("");

describe("the keys' host", () => {
  for (const kind of ["keysDown", "keysFail", "keysHtml", "keysEmpty", "keysNull", "keysHang"]) {
    test(`${kind}: there is no telling who asks, which is no fault of theirs`, async () => {
      const answer = await ask(kind);
      assert.deepEqual(failure(answer), { status: 503, code: "IDENTITY_UNAVAILABLE", costs: 0 });
      assert.deepEqual(
        [answer.error.kind, answer.error.source, answer.error.retryable],
        ["unavailable", "gateway", true],
      );
      assert.ok(answer.ms < TIMEOUT_MS + 1000, `${answer.ms} ms`);
      // A request without a token needs no keys.
      assert.deepEqual(failure(await ask(kind, { jwt: null })), { status: 401, code: "IDENTITY_MISSING", costs: 0 });
    });
  }

  test("a host that is down is left alone for a while, and asked again then", async () => {
    assert.equal((await ask("keysRecover")).code, "IDENTITY_UNAVAILABLE");
    const asked = keyHost.counts.requests;
    for (let index = 0; index < 10; index += 1) assert.equal((await ask("keysRecover")).code, "IDENTITY_UNAVAILABLE");
    assert.equal(keyHost.counts.requests, asked);
    await pause(5100);
    assert.equal((await ask("keysRecover")).status, 200);
    assert.equal(keyHost.counts.requests, asked + 1);
  });

  test("who is signed in already goes on while it is down, also in an isolate and an object that have just begun", async (context) => {
    const state = await provider();
    const shared = await gateway({
      isolates: 2,
      upstream: upstream.baseUrl,
      tokenUrl: sandbox.tokenUrl,
      jwks: state.uri,
      options: { timeoutMs: TIMEOUT_MS, rateLimit: RATE_LIMIT },
      permissions: { a: { contract_ids: own } },
    });
    context.after(async () => {
      await shared.stop();
      state.stop();
    });
    const status = async (isolate, jwt) => {
      const response = await shared.get(`/cases/contracts/contract_ids/${own[0]}`, jwt ?? (await state.signIn("a")), {
        isolate,
      });
      await response.text();
      return response.status;
    };
    assert.equal(await status(0), 200);
    for (const mode of ["down", "500", "html", "empty"]) {
      state.state.mode = mode;
      assert.equal(await status(0), 200, mode);
      // The second isolate has never fetched keys.
      assert.equal(await status(1), 200, mode);
    }
    assert.equal(state.counts.requests, 1, "once, for both");
    const invented = Array.from({ length: 60 }, (_, index) =>
      state.signIn("a", { header: { kid: `invented-${index}` } }),
    );
    const floods = await Promise.all((await Promise.all(invented)).map((jwt, index) => status(index % 2, jwt)));
    assert.ok(floods.every((one) => one === 401));
    assert.equal(
      state.counts.requests,
      1,
      "whoever invents keys costs no request to a host that was asked a moment ago",
    );
  });

  test("a redirect to other keys is not what was configured", async () => {
    // No redirect is followed, or at least the keys have to verify the token.
    const answer = await ask("keysMove");
    assert.ok([200, 503].includes(answer.status));
  });
});

describe("the permissions", () => {
  for (const [told, role, status] of [
    ["a list of ids is what may be seen", "a", 200],
    ["the wildcard says all", "all", 200],
    ["a set is a list", "set", 200],
    ["spaces around ids are none of them", "spaced", 200],
    ["no member is no id", "empty", 403],
    ["null is nothing", "nobody-knows-this-role", 403],
    ["undefined is nothing", "undefined", 403],
    ["all users are no contract", "everyUser", 403],
    ["a number is a mistake", "number", 503],
    ["a text is a mistake, also the wildcard", "text", 503],
    ["a list without a name is a mistake", "list", 503],
    ["another word than the wildcard is a mistake", "all_", 503],
    ["a wildcard in a list is a mistake", "starInList", 503],
    ["a wildcard among ids is a mistake", "starAmong", 503],
    ["numbers in place of ids are a mistake", "numbers", 503],
    ["null in place of an id is a mistake", "nulls", 503],
    ["a blank in place of an id is a mistake", "blanks", 503],
    ["a name that is misspelt is a mistake", "misspelt", 503],
    ["a name besides is a mistake", "besides", 503],
    ["an object in place of ids is a mistake", "nested", 503],
    ["true in place of ids is a mistake", "yes", 503],
    ["a function that never answers", "hangs", 503],
  ]) {
    test(`${told}: ${status}`, async () => {
      const answer = await ask("plain", { role });
      const code = { 200: undefined, 403: "NOT_PERMITTED", 503: "PERMISSIONS_UNAVAILABLE" }[status];
      assert.deepEqual(failure(answer), { status, code, costs: status === 200 ? 1 : 0 });
      assert.ok(answer.ms < TIMEOUT_MS + 1000, `${answer.ms} ms`);
      if (status === 503) for (const id of own) assert.ok(!JSON.stringify(answer.body).includes(id), "no id is told");
    });
  }

  test("a function that fails refuses those it was asked for, and those who are known go on", async () => {
    const isolate = isolateOf("plain");
    await worker.test("permissions", { fails: true }, isolate);
    assert.deepEqual(failure(await ask("plain", { jwt: await login.signIn("a", { subject: "somebody-new" }) })), {
      status: 503,
      code: "PERMISSIONS_UNAVAILABLE",
      costs: 0,
    });
    assert.equal((await ask("plain")).status, 200);
    await worker.test("permissions", { fails: false }, isolate);
    assert.equal((await ask("plain", { jwt: await login.signIn("a", { subject: "somebody-new" }) })).status, 200);
    assert.match(logged(), /the permissions cannot be used.*the database is down/);
  });

  test("claims say it as the configuration names them, and nothing else does", async () => {
    const by = async (claims) => failure(await ask("claims", { jwt: await login.signIn("a", { claims }) }));
    assert.deepEqual(await by({ contracts: own }), { status: 200, code: undefined, costs: 1 });
    assert.deepEqual(await by({ contracts: "*" }), { status: 200, code: undefined, costs: 1 });
    for (const claims of [
      {},
      { contracts: [] },
      { contracts: null },
      { contract_ids: own },
      { users: "*" },
      { contracts: own.slice(1) },
      { contracts: "all" },
      { contracts: 7 },
      { contracts: "" },
    ]) {
      assert.deepEqual(await by(claims), { status: 403, code: "NOT_PERMITTED", costs: 0 }, JSON.stringify(claims));
    }
    // A single value, as identity providers write it, is a list of one.
    for (const contracts of [own[0], Number(own[0]), [Number(own[0])], ` ${own[0]} `])
      assert.deepEqual(await by({ contracts }), { status: 200, code: undefined, costs: 1 }, JSON.stringify(contracts));
    for (const [contracts, got] of [
      [["*"], '"*" inside a list'],
      [{ 0: own[0] }, "an object"],
      [true, "a boolean"],
      [own.join(), "a string of several ids"],
      [12345678901234567890n.toString() * 1, "a number that is not exact"],
    ]) {
      const answer = await ask("claims", { jwt: await login.signIn("a", { claims: { contracts } }) });
      assert.deepEqual(failure(answer), { status: 503, code: "PERMISSIONS_UNAVAILABLE", costs: 0 });
      assert.ok(answer.error.message.includes(`(claim contracts: expected an id, a list of ids or "*", got ${got}`));
      assert.deepEqual([answer.error.retryable, answer.error.retry], [false, false]);
    }
  });

  test("a function of the partner's own says who asks, and where it fails nobody is let in", async () => {
    const by = async (session) =>
      failure(await ask("session", { jwt: null, headers: session ? { "x-session": session } : {} }));
    assert.deepEqual(await by("a"), { status: 200, code: undefined, costs: 1 });
    assert.deepEqual(await by(undefined), { status: 401, code: "IDENTITY_MISSING", costs: 0 });
    assert.deepEqual(await by("odd"), { status: 401, code: "IDENTITY_INVALID", costs: 0 });
    assert.deepEqual(await by("throws"), { status: 503, code: "IDENTITY_UNAVAILABLE", costs: 0 });
    assert.deepEqual(await by("nobody"), { status: 403, code: "NOT_PERMITTED", costs: 0 });
    // Browsers do not know the header that authentication reads: after a change of user, no cached response may be
    // used.
    const { headers } = await ask("session", { jwt: null, fresh: false, headers: { "x-session": "a" } });
    assert.equal(headers.get("cache-control"), "private, no-cache");
  });

  test("functions that give the rules of sign-ins and the credentials are heeded in all that they say", async () => {
    const isolate = isolateOf("functions");
    const by = async (claims, more) =>
      failure(await ask("functions", { jwt: await login.signIn("a", { claims, ...more }) }));
    assert.deepEqual(await by({ org: "example-inc" }), { status: 200, code: undefined, costs: 1 });
    for (const claims of [{}, { org: "" }, { org: 7 }, { org: null }]) {
      assert.deepEqual(await by(claims), { status: 401, code: "IDENTITY_INVALID", costs: 0 }, JSON.stringify(claims));
    }
    const past = new Date(Date.now() - 2000);
    assert.deepEqual(await by({ org: "example-inc" }, { expires: past }), {
      status: 401,
      code: "IDENTITY_EXPIRED",
      costs: 0,
    });
    const [line] = await worker.test("audit", undefined, isolate);
    assert.deepEqual([line.tenant, line.outcome, line.attempts], ["example-inc", "ok", 1]);
    assert.match(line.who, /^[0-9a-f]{16}$/);
  });
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
    test(`${name}, always: ${status} ${code} for ${costs}`, async () => {
      await sandbox.fault(name);
      const answer = await ask("plain");
      await sandbox.clear();
      assert.deepEqual(failure(answer), { status, code, costs });
      assert.equal(answer.error.retry, false, "it has been asked again already");
      assert.ok(["gateway", "service"].includes(answer.error.source));
      assert.equal(answer.headers.get("cache-control"), "no-store");
    });
  }

  for (const [name, , , costs] of table.filter(([, , , costs]) => costs === 2)) {
    test(`${name}, once: it is asked once more, and nobody notices`, async () => {
      await sandbox.fault(name, { times: 1 });
      const answer = await ask("plain");
      await sandbox.clear();
      assert.deepEqual(failure(answer), { status: 200, code: undefined, costs });
    });
  }

  test("api_error_200: an error under the status of success is an error", async () => {
    await sandbox.fault("api_error_200");
    const answer = await ask("plain");
    await sandbox.clear();
    assert.ok(answer.status >= 400 && answer.code, JSON.stringify(answer.body));
    assert.ok(answer.costs <= 2);
  });

  for (const [name, more] of [
    ["latency", { ms: 4000 }],
    ["slow_body", { ms: 6000 }],
  ]) {
    test(`${name} beyond the time limit: 504, in time, and asked once`, async () => {
      await sandbox.fault(name, more);
      const answer = await ask("plain");
      await sandbox.clear();
      assert.deepEqual(failure(answer), { status: 504, code: "UPSTREAM_TIMEOUT", costs: 1 });
      assert.equal(answer.error.kind, "timeout");
      assert.ok(answer.ms >= TIMEOUT_MS - 100 && answer.ms < TIMEOUT_MS + 1000, `${answer.ms} ms`);
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
    test(`an answer that is none of the service's (${mode}): ${status}`, async () => {
      upstream.state.mode = mode;
      const answer = await ask("plain").finally(() => {
        upstream.state.mode = "pass";
      });
      assert.equal(answer.status, status, JSON.stringify(answer.body));
      if (code) assert.equal(answer.code, code);
      assert.equal(answer.costs, costs);
      assert.equal(upstream.state.elsewhere, 0, "a redirect is not followed");
    });
  }

  test("too fast, always: asked once more after the wait that it asked for, then 429 with when to come back", async () => {
    await sandbox.fault("over_qps");
    const answer = await ask("qps");
    await sandbox.clear();
    assert.deepEqual(failure(answer), { status: 429, code: "Account Over Queries Per Second Limit", costs: 2 });
    assert.ok(answer.ms >= 1000, `${answer.ms} ms`);
    assert.equal(answer.headers.get("retry-after"), "1");
    assert.equal(answer.error.kind, "rate_limited");
    assert.equal(answer.error.retry, false);
  });

  for (const kind of ["rate", "rate429"]) {
    test(`${kind}: a spent quota is asked for once, and by nobody for a while after`, async () => {
      await sandbox.fault(kind === "rate" ? "over_rate" : "over_rate_429");
      const answer = await ask(kind);
      await sandbox.clear();
      assert.deepEqual(failure(answer), { status: 429, code: "Account Over Rate Limit", costs: 1 });
      assert.equal(answer.error.kind, "quota");
      await pause(300);
      assert.deepEqual(failure(await ask(kind)), { status: 429, code: "QUOTA_SPENT", costs: 0 });
    });
  }

  for (const name of ["not_authorized_401", "not_authorized_403"]) {
    test(`${name}, once: the token is renewed, the request replayed, both once`, async () => {
      await ask("renewing");
      await sandbox.fault(name, { times: 1 });
      const answer = await ask("renewing");
      await sandbox.clear();
      assert.deepEqual(failure(answer), { status: 200, code: undefined, costs: 2 });
      assert.equal(answer.received, 3, "two for the case, one for the token");
    });
  }

  test("a token that is revoked now and then is renewed each time, as long as the new one is of use", async () => {
    await ask("renewing");
    for (let round = 0; round < 6; round += 1) {
      // The current token is revoked: the service rejects it from now on.
      upstream.state.revoked.add(upstream.state.token);
      const answer = await ask("renewing");
      assert.deepEqual(failure(answer), { status: 200, code: undefined, costs: 2 }, `round ${round}`);
      assert.equal((await ask("renewing")).status, 200);
    }
  });

  test("a token that is refused whatever it is: the operator's fault, not the user's, for two requests and one token", async () => {
    await sandbox.fault("not_authorized_401");
    const answer = await ask("renewing");
    assert.deepEqual(failure(answer), { status: 502, code: "UPSTREAM_AUTH", costs: 2 });
    assert.equal(answer.received, 3);
    assert.deepEqual([answer.error.kind, answer.error.source, answer.error.retry], ["unavailable", "gateway", false]);
    // Concurrent calls do not cause one token request each.
    const before = (await sandbox.info()).requests.received - upstream.state.cases;
    await Promise.all(
      Array.from({ length: 10 }, (_, index) => ask("renewing", { path: `/cases/details/case_id/${cases[index]}` })),
    );
    const tokens = (await sandbox.info()).requests.received - upstream.state.cases - before;
    await sandbox.clear();
    assert.ok(tokens <= 2, `${tokens} tokens`);
  });

  test("credentials that are refused: UPSTREAM_AUTH, no request for cases, and the endpoint is left alone", async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask("badClient")));
    for (const answer of answers) {
      assert.deepEqual(
        [answer.status, answer.code, answer.error.kind, answer.error.source],
        [502, "UPSTREAM_AUTH", "unavailable", "gateway"],
        answer.error.message,
      );
    }
    assert.ok(Math.max(...answers.map(({ received }) => received)) <= 3, "one for all of them");
  });

  test("no credentials at all: the gateway is not configured", async () => {
    assert.deepEqual(failure(await ask("noClient")), { status: 503, code: "GATEWAY_NOT_CONFIGURED", costs: 0 });
  });

  test("a token endpoint that cannot be reached is an outage, one that says nonsense too, one that hangs costs the time limit", async () => {
    const down = await ask("tokenDown");
    assert.equal(down.costs, 0);
    assert.ok(["UPSTREAM_UNREACHABLE", "UPSTREAM_TIMEOUT"].includes(down.code), down.code);
    const html = await ask("tokenHtml");
    assert.deepEqual([html.costs, html.status >= 502], [0, true]);
    assert.match(html.code, /^UPSTREAM_/);
    const hangs = await ask("tokenHangs");
    assert.deepEqual(failure(hangs), { status: 504, code: "UPSTREAM_TIMEOUT", costs: 0 });
    assert.ok(hangs.ms < TIMEOUT_MS + 1000, `${hangs.ms} ms`);
  });

  test("only own headers go up, and no cookie comes down", async () => {
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
    const answer = await ask("plain", { headers: sent });
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

  test("an answer that is kept is given where the service cannot, and says so", async () => {
    const known = await ask("stale", { fresh: false });
    assert.equal(known.headers.get("x-cache"), "MISS");
    await pause(1100);
    for (const name of ["reset", "html_error", "over_capacity", "not_authorized_401"]) {
      await sandbox.fault(name);
      const answer = await ask("stale", { fresh: false });
      await sandbox.clear();
      assert.deepEqual([answer.status, answer.headers.get("x-cache")], [200, "STALE-IF-ERROR"], name);
      assert.deepEqual(answer.body, known.body);
      assert.ok(Number(answer.headers.get("age")) >= 1);
      assert.equal(answer.headers.get("cache-control"), "private, no-cache");
    }
    // A request for a fresh response gets no cached one.
    await sandbox.fault("reset");
    assert.equal((await ask("stale")).code, "UPSTREAM_UNREACHABLE");
    await sandbox.clear();
    // A case that no longer exists is not a failure.
    const details = `/cases/details/case_id/${await caseOf(own[0])}`;
    assert.equal((await ask("stale", { path: details, fresh: false })).status, 200);
    await pause(1100);
    await sandbox.fault("CASE_NOTFOUND");
    assert.equal((await ask("stale", { path: details, fresh: false })).code, "CASE_NOTFOUND");
    await sandbox.clear();
  });
});

const caseOf = async (contract) =>
  (await (await sandbox.get(`/cases/contracts/contract_ids/${contract}`)).json()).cases[0].case_id;

describe("the object that keeps the quota", () => {
  for (const kind of ["quotaNothing", "quotaThrows", "quotaRejects", "quotaHangs", "quotaOdd", "quotaAndKeys"]) {
    test(`${kind}: 503 for whoever asks, in time, and nothing is asked of the service`, async () => {
      const answer = await ask(kind);
      // If the failing object stores the keys too, the caller cannot be authenticated.
      const code = kind === "quotaAndKeys" ? "IDENTITY_UNAVAILABLE" : "QUOTA_UNREACHABLE";
      assert.deepEqual(failure(answer), { status: 503, code, costs: 0 });
      assert.equal(answer.received, 0);
      assert.ok(answer.ms < TIMEOUT_MS + 1500, `${answer.ms} ms`);
      assert.deepEqual(failure(await ask(kind, { jwt: null })), { status: 401, code: "IDENTITY_MISSING", costs: 0 });
    });
  }

  test("is asked once more by a fresh stub where it was reset, and not where it is overloaded", async () => {
    const visits = async (kind) => (await worker.test("calls", undefined, isolateOf(kind))).poll;
    assert.equal((await ask("quotaReset")).status, 200);
    assert.ok((await visits("quotaReset")) >= 2);
    const resets = await ask("quotaResets");
    assert.deepEqual(failure(resets), { status: 503, code: "QUOTA_UNREACHABLE", costs: 0 });
    // No request was sent to the service: the client may retry.
    assert.deepEqual([resets.error.retry, await visits("quotaResets")], [true, 2]);
    const overloaded = await ask("quotaOverloaded");
    assert.deepEqual(failure(overloaded), { status: 503, code: "QUOTA_UNREACHABLE", costs: 0 });
    assert.deepEqual([overloaded.error.retry, await visits("quotaOverloaded")], [false, 1]);
  });

  test("its health says so", async () => {
    for (const kind of ["quotaNothing", "quotaThrows", "quotaRejects", "quotaOdd"]) {
      const health = await worker.get("/health", null, { isolate: isolateOf(kind) });
      assert.deepEqual(
        [health.status, await health.json()],
        [503, { status: "down", configured: true, quota: "unreachable" }],
        kind,
      );
    }
    const health = await worker.get("/health", null, { isolate: isolateOf("plain") });
    assert.deepEqual(
      [health.status, await health.json()],
      [200, { status: "ok", configured: true, quota: "reachable" }],
    );
  });
});

test("an object that begins anew goes on with the token, the keys, the pace and the notices that it has kept", async (context) => {
  const people = await provider();
  const kept = await gateway({
    upstream: upstream.baseUrl,
    tokenUrl: sandbox.tokenUrl,
    jwks: people.uri,
    options: { timeoutMs: TIMEOUT_MS, rateLimit: { perSecond: 0, perMinute: 0, perDay: 4, reservePercent: 0 } },
    permissions: { a: { contract_ids: own } },
  });
  context.after(async () => {
    await kept.stop();
    people.stop();
  });
  const status = async (headers = { "cache-control": "no-cache" }) => {
    const response = await kept.get(`/cases/contracts/contract_ids/${own[0]}`, await people.signIn("a"), { headers });
    const { error } = await response.json();
    return error?.code ?? response.headers.get("x-cache");
  };
  const costs = async () => [(await sandbox.info()).requests.received - upstream.state.cases, people.counts.requests];
  assert.deepEqual([await status(), await status({})], ["MISS", "HIT"]);
  const { day } = await kept.test("budget");
  const before = await costs();
  // The key host is down at the start.
  people.state.mode = "down";
  await kept.restart();
  assert.equal((await kept.test("budget")).day.used, day.used);
  assert.equal(await status(), "MISS");
  assert.deepEqual(await costs(), before, "neither a token nor keys are asked for anew");
  // Purged responses stay purged, and responses cached before the restart are not mistaken for later ones.
  await kept.test("purge", { contract_ids: [own[0]] });
  await kept.restart();
  assert.equal(await status({}), "MISS");
  assert.equal(await status({}), "HIT");
  // The daily quota counts the requests of all three runs.
  assert.deepEqual([await status(), await status()], ["MISS", "QUOTA_SPENT"]);
  await kept.restart();
  assert.equal(await status(), "QUOTA_SPENT");
});

describe("the configuration", () => {
  for (const kind of ["unconfigured", "noIdentity", "noPermissions"]) {
    test(`${kind}: every request is refused, also a good one, and the log says why`, async () => {
      assert.deepEqual(failure(await ask(kind)), { status: 503, code: "GATEWAY_NOT_CONFIGURED", costs: 0 });
      assert.deepEqual(failure(await ask(kind, { jwt: null })), {
        status: 503,
        code: "GATEWAY_NOT_CONFIGURED",
        costs: 0,
      });
      const health = await worker.get("/health", null, { isolate: isolateOf(kind) });
      assert.deepEqual(
        [health.status, await health.json()],
        [503, { status: "down", configured: false, quota: "unknown" }],
      );
    });
  }

  test("what is missing is in the log, a line each", () => {
    for (const missing of ["jwt or authorize", "permissions", "credentials", "quota"]) {
      assert.match(logged(), new RegExp(`every request is refused: ${missing} is missing`));
    }
  });

  test("a Worker whose options are wrong does not start, and says all that is wrong", async () => {
    const wrong = {
      prefix: "api",
      timeoutMs: 5,
      permissionsTtlSeconds: -1,
      rateLimit: { perSecond: -1, perFortnight: 3 },
      cache: { openSeconds: "long" },
      cors: { origins: ["*", "https://portal.example/"] },
      jwt: {
        issuer: "https://login.portal.example",
        audience: "",
        jwksUri: "http://login.portal.example/jwks",
        algorithms: ["HS256", "none"],
      },
      retries: 3,
    };
    let log = "";
    await assert.rejects(gateway({ upstream: upstream.baseUrl, options: wrong, onLog: (text) => (log += text) }));
    for (const part of [
      "prefix",
      "timeoutMs",
      "permissionsTtlSeconds",
      "rateLimit",
      "perFortnight",
      "cache",
      "cors.origins",
      "jwt.audience",
      "jwt.jwksUri",
      "HS256",
      "none",
      "retries",
    ]) {
      assert.ok(log.includes(part), `${part} in ${log}`);
    }
  });
});

test("a new key of the identity provider is fetched when a token is signed with it, once for all who come", async () => {
  const { counts } = login;
  // Keys are not fetched again within half a minute, even for unknown key ids.
  await pause(Math.max(keysAt + 30_500 - Date.now(), 0));
  const before = counts.requests;
  const key = await login.addKey("rotated");
  const answers = await Promise.all(
    Array.from({ length: 8 }, async () => ask("plain", { jwt: await login.signIn("a", { key }) })),
  );
  assert.ok(
    answers.every(({ status }) => status === 200),
    answers.map(({ code }) => code).join(),
  );
  assert.equal(counts.requests, before + 1);
  // The old key stays valid while the provider serves it.
  assert.equal((await ask("plain")).status, 200);
  assert.equal(counts.requests, before + 1);
});
