// Options, hooks and standalone functions of the packed client.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as caseApi from "cisco-support-case";
import {
  CASE_STATUSES,
  CaseClient,
  ERROR_TABLE,
  LIMITS,
  checkCaseDetails,
  checkCaseSummary,
  checkCasesByContract,
  checkCasesByUser,
  decodeCaseDetails,
  decodeCasesPage,
  decodeCaseSummary,
  explainError,
  hasNextPage,
  nextPageIndex,
  parseIds,
  ready,
} from "cisco-support-case";
import { sandbox, info, contract, options, cases, wasmText } from "./client-harness.mjs";

test("the exports equal the declarations", () => {
  /** The values that a declaration file exports, including re-exports. */
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

test("hooks are called in order, and one that throws has no effect", async () => {
  const events = [];
  const lines = [];
  const logger = Object.fromEntries(
    ["debug", "info", "warn", "error"].map((level) => [level, (line, about) => lines.push([level, line, about])]),
  );
  const hook = (name) => (event) => events.push([name, event]);
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
    events.map(([name]) => name),
    ["request", "response", "retry", "request", "response"],
  );
  const [request, refusal, retry, , answer] = events.map(([, event]) => event);
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
  assert.equal(JSON.stringify([events, lines]).includes(options.token), false);

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

test("a trace context is sent", async () => {
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

test("a path of a gateway is resolved against the origin, also in a worker of a blob", async () => {
  const inside = new URL("../client/gateway-request.js", import.meta.resolve("cisco-support-case"));
  const { GatewayRequests } = await import(inside);
  const before = Object.getOwnPropertyDescriptor(globalThis, "location");
  const value = { href: "blob:https://portal.example/3f0c", origin: "https://portal.example" };
  Object.defineProperty(globalThis, "location", { value, configurable: true, writable: true });
  try {
    const client = new CaseClient({ baseUrl: "/api/case" });
    assert.equal(GatewayRequests.of(client)?.baseUrl, "https://portal.example/api/case");
    Object.assign(value, { href: "about:srcdoc", origin: "null" });
    const absolute = new CaseClient({ baseUrl: " https://gateway.example/api/case" });
    assert.equal(GatewayRequests.of(absolute)?.baseUrl, "https://gateway.example/api/case");
  } finally {
    delete globalThis.location;
    if (before) Object.defineProperty(globalThis, "location", before);
  }
});

test("a hook may free the client", async () => {
  const client = new CaseClient({ ...options, hooks: { onRequest: () => client.free() } });
  assert.ok((await client.casesByContract({ contract_ids: [contract] })).cases.length > 0, "what is pending goes on");
  const again = await client.casesByContract({ contract_ids: [contract] }).catch((error) => error);
  assert.equal(again.code, "CLIENT_CLOSED");
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

test("rules, tables and decoders work without a client", async () => {
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

test("an invalid signal or fetch is rejected, and credentials are rejected in a page", async () => {
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
  // Web workers have no document and load the same bundler entry. Server runtimes may have a worker scope too, and
  // identify themselves.
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

test("a freed client throws CLIENT_CLOSED, and its pending calls complete", async () => {
  const client = new CaseClient(options);
  const pending = client.casesByContract({ contract_ids: [contract] }).then((page) => page.cases.length);
  client.free();
  assert.ok((await pending) > 0);
  await assert.rejects(client.casesByContract({ contract_ids: [contract] }), { code: "CLIENT_CLOSED" });
  client.free();
});

test("the tarball contains no source, no test data and no path of the build machine", () => {
  const manifest = JSON.parse(
    readFileSync(new URL("../node_modules/cisco-support-case/package.json", import.meta.url)),
  );
  assert.match(manifest.version, /^\d+\.\d+\.\d+$/);
  for (const name of ["client", "page", "bulk", "gateway", "sandbox"])
    assert.equal(/\/(root|home|work|Users)\//.test(wasmText(name)), false, name);
});

test("a client without its environment variables can be created, and its calls name them", async () => {
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

test("http on another host requires allowHttp, and order is accepted for lists only", async () => {
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

test("an enumerated option is used as it is checked: without white space at its ends, and an empty one as none", async () => {
  const lines = async (logLevel) => {
    const seen = [];
    const logger = Object.fromEntries(
      ["debug", "info", "warn", "error"].map((level) => [level, () => seen.push(level)]),
    );
    await new CaseClient({ ...options, logger, logLevel }).casesByContract({ contract_ids: [contract] });
    return seen;
  };
  for (const [given, same] of [
    [" debug\n", "debug"],
    ["error ", "error"],
    ["", undefined],
    [" ", undefined],
  ]) {
    assert.deepEqual(await lines(given), await lines(same), JSON.stringify(given));
  }
  assert.notDeepEqual(await lines("debug"), await lines("error"));
  const credentials = async (fetchCredentials) => {
    let seen;
    const fetch = (url, init) => {
      seen = init.credentials;
      return sandbox.fetch(url, init);
    };
    await new CaseClient({ ...options, fetch, fetchCredentials }).casesByContract({ contract_ids: [contract] });
    return seen;
  };
  assert.deepEqual(
    [await credentials("include "), await credentials(""), await credentials()],
    ["include", undefined, undefined],
  );
});

test("a date parameter may be a Temporal.Instant, of any implementation", async () => {
  /** As in the standard: its conversion to a number throws. */
  class Instant {
    constructor(epochMilliseconds) {
      this.epochMilliseconds = epochMilliseconds;
    }
    get [Symbol.toStringTag]() {
      return "Temporal.Instant";
    }
    valueOf() {
      throw new TypeError("an instant has no value");
    }
  }
  const urls = [];
  const fetch = (url, init) => {
    urls.push(url);
    return sandbox.fetch(url, init);
  };
  const client = new CaseClient({ ...options, fetch });
  const ms = Date.parse("2026-01-02T03:04:05.678Z");
  for (const at of [new Date(ms), new Instant(ms)]) {
    const to = new at.constructor(ms + 86_400_000);
    await client.casesByContract({ contract_ids: [contract], date_created_from: at, date_created_to: to });
  }
  assert.equal(urls[0], urls[1]);
  assert.match(decodeURIComponent(urls[0]), /2026-01-02T03:04:05/);
  assert.deepEqual(caseApi.checkAllCases({ contract_ids: [contract], date_created_from: new Instant(ms) }), []);
  assert.equal(
    checkCasesByContract({ contract_ids: [contract], date_created_from: new Instant(Number.NaN) }).length,
    1,
  );
});
