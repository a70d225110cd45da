// A sandbox with the real Mock Service Worker in Node: it responds to the requests of a partner's own tests.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { after, afterEach, before, test } from "node:test";
import { CaseClient } from "cisco-support-case";
import { sandboxHandlers } from "cisco-support-case/msw";
import { createSandbox } from "cisco-support-case/sandbox";
import { getResponse, http, HttpResponse } from "msw";
import { setupServer } from "msw/node";

const ORIGIN = "https://portal.example";
const server = setupServer();
/** URLs of unhandled requests: no request may leave the process. */
const stray = [];

before(() => server.listen({ onUnhandledRequest: ({ url }) => void stray.push(url) }));
afterEach(() => server.resetHandlers());
after(() => server.close());

async function setUp(options = {}, places) {
  const sandbox = await createSandbox(options);
  server.use(...sandboxHandlers(sandbox, places));
  return { sandbox, ...sandbox.info() };
}

const rateLimit = { perSecond: 0, perDay: 0 };
const page = () => new CaseClient({ baseUrl: `${ORIGIN}/api/case`, token: "synthetic", maxRetries: 0, rateLimit });
const failure = (call) =>
  call.then(
    () => assert.fail("it succeeded"),
    (error) => error,
  );

test("a page's client of a gateway gets the sandbox's responses", async () => {
  const { sandbox, contract_ids, case_ids, user_ids } = await setUp();
  const direct = new CaseClient({ baseUrl: sandbox.baseUrl, token: "any", fetch: sandbox.fetch, rateLimit });
  for (const [call, params] of [
    ["caseSummary", { case_ids: case_ids.slice(0, 5), sort_by: "STATUS" }],
    ["caseDetails", { case_id: case_ids[0] }],
    [
      "casesByContract",
      { contract_ids: contract_ids.slice(0, 2), page_index: 2, date_created_from: "2026-05-01T00:00:00Z" },
    ],
    ["casesByUser", { user_ids: user_ids.slice(0, 1), status_flag: "O" }],
  ]) {
    assert.deepEqual({ ...(await page()[call](params)) }, { ...(await direct[call](params)) }, call);
  }
  const every = await page()
    .casesByContract({ contract_ids: contract_ids.slice(0, 1) })
    .toArray({ limit: 10_000 });
  assert.ok(every.length > 100);
});

test("a server's client of the service gets them too, and a token for its credentials", async () => {
  const { sandbox, case_ids } = await setUp({ auth: "strict" });
  const client = new CaseClient({ credentials: { clientId: "id", clientSecret: "secret" }, maxRetries: 0, rateLimit });
  const { data, response } = await client.caseDetails({ case_id: case_ids[0] }).withResponse();
  assert.equal(data.case_id, case_ids[0]);
  assert.match(response.headers.get("x-mashery-message-id"), /^[0-9a-f-]{36}$/);
  const error = await failure(
    new CaseClient({ token: "unknown", maxRetries: 0, rateLimit }).caseDetails({ case_id: case_ids[0] }),
  );
  assert.equal(error.kind, "authentication");
  assert.equal(sandbox.info().requests.received, 3);
});

test("fetch of any client is answered at the service's addresses", async () => {
  const { case_ids } = await setUp({ auth: "strict" });
  const token = await fetch("https://id.cisco.com/oauth2/default/v1/token", {
    method: "POST",
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ grant_type: "client_credentials", client_id: "id", client_secret: "secret" }),
  });
  const { access_token } = await token.json();
  const headers = { Authorization: `Bearer ${access_token}` };
  const response = await fetch(`https://apix.cisco.com/case/v3/cases/case_ids/${case_ids[0]}?sort_by=STATUS`, {
    headers,
  });
  assert.equal(response.url, `https://apix.cisco.com/case/v3/cases/case_ids/${case_ids[0]}?sort_by=STATUS`);
  assert.equal((await response.json()).count, 1);
});

test("faults are the same as without MSW", async () => {
  const { sandbox, case_ids } = await setUp();
  const sendRequest = (options) => page().caseDetails({ case_id: case_ids[0] }, options);
  const table = {
    over_qps: ["rate_limited", 1000],
    CASE_NOTFOUND: ["not_found", null],
    html_error: ["unavailable", null],
    garbage_json: ["decode", null],
    reset: ["network", null],
    truncated_body: ["network", null],
  };
  for (const [fault, [kind, retryAfterMs]] of Object.entries(table)) {
    sandbox.fault(fault, { times: 1 });
    const error = await failure(sendRequest());
    assert.deepEqual([error.kind, error.retryAfterMs], [kind, retryAfterMs], `${fault}: ${error}`);
    assert.equal((await sendRequest()).case_id, case_ids[0], "and once only");
  }
  sandbox.fault("slow_body", { ms: 100, times: 1 });
  assert.equal((await sendRequest()).case_id, case_ids[0]);
  sandbox.fault("latency", { ms: 60_000 });
  assert.equal((await failure(sendRequest({ timeoutMs: 100 }))).kind, "timeout");
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 50);
  assert.equal((await failure(sendRequest({ signal: controller.signal }))).kind, "aborted");
});

