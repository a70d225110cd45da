// The package as packed, in a project that has installed it: what a partner gets.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import * as caseApi from "cisco-support-case";
import { createSandbox } from "cisco-support-case/sandbox";

const {
  AbortedError,
  CASE_STATUSES,
  CaseApiError,
  CaseClient,
  ERROR_TABLE,
  InvalidRequestError,
  LIMITS,
  NotFoundError,
  checkCaseDetails,
  checkCaseSummary,
  checkCasesByContract,
  checkCasesByUser,
  decodeCaseDetails,
  decodeCasesPage,
  decodeCaseSummary,
  detach,
  errorFromJSON,
  explainError,
  hasNextPage,
  isCaseApiError,
  isOpen,
  nextPageIndex,
  parseIds,
  ready,
} = caseApi;

const sandbox = await createSandbox({ cases: 3000, seed: 7 });
const info = sandbox.info();
const contract = info.contract_ids[0];
// The sandbox counts no quota: what is tested here need not wait.
const rateLimit = { perSecond: 0, perDay: 0 };
const options = { fetch: sandbox.fetch, baseUrl: sandbox.baseUrl, token: "synthetic", rateLimit };
const cases = new CaseClient(options);

/** A client that counts its requests. */
function counting() {
  const urls = [];
  const client = new CaseClient({
    ...options,
    fetch: (url, init) => {
      urls.push(url);
      return sandbox.fetch(url, init);
    },
  });
  return { client, urls };
}

/** Contracts that together have several pages. */
async function severalPages() {
  const contract_ids = info.contract_ids.slice(0, LIMITS.contract_ids);
  const page = await cases.casesByContract({ contract_ids });
  assert.ok(page.pagination_response_record.last_index >= 3, "the sandbox's first contracts fill three pages");
  return { contract_ids, page };
}

test("what is exported is what is declared", () => {
  /** The values that a file of declarations exports, those of other files among them. */
  const values = (file) => {
    const text = readFileSync(file, "utf8");
    const own = [...text.matchAll(/^export declare (?:abstract )?(?:class|function|const) (\w+)/gm)].map(
      ([, name]) => name,
    );
    const lists = [...text.matchAll(/^export \{([^}]*)\}/gm)].flatMap(([, names]) =>
      names.split(",").map((name) => name.trim()),
    );
    const named = lists.filter((name) => name && !name.startsWith("type ")).map((name) => name.split(" as ").at(-1));
    const all = [...text.matchAll(/^export \* from "(.+)\.js"/gm)].flatMap(([, path]) =>
      values(new URL(`${path}.d.ts`, file)),
    );
    return [...own, ...named, ...all];
  };
  const declared = values(new URL("../node_modules/cisco-support-case/client/index.d.ts", import.meta.url));
  assert.deepEqual(Object.keys(caseApi).sort(), [...new Set(declared)].sort());
});

test("the four calls give typed records", async () => {
  const page = await cases.casesByContract({ contract_ids: [contract] });
  assert.ok(page.cases.length > 0);
  const id = page.cases[0].case_id;
  const summary = await cases.caseSummary({ case_ids: [id], sort_by: "STATUS" });
  assert.equal(summary.count, 1);
  assert.equal(summary.cases[0].case_id, id);
  assert.notEqual(summary.cases[0].technology_name, "");
  const detail = await cases.caseDetails({ case_id: id });
  assert.equal(detail.case_id, id);
  assert.deepEqual(detail.issues, []);
  assert.ok([1, 2, 3, 4].includes(detail.severity));
  const byUser = await cases.casesByUser({ user_ids: [page.cases[0].user_id] });
  assert.ok(byUser.cases.some((one) => one.case_id === id) || byUser.hasNextPage());
  assert.equal(isOpen(summary.cases[0]), isOpen(detail));
});

test("a call is sent by itself at the end of the microtask, and once", async () => {
  const { client, urls } = counting();
  const call = client.casesByContract({ contract_ids: [contract] });
  assert.equal(urls.length, 0);
  await new Promise((done) => setTimeout(done, 20));
  assert.equal(urls.length, 1);
  const [first, second] = await Promise.all([call, call]);
  assert.equal(first, second);
  const { data, response, attempts } = await call.withResponse();
  assert.equal(data, first);
  assert.equal(response.status, 200);
  assert.ok(response.headers.get("x-mashery-message-id"));
  assert.equal(attempts, 1);
  assert.equal(urls.length, 1);
});

test("a call is a promise like any other", async () => {
  const call = cases.caseSummary({ case_ids: ["600000000000"] });
  assert.ok(call instanceof Promise);
  let finished = false;
  const error = await call.finally(() => (finished = true)).catch((error) => error);
  assert.ok(finished);
  assert.equal(error.kind, "not_found");
  assert.equal(await cases.casesByContract({ contract_ids: [contract] }).then((page) => page.cases.length > 0), true);
});

test("a page clones, stringifies and knows the next", async () => {
  const { page } = await severalPages();
  assert.deepEqual(structuredClone(page), JSON.parse(JSON.stringify(page)));
  assert.equal(page.hasNextPage(), true);
  const next = await page.nextPage();
  assert.equal(next.pagination_response_record.page_index, 2);
  const last = await cases.casesByContract({
    contract_ids: info.contract_ids.slice(0, LIMITS.contract_ids),
    page_index: page.pagination_response_record.last_index,
  });
  assert.equal(last.hasNextPage(), false);
  assert.equal(last.nextPage(), null);
});

test("iterating gives every case once, newest first, in N + 2 requests", async () => {
  const { contract_ids, page } = await severalPages();
  const { client, urls } = counting();
  const ids = [];
  let before = "9";
  for await (const one of client.casesByContract({ contract_ids })) {
    assert.ok(one.updated_date <= before);
    before = one.updated_date;
    ids.push(one.case_id);
  }
  const { last_index, total_records } = page.pagination_response_record;
  assert.equal(new Set(ids).size, ids.length);
  assert.equal(ids.length, total_records);
  assert.equal(urls.length, last_index + 2);
});

test("oldest first reads the pages upwards", async () => {
  const { contract_ids, page } = await severalPages();
  const { client, urls } = counting();
  const ids = [];
  for await (const part of client.casesByContract({ contract_ids }, { order: "oldest" }).pages()) {
    ids.push(...part.cases.map((one) => one.case_id));
  }
  assert.equal(ids.length, page.pagination_response_record.total_records);
  assert.equal(urls.length, page.pagination_response_record.last_index);
});

test("next may be called without waiting", async () => {
  const { contract_ids } = await severalPages();
  const iterator = cases.casesByContract({ contract_ids })[Symbol.asyncIterator]();
  const results = await Promise.all(Array.from({ length: 250 }, () => iterator.next()));
  assert.equal(new Set(results.map((result) => result.value.case_id)).size, 250);
  await iterator.return();
  assert.equal((await iterator.next()).done, true);
});

