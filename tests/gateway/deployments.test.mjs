// Gateways in typical deployments: requests from preview, app and sibling origins, the common identity providers, and
// many users of one tenant.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { CaseClient } from "cisco-support-case";
import { casesByContractInfiniteOptions } from "cisco-support-case/query";
import { gateway, host, provider, service } from "./harness.mjs";

const RATE_LIMIT = { perSecond: 0, perMinute: 0, perDay: 0 };
const PORTAL = "https://portal.example";

let sandbox;
let login;
let upstream;
let worker;
let contracts;

const GATEWAYS = {
  plain: {},
  cookies: {
    authorizes: true,
    cors: {
      origins: [PORTAL, "https://*.portal.pages.dev", "capacitor://localhost"],
      headers: ["x-portal"],
      credentials: true,
      maxAge: 60,
    },
  },
  anything: { cors: { origins: [PORTAL], headers: "*" } },
  function: { pages: "function" },
  regexp: { pages: "regexp" },
  cognito: { jwtBesides: { audience: "app-client", audienceClaim: "client_id" } },
  clerk: { jwtBesides: { audience: [PORTAL, "http://localhost:5173"], audienceClaim: "azp" } },
  workos: { jwtBesides: { audience: "https://login.portal.example", audienceClaim: "iss", tenant: "org_id" } },
  access: { jwtBesides: { audience: "application-tag", header: "Cf-Access-Jwt-Assertion" } },
  later: { tenant: "org", jwtBesides: { header: "Cf-Access-Jwt-Assertion" } },
  claims: { permissions: { contract_ids: "contracts" } },
};
const KINDS = Object.keys(GATEWAYS);

before(async () => {
  [sandbox, login] = await Promise.all([service(["--live"]), provider()]);
  ({ contract_ids: contracts } = await sandbox.info());
  const counts = { cases: 0 };
  upstream = await host(async (request, response) => {
    counts.cases += 1;
    const { authorization } = request.headers;
    const answer = await fetch(sandbox.address + request.url, { headers: { authorization } });
    response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "" });
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
  upstream.counted = counts;
  worker = await gateway({
    upstream: `${upstream.address}/case/v3`,
    tokenUrl: sandbox.tokenUrl,
    jwks: login.uri,
    permissions: { a: { contract_ids: contracts.slice(0, 3) } },
    each: Object.values(GATEWAYS).map((options) => ({ OPTIONS: { rateLimit: RATE_LIMIT, ...options } })),
  });
});

after(async () => {
  await worker?.stop();
  for (const one of [upstream, login, sandbox]) one?.stop();
});

const list = (query = "") => `/cases/contracts/contract_ids/${contracts[0]}${query}`;

async function sendRequest(kind, { path = list(), jwt = null, ...init } = {}) {
  const before = upstream.counted.cases;
  const response = await worker.get(path, jwt, { isolate: KINDS.indexOf(kind), ...init });
  const text = await response.text();
  const code = text && !response.ok ? JSON.parse(text).error.code : undefined;
  const corsHeader = (name) => response.headers.get(`access-control-${name}`);
  return {
    status: response.status,
    code,
    corsHeader,
    headers: response.headers,
    costs: upstream.counted.cases - before,
  };
}
const outcome = ({ status, code }) => (code === undefined ? status : code);

