// Options for the real TanStack Query: keys, signals, errors, and lists that change during scrolling.

import assert from "node:assert/strict";
import { test } from "node:test";
import { CaseClient, isCaseApiError } from "cisco-support-case";
import {
  caseDetailsOptions,
  caseKeys,
  casesByContractInfiniteOptions,
  casesByContractOptions,
  casesByUserInfiniteOptions,
  casesByUserOptions,
  caseSummaryOptions,
} from "cisco-support-case/query";
import { createSandbox } from "cisco-support-case/sandbox";
import { dehydrate, hashKey, hydrate, InfiniteQueryObserver, QueryClient, QueryObserver } from "@tanstack/query-core";

async function world(options = {}, clientOptions = {}) {
  const sandbox = await createSandbox(options);
  const urls = [];
  const fetch = (url, init) => {
    urls.push([url, init]);
    return sandbox.fetch(url, init);
  };
  const rateLimit = { perSecond: 0, perDay: 0 };
  const client = new CaseClient({ baseUrl: sandbox.baseUrl, token: "any", fetch, rateLimit, ...clientOptions });
  const queryClient = new QueryClient({ defaultOptions: { queries: { gcTime: Infinity } } });
  const { contract_ids, user_ids, case_ids } = sandbox.info();
  return { sandbox, client, queryClient, urls, contract_ids, user_ids, case_ids };
}

/** A seeded random number generator. */
function dice(seed) {
  let state = seed;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return { below: (n) => Math.floor(next() * n), one: (list) => list[Math.floor(next() * list.length)] };
}

// ---- Results

