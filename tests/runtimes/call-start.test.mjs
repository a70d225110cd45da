// Start of a call: by itself, at the end of the microtask that created it, unless it was iterated before.

import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { CaseClient, isCaseApiError } from "cisco-support-case";
import { createSandbox } from "cisco-support-case/sandbox";

const sandbox = await createSandbox({ cases: 3000, seed: 7 });
const info = sandbox.info();
const [id, other] = info.case_ids;
/** Lists of one page and of many pages. */
const short = { contract_ids: info.contract_ids.slice(-1) };
const long = { contract_ids: info.contract_ids.slice(0, 3) };
const rateLimit = { perSecond: 0, perDay: 0, maxConcurrent: 0 };

/** A client that counts its requests; `whenSent(n)` waits for the nth. */
function counting(options) {
  const urls = [];
  const waiting = [];
  const client = new CaseClient({
    baseUrl: sandbox.baseUrl,
    token: "synthetic",
    rateLimit,
    ...options,
    fetch: (url, init) => {
      urls.push(url);
      for (const { count, resolve } of waiting) if (urls.length >= count) resolve();
      return (options?.fetch ?? sandbox.fetch)(url, init);
    },
  });
  const whenSent = (count) =>
    new Promise((resolve, reject) => {
      if (urls.length >= count) return resolve();
      const timer = setTimeout(() => reject(new Error(`${urls.length} of ${count} requests were sent`)), 5000);
      waiting.push({ count, resolve: () => (clearTimeout(timer), resolve()) });
    });
  return { client, urls, whenSent };
}

/** Long enough to detect a request that must not be sent. */
const aWhile = () => sleep(50);

/** Numbers of pages and cases of a list. */
async function size(params) {
  const { pagination_response_record } = await counting().client.casesByContract(params);
  const { last_index: pages, total_records: cases } = pagination_response_record;
  return { pages, cases };
}

/** Reads a call to its end, by each interface. */
const WAYS = {
  "for await": async (call) => {
    const cases = [];
    for await (const one of call) cases.push(one);
    return cases;
  },
  "pages()": async (call) => {
    const cases = [];
    for await (const page of call.pages()) cases.push(...page.cases);
    return cases;
  },
  "toArray()": (call) => call.toArray({ limit: 5000 }),
};

/**
 * Number of requests for a list by its number of pages. For newest first, the client reads the first page for the page
 * count, and the last page again.
 */
const REQUESTS = { newest: (pages) => (pages === 1 ? 1 : pages + 2), oldest: (pages) => pages };

test("two calls of one task are sent concurrently", async () => {
  const answers = [];
  // Neither request is answered before both were sent.
  const fetch = async (...request) => {
    await new Promise((done) => {
      answers.push(done);
      if (answers.length === 2) for (const answer of answers) answer();
    });
    return sandbox.fetch(...request);
  };
  const { client } = counting({ fetch, timeoutMs: 3000, maxRetries: 0 });
  const a = client.caseDetails({ case_id: id });
  const b = client.casesByContract(short);
  assert.equal((await a).case_id, id);
  assert.ok((await b).cases.length > 0);
});

test("a call is sent after the current task, and not before", async () => {
  const { client, urls, whenSent } = counting();
  const call = client.caseDetails({ case_id: id });
  assert.equal(urls.length, 0);
  await whenSent(1);
  assert.equal((await call).case_id, id);
  assert.equal((await call).case_id, id);
  assert.equal(urls.length, 1);
});

test("a call that is not awaited is sent once and completes", async () => {
  const ended = [];
  const { client, urls, whenSent } = counting({ hooks: { onResponse: ({ status }) => ended.push(status) } });
  client.caseDetails({ case_id: id });
  client.caseSummary({ case_ids: [id] });
  client.casesByContract(short);
  client.casesByUser({ user_ids: info.user_ids.slice(0, 1) });
  await whenSent(4);
  await aWhile();
  assert.equal(urls.length, 4);
  assert.deepEqual(ended, [200, 200, 200, 200]);
});

