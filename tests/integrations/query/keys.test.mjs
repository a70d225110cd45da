// Options for the real TanStack Query: keys and scopes.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { hashKey } from "@tanstack/query-core";
import { CaseClient } from "cisco-support-case";
import {
  caseDetailsOptions,
  caseKeys,
  caseSummaryOptions,
  casesByContractInfiniteOptions,
  casesByContractOptions,
  casesByUserOptions,
} from "cisco-support-case/query";
import { setUp } from "./harness.mjs";

// The shared helpers are not copied into the project of the tests.
const { random } = await import(join(process.env.ROOT, "tests/random.mjs"));

test("keys are equal exactly if the requests are equal, apart from the order of ids", async () => {
  const { below, pick } = random(20261125);
  const { client } = await setUp();
  const sent = { url: "" };
  const spy = new CaseClient({
    baseUrl: "https://sandbox.invalid/case/v3",
    token: "any",
    maxRetries: 0,
    rateLimit: { perSecond: 0, perDay: 0 },
    fetch: (url) => {
      sent.url = url;
      return Response.json({ cases: [], count: 0 });
    },
  });
  const blank = (text) => pick(["", " ", "\t", "\u0085", "\u00a0"]) + text + pick(["", " ", "\n", "\u2003"]);
  const maybe = (value) => pick([value, value, undefined, null, "", "  "]);
  const ids = () =>
    Array.from({ length: 1 + below(3) }, () => blank(pick(["1", "2", "10", "é", "\ufeff1", "a b", "3,4", "x\u0085"])));
  // Equal times in several spellings, close times, and an invalid one.
  const dates = [
    "2026-03-01T00:00:00Z",
    "2026-03-01T00:00:00.000Z",
    "2026-03-01T01:00:00+01:00",
    "2026-02-28t23:30:00-00:30",
    "2026-03-01T00:00:00.0004Z",
    "2026-03-01T00:00:00.001Z",
    "2026-03-01T00:00:00.0019z",
    "2026-03-01T00:00:00.1Z",
    "2026-02-29T00:00:00Z",
    "2026-02-30T00:00:00Z",
    "2026-03-02T00:00:00Z",
    "2026-03-01T24:00:00Z",
    "2026-03-02T00:00:60Z",
    "2026-03-01",
    "2026-03-01T00:00:00",
    "2026-03-01T00:00:00+24:00",
    "2026-03-01T00:00:00,5Z",
    "+002026-03-01T00:00:00Z",
    "0000-01-01T00:00:00+00:01",
    "9999-12-31T23:59:59-01:00",
    "2026-03-01T00:00:00.Z",
    new Date("2026-03-01T00:00:00Z"),
    new Date("2026-03-01T00:00:00.001Z"),
    new Date(NaN),
  ];
  const date = () => maybe(pick(dates));
  const list = (name) => () => ({
    [name]: ids(),
    date_created_from: date(),
    date_created_to: below(4) ? undefined : date(),
    status_flag: maybe(blank(pick(["O", "C", "o"]))),
    sort_by: maybe(blank(pick(["UPDATED_DATE", "STATUS", "updated_date"]))),
    page_index: maybe(pick([1, 2, "1", " 2 ", "02", "+2", 2.5, 0, 99_999, 100_000, "1e1", true, [2], "٢"])),
    ...(below(8) ? {} : { page: "" }),
  });
  const calls = [
    [
      "caseSummary",
      caseSummaryOptions,
      () => ({ case_ids: ids(), sort_by: maybe(blank(pick(["UPDATED_DATE", "STATUS"]))) }),
    ],
    ["caseDetails", caseDetailsOptions, () => ({ case_id: maybe(blank(pick(["1", "2", "a b", "\ufeff1"]))) })],
    ["casesByContract", casesByContractOptions, list("contract_ids")],
    ["casesByUser", casesByUserOptions, list("user_ids")],
  ];
  let [valid, shared] = [0, 0];
  for (const [call, options, params] of calls) {
    const urlOf = new Map();
    const keyOf = new Map();
    for (let round = 0; round < 2500; round += 1) {
      const given = shuffled(params());
      const key = hashKey(options(client, given).queryKey);
      assert.deepEqual(JSON.parse(key).slice(0, 3), ["cisco-support-case", "", call]);
      sent.url = "";
      const error = await spy[call](given).catch((error) => error);
      // A rejected request has no URL: its problems distinguish it from a valid one.
      const request = sent.url ? canonical(sent.url) : null;
      assert.equal(request === null, error?.kind === "invalid_request", String(error));
      if (urlOf.has(key)) {
        assert.equal(urlOf.get(key), request, `${key} belongs to two requests: ${JSON.stringify(given)}`);
        shared += 1;
      }
      urlOf.set(key, request);
      if (request === null) continue;
      valid += 1;
      if (keyOf.has(request)) assert.equal(keyOf.get(request), key, `${request} has two keys`);
      keyOf.set(request, key);
    }
  }
  assert.ok(valid > 2000 && shared > 2000, `${valid} valid, ${shared} shared`);

  function shuffled(object) {
    const entries = Object.entries(object);
    for (let at = entries.length - 1; at > 0; at -= 1) {
      const other = below(at + 1);
      [entries[at], entries[other]] = [entries[other], entries[at]];
    }
    return Object.fromEntries(entries);
  }
  /** The sent parameters, with sorted ids and without defaults of the service. */
  function canonical(url) {
    const { pathname, searchParams } = new URL(url);
    const [, path, list] = /^(.*\/)([^/]*)$/.exec(pathname);
    searchParams.sort();
    const usual = ["page_index=1", "sort_by=UPDATED_DATE"];
    const rest = [...searchParams].filter((pair) => !usual.includes(pair.join("=")));
    return JSON.stringify([path, list.split(",").sort(), rest]);
  }
});

