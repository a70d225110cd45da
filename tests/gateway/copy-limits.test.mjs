// A first fill with more batches than D1 permits statements in an invocation, and cases that are longer than its rows, from a service
// of one list.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { gateway, MIGRATION } from "./harness.mjs";
import { CONTRACT, caseAt, serviceOf } from "./listed-service.mjs";

const CASES = 28_800;
const ends = [];
after(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

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
  const { address, stop } = await serviceOf(CASES);
  ends.push(stop);
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
  const { address, stop } = await serviceOf(6, (place) => ({ ...caseAt(place), ...more(place) }));
  ends.push(stop);
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