test("many calls that are not awaited are sent at the rate limit", async () => {
  const { client, urls, whenSent } = counting({ rateLimit: { ...rateLimit, maxConcurrent: 2 } });
  for (let at = 0; at < 50; at += 1) client.caseDetails({ case_id: info.case_ids[at % info.case_ids.length] });
  await whenSent(50);
  await aWhile();
  assert.equal(urls.length, 50);
});

test("the result of a call is available to later and repeated awaits", async () => {
  const { client, urls, whenSent } = counting();
  const call = client.casesByContract(short);
  await whenSent(1);
  await aWhile();
  const [first, second] = await Promise.all([call, call]);
  assert.equal(first, second);
  assert.equal(await call.then((page) => page), first);
  assert.equal((await call.withResponse()).data, first);
  assert.equal(urls.length, 1);
});

test("withResponse belongs to the same call before, during and after its request", async () => {
  const { client, urls, whenSent } = counting();
  const at = [client.caseDetails({ case_id: id }).withResponse()];
  const begun = client.caseDetails({ case_id: id });
  await whenSent(2);
  at.push(begun.withResponse());
  const ended = client.caseDetails({ case_id: id });
  const detail = await ended;
  at.push(ended.withResponse());
  for (const { data, response, attempts, waitedMs } of await Promise.all(at)) {
    assert.deepEqual([data.case_id, response.status, attempts, typeof waitedMs], [id, 200, 1, "number"]);
  }
  assert.equal((await at[2]).data, detail);
  assert.equal(urls.length, 3);
});

test("a call that is aborted before it starts is not sent", async () => {
  const { client, urls } = counting();
  const controller = new AbortController();
  const call = client.caseDetails({ case_id: id }, { signal: controller.signal });
  controller.abort("never mind");
  const error = await call.catch((error) => error);
  assert.deepEqual([error.kind, error.name, error.cause], ["aborted", "AbortError", "never mind"]);
  await aWhile();
  assert.equal(urls.length, 0);
});

test("a call whose client is freed in the same microtask completes", async () => {
  for (const free of [(client) => client.free(), (client) => client[Symbol.dispose]()]) {
    const { client, urls } = counting();
    const [awaited, read, whole] = [
      client.caseDetails({ case_id: id }),
      client.casesByContract(short),
      client.casesByContract(short),
    ];
    const cases = WAYS["toArray()"](read);
    free(client);
    assert.equal((await awaited).case_id, id);
    assert.ok((await whole).cases.length > 0);
    assert.ok((await cases).length > 0);
    assert.equal(urls.length, 3);
    await assert.rejects(
      client.caseDetails({ case_id: id }),
      (error) => isCaseApiError(error) && error.kind !== "internal",
    );
    assert.equal(urls.length, 3);
  }
});

test("a call that is not awaited completes after its client is freed", async () => {
  const { client, urls, whenSent } = counting();
  client.caseDetails({ case_id: id });
  client.free();
  await whenSent(1);
  await aWhile();
  assert.equal(urls.length, 1);
});

for (const [way, read] of Object.entries(WAYS)) {
  for (const order of ["newest", "oldest"]) {
    for (const [name, params] of Object.entries({ "one page": short, "many pages": long })) {
      test(`${way}, ${order} first, ${name}: no additional requests after other uses of the call`, async () => {
        const { pages, cases } = await size(params);
        const befores = {
          nothing: () => {},
          "it was awaited": (call) => call,
          "it is being awaited": (call) => void call.then(() => {}),
          "its response was": (call) => call.withResponse(),
          "it has begun": (_, whenSent) => whenSent(1),
          "it has begun and ended": async (_, whenSent) => (await whenSent(1), await aWhile()),
        };
        for (const [before, wait] of Object.entries(befores)) {
          const { client, urls, whenSent } = counting();
          const call = client.casesByContract(params, { order });
          const waited = wait(call, whenSent);
          if (waited) await waited;
          const ids = (await read(call)).map((one) => one.case_id);
          assert.deepEqual([new Set(ids).size, ids.length], [cases, cases], before);
          await aWhile();
          assert.equal(urls.length, REQUESTS[order](pages), `requests where ${before}`);
        }
      });
    }
  }
}

