// What a gateway does if its options fail or give something unusual, and what its caches and its audit log then contain. The
// package's code runs here itself, with a Durable Object in this process, so that its calls can be held and made to fail.

import { deepEqual, equal, match, notEqual, rejects, throws } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { createSandbox } from "cisco-support-case/sandbox";
import { exportJWK, generateKeyPair, SignJWT } from "jose";

const OBJECT = "export class DurableObject { constructor(ctx, env) { this.ctx = ctx; this.env = env; } }";
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === "cloudflare:workers"
      ? { url: `data:text/javascript,${encodeURIComponent(OBJECT)}`, shortCircuit: true }
      : next(specifier, context),
  load(url, context, next) {
    if (!url.endsWith(".wasm")) return next(url, context);
    const bytes = readFileSync(fileURLToPath(url)).toString("base64");
    const source = `export default new WebAssembly.Module(Buffer.from("${bytes}", "base64"));`;
    return { format: "module", source, shortCircuit: true };
  },
});

/** The data center's cache. */
const stored = new Map();
globalThis.caches = {
  default: {
    match: async (url) => stored.get(url)?.clone(),
    put: async (url, response) => void stored.set(url, response),
  },
};

const folder = new URL("../node_modules/cisco-support-case/", import.meta.url);
const { CaseQuota, createGateway } = await import(new URL("entry/gateway-workerd.js", folder));
const { copyTo } = await import(new URL("entry/gateway-copy-workerd.js", folder));
const { syncTo } = await import(new URL("entry/gateway-sync-workerd.js", folder));

/** A namespace of Durable Objects in this process. `before(method, args)` runs before each call, and may throw. */
function namespaceOf(before = () => {}) {
  const objects = new Map();
  let loads = 0;
  const storage = () => {
    const map = new Map();
    return {
      get: async (key) => {
        if (!Array.isArray(key)) return map.get(key);
        loads += 1;
        return new Map(key.flatMap((one) => (map.has(one) ? [[one, map.get(one)]] : [])));
      },
      put: async (key, value) => {
        for (const [name, one] of typeof key === "string" ? [[key, value]] : Object.entries(key)) map.set(name, one);
      },
      delete: async (key) => map.delete(key),
      list: async ({ prefix }) => new Map([...map].filter(([key]) => key.startsWith(prefix))),
    };
  };
  const get = (name) => {
    if (!objects.has(name)) objects.set(name, new CaseQuota({ storage: storage() }, {}));
    const object = objects.get(name);
    return new Proxy(object, {
      get:
        (_, method) =>
        async (...args) => {
          await before(method, args);
          return object[method](...args);
        },
    });
  };
  return { idFromName: (name) => name, get, loads: () => loads };
}

let gateways = 0;

/** A gateway of its own name, and a function that asks it and waits for its background work. */
function gatewayWith(options, before) {
  const quota = namespaceOf(before);
  const lines = [];
  const gateway = createGateway({
    name: `gateway-${(gateways += 1)}`,
    credentials: () => ({ clientId: "id", clientSecret: "a-synthetic-client-secret" }),
    authorize: () => ({ subject: "ann" }),
    permissions: () => ({ contract_ids: "*" }),
    quota: () => quota,
    fetch: sandbox.fetch,
    rateLimit: false,
    audit: (line) => void lines.push(line),
    ...options,
  });
  const ask = async (path, init) => {
    const work = [];
    const response = await gateway.fetch(
      new Request(`https://portal.example/api/case${path}`, init),
      {},
      contextOf(work),
    );
    const { status, headers } = response;
    const body = status === 204 ? undefined : await response.json();
    await Promise.all(work);
    return { status, headers, body, code: body?.error?.code };
  };
  return { gateway, ask, lines };
}

const contextOf = (work) => ({ waitUntil: (promise) => void work.push(promise) });

const sandbox = await createSandbox({ cases: 200 });
const [id] = sandbox.info().case_ids;
const SUMMARY = `/cases/case_ids/${id}`;

