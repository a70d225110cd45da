// Public objects in Proxies of state libraries: a plain `new Proxy`, Vue, Pinia and MobX. Errors thrown by the caller's
// own code, which are never defects of this package.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { CaseClient, checkCaseSummary, isCaseApiError } from "cisco-support-case";
import { createSandbox } from "cisco-support-case/sandbox";

// Vue and Pinia log more warnings in development.
process.env.NODE_ENV ??= "production";
const tools = createRequire(process.env.TOOLS);
const load = (name) => import(pathToFileURL(tools.resolve(name)));
const { reactive, readonly, ref, shallowReactive } = await load("vue");
const { createPinia, defineStore, setActivePinia } = await load("pinia");
const { isObservable, makeAutoObservable, observable } = await load("mobx");

/**
 * Whether observable state of a library would wrap a value. It wraps class instances too, but no Date, Promise or
 * signal.
 */
const isState = (value) => Array.isArray(value) || Object.prototype.toString.call(value) === "[object Object]";

/** A Proxy whose members are wrapped as well, at any depth. */
function membrane(value) {
  return new Proxy(value, {
    get(target, key, receiver) {
      const found = Reflect.get(target, key, receiver);
      const { configurable, writable } = Object.getOwnPropertyDescriptor(target, key) ?? { configurable: true };
      // An invariant of Proxies: an immutable member must be returned unchanged.
      return isState(found) && (configurable || writable) ? membrane(found) : found;
    },
  });
}

let stores = 0;
const WRAPPERS = {
  "a plain Proxy": (one) => new Proxy(one, {}),
  "a Proxy of a Proxy": (one) => new Proxy(new Proxy(one, {}), {}),
  "a Proxy that wraps all members": membrane,
  "Vue's reactive": (one) => reactive(one),
  "a member of Vue's reactive": (one) => reactive({ held: { one } }).held.one,
  "Vue's shallowReactive": (one) => shallowReactive(one),
  "Vue's readonly": (one) => readonly(one),
  "Vue's ref": (one) => ref(one).value,
  "a Pinia store": (one) => {
    setActivePinia(createPinia());
    return defineStore(`options-${(stores += 1)}`, { state: () => ({ one }) })().one;
  },
  "a Pinia setup store": (one) => {
    setActivePinia(createPinia());
    return defineStore(`setup-${(stores += 1)}`, () => ({ one: ref(one) }))().one;
  },
  "MobX's observable": (one) => observable({ one }).one,
  "MobX's observable box": (one) => observable.box(one).get(),
  "MobX's makeAutoObservable": (one) => {
    const store = makeAutoObservable({ one, nothing: 0 });
    assert.ok(isObservable(store));
    return store.one;
  },
};

/** Registers a test for each wrapper. */
function testEachWrapper(what, check) {
  for (const [name, wrap] of Object.entries(WRAPPERS)) test(`${what}, in ${name}`, () => check(wrap));
}

const CASE = "682299374";
const CONTRACT = "1234567";

/** A sandbox with a client of it. */
async function service(options, ofClient) {
  const sandbox = await createSandbox({ cases: 400, ...options });
  const { fetch, baseUrl } = sandbox;
  const rateLimit = { perSecond: 0, perDay: 0 };
  return { sandbox, client: new CaseClient({ fetch, baseUrl, token: "synthetic", rateLimit, ...ofClient }) };
}

async function all(iterable) {
  const items = [];
  for await (const item of iterable) items.push(item);
  return items;
}

const idsOf = (cases) => cases.map(({ case_id }) => case_id);

testEachWrapper("a client makes its four calls, returns its budget and is freed", async (wrap) => {
  const { sandbox, client } = await service();
  const [user] = sandbox.info().user_ids;
  const wrapped = wrap(client);
  assert.equal((await wrapped.caseSummary({ case_ids: [CASE] })).cases[0].case_id, CASE);
  assert.equal((await wrapped.caseDetails({ case_id: CASE })).case_id, CASE);
  assert.equal((await wrapped.casesByContract({ contract_ids: [CONTRACT] })).cases.length, 100);
  assert.ok((await wrapped.casesByUser({ user_ids: [user] })).cases.length > 0);
  const { second, concurrent, waiting } = wrapped.budget();
  assert.deepEqual([second.limit, concurrent.limit, concurrent.used, waiting], [null, 10, 0, 0]);
  assert.equal(wrapped.budget().day.limit, null);
  assert.ok((await wrapped.estimate({ contract_ids: [CONTRACT] })).requests > 0);
  wrapped.free();
  await assert.rejects(async () => wrapped.caseSummary({ case_ids: [CASE] }), isCaseApiError);
  wrapped.free();
});

