// Queries that the store rejects: the page goes on, and names the conditions.

import assert from "node:assert/strict";
import { test } from "node:test";
import { filledStore } from "./filled-store.mjs";
import { load } from "./load.mjs";

const { answerOf } = await load("app/answerable.ts");
const { parseView, queryOf } = await load("app/view.ts");
const { conditionsIn } = await load("cases/conditions.ts");
const { reasonOf } = await load("cases/rejection.ts");
const { formatterOf } = await load("ui/format.ts");

const NOW = "2026-11-18T09:30:00Z";
const format = formatterOf("en", "utc");
const many = (count, of) => Array.from({ length: count }, (_, at) => of(at));

test("what the store rejects has no case, and each of its conditions a reason; other conditions have none", async () => {
  const { store } = await filledStore({ cases: 200, now: NOW });
  const all = store.count({});
  const cases = [
    [`text=${many(40, (at) => `word${at}`).join("+")}`, /32 words/],
    [`text=${"x".repeat(1001)}`, /1,000 characters/],
    ["created=2026-11-02~2026-11-01", /ends after it begins/],
    ["-updated=2026-11-02~2026-11-01", /ends after it begins/],
    // JavaScript reads these dates.
    ["created=2026-11-01T24:00:00Z~", /times before 24:00/],
    ["-updated=~9999-12-31T23:59:59-01:00", /years 0 to 9999/],
    ["created=0000-01-01T00:00:00%2B01:00~2026-11-01", /years 0 to 9999/],
    ["open_for_days=9-3", /ends after it begins/],
    [many(1001, (at) => `case_id=${600000000 + at}`).join("&"), /1,000 values/],
    [`-user_id=${"u".repeat(1001)}`, /1,000 characters/],
  ];
  for (const [address, expected] of cases) {
    const view = parseView(`?${address}&status_flag=O`);
    const { answer, query, problems } = answerOf(queryOf(view, Date.parse(NOW)), (query) => store.count(query));
    const reasons = conditionsIn(view, format).map((condition) => reasonOf(condition, problems));
    assert.deepEqual([answer, store.count(query), problems.length], [0, 0, 1], address.slice(0, 60));
    const [reason, ...others] = reasons.filter((one) => one !== null);
    assert.match(reason, expected, address.slice(0, 60));
    assert.deepEqual([others.length, reasons.length], [0, 2], address.slice(0, 60));
  }
  const { answer, problems } = answerOf(queryOf(parseView(""), Date.parse(NOW)), (query) => store.count(query));
  assert.deepEqual([answer, problems], [all, []]);
  // Errors of anything else are none of a query.
  const broken = () => {
    throw new TypeError("broken");
  };
  assert.throws(() => answerOf({}, broken), TypeError);
  await store.close();
});

test("the label of a long text is its beginning", () => {
  const [{ label }] = conditionsIn(parseView(`?text=${"x".repeat(900)}`), format);
  assert.equal(label, `Text “${"x".repeat(80)}…”`);
});