test("keys of scopes, calls and infinite lists differ, and caseKeys matches them", async () => {
  const { client, queryClient, contract_ids } = await setUp();
  const params = { contract_ids: contract_ids.slice(0, 1) };
  const keys = [
    caseDetailsOptions(client, { case_id: "1" }).queryKey,
    caseDetailsOptions(client, { case_id: "1" }, { scope: "tenant-a" }).queryKey,
    caseDetailsOptions(client, { case_id: "2" }).queryKey,
    caseSummaryOptions(client, { case_ids: ["1"] }).queryKey,
    casesByContractOptions(client, params).queryKey,
    casesByContractOptions(client, { ...params, page_index: 2 }).queryKey,
    casesByContractInfiniteOptions(client, params).queryKey,
    casesByUserOptions(client, { user_ids: ["u"] }).queryKey,
  ];
  assert.equal(new Set(keys.map(hashKey)).size, keys.length);
  for (const queryKey of keys) queryClient.setQueryData(queryKey, {});
  const place = ({ queryHash }) => keys.findIndex((key) => hashKey(key) === queryHash);
  const found = (queryKey) => queryClient.getQueryCache().findAll({ queryKey }).map(place);
  assert.deepEqual(found(caseKeys.all), [0, 1, 2, 3, 4, 5, 6, 7]);
  assert.deepEqual(found(caseKeys.scope("tenant-a")), [1]);
  assert.deepEqual(found(caseKeys.details()), [0, 2]);
  assert.deepEqual(found(caseKeys.details("1")), [0]);
  assert.deepEqual(found(caseKeys.details(" 1 ", { scope: "tenant-a" })), [1]);
  assert.deepEqual(found(caseKeys.summaries()), [3]);
  assert.deepEqual(found(caseKeys.byContract()), [4, 5, 6]);
  assert.deepEqual(found(caseKeys.byUser()), [7]);
  assert.deepEqual(found(keys[4]), [4, 5, 6], "a list's first page, its others and the whole of it");
});

test("two clients with different scopes share no data", async () => {
  const [a, b] = [await setUp({ seed: 1 }), await setUp({ seed: 2 })];
  const { queryClient } = a;
  const params = { contract_ids: ["1234567"] };
  const [one, other] = await Promise.all([
    queryClient.fetchQuery(casesByContractOptions(a.client, params, { scope: "a" })),
    queryClient.fetchQuery(casesByContractOptions(b.client, params, { scope: "b" })),
  ]);
  assert.notDeepEqual(
    one.cases.map(({ title }) => title),
    other.cases.map(({ title }) => title),
  );
  queryClient.removeQueries({ queryKey: caseKeys.scope("a") });
  assert.deepEqual(
    queryClient
      .getQueryCache()
      .getAll()
      .map(({ queryKey }) => queryKey[1]),
    ["b"],
  );
});
