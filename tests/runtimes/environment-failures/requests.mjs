// The requests that a client sends, and its response object.

import { double, equal, errorOf, failure, ids, isPage, respond, same, summary, truly } from "./helpers.mjs";

export const requests = [];
const test = (name, run) => requests.push({ name, run });

test("withResponse has the response, the number of attempts and the wait", async (api) => {
  const response = respond('{"count":1,"cases":[{"case_id":"612345678","severity":"2"}]}');
  const result = await summary(api, async () => response).withResponse();
  same(
    [result.data.count, result.data.cases[0].case_id, result.data.cases[0].severity],
    [1, "612345678", 2],
    "the records",
  );
  equal(result.response, response, "the response");
  equal(result.response.bodyUsed, true, "whether its body was read");
  equal(result.attempts, 1, "attempts");
  truly(result.waitedMs >= 0 && result.waitedMs < 1000, `waited ${result.waitedMs} ms`);
});

test("fetch is called with a URL and a plain object", async (api) => {
  let seen;
  const fetch = async (...given) => {
    seen = given;
    return respond();
  };
  await summary(api, fetch, { token: "synthetic", headers: { "x-portal": "p" } });
  const [url, { signal, ...init }, ...more] = seen;
  equal(url, "https://apix.cisco.com/case/v3/cases/case_ids/612345678", "the address");
  const headers = { accept: "application/json", authorization: "Bearer synthetic", "x-portal": "p" };
  same(init, { method: "GET", headers, redirect: "manual" }, "the object");
  truly(signal instanceof AbortSignal && !signal.aborted, "the signal is none, or aborted");
  for (const object of [seen[1], init.headers]) equal(Object.getPrototypeOf(object), Object.prototype, "its prototype");
  same(more, [], "further arguments");
});

test("globalThis.fetch is read at each request", async (api) => {
  const { CaseClient } = api;
  const own = globalThis.fetch;
  const client = new CaseClient({ token: "synthetic" });
  const hosts = [];
  try {
    for (const name of ["first", "second"]) {
      globalThis.fetch = async (url) => {
        hosts.push([name, new URL(url).host]);
        return respond();
      };
      await client.caseSummary({ case_ids: ids });
    }
  } finally {
    globalThis.fetch = own;
  }
  same(
    hosts,
    [
      ["first", "apix.cisco.com"],
      ["second", "apix.cisco.com"],
    ],
    "requested hosts",
  );
});

test("cache-control request headers bypass the browser's cache", async (api) => {
  let seen;
  const fetch = async (_, init) => {
    seen = init;
    return respond();
  };
  await summary(api, fetch, { headers: { "cache-control": "no-cache" } });
  same([seen.cache, "cache" in seen], isPage ? ["no-store", true] : [undefined, false], "the member cache");
  await summary(api, fetch, { headers: { "cache-control": "max-age=0" } });
  equal("cache" in seen, false, "whether there is one for another request");
  // Browsers ignore the request's `max-age`: the gateway evaluates it.
  await summary(api, fetch, { headers: { "cache-control": "max-age=30" } });
  same([seen.cache, "cache" in seen], isPage ? ["no-store", true] : [undefined, false], "the member cache by an age");
  equal("credentials" in seen, false, "whether cookies are spoken of");
  await summary(api, fetch, { fetchCredentials: "include" });
  equal(seen.credentials, "include", "the member credentials");
});

test("a redirect is not followed, and is an error", async (api) => {
  let requests = 0;
  const fetch = () => {
    requests += 1;
    return respond("", 302, { location: "https://elsewhere.invalid/" });
  };
  const error = await errorOf(api, fetch, { maxRetries: 0 });
  same([requests, error.status, error.code], [1, 302, "SIGN_IN_PAGE"], "requests, status, code");
  const near = await errorOf(api, () => respond("", 302, { location: "./elsewhere" }), { maxRetries: 0 });
  same(near.code, "REDIRECTED", "the code of one on the same host");
  // A browser's `fetch` hides the details of the redirect.
  const opaque = await errorOf(api, () => double({ status: 0, arrayBuffer: async () => new ArrayBuffer(0) }), {
    maxRetries: 0,
  });
  same([opaque.status, opaque.attempts, opaque.code], [null, 1, "SIGN_IN_PAGE"], "one that is hidden");
});

