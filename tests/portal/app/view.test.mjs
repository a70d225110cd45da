// The address model: a view survives its address, and what an address has wrong is left out.

import assert from "node:assert/strict";
import { test } from "node:test";
import { random as randomFrom } from "../../random.mjs";
import { load } from "./load.mjs";

const {
  EMPTY_VIEW,
  formatView,
  GROUP_FIELDS,
  hasRelativeTimes,
  LIST_FIELDS,
  listOf,
  parseView,
  queryOf,
  showSameList,
  SORT_KEYS,
  viewOf,
  showSameRows,
  withFixedTimes,
} = await load("app/view.ts");

const NOW = Date.parse("2026-11-29T12:04:00Z");

test("an empty view has an empty address, and an empty address is the empty view", () => {
  assert.equal(formatView(EMPTY_VIEW), "");
  assert.deepEqual(parseView(""), { ...EMPTY_VIEW });
});

test("10 000 random views survive their address, and equal views have equal addresses", () => {
  const { chance, pick } = randomFrom(24);
  const some = (list) => list.filter(() => chance(0.3));
  const texts = ["", "vPC flaps", "İstanbul & ß", "a=b?c#d", "+1 %", "Ω, ~:"];
  const values = (field) =>
    field === "severity"
      ? ["", "1", "2", "3", "4"]
      : field === "status_flag"
        ? ["", "C", "O"]
        : ["", "Close Pending", "a&b", "x,y", "ü"].sort();
  const conditions = () =>
    Object.fromEntries([
      ...some(LIST_FIELDS).flatMap((field) => {
        const chosen = some(values(field));
        return chosen.length > 0 ? [[field, chosen]] : [];
      }),
      ...(chance(0.3) ? [["created", { lastDays: 30 }]] : []),
      ...(chance(0.3) ? [["updated", { from: "2026-01-01T00:00:00Z", to: "2026-02-01T00:00:00Z" }]] : []),
      ...(chance(0.3) ? [["quiet_for_days", { min: 7 }]] : []),
      ...(chance(0.3) ? [["open_for_days", { min: 0, max: 90 }]] : []),
    ]);
  for (let round = 0; round < 10_000; round += 1) {
    const page = pick(["cases", "case", "overview", "news"]);
    const view = viewOf({
      page,
      caseId: page === "case" ? "612345678" : pick([null, "612345678"]),
      text: pick(texts),
      where: conditions(),
      not: conditions(),
      sort: some(SORT_KEYS).map((by) => ({ by, order: pick(["asc", "desc"]) })),
      columns: pick([null, ["title", "case_id"]]),
      density: pick([null, "compact", "comfortable"]),
      group: pick([null, ...GROUP_FIELDS]),
      collapsed: some(["", "3", "Closed"]),
      mark: pick([null, "unread", "pinned", "snoozed"]),
      base: pick([null, "open"]),
      zone: pick([null, "UTC"]),
    });
    const address = formatView(view);
    assert.deepEqual(parseView(address), view, address);
    assert.equal(formatView(parseView(address)), address);
  }
});

test("what an address has wrong is left out", () => {
  const wrong = parseView(
    "?page=nowhere&severity=9&severity=2&status_flag=X&created=yesterday&updated=~&quiet_for_days=-&sort=nothing,-severity,severity&group=title&density=huge&zone=CET",
  );
  assert.deepEqual(wrong, viewOf({ where: { severity: ["2"] }, sort: [{ by: "severity", order: "desc" }] }));
});

test("the query of a view has its conditions, exclusions, order and groups", () => {
  const view = viewOf({
    text: " flaps ",
    where: { severity: ["1", ""], created: { lastDays: 7 } },
    not: { status: ["Closed"] },
    sort: [{ by: "severity", order: "asc" }],
    group: "status",
  });
  assert.deepEqual(queryOf(view, NOW), {
    where: { text: "flaps", severity: [1, null], created: { from: "2026-11-23T00:00:00.000Z" } },
    not: { status: ["Closed"] },
    sort: [
      { by: "status", order: "asc" },
      { by: "severity", order: "asc" },
    ],
  });
  assert.deepEqual(queryOf(EMPTY_VIEW, NOW), {});
});

