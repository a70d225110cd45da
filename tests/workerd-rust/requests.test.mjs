// The client for Rust in real workerd: one client at module scope, many concurrent requests, some of which are
// cancelled.
//
//   MODULE  the folder with the crate's wasm and its JavaScript

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";

const fixture = readFileSync(join(import.meta.dirname, "../fixtures/case-summary.json"), "utf8");
const { cases } = JSON.parse(fixture);
/** Latency of the service, in milliseconds. */
const MS = 50;

let tokens = 0;
let answered = 0;
const service = createServer({ keepAliveTimeout: 0 }, (request, response) => {
  const isToken = request.url === "/token";
  const body = isToken ? JSON.stringify({ access_token: `token-${++tokens}`, expires_in: 3600 }) : fixture;
  if (!isToken) answered += 1;
  request.resume();
  setTimeout(() => response.setHeader("content-type", "application/json").end(body), MS);
});
let worker;
let url;

before(async () => {
  await new Promise((resolve) => service.listen(0, "127.0.0.1", resolve));
  const address = JSON.stringify(`http://127.0.0.1:${service.address().port}`);
  const module = (name) => readFileSync(join(process.env.MODULE, name));
  const contents = `
    import wasm from "./workerd_rust_bg.wasm";
    import { inFlight, initSync, title } from "./workerd_rust.js";
    initSync({ module: wasm });
    export default {
      async fetch(request) {
        if (new URL(request.url).pathname === "/in-flight") return new Response(inFlight(${address}));
        return new Response(await title(${address}, ${JSON.stringify(cases[0].case_id)}));
      },
    };`;
  const options = {
    modules: [
      { type: "ESModule", path: "worker.js", contents },
      { type: "ESModule", path: "workerd_rust.js", contents: module("workerd_rust.js").toString() },
      { type: "CompiledWasm", path: "workerd_rust_bg.wasm", contents: module("workerd_rust_bg.wasm") },
    ],
    compatibilityDate: "2026-01-01",
  };
  worker = new Miniflare(convertV4MiniflareOptions(options));
  url = await worker.ready;
});

after(async () => {
  await worker?.dispose();
  service.close();
});

/** Sends a request, which is cancelled after a number of milliseconds, if given. */
async function visit(leavesAfter) {
  const signal = leavesAfter === undefined ? undefined : AbortSignal.timeout(leavesAfter);
  const response = await fetch(url, { signal });
  return [response.status, await response.text()];
}

const right = [200, cases[0].title];

test("a call is answered", async () => assert.deepEqual(await visit(), right));

for (const round of [1, 2, 3]) {
  test(`200 concurrent requests, 40 of which are cancelled: the others succeed (${round})`, async () => {
    const visits = Array.from({ length: 200 }, (_, index) => visit(index % 5 === 0 ? 20 + index : undefined));
    const outcomes = await Promise.allSettled(visits);
    for (const [index, { status, value, reason }] of outcomes.entries()) {
      if (index % 5 !== 0) assert.deepEqual(value, right, reason);
      else if (status === "fulfilled") assert.deepEqual(value, right);
    }
  });
}

test("the isolate works afterwards", async () => {
  for (let times = 0; times < 20; times++) assert.deepEqual(await visit(), right);
  const one = await Promise.all(Array.from({ length: 20 }, () => visit()));
  for (const outcome of one) assert.deepEqual(outcome, right);
  assert.ok(answered > 500, `${answered}`);
  // After cancellation of the call that requests the token, another call requests it.
  assert.ok(tokens >= 1 && tokens < 20, `${tokens} tokens`);
  const places = Number(await (await fetch(new URL("/in-flight", url))).text());
  assert.ok(places <= 10, `${places} places are held`);
});