test("a fetch may call the client again", async ({ CaseClient }) => {
  let inner;
  const client = new CaseClient({
    rateLimit: { perSecond: 0 },
    fetch: async () => {
      inner ??= client.caseSummary({ case_ids: ids }).then(({ count }) => count);
      return respond();
    },
  });
  equal((await client.caseSummary({ case_ids: ids })).count, 0, "the count");
  equal(await inner, 0, "the inner count");
});

test("functions that the client calls may call it and abort its call", async (api) => {
  const { CaseClient } = api;
  for (const where of ["fetch", "token", "onRequest", "onResponse", "logger"]) {
    const controller = new AbortController();
    let budgets = 0;
    const meddle = (name, given) => {
      budgets += client.budget().concurrent.limit;
      if (name === where) controller.abort(name);
      return given;
    };
    const client = new CaseClient({
      fetch: () => meddle("fetch", respond()),
      token: () => meddle("token", "given"),
      hooks: { onRequest: () => meddle("onRequest"), onResponse: () => meddle("onResponse") },
      logger: { debug: () => meddle("logger") },
      logLevel: "debug",
    });
    const call = client.caseSummary({ case_ids: ids }, { signal: controller.signal });
    // An abort in `onResponse`, after the response has arrived, is too late.
    const error = await call.then(
      () => undefined,
      (error) => error,
    );
    if (error) same([error.kind, error.cause], ["aborted", where], `aborted by ${where}`);
    else equal(where, "onResponse", "what was too late");
    truly(budgets >= 10, `budgets read: ${budgets}`);
    equal(client.budget().concurrent.used, 0, `requests in flight after ${where}`);
  }
});

test("calls respect the rate limit, and an aborted call leaves the queue", async (api) => {
  const { CaseClient } = api;
  const client = new CaseClient({ fetch: async () => respond(), rateLimit: { perSecond: 1 }, timeoutMs: 5000 });
  const controller = new AbortController();
  setTimeout(() => controller.abort("left"), 50);
  const start = Date.now();
  const first = client.caseSummary({ case_ids: ids }).withResponse();
  const leaves = failure(api, client.caseSummary({ case_ids: ids }, { signal: controller.signal }), "the second");
  const last = client.caseSummary({ case_ids: ids }).withResponse();
  await first;
  const error = await leaves;
  same(
    [error.kind, error.attempts, error.waitedMs >= 40],
    ["aborted", 0, true],
    `the second, after ${error.waitedMs} ms`,
  );
  const { waitedMs } = await last;
  const took = Date.now() - start;
  // A second, and a pause of the machine.
  truly(took >= 990 && took < 4500 && waitedMs >= 900, `the last took ${took} ms, and waited ${waitedMs} ms`);
});

test("hooks are called in order", async (api) => {
  const calls = [];
  const note =
    (hook) =>
    ({ code, attempt }) =>
      calls.push([hook, code ?? null, attempt]);
  const names = ["onRequest", "onResponse", "onRetry", "onWait"];
  const hooks = Object.fromEntries(names.map((hook) => [hook, note(hook)]));
  let count = 0;
  const fetch = async () => {
    count += 1;
    if (count < 2) throw "reset";
    return respond();
  };
  await summary(api, fetch, { backoff: { baseMs: 0 }, hooks });
  const expected = [
    ["onRequest", null, 1],
    ["onResponse", "NETWORK", 1],
    ["onRetry", "NETWORK", 2],
    ["onRequest", null, 2],
    ["onResponse", null, 2],
  ];
  same(calls, expected, "calls of hooks");
});

test("an invalid call reports all problems, and sends nothing", async (api) => {
  const { CaseClient } = api;
  let requests = 0;
  const fetch = () => {
    requests += 1;
    return respond();
  };
  const params = { contract_ids: ["1"], status_flag: "X" };
  const call = new CaseClient({ fetch }).casesByContract(params, { timeoutMs: "soon", signal: 5 });
  const { problems, attempts } = await failure(api, call, "the call");
  same(
    problems.map(({ field }) => field),
    ["status_flag", "signal", "timeoutMs"],
    "the fields",
  );
  same([attempts, requests], [0, 0], "attempts, requests");
});