test("the data center keeps a response as long as the options let it be used", async () => {
  const cache = { openSeconds: 1, closedSeconds: 604_800, staleSeconds: 10, staleIfErrorSeconds: 20 };
  stored.clear();
  equal((await gatewayWith({ cache }).ask(SUMMARY)).status, 200);
  deepEqual(
    [...stored.values()].map(({ headers }) => headers.get("cache-control")),
    ["max-age=604830"],
  );
});

test("an older response does not replace one that was requested later", async () => {
  const held = [];
  const fetch = async (url, init) => {
    const response = await sandbox.fetch(url, init);
    if (String(url).includes("/oauth2/")) return response;
    const { status, headers } = response;
    const text = await response.text();
    const { promise, resolve } = Promise.withResolvers();
    held.push(resolve);
    arrived.shift()?.resolve();
    await promise;
    return new Response(text, { status, headers });
  };
  const arrived = [Promise.withResolvers(), Promise.withResolvers()];
  const [first, second] = arrived.map(({ promise }) => promise);
  const { ask } = gatewayWith({ fetch });
  const titleOf = ({ body }) => body.cases[0].title;
  const older = ask(SUMMARY);
  await first;
  sandbox.put({ case_id: id, title: "A later title" });
  // The time of a request has milliseconds.
  const began = Date.now();
  while (Date.now() === began);
  const newer = ask(SUMMARY, { headers: { "cache-control": "no-cache" } });
  await second;
  held[1]();
  equal(titleOf(await newer), "A later title");
  held[0]();
  notEqual(titleOf(await older), "A later title");
  const cached = await ask(SUMMARY);
  deepEqual([cached.headers.get("x-cache"), titleOf(cached)], ["HIT", "A later title"]);
});

test("a rate-limit signal is reported by the next poll if the one that carries it fails, until its time has passed", async (t) => {
  const { now } = Date;
  for (const [later, expected] of [
    [0, 1],
    [86_400_000, 0],
  ]) {
    t.mock.method(Date, "now", now);
    await checkSignals(() => t.mock.method(Date, "now", () => now() + later), expected);
  }
});

async function checkSignals(wait, expected) {
  let isDown = true;
  let failures = 0;
  let reported = 0;
  const { ask } = gatewayWith({ cache: false, noticeSeconds: 0 }, (method, args) => {
    if (method !== "poll") return;
    const { length } = args[1].signals;
    if (isDown && length > 0) {
      failures += 1;
      throw new Error("the object is away");
    }
    reported += length;
  });
  equal((await ask(SUMMARY)).status, 200);
  sandbox.fault("over_rate", { times: 1 });
  await ask(SUMMARY);
  sandbox.clearFaults();
  equal([failures > 0, reported].join(), "true,0");
  wait();
  isDown = false;
  await ask("/health");
  equal(reported, expected);
}

test("a request is audited if credentials fail, without pseudonyms", async () => {
  const credentials = () => {
    throw new Error("the vault is away");
  };
  const { ask, lines } = gatewayWith({ credentials });
  const { code } = await ask(SUMMARY);
  deepEqual([lines.length, lines[0].outcome, lines[0].who], [1, code, ""]);
});

/** A `fetch` of the sandbox whose token endpoint accepts one secret; it counts the requests for cases. */
function serviceWith(state) {
  state.requests = 0;
  return async (url, init) => {
    if (!String(url).includes("/oauth2/")) {
      state.requests += 1;
      await state.meanwhile?.();
      return sandbox.fetch(url, init);
    }
    const isAccepted = String(init.body).includes(`client_secret=${state.secret}`);
    return isAccepted ? sandbox.fetch(url, init) : Response.json({ error: "invalid_client" }, { status: 401 });
  };
}

