// Options of bulk calls for the real TanStack Query.

import assert from "node:assert/strict";
import { test } from "node:test";
import { hashKey } from "@tanstack/query-core";
import { allCasesOptions, caseKeys, changesOptions } from "cisco-support-case/query";
import { setUp } from "./harness.mjs";

test("every case of many contracts is one array, and a refetch keeps what has not changed", async () => {
  const { client, queryClient, contract_ids } = await setUp();
  const params = { contract_ids, date_created_from: "2025-06-01" };
  const options = allCasesOptions(client, params, { limit: 10_000, scope: "a" });
  const cases = await queryClient.fetchQuery(options);
  const all = await client.allCases(params, { concurrency: 1 }).toArray({ limit: 10_000 });
  assert.deepEqual(
    cases,
    all.toSorted((one, other) => (one.case_id < other.case_id ? -1 : 1)),
  );
  assert.ok(cases.length > 100);
  await queryClient.refetchQueries({ queryKey: caseKeys.scope("a") });
  await queryClient.fetchQuery({ ...options, staleTime: 0 });
  assert.equal(queryClient.getQueryData(options.queryKey), cases);
});

test("rounds of changes continue by the cursor of the round before", async () => {
  const { sandbox, client, queryClient, contract_ids } = await setUp();
  const params = { contract_ids, status_flag: "O" };
  const first = await queryClient.fetchQuery(changesOptions(client, params, null, { limit: 10_000 }));
  const [{ case_id }] = first.changes;
  sandbox.advance(60_000);
  sandbox.put({ case_id, title: "Another title" });
  const options = changesOptions(client, params, first.cursor, { limit: 100 });
  const { changes, cursor } = await queryClient.fetchQuery(options);
  assert.deepEqual(
    changes.map((change) => [change.type, change.case_id, change.case.title]),
    [["changed", case_id, "Another title"]],
  );
  assert.notEqual(cursor, first.cursor);
  assert.equal(queryClient.getQueryCache().findAll({ queryKey: caseKeys.all }).length, 2);
});

test("equal reads have one key, and others their own", async () => {
  const { client } = await setUp();
  const from = "2026-01-31T00:00:00Z";
  const keyOf = (params, options) => hashKey(allCasesOptions(client, params, { limit: 1, ...options }).queryKey);
  const same = [
    { contract_ids: ["1", "2"], date_created_from: "2026-01-31" },
    { date_created_from: new Date(from), contract_ids: [" 2", "1"], status_flag: undefined },
    { contract_ids: ["2", "1"], date_created_from: "2026-01-31T01:00:00+01:00", where: undefined },
  ];
  assert.equal(new Set(same.map((params) => keyOf(params))).size, 1);
  const others = [
    keyOf(same[0]),
    keyOf(same[0], { scope: "a" }),
    keyOf({ ...same[0], where: { severity: 1 } }),
    keyOf({ ...same[0], status_flag: "O" }),
    keyOf({ user_ids: ["1", "2"] }),
    keyOf({ case_ids: ["1", "2"] }),
    ...[null, "position"].map((cursor) =>
      hashKey(changesOptions(client, { contract_ids: ["1"] }, cursor, { limit: 1 }).queryKey),
    ),
  ];
  assert.equal(new Set(others).size, others.length);
});

test("what is not valid, too much or cancelled fails the query", async () => {
  const { client, queryClient, contract_ids } = await setUp();
  const failure = (params, options) =>
    queryClient.fetchQuery(allCasesOptions(client, params, options)).then(
      () => undefined,
      ({ kind, code }) => [kind, code].join(),
    );
  assert.equal(await failure({ contract_ids }, { limit: 3 }), "invalid_request,LIMIT_REACHED");
  assert.match(await failure({ contracts: contract_ids }, { limit: 3 }), /^invalid_request,/);
  assert.match(await failure({ contract_ids }, {}), /^invalid_request,/);
  assert.match(await failure({ contract_ids }, { limit: 3, scoop: "a" }), /^invalid_request,/);
  assert.throws(() => allCasesOptions(client, { contract_ids }, { limit: 3, scope: 1 }), { kind: "invalid_request" });
  const options = changesOptions(client, { contract_ids }, null, { limit: 10_000 });
  const fetched = queryClient.fetchQuery(options);
  await queryClient.cancelQueries({ queryKey: options.queryKey });
  await assert.rejects(fetched);
  assert.equal(queryClient.getQueryData(options.queryKey), undefined);
});