testEachWrapper("a client's errors are the same", async (wrap) => {
  const { client } = await service();
  const wrapped = wrap(client);
  await assert.rejects(async () => wrapped.caseSummary({ case_ids: [] }), { kind: "invalid_request" });
  await assert.rejects(async () => wrapped.caseDetails({ case_id: "600000000" }), { kind: "not_found" });
  const reason = new Error("enough");
  const aborted = wrapped.caseDetails({ case_id: CASE }, { signal: AbortSignal.abort(reason) });
  await assert.rejects(async () => aborted, { kind: "aborted", cause: reason });
});

testEachWrapper("a client reads parameters and options", async (wrap) => {
  const { sandbox } = await service();
  const { fetch, baseUrl } = sandbox;
  const client = new CaseClient(wrap({ fetch, baseUrl, token: "synthetic", headers: { "X-Own": "1" } }));
  const params = wrap({ contract_ids: [CONTRACT], date_created_from: "2026-05-01T00:00:00Z" });
  const options = wrap({ signal: new AbortController().signal, headers: { "X-More": "1" } });
  const page = await client.casesByContract(params, options);
  assert.ok(page.cases.length > 0);
  assert.ok(
    (await all(client.allCases(wrap({ contract_ids: [CONTRACT], date_created_from: "2026-05-01T00:00:00Z" })))).length >
      0,
  );
  assert.equal((await all(client.allDetails(wrap([CASE])))).length, 1);
});

testEachWrapper("a call is awaited", async (wrap) => {
  const { sandbox, client } = await service();
  const call = wrap(client.caseSummary({ case_ids: [CASE] }));
  assert.equal((await call).count, 1);
  assert.equal((await call).cases[0].case_id, CASE);
  assert.equal(await call.then(({ count }) => count), 1);
  assert.equal(await call.finally(() => {}).then(({ count }) => count), 1);
  const { data, response, attempts } = await call.withResponse();
  assert.deepEqual([data.count, response.status, attempts], [1, 200, 1]);
  assert.equal((await Promise.all([call, call])).length, 2);
  assert.equal(sandbox.info().requests.received, 1);
  const failing = wrap(client.caseDetails({ case_id: "600000000" }));
  assert.equal(await failing.catch(({ kind }) => kind), "not_found");
});

testEachWrapper("a list is iterated by page and by case", async (wrap) => {
  const { client } = await service();
  const list = () => wrap(client.casesByContract({ contract_ids: [CONTRACT] }));
  const cases = await all(list());
  assert.ok(cases.length > 100);
  const pages = await all(list().pages());
  assert.deepEqual(idsOf(pages.flatMap((page) => page.cases)), idsOf(cases));
  assert.deepEqual(idsOf(await list().toArray({ limit: 10_000 })), idsOf(cases));
  const iterator = wrap(client.casesByContract({ contract_ids: [CONTRACT] })[Symbol.asyncIterator]());
  assert.equal((await iterator.next()).value.case_id, cases[0].case_id);
  await iterator.return();
  assert.equal((await iterator.next()).done, true);
  const left = wrap(client.casesByContract({ contract_ids: [CONTRACT] }).pages());
  for await (const page of left) {
    assert.equal(page.cases.length > 0, true);
    break;
  }
});

testEachWrapper("a call that was awaited is iterated", async (wrap) => {
  const { client } = await service();
  const call = wrap(client.casesByContract({ contract_ids: [CONTRACT] }));
  const page = await call;
  assert.equal(page.cases.length, 100);
  assert.ok((await all(call)).length > 100);
});

testEachWrapper("a page returns the next one", async (wrap) => {
  const { client } = await service();
  let page = wrap(await client.casesByContract({ contract_ids: [CONTRACT] }));
  const { last_index } = page.pagination_response_record;
  let count = 1;
  while (page.hasNextPage()) {
    page = wrap(await page.nextPage());
    count += 1;
  }
  assert.equal(count, last_index);
  assert.equal(page.nextPage(), null);
});

test("a page in a reactive store equals the page", async () => {
  const { client } = await service();
  const page = await client.casesByContract({ contract_ids: [CONTRACT] });
  const plain = structuredClone(page);
  for (const wrap of Object.values(WRAPPERS)) assert.deepEqual(JSON.parse(JSON.stringify(wrap(page))), plain);
});