test("credentials that have failed, or that the token endpoint does not accept any more, are read again", async (t) => {
  // The clock goes on, since requests for the token are repeated after a while.
  const [systemNow, clock] = [Date.now, { aheadMs: 0 }];
  t.mock.method(Date, "now", () => systemNow() + clock.aheadMs);
  const state = { secret: "the-first-secret" };
  const vault = { isAway: true, clientSecret: "the-first-secret", readings: 0 };
  const credentials = async () => {
    vault.readings += 1;
    if (vault.isAway) throw new Error("the vault is away");
    return { clientId: "id", clientSecret: vault.clientSecret };
  };
  const { ask } = gatewayWith({ credentials, fetch: serviceWith(state), cache: false, audit: false });
  const codes = async () => [(await ask(SUMMARY)).code, (await ask("/health")).body];
  const down = { status: "down", configured: false, quota: "reachable" };
  deepEqual(await codes(), ["GATEWAY_NOT_CONFIGURED", down]);
  vault.isAway = false;
  clock.aheadMs += 5000;
  deepEqual(await codes(), [undefined, { ...down, status: "ok", configured: true }]);
  const { readings } = vault;
  await ask(SUMMARY);
  equal(vault.readings, readings, "they are not read for each request");
  // The secret is replaced. The token of the former one is valid for an hour.
  state.secret = vault.clientSecret = "the-second-secret";
  clock.aheadMs += 3_600_000;
  equal((await ask(SUMMARY)).code, undefined);
});

test("credentials that hang delay a request, and the next ones are read again", async (t) => {
  t.mock.method(console, "error", () => {});
  const [systemNow, clock] = [Date.now, { aheadMs: 0 }];
  t.mock.method(Date, "now", () => systemNow() + clock.aheadMs);
  const sources = [() => Promise.reject(new Error("the vault is away")), () => new Promise(() => {})];
  const good = { clientId: "id", clientSecret: "a-synthetic-client-secret" };
  const credentials = () => sources.shift()?.() ?? good;
  const { ask } = gatewayWith({ credentials, cache: false, audit: false, permissionsTtlSeconds: 0 });
  equal((await ask(SUMMARY)).code, "GATEWAY_NOT_CONFIGURED");
  clock.aheadMs += 6000;
  deepEqual([(await ask("/me")).status, sources.length], [200, 0]);
  clock.aheadMs += 6000;
  equal((await ask(SUMMARY)).status, 200);
});

test("a key that the provider has removed is not accepted after a time without requests", async (t) => {
  t.mock.timers.enable({ apis: ["Date"], now: Date.now() });
  const [removed, present] = await Promise.all([generateKeyPair("ES256"), generateKeyPair("ES256")]);
  const jwkOf = async ({ publicKey }, kid) => ({ ...(await exportJWK(publicKey)), kid, alg: "ES256" });
  const provider = { keys: [await jwkOf(removed, "removed")], isDown: false, url: "https://cdn.example/keys" };
  const fetch = async (_, { redirect }) => {
    if (provider.isDown) throw new TypeError("no connection");
    const location = redirect === "manual" ? provider.hops?.shift() : undefined;
    if (location) return new Response(null, { status: 302, headers: { location } });
    return Object.defineProperty(Response.json({ keys: provider.keys }), "url", { value: provider.url });
  };
  const jwt = {
    issuer: "https://login.example",
    audience: "cases",
    jwksUri: "https://login.example/keys",
    algorithms: "ES256",
  };
  const { ask } = gatewayWith({ authorize: undefined, jwt, fetch, audit: false });
  const statusOf = async ({ privateKey }, kid) => {
    const token = await new SignJWT({})
      .setProtectedHeader({ alg: "ES256", kid })
      .setIssuer(jwt.issuer)
      .setAudience(jwt.audience)
      .setSubject("ann")
      .setExpirationTime(Math.floor(Date.now() / 1000) + 600)
      .sign(privateKey);
    return (await ask("/me", { headers: { authorization: `Bearer ${token}` } })).status;
  };
  equal(await statusOf(removed, "removed"), 200);
  // While the provider fails, the last keys stay valid.
  provider.isDown = true;
  t.mock.timers.tick(3_600_000);
  equal(await statusOf(removed, "removed"), 200);
  // Nor are keys taken that somebody can change on their way, after a redirect.
  Object.assign(provider, { isDown: false, keys: [await jwkOf(present, "present")], url: "http://login.example/keys" });
  t.mock.timers.tick(3_600_000);
  deepEqual([await statusOf(removed, "removed"), await statusOf(present, "present")], [200, 401]);
  // Nor after one that only leads through such an address.
  Object.assign(provider, { url: "https://login.example/keys", hops: ["http://login.example/keys"] });
  t.mock.timers.tick(3_600_000);
  deepEqual([await statusOf(removed, "removed"), await statusOf(present, "present")], [200, 401]);
  provider.hops = ["https://cdn.example/keys", "/keys"];
  t.mock.timers.tick(3_600_000);
  deepEqual([await statusOf(removed, "removed"), await statusOf(present, "present")], [401, 200]);
});