test("what is handed in is read when the call is made, and changing it afterwards changes nothing", async () => {
  const urls = [];
  const told = [];
  const given = { ...options, headers: { "X-Portal": "a" } };
  const client = new CaseClient({
    ...given,
    fetch: (url, init) => {
      urls.push(new URL(url).pathname);
      told.push(init.headers["X-Portal"] ?? new Headers(init.headers).get("x-portal"));
      return sandbox.fetch(url, init);
    },
  });
  given.headers["X-Portal"] = "changed";
  const { case_id } = (await cases.casesByContract({ contract_ids: [contract] })).cases[0];
  const params = () => ({ contract_ids: [contract], status_flag: "O" });
  const calls = [
    [{ case_ids: [case_id] }, (given, options) => client.caseSummary(given, options)],
    [{ case_id }, (given, options) => client.caseDetails(given, options)],
    [params(), (given, options) => client.casesByContract(given, options)],
    [params(), (given, options) => client.casesByContract(given, options).toArray({ limit: 10_000 })],
    [params(), (given, options) => client.casesByContract(given, options).pages().next()],
    [{ user_ids: ["nobody"] }, (given, options) => client.casesByUser(given, options).then(undefined, () => {})],
    [params(), (given, options) => client.allCases(given, options)[Symbol.asyncIterator]().next()],
    [params(), (given, options) => client.changes(given, null, options)[Symbol.asyncIterator]().next()],
    [[case_id], (given, options) => client.allDetails(given, options)[Symbol.asyncIterator]().next()],
  ];
  for (const [given, call] of calls) {
    const own = { headers: { "X-Portal": "b" }, timeoutMs: 20_000 };
    const pending = call(given, own);
    for (const value of Object.values(given)) if (Array.isArray(value)) value[0] = "x?";
    if (Array.isArray(given)) given[0] = "x?";
    else Object.assign(given, { case_id: "x?", status_flag: "?", page_index: -1 });
    own.headers["X-Portal"] = "changed";
    Object.assign(own, { timeoutMs: -1, maxRetries: "many" });
    await pending;
  }
  assert.ok(urls.length >= calls.length && urls.every((url) => !url.includes("x")), urls.join("\n"));
  assert.deepEqual(new Set(told), new Set(["b"]));
  const estimated = params();
  const estimate = client.estimate(estimated);
  estimated.contract_ids[0] = "x?";
  assert.equal((await estimate).requests, 1);
});

test("cases without an id come as often as they are there", async () => {
  const six = Array.from({ length: 6 }, () => ({ severity: "3", title: "alike" }));
  const answer = (cases, page_index, last_index) =>
    Response.json({
      pagination_response_record: { page_index, last_index, page_records: cases.length, total_records: 12 },
      cases,
    });
  const client = new CaseClient({
    ...options,
    fetch: async (url) => {
      const query = new URL(url).searchParams;
      return answer(six, Number(query.get("page_index") ?? 1), 2);
    },
  });
  const params = { contract_ids: [contract] };
  assert.equal((await client.casesByContract(params)).cases.length, 6);
  for (const order of ["newest", "oldest"]) {
    assert.equal((await client.casesByContract(params, { order }).toArray({ limit: 100 })).length, 12, order);
  }
  // Of two lists.
  const cases = [];
  for await (const one of client.allCases({ contract_ids: info.contract_ids.slice(0, 11), status_flag: "O" }))
    cases.push(one);
  assert.equal(cases.length, 24);
});

test("an answer without cases and without a place is an empty list", async () => {
  for (const text of ['{"pagination_response_record":{"total_records":0},"cases":[]}', '{"cases":[]}', "null"]) {
    const client = new CaseClient({ ...options, fetch: async () => new Response(text) });
    const params = { contract_ids: [contract] };
    const page = await client.casesByContract(params);
    assert.deepEqual([page.cases, page.hasNextPage()], [[], false]);
    assert.ok(page.issues.length > 0);
    assert.deepEqual(await client.casesByContract(params).toArray({ limit: 9 }), []);
    for await (const one of client.allCases(params)) assert.fail(one.case_id);
  }
});

test("toArray needs a limit and keeps it", async () => {
  const call = () => cases.casesByContract({ contract_ids: [contract] });
  const all = await call().toArray({ limit: 100000 });
  assert.ok(all.length > 1);
  await assert.rejects(call().toArray(), { kind: "invalid_request", code: "INVALID_OPTION" });
  await assert.rejects(call().toArray({ limit: all.length - 1 }), { code: "LIMIT_REACHED" });
  assert.equal((await call().toArray({ limit: all.length })).length, all.length);
});

test("a wrong request says everything that is wrong and sends nothing", async () => {
  const { client, urls } = counting();
  const error = await client
    .casesByContract({ contract_ids: ["1", "2/3"], status_flag: "X", date_created_from: "today" })
    .catch((error) => error);
  assert.ok(error instanceof InvalidRequestError && error instanceof CaseApiError && error instanceof Error);
  assert.deepEqual(
    error.problems.map(({ field, index, code }) => [field, index, code]),
    [
      ["contract_ids", 1, "Bad Request"],
      ["date_created_from", undefined, "INVALID_DATEFORMAT"],
      ["status_flag", undefined, "INVALID_STATUSFLAG"],
    ],
  );
  assert.equal(urls.length, 0);
  assert.ok(error.stack.includes("client.test.mjs") || error.stack.includes("InvalidRequestError"));
});

test("an unknown case is not found, with the service's code and message id", async () => {
  const error = await cases.caseDetails({ case_id: "699999999999" }).catch((error) => error);
  assert.ok(error instanceof NotFoundError && isCaseApiError(error));
  assert.equal(error.name, "NotFoundError");
  assert.deepEqual(
    [error.kind, error.code, error.status, error.source, error.retryable],
    ["not_found", "CASE_NOTFOUND", 403, "service", false],
  );
  assert.ok(error.messageId && error.advice);
  assert.deepEqual([error.operation, error.ids], ["caseDetails", ["699999999999"]]);
  const plain = structuredClone(error.toJSON());
  assert.equal(plain.code, "CASE_NOTFOUND");
  assert.equal(JSON.stringify(error).includes("synthetic"), false);
});

