// A first fill with more batches than D1 permits statements in an invocation, and cases that are longer than its rows, from a service
// of one list.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { gateway, host, MIGRATION } from "./harness.mjs";

const CASES = 28_800;
const PAGE_SIZE = 100;
const CONTRACT = "1234567";

const ends = [];
after(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** The case at a place of the list, which is sorted by its last update. */
const caseAt = (place) => ({
  item_entry_id: (place % PAGE_SIZE) + 1,
  case_id: String(600_000_000 + place),
  title: `a synthetic case ${place % 97}`,
  severity: "3",
  status: "Customer Pending",
  status_flag: "O",
  contract_id: CONTRACT,
  creation_date: "2026-01-01T00:00:00.000Z",
  updated_date: new Date(Date.UTC(2026, 0, 2) + place * 1000).toISOString(),
  bugs: [],
  rmas: [],
});

/** Starts a service with one list, of a number of cases. */
async function serviceOf(count, caseAt) {
  const server = await host((request, response) => {
    const { pathname, searchParams } = new URL(request.url, "http://service.example");
    response.setHeader("content-type", "application/json");
    if (pathname === "/token") {
      response.end(JSON.stringify({ access_token: "a-synthetic-token", expires_in: 3600, token_type: "Bearer" }));
      return;
    }
    const page = Number(searchParams.get("page_index") ?? 1);
    const start = (page - 1) * PAGE_SIZE;
    const cases = Array.from({ length: Math.min(PAGE_SIZE, count - start) }, (_, index) => caseAt(start + index));
    const last_index = Math.ceil(count / PAGE_SIZE);
    const pagination_response_record = {
      page_index: page,
      last_index,
      total_records: count,
      page_records: cases.length,
      self_link: "",
      title: "",
    };
    response.end(JSON.stringify({ pagination_response_record, cases }));
  });
  ends.push(server.stop);
  return server;
}

/** Starts a gateway with an empty copy of a service. */
async function copyOf(address) {
  const one = await gateway({
    upstream: address,
    tokenUrl: `${address}/token`,
    config: "wrangler-copy.jsonc",
    bindings: { CONTRACTS: [CONTRACT], COPY: { status_flag: "O", maxRequests: 1000 } },
    more: { d1Databases: { CASES: "cases" } },
  });
  ends.push(one.stop);
  const database = await one.miniflare.getD1Database("CASES", one.names[0]);
  await database.batch(MIGRATION.map((text) => database.prepare(text)));
  return { one, database };
}

test("a run ends before D1 refuses its statements, and the next one continues to the end of the fill", async (t) => {
  const { address } = await serviceOf(CASES, caseAt);
  const { one, database } = await copyOf(address);

  const first = await one.test("run", {});
  t.diagnostic(`${first.statements} statements, ${first.changed} cases, ${first.ms} ms`);
  assert.deepEqual([first.copy, first.errors, first.complete], ["done", undefined, false]);
  assert.ok(first.statements > 900 && first.statements <= 1000, `${first.statements}`);
  assert.equal((await one.test("lines", {})).asked, 1, "it continues by an alarm");
  const second = await one.test("run", {});
  assert.deepEqual([second.copy, second.errors, second.complete], ["done", undefined, true]);
  assert.equal(first.changed + second.changed, CASES, "no case is read twice");
  const sql =
    "SELECT count(*) AS cases, max(version) AS version, (SELECT count(*) FROM case_words) AS words FROM cases";
  assert.deepEqual(await database.prepare(sql).first(), { cases: CASES, version: CASES, words: CASES });
});

test("a case that is longer than a row of D1 stops no other, and the report and the case name what is left out", async () => {
  const more = (place) => {
    if (place === 1) return { attachment: "x".repeat(2_100_000) };
    if (place === 2) return { contract_name: "x".repeat(1000) };
    // Of nobody, and longer than a row by itself.
    return place === 3 ? { user_id: "x".repeat(2_100_000) } : {};
  };
  const { address } = await serviceOf(6, (place) => ({ ...caseAt(place), ...more(place) }));
  const { one, database } = await copyOf(address);
  for (const changed of [6, undefined]) {
    const run = await one.test("run", {});
    assert.deepEqual([run.copy, run.complete, changed ?? run.changed], ["done", true, run.changed]);
    if (changed) assert.deepEqual([run.reduced, run.errors], [2, ["RECORD_TOO_LARGE"]]);
  }
  const { results } = await database.prepare("SELECT case_id, record FROM cases ORDER BY case_id").all();
  const issuesOf = ({ record }) => JSON.parse(record).issues?.map(({ path, value }) => `${path}: ${value}`);
  assert.deepEqual(
    results.map((row) => [Number(row.case_id) - 600_000_000, issuesOf(row)]),
    [
      [0, undefined],
      [1, ["extra.attachment: 2100012 bytes"]],
      [2, undefined],
      [4, undefined],
      [5, undefined],
    ],
  );
});