testEachWrapper("bulk calls are iterated and report progress", async (wrap) => {
  const { client } = await service();
  const target = { contract_ids: [CONTRACT], date_created_from: "2020-01-01T00:00:00Z" };
  const allCases = wrap(client.allCases(target));
  const cases = await all(allCases);
  assert.ok(cases.length > 100);
  assert.deepEqual(allCases.failures, []);
  assert.equal(typeof allCases.resumeToken(), "string");
  const pages = await all(wrap(client.allCases(target)).pages());
  assert.equal(pages.flatMap((page) => page.cases).length, cases.length);

  const changes = wrap(client.changes(target));
  assert.equal((await all(changes)).length, cases.length);
  assert.equal(typeof changes.cursor(), "string");
  assert.deepEqual(await all(wrap(client.changes(target, changes.cursor()))), []);

  const details = wrap(client.allDetails([CASE, "600000000"], { partial: true }));
  assert.deepEqual(idsOf(await all(details)), [CASE]);
  assert.deepEqual(
    details.failures.map(({ error }) => error.kind),
    ["not_found"],
  );
  assert.equal(details.done, true);
  assert.equal(typeof details.resumeToken(), "string");
});

testEachWrapper("a client respects its limits for concurrent calls", async (wrap) => {
  const { sandbox } = await service();
  let inFlight = 0;
  let most = 0;
  const fetch = async (...input) => {
    most = Math.max(most, (inFlight += 1));
    await sleep(1);
    inFlight -= 1;
    return sandbox.fetch(...input);
  };
  const rateLimit = { perSecond: 0, perDay: 0, maxConcurrent: 3 };
  const client = wrap(new CaseClient({ fetch, baseUrl: sandbox.baseUrl, token: "synthetic", rateLimit }));
  await Promise.all(Array.from({ length: 12 }, () => client.caseDetails({ case_id: CASE })));
  assert.equal(most, 3);
});

testEachWrapper("a sandbox answers, changes and is freed", async (wrap) => {
  const sandbox = wrap(await createSandbox({ cases: 50 }));
  assert.equal(sandbox.info().cases, 50);
  assert.equal(sandbox.info({ holders: 1 }).contract_ids.length, 1);
  assert.match(sandbox.baseUrl, /\/case\/v3$/);
  assert.match(sandbox.tokenUrl, /\/token$/);
  sandbox.put(wrap({ case_id: "700000001", title: "new", notes: [{ note: "one" }] }));
  const client = new CaseClient({ ...sandbox.clientOptions });
  assert.equal((await client.caseDetails({ case_id: "700000001" })).title, "new");
  const { fetch } = sandbox;
  assert.equal((await fetch(`${sandbox.baseUrl}/cases/case_ids/${CASE}`)).status, 403);
  const openapi = await sandbox.fetch("https://sandbox.invalid/__sandbox/openapi.json");
  assert.equal((await openapi.json()).servers[0].url, sandbox.baseUrl);
  sandbox.fault("reset", wrap({ times: 1 }));
  assert.equal(sandbox.info().faults.length, 1);
  sandbox.clearFaults();
  assert.equal(sandbox.info().faults.length, 0);
  const { now } = sandbox.info();
  sandbox.advance(1000);
  assert.equal(Date.parse(sandbox.info().now) - Date.parse(now), 1000);
  sandbox.free();
  assert.throws(() => sandbox.info(), /closed by free/);
  sandbox.free();
});

test("a sandbox accepts wrapped options and wrapped dates", async () => {
  for (const wrap of Object.values(WRAPPERS)) {
    const sandbox = await createSandbox(wrap({ cases: 5, now: new Date("2031-02-03T04:05:06Z") }));
    assert.equal(sandbox.info().now, "2031-02-03T04:05:06Z");
    sandbox.put(wrap({ case_id: "700000001", updated_date: new Date("2026-05-05T00:00:00Z") }));
    assert.equal(sandbox.info().cases, 6);
    sandbox.free();
  }
});

// Errors thrown by the caller's own code.

const OWN = () => new TypeError("undefined is not a function");

/** An object with a getter that throws. */
const throwing = (name, thrown, rest = {}) =>
  Object.defineProperty({ ...rest }, name, {
    enumerable: true,
    get() {
      throw thrown;
    },
  });

