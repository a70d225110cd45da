// The doctor: every check on a sandbox, and every assumption turned over.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { output, run, serve, temporaryFolder } from "./harness.mjs";

const json = (body, status = 200, headers = {}) =>
  new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json", date: "Mon, 01 Jun 2026 12:00:00 GMT", ...headers },
  });
const error = (code, status = 403) => json({ errorCode: code, errorMessage: "synthetic" }, status);

/** Runs the doctor against a service whose responses are changed. */
async function examine(change, more = []) {
  const service = await serve({ cases: 2000, ...(change && { change }) });
  const contract = service.sandbox.info().contract_ids[0];
  const result = await run(["doctor", "--json", "--contract", contract, ...service.connection, ...more], {
    env: service.env,
  });
  const report = JSON.parse(result.stdout);
  return { ...result, report, service, of: (step) => report.results.find((one) => one.step === step) };
}

/** Replaces cases of a list. */
const withCases = async (respond, map) => {
  const response = await respond();
  const body = await response.json();
  return json(body.cases ? { ...body, cases: map(body.cases) } : body, response.status);
};

test("on a sandbox every check passes, and every question has the expected answer", async () => {
  const { code, stderr, report, service } = await examine();
  assert.equal(code, 0, stderr);
  const verdicts = new Map(report.results.map(({ step, verdict }) => [step, verdict]));
  for (const step of ["token endpoint", "caseSummary", "casesByContract", "caseDetails", "casesByUser"])
    assert.equal(verdicts.get(step), "ok", step);
  const questions = report.results.slice(report.results.findIndex(({ step }) => step === "page_past_last"));
  assert.ok(questions.length >= 14);
  for (const { step, verdict, text } of questions) assert.ok(["ok", "unknown"].includes(verdict), `${step}: ${text}`);
  assert.ok(questions.filter(({ verdict }) => verdict === "unknown").length <= 1);
  const [, most] = /At most (\d+) requests/.exec(stderr);
  assert.equal(report.requests, service.requests.length);
  assert.ok(report.requests <= Number(most), `${report.requests} of ${most}`);
  for (const { method, path } of service.requests)
    assert.ok(method === "GET" || path.startsWith("/oauth2/"), "it only reads");
});

/** The address of a port on which nobody listens. */
async function closedPort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

const list = (request) => request.path.includes("/contracts/contract_ids/");
const turned = {
  page_past_last: (request, respond) =>
    list(request) && /page_index=/.test(request.path) ? error("SYSTEM_ERROR", 500) : respond(),
  unknown_case_among_known: (request, respond) =>
    /case_ids\/\d+,/.test(request.path) ? error("CASE_NOTFOUND") : respond(),
  unknown_case_alone: (request, respond) =>
    /case_ids\/\d+$/.test(request.path) ? json({ cases: [], count: 0 }) : respond(),
  ninety_days: (request, respond) =>
    list(request) && /2026-05-31.*/.test(request.path) && /2026-03-02T12:00:00Z/.test(decodeURIComponent(request.path))
      ? error("INVALID_DATERANGE")
      : respond(),
  ninety_days_and_a_second: (request, respond) =>
    /11:59:59Z/.test(decodeURIComponent(request.path))
      ? respond(request.path.replace(/date_created_from=[^&]*/, "date_created_from=2026-05-01T00%3A00%3A00Z"))
      : respond(),
  whole_seconds: (request, respond) =>
    list(request) && !/status_flag/.test(request.path)
      ? withCases(respond, (cases) =>
          cases.map((one) => ({ ...one, creation_date: one.creation_date.replace(".000Z", ".250Z") })),
        )
      : respond(),
  from_alone: (request, respond) =>
    list(request) && /created_from/.test(request.path) && !/created_to/.test(request.path)
      ? error("INVALID_DATERANGE")
      : respond(),
  to_alone: (request, respond) =>
    list(request) && !/created_from/.test(request.path) && /created_to/.test(request.path)
      ? error("INVALID_DATERANGE")
      : respond(),
  open_without_dates: (request, respond) =>
    list(request) && /\?status_flag=O$/.test(request.path)
      ? withCases(respond, (cases) => cases.filter(({ creation_date }) => creation_date > "2026-04"))
      : respond(),
  order: (request, respond) =>
    list(request) && !/page_index|status_flag/.test(request.path)
      ? withCases(respond, (cases) => [...cases].reverse())
      : respond(),
  error_body: (request, respond) =>
    /status_flag=X/.test(request.path) ? json({ problem: { what: "synthetic" } }, 403) : respond(),
  cors: async (request, respond) => {
    const response = await respond();
    if (!request.headers.origin) return response;
    return new Response(await response.text(), {
      status: response.status,
      headers: { ...Object.fromEntries(response.headers), "access-control-allow-origin": request.headers.origin },
    });
  },
  severity: (request, respond) =>
    list(request) && !/status_flag/.test(request.path)
      ? withCases(respond, (cases) => cases.map((one) => ({ ...one, severity: Number(one.severity) })))
      : respond(),
  unknown_fields: (request, respond) =>
    list(request) && !/status_flag/.test(request.path)
      ? withCases(respond, (cases) => cases.map((one) => ({ ...one, crashinfo: "" })))
      : respond(),
};