test("a client keeps to its rate limits, and its budget is what is left of them", async () => {
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

test("what breaks for a moment is asked for again", async () => {
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

test("hooks are told what happens, and one that throws breaks nothing", async () => {
  const told = [];
  const lines = [];
  const logger = Object.fromEntries(
    ["debug", "info", "warn", "error"].map((level) => [level, (line, about) => lines.push([level, line, about])]),
  );
  const hook = (name) => (event) => told.push([name, event]);
  const hooks = {
    onRequest: hook("request"),
    onResponse: hook("response"),
    onRetry: hook("retry"),
    onWait: hook("wait"),
  };
  const client = new CaseClient({ ...options, backoff: { baseMs: 1 }, hooks, logger, logLevel: "debug" });
  sandbox.fault("over_capacity", { times: 1 });
  const [id] = info.case_ids;
  await client.caseDetails({ case_id: id });
  sandbox.clearFaults();
  assert.deepEqual(
    told.map(([name]) => name),
    ["request", "response", "retry", "request", "response"],
  );
  const [request, refusal, retry, , answer] = told.map(([, event]) => event);
  const common = { call: 1, operation: "caseDetails", ids: [id] };
  assert.deepEqual(request, { ...common, attempt: 1, url: `${sandbox.baseUrl}/cases/details/case_id/${id}` });
  assert.deepEqual(
    { ...refusal, ms: 0, messageId: "" },
    { ...common, attempt: 1, kind: "unavailable", code: "Rate Limit Exceeded", status: 403, ms: 0, messageId: "" },
  );
  assert.deepEqual([retry.attempt, retry.kind, typeof retry.waitMs], [2, "unavailable", "number"]);
  assert.deepEqual([answer.attempt, answer.kind, answer.code, answer.status], [2, null, null, 200]);
  assert.deepEqual(
    lines.map(([level]) => level),
    ["debug", "warn", "info", "debug", "debug"],
  );
  assert.match(lines[1][1], /^cisco-support-case: caseDetails #1, request 1: 403 Rate Limit Exceeded after \d+ ms$/);
  assert.equal(JSON.stringify([told, lines]).includes(options.token), false);

  lines.length = 0;
  const boom = new Error("mine");
  const throwing = {
    onRequest() {
      throw boom;
    },
    onResponse: () => Promise.reject(boom),
  };
  const badly = new CaseClient({
    ...options,
    hooks: throwing,
    logger: {
      ...logger,
      debug() {
        throw boom;
      },
    },
  });
  assert.equal((await badly.caseDetails({ case_id: id })).case_id, id);
  assert.deepEqual(
    lines,
    ["onRequest", "onResponse"].map((name) => ["error", `cisco-support-case: ${name} threw`, boom]),
  );
});

test("a hook may call the client", async () => {
  const [id, other] = info.case_ids;
  let inner;
  const client = new CaseClient({
    ...options,
    hooks: {
      onRequest: () => {
        inner ??= client.caseDetails({ case_id: other }).then((detail) => detail);
      },
    },
  });
  assert.equal((await client.caseDetails({ case_id: id })).case_id, id);
  assert.equal((await inner).case_id, other);
});

test("clients share a token through a cache, and do without one that fails", async () => {
  let asked = 0;
  const tokenUrl = "https://id.example/token";
  const fetch = (url, init) => {
    if (url !== tokenUrl) return sandbox.fetch(url, init);
    asked += 1;
    return Promise.resolve(Response.json({ access_token: `synthetic-${asked}`, expires_in: 3600 }));
  };
  const credentials = { clientId: "synthetic", clientSecret: "not a secret", tokenUrl };
  let kept;
  const tokenCache = {
    get: async () => kept,
    set: async (token) => {
      kept = token;
    },
  };
  const told = [];
  const silent = { error: (line) => told.push(line) };
  const call = (cache) =>
    new CaseClient({ ...options, token: undefined, fetch, credentials, tokenCache: cache, logger: silent }).caseDetails(
      { case_id: info.case_ids[0] },
    );
  await call(tokenCache);
  await call(tokenCache);
  assert.deepEqual([asked, kept.access_token], [1, "synthetic-1"]);
  assert.ok(Math.abs(kept.expires_at - Date.now() - 3_600_000) < 10_000);
  await call({
    get: () => {
      throw new Error("down");
    },
    set: () => Promise.reject(new Error("down")),
  });
  assert.equal(asked, 2);
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(told, ["cisco-support-case: tokenCache.get threw", "cisco-support-case: tokenCache.set threw"]);
});

test("a trace is passed on", async () => {
  let seen;
  const client = new CaseClient({
    ...options,
    fetch: (url, init) => {
      seen = init.headers;
      return sandbox.fetch(url, init);
    },
  });
  const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  await client.caseDetails({ case_id: info.case_ids[0] }, { traceparent });
  assert.equal(seen.traceparent, traceparent);
  assert.equal(seen["cache-control"], undefined);
  await client.caseDetails({ case_id: info.case_ids[0] }, { maxAgeMs: 30_000 });
  assert.equal(seen["cache-control"], "max-age=30");
  await client.caseDetails({ case_id: info.case_ids[0] }, { maxAgeMs: 0 });
  assert.equal(seen["cache-control"], "no-cache");
  const error = await client
    .caseDetails({ case_id: info.case_ids[0] }, { traceparent: "00-0-0-0" })
    .catch((error) => error);
  assert.deepEqual([error.kind, error.problems[0].field], ["invalid_request", "traceparent"]);
});

test("a response that is none of this world breaks one call and nothing else", async () => {
  const responses = [
    { status: 403, headers: new Map([["retry-after", 1]]), arrayBuffer: async () => new ArrayBuffer(2) },
    {
      status: 200,
      headers: {
        get() {
          throw new Error("own");
        },
      },
      arrayBuffer: async () => ({ byteLength: 5 }),
    },
    Object.create(Response.prototype),
  ];
  for (const response of responses) {
    const client = new CaseClient({ ...options, fetch: async () => response, maxRetries: 0 });
    const error = await client.caseSummary({ case_ids: ["1"] }).catch((error) => error);
    assert.ok(isCaseApiError(error) && error.kind !== "internal", String(error));
  }
  assert.ok((await cases.casesByContract({ contract_ids: [contract] })).cases.length > 0);
});

test("what looks at no `exports` finds the same files", () => {
  const { exports, main, module } = JSON.parse(
    readFileSync(new URL("../node_modules/cisco-support-case/package.json", import.meta.url), "utf8"),
  );
  assert.deepEqual([main, module], [exports["."].node, exports["."].browser]);
  assert.deepEqual([exports["./inline"].default, exports["./sandbox"].browser], ["./inline.js", "./sandbox.js"]);
});

test("waiting for the module is part of a call", () => {
  const file = (name) => new URL(`../node_modules/cisco-support-case/${name}`, import.meta.url).href;
  const script = `
    const { provide } = await import("${file("client/wasm-instance.js")}");
    provide({ later: () => new Promise(() => {}) });
    const { CaseClient } = await import("${file("client/index.js")}");
    const client = new CaseClient({ timeoutMs: 60_000 });
    const codes = [];
    const call = async (options) => client.caseSummary({ case_ids: ["1"] }, options).catch(({ code, cause }) => codes.push(code, cause ?? "none"));
    const late = new AbortController();
    await call({ signal: AbortSignal.abort("before") });
    setTimeout(() => late.abort("later"), 20);
    await call({ signal: late.signal });
    await call({ timeoutMs: 30 });
    await client.casesByUser({ user_ids: ["u"] }, { timeoutMs: 30 }).toArray({ limit: 1 }).catch(({ code }) => codes.push(code));
    console.log(codes.join());`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
    encoding: "utf8",
    timeout: 20_000,
  });
  assert.equal(stdout.trim(), "ABORTED,before,ABORTED,later,TIMEOUT,none,TIMEOUT", stderr);
});

test("a module that is nowhere is an error of its kind, which says what to do, and the next call asks again", () => {
  const file = (name) => new URL(`../node_modules/cisco-support-case/${name}`, import.meta.url).href;
  const script = `
    const { provide, ready } = await import("${file("client/wasm-instance.js")}");
    const { provideErrors } = await import("${file("client/errors.js")}");
    provideErrors(() => import("${file("client/error-rows.js")}"));
    const places = [() => new URL("client.wasm", undefined), () => Promise.reject(new TypeError("404"))];
    provide({ later: () => places.shift()() });
    for (const _ of [1, 2]) await ready().catch((error) => console.log(error.code, error.cause.name, error.message));`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
    encoding: "utf8",
    timeout: 20_000,
  });
  const lines = stdout.trim().split("\n");
  assert.equal(lines.length, 2, stderr);
  for (const line of lines) assert.match(line, /^LOAD_FAILED TypeError .*client\.wasm.*cisco-support-case\/inline/);
});

test("a module of another build is found out before it runs", () => {
  const file = (name) => new URL(`../node_modules/cisco-support-case/${name}`, import.meta.url).href;
  const script = `
    import { readFileSync } from "node:fs";
    const { provide, ready } = await import("${file("client/wasm-instance.js")}");
    const { CaseClient, parseIds } = await import("${file("client/index.js")}");
    const bytes = readFileSync(new URL("${file("wasm/client.wasm")}"));
    const other = Buffer.from(bytes);
    // The build stands at the end, in a custom section.
    other.write("00000000", other.length - 8, "latin1");
    const none = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);
    for (const module of [other, none]) {
      try {
        provide({ now: () => module });
      } catch ({ kind, code, advice }) {
        console.log(kind, code, advice);
      }
      await ready().catch(({ code }) => console.log(code));
    }
    const client = new CaseClient();
    await client.caseSummary({ case_ids: ["1"] }).catch(({ kind, code }) => console.log(kind, code));
    provide({ now: () => bytes });
    await ready();
    console.log(parseIds("1 2").length);`;
  const run = ["--input-type=module", "--eval", script];
  const { stdout, stderr } = spawnSync(process.execPath, run, { encoding: "utf8", timeout: 20_000 });
  const once = ["unavailable VERSION_MISMATCH Reload the page.", "VERSION_MISMATCH"];
  assert.deepEqual(stdout.trim().split("\n"), [...once, ...once, "unavailable VERSION_MISMATCH", "2"], stderr);
});

const wasmText = (name) =>
  readFileSync(new URL(`../node_modules/cisco-support-case/wasm/${name}.wasm`, import.meta.url), "latin1");

test("the modules for pages and for servers belong to the same JavaScript, and a page's has nothing for credentials", () => {
  const [client, page] = ["client", "page"].map(wasmText);
  // The build stands at the end, in a custom section.
  assert.match(client.slice(-8), /^[0-9a-f]{8}$/);
  assert.equal(page.slice(-8), client.slice(-8));
  assert.deepEqual([client.includes("client_credentials"), page.includes("client_credentials")], [true, false]);
});

test("where there is a page's module alone, credentials are refused and a token is sent", () => {
  const file = (name) => new URL(`../node_modules/cisco-support-case/${name}`, import.meta.url).href;
  const script = `
    import { readFileSync } from "node:fs";
    const { provide } = await import("${file("client/wasm-instance.js")}");
    const page = readFileSync(new URL("${file("wasm/page.wasm")}"));
    provide({ later: async () => page, isForPages: true });
    const { checkClientOptions, CaseClient, ready } = await import("${file("client/index.js")}");
    const credentials = { clientId: "synthetic", clientSecret: "hidden" };
    for (const wait of [() => {}, ready]) {
      await wait();
      console.log(checkClientOptions({ credentials }).map(({ code }) => code).join());
      try {
        new CaseClient({ credentials });
      } catch ({ kind, code }) {
        console.log(kind, code);
      }
    }
    const fetch = async (url, { headers }) => {
      console.log(new Headers(headers).get("authorization"));
      return Response.json({ count: 0, cases: [] });
    };
    console.log((await new CaseClient({ token: "synthetic", fetch }).caseSummary({ case_ids: ["1"] })).count);
    const client = readFileSync(new URL("${file("wasm/client.wasm")}"));
    provide({ now: () => client });
    console.log(checkClientOptions({ credentials }).length);`;
  const run = ["--input-type=module", "--eval", script];
  const { stdout, stderr } = spawnSync(process.execPath, run, { encoding: "utf8", timeout: 20_000 });
  const refused = ["CREDENTIALS_IN_PAGE", "invalid_request CREDENTIALS_IN_PAGE"];
  assert.deepEqual(stdout.trim().split("\n"), [...refused, ...refused, "Bearer synthetic", "0", "1"], stderr);
});

test("options are as right or wrong while the module loads as they are later", () => {
  const file = (name) => new URL(`../node_modules/cisco-support-case/${name}`, import.meta.url).href;
  const script = `
    import { readFileSync } from "node:fs";
    const { provide } = await import("${file("client/wasm-instance.js")}");
    const bytes = readFileSync(new URL("${file("wasm/client.wasm")}"));
    provide({ later: () => new Promise((done) => setTimeout(() => done(bytes), 150)) });
    const { CaseClient } = await import("${file("client/index.js")}");
    const pages = [1, 2].map((page_index) => ({ last_index: 2, page_index, page_records: 1, total_records: 2, title: "t", self_link: "" }));
    const page = (of) => ({ pagination_response_record: of, cases: [{ case_id: "6" + of.page_index, severity: "1", updated_date: "2024-01-0" + of.page_index + "T00:00:00Z" }] });
    const fetch = async (url) => {
      // Longer than what is left of the time once the module is there.
      await new Promise((done) => setTimeout(done, 120));
      return Response.json(url.includes("contracts") ? page(pages[url.includes("page_index=2") ? 1 : 0]) : { count: 0, cases: [] });
    };
    const client = new CaseClient({ baseUrl: "https://service.example", fetch, rateLimit: { perSecond: 0 } });
    // Timers are set by when the turn began, which has taken long to come here.
    await new Promise((done) => setTimeout(done));
    const code = (options) => client.caseSummary({ case_ids: ["1"] }, options).then(() => "ok", ({ code }) => code);
    const all = ["5000", [5000], 1.5, true, -1, null, 0, undefined].map((timeoutMs) => code({ timeoutMs }));
    all.push(code(5), code(new Map([["timeoutMs", "5000"]])), code({ timeoutMs: 200 }), code({ timeoutMs: 4000 }));
    all.push(client.casesByContract({ contract_ids: ["1"] }, { timeoutMs: 250 }).toArray({ limit: 9 }).then(({ length }) => length, ({ code }) => code));
    console.log((await Promise.all(all)).join());`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
    encoding: "utf8",
    timeout: 20_000,
  });
  const invalid = Array(5).fill("INVALID_OPTION");
  assert.equal(
    stdout.trim(),
    [...invalid, "ok", "ok", "ok", "INVALID_OPTION", "INVALID_OPTION", "TIMEOUT", "ok", 2].join(),
    stderr,
  );
});

