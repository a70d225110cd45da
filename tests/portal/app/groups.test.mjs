// The groups of a list: their order is that of the rows, which the store sorts.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { filledStore } from "./filled-store.mjs";
import { load } from "./load.mjs";

const { groupsOf } = await load("cases/use-groups.ts");
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
  for (const [name, view] of Object.entries(VIEWS)) {
    test(`groups by ${field} are those of the rows: ${name}`, () => {
      const query = queryOf(viewOf({ ...view, group: field }), Date.parse(NOW));
      const { calls, counting } = counted();
      assert.deepEqual(groupsOf(counting, query, field, []), rowsInGroups(query, field));
      assert.equal(calls.query, 0, "no row is read for the order");
    });
  }
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
