// Bulk calls of the packed package against responses that no sandbox sends.

import assert from "node:assert/strict";
import { test } from "node:test";
import { CaseClient } from "cisco-support-case";

const record = (case_id, more = {}) => ({
  item_entry_id: 1,
  user_id: "synthuser1",
  case_id,
  title: "t",
  severity: "3",
  status_flag: "O",
  status: "Cisco Pending",
  creation_date: "2026-01-01T00:00:00.000Z",
  updated_date: "2026-01-02T00:00:00.000Z",
  ...more,
});
const page = (cases, page_index = 1, last_index = 1, total_records = cases.length) => ({
  pagination_response_record: { page_index, last_index, page_records: cases.length, total_records },
  cases,
});
const idsOf = (url) => /_ids\/([^?]*)/.exec(url)[1].split(",");
const summary = (url) => ({ cases: idsOf(url).map((id) => record(id)) });

/** A client whose service answers with what `answer` returns for an address; a number is a status. */
function clientOf(answer, options = {}) {
  const fetch = async (url) => {
    const given = answer(String(url));
    if (typeof given === "number") return new Response("", { status: given });
    return new Response(JSON.stringify(given), { headers: { "content-type": "application/json" } });
  };
  return new CaseClient({ token: "synthetic", rateLimit: false, maxRetries: 0, fetch, ...options });
}

const all = async (iterable) => {
  const items = [];
  for await (const item of iterable) items.push(item);
  return items;
};
const CASE_IDS = Array.from({ length: 60 }, (_, at) => String(600000000 + at));
const sorted = (cases) => cases.map(({ case_id }) => case_id).sort();

test("a toArray that rejects loses no case of a resumed call", async () => {
  const whole = clientOf(summary);
  let requests = 0;
  const failing = clientOf((url) => (++requests > 1 ? 503 : summary(url)));
  for (const [client, limit, code] of [
    [failing, 1000, "INCOMPLETE"],
    [whole, 5, "LIMIT_REACHED"],
  ]) {
    const call = client.allCases({ case_ids: CASE_IDS }, { concurrency: 1 });
    await assert.rejects(call.toArray({ limit }), { code });
    const resumed = await all(whole.allCases({ case_ids: CASE_IDS }, { resume: call.resumeToken() }));
    assert.deepEqual(sorted(resumed), CASE_IDS, code);
  }
  const details = clientOf((url) => ({ caseDetail: record(/case_id\/(\d+)/.exec(url)[1]) }));
  const call = details.allDetails(CASE_IDS.slice(0, 3));
  await assert.rejects(call.toArray({ limit: 2 }), { code: "LIMIT_REACHED" });
  assert.equal(call.done, false);
  const resumed = await all(details.allDetails(CASE_IDS.slice(0, 3), { resume: call.resumeToken() }));
  assert.equal(resumed.length, 3);
});

test("a toArray that rejects loses no change of the next round", async () => {
  const lists = { 1: ["611111111", "611111112"], 2: ["622222221"], 3: ["633333331"] };
  let isDown = true;
  const client = clientOf((url) => {
    const [id] = idsOf(url);
    return isDown && id === "3" ? 503 : page(lists[id].map((one) => record(one, { contract_id: id })));
  });
  const params = { contract_ids: ["1", "2", "3"], status_flag: "O" };
  const options = { batchSize: 1, concurrency: 1 };
  const round = client.changes(params, null, options);
  await assert.rejects(round.toArray({ limit: 100 }), { code: "INCOMPLETE" });
  isDown = false;
  const next = await client.changes(params, round.cursor(), options).toArray({ limit: 100 });
  assert.deepEqual(sorted(next), ["611111111", "611111112", "622222221", "633333331"]);
});

test("a toArray that is refused leaves the progress of the call as it is", async () => {
  const client = clientOf(summary);
  const call = client.allCases({ case_ids: CASE_IDS }, { concurrency: 1 });
  await assert.rejects(call.toArray(), { code: "INVALID_OPTION" });
  let count = 0;
  for await (const _ of call) if (++count === 40) break;
  await assert.rejects(call.toArray({ limit: 100 }), { code: "INVALID_PARAMETER" });
  const resumed = await all(client.allCases({ case_ids: CASE_IDS }, { resume: call.resumeToken() }));
  assert.equal(resumed.length, 20);
});

test("a case that the filter leaves out was found: a missing one is INCOMPLETE, not CASE_NOTFOUND", async () => {
  const client = clientOf(() => ({ cases: [record("600000001")] }));
  const read = (case_ids, severity) => all(client.allCases({ case_ids, where: { severity } }));
  await assert.rejects(read(["600000001", "600000002"], 1), { code: "INCOMPLETE" });
  await assert.rejects(read(["600000001", "600000002"], 3), { code: "INCOMPLETE" });
  await assert.rejects(read(["600000002"], 1), { code: "CASE_NOTFOUND" });
});

test("a page has the issues of its own cases only", async () => {
  const cases = ["600000001", "600000002", "600000003"].map((id, at) =>
    record(id, { severity: String(at + 1), bugs: 5 }),
  );
  const client = clientOf(() => ({ count: 4, cases }));
  const pages = await all(
    client.allCases({ case_ids: cases.map(({ case_id }) => case_id), where: { severity: [2, 3] } }).pages(),
  );
  assert.deepEqual(
    pages.map((one) => [sorted(one.cases), one.issues.map(({ case_id }) => case_id).sort()]),
    // Without a number: the issue of `count`.
    [
      [
        ["600000002", "600000003"],
        ["", "600000002", "600000003"],
      ],
    ],
  );
});

test("an estimate counts one page for an empty list", async () => {
  const client = clientOf(() => page([], 1, 0));
  const { requests } = await client.estimate({ contract_ids: ["1"], status_flag: "O" }, { sample: 1 });
  assert.equal(requests, 1);
});

test("a signal that throws is ignored", async () => {
  const client = clientOf(summary);
  const signal = {
    aborted: false,
    addEventListener() {
      throw new TypeError("boom");
    },
    removeEventListener() {},
  };
  assert.equal((await all(client.allCases({ case_ids: CASE_IDS }, { signal }))).length, 60);
});

test("an onProgress that throws or rejects is reported to the logger, and the read continues", async () => {
  const lines = [];
  const client = clientOf(summary, { logger: { error: (...line) => lines.push(line) } });
  const failure = new TypeError("mine");
  const throwing = () => {
    throw failure;
  };
  for (const onProgress of [throwing, async () => throwing()]) {
    lines.length = 0;
    assert.equal((await all(client.allCases({ case_ids: CASE_IDS }, { onProgress }))).length, 60);
    assert.deepEqual(lines, [
      ["cisco-support-case: onProgress threw", failure],
      ["cisco-support-case: onProgress threw", failure],
    ]);
  }
});

test("nextPage ends if the service repeats page 1", async () => {
  const client = clientOf(() => page([record("600000001")], 1, 3, 300));
  const seen = [];
  for (let call = client.casesByContract({ contract_ids: ["1"] }); call; ) {
    const one = await call;
    seen.push(one.pagination_response_record.page_index);
    call = one.nextPage();
    assert.equal(one.hasNextPage(), call !== null);
    assert.ok(seen.length < 10, "it ends");
  }
  assert.deepEqual(seen, [1, 1, 1]);
});