test("headers may be Headers or a Map", async () => {
  for (const headers of [new Headers({ "x-portal": "p" }), new Map([["x-portal", "p"]])]) {
    const seen = [];
    const client = new CaseClient({
      ...options,
      headers,
      fetch: (url, init) => {
        seen.push(init.headers["x-portal"]);
        return sandbox.fetch(url, init);
      },
    });
    await client.casesByContract({ contract_ids: [contract] });
    await client.casesByContract({ contract_ids: [contract] }, { headers: new Headers({ "X-Portal": "other" }) });
    assert.equal(seen[0], "p");
    assert.equal(Object.values(seen).length, 2);
  }
  assert.throws(() => new CaseClient({ headers: new Map([["cookie", "x"]]) }), { code: "INVALID_OPTION" });
});

test("a hook may free the client", async () => {
  const client = new CaseClient({ ...options, hooks: { onRequest: () => client.free() } });
  assert.ok((await client.casesByContract({ contract_ids: [contract] })).cases.length > 0, "what is pending goes on");
  const again = await client.casesByContract({ contract_ids: [contract] }).catch((error) => error);
  assert.equal(again.code, "CLIENT_CLOSED");
});

test("a cached token's time may be a number, a date or its text, and is nothing else", async () => {
  const soon = Date.now() + 3_600_000;
  for (const [expires_at, asked] of [
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
    assert.equal(granted, asked, String(expires_at));
  }
});

test("an error goes through JSON and structuredClone and comes back as what it was", async () => {
  const failed = (work) =>
    work.then(
      () => assert.fail("it succeeded"),
      (error) => error,
    );
  sandbox.fault("over_rate", { times: 1 });
  const errors = [
    await failed(new CaseClient(options).caseDetails({ case_id: "600000001" })),
    await failed(cases.caseSummary({ case_ids: [] })),
    await failed(
      new CaseClient({ ...options, fetch: () => Promise.reject("no") }).caseDetails(
        { case_id: info.case_ids[0] },
        { maxRetries: 0 },
      ),
    ),
  ];
  sandbox.clearFaults();
  assert.deepEqual(
    errors.map(({ kind }) => kind),
    ["quota", "invalid_request", "network"],
  );
  for (const error of errors) {
    for (const data of [structuredClone(error.toJSON()), JSON.stringify(error)]) {
      const back = errorFromJSON(data);
      assert.equal(back.constructor, error.constructor);
      assert.ok(isCaseApiError(back) && back instanceof Error);
      assert.deepEqual(back.toJSON(), JSON.parse(JSON.stringify(error)));
    }
  }
  const itself = errorFromJSON(errors[0]);
  assert.deepEqual([itself.message, itself.kind], [errors[0].message, "quota"]);
  const odd = errorFromJSON({ kind: "quota", code: "c", message: "m", ids: "id", problems: 5, attempts: "many" });
  assert.deepEqual([odd.ids, odd.attempts, odd.operation], [[], 0, ""]);
  for (const other of [null, 5, "text", "{", {}, { kind: "toString", code: "", message: "" }, { kind: "quota" }]) {
    assert.throws(() => errorFromJSON(other), { kind: "invalid_request" }, String(other));
  }
});

test("an error of a gateway says who is to act, and is not asked for again unless it says so", async () => {
  const answers = [];
  const sent = [];
  const gateway = new CaseClient({
    baseUrl: "https://portal.example/api/case",
    rateLimit,
    token: () => `sign-in-${sent.length}`,
    backoff: { baseMs: 0 },
    fetch: async (_, { headers }) => {
      sent.push(headers.authorization);
      const { headers: own, ...error } = answers.shift();
      return Response.json(
        { error: { source: "gateway", requestId: "r-1", ...error } },
        { status: error.status, headers: own },
      );
    },
  });
  const failed = async (...prepared) => {
    sent.length = 0;
    answers.splice(0, Infinity, ...prepared);
    const error = await gateway.caseDetails({ case_id: "612345678" }).catch((error) => error);
    assert.ok(isCaseApiError(error), String(error));
    assert.deepEqual(errorFromJSON(JSON.stringify(error)).toJSON(), JSON.parse(JSON.stringify(error)));
    assert.equal(errorFromJSON(error.toJSON()).requestId, error.requestId);
    return error;
  };

  const operator = await failed({
    kind: "unavailable",
    code: "UPSTREAM_AUTH",
    status: 502,
    message: "m",
    retryable: false,
    retry: false,
  });
  assert.deepEqual(
    [operator.kind, operator.code, operator.source, operator.status],
    ["unavailable", "UPSTREAM_AUTH", "gateway", 502],
  );
  assert.deepEqual(
    [operator.requestId, operator.messageId, operator.attempts, operator.retryable],
    ["r-1", null, 1, false],
  );
  const [row] = explainError("UPSTREAM_AUTH");
  assert.equal(operator.message, `The gateway responded with UPSTREAM_AUTH (HTTP 502): ${row.meaning}`);
  assert.equal(operator.advice, row.advice);
  assert.equal(operator.toJSON().requestId, "r-1");

  const expired = { kind: "authentication", code: "IDENTITY_EXPIRED", status: 401, retryable: false, retry: false };
  const user = await failed(expired, expired);
  assert.deepEqual([user.name, user.source, user.attempts], ["AuthenticationError", "gateway", 2]);
  assert.deepEqual(
    sent.map((token) => token.replace(/\d+/, "")),
    ["Bearer sign-in-", "Bearer sign-in-"],
  );
  assert.notEqual(sent[0], sent[1]);

  const later = { kind: "timeout", code: "UPSTREAM_TIMEOUT", status: 504, retryable: true, retry: false };
  assert.deepEqual([(await failed(later)).attempts, (await failed({ ...later, retry: true }, later)).attempts], [1, 2]);

  const problems = checkCasesByContract({ contract_ids: [], date_created_from: "yesterday" });
  const broken = await failed({ kind: "invalid_request", code: "MISSING_INPUTS", status: 400, problems });
  assert.deepEqual([broken.source, broken.problems], ["gateway", problems]);

  const renewsAt = "2030-01-01T00:00:00Z";
  const spent = await failed({
    kind: "quota",
    code: "QUOTA_SPENT",
    status: 429,
    renewsAt,
    retryAfterMs: 1500,
    messageId: "m-1",
  });
  assert.deepEqual(
    [spent.renewsAt, spent.retryAfterMs, spent.messageId, spent.requestId],
    [renewsAt, 1500, "m-1", "r-1"],
  );

  const service = await cases.caseDetails({ case_id: "699999999999" }).catch((error) => error);
  assert.deepEqual([service.source, service.requestId], ["service", null]);
});

test("no timer keeps a process alive after its last call", async () => {
  const { execFileSync } = await import("node:child_process");
  const script = `
    import { CaseClient } from "cisco-support-case";
    const respond = () => new Response('{"count":0,"cases":[]}');
    const client = new CaseClient({ fetch: async () => respond(), timeoutMs: 60_000 });
    await client.caseSummary({ case_ids: ["612345678"] });
    const controller = new AbortController();
    const hangs = new CaseClient({ fetch: () => new Promise(() => {}), timeoutMs: 60_000 });
    const call = hangs.caseSummary({ case_ids: ["612345678"] }, { signal: controller.signal }).catch((e) => e.kind);
    setTimeout(() => controller.abort(), 10);
    console.log(await call);`;
  const output = execFileSync(process.execPath, ["--input-type=module", "-e", script], {
    cwd: process.cwd(),
    timeout: 20_000,
  });
  assert.equal(String(output).trim(), "aborted");
});

test("aborting gives an AbortError with the reason as its cause", async () => {
  const controller = new AbortController();
  const reason = { my: "reason" };
  const call = new CaseClient({ ...options, fetch: () => new Promise(() => {}) }).caseDetails(
    { case_id: "612345678" },
    { signal: controller.signal },
  );
  setTimeout(() => controller.abort(reason), 10);
  const error = await call.catch((error) => error);
  assert.ok(error instanceof AbortedError);
  assert.deepEqual([error.name, error.kind], ["AbortError", "aborted"]);
  assert.equal(error.cause, reason);
});

test("faults of the service arrive as errors of their kind", async () => {
  for (const [fault, kind, retryable] of [
    ["over_qps", "rate_limited", true],
    ["over_rate", "quota", false],
    ["over_capacity", "unavailable", true],
    ["not_authorized_401", "authentication", false],
    ["not_authorized_403", "authentication", false],
    ["reset", "network", true],
    ["truncated_body", undefined, undefined],
    ["garbage_json", "decode", true],
    ["html_error", undefined, undefined],
    ["api_error_200", undefined, undefined],
    ["API_UNAVAILABLE", "unavailable", undefined],
  ]) {
    sandbox.fault(fault, { times: 1 });
    const once = { maxRetries: 0 };
    // Each time another client: one that has heard of a spent quota asks nothing for a while.
    const error = await new CaseClient(options).casesByContract({ contract_ids: [contract] }, once).then(
      () => null,
      (error) => error,
    );
    sandbox.clearFaults();
    assert.ok(isCaseApiError(error), fault);
    if (kind) assert.equal(error.kind, kind, fault);
    if (retryable !== undefined) assert.equal(error.retryable, retryable, fault);
  }
  assert.ok((await cases.casesByContract({ contract_ids: [contract] })).cases.length);
});

test("credentials are changed for a token, which is renewed when it expires", async () => {
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
  // The sandbox's clock passes the token's life, ours does not: the refusal is what renews it.
  strict.advance(2 * 3600 * 1000);
  const { attempts } = await client.casesByContract({ contract_ids }).withResponse();
  assert.equal(attempts, 2);
  assert.equal(tokens.length, 2);
  const wrong = new CaseClient({ baseUrl: strict.baseUrl, token: "made-up", fetch: strict.fetch });
  await assert.rejects(wrong.casesByContract({ contract_ids }), { kind: "authentication" });
});

test("rules, tables and decoders stand alone", async () => {
  await ready();
  assert.deepEqual(checkCaseSummary({ case_ids: ["612345678"] }), []);
  assert.equal(checkCaseDetails({})[0].code, "MISSING_INPUTS");
  assert.equal(checkCasesByUser({ user_ids: [] })[0].code, "MISSING_INPUTS");
  const problems = checkCasesByContract({ contract_ids: Array(11).fill("1") });
  assert.equal(problems[0].code, "EXCEEDED_CONTRACTIDS");
  assert.equal(explainError("err_403_developer_over_rate")[0].kind, "quota");
  assert.deepEqual(
    explainError("gateway_busy").map(({ status, kind, retryable }) => [status, kind, retryable]),
    [[429, "rate_limited", true]],
  );
  assert.equal(ERROR_TABLE.length, 38);
  assert.equal(CASE_STATUSES.length, 6);
  assert.deepEqual([LIMITS.case_ids, LIMITS.contract_ids, LIMITS.user_ids, LIMITS.pageSize], [30, 10, 10, 100]);
  assert.deepEqual(parseIds("1, 2;1"), ["1", "2"]);
  const record = { page_index: 1, last_index: 2 };
  assert.deepEqual(
    [hasNextPage(record), nextPageIndex(record), nextPageIndex({ page_index: 2, last_index: 2 })],
    [true, 2, null],
  );
  const body = new TextEncoder().encode('{"count":1,"cases":[{"case_id":"612345678","severity":"2"}]}');
  assert.equal(decodeCaseSummary(body).cases[0].severity, 2);
  assert.equal(decodeCaseSummary(body.buffer).cases[0].case_id, "612345678");
  assert.throws(() => decodeCasesPage(body), { kind: "decode", code: "UNEXPECTED_RESPONSE" });
  assert.throws(() => decodeCaseDetails("text"), { kind: "invalid_request" });
});

test("dates may be Date objects, and what JSON has no word for is refused by name", () => {
  const check = (more) => caseApi.checkCasesByUser({ user_ids: ["u"], ...more });
  const [from, to] = [new Date(0), new Date(90 * 24 * 3600e3)];
  assert.deepEqual(check({ date_created_from: from, date_created_to: to }), []);
  assert.equal(check({ date_created_from: from, date_created_to: new Date(+to + 1) })[0].code, "INVALID_DATERANGE");
  assert.equal(check({ date_created_from: new Date(NaN) })[0].code, "INVALID_DATEFORMAT");
  assert.deepEqual(check({ status_flag: undefined, page_index: null }), []);
  const odd = [
    [() => 1, "[function]"],
    [Symbol("s"), "[symbol]"],
    [10n, "[bigint]"],
    [NaN, "NaN"],
    [-Infinity, "-Infinity"],
    [new Map(), "[object]"],
    [{ a: { b: {} } }, "[object]"],
    [{ toJSON: () => 1 }, "[object]"],
  ];
  for (const [value, told] of odd) {
    const problems = check({ page_index: value });
    assert.deepEqual(
      problems.map(({ field, value }) => [field, value]),
      [["page_index", told]],
    );
  }
  const cyclic = { user_ids: ["u"] };
  cyclic.cyclic = cyclic;
  assert.equal(caseApi.checkCasesByUser(cyclic).length, 1);
});

test("a signal or a fetch that is none is refused, and a page keeps no credentials", async () => {
  for (const signal of [5, {}, { aborted: false }, () => {}]) {
    await assert.rejects(
      cases.caseSummary({ case_ids: ["1"] }, { signal }),
      (error) => error.problems[0].field === "signal",
    );
  }
  assert.throws(() => new CaseClient({ fetch: "fetch" }), { kind: "invalid_request" });
  const credentials = { clientId: "synthetic", clientSecret: "hidden" };
  assert.throws(() => new CaseClient({ credentials, token: () => "t" }), { kind: "invalid_request" });
  globalThis.document = {};
  try {
    const refused = (error) => error.code === "CREDENTIALS_IN_PAGE" && !JSON.stringify(error).includes("hidden");
    assert.throws(() => new CaseClient({ credentials }), refused);
    assert.equal(caseApi.checkClientOptions({ credentials })[0].code, "CREDENTIALS_IN_PAGE");
  } finally {
    delete globalThis.document;
  }
  // A page's workers have no document, and the entry for every bundler is theirs as well. A server's runtime may have a
  // worker's scope too, and says which it is.
  const inline = new URL("../node_modules/cisco-support-case/inline.js", import.meta.url).href;
  for (const [name, codes] of [
    ["Other", "CREDENTIALS_IN_PAGE"],
    ...["Deno", "Bun", "EdgeRuntime", "fastly"].map((it) => [it, ""]),
  ]) {
    const script = `
      globalThis.WorkerGlobalScope = class {};
      globalThis.${name} = {};
      const { checkClientOptions } = await import("${inline}");
      console.log(checkClientOptions(${JSON.stringify({ credentials })}).map(({ code }) => code).join());`;
    const { stdout } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], { encoding: "utf8" });
    assert.equal(stdout, `${codes}\n`, name);
  }
});