test("a list that is left early requests only the pages that were read", async () => {
  const { client, urls } = counting();
  for await (const _ of client.casesByContract(long, { order: "oldest" })) break;
  await aWhile();
  assert.equal(urls.length, 1);
});

test("an iteration starts with the awaited page", async () => {
  const { client, urls } = counting();
  const call = client.casesByContract(long, { order: "oldest" });
  const page = await call;
  let at = 0;
  for await (const one of call) {
    assert.deepEqual(one, page.cases[at]);
    at += 1;
    if (at === page.cases.length) break;
  }
  assert.equal(urls.length, 1);
});

test("a call with page_index rejects iteration, and still returns the page", async () => {
  const { client } = counting();
  const call = client.casesByContract({ ...long, page_index: 2 });
  assert.equal((await call).pagination_response_record.page_index, 2);
  await assert.rejects(WAYS["for await"](call), { kind: "invalid_request" });
  await assert.rejects(WAYS["for await"](client.casesByContract({ ...long, page_index: 2 })), {
    kind: "invalid_request",
  });
});

test("a failed call fails again only if it is iterated", async () => {
  const { client } = counting({ fetch: () => Promise.reject(new TypeError("no connection")), maxRetries: 0 });
  const call = client.casesByContract(short);
  await assert.rejects(call, { kind: "network" });
  await assert.rejects(WAYS["for await"](call), { kind: "network" });
});

test("a bulk call does not start before it is iterated", async () => {
  const { client, urls } = counting();
  client.allCases(short);
  client.changes(short);
  client.allDetails([id]);
  await aWhile();
  assert.equal(urls.length, 0);
});

test("a call starts in the async context that created it", async () => {
  const als = new AsyncLocalStorage();
  const seen = [];
  const fetch = (...request) => {
    seen.push(als.getStore());
    return sandbox.fetch(...request);
  };
  const { client } = counting({ fetch });
  const call = als.run("inside", () => client.caseDetails({ case_id: id }));
  const list = als.run("inside too", () => client.casesByContract(short));
  await als.run("outside", async () => assert.equal((await call).case_id, id));
  assert.ok((await list).cases.length > 0);
  assert.deepEqual(seen, ["inside", "inside too"]);
  assert.equal(
    await als
      .run("in an async function", async () => client.caseDetails({ case_id: other }))
      .then(({ case_id }) => case_id),
    other,
  );
  assert.equal(seen[2], "in an async function");
});

/** Output of a program, its unhandled errors, and its exit code. */
async function program(body) {
  const script = `
    import { CaseClient, isCaseApiError } from "cisco-support-case";
    import { createSandbox } from "cisco-support-case/sandbox";
    const sandbox = await createSandbox({ cases: 300, seed: 7 });
    const params = { contract_ids: sandbox.info().contract_ids.slice(0, 1) };
    const breaks = new CaseClient({ fetch: () => Promise.reject(new TypeError("no connection")), maxRetries: 0, rateLimit: { perSecond: 0 } });
    const works = new CaseClient({ fetch: sandbox.fetch, baseUrl: sandbox.baseUrl, token: "synthetic", rateLimit: { perSecond: 0 } });
    const kinds = [];
    const listen = () => process.on("unhandledRejection", (error) => kinds.push(isCaseApiError(error) ? error.kind : String(error)));
    const settled = () => new Promise((done) => setTimeout(done, 50));
    ${body}`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], { timeout: 20_000 });
  const output = { stdout: "", stderr: "" };
  for (const name of Object.keys(output)) child[name].setEncoding("utf8").on("data", (text) => (output[name] += text));
  const [code] = await once(child, "close");
  return { code, ...output };
}

