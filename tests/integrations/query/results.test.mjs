// Options for the real TanStack Query: results, errors and parameters.

import assert from "node:assert/strict";
import { test } from "node:test";
import { dehydrate, hashKey, hydrate, InfiniteQueryObserver, QueryClient, QueryObserver } from "@tanstack/query-core";
import { isCaseApiError } from "cisco-support-case";
import {
  caseDetailsOptions,
  caseSummaryOptions,
  casesByContractInfiniteOptions,
  casesByContractOptions,
  casesByUserInfiniteOptions,
  casesByUserOptions,
} from "cisco-support-case/query";
import { setUp } from "./harness.mjs";

test("the options of each call return the client's result", async () => {
  const { client, queryClient, contract_ids, user_ids, case_ids } = await setUp();
  const [contract, user] = [contract_ids[0], user_ids[0]];
  const summary = await queryClient.fetchQuery(caseSummaryOptions(client, { case_ids: case_ids.slice(0, 3) }));
  assert.deepEqual(summary, await client.caseSummary({ case_ids: case_ids.slice(0, 3) }));
  const detail = await queryClient.fetchQuery(caseDetailsOptions(client, { case_id: case_ids[0] }));
  assert.deepEqual(detail, await client.caseDetails({ case_id: case_ids[0] }));
  const page = await queryClient.fetchQuery(casesByContractOptions(client, { contract_ids: [contract] }));
  assert.deepEqual(page, { ...(await client.casesByContract({ contract_ids: [contract] })) });
  const ofUser = await queryClient.fetchQuery(casesByUserOptions(client, { user_ids: [user], page_index: 1 }));
  assert.deepEqual(ofUser.cases, (await client.casesByUser({ user_ids: [user] })).cases);
});

test("a page is plain data: refetches, structured clones and hydration preserve it", async () => {
  const { client, queryClient, contract_ids } = await setUp();
  const options = casesByContractOptions(client, { contract_ids: contract_ids.slice(0, 1) });
  const first = await queryClient.fetchQuery(options);
  assert.deepEqual(Reflect.ownKeys(first), ["pagination_response_record", "cases", "issues"]);
  await queryClient.refetchQueries({ queryKey: options.queryKey });
  await queryClient.fetchQuery({ ...options, staleTime: 0 });
  assert.equal(queryClient.getQueryData(options.queryKey), first, "what has not changed is the same object");
  assert.deepEqual(structuredClone(first), first);

  const infinite = casesByContractInfiniteOptions(client, { contract_ids: contract_ids.slice(0, 1) });
  await queryClient.fetchInfiniteQuery(infinite);
  const browser = new QueryClient();
  hydrate(browser, JSON.parse(JSON.stringify(dehydrate(queryClient))));
  assert.deepEqual(browser.getQueryData(options.queryKey), first);
  const observer = new InfiniteQueryObserver(browser, { ...infinite, staleTime: Infinity });
  assert.ok(observer.getCurrentResult().data.cases.length > 0);
  assert.equal(observer.getCurrentResult().hasNextPage, true);
});

test("only changed records are new objects", async () => {
  const { sandbox, client, queryClient, contract_ids } = await setUp();
  const options = casesByContractOptions(client, { contract_ids: contract_ids.slice(0, 1) });
  const before = await queryClient.fetchQuery(options);
  const { case_id } = before.cases.at(-1);
  sandbox.put({ case_id, title: "Another title", updated_date: before.cases.at(-1).updated_date });
  await queryClient.fetchQuery(options);
  const after = queryClient.getQueryData(options.queryKey);
  assert.notEqual(after, before);
  const changed = after.cases.filter((one, at) => one !== before.cases[at]);
  assert.deepEqual(
    changed.map(({ title }) => title),
    ["Another title"],
  );
});