/** Returns the error of a call: the caller's own or one with it as the cause, and no internal error. */
async function errorOf(work) {
  try {
    await work();
  } catch (error) {
    assert.notEqual(error?.kind, "internal", `${error?.code}: ${error?.message}`);
    return error;
  }
  return undefined;
}

/** Asserts that the module still works, for synchronous functions and for calls. */
async function goesOn(client) {
  assert.deepEqual(checkCaseSummary({ case_ids: [CASE] }), []);
  if (client) assert.equal((await client.caseDetails({ case_id: CASE })).case_id, CASE);
  const fresh = await service({ cases: 5 });
  assert.equal((await fresh.client.caseDetails({ case_id: CASE })).case_id, CASE);
}

test("a TypeError of the caller's fetch is a network failure", async () => {
  const { sandbox } = await service({ cases: 5 });
  const thrown = OWN();
  const ways = {
    rejects: () => Promise.reject(thrown),
    throws: () => {
      throw thrown;
    },
  };
  for (const [way, broken] of Object.entries(ways)) {
    let isBroken = true;
    const fetch = (...input) => (isBroken ? broken() : sandbox.fetch(...input));
    const client = new CaseClient({ fetch, baseUrl: sandbox.baseUrl, token: "synthetic", maxRetries: 0 });
    const error = await errorOf(() => client.caseDetails({ case_id: CASE }));
    assert.deepEqual([error.kind, error.cause], ["network", thrown], way);
    const failures = client.allCases({ case_ids: [CASE] }, { maxRetries: 0 });
    assert.ok(await errorOf(() => all(failures)), way);
    isBroken = false;
    await goesOn(client);
  }
});

test("a response whose members throw is not an internal error", async () => {
  const thrown = OWN();
  const real = { ok: true, status: 200, headers: new Headers(), url: "", type: "basic", redirected: false };
  const arrayBuffer = () => Promise.reject(thrown);
  const doubles = [
    ...["status", "headers", "body"].map((name) => throwing(name, thrown, real)),
    throwing("arrayBuffer", thrown, { ...real, body: null }),
    { ...real, body: null, arrayBuffer },
    { ...real, body: { getReader: () => ({ read: arrayBuffer, cancel: async () => {} }) }, arrayBuffer },
    {},
    null,
    undefined,
    5,
  ];
  for (const double of doubles) {
    const client = new CaseClient({ fetch: () => double, token: "synthetic", maxRetries: 0 });
    const error = await errorOf(() => client.caseDetails({ case_id: CASE }));
    assert.ok(isCaseApiError(error), String(error));
  }
  await goesOn();
});

test("hooks, a logger and a token cache that throw have no effect", async () => {
  const { sandbox } = await service({ cases: 5 });
  const thrown = OWN();
  const broken = () => {
    throw thrown;
  };
  const { fetch, baseUrl, tokenUrl } = sandbox;
  const credentials = { clientId: "portal", clientSecret: "synthetic", tokenUrl };
  const logger = { debug: broken, info: broken, warn: broken, error: broken };
  const options = {
    "hooks that throw": { hooks: { onRequest: broken, onResponse: broken, onRetry: broken, onWait: broken }, logger },
    "hooks that reject": { hooks: { onRequest: async () => broken(), onResponse: async () => broken() }, logger },
    "a hook that is a getter": { hooks: throwing("onRequest", thrown), logger },
    "a logger": { logger, logLevel: "debug" },
    "a token cache that throws": { tokenCache: { get: broken, set: broken }, logger },
    "a token cache that rejects": { tokenCache: { get: async () => broken(), set: async () => broken() }, logger },
  };
  for (const [what, more] of Object.entries(options)) {
    let client;
    const refused = await errorOf(() => {
      client = new CaseClient({ fetch, baseUrl, credentials, ...more });
    });
    // The constructor may read a getter.
    if (refused) assert.ok(what.includes("getter"), `${what}: ${refused}`);
    else await goesOn(client);
  }
});

test("a token provider that throws is not an internal error", async () => {
  const { sandbox } = await service({ cases: 5 });
  const thrown = OWN();
  const providers = {
    throws: () => {
      throw thrown;
    },
    rejects: () => Promise.reject(thrown),
    "gives a member that throws": () => throwing("access_token", thrown),
    "gives a thenable that throws": () => throwing("then", thrown),
  };
  for (const [way, broken] of Object.entries(providers)) {
    let isBroken = true;
    const token = () => (isBroken ? broken() : "synthetic");
    const client = new CaseClient({ fetch: sandbox.fetch, baseUrl: sandbox.baseUrl, token, maxRetries: 0 });
    const calls = [1, 2, 3].map(() => errorOf(() => client.caseDetails({ case_id: CASE })));
    for (const error of await Promise.all(calls)) {
      assert.ok(isCaseApiError(error), `${way}: ${error}`);
      // The client may read a result in any way; a provider's own error is the cause.
      if (!way.startsWith("gives")) assert.equal(error.cause, thrown, way);
    }
    isBroken = false;
    await goesOn(client);
  }
});