/** The kinds of the unhandled errors. */
async function unhandled(body) {
  const { code, stdout, stderr } = await program(
    `listen(); ${body}; await settled(); console.log(JSON.stringify(kinds));`,
  );
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

test("an unhandled rejection of a call ends the process, as for any promise", async () => {
  const { code, stderr } = await program(`breaks.casesByContract(params); await settled(); console.log("went on");`);
  assert.equal(code, 1);
  assert.match(stderr, /NetworkError|network/);
});

test("an unhandled rejection is reported once", async () => {
  assert.deepEqual(await unhandled(`breaks.casesByContract(params)`), ["network"]);
  assert.deepEqual(await unhandled(`breaks.caseDetails({ case_id: "612345678" })`), ["network"]);
  assert.deepEqual(
    await unhandled(`breaks.caseDetails({ case_id: "612345678" }); breaks.caseSummary({ case_ids: ["612345678"] })`),
    ["network", "network"],
  );
  assert.deepEqual(await unhandled(`works.caseDetails({})`), ["invalid_request"]);
  assert.deepEqual(await unhandled(`works.caseDetails({ case_id: "612345678" }, { signal: AbortSignal.abort() })`), [
    "aborted",
  ]);
  assert.deepEqual(await unhandled(`breaks.casesByContract(params).withResponse()`), ["network"]);
  assert.deepEqual(await unhandled(`breaks.casesByContract(params).toArray({ limit: 5 })`), ["network"]);
  assert.deepEqual(await unhandled(`breaks.casesByContract(params).then(() => {})`), ["network"]);
  assert.deepEqual(await unhandled(`breaks.casesByContract(params).finally(() => {})`), ["network"]);
});

test("a handled rejection is not reported", async () => {
  const handled = {
    catch: `await breaks.casesByContract(params).catch(() => {})`,
    await: `try { await breaks.casesByContract(params) } catch {}`,
    "a handler without waiting": `breaks.casesByContract(params).catch(() => {})`,
    allSettled: `await Promise.allSettled([breaks.casesByContract(params), breaks.caseDetails({ case_id: "612345678" })])`,
    withResponse: `await breaks.casesByContract(params).withResponse().catch(() => {})`,
    iteration: `try { for await (const _ of breaks.casesByContract(params)) break } catch {}`,
    pages: `try { for await (const _ of breaks.casesByContract(params).pages()) break } catch {}`,
    toArray: `await breaks.casesByContract(params).toArray({ limit: 5 }).catch(() => {})`,
    "toArray without its limit": `try { await breaks.casesByContract(params).toArray() } catch {}`,
    "an iteration that is broken off": `for await (const _ of works.casesByContract(params)) break`,
    "an iterator without a call of next": `works.casesByContract(params)[Symbol.asyncIterator](); breaks.casesByContract(params)[Symbol.asyncIterator]()`,
    "pages without a call of next": `breaks.casesByContract(params).pages()`,
    "iteration after it failed": `
      const call = breaks.casesByContract(params);
      try { await call } catch {}
      try { for await (const _ of call) break } catch {}`,
    "iteration of a call under way": `
      const call = breaks.casesByContract(params);
      await null; await null;
      try { for await (const _ of call) break } catch {}`,
    "a bulk call that is not iterated": `breaks.allCases(params); breaks.changes(params); breaks.allDetails(["612345678"])`,
  };
  const found = Object.entries(handled).map(async ([name, body]) => [name, await unhandled(body)]);
  assert.deepEqual(
    Object.fromEntries(await Promise.all(found)),
    Object.fromEntries(Object.keys(handled).map((name) => [name, []])),
  );
});