test("permissions whose lifetime ends during a request are valid for its response, which costs one request", async (t) => {
  t.mock.timers.enable({ apis: ["Date"], now: Date.now() });
  for (const permissionsTtlSeconds of [0, 1, 3]) {
    let determined = 0;
    const permissions = () => {
      determined += 1;
      return { contract_ids: "*" };
    };
    const state = { secret: "a-synthetic-client-secret", meanwhile: () => t.mock.timers.tick(4000) };
    const { ask } = gatewayWith({ permissions, permissionsTtlSeconds, fetch: serviceWith(state), cache: false });
    equal((await ask(SUMMARY)).status, 200);
    deepEqual([state.requests, determined], [1, 1]);
    equal((await ask(SUMMARY)).status, 200);
    deepEqual([state.requests, determined], [2, 2]);
  }
});

test("credentials that are missing or have white space at their ends are named in the log, and are not sent", async (t) => {
  const { mock } = t.mock.method(console, "error", () => {});
  const good = { clientId: "id", clientSecret: "a-synthetic-client-secret" };
  for (const more of [{ clientId: undefined }, { clientSecret: "" }, { clientSecret: "a-secret\n" }, { clientId: 7 }]) {
    const fetch = () => Promise.reject(new Error("a request was sent"));
    const { ask } = gatewayWith({ credentials: () => ({ ...good, ...more }), fetch, audit: false });
    equal((await ask(SUMMARY)).code, "GATEWAY_NOT_CONFIGURED");
    const said = mock.calls.map(({ arguments: words }) => words.join(" ")).join();
    match(said, new RegExp(`credentials failed\\. ${Object.keys(more)[0]}: expected a text that is not empty`));
    equal(said.includes("a-secret"), false);
    mock.resetCalls();
  }
});

test("a feed or a live connection without a secret is not configured, and no defect", async () => {
  const failing = () => {
    throw new Error("the vault is away");
  };
  const live = () => ({ idFromName: (name) => name, get: () => ({ issueTicket: async () => null }) });
  const copy = copyTo({ database: () => ({}), live, contract_ids: () => ["101"], log: false });
  for (const credentials of [failing, () => ({ clientId: "id" }), async () => undefined]) {
    const { ask } = gatewayWith({ credentials, copy });
    for (const path of ["/feed", "/live/ticket"]) {
      const { status, body } = await ask(path);
      deepEqual([status, body.error.code], [503, "GATEWAY_NOT_CONFIGURED"]);
      match(body.error.message, /\(no client secret\)/);
    }
  }
});

test("an identity that cannot be written as JSON is invalid", async () => {
  const cyclic = { subject: "ann" };
  cyclic.self = cyclic;
  for (const identity of [{ subject: "ann", row: 5n }, cyclic]) {
    const { status, body } = await gatewayWith({ authorize: () => identity }).ask("/me");
    deepEqual([status, body.error.code], [401, "IDENTITY_INVALID"]);
    match(body.error.message, /\(it cannot be written as JSON\)/);
  }
});