test("dates of an address are days or instants, and nothing that only one browser can read", () => {
  const created = (text) => parseView(`?created=${encodeURIComponent(text)}`).where.created;
  assert.deepEqual(created("2026-01-01~"), { from: "2026-01-01T00:00:00Z" });
  assert.deepEqual(created("~2026-01-01T10:00:00+01:00"), { to: "2026-01-01T10:00:00+01:00" });
  for (const wrong of ["5~", "Mon~", "2026~", "2026-13-01~", "2026-02-30~", "+012026-01-01T00:00:00Z~", "~", "a~b"]) {
    assert.equal(created(wrong), undefined, wrong);
  }
  assert.equal(parseView("?now=2026-11-15").now, "2026-11-15T00:00:00.000Z");
  for (const wrong of ["1", "2026-02-30", "+012026-01-01T00:00:00Z"]) {
    assert.equal(parseView(`?now=${encodeURIComponent(wrong)}`).now, null, wrong);
  }
});

test("the page of a case without a case is the list", () => {
  for (const address of ["?page=case", "?page=case&case="]) {
    const { page, caseId } = parseView(address);
    assert.deepEqual({ page, caseId }, { page: "cases", caseId: null }, address);
  }
});

test("cases with a mark are those ids, and no others if there are none", () => {
  const view = viewOf({ mark: "pinned", where: { case_id: ["2", "3"] } });
  assert.deepEqual(queryOf(view, NOW, ["1", "2"]).where, { case_id: ["2"] });
  assert.deepEqual(queryOf(view, NOW, []).where, { case_id: [""] });
});

test("a link with fixed times shows the same later, one with relative times does not", () => {
  const view = viewOf({ where: { created: { lastDays: 30 } } });
  assert.equal(hasRelativeTimes(view), true);
  const fixed = withFixedTimes(view, NOW);
  assert.equal(hasRelativeTimes(fixed), false);
  const later = NOW + 10 * 86_400_000;
  assert.deepEqual(queryOf(fixed, later), queryOf(view, NOW));
  assert.notDeepEqual(queryOf(view, later), queryOf(view, NOW));
});

test("ages have a fixed time too, and those that have one keep it", () => {
  for (const conditions of [{ where: { quiet_for_days: { min: 7 } } }, { not: { open_for_days: { max: 3 } } }]) {
    const view = viewOf(conditions);
    assert.equal(hasRelativeTimes(view), true);
    const fixed = withFixedTimes(view, NOW);
    assert.equal(fixed.now, new Date(NOW).toISOString());
    assert.equal(hasRelativeTimes(fixed), false);
    assert.deepEqual(withFixedTimes(fixed, NOW + 86_400_000), fixed);
  }
  assert.equal(withFixedTimes(viewOf({ text: "vpc" }), NOW).now, null);
});

test("rows are the same whatever the columns, the groups that are collapsed, and the open case", () => {
  const list = viewOf({ text: "vpc", group: "severity", columns: ["title"] });
  const same = {
    ...list,
    columns: null,
    density: "compact",
    collapsed: ["1"],
    page: "case",
    caseId: "1",
    base: "open",
  };
  assert.ok(showSameRows(list, same));
  for (const change of [
    { text: "bgp" },
    { group: null },
    { mark: "pinned" },
    { sort: [{ by: "title", order: "asc" }] },
  ]) {
    assert.ok(!showSameRows(list, { ...list, ...change }), JSON.stringify(change));
  }
});

test("a case within a list shows the same list", () => {
  const list = viewOf({ text: "vpc", group: "severity" });
  assert.ok(showSameList(list, { ...list, page: "case", caseId: "612345678", base: "open", zone: "UTC" }));
  assert.ok(!showSameList(list, { ...list, text: "bgp" }));
  assert.equal(listOf({ ...list, page: "case", caseId: "1" }).page, "cases");
});