test("what throws when it is read is refused with its cause, and the module goes on", async () => {
  const boom = new Error("boom");
  const throws = () => {
    throw boom;
  };
  const proxy = new Proxy({}, { get: throws, ownKeys: throws, getPrototypeOf: throws });
  const { proxy: revoked, revoke } = Proxy.revocable({}, {});
  revoke();
  const getter = Object.defineProperty({}, "case_ids", { get: throws, enumerable: true });
  for (const odd of [proxy, revoked, getter]) {
    assert.throws(() => checkCaseSummary(odd), { kind: "invalid_request", code: "INVALID_PARAMETER" });
    assert.throws(() => checkCaseSummary({ case_ids: [odd] }), { kind: "invalid_request" });
    await assert.rejects(cases.caseSummary(odd), { kind: "invalid_request" });
    await assert.rejects(cases.casesByUser({ user_ids: [odd] }).toArray({ limit: 1 }), { kind: "invalid_request" });
    assert.throws(() => decodeCasesPage(odd), { kind: "invalid_request" });
    assert.throws(() => explainError(odd), { kind: "invalid_request" });
    assert.throws(() => parseIds(odd), { kind: "invalid_request" });
    assert.throws(() => nextPageIndex(odd), { kind: "invalid_request" });
    assert.equal(isCaseApiError(odd), false);
  }
  assert.equal(await cases.caseSummary(getter).catch((error) => error.cause), boom);
  const cycle = [];
  cycle.push(...Array(300).fill(cycle));
  assert.equal(checkCaseSummary({ case_ids: cycle }).at(-1).code, "INVALID_PARAMETER");
  for (const none of [null, undefined, 5, {}, { page_index: "1", last_index: 2 }]) {
    assert.throws(() => nextPageIndex(none), { kind: "invalid_request" });
  }
});