test("a secret or a token is sent to no address that is not encrypted, misspelled or none", async (t) => {
  const { mock } = t.mock.method(console, "error", () => {});
  for (const [upstream, expected] of [
    [{ baseUrl: "http://service.example/case/v3" }, "upstream.baseUrl: expected an https address"],
    [{ tokenUrl: "http://id.example/token" }, "upstream.tokenUrl: expected an https address"],
    [{ baseUrl: "http://localhost.example/case/v3" }, "upstream.baseUrl"],
    [{ baseUrl: "" }, "upstream.baseUrl"],
    [{ baseUrl: "apix.cisco.com/case/v3" }, "upstream.baseUrl"],
    [{ baseUrl: "https://user:secret@service.example" }, "upstream.baseUrl"],
    [{ tokenUrl: "https://id.example/token?key=secret" }, "upstream.tokenUrl"],
    [{ baseURL: "https://service.example" }, "upstream.baseURL: expected one of baseUrl, tokenUrl"],
    [{ baseUrl: "http://service.example/case/v3", allowHttp: "yes" }, "upstream.allowHttp: expected true or false"],
    [{ baseUrl: "ftp://service.example/case/v3", allowHttp: true }, "upstream.baseUrl: expected an https address"],
  ]) {
    let requests = 0;
    const fetch = async () => {
      requests += 1;
      return new Response(null, { status: 500 });
    };
    const copy = copyTo({ database: () => ({}), contract_ids: () => ["101"], log: false });
    const { ask, gateway } = gatewayWith({ upstream: () => upstream, fetch, copy });
    equal((await ask(SUMMARY)).code, "GATEWAY_NOT_CONFIGURED");
    equal((await ask("/health")).status, 503);
    await gateway.scheduled({}, {}, contextOf([]));
    equal(requests, 0);
    const said = mock.calls.map(({ arguments: words }) => words.join(" ")).join();
    match(said, new RegExp(`every request is refused: jwt or upstream cannot be used\\. ${expected}`));
    match(said, new RegExp(`no scheduled run: upstream cannot be used\\. ${expected}`));
    equal(said.includes("secret@") || said.includes("key="), false);
    mock.resetCalls();
  }
  const urls = [];
  const fetch = (url, init) => {
    urls.push(url);
    return sandbox.fetch(url, init);
  };
  const baseUrl = " https://apix.cisco.com/case/v3/ ";
  equal((await gatewayWith({ upstream: () => ({ baseUrl, tokenUrl: undefined }), fetch }).ask(SUMMARY)).status, 200);
  equal(urls.at(-1), `https://apix.cisco.com/case/v3${SUMMARY}`);
  const container = { baseUrl: "http://sandbox:4010/case/v3", tokenUrl: "http://sandbox:4010/token", allowHttp: true };
  await gatewayWith({ upstream: () => container, fetch }).ask(SUMMARY);
  equal(urls.at(-1), container.tokenUrl);
});

test("a scheduled event throws nothing if upstream fails", async () => {
  let runs = 0;
  const sync = Object.freeze({ readsCopy: false, run: async () => void (runs += 1) });
  const upstream = () => {
    throw new Error("no upstream");
  };
  await gatewayWith({ upstream, sync }).gateway.scheduled({}, {}, contextOf([]));
  equal(runs, 0);
  await gatewayWith({ sync }).gateway.scheduled({}, {}, contextOf([]));
  equal(runs, 1);
});

test("a background task waits for an audit log, whose failure rejects nothing", async () => {
  let isWritten = false;
  const audit = async () => {
    await new Promise((done) => setTimeout(done));
    isWritten = true;
    throw new Error("the queue is full");
  };
  // An unhandled rejection would fail the test.
  await gatewayWith({ audit }).ask("/me");
  equal(isWritten, true);
});