describe("pages of other origins", () => {
  test("with cookies: previews, an app and a sibling host are allowed, each by its own origin", async () => {
    for (const origin of [PORTAL, "https://pr-7.portal.pages.dev", "capacitor://localhost"]) {
      const answer = await sendRequest("cookies", {
        headers: { origin, cookie: "session=a", "sec-fetch-site": "same-site" },
      });
      assert.equal(outcome(answer), 200, origin);
      assert.deepEqual([answer.corsHeader("allow-origin"), answer.corsHeader("allow-credentials")], [origin, "true"]);
      assert.match(answer.headers.get("vary"), /Origin/);
      assert.equal(answer.headers.get("cache-control"), "private, no-cache");
      const preflightHeaders = { "access-control-request-method": "GET", "access-control-request-headers": "x-portal" };
      const preflight = await sendRequest("cookies", { method: "OPTIONS", headers: { origin, ...preflightHeaders } });
      assert.equal(preflight.status, 204);
      assert.deepEqual(
        [
          preflight.corsHeader("allow-origin"),
          preflight.corsHeader("allow-credentials"),
          preflight.corsHeader("max-age"),
        ],
        [origin, "true", "60"],
      );
      assert.match(preflight.corsHeader("allow-headers"), /\bx-portal\b/);
    }
  });

  test("cross-site embeds and links are rejected before the cookie is read", async () => {
    for (const site of ["cross-site", "same-site"]) {
      const headers = { cookie: "session=a", "sec-fetch-site": site, "sec-fetch-mode": "no-cors" };
      const answer = await sendRequest("cookies", { headers });
      assert.deepEqual([outcome(answer), answer.costs], ["ORIGIN_NOT_ALLOWED", 0]);
    }
    const own = await sendRequest("cookies", { headers: { cookie: "session=a", "sec-fetch-site": "same-origin" } });
    assert.equal(outcome(own), 200);
  });

  test("an origin that is not allowed can read the error only, and is logged once", async () => {
    const origin = "https://evil.example";
    const preflightHeaders = {
      "access-control-request-method": "GET",
      "access-control-request-headers": "authorization,x-any",
    };
    for (const [kind, credentials] of [
      ["plain", null],
      ["cookies", "true"],
    ]) {
      const preflight = await sendRequest(kind, { method: "OPTIONS", headers: { origin, ...preflightHeaders } });
      assert.deepEqual([preflight.status, preflight.corsHeader("allow-origin")], [204, origin]);
      assert.match(preflight.corsHeader("allow-headers"), /x-any/);
      for (let times = 0; times < 2; times += 1) {
        const answer = await sendRequest(kind, {
          jwt: await login.signIn("a"),
          headers: { origin, cookie: "session=a" },
        });
        assert.deepEqual([outcome(answer), answer.costs], ["ORIGIN_NOT_ALLOWED", 0]);
        assert.deepEqual(
          [answer.corsHeader("allow-origin"), answer.corsHeader("allow-credentials")],
          [origin, credentials],
        );
      }
    }
    const named = worker.log
      .join("")
      .match(/ORIGIN_NOT_ALLOWED: requests from pages of "https:\/\/evil.example" are rejected/g);
    assert.equal(named?.length, 2, "once by each gateway");
  });

  test("the client's error names the origin", async () => {
    const error = await clientOf("plain", "x.y.z", "https://evil.example")
      .caseDetails({ case_id: "1" })
      .catch((thrown) => thrown);
    assert.deepEqual([error.kind, error.code], ["permission", "ORIGIN_NOT_ALLOWED"]);
  });

  test("any request header is allowed if the options say so", async () => {
    const names = "authorization,baggage,sentry-trace,tracestate,x-portal";
    const preflightHeaders = { "access-control-request-method": "GET", "access-control-request-headers": names };
    const preflight = await sendRequest("anything", {
      method: "OPTIONS",
      headers: { origin: PORTAL, ...preflightHeaders },
    });
    for (const name of names.split(","))
      assert.ok(preflight.corsHeader("allow-headers").toLowerCase().includes(name), name);
    const usual = await sendRequest("plain", { method: "OPTIONS", headers: { origin: PORTAL, ...preflightHeaders } });
    assert.ok(!usual.corsHeader("allow-headers").includes("x-portal"));
  });

  test("a function or a regular expression matches a whole origin", async () => {
    const jwt = await login.signIn("a");
    for (const [kind, origin, expected] of [
      ["function", "https://allowed.example", 200],
      ["function", "https://other.example", "ORIGIN_NOT_ALLOWED"],
      ["function", "https://throws.example", "ORIGIN_NOT_ALLOWED"],
      ["function", "https://promised.example", "ORIGIN_NOT_ALLOWED"],
      ["function", "null", "ORIGIN_NOT_ALLOWED"],
      ["regexp", "https://pr-12.portal.example", 200],
      ["regexp", "https://pr-12.portal.example", 200],
      ["regexp", PORTAL, 200],
      ["regexp", "https://pr-12.portal.example.evil.example", "ORIGIN_NOT_ALLOWED"],
      ["regexp", "https://evil.example/https://pr-12.portal.example", "ORIGIN_NOT_ALLOWED"],
    ]) {
      assert.equal(outcome(await sendRequest(kind, { jwt, headers: { origin } })), expected, `${kind} ${origin}`);
    }
  });
});