test("a getter in options or parameters that throws is not an internal error", async () => {
  const { client, sandbox } = await service({ cases: 5 });
  const thrown = OWN();
  const is = (error, what) => assert.ok(error === thrown || error?.cause === thrown, `${what}: ${error}`);
  for (const name of [
    "baseUrl",
    "token",
    "credentials",
    "headers",
    "fetch",
    "timeoutMs",
    "rateLimit",
    "hooks",
    "logger",
  ]) {
    is(await errorOf(() => new CaseClient(throwing(name, thrown))), name);
  }
  is(await errorOf(() => new CaseClient({ rateLimit: throwing("perSecond", thrown) })), "rateLimit.perSecond");
  is(await errorOf(() => client.caseSummary(throwing("case_ids", thrown))), "case_ids");
  is(await errorOf(() => client.caseDetails(throwing("case_id", thrown))), "case_id");
  is(await errorOf(() => client.casesByContract(throwing("contract_ids", thrown))), "contract_ids");
  is(await errorOf(() => all(client.casesByUser(throwing("user_ids", thrown)))), "user_ids");
  for (const name of ["signal", "timeoutMs", "maxRetries", "headers", "traceparent"]) {
    is(await errorOf(() => client.caseDetails({ case_id: CASE }, throwing(name, thrown))), name);
    is(await errorOf(() => all(client.allDetails([CASE], throwing(name, thrown)))), `allDetails, ${name}`);
  }
  is(await errorOf(() => all(client.allCases(throwing("contract_ids", thrown)))), "allCases");
  is(
    await errorOf(() => all(client.changes(throwing("date_created_from", thrown, { contract_ids: [CONTRACT] })))),
    "changes",
  );
  is(await errorOf(() => client.estimate(throwing("contract_ids", thrown))), "estimate");
  is(await errorOf(() => checkCaseSummary(throwing("case_ids", thrown))), "checkCaseSummary");
  is(await errorOf(() => createSandbox(throwing("cases", thrown))), "createSandbox");
  is(await errorOf(() => sandbox.put(throwing("title", thrown, { case_id: "700000001" }))), "put");
  await goesOn(client);
});

test("onProgress that throws has no effect", async () => {
  const { client } = await service({}, { logger: { error() {} } });
  const onProgress = () => {
    throw OWN();
  };
  const params = { contract_ids: [CONTRACT], date_created_from: "2026-01-01T00:00:00Z" };
  for (const call of [client.allCases(params, { onProgress }), client.allDetails([CASE], { onProgress })]) {
    assert.ok((await all(call)).length > 0);
  }
  await goesOn(client);
});

test("a method called on another object is a TypeError", async () => {
  const { client } = await service({ cases: 5 });
  const { budget, caseDetails, allCases } = client;
  for (const work of [() => budget(), () => budget.call({}), () => caseDetails.call({}, { case_id: CASE })]) {
    const error = await errorOf(work);
    assert.ok(error instanceof Error, String(error));
  }
  await errorOf(() => all(allCases.call({}, { case_ids: [CASE] })));
  await goesOn(client);
});

test("a call inside another call's hook, provider or fetch is independent", async () => {
  const { sandbox } = await service({ cases: 5 });
  const { fetch, baseUrl } = sandbox;
  const inner = new CaseClient({ fetch, baseUrl, token: "synthetic" });
  const seen = [];
  const client = new CaseClient({
    fetch: async (...input) => {
      seen.push((await inner.caseDetails({ case_id: CASE })).case_id);
      return fetch(...input);
    },
    baseUrl,
    token: async () => {
      seen.push((await inner.caseDetails({ case_id: CASE })).case_id);
      return "synthetic";
    },
    hooks: { onRequest: () => seen.push(client.budget().concurrent.used, inner.budget().waiting) },
  });
  assert.equal((await client.caseDetails({ case_id: CASE })).case_id, CASE);
  assert.deepEqual(
    seen.filter((one) => one === CASE),
    [CASE, CASE],
  );
});