for (const [id, change] of Object.entries(turned)) {
  test(`a service that answers otherwise is noticed: ${id}`, async () => {
    const { code, report, of } = await examine(change);
    assert.equal(of(id)?.verdict, "differs", JSON.stringify(of(id)));
    assert.ok(of(id).advice.length > 0, "it says what depends on it");
    const others = report.results.filter(
      ({ step, verdict }) => step !== id && (verdict === "differs" || verdict === "failed"),
    );
    assert.deepEqual(others, [], "and nothing else");
    assert.equal(code, 9);
  });
}

test("wrong credentials, a missing permission and an unreachable service are told apart, with what to do", async () => {
  const service = await serve();
  const wrong = await run(["doctor", "--json", ...service.connection], {
    env: { CISCO_CLIENT_ID: "bad-id", CISCO_CLIENT_SECRET: "synthetic" },
  });
  assert.equal(wrong.code, 8);
  const [token] = JSON.parse(wrong.stdout).results.filter(({ verdict }) => verdict === "failed");
  assert.equal(token.step, "token endpoint");
  assert.match(token.text, /^401 invalid_client/);
  assert.match(token.advice, /client id and secret/);

  const { code, of } = await examine((request, respond) =>
    request.path.startsWith("/case/") ? error("CASE_API_FORBIDDEN") : respond(),
  );
  assert.equal(code, 8);
  assert.match(of("caseSummary").text, /CASE_API_FORBIDDEN/);

  const foreign = await examine((request, respond) => (list(request) ? error("INVALID_CUSTOMERID") : respond()));
  assert.match(foreign.of("casesByContract").advice, /entitled to the contract/);

  const closed = await closedPort();
  const nowhere = await run(["doctor", "--json", "--base-url", `${closed}/case/v3`, "--token-url", `${closed}/token`], {
    env: service.env,
  });
  assert.equal(nowhere.code, 8);
  assert.match(nowhere.stdout, /ECONNREFUSED/);
});

test("a service that breaks off is a failed question, and the others are asked", async () => {
  const { code, of, report } = await examine((request, respond) => {
    if (/status_flag=X/.test(request.path)) throw new Error("broken off");
    return respond();
  });
  assert.equal(code, 8);
  assert.equal(of("error_body").verdict, "failed");
  assert.equal(of("cors").verdict, "ok");
  assert.equal(report.results.filter(({ verdict }) => verdict === "failed").length, 1);
});

test("a clock that is wrong is noticed", async () => {
  // The sandbox's clock stands still in the past of any run of this test, or in its future.
  const { of } = await examine();
  assert.equal(of("clock").verdict, "warning");
  assert.match(of("clock").text, /(ahead of|behind) the server's/);
});

test("the budget of requests is kept, and what it leaves out is named", async () => {
  const { report, code, service } = await examine(undefined, ["--max-requests", "8"]);
  assert.equal(code, 0);
  assert.ok(service.requests.length <= 8);
  assert.ok(report.results.some(({ verdict, advice }) => verdict === "skipped" && /raise --max-requests/.test(advice)));
});

test("the report has no secret, token, id, name, user or title of a case", async () => {
  const folder = temporaryFolder();
  const service = await serve({ cases: 2000 });
  const contract = service.sandbox.info().contract_ids[0];
  await output(["doctor", "--contract", contract, "--report", "doctor.json", ...service.connection], {
    env: service.env,
    cwd: folder,
  });
  const text = readFileSync(join(folder, "doctor.json"), "utf8");
  const bodies = await Promise.all(
    ["", "?status_flag=O"].map(async (query) => {
      const response = await service.sandbox.fetch(
        `${service.sandbox.baseUrl}/cases/contracts/contract_ids/${contract}${query}`,
        { headers: { authorization: service.requests.at(-1).headers.authorization } },
      );
      return response.json();
    }),
  );
  for (const { cases } of bodies) {
    for (const { case_id, title, user_id, contact_name, serial_number } of cases) {
      for (const value of [case_id, title, user_id, contact_name, serial_number])
        if (value?.length > 3) assert.ok(!text.includes(value), value);
    }
  }
  assert.ok(!text.includes(contract) && !text.includes("synthetic") && !text.includes("eyJ"));
  assert.ok(!text.includes(process.env.HOME ?? "\0"), "no path of the user's home");
});