describe("tokens of known identity providers", () => {
  const by = async (kind, claims, more) =>
    outcome(await sendRequest(kind, { jwt: await login.signIn("a", { audience: null, claims, ...more }) }));

  test("Cognito: the audience is in client_id", async () => {
    assert.equal(await by("cognito", { client_id: "app-client", token_use: "access" }), 200);
    for (const claims of [{}, { client_id: "another" }, { client_id: 7 }, { aud: "app-client" }, { client_id: "" }])
      assert.equal(await by("cognito", claims), "IDENTITY_INVALID", JSON.stringify(claims));
  });

  test("Clerk: the audience is the page's origin, in azp", async () => {
    for (const azp of [PORTAL, "http://localhost:5173", ["https://x.example", PORTAL]])
      assert.equal(await by("clerk", { azp }), 200);
    assert.equal(await by("clerk", { azp: "https://evil.example" }), "IDENTITY_INVALID");
    assert.equal(await by("clerk", { azp: { 0: PORTAL } }), "IDENTITY_INVALID");
  });

  test("WorkOS: the audience is part of the issuer", async () => {
    assert.equal(await by("workos", { org_id: "org-1", sid: "session-1" }), 200);
    assert.equal(await by("workos", { org_id: "org-1" }, { issuer: "https://evil.example" }), "IDENTITY_INVALID");
  });

  test("Cloudflare Access: the token is in its own header, and browsers do not cache the response", async () => {
    const token = await login.signIn("a", { audience: "application-tag" });
    const header = (value) => sendRequest("access", { headers: { "cf-access-jwt-assertion": value } });
    const answer = await header(token);
    assert.deepEqual([answer.status, answer.headers.get("cache-control")], [200, "private, no-cache"]);
    assert.equal(outcome(await header(`Bearer ${token}`)), 200);
    assert.equal(outcome(await sendRequest("access", { jwt: token })), "IDENTITY_MISSING", "no other header is read");
    assert.equal(outcome(await header("no token")), "IDENTITY_INVALID");
    assert.equal(outcome(await header(await login.signIn("a"))), "IDENTITY_INVALID", "for another application");
    // Also if a function returns the rules.
    const claims = { org: "example-inc" };
    const later = await sendRequest("later", {
      headers: { "cf-access-jwt-assertion": await login.signIn("a", { claims }) },
    });
    assert.deepEqual([later.status, later.headers.get("cache-control")], [200, "private, no-cache"]);
  });
});