test("a run waits for its log, whose failure rejects nothing, and names a binding that is missing", async (t) => {
  const { mock } = t.mock.method(console, "error", () => {});
  const reports = [];
  const log = async (report) => {
    await new Promise((done) => setTimeout(done));
    reports.push(report);
    throw new Error("the queue is full");
  };
  const copy = copyTo({ database: () => undefined, contract_ids: () => ["101"], log });
  const sync = syncTo({ store: () => undefined, contract_ids: () => ["101"], log });
  await gatewayWith({ copy, sync }).gateway.scheduled({}, {}, contextOf([]));
  deepEqual(
    reports.map(({ errors }) => errors),
    [["COPY_UNAVAILABLE"], ["STORE_FAILED"]],
  );
  const said = mock.calls.map(({ arguments: words }) => words.join(" ")).join();
  match(said, /the option database of the copy returned nothing/);
  match(said, /STORE_FAILED\. the option store returned nothing: the Worker has no binding of that name/);
  equal(said.match(/log failed\. the queue is full/g).length, 2);
});

test("revoke and purge reject what they cannot read", async () => {
  const { gateway } = gatewayWith({});
  await rejects(gateway.revoke({}, {}), /revoke: expected/);
  await rejects(gateway.purge({}, {}), /purge: expected/);
});

test("a request that the copy cannot answer is not audited as one of the copy", async () => {
  const database = () => {
    throw new Error("no database");
  };
  const copy = copyTo({ database, contract_ids: () => ["101"], log: false });
  const { ask, lines } = gatewayWith({ copy });
  notEqual((await ask("/overview")).status, 200);
  equal(lines[0].cache, "");
});

test("a database or an object that hangs delays no response beyond the timeout, and /me needs neither", async () => {
  const hangs = () => new Promise(() => {});
  const database = () => ({ prepare: () => ({ bind: () => ({}) }), batch: hangs });
  const live = () => ({ idFromName: (name) => name, get: () => ({ issueTicket: hangs }) });
  const copy = copyTo({ database, live, contract_ids: () => ["101"], log: false });
  // Of the time that a list waits for the copy, half is left for the service, also on a busy machine.
  const { ask } = gatewayWith({ copy, timeoutMs: 3000 });
  const list = `/cases/contracts/contract_ids/${sandbox.info().contract_ids[0]}?status_flag=O`;
  const paths = ["/me", "/feed", "/live/ticket", list];
  const headers = { "cache-control": "max-age=60" };
  const [me, feed, ticket, { status }] = await Promise.all(paths.map((path) => ask(path, { headers })));
  equal(status, 200, "the service answers a list");
  deepEqual([me.status, me.body.lost], [200, []]);
  deepEqual([feed.code, ticket.code], ["COPY_UNAVAILABLE", "QUOTA_UNREACHABLE"]);
});

test("identities of two tenants have live connections of their own", async () => {
  const { publicKey, privateKey } = await generateKeyPair("RS256");
  const jwk = { ...(await exportJWK(publicKey)), kid: "k", alg: "RS256" };
  const signIn = (org) =>
    new SignJWT({ org, contracts: ["101"] })
      .setProtectedHeader({ alg: "RS256", kid: "k" })
      .setIssuer("https://login.example")
      .setAudience("cases")
      .setSubject("ann")
      .setIssuedAt()
      .setExpirationTime("1h")
      .sign(privateKey);
  const jwt = {
    issuer: "https://login.example",
    audience: "cases",
    jwks: { keys: [jwk] },
    algorithms: "RS256",
    tenant: "org",
  };
  for (const given of [jwt, () => jwt]) {
    const marks = [];
    const object = {
      async issueTicket(_nonce, _origin, member) {
        // The version and two times precede the mark, whose length has two bytes.
        const [low, high] = member.subarray(17, 19);
        marks.push(Buffer.from(member.subarray(19, 19 + low + 256 * high)).toString());
        return null;
      },
    };
    const live = () => ({ idFromName: (name) => name, get: () => object });
    const copy = copyTo({ database: () => ({}), live, contract_ids: () => ["101"], log: false });
    const { ask } = gatewayWith({ authorize: undefined, jwt: given, permissions: { contract_ids: "contracts" }, copy });
    for (const org of ["acme", "globex", "acme"]) {
      const { status } = await ask("/live/ticket", { headers: { authorization: `Bearer ${await signIn(org)}` } });
      equal(status, 200);
    }
    const [acme, globex, again] = marks;
    notEqual(acme, globex);
    equal(acme, again);
  }
});

