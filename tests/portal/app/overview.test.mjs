import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { CaseStore } from "../../../pkg/entry/store-node.js";
import { filledStore } from "./filled-store.mjs";
import { load } from "./load.mjs";

const { overviewOf } = await load("overview/models.ts");

const NOW = "2026-06-03T12:00:00Z";
let store;

before(async () => {
  const { client, store: filled } = await filledStore({ cases: 2000, now: NOW });
  store = filled;
  // Summaries have technologies, which lists do not have. The sandbox has a case per device.
  const { cases } = store.query({ where: { status_flag: "O" }, limit: 60 });
  const ids = cases.map(({ case_id }) => case_id);
  for await (const page of client.allCases({ case_ids: ids }).pages()) store.apply(page);
  const [first, ...others] = cases.slice(0, 3).map(({ case_id }) => store.get(case_id));
  store.apply(others.map((one) => ({ ...one, serial_number: first.serial_number })));
});

after(() => store.close());

/** All figures of a model, by a path. */
function* figuresOf(value, path = "") {
  if (typeof value !== "object" || value === null) return;
  if ("count" in value && "query" in value) yield { path, ...value };
  else for (const [name, member] of Object.entries(value)) yield* figuresOf(member, `${path}/${member?.id ?? name}`);
}

for (const restriction of ["none", "a contract", "words"]) {
  test(`each figure counts the cases of its query, restricted by ${restriction}`, () => {
    const contract_id = store.facets({}, ["contract_id"]).contract_id[0].value;
    const where = { none: {}, "a contract": { contract_id }, words: { text: "fail" } }[restriction];
    const figures = [...figuresOf(overviewOf(store, 26, where))];
    assert.ok(figures.length > 140, `${figures.length} figures`);
    for (const { path, count, query } of figures) {
      const found = store.query({ ...query, limit: 0 }).total;
      assert.equal(found, count, `${path}: ${JSON.stringify(query)}`);
    }
  });
}

test("the figures are not all zero, and add up", () => {
  const { tiles, severities, ageing, weeks, technologies, serialNumbers, total } = overviewOf(store, 26);
  const sum = (figures) => figures.reduce((all, { count }) => all + count, 0);
  const tile = Object.fromEntries(tiles.map(({ id, count }) => [id, count]));
  assert.equal(tiles.length, 8);
  for (const name of ["open", "severity-1", "severity-2", "us", "cisco", "quiet", "opened"])
    assert.ok(tile[name] > 0, name);
  assert.equal(total.count, store.size);
  assert.equal(sum(severities.rows.map((row) => row.total)), tile.open);
  assert.equal(sum(severities.statuses), tile.open);
  assert.equal(severities.total.count, tile.open);
  assert.equal(sum(ageing), tile.open);
  assert.equal(weeks.length, 26);
  assert.equal(weeks.at(-1).backlog, tile.open);
  assert.equal(weeks.at(-1).closedSince.count, 0);
  for (const week of weeks) assert.equal(week.stillOpen.count + week.closedSince.count, week.backlog);
  assert.ok(weeks.some(({ closed }) => closed.count > 0) && weeks.some(({ closedSince }) => closedSince.count > 0));
  assert.ok(technologies.length > 3 && serialNumbers.length === 1);
  for (const { count } of serialNumbers) assert.equal(count, 3);
});

test("an empty store gives zeros", async () => {
  const empty = await CaseStore.open({ now: NOW });
  const model = overviewOf(empty, 13);
  for (const { count, path } of figuresOf(model)) assert.equal(count, 0, path);
  assert.equal(model.weeks.length, 13);
  await empty.close();
});
