// The errors of the packed client: kinds, texts, causes and serialization.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AbortedError,
  CaseApiError,
  CaseClient,
  InvalidRequestError,
  NotFoundError,
  checkCaseSummary,
  checkCasesByContract,
  decodeCasesPage,
  errorFromJSON,
  explainError,
  isCaseApiError,
  nextPageIndex,
  parseIds,
} from "cisco-support-case";
import { createSandbox } from "cisco-support-case/sandbox";
import { sandbox, info, contract, rateLimit, options, cases, counting, printed } from "./client-harness.mjs";

test("an invalid request reports all problems and sends nothing", async () => {
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
  assert.ok(error.stack.includes("client-errors.test.mjs") || error.stack.includes("InvalidRequestError"));
});

test("an unknown case is not found, with the service's code and message id", async () => {
  const error = await cases.caseDetails({ case_id: "699999999999" }).catch((error) => error);
  assert.ok(error instanceof NotFoundError && isCaseApiError(error));
  assert.deepEqual([error.name, error.constructor.name], ["NotFoundError", "NotFoundError"]);
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

test("an invalid response fails one call only", async () => {
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

test("an error survives JSON and structuredClone", async () => {
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
  assert.deepEqual(
    [odd.advice, odd.retryable, odd.source, odd.status, odd.renewsAt],
    ["", false, "client", null, null],
  );
  const wrong = { ids: ["1", 2, null], problems: [null, { message: "p" }, 5], retryable: "yes", source: "cache" };
  const typed = errorFromJSON({ kind: "decode", code: "c", message: "m", ...wrong, path: 5, status: "500", hint: 1 });
  assert.deepEqual([typed.ids, typed.problems], [["1"], [{ message: "p" }]]);
  assert.deepEqual([typed.retryable, typed.source, typed.path, typed.status], [false, "client", "", null]);
  for (const other of [null, 5, "text", "{", {}, { kind: "toString", code: "", message: "" }, { kind: "quota" }]) {
    assert.throws(() => errorFromJSON(other), { kind: "invalid_request" }, String(other));
  }
});

test("an error of a gateway has advice, and is retried only if it says so", async () => {
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

test("abort rejects with an AbortError whose cause is the reason", async () => {
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

test("faults of the service are errors of their kind", async () => {
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
    // A new client each time: after a spent quota a client sends no request for a while.
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

test("a getter that throws is an error with its cause, and the client continues", async () => {
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

test("concurrent errors share one load of the texts", () => {
  const file = (name) => new URL(`../node_modules/cisco-support-case/${name}`, import.meta.url).href;
  const lines = printed(`
    const { clientError, provideErrors, withTexts } = await import("${file("client/errors.js")}");
    let come;
    const coming = new Promise((resolve) => (come = resolve));
    provideErrors(() => coming.then(() => import("${file("generated/error-rows.js")}")));
    const error = clientError("NO_TOKEN");
    const ending = [1, 2].map(() => withTexts(error).then(({ message, hint }) => [message, hint !== ""].join()));
    await Promise.resolve();
    come();
    for (const one of await Promise.all(ending)) console.log(one);`);
  const { meaning } = explainError("NO_TOKEN")[0];
  assert.deepEqual(lines, [`${meaning},true`, `${meaning},true`]);
});

test("a network error has the host and the runtime's error code", async () => {
  const refused = Object.assign(new TypeError("fetch failed"), {
    cause: Object.assign(new Error("x"), { code: "ECONNREFUSED" }),
  });
  const thrower = {
    get code() {
      throw new Error("the caller's own");
    },
  };
  for (const [thrown, ending] of [
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
    assert.ok(error.message.endsWith(` ${ending}`), error.message);
    assert.match(error.hint, /CORS; cors\.origins of the gateway/);
    assert.equal(JSON.stringify(error).includes("secret-token"), false);
  }
});

test("every error has a hint for developers, also in another thread", async () => {
  const sandbox = await createSandbox({ cases: 5 });
  const contract_ids = Array.from({ length: 11 }, (_, at) => `${at + 1}`);
  const error = await new CaseClient(sandbox.clientOptions).casesByContract({ contract_ids }).catch((error) => error);
  assert.equal(error.code, "EXCEEDED_CONTRACTIDS");
  assert.equal(error.hint, "allCases accepts any number of contract ids.");
  assert.equal(errorFromJSON(JSON.stringify(error)).hint, error.hint);
  assert.equal(errorFromJSON({ ...error.toJSON(), hint: 5 }).hint, "");
});
