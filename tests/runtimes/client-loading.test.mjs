// The loading of the packed client: its entries, modules and builds.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import * as caseApi from "cisco-support-case";
import { CaseClient, explainError } from "cisco-support-case";
import { contract, options, cases, printed, wasmText } from "./client-harness.mjs";

test("resolution without `exports` finds the same files", () => {
  const { exports, main, module } = JSON.parse(
    readFileSync(new URL("../node_modules/cisco-support-case/package.json", import.meta.url), "utf8"),
  );
  assert.deepEqual([main, module], [exports["."].node, exports["."].browser]);
  assert.deepEqual([exports["./inline"].default, exports["./sandbox"].browser], ["./inline.js", "./sandbox.js"]);
});

test("the load of the module is part of a call", () => {
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

test("a missing module is an error with advice, and the next call loads it again", () => {
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

test("a module of another build is rejected before it runs", () => {
  const file = (name) => new URL(`../node_modules/cisco-support-case/${name}`, import.meta.url).href;
  const script = `
    import { readFileSync } from "node:fs";
    const { provide, ready } = await import("${file("client/wasm-instance.js")}");
    const { CaseClient, parseIds } = await import("${file("client/index.js")}");
    const bytes = readFileSync(new URL("${file("wasm/client.wasm")}"));
    const other = Buffer.from(bytes);
    // The build id is at the end, in a custom section.
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

test("the modules for pages and servers have the same JavaScript, and the page module has no credentials code", () => {
  const [client, page] = ["client", "page"].map(wasmText);
  // The build id is at the end, in a custom section.
  assert.match(client.slice(-8), /^[0-9a-f]{8}$/);
  assert.equal(page.slice(-8), client.slice(-8));
  assert.deepEqual([client.includes("client_credentials"), page.includes("client_credentials")], [true, false]);
});

test("with the page module only, credentials are rejected and tokens work", () => {
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

test("options are validated equally before and after the load of the module", () => {
  const file = (name) => new URL(`../node_modules/cisco-support-case/${name}`, import.meta.url).href;
  const script = `
    import { readFileSync } from "node:fs";
    // A simulated clock: it goes to the next timer when nothing else is left to do.
    const { setInterval, clearInterval, setImmediate } = globalThis;
    const alive = setInterval(() => {}, 1000);
    let now = 0;
    let timers = [];
    Object.defineProperty(globalThis, "performance", { value: { now: () => now } });
    const began = Date.now();
    Date.now = () => began + now;
    globalThis.setTimeout = (wake, ms = 0) => {
      const timer = { at: now + ms, wake };
      timers.push(timer);
      return timer;
    };
    globalThis.clearTimeout = (timer) => (timers = timers.filter((one) => one !== timer));
    const idle = async () => {
      for (let turn = 0; turn < 20; turn += 1) await new Promise((done) => setImmediate(done));
    };
    const goOn = async () => {
      await idle();
      timers.sort((one, other) => one.at - other.at);
      const next = timers.shift();
      if (!next) return;
      now = Math.max(now, next.at);
      next.wake();
    };
    const { provide, ready } = await import("${file("client/wasm-instance.js")}");
    const bytes = readFileSync(new URL("${file("wasm/client.wasm")}"));
    let isLoading = true;
    const load = () => new Promise((done) => setTimeout(() => done(bytes), 150));
    provide({ later: () => load().finally(() => (isLoading = false)) });
    const { CaseClient } = await import("${file("client/index.js")}");
    const pages = [1, 2].map((page_index) => ({ last_index: 2, page_index, page_records: 1, total_records: 2, title: "t", self_link: "" }));
    const page = (of) => ({ pagination_response_record: of, cases: [{ case_id: "6" + of.page_index, severity: "1", updated_date: "2024-01-0" + of.page_index + "T00:00:00Z" }] });
    const fetch = async (url) => {
      // Longer than the time left once the module has loaded.
      await new Promise((done) => setTimeout(done, 120));
      return Response.json(url.includes("contracts") ? page(pages[url.includes("page_index=2") ? 1 : 0]) : { count: 0, cases: [] });
    };
    const client = new CaseClient({ baseUrl: "https://service.example", fetch, rateLimit: { perSecond: 0 } });
    const code = (options) => client.caseSummary({ case_ids: ["1"] }, options).then(() => "ok", ({ code }) => code);
    const all = ["5000", [5000], 1.5, true, -1, null, 0, undefined].map((timeoutMs) => code({ timeoutMs }));
    all.push(code(5), code(new Map([["timeoutMs", "5000"]])), code({ timeoutMs: 200 }), code({ timeoutMs: 4000 }));
    all.push(client.casesByContract({ contract_ids: ["1"] }, { timeoutMs: 250 }).toArray({ limit: 9 }).then(({ length }) => length, ({ code }) => code));
    let outcomes;
    Promise.all(all).then((found) => (outcomes = found));
    while (isLoading) await goOn();
    await ready();
    while (!outcomes) await goOn();
    console.log(outcomes.join(), now);
    clearInterval(alive);`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
    encoding: "utf8",
    timeout: 20_000,
  });
  const invalid = Array(5).fill("INVALID_OPTION");
  assert.equal(
    stdout.trim(),
    `${[...invalid, "ok", "ok", "ok", "INVALID_OPTION", "INVALID_OPTION", "TIMEOUT", "ok", 2].join()} 630`,
    stderr,
  );
});

test("the package loads by require in Node versions that support it", {
  skip: !process.features.require_module,
}, () => {
  assert.equal(createRequire(import.meta.url)("cisco-support-case").CaseClient, CaseClient);
});

test("the inline entry shares the module", async () => {
  const inline = await import("cisco-support-case/inline");
  assert.equal(inline.CaseClient, CaseClient);
});

test("reset reloads the module and rejects pending calls", async () => {
  const pending = await new Promise((sent) => {
    const fetch = () => {
      sent(call);
      return new Promise(() => {});
    };
    const call = {
      rejected: new CaseClient({ ...options, fetch }).caseDetails({ case_id: "1" }).catch((error) => error),
    };
  });
  await caseApi.reset();
  assert.equal((await pending.rejected).kind, "internal");
  assert.ok((await cases.casesByContract({ contract_ids: [contract] })).cases.length, "an old client goes on working");
});

test("inlined modules are compiled asynchronously if the runtime forbids synchronous compilation", () => {
  const lines = printed(`
    // Like older Chromium on the main thread.
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

test("a Worker with the server entry has an error that names the configuration", () => {
  const lines = printed(`
    globalThis.WebSocketPair = class {};
    const { CaseClient, ready } = await import("cisco-support-case");
    const report = ({ code, message, advice }) => console.log(code, message, advice);
    await ready().catch(report);
    await new CaseClient().caseDetails({ case_id: "681425141" }).catch(report);`);
  assert.equal(lines.length, 2);
  for (const line of lines) assert.match(line, /^NO_WASM .*serverExternalPackages: \["cisco-support-case"\]/);
  for (const line of lines) assert.doesNotMatch(line, /Content-Security-Policy/);
});

test("a load error names the remedy of the bundler, or copying the files for unknown ones", () => {
  const file = (name) => new URL(`../node_modules/cisco-support-case/${name}`, import.meta.url).href;
  const report = (around, stack = "") => {
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
  assert.deepEqual(report(""), [words(LOAD_FAILED), words(NO_WASM)]);
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
    const [loading] = report(around, stack);
    assert.match(loading.meaning, /^The WebAssembly module could not be loaded\. \S/);
    assert.doesNotMatch(loading.meaning, /If the bundler/);
    for (const text of [loading.meaning, loading.advice, loading.hint]) assert.match(text, cure);
    assert.doesNotMatch(loading.advice, /Check your connection/);
  }
  // Visitors of a portal may have a connection failure as well.
  for (const [around, cure] of [
    [inPage("() => ({})"), /angular\.json/],
    ['globalThis.next = { version: "16.4.6" };', /_next\/static/],
  ]) {
    const [loading] = report(around);
    assert.match(loading.meaning, cure);
    assert.match(loading.hint, cure);
    assert.equal(loading.advice, LOAD_FAILED.advice);
  }
  const offline = 'Object.defineProperty(globalThis, "navigator", { value: { onLine: false }, configurable: true });';
  assert.deepEqual(report(offline, vite)[0], words(LOAD_FAILED));
  // Where no page exists, its content security policy is not the cause.
  for (const [around, cure] of [
    ["globalThis.WebSocketPair = class {};", /serverExternalPackages/],
    ['globalThis.EdgeRuntime = "edge";', /runtime = "nodejs"/],
  ]) {
    assert.match(report(around)[1].advice, cure);
    assert.doesNotMatch(report(around)[1].advice, /Content-Security-Policy/);
  }
  assert.deepEqual(report("", vite)[1], words(NO_WASM));
});
