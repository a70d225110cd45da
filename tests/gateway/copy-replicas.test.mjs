// A replica of the copy's database that is late. Local D1 has none, so another database that has missed the last changes takes
// its place: a session that does not ask for the primary reads it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { CaseClient } from "cisco-support-case";
import { createSandbox } from "cisco-support-case/sandbox";
import { copy, Holder, identity } from "./copy-harness.mjs";

const ALL = { contract_ids: "*" };

let primary;
let replica;
let records;
/** The constraints of the sessions that were opened. */
const sessions = [];
/** The primary's database as a Worker's binding gives it with read replication. */
let database;

before(async () => {
  const sandbox = await createSandbox({ cases: 400, seed: 7 });
  const client = new CaseClient(sandbox.clientOptions);
  const { contract_ids } = await sandbox.info();
  records = await client.allCases({ contract_ids }).toArray({ limit: 4000 });
  [primary, replica] = await Promise.all([copy(), copy()]);
  await Promise.all([primary.write(records), replica.write(records)]);
  const at = (one) => ({
    prepare: (sql) => one.bound.prepare(sql),
    batch: (statements) => one.bound.batch(statements),
  });
  database = {
    // Without a session, D1 asks the primary.
    ...at(primary),
    withSession(constraint = "first-unconstrained") {
      sessions.push(constraint);
      return at(constraint === "first-primary" ? primary : replica);
    },
  };
});
after(() => Promise.all([primary?.stop(), replica?.stop()]));

const touched = (record) => ({ ...record, updated_date: new Date().toISOString(), title: `${record.title} again` });

test("each page of a feed is the primary's, and has what a batch has committed before", async () => {
  const holder = new Holder();
  const ann = identity({ database }, ALL);
  for (const body of await ann.round()) holder.apply(body);
  for (const record of records.slice(0, 5)) {
    // The replica misses it.
    await primary.write([touched(record)]);
    const { body, isNew } = await ann.feed(holder.cursor);
    assert.ok(isNew);
    assert.equal(JSON.parse(body).refill, null);
    holder.apply(body);
    assert.equal(holder.cases.get(record.case_id).title, `${record.title} again`);
    assert.equal((await ann.feed(holder.cursor)).isNew, false);
  }
  assert.ok(sessions.length > 10);
  assert.deepEqual([...new Set(sessions)], ["first-primary"]);
});

test("queries and overviews have the newest changes as well", async () => {
  const [record] = records;
  const ann = identity({ database }, ALL);
  const now = "2026-11-01T00:00:00Z";
  const newest = JSON.parse((await ann.query({ now, where: { text: record.case_id } })).body);
  assert.equal(newest.cases[0].title, `${record.title} again`);
  await primary.write([], [records.at(-1).case_id]);
  const { total } = JSON.parse((await ann.query({ now, sort: [{ by: "title" }] })).body);
  assert.equal(total, records.length - 1);
});

test("a reader that reaches a late replica all the same begins anew, and loses nothing", async () => {
  const ann = identity({ database }, ALL);
  const holder = new Holder();
  for (const body of await ann.round()) holder.apply(body);
  const expected = new Map(holder.cases);
  // Its cursor is of the future there: no empty page, by which it would stay behind without knowing.
  const late = identity(replica, ALL);
  const { body } = await late.feed(holder.cursor, 1000);
  assert.equal(JSON.parse(body).refill, "future");
  holder.apply(body);
  for (const page of await late.round(holder.cursor)) holder.apply(page);
  assert.notDeepEqual(holder.cases, expected);
  for (const page of await ann.round(holder.cursor)) holder.apply(page);
  assert.deepEqual(holder.cases, expected);
});
