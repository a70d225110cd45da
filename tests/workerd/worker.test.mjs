// The package in a Worker, in workerd. This folder is inside a project that has the packed package installed.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, test } from "node:test";

const { unstable_startWorker } = createRequire(process.env.TOOLS)("wrangler");

const worker = await unstable_startWorker({
  config: join(import.meta.dirname, "wrangler.jsonc"),
  dev: { logLevel: "error", server: { port: 0 }, inspector: false, persist: false },
});

const sendRequest = async (path) => (await worker.fetch(`http://consumer.example${path}`)).json();

const checks = {
  "the module is loaded at module scope": async () => assert.deepEqual(await sendRequest("/loaded"), { loaded: true }),
  "a list returns a page": async () => {
    const page = await sendRequest("/page");
    assert.equal(page.cases.length, page.pagination_response_record.page_records);
    assert.ok(page.cases.length > 0);
  },
  "the sandbox describes the API": async () =>
    assert.deepEqual(await sendRequest("/openapi"), { openapi: "3.1.1", url: "https://sandbox.invalid/case/v3" }),
  "every case is returned once": async () => {
    const [{ ids }, page] = [await sendRequest("/all"), await sendRequest("/page")];
    assert.equal(new Set(ids).size, page.pagination_response_record.total_records);
  },
  "a store takes over pages as bytes, follows and saves": async () => {
    const { isCompact, sizes, saved } = await sendRequest("/store");
    assert.equal(isCompact, true);
    assert.equal(sizes[0], sizes[1]);
    assert.ok(saved[0] >= sizes[0] && saved[0] === saved[1], String(saved));
  },
  "bulk calls work": async () => {
    const { read, share, open, cursor } = await sendRequest("/bulk");
    assert.deepEqual([read, cursor], [true, "string"]);
    // Some cases are under no contract.
    assert.ok(share > 0.95 && share < 1 && open > 0.95 && open <= 1, `${share} ${open}`);
  },
  "the other three calls work": async () => {
    const [summary, detail, byUser, id] = await sendRequest("/summary-details-user");
    assert.deepEqual([summary, detail, byUser], [id, id, true]);
  },
  "an unknown case is an error of its kind": async () => {
    const error = await sendRequest("/unknown");
    assert.deepEqual([error.caught, error.kind, error.code], [true, "not_found", "CASE_NOTFOUND"]);
  },
  "an aborted call is an error of its kind": async () => {
    const error = await sendRequest("/abort");
    assert.deepEqual([error.caught, error.kind, error.name], [true, "aborted", "AbortError"]);
  },
  "a call is aborted during its request": async () => {
    const error = await sendRequest("/late-abort");
    assert.deepEqual([error.caught, error.kind], [true, "aborted"]);
  },
  "a stalled body ends with the timeout, and its request is aborted": async () =>
    assert.deepEqual(await sendRequest("/stalled"), { kind: "timeout", cancelled: true }),
  "a fetch that rejects with a text is a network error with its cause": async () =>
    assert.deepEqual(await sendRequest("/rejects"), { kind: "network", cause: "a text" }),
  "transient failures are retried and reported": async () =>
    assert.deepEqual(await sendRequest("/retry"), { attempts: 2, retries: [["Rate Limit Exceeded", 2]] }),
  "calls respect the rate limit": async () => {
    const { waited, second } = await sendRequest("/rate-limit");
    assert.deepEqual(
      waited.slice(0, 2).map((ms) => ms < 500),
      [true, true],
    );
    assert.ok(waited[2] >= 900, String(waited));
    assert.equal(second.limit, 2);
  },
  "the runtime's own fetch is used, and its failure is reported": async () => {
    const error = await sendRequest("/own-fetch");
    assert.deepEqual([error.caught, error.kind, error.attempts], [true, "network", 3]);
  },
};

for (const path of ["/contexts", "/panics"]) {
  for (const [name, wrong] of await sendRequest(path)) checks[name] = () => assert.ok(wrong === null, wrong);
}

for (const [name, check] of Object.entries(checks)) test(name, check);

after(() => worker.dispose());