test("errors are the client's, and the query client does not retry", async () => {
  const { sandbox, client, queryClient, urls } = await setUp({}, { maxRetries: 2, backoff: { baseMs: 1, capMs: 2 } });
  sandbox.fault("html_error");
  const error = await queryClient
    .fetchQuery(caseDetailsOptions(client, { case_id: "682299374" }))
    .catch((error) => error);
  assert.ok(isCaseApiError(error));
  assert.deepEqual([error.kind, error.attempts, urls.length], ["unavailable", 3, 3]);

  urls.length = 0;
  const observer = new QueryObserver(
    queryClient,
    caseDetailsOptions(client, { case_id: "682299374" }, { maxRetries: 0 }),
  );
  const result = await new Promise((resolve) => {
    const leave = observer.subscribe((result) => {
      if (result.fetchStatus !== "idle") return;
      leave();
      resolve(result);
    });
  });
  assert.deepEqual([result.status, result.failureCount, urls.length], ["error", 1, 1]);
});

test("problems of parameters are the query's error, and nothing is sent", async () => {
  const { client, queryClient, urls } = await setUp();
  const wrong = [
    caseDetailsOptions(client, { case_id: "" }),
    caseSummaryOptions(client, { case_ids: [612345678] }),
    casesByContractOptions(client, { contract_ids: ["1"], status_flag: "open" }),
    casesByUserOptions(client, null),
    casesByContractOptions(client, { contract_ids: ["1"], sort_by: 1n }),
  ];
  for (const options of wrong) {
    const error = await queryClient.fetchQuery(options).catch((error) => error);
    assert.equal(error.kind, "invalid_request", JSON.stringify(options.queryKey));
    assert.ok(error.problems.length > 0);
  }
  const infinite = [
    casesByUserInfiniteOptions(client, { user_ids: [] }),
    casesByUserInfiniteOptions(client, { user_ids: ["u"], page_index: 2 }),
    casesByUserInfiniteOptions(client, "u"),
    casesByUserInfiniteOptions(client, { user_ids: ["u"] }, { headers: "none" }),
  ];
  for (const options of infinite) {
    const error = await queryClient.fetchInfiniteQuery(options).catch((error) => error);
    assert.equal(error.kind, "invalid_request", JSON.stringify(options.queryKey));
  }
  assert.equal(urls.length, 0);
  assert.throws(() => caseDetailsOptions(client, { case_id: "1" }, { scope: 5 }), /scope: expected a string/);
  assert.throws(() => caseDetailsOptions(client, { case_id: "1" }, "tenant"), /options: expected an object/);
});

test("call options are passed to the call, and are not part of the key", async () => {
  const { client, queryClient, urls } = await setUp();
  const params = { case_id: "682299374" };
  const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const options = caseDetailsOptions(client, params, { headers: { "X-Page": "detail" }, traceparent });
  await queryClient.fetchQuery(options);
  assert.deepEqual(
    [urls[0][1].headers["X-Page"] ?? urls[0][1].headers["x-page"], urls[0][1].headers.traceparent],
    ["detail", traceparent],
  );
  assert.equal(hashKey(options.queryKey), hashKey(caseDetailsOptions(client, params).queryKey));
  const unknown = { code: "INVALID_OPTION", message: /retries: expected one of scope, / };
  assert.throws(() => caseDetailsOptions(client, { case_id: "1" }, { retries: 5 }), unknown);
});

test("later changes of the parameters object have no effect", async () => {
  const { client, queryClient, urls, contract_ids } = await setUp();
  const params = { contract_ids: contract_ids.slice(0, 1) };
  const options = casesByContractOptions(client, params);
  params.contract_ids.push(contract_ids[1]);
  await queryClient.fetchQuery(options);
  assert.ok(urls[0][0].endsWith(`/contract_ids/${contract_ids[0]}`), urls[0][0]);
});

test("the options load no module: they call the given client", async () => {
  const calls = [];
  const client = { caseDetails: async (...how) => (calls.push(how), { case_id: "1" }) };
  const queryClient = new QueryClient();
  assert.deepEqual(await queryClient.fetchQuery(caseDetailsOptions(client, { case_id: "1" })), { case_id: "1" });
  assert.deepEqual(calls[0][0], { case_id: "1" });
  assert.ok(calls[0][1].signal instanceof AbortSignal);
});