test("each call has its options, and what comes is the client's", async () => {
  const { client, queryClient, contract_ids, user_ids, case_ids } = await world();
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

test("a page is plain data: it stays the same through a refetch, a structured clone and a server's page", async () => {
  const { client, queryClient, contract_ids } = await world();
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

test("a part that has changed is the only one that is new", async () => {
  const { sandbox, client, queryClient, contract_ids } = await world();
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

test("errors are the client's, and are not retried by anybody else", async () => {
  const { sandbox, client, queryClient, urls } = await world({}, { maxRetries: 2, backoff: { baseMs: 1, capMs: 2 } });
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

test("what is wrong with parameters is the query's error, and nothing is sent", async () => {
  const { client, queryClient, urls } = await world();
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

test("what is passed to the call is, and is no part of the key", async () => {
  const { client, queryClient, urls } = await world();
  const params = { case_id: "682299374" };
  const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const options = caseDetailsOptions(client, params, { headers: { "X-Page": "detail" }, traceparent });
  await queryClient.fetchQuery(options);
  assert.deepEqual(
    [urls[0][1].headers["X-Page"] ?? urls[0][1].headers["x-page"], urls[0][1].headers.traceparent],
    ["detail", traceparent],
  );
  assert.equal(hashKey(options.queryKey), hashKey(caseDetailsOptions(client, params).queryKey));
  const error = await queryClient
    .fetchQuery(caseDetailsOptions(client, { case_id: "1" }, { retries: 5 }))
    .catch((error) => error);
  assert.equal(error.code, "INVALID_OPTION", "a name that is no option is refused");
});

test("parameters that are changed afterwards are another request", async () => {
  const { client, queryClient, urls, contract_ids } = await world();
  const params = { contract_ids: contract_ids.slice(0, 1) };
  const options = casesByContractOptions(client, params);
  params.contract_ids.push(contract_ids[1]);
  await queryClient.fetchQuery(options);
  assert.ok(urls[0][0].endsWith(`/contract_ids/${contract_ids[0]}`), urls[0][0]);
});

// ---- Signals

test("a query that nobody waits for any more ends its call", async () => {
  const { sandbox, client, queryClient, urls } = await world();
  sandbox.fault("latency", { ms: 60_000 });
  const ended = [];
  for (const options of [
    caseDetailsOptions(client, { case_id: "682299374" }),
    casesByContractOptions(client, { contract_ids: ["1234567"] }),
  ]) {
    const observer = new QueryObserver(queryClient, options);
    const leave = observer.subscribe(() => {});
    await until(() => urls.length === ended.length + 1);
    const { signal } = urls.at(-1)[1];
    assert.equal(signal.aborted, false);
    leave();
    await until(() => signal.aborted);
    ended.push(queryClient.getQueryState(options.queryKey).fetchStatus);
  }
  assert.deepEqual(ended, ["idle", "idle"]);
  assert.equal(sandbox.info().requests.received, 2);

  const infinite = casesByContractInfiniteOptions(client, { contract_ids: ["1234567"] });
  const fetching = queryClient.fetchInfiniteQuery(infinite).catch((error) => error);
  await until(() => urls.length === 3);
  await queryClient.cancelQueries({ queryKey: caseKeys.all });
  await until(() => urls[2][1].signal.aborted);
  await fetching;
});

async function until(holds) {
  for (let turns = 0; !holds(); turns += 1) {
    assert.ok(turns < 1000, "it did not happen within ten seconds");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

// ---- Keys

test("a key is the same if and only if the request is, but for the order of ids", async () => {
  const roll = dice(20261125);
  const { client } = await world();
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
  const blank = (text) => roll.one(["", " ", "\t", "\u0085", "\u00a0"]) + text + roll.one(["", " ", "\n", "\u2003"]);
  const maybe = (value) => roll.one([value, value, undefined, null, "", "  "]);
  const ids = () =>
    Array.from({ length: 1 + roll.below(3) }, () =>
      blank(roll.one(["1", "2", "10", "é", "\ufeff1", "a b", "3,4", "x\u0085"])),
    );
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
  const date = () => maybe(roll.one(dates));
  const list = (name) => () => ({
    [name]: ids(),
    date_created_from: date(),
    date_created_to: roll.below(4) ? undefined : date(),
    status_flag: maybe(blank(roll.one(["O", "C", "o"]))),
    sort_by: maybe(blank(roll.one(["UPDATED_DATE", "STATUS", "updated_date"]))),
    page_index: maybe(roll.one([1, 2, "1", " 2 ", "02", "+2", 2.5, 0, 99_999, 100_000, "1e1", true, [2], "٢"])),
    ...(roll.below(8) ? {} : { page: "" }),
  });
  const calls = [
    [
      "caseSummary",
      caseSummaryOptions,
      () => ({ case_ids: ids(), sort_by: maybe(blank(roll.one(["UPDATED_DATE", "STATUS"]))) }),
    ],
    ["caseDetails", caseDetailsOptions, () => ({ case_id: maybe(blank(roll.one(["1", "2", "a b", "\ufeff1"]))) })],
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
        assert.equal(urlOf.get(key), request, `${key} stands for two requests: ${JSON.stringify(given)}`);
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
      const other = roll.below(at + 1);
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

test("keys of scopes, calls and whole lists are apart, and helpers find them", async () => {
  const { client, queryClient, contract_ids } = await world();
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

test("two clients of two tenants share nothing, with a scope each", async () => {
  const [a, b] = [await world({ seed: 1 }), await world({ seed: 2 })];
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

// ---- Whole lists

/** Scrolls to the end as a page does, while there is a next page. */
async function scroll(queryClient, options, { most = 200, between = () => {} } = {}) {
  const observer = new InfiniteQueryObserver(queryClient, { ...options, enabled: false });
  const leave = observer.subscribe(() => {});
  let result = await observer.refetch();
  for (let fetched = 1; result.hasNextPage && fetched < most; fetched += 1) {
    between(result);
    result = await observer.fetchNextPage({ throwOnError: true });
  }
  leave();
  assert.equal(result.hasNextPage, false, `it ended after ${result.data.pages.length} pages`);
  return result;
}

const recordOf = ({ pages }) => pages.at(-1).pagination_response_record;
const dates = (cases) => cases.map(({ updated_date }) => Date.parse(updated_date));
const descends = (numbers) => numbers.every((number, at) => at === 0 || number <= numbers[at - 1]);

test("a list at rest comes whole, the newest first, in two requests more than it has pages", async () => {
  const { client, queryClient, urls, contract_ids } = await world({ cases: 5000 });
  const params = { contract_ids: contract_ids.slice(1, 2) };
  const { data } = await scroll(queryClient, casesByContractInfiniteOptions(client, params));
  const every = await client.casesByContract(params).toArray({ limit: 10_000 });
  const { last_index } = data.pages[0].pagination_response_record;
  assert.ok(last_index >= 3, `${last_index} pages`);
  assert.deepEqual(
    data.cases.map(({ case_id }) => case_id),
    every.map(({ case_id }) => case_id),
  );
  const controls = urls.map(([, { headers }]) => new Headers(headers).get("cache-control"));
  const [own, compared] = [controls.slice(0, last_index + 2), controls.slice(last_index + 2)];
  assert.deepEqual([...new Set(own)], [null], "a cache may answer");
  assert.deepEqual([...new Set(compared)], ["no-cache"], "the client's own promise needs pages of now");
  assert.equal(urls.length, 2 * (last_index + 2), "its own and those of the client that was compared");
  assert.deepEqual(asked(urls).slice(0, last_index + 2), [1, ...downwards(last_index), last_index]);
  assert.ok(descends(dates(data.pages[0].cases)), "also within a page");
  urls.length = 0;
  await scroll(queryClient, casesByContractInfiniteOptions(client, params, { maxAgeMs: 0, scope: "of now" }));
  assert.ok(urls.length > last_index);
  assert.ok(urls.every(([, { headers }]) => new Headers(headers).get("cache-control") === "no-cache"));
});

/** The indices from the last page to the first. */
const downwards = (last) => Array.from({ length: last }, (_, at) => last - at);
/** The requested pages. */
const asked = (urls) => urls.map(([url]) => Number(new URL(url).searchParams.get("page_index") ?? 1));

/** Creates a contract with a number of cases, updated a minute apart. */
function fill({ sandbox }, contract_id, count) {
  for (let number = 0; number < count; number += 1) {
    const updated_date = new Date(Date.UTC(2026, 3, 1) + number * 60_000).toISOString();
    sandbox.put({ case_id: `69${1000000 + number}`, contract_id, title: `Case ${number}`, updated_date });
  }
}

test("the first page is no shorter than half a page, and every further one brings older cases", async () => {
  for (const count of [1, 50, 99, 100, 101, 149, 150, 151, 200, 201, 249, 250, 251, 301, 349, 350]) {
    const it = await world({ cases: 10 });
    fill(it, "779", count);
    const seen = [];
    const { data } = await scroll(
      it.queryClient,
      casesByContractInfiniteOptions(it.client, { contract_ids: ["779"] }),
      {
        between: ({ data }) => seen.push(data.cases.length),
      },
    );
    seen.push(data.cases.length);
    assert.equal(data.cases.length, count);
    assert.ok(seen[0] >= Math.min(count, 50), `${count}: the first page has ${seen[0]}`);
    assert.ok(
      seen.every((cases, at) => at === 0 || cases > seen[at - 1]),
      `${count}: ${seen}`,
    );
    const pages = Math.ceil(count / 100);
    // A last page within one second is compared with the page that is read after it.
    const besides = pages === 1 ? 0 : count % 100 === 1 && pages > 2 ? 4 : 2;
    assert.equal(it.urls.length, pages + besides, `${count}`);
    const short = count % 100 > 0 && count % 100 < 50 && pages > 1;
    assert.equal(data.pages.length, short ? pages - 1 : pages, `${count}`);
    const places = data.pages.map(({ pagination_response_record }) => pagination_response_record.page_index);
    assert.deepEqual(places, downwards(data.pages.length), `${count}`);
  }
});

test("101 cases are there at once", async () => {
  const it = await world({ cases: 10 });
  fill(it, "779", 101);
  const options = casesByContractInfiniteOptions(it.client, { contract_ids: ["779"] });
  const observer = new InfiniteQueryObserver(it.queryClient, { ...options, enabled: false });
  const { data, hasNextPage } = await observer.refetch();
  assert.deepEqual([data.cases.length, hasNextPage, asked(it.urls)], [101, false, [1, 2, 1, 2]]);
  assert.deepEqual(data.pages[0].pagination_response_record, {
    ...data.pages[0].pagination_response_record,
    page_index: 1,
    page_records: 101,
    total_records: 101,
    last_index: 2,
  });
  assert.ok(descends(dates(data.pages[0].cases)));
});

test("what comes in above while the first page is filled is told with the last", async () => {
  const it = await world({ cases: 10 });
  fill(it, "779", 310);
  let turn = 0;
  const fetch = async (url, init) => {
    const response = await it.sandbox.fetch(url, init);
    turn += 1;
    // After the end of the list was read 250 cases are updated: those on the page before it become newer than any at
    // the end.
    for (let number = 0; turn === 2 && number < 250; number += 1) {
      it.sandbox.put({
        case_id: `69${1000000 + number}`,
        contract_id: "779",
        title: "Updated",
        updated_date: "2026-06-01T00:00:00Z",
      });
    }
    return response;
  };
  const client = new CaseClient({ ...it.sandbox.clientOptions, fetch });
  const { data } = await scroll(it.queryClient, casesByContractInfiniteOptions(client, { contract_ids: ["779"] }));
  assert.equal(data.cases.length, 310);
  assert.equal(data.cases.filter(({ title }) => title === "Updated").length, 250);
});

test("an end that never comes to rest is an error, and not read for ever", async () => {
  const it = await world({ cases: 10 });
  fill(it, "779", 250);
  let turn = 0;
  const fetch = (url, init) => {
    turn += 1;
    // The whole list is updated before each response.
    for (let number = 0; number < 250; number += 1) {
      const updated_date = new Date(Date.UTC(2026, 4, 1) + turn * 1000).toISOString();
      it.sandbox.put({ case_id: `69${1000000 + number}`, contract_id: "779", title: "Restless", updated_date });
    }
    return it.sandbox.fetch(url, init);
  };
  const client = new CaseClient({ ...it.sandbox.clientOptions, fetch });
  const options = casesByContractInfiniteOptions(client, { contract_ids: ["779"] });
  const error = await scroll(it.queryClient, options).catch((error) => error);
  assert.equal(error.code, "LIST_UNSTABLE");
  assert.ok(turn > 100 && turn < 500, `${turn} requests`);
});

test("cases without an id come as often as the service has them", async () => {
  const record = (index, cases) => ({
    pagination_response_record: {
      title: "t",
      page_index: index,
      last_index: 2,
      page_records: cases.length,
      total_records: 104,
    },
    cases,
  });
  const nameless = { title: "No id", creation_date: "2026-01-01T00:00:00Z", updated_date: "2026-02-02T00:00:00Z" };
  const lower = Array.from({ length: 100 }, (_, at) => ({
    case_id: `69${1000000 + at}`,
    title: "t",
    updated_date: "2026-01-02T00:00:00Z",
  }));
  const fetch = (url) => {
    const index = Number(new URL(url).searchParams.get("page_index") ?? 1);
    return Response.json(
      record(index, index === 1 ? lower : [nameless, nameless, nameless, { ...nameless, title: "Other" }]),
    );
  };
  const client = new CaseClient({
    baseUrl: "https://sandbox.invalid",
    token: "any",
    fetch,
    rateLimit: { perSecond: 0, perDay: 0 },
  });
  const { queryClient } = await world();
  const { data } = await scroll(queryClient, casesByContractInfiniteOptions(client, { contract_ids: ["1"] }));
  assert.equal(data.cases.length, 104);
});

test("a list of a single page, and an empty one, take one request", async () => {
  const { client, queryClient, urls, user_ids } = await world();
  const { data } = await scroll(queryClient, casesByUserInfiniteOptions(client, { user_ids: user_ids.slice(-1) }));
  assert.ok(data.cases.length > 0);
  assert.equal(urls.length, 1);
  const empty = await scroll(queryClient, casesByContractInfiniteOptions(client, { contract_ids: ["none"] }));
  assert.deepEqual(empty.data.cases, []);
  assert.equal(urls.length, 2);
});

test("a list in the order of its statuses comes in that order", async () => {
  const { client, queryClient, contract_ids } = await world();
  const params = { contract_ids: contract_ids.slice(0, 1), sort_by: "STATUS" };
  const { data } = await scroll(queryClient, casesByContractInfiniteOptions(client, params));
  const every = await client.casesByContract(params).toArray({ limit: 10_000 });
  assert.deepEqual(
    data.cases.map(({ case_id }) => case_id),
    every.map(({ case_id }) => case_id),
  );
});

for (const status_flag of [undefined, "O"]) {
  test(`a list that moves while it is scrolled loses no case${status_flag ? ", also one that cases leave" : ""}`, async () => {
    let [moved, closings] = [0, 0];
    for (let seed = 1; seed <= 40; seed += 1) {
      // Each request advances the clock by a minute; some changes affect this list.
      const motion = { movesPerHour: 30 * (1 + (seed % 7)), msPerRequest: 60_000 };
      const { client, queryClient, contract_ids, urls } = await world({ cases: 2500, seed, ...motion });
      const params = { contract_ids: contract_ids.slice(0, 2), status_flag };
      // The same list before any change.
      const atRest = await world({ cases: 2500, seed });
      const before = await atRest.client.casesByContract(params).toArray({ limit: 10_000 });
      const { data } = await scroll(queryClient, casesByContractInfiniteOptions(client, params));
      // Requests beyond one for each page and the first one for the page count.
      closings += urls.length - recordOf(data).last_index - 1;
      const after = await client.casesByContract(params).toArray({ limit: 10_000 });
      const stayed = new Set(after.map(({ case_id }) => case_id));
      const got = new Map(data.cases.map((one) => [one.case_id, one]));
      const lost = before.filter(({ case_id }) => stayed.has(case_id) && !got.has(case_id));
      assert.deepEqual(
        lost.map(({ case_id }) => case_id),
        [],
        `seed ${seed}`,
      );
      assert.equal(got.size, data.cases.length, "each once");
      assert.ok(descends(dates(data.cases)));
      const newer = before.filter((one) => got.has(one.case_id) && dates([got.get(one.case_id)])[0] > dates([one])[0]);
      moved += newer.length;
    }
    assert.ok(moved > 40 && closings >= 40, `${moved} cases moved, ${closings} requests for the end`);
  });
}

test("a list that has become shorter is read on at its new end", async () => {
  const { sandbox, client, queryClient, contract_ids } = await world({ cases: 20_000 });
  const params = { contract_ids: contract_ids.slice(0, 1), status_flag: "O" };
  const options = casesByContractInfiniteOptions(client, params);
  const open = await client.casesByContract(params).toArray({ limit: 10_000 });
  assert.ok(open.length > 200);
  let closed = false;
  const { data } = await scroll(queryClient, options, {
    between: () => {
      if (closed) return;
      closed = true;
      // Closes all but the 50 least recently updated cases: the next requested page is past the end.
      for (const { case_id } of open.slice(0, -50)) sandbox.put({ case_id, status: "Closed" });
    },
  });
  const left = open.slice(-50).map(({ case_id }) => case_id);
  const got = new Set(data.cases.map(({ case_id }) => case_id));
  assert.deepEqual(
    left.filter((case_id) => !got.has(case_id)),
    [],
  );
  assert.ok(
    data.pages.every(({ cases }) => cases.length > 0),
    "no page is empty",
  );
});

test("a refetch reads every page again, and what was updated is at the top, once", async () => {
  const { sandbox, client, queryClient, contract_ids } = await world({ cases: 3000 });
  const options = casesByContractInfiniteOptions(client, { contract_ids: contract_ids.slice(0, 1) });
  const { data: before } = await scroll(queryClient, options);
  const { case_id } = before.cases.at(-1);
  sandbox.advance(60_000);
  sandbox.put({ case_id, title: "Updated" });
  const { data: after } = await scroll(queryClient, options);
  assert.deepEqual([after.cases[0].case_id, after.cases[0].title], [case_id, "Updated"]);
  assert.equal(after.cases.length, before.cases.length);
});

test("many cases of one second do not keep it from ending", async () => {
  const { sandbox, client, queryClient } = await world({ cases: 10 });
  for (let number = 0; number < 350; number += 1) {
    sandbox.put({
      case_id: `69${1000000 + number}`,
      contract_id: "777",
      title: "of one second",
      updated_date: "2026-05-01T00:00:00Z",
    });
  }
  const { data } = await scroll(queryClient, casesByContractInfiniteOptions(client, { contract_ids: ["777"] }), {
    most: 30,
  });
  assert.equal(data.cases.length, 350);
});

test("with maxPages only some pages are kept, and one can scroll back", async () => {
  const { client, queryClient, contract_ids } = await world({ cases: 5000 });
  const options = {
    ...casesByContractInfiniteOptions(client, { contract_ids: contract_ids.slice(0, 1) }),
    maxPages: 2,
  };
  const observer = new InfiniteQueryObserver(queryClient, options);
  const leave = observer.subscribe(() => {});
  let result = await observer.refetch();
  const last = result.data.pages[0].pagination_response_record.last_index;
  assert.equal(result.hasPreviousPage, false);
  while (result.hasNextPage) result = await observer.fetchNextPage();
  const indices = () => result.data.pages.map(({ pagination_response_record: { page_index } }) => page_index);
  assert.deepEqual(indices(), [2, 1]);
  while (result.hasPreviousPage) result = await observer.fetchPreviousPage();
  assert.deepEqual(indices(), [last, last - 1]);
  leave();
});

test("with maxPages of any number a list at rest ends", async () => {
  const { sandbox, client, queryClient } = await world({ cases: 10 });
  for (let number = 0; number < 250; number += 1) {
    const updated_date = new Date(Date.UTC(2026, 3, 1) + number * 60_000).toISOString();
    sandbox.put({ case_id: `69${1000000 + number}`, contract_id: "778", title: "at rest", updated_date });
  }
  for (const maxPages of [1, 2, 3, 4, 5, 6]) {
    queryClient.clear();
    const options = casesByContractInfiniteOptions(client, { contract_ids: ["778"] });
    await scroll(queryClient, { ...options, maxPages }, { most: 12 });
  }
});

test("a service that gives another page than the one asked for is told of", async () => {
  const { sandbox, queryClient, contract_ids } = await world({ cases: 5000 });
  const fetch = (url, init) => sandbox.fetch(url.replace(/page_index=\d+/, "page_index=2"), init);
  const client = new CaseClient({ baseUrl: sandbox.baseUrl, token: "any", fetch });
  const options = casesByContractInfiniteOptions(client, { contract_ids: contract_ids.slice(0, 1) });
  const error = await queryClient.fetchInfiniteQuery(options).catch((error) => error);
  assert.equal(error.code, "PAGE_MISMATCH");
});

test("nothing is loaded by it: the client that is handed in does the work", async () => {
  const asked = [];
  const client = { caseDetails: async (...how) => (asked.push(how), { case_id: "1" }) };
  const queryClient = new QueryClient();
  assert.deepEqual(await queryClient.fetchQuery(caseDetailsOptions(client, { case_id: "1" })), { case_id: "1" });
  assert.deepEqual(asked[0][0], { case_id: "1" });
  assert.ok(asked[0][1].signal instanceof AbortSignal);
});