test("a freed client says so and its pending calls end well", async () => {
  const client = new CaseClient(options);
  const pending = client.casesByContract({ contract_ids: [contract] }).then((page) => page.cases.length);
  client.free();
  assert.ok((await pending) > 0);
  await assert.rejects(client.casesByContract({ contract_ids: [contract] }), { code: "CLIENT_CLOSED" });
  client.free();
});

test("the package loads by require too, where Node can", { skip: !process.features.require_module }, () => {
  assert.equal(createRequire(import.meta.url)("cisco-support-case").CaseClient, CaseClient);
});

test("the inline entry shares the module", async () => {
  const inline = await import("cisco-support-case/inline");
  assert.equal(inline.CaseClient, CaseClient);
});

test("reset brings the module back and rejects what is pending", async () => {
  const pending = new CaseClient({ ...options, fetch: () => new Promise(() => {}) })
    .caseDetails({ case_id: "612345678" })
    .catch((error) => error);
  await new Promise((done) => setTimeout(done, 10));
  await caseApi.reset();
  assert.equal((await pending).kind, "internal");
  assert.ok((await cases.casesByContract({ contract_ids: [contract] })).cases.length, "an old client goes on working");
});

test("the tarball holds no source, no test data and no path of the machine it was made on", () => {
  const manifest = JSON.parse(
    readFileSync(new URL("../node_modules/cisco-support-case/package.json", import.meta.url)),
  );
  assert.match(manifest.version, /^\d+\.\d+\.\d+$/);
  for (const name of ["client", "page", "bulk", "gateway", "sandbox"])
    assert.equal(/\/(root|home|work|Users)\//.test(wasmText(name)), false, name);
});

test("a date to come back at is read in each of HTTP's forms, by the service's own clock", async () => {
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

/** The lines that a script prints, in a process of its own. */
function printed(script) {
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
    cwd: new URL(".", import.meta.url),
    encoding: "utf8",
    timeout: 20_000,
  });
  assert.equal(stderr, "");
  return stdout.trim().split("\n");
}

test("the modules inside the JavaScript are compiled later where a runtime does not compile them at once", () => {
  const lines = printed(`
    // As older Chromium on the main thread.
    const Module = WebAssembly.Module;
    WebAssembly.Module = class extends Module {
      constructor(bytes) {
        if (bytes.byteLength > 4096) throw new RangeError("WebAssembly.Compile is disallowed on the main thread");
        super(bytes);
      }
    };
    const { createSandbox } = await import("cisco-support-case/sandbox/inline");
    const { CaseClient, checkCaseSummary, ready } = await import("cisco-support-case/inline");
    const attempt = () => { try { return checkCaseSummary({ case_ids: ["681425141"] }).length; } catch ({ code }) { return code; } };
    console.log(attempt());
    const sandbox = await createSandbox({ cases: 20 });
    const client = new CaseClient(sandbox.clientOptions);
    const { case_ids, contract_ids } = sandbox.info();
    console.log((await client.caseSummary({ case_ids })).count);
    let count = 0;
    for await (const _ of client.allCases({ contract_ids })) count += 1;
    await ready();
    console.log(count, attempt());`);
  assert.deepEqual(lines, ["NOT_LOADED", "20", "20 0"]);
});

test("a Worker to which a framework's bundler gives the entry of servers says what to configure", () => {
  const lines = printed(`
    globalThis.WebSocketPair = class {};
    const { CaseClient, ready } = await import("cisco-support-case");
    const told = ({ code, message, advice }) => console.log(code, message, advice);
    await ready().catch(told);
    await new CaseClient().caseDetails({ case_id: "681425141" }).catch(told);`);
  assert.equal(lines.length, 2);
  for (const line of lines) assert.match(line, /^NO_WASM .*serverExternalPackages: \["cisco-support-case"\]/);
  for (const line of lines) assert.doesNotMatch(line, /Content-Security-Policy/);
});

test("an error names the cure of the tool by which a module was not loaded, and where nothing is known the copies", () => {
  const file = (name) => new URL(`../node_modules/cisco-support-case/${name}`, import.meta.url).href;
  const told = (around, stack = "") => {
    const [line] = printed(`
      ${around}
      const { withLoadHints } = await import("${file("client/load-hints.js")}");
      const tables = await import("${file("generated/error-rows.js")}");
      const { CLIENT_ERRORS } = withLoadHints(tables, ${JSON.stringify(stack)});
      const rows = ["LOAD_FAILED", "NO_WASM"].map((code) => CLIENT_ERRORS.find((row) => row.code === code));
      console.log(JSON.stringify(rows.map(({ meaning, advice, hint }) => ({ meaning, advice, hint }))));`);
    return JSON.parse(line);
  };
  const { LOAD_FAILED, NO_WASM } = Object.fromEntries(
    ["LOAD_FAILED", "NO_WASM"].map((code) => [code, explainError(code)[0]]),
  );
  const words = ({ meaning, advice, hint }) => ({ meaning, advice, hint });
  assert.deepEqual(told(""), [words(LOAD_FAILED), words(NO_WASM)]);
  assert.match(LOAD_FAILED.meaning, /copy page\.wasm .*cisco-support-case\/inline/);
  assert.match(NO_WASM.hint, /wasm-unsafe-eval/);

  const vite = "at http://localhost:5173/node_modules/.vite/deps/error-rows-8D2.js?v=1:2:3";
  const nuxt = "at http://localhost:3000/_nuxt/@fs/a/node_modules/.cache/vite/client/deps/error-rows.js?v=1:2:3";
  const angular = "withLoadHints@http://localhost:4200/@fs/a/.angular/cache/22.2.7/app/vite/deps/chunk-4.js:2:3";
  const inPage = (more) => `globalThis.document = { querySelector: ${more} };`;
  for (const [around, stack, cure] of [
    ['globalThis.location = { protocol: "file:" };', "", /opened from a file.* \(iife\)/],
    ["", vite, /optimizeDeps: \{ exclude: \["cisco-support-case"\] \}/],
    ["", nuxt, /optimizeDeps: \{ exclude: \["cisco-support-case"\] \}/],
    [inPage("() => ({})"), angular, /assets in angular\.json.*cisco-support-case\/inline/],
    ["globalThis.WebSocketPair = class {};", "", /serverExternalPackages: \["cisco-support-case"\]/],
    ['globalThis.EdgeRuntime = "edge";', "", /runtime = "nodejs"/],
    ['process.env.NEXT_RUNTIME = "edge";', "", /runtime = "nodejs"/],
    ['process.env.NEXT_RUNTIME = "nodejs";', "", /serverExternalPackages: \["cisco-support-case"\]/],
    ["globalThis.Deno = {};", "", /--allow-read/],
    ['process.env.JEST_WORKER_ID = "1";', "", /--experimental-vm-modules/],
  ]) {
    const [loading] = told(around, stack);
    assert.match(loading.meaning, /^The WebAssembly module could not be loaded\. \S/);
    assert.doesNotMatch(loading.meaning, /If the bundler/);
    for (const text of [loading.meaning, loading.advice, loading.hint]) assert.match(text, cure);
    assert.doesNotMatch(loading.advice, /Check your connection/);
  }
  // What visitors of a portal meet may be their connection as well.
  for (const [around, cure] of [
    [inPage("() => ({})"), /angular\.json/],
    ['globalThis.next = { version: "16.4.6" };', /_next\/static/],
  ]) {
    const [loading] = told(around);
    assert.match(loading.meaning, cure);
    assert.match(loading.hint, cure);
    assert.equal(loading.advice, LOAD_FAILED.advice);
  }
  const offline = 'Object.defineProperty(globalThis, "navigator", { value: { onLine: false }, configurable: true });';
  assert.deepEqual(told(offline, vite)[0], words(LOAD_FAILED));
  // No policy of a page is the cause where there is none.
  for (const [around, cure] of [
    ["globalThis.WebSocketPair = class {};", /serverExternalPackages/],
    ['globalThis.EdgeRuntime = "edge";', /runtime = "nodejs"/],
  ]) {
    assert.match(told(around)[1].advice, cure);
    assert.doesNotMatch(told(around)[1].advice, /Content-Security-Policy/);
  }
  assert.deepEqual(told("", vite)[1], words(NO_WASM));
});

test("several who wait for the texts of one error all have them", () => {
  const file = (name) => new URL(`../node_modules/cisco-support-case/${name}`, import.meta.url).href;
  const lines = printed(`
    const { clientError, provideErrors, withTexts } = await import("${file("client/errors.js")}");
    let come;
    const coming = new Promise((resolve) => (come = resolve));
    provideErrors(() => coming.then(() => import("${file("generated/error-rows.js")}")));
    const error = clientError("NO_TOKEN");
    const told = [1, 2].map(() => withTexts(error).then(({ message, hint }) => [message, hint !== ""].join()));
    await Promise.resolve();
    come();
    for (const one of await Promise.all(told)) console.log(one);`);
  const { meaning } = explainError("NO_TOKEN")[0];
  assert.deepEqual(lines, [`${meaning},true`, `${meaning},true`]);
});

test("a page that crosses from a server to a client component is detached before, and is then plain", async () => {
  const page = detach(await cases.casesByContract({ contract_ids: [contract] }));
  const isPlain = (value) =>
    typeof value !== "object" ||
    value === null ||
    Array.isArray(value) ||
    (Object.getPrototypeOf(value) === Object.prototype &&
      Object.getOwnPropertySymbols(value).length === 0 &&
      Object.values(Object.getOwnPropertyDescriptors(value)).every(({ enumerable, get }) => enumerable && !get));
  const walk = (value) => {
    assert.ok(isPlain(value));
    if (typeof value === "object" && value !== null) Object.values(value).forEach(walk);
  };
  walk(page);
});

test("whatever is handed in in place of options is refused by an error of this package", async () => {
  const { proxy: revoked, revoke } = Proxy.revocable({}, {});
  revoke();
  const thrower = {
    get kind() {
      throw new TypeError("the caller's own");
    },
  };
  const circle = {};
  circle.circle = circle;
  const sandbox = await createSandbox({ cases: 5 });
  const client = new CaseClient(sandbox.clientOptions);
  const {
    case_ids: [case_id],
    contract_ids,
  } = sandbox.info();
  const list = () => client.casesByContract({ contract_ids });
  const odd = { "a revoked proxy": revoked, null: null, "a text": "limit", "a number": 5 };
  for (const [name, value] of Object.entries(odd)) {
    await assert.rejects(async () => list().toArray(value), isCaseApiError, `toArray, ${name}`);
    if (value === null) continue;
    assert.throws(() => new CaseClient(value), isCaseApiError, `new CaseClient, ${name}`);
    await assert.rejects(async () => client.caseDetails({ case_id }, value), isCaseApiError, `caseDetails, ${name}`);
    await assert.rejects(async () => client.caseDetails(value), isCaseApiError, `its parameters, ${name}`);
    await assert.rejects(
      async () => {
        for await (const _ of client.allCases({ contract_ids }, value));
      },
      isCaseApiError,
      `allCases, ${name}`,
    );
    await assert.rejects(async () => client.estimate({ contract_ids }, value), isCaseApiError, `estimate, ${name}`);
  }
  for (const value of [revoked, thrower, circle, null, undefined, 5, 5n, "", "{", "null", Symbol("x"), () => {}]) {
    assert.throws(() => errorFromJSON(value), { code: "INVALID_PARAMETER" });
    if (typeof value === "object" && value !== null) assert.throws(() => detach(value), { code: "INVALID_PARAMETER" });
  }
  assert.throws(() => errorFromJSON(thrower), { cause: new TypeError("the caller's own") });
  for (const value of [revoked, null, undefined, 5, "Closed", {}, { status: 5 }, { status_flag: true }])
    assert.throws(() => isOpen(value), { code: "INVALID_PARAMETER" });
  assert.deepEqual(
    [isOpen({ status: "" }), isOpen({ status: "Closed" }), isOpen({ status_flag: "C" })],
    [true, false, false],
  );
});

test("a client whose variables of the environment are not set is made, and its calls name them", async () => {
  for (const unset of [undefined, "", " "]) {
    const client = new CaseClient({ credentials: { clientId: unset, clientSecret: unset } });
    await assert.rejects(client.caseDetails({ case_id: "612345678" }), ({ code, message, problems }) => {
      assert.equal(code, "INVALID_OPTION");
      assert.deepEqual(
        problems.map(({ field, value }) => [field, value]),
        [
          ["credentials.clientId", null],
          ["credentials.clientSecret", null],
        ],
      );
      assert.match(message, /credentials\.clientId: .*environment variable.*got nothing/);
      return true;
    });
  }
  for (const options of [
    { token: "" },
    { baseUrl: "" },
    { baseUrl: "/api/case" },
    { credentials: { clientId: "i", clientSecret: "s", tokenUrl: "" } },
  ]) {
    await assert.rejects(new CaseClient(options).caseDetails({ case_id: "612345678" }), { code: "INVALID_OPTION" });
    assert.equal(new CaseClient(options).budget().waiting, 0);
  }
});

test("a client without a token asks the service nothing, and says what it lacks", async () => {
  const error = await new CaseClient().caseDetails({ case_id: "612345678" }).catch((error) => error);
  assert.deepEqual([error.code, error.kind, error.retryable], ["NO_TOKEN", "authentication", false]);
  assert.match(error.message, /none was given/);
  assert.match(error.hint, /a function that returns one\) or, on a server, credentials/);
  const sent = [];
  const fetch = async (url, { headers }) => {
    sent.push(headers.authorization);
    return Response.json({ cases: [], count: 0 });
  };
  // Somebody's `fetch` may sign what it sends, and a call has a token of its own.
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

test("where a connection fails the error says to where, and what the runtime calls it", async () => {
  const refused = Object.assign(new TypeError("fetch failed"), {
    cause: Object.assign(new Error("x"), { code: "ECONNREFUSED" }),
  });
  const thrower = {
    get code() {
      throw new Error("the caller's own");
    },
  };
  for (const [thrown, told] of [
    [refused, "(https://portal.example:8443 ECONNREFUSED)"],
    [new TypeError("Failed to fetch secret-token"), "(https://portal.example:8443)"],
    [Object.assign(new Error("x"), { code: "the secret-token" }), "(https://portal.example:8443)"],
    [thrower, "(https://portal.example:8443)"],
    [null, "(https://portal.example:8443)"],
    ["text", "(https://portal.example:8443)"],
  ]) {
    const fetch = async () => {
      throw thrown;
    };
    const client = new CaseClient({
      baseUrl: "https://portal.example:8443/api/case",
      token: "secret-token",
      maxRetries: 0,
      fetch,
    });
    const error = await client.caseDetails({ case_id: "612345678" }).catch((error) => error);
    assert.equal(error.code, "NETWORK");
    assert.ok(error.message.endsWith(` ${told}`), error.message);
    assert.match(error.hint, /CORS; cors\.origins of the gateway/);
    assert.equal(JSON.stringify(error).includes("secret-token"), false);
  }
});

test("http on another host is taken where allowHttp says so, and order is for lists alone", async () => {
  const fetch = async () => Response.json({ cases: [], count: 0 });
  const baseUrl = "http://sandbox:4010/case/v3";
  for (const options of [
    { baseUrl, fetch },
    { baseUrl, fetch, allowHttp: false },
  ])
    assert.throws(() => new CaseClient(options), { code: "INVALID_OPTION", message: /with allowHttp: true/ });
  assert.throws(() => new CaseClient({ fetch, allowHttp: 1 }), /allowHttp: expected true or false, got 1/);
  const client = new CaseClient({ baseUrl, fetch, allowHttp: true });
  assert.equal((await client.caseSummary({ case_ids: ["612345678"] })).count, 0);
  await assert.rejects(async () => client.caseDetails({ case_id: "612345678" }, { order: "newest" }), {
    code: "INVALID_OPTION",
    message: /order: expected no order, which only lists have, got "newest"/,
  });
  await assert.rejects(async () => client.caseSummary({ case_ids: ["612345678"] }, { order: "oldest" }), /only lists/);
});

test("every error has a hint for its developer, which crosses to another thread", async () => {
  const sandbox = await createSandbox({ cases: 5 });
  const contract_ids = Array.from({ length: 11 }, (_, at) => `${at + 1}`);
  const error = await new CaseClient(sandbox.clientOptions).casesByContract({ contract_ids }).catch((error) => error);
  assert.equal(error.code, "EXCEEDED_CONTRACTIDS");
  assert.equal(error.hint, "allCases accepts any number of contract ids.");
  assert.equal(errorFromJSON(JSON.stringify(error)).hint, error.hint);
  assert.equal(errorFromJSON({ ...error.toJSON(), hint: 5 }).hint, "");
});
