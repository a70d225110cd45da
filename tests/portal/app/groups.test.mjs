// The groups of a list: their order is that of the rows, which the store sorts.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { filledStore } from "./filled-store.mjs";
import { load } from "./load.mjs";

const { groupsOf } = await load("cases/use-groups.ts");
const { groupedItems, REST } = await load("cases/grouping.ts");
const { queryOf, viewOf } = await load("app/view.ts");

const NOW = "2026-06-03T12:00:00Z";
let store;

before(async () => {
  ({ store } = await filledStore({ cases: 2000, now: NOW }));
  // Technologies that differ in their case only, with a prefix of each other, and none.
  const names = ["LAN", "lan", "LAN Switching", "Wireless", "_other", "802.11", ""];
  const { cases } = store.query({ limit: 300 });
  store.apply(
    cases.map((one, at) => ({
      ...one,
      technology_name: names[at % names.length],
      severity: at % 9 === 0 ? null : one.severity,
      updated_date: NOW,
    })),
  );
});

after(() => store.close());

/** The groups as the rows have them, one after the other. */
function rowsInGroups(query, field) {
  const groups = [];
  for (let offset = 0; ; offset += 1000) {
    const { cases } = store.query({ ...query, offset, limit: 1000 });
    for (const one of cases) {
      const value = String(one[field] ?? "");
      if (groups.at(-1)?.value === value) groups.at(-1).count += 1;
      else groups.push({ value, count: 1, isCollapsed: false });
    }
    if (cases.length < 1000) return groups;
  }
}

/** The store, and the number of its queries. */
function counted() {
  const calls = { query: 0 };
  const counting = {
    facets: (...args) => store.facets(...args),
    count: (...args) => store.count(...args),
    query(...args) {
      calls.query += 1;
      return store.query(...args);
    },
  };
  return { calls, counting };
}

const VIEWS = {
  all: {},
  words: { text: "down" },
  "two values": { where: { severity: ["1", "2"], status: ["Closed", "Cisco Pending"] } },
  exclusions: { not: { severity: ["3"], status: ["Closed"] } },
  "a missing value": { where: { severity: [""], technology_name: ["", "lan"] } },
  nothing: { text: "zzzzzz" },
};

for (const field of ["severity", "status", "contract_id", "technology_name"]) {
  const descending = { sort: [{ by: field, order: "desc" }] };
  for (const [name, view] of Object.entries({ ...VIEWS, descending })) {
    test(`groups by ${field} are those of the rows: ${name}`, () => {
      const query = queryOf(viewOf({ ...view, group: field }), Date.parse(NOW));
      const { calls, counting } = counted();
      assert.deepEqual(groupsOf(counting, query, field, []), rowsInGroups(query, field));
      assert.equal(calls.query, 0, "no row is read for the order");
    });
  }
}

test("a group that is sorted downwards is so in its rows too", () => {
  const sort = [
    { by: "updated_date", order: "asc" },
    { by: "severity", order: "desc" },
  ];
  const query = queryOf(viewOf({ group: "severity", sort }), Date.parse(NOW));
  assert.deepEqual(query.sort, [sort[1], sort[0]]);
  const values = groupsOf(store, query, "severity", []).map(({ value }) => value);
  assert.deepEqual(values, ["4", "3", "2", "1", ""]);
});

for (const [about, users] of [
  ["more than are divided", 150],
  ["more than are counted", 1500],
]) {
  test(`no case is lost in groups of other letters, ${about}`, async () => {
    const other = await filledStore({ cases: 2000, now: NOW });
    const { cases } = other.store.query({ limit: 1000 });
    const { cases: others } = other.store.query({ offset: 1000, limit: 1000 });
    const all = [...cases, ...others];
    other.store.apply(
      all.map((one, at) => ({ ...one, user_id: `ü${String(at % users).padStart(4, "0")}`, updated_date: NOW })),
    );
    const query = queryOf(viewOf({ group: "user_id" }), Date.parse(NOW));
    const groups = groupsOf(other.store, query, "user_id", [REST]);
    const values = groups.map(({ value }) => value);
    assert.deepEqual([groups.length, new Set(values).size, values.at(-1)], [101, 101, REST]);
    const total = other.store.count(query);
    assert.equal(
      groups.reduce((sum, { count }) => sum + count, 0),
      total,
    );
    const at = (user_id) => other.store.count({ where: { user_id } });
    for (const { value, count } of groups.slice(0, -1)) assert.equal(count, at(value), value);
    const items = groupedItems(groups.map((one) => ({ ...one, isCollapsed: false })));
    assert.equal(items.itemOf(total - 1), items.length - 1);
    assert.equal(items.groupOf(items.length - 1).value, REST);
    assert.equal(items.groupOf(1).value, values[0]);
    await other.store.close();
  });
}

test("groups of values with other letters have the store's order too, read from the rows", () => {
  const { cases } = store.query({ where: { technology_name: "LAN" }, limit: 3 });
  store.apply(
    cases.map((one, at) => ({
      ...one,
      technology_name: ["Zürich", "Éire", "ΑΒΓ"][at],
      updated_date: "2026-06-03T12:00:01Z",
    })),
  );
  const query = queryOf(viewOf({ group: "technology_name" }), Date.parse(NOW));
  const { calls, counting } = counted();
  const found = groupsOf(counting, query, "technology_name", ["Éire"]);
  assert.deepEqual(
    found.map((one) => ({ ...one, isCollapsed: false })),
    rowsInGroups(query, "technology_name"),
  );
  assert.deepEqual(
    [calls.query, found.filter(({ isCollapsed }) => isCollapsed).map(({ value }) => value)],
    [found.length, ["Éire"]],
  );
});
