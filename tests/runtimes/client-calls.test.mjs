// The calls of the packed client: promises, pages, iteration and parameters.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import * as caseApi from "cisco-support-case";
import { CaseClient, LIMITS, detach, errorFromJSON, isCaseApiError, isOpen } from "cisco-support-case";
import { createSandbox } from "cisco-support-case/sandbox";
import { sandbox, info, contract, options, cases, counting, severalPages } from "./client-harness.mjs";

test("the four calls return typed records", async () => {
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

test("a call is sent once, at the end of the microtask", async () => {
  const { client, urls } = counting();
  const call = client.casesByContract({ contract_ids: [contract] });
  assert.equal(urls.length, 0);
  await sleep(20);
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

test("a page can be cloned and stringified, and has the next page", async () => {
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

test("iteration returns every case once, newest first, in N + 2 requests", async () => {
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

test("next can be called concurrently", async () => {
  const { contract_ids } = await severalPages();
  const iterator = cases.casesByContract({ contract_ids })[Symbol.asyncIterator]();
  const results = await Promise.all(Array.from({ length: 250 }, () => iterator.next()));
  assert.equal(new Set(results.map((result) => result.value.case_id)).size, 250);
  await iterator.return();
  assert.equal((await iterator.next()).done, true);
});

test("parameters and options are read when the call is made, and later changes have no effect", async () => {
  const urls = [];
  const sentHeaders = [];
  const given = { ...options, headers: { "X-Portal": "a" } };
  const client = new CaseClient({
    ...given,
    fetch: (url, init) => {
      urls.push(new URL(url).pathname);
      sentHeaders.push(init.headers["X-Portal"] ?? new Headers(init.headers).get("x-portal"));
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
  assert.deepEqual(new Set(sentHeaders), new Set(["b"]));
  const estimated = params();
  const estimate = client.estimate(estimated);
  estimated.contract_ids[0] = "x?";
  assert.equal((await estimate).requests, 1);
});

test("cases without an id are not deduplicated", async () => {
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
  // Cases of two lists.
  const cases = [];
  for await (const one of client.allCases({ contract_ids: info.contract_ids.slice(0, 11), status_flag: "O" }))
    cases.push(one);
  assert.equal(cases.length, 24);
});

test("a response without cases and pagination is an empty list", async () => {
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

test("toArray requires a limit and respects it", async () => {
  const call = () => cases.casesByContract({ contract_ids: [contract] });
  const all = await call().toArray({ limit: 100000 });
  assert.ok(all.length > 1);
  await assert.rejects(call().toArray(), { kind: "invalid_request", code: "INVALID_OPTION" });
  await assert.rejects(call().toArray({ limit: all.length - 1 }), { code: "LIMIT_REACHED" });
  assert.equal((await call().toArray({ limit: all.length })).length, all.length);
});

test("dates may be Date objects, and values without a JSON form are rejected by name", () => {
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
  for (const [value, problem] of odd) {
    const problems = check({ page_index: value });
    assert.deepEqual(
      problems.map(({ field, value }) => [field, value]),
      [["page_index", problem]],
    );
  }
  const cyclic = { user_ids: ["u"] };
  cyclic.cyclic = cyclic;
  assert.equal(caseApi.checkCasesByUser(cyclic).length, 1);
});

test("a page for a client component is detached first, and is then plain data", async () => {
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

test("invalid options are rejected with an error of this package", async () => {
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
