import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { filledStore } from "./filled-store.mjs";
import { load } from "./load.mjs";

const { overviewOf } = await load("overview/models.ts");
const { viewOfQuery } = await load("overview/links.ts");
const { formatView, parseView, queryOf } = await load("app/view.ts");

const NOW = "2026-06-03T12:00:00Z";
let store;

before(async () => {
  ({ store } = await filledStore({ cases: 500, now: NOW }));
});

after(() => store.close());

function* figuresOf(value, path = "") {
  if (typeof value !== "object" || value === null) return;
  if ("count" in value && "query" in value) yield { path, ...value };
  else for (const [name, member] of Object.entries(value)) yield* figuresOf(member, `${path}/${member?.id ?? name}`);
}

test("the address of each figure is that of the list of as many cases", () => {
  // Later the same address still means the same weeks.
  const later = Date.parse(NOW) + 3 * 86_400_000;
  const figures = [...figuresOf(overviewOf(store, 13))];
  assert.ok(figures.length > 100);
  for (const { path, count, query } of figures) {
    const address = formatView(viewOfQuery(query));
    const read = queryOf(parseView(address), later);
    assert.equal(store.count({ ...query, ...read }), count, `${path}: ${address}`);
    if (count > 0) assert.equal(store.count(read), count, `${path}: ${address}`);
  }
});

test("a query with every kind of condition survives the address", () => {
  const query = {
    where: {
      severity: [1, null],
      status_flag: "O",
      text: "link down",
      created: { from: new Date(NOW) },
      quiet_for_days: { min: 7 },
    },
    not: { status: "Closed", updated: { to: "2026-01-01T01:00:00+01:00" } },
    now: new Date(NOW),
  };
  assert.deepEqual(queryOf(parseView(formatView(viewOfQuery(query))), 0), {
    where: {
      severity: [null, 1],
      status_flag: ["O"],
      text: "link down",
      created: { from: "2026-06-03T12:00:00.000Z" },
      quiet_for_days: { min: 7 },
    },
    not: { status: ["Closed"], updated: { to: "2026-01-01T00:00:00.000Z" } },
    now: "2026-06-03T12:00:00.000Z",
  });
});