/** Credentials as a factory makes them: the code of each is equal. */
const credentialsOf = (clientId) => () => ({ clientId, clientSecret: "a-synthetic-client-secret" });

test("of gateways of one name at the start of a Worker, those with other options of the Durable Object are refused", () => {
  const jwt = {
    issuer: "https://login.example",
    audience: "one",
    algorithms: "RS256",
    jwksUri: "https://login.example/k",
  };
  const options = {
    name: "at-the-start",
    credentials: credentialsOf("one"),
    fetch: sandbox.fetch,
    jwt,
    authorize: undefined,
    rateLimit: { perSecond: 1, perMinute: 10 },
  };
  const make = (more) => () => gatewayWith({ ...options, ...more });
  make({})();
  make({ prefix: "/other", rateLimit: { perMinute: 10, perSecond: 1, perDay: 5000 }, noticeSeconds: 1 })();
  make({ prefix: "/third", jwt: { ...jwt, audience: "two" } })();
  for (const more of [
    { credentials: credentialsOf("two") },
    { credentials: credentialsOf("one") },
    { fetch: (...given) => sandbox.fetch(...given) },
    { upstream: () => ({}) },
    { rateLimit: { perSecond: 2, perMinute: 10 } },
    { rateLimit: { ...options.rateLimit, reservePercent: 20 } },
    { noticeSeconds: 2 },
    { jwt: { ...jwt, jwksUri: "https://login.example/other" } },
    { jwt: () => jwt },
  ]) {
    throws(make(more), /^TypeError: createGateway: name: expected one of this gateway alone, got "at-the-start"/);
  }
});

test("a gateway that is made again takes the place of the earlier one, and neither uses the other's credentials", async () => {
  const quota = namespaceOf();
  const tokenRequests = [];
  const fetch = (url, init) => {
    if (String(url).includes("/oauth2/")) tokenRequests.push(new URLSearchParams(init.body).get("client_id"));
    return sandbox.fetch(url, init);
  };
  let runs = 0;
  const log = () => void (runs += 1);
  const database = () => {
    throw new Error("no database");
  };
  const copy = copyTo({ database, contract_ids: () => ["101"], log });
  const options = { name: "made-again", quota: () => quota, fetch, cache: false };
  const first = gatewayWith({ ...options, copy, credentials: credentialsOf("one") });
  equal((await first.ask(SUMMARY)).status, 200);
  await first.gateway.scheduled({}, {}, contextOf([]));
  equal(runs, 1);

  // As by a module that is evaluated again: equal code and values, other functions.
  const same = gatewayWith({ ...options, credentials: credentialsOf("one") });
  equal((await same.ask(SUMMARY)).status, 200);
  deepEqual(tokenRequests, ["one"]);
  equal(quota.loads(), 1, "the Durable Object goes on");

  const edited = gatewayWith({ ...options, rateLimit: { perSecond: 7 }, credentials: credentialsOf("two") });
  equal((await edited.ask(SUMMARY)).status, 200);
  deepEqual([quota.loads(), tokenRequests], [2, ["one", "two"]]);
  equal((await quota.get("made-again").budget("made-again")).second.limit, 7);

  for (const { ask, gateway } of [first, same]) {
    deepEqual([(await ask(SUMMARY)).code, (await ask("/health")).body.status], ["GATEWAY_NOT_CONFIGURED", "down"]);
    await gateway.scheduled?.({}, {}, contextOf([]));
  }
  equal(runs, 1);
  deepEqual([(await edited.ask(SUMMARY)).status, (await edited.ask("/health")).body.status], [200, "ok"]);
  deepEqual(tokenRequests, ["one", "two"]);
});
