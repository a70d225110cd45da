// Options for the real TanStack Query: whole lists, which may change during scrolling.

import assert from "node:assert/strict";
import { test } from "node:test";
import { InfiniteQueryObserver } from "@tanstack/query-core";
import { CaseClient } from "cisco-support-case";
import { casesByContractInfiniteOptions, casesByUserInfiniteOptions } from "cisco-support-case/query";
import { setUp } from "./harness.mjs";

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

test("an unchanged list is complete, newest first, in two requests more than pages", async () => {
  const { client, queryClient, urls, contract_ids } = await setUp({ cases: 5000 });
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
  assert.deepEqual(requestedPages(urls).slice(0, last_index + 2), [1, ...downwards(last_index), last_index]);
  assert.ok(descends(dates(data.pages[0].cases)), "also within a page");
  urls.length = 0;
  await scroll(queryClient, casesByContractInfiniteOptions(client, params, { maxAgeMs: 0, scope: "of now" }));
  assert.ok(urls.length > last_index);
  assert.ok(urls.every(([, { headers }]) => new Headers(headers).get("cache-control") === "no-cache"));
});

/** The indices from the last page to the first. */
const downwards = (last) => Array.from({ length: last }, (_, at) => last - at);
/** The requested pages. */
const requestedPages = (urls) => urls.map(([url]) => Number(new URL(url).searchParams.get("page_index") ?? 1));

/** Creates a contract with a number of cases, updated a minute apart. */
function fill({ sandbox }, contract_id, count) {
  for (let number = 0; number < count; number += 1) {
    const updated_date = new Date(Date.UTC(2026, 3, 1) + number * 60_000).toISOString();
    sandbox.put({ case_id: `69${1000000 + number}`, contract_id, title: `Case ${number}`, updated_date });
  }
}

test("the first page has at least half a page of cases, and each further page adds older ones", async () => {
  for (const count of [1, 50, 99, 100, 101, 149, 150, 151, 200, 201, 249, 250, 251, 301, 349, 350]) {
    const it = await setUp({ cases: 10 });
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
    const extra = pages === 1 ? 0 : count % 100 === 1 && pages > 2 ? 4 : 2;
    assert.equal(it.urls.length, pages + extra, `${count}`);
    const short = count % 100 > 0 && count % 100 < 50 && pages > 1;
    assert.equal(data.pages.length, short ? pages - 1 : pages, `${count}`);
    const places = data.pages.map(({ pagination_response_record }) => pagination_response_record.page_index);
    assert.deepEqual(places, downwards(data.pages.length), `${count}`);
  }
});

test("101 cases are one page", async () => {
  const it = await setUp({ cases: 10 });
  fill(it, "779", 101);
  const options = casesByContractInfiniteOptions(it.client, { contract_ids: ["779"] });
  const observer = new InfiniteQueryObserver(it.queryClient, { ...options, enabled: false });
  const { data, hasNextPage } = await observer.refetch();
  assert.deepEqual([data.cases.length, hasNextPage, requestedPages(it.urls)], [101, false, [1, 2, 1, 2]]);
  assert.deepEqual(data.pages[0].pagination_response_record, {
    ...data.pages[0].pagination_response_record,
    page_index: 1,
    page_records: 101,
    total_records: 101,
    last_index: 2,
  });
  assert.ok(descends(dates(data.pages[0].cases)));
});

test("cases that are updated while the first page is read are part of the last page", async () => {
  const it = await setUp({ cases: 10 });
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

test("an end that always changes is LIST_UNSTABLE after a bounded number of requests", async () => {
  const it = await setUp({ cases: 10 });
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

test("cases without an id are not deduplicated", async () => {
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
  const { queryClient } = await setUp();
  const { data } = await scroll(queryClient, casesByContractInfiniteOptions(client, { contract_ids: ["1"] }));
  assert.equal(data.cases.length, 104);
});

test("a list of a single page, and an empty one, take one request", async () => {
  const { client, queryClient, urls, user_ids } = await setUp();
  const { data } = await scroll(queryClient, casesByUserInfiniteOptions(client, { user_ids: user_ids.slice(-1) }));
  assert.ok(data.cases.length > 0);
  assert.equal(urls.length, 1);
  const empty = await scroll(queryClient, casesByContractInfiniteOptions(client, { contract_ids: ["none"] }));
  assert.deepEqual(empty.data.cases, []);
  assert.equal(urls.length, 2);
});

test("a list sorted by status keeps that order", async () => {
  const { client, queryClient, contract_ids } = await setUp();
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
      const { client, queryClient, contract_ids, urls } = await setUp({ cases: 2500, seed, ...motion });
      const params = { contract_ids: contract_ids.slice(0, 2), status_flag };
      // The same list before any change.
      const atRest = await setUp({ cases: 2500, seed });
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

test("a list that has become shorter continues at its new end", async () => {
  const { sandbox, client, queryClient, contract_ids } = await setUp({ cases: 20_000 });
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

test("a refetch reads every page again, and an updated case is first, once", async () => {
  const { sandbox, client, queryClient, contract_ids } = await setUp({ cases: 3000 });
  const options = casesByContractInfiniteOptions(client, { contract_ids: contract_ids.slice(0, 1) });
  const { data: before } = await scroll(queryClient, options);
  const { case_id } = before.cases.at(-1);
  sandbox.advance(60_000);
  sandbox.put({ case_id, title: "Updated" });
  const { data: after } = await scroll(queryClient, options);
  assert.deepEqual([after.cases[0].case_id, after.cases[0].title], [case_id, "Updated"]);
  assert.equal(after.cases.length, before.cases.length);
});

test("many cases with equal update times do not prevent the end", async () => {
  const { sandbox, client, queryClient } = await setUp({ cases: 10 });
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

test("with maxPages some pages are dropped, and previous pages can be fetched", async () => {
  const { client, queryClient, contract_ids } = await setUp({ cases: 5000 });
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

test("with any maxPages an unchanged list ends", async () => {
  const { sandbox, client, queryClient } = await setUp({ cases: 10 });
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

test("a page other than the requested one is PAGE_MISMATCH", async () => {
  const { sandbox, queryClient, contract_ids } = await setUp({ cases: 5000 });
  const fetch = (url, init) => sandbox.fetch(url.replace(/page_index=\d+/, "page_index=2"), init);
  const client = new CaseClient({ baseUrl: sandbox.baseUrl, token: "any", fetch });
  const options = casesByContractInfiniteOptions(client, { contract_ids: contract_ids.slice(0, 1) });
  const error = await queryClient.fetchInfiniteQuery(options).catch((error) => error);
  assert.equal(error.code, "PAGE_MISMATCH");
});