describe("a revocation of permissions in claims", () => {
  const isolate = KINDS.indexOf("claims");
  test("lasts until the token is renewed, for that identity only", async () => {
    const claims = { contracts: contracts[0] };
    const sign = (subject) => login.signIn("a", { subject, claims });
    const [leaver, other] = [await sign("leaver"), await sign("stays")];
    for (const jwt of [leaver, other]) assert.equal(outcome(await sendRequest("claims", { jwt })), 200);
    await worker.test("revoke", { subject: "leaver" }, isolate);
    const refused = async (jwt) => outcome(await sendRequest("claims", { jwt }));
    assert.equal(await refused(leaver), "IDENTITY_EXPIRED");
    assert.equal(await refused(other), 200);
    // The renewed token has the identity provider's current claims; the previous token stays rejected.
    const renewed = await sign("leaver");
    assert.equal(await refused(renewed), 200);
    assert.equal(await refused(leaver), "IDENTITY_EXPIRED");
    assert.equal(await refused(renewed), 200);
    await worker.test("revoke", "everybody", isolate);
    for (const jwt of [leaver, renewed, other]) assert.equal(await refused(jwt), "IDENTITY_EXPIRED");
  });
});

/** A client of a signed-in user, configured as in their page. */
const clientOf = (kind, token, origin) =>
  new CaseClient({
    baseUrl: "https://gateway.example/api/case",
    token,
    rateLimit: { perSecond: 0, perMinute: 0, perDay: 0 },
    fetch: (url, { signal, ...init }) =>
      worker.sendRequest(url.replace("https://gateway.example", ""), {
        isolate: KINDS.indexOf(kind),
        ...init,
        headers: { ...init.headers, ...(origin && { origin }) },
      }),
  });

describe("five users of one tenant who open the same list", () => {
  const users = () => Promise.all([1, 2, 3, 4, 5].map((nth) => login.signIn("a", { subject: `user-${nth}` })));
  const costs = async (open) => {
    const each = [];
    for (const token of await users()) {
      const before = upstream.counted.cases;
      await open(clientOf("plain", token));
      each.push(upstream.counted.cases - before);
    }
    return each;
  };
  const params = () => ({ contract_ids: [contracts[0], contracts[1]] });

  test("by ./query: cause one upstream request", async () => {
    const scroll = async (client, more) => {
      const options = casesByContractInfiniteOptions(client, params(), more);
      const [pages, pageParams] = [[], []];
      let pageParam = options.initialPageParam;
      while (pageParam !== null) {
        pages.push(await options.queryFn({ pageParam, signal: new AbortController().signal }));
        pageParams.push(pageParam);
        pageParam = options.getNextPageParam(pages.at(-1), pages, pageParam, pageParams) ?? null;
      }
      return options.select({ pages, pageParams }).cases.length;
    };
    const lengths = new Set();
    const [first, ...others] = await costs(async (client) => lengths.add(await scroll(client)));
    assert.ok(first >= 2, `${first}`);
    assert.deepEqual([others, lengths.size], [[0, 0, 0, 0], 1]);
    const anew = await costs((client) => scroll(client, { maxAgeMs: 0 }));
    assert.ok(
      anew.every((count) => count >= first),
      `${anew}`,
    );
  });

  test("by iteration: share cached pages only with maxAgeMs", async () => {
    await worker.test("purge", "everything", KINDS.indexOf("plain"));
    const [first, ...others] = await costs((client) =>
      client.casesByContract(params(), { maxAgeMs: 25_000 }).toArray({ limit: 10_000 }),
    );
    assert.ok(first >= 2, `${first}`);
    assert.deepEqual(others, [0, 0, 0, 0]);
    const anew = await costs((client) => client.casesByContract(params()).toArray({ limit: 10_000 }));
    assert.ok(
      anew.every((count) => count >= first),
      `${anew}`,
    );
  });

  test("a cached response older than a request's max-age is requested again", async () => {
    const jwt = await login.signIn("a");
    await sendRequest("plain", { jwt });
    await worker.advance(15_000, KINDS.indexOf("plain"));
    const old = await sendRequest("plain", { jwt, headers: { "cache-control": "max-age=60" } });
    assert.deepEqual([old.headers.get("x-cache"), old.costs], ["HIT", 0]);
    const anew = await sendRequest("plain", { jwt, headers: { "cache-control": "max-age=10" } });
    assert.deepEqual([anew.headers.get("x-cache"), anew.costs], ["MISS", 1]);
  });
});