test("only the named base URLs are handled", async () => {
  const { case_ids } = await setUp(
    {},
    {
      baseUrl: ["https://cases.example/v(3)/", "/bff/cases", "HTTPS://Other.Example:443/fälle"],
      tokenUrl: "https://login.example/token",
    },
  );
  const { origin } = new URL(ORIGIN);
  for (const baseUrl of ["https://cases.example/v(3)", `${origin}/bff/cases`, "https://other.example/fälle"]) {
    const client = new CaseClient({ baseUrl, token: "any", maxRetries: 0, rateLimit });
    assert.equal((await client.caseDetails({ case_id: case_ids[0] })).case_id, case_ids[0], baseUrl);
  }
  stray.length = 0;
  const [own, another] = [`${origin}/api/case/cases/case_ids/1`, `${origin}/other/bff/cases/case_ids/1`];
  server.use(
    http.get(own, () => HttpResponse.text("the portal's")),
    http.get(another, () => HttpResponse.text("another's")),
  );
  assert.equal(await (await fetch(own)).text(), "the portal's");
  assert.equal(await (await fetch(another)).text(), "another's");
});

test("an invalid base URL is rejected by name", async () => {
  const sandbox = await createSandbox();
  for (const [options, message] of [
    [{ baseUrl: "api/case" }, /^TypeError: baseUrl: expected an address .* got "api\/case"$/],
    [{ baseUrl: ["/a", 5] }, /baseUrl: expected .* got 5$/],
    [{ tokenUrl: "/token?x" }, /tokenUrl: expected .* got "\/token\?x"$/],
    [{ baseUrl: "https://" }, /baseUrl: expected .* got "https:\/\/"$/],
    [{ baseUrl: "//other.example/api" }, /baseUrl: expected .* got "\/\/other.example\/api"$/],
    [{ baseUrl: [] }, /baseUrl: expected at least one/],
    [null, /options: expected an object, got null$/],
    [{ path: "/api" }, /path: expected baseUrl or tokenUrl, got "path"$/],
  ]) {
    assert.throws(
      () => sandboxHandlers(sandbox, options),
      (error) => message.test(String(error)),
    );
  }
});

test("an application's own handler has priority, and a freed sandbox is an error", async () => {
  const { sandbox, case_ids } = await setUp();
  server.use(http.get("*/api/case/health", () => HttpResponse.json({ status: "ok" })));
  assert.deepEqual(await (await fetch(`${ORIGIN}/api/case/health`)).json(), { status: "ok" });
  sandbox.free();
  const { error } = console;
  console.error = () => {};
  const failed = await failure(page().caseDetails({ case_id: case_ids[0] }));
  console.error = error;
  assert.equal(failed.status, 500);
});

test("requests for the package's modules pass through, also if renamed", async () => {
  const { sandbox } = await setUp();
  const handlers = sandboxHandlers(sandbox);
  const packaged = new URL("wasm/", import.meta.resolve("cisco-support-case/package.json"));
  const modules = readdirSync(packaged).filter((name) => name.endsWith(".wasm"));
  assert.ok(modules.length >= 6, `${modules}`);
  const own = [
    ...modules.flatMap((name) => [`/wasm/${name}`, `/assets/${name.replace(".wasm", "-Dq3x_9-a.wasm")}`]),
    "/wasm/page.wasm",
    "/assets/bulk-Dq3x_9-a.wasm",
    "/_next/static/media/page.1a2b.wasm?dpl=1",
    "/sandbox.wasm",
  ];
  const responseTo = (path) => getResponse(handlers, new Request(ORIGIN + path));
  for (const path of own) assert.equal((await responseTo(path))?.headers.get("x-msw-intention"), "passthrough", path);
  for (const path of ["/other.wasm", "/page.wasm.txt", "/mypage.wasm"])
    assert.equal(await responseTo(path), undefined, path);
});

test("no request left the process", () => assert.deepEqual(stray, []));
