// The parts of the list that need no browser: conditions, groups, selection, saved views, export, copied text, keys.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

const { formatterOf } = await load("ui/format.ts");
const { parseView, viewOf, formatView } = await load("app/view.ts");
const conditions = await load("cases/conditions.ts");
const facetValues = await load("cases/facet-values.ts");
const { countAmong, idsWithin } = await load("cases/count-ids.ts");
const { flatItems, groupedItems } = await load("cases/grouping.ts");
const selection = await load("cases/selection.ts");
const views = { ...(await load("cases/saved-views.ts")), ...(await load("cases/edit-views.ts")) };
const plan = await load("cases/export-plan.ts");
const { idsIn } = await load("cases/case-ids.ts");
const { asMarkdown, asTable } = await load("cases/copy-text.ts");
const { columnsOf, DEFAULT_COLUMNS, fittingColumns, gridOf, widestOf } = await load("cases/columns.ts");
const { nextSort } = await load("cases/sort.ts");
const { isImeKey, letterOf } = await load("ui/keys.ts");
const { MAX_HEIGHT, offsetOf, scaleOf } = await load("cases/scaled-scroll.ts");

const format = formatterOf("en", "utc");

test("each condition is a chip whose removal removes it alone", () => {
  const view = parseView(
    "?text=vpc&severity=1&severity=2&-status=Closed&created=30d&quiet_for_days=7-&mark=pinned&case_id=1&case_id=2&case_id=3&case_id=4&now=2026-11-15T23:59:59.999Z",
  );
  const found = conditions.conditionsIn(view, format);
  assert.deepEqual(
    // Versions of ICU have different spaces before PM.
    found.map(({ label, isExcluding }) => [label.replace("\u202f", " "), isExcluding]),
    [
      ["Text “vpc”", false],
      ["Severity is 1 or 2", false],
      ["Case is one of 4", false],
      ["Created in the last 30 days", false],
      ["Quiet for at least 7 days", false],
      ["Status is not Closed", true],
      ["Pinned", false],
      ["Days as of Nov 15, 2026, 11:59 PM", false],
    ],
  );
  for (const { key, remove } of found) {
    const others = conditions.conditionsIn(remove(view), format).map((one) => one.key);
    assert.deepEqual(
      others,
      found.map((one) => one.key).filter((one) => one !== key),
    );
  }
  assert.equal(new Set(found.map(({ key }) => key)).size, found.length);
});

test("a value is included, excluded or neither, never both", () => {
  let view = viewOf({});
  view = facetValues.withValue(view, "status", "Closed", "included");
  assert.equal(facetValues.stateOf(view, "status", "Closed"), "included");
  view = facetValues.withValue(view, "status", "Closed", "excluded");
  assert.deepEqual([view.where, view.not], [{}, { status: ["Closed"] }]);
  view = facetValues.withOnly(view, "status", "Cisco Pending");
  assert.deepEqual([view.where, view.not], [{ status: ["Cisco Pending"] }, {}]);
  view = facetValues.withValue(view, "status", "Cisco Pending", "none");
  assert.equal(formatView(view), "");
});

test("groups are heads between rows, and each row has its item", () => {
  const items = groupedItems([
    { value: "1", count: 2, isCollapsed: false },
    { value: "2", count: 3, isCollapsed: true },
    { value: "3", count: 0, isCollapsed: false },
    { value: "4", count: 1, isCollapsed: false },
  ]);
  const all = Array.from({ length: items.length }, (_, at) => items.at(at));
  assert.deepEqual(
    all.map(({ group, row }) => group?.value ?? row),
    ["1", 0, 1, "2", "3", "4", 5],
  );
  for (const [at, { row }] of all.entries()) if (row !== null) assert.equal(items.itemOf(row), at);
  for (const row of [2, 3, 4, 6, 100]) assert.equal(items.itemOf(row), -1, `row ${row}`);
  assert.deepEqual([items.headOf("4"), items.headOf("9")], [5, -1]);
  assert.deepEqual([flatItems(3).length, flatItems(3).at(2).row, flatItems(3).headOf("")], [3, 2, -1]);
});

test("selected cases outlive a changed search, and those that it hides are counted", () => {
  let selected = selection.withAll(new Set(), ["1", "2", "3"]);
  selected = selection.toggled(selected, "2");
  assert.deepEqual([...selected], ["1", "3"]);
  assert.equal(selection.countHidden(selected, ["3", "4"]), 1);
});

test("a saved view is changed, updated, reverted, renamed, moved and removed", () => {
  const open = viewOf({ where: { status_flag: ["O"] } });
  let saved = views.saveAs([], "a", " Mine ", open);
  saved = views.saveAs(saved, "b", "Other", viewOf({ text: "vpc" }));
  assert.deepEqual(
    saved.map(({ name }) => name),
    ["Mine", "Other"],
  );
  const changed = { ...open, base: "a", text: "bgp" };
  assert.equal(views.baseOf(changed, saved).name, "Mine");
  assert.equal(views.isChanged(changed, saved[0]), true);
  assert.equal(views.isChanged(views.openSaved(saved[0]), saved[0]), false);
  const updated = views.update(saved, "a", changed);
  assert.equal(views.isChanged(changed, updated[0]), false);
  assert.equal(views.rename(saved, "b", "B")[1].name, "B");
  assert.deepEqual(
    views.move(saved, "b", -1).map(({ id }) => id),
    ["b", "a"],
  );
  assert.deepEqual(
    views.move(saved, "b", 5).map(({ id }) => id),
    ["a", "b"],
  );
  assert.deepEqual(
    views.remove(saved, "a").map(({ id }) => id),
    ["b"],
  );
  // Without a base the saved view with the same list is named, and a shipped one cannot be changed.
  assert.equal(views.baseOf(open, saved).id, "open");
  assert.equal(views.isOwn(views.baseOf(open, saved)), false);
});

test("a view opened from another person's link works without the saved one", () => {
  const theirs = parseView("?severity=1&base=f3b0c442-unknown");
  assert.deepEqual(theirs.where, { severity: ["1"] });
  assert.equal(views.baseOf(theirs, []), undefined);
});

test("exported views are imported, replace those with their name, and a wrong file is explained", () => {
  const saved = views.saveAs([], "a", "Mine", viewOf({ text: "vpc" }));
  const text = views.exportViews(saved);
  const other = views.saveAs(views.saveAs([], "x", "Mine", viewOf({})), "y", "Theirs", viewOf({}));
  let ids = 0;
  const imported = views.importViews(other, text, () => `new${(ids += 1)}`);
  assert.deepEqual(
    imported.map(({ id, name, address }) => [id, name, address]),
    [
      ["y", "Theirs", ""],
      ["new1", "Mine", "?text=vpc"],
    ],
  );
  assert.throws(() => views.importViews([], "{", () => ""), /not JSON/);
  assert.throws(() => views.importViews([], "{}", () => ""), /no views of this portal/);
  const nameless = text.replace('"Mine"', '""');
  assert.throws(() => views.importViews([], nameless, () => ""), /View 1 of the file has no name/);
});

test("an export is named by view, instant and zone, and has the columns as shown", () => {
  const at = new Date("2026-11-28T12:04:31Z");
  assert.equal(plan.fileName("Åtgärd krävs / P1", "csv", at), "cases_atgard-kravs-p1_2026-11-28T1204Z.csv");
  assert.equal(plan.fileName("漢字", "ndjson", at), "cases_list_2026-11-28T1204Z.ndjson");
  assert.deepEqual(plan.fieldsOf(["title", "case_id", "unknown", "title"]), ["title", "case_id"]);
  const choices = { format: "csv", scope: "all", fields: "shown", delimiter: ";", isFormulaSafe: true };
  const options = plan.exportOptions(choices, { where: { severity: [1] } }, ["case_id", "bugs"]);
  assert.deepEqual(options, {
    format: "csv",
    query: { where: { severity: [1] } },
    columns: ["case_id", "bugs"],
    delimiter: ";",
    bom: true,
    formulaSafe: true,
  });
  const ndjson = plan.exportOptions({ ...choices, format: "ndjson", fields: "every" }, {}, []);
  assert.deepEqual(ndjson, { format: "ndjson", query: {} });
  assert.deepEqual([plan.prefersSemicolon("de"), plan.prefersSemicolon("en")], [true, false]);
});

test("case numbers are found in any text, once each, and parts of longer numbers are none", () => {
  const mail = "Re: 612345678, SR 612345679/612345678 and (700000001).\n1234567890 612345 x612345677 tel +49612345676";
  assert.deepEqual(idsIn(mail), ["612345678", "612345679", "700000001"]);
  assert.deepEqual(idsIn(""), []);
});

test("copied text keeps its table, its Markdown and its direction", () => {
  const record = {
    case_id: "612345678",
    title: "tab\there *bold* [x](y) \u202eend",
    severity: 2,
    status: "Cisco Pending",
  };
  const context = { format, nowMs: 0, store: undefined };
  const table = asTable([record], columnsOf(["case_id", "title"]), context);
  assert.equal(table, "Case\tTitle\n612345678\ttab here *bold* [x](y) \u202eend\u202c");
  assert.equal(
    asMarkdown(record, "https://portal.example/?case=612345678"),
    "- [612345678](https://portal.example/?case=612345678) tab\there \\*bold\\* \\[x\\](y) \u202eend\u202c (severity 2, Cisco Pending)",
  );
});

test("copied and printed dates are dates, and no copied text is a formula", () => {
  const context = { store: {}, format, nowMs: Date.parse("2026-11-18T09:30:00Z") };
  const copied = (members) =>
    asTable([{ case_id: "612345678", updated_date: null, ...members }], columnsOf(["updated_date", "title"]), context)
      .split("\n")[1]
      .replace("\u202f", " ")
      .split("\t");
  assert.deepEqual(copied({ title: "a", updated_date: "2026-11-18T09:09:00Z" }), ["Nov 18, 2026, 9:09 AM", "a"]);
  for (const title of ["=1+1", "@SUM(A1)", "+49 call", "-x", "\t=1+1", " =A1"]) {
    assert.equal(copied({ title })[1], `'${title.trim()}`, title);
  }
  for (const title of ["-5", "+49", "-1,5", "a=b", "3-way"]) assert.equal(copied({ title })[1], title, title);
});

test("the title is always a column, unknown ids are none, and widths have a least", () => {
  assert.deepEqual(
    columnsOf(["case_id", "nothing", "case_id"]).map(({ id }) => id),
    ["case_id", "title"],
  );
  assert.deepEqual(gridOf(columnsOf(["case_id", "title"]), {}), { template: "104px minmax(240px, 1fr)", least: 344 });
  assert.equal(gridOf(columnsOf(["case_id", "title"]), { title: 10, case_id: 300 }).template, "300px 56px");
  assert.equal(columnsOf(DEFAULT_COLUMNS).length, DEFAULT_COLUMNS.length);
});

test("beside a case the last columns are left out until the others fit, and never the title", () => {
  const ids = (columns, px, widths = {}) => fittingColumns(columnsOf(columns), widths, px).map(({ id }) => id);
  const all = [...DEFAULT_COLUMNS];
  assert.deepEqual(ids(all, 5000), all);
  assert.deepEqual(ids(all, 540), ["case_id", "severity", "title", "status"]);
  assert.deepEqual(ids(all, 535), ["case_id", "severity", "title"]);
  assert.deepEqual(ids(all, 0), ["title"]);
  assert.deepEqual(ids(["status", "title", "case_id"], 350), ["status", "title"]);
  for (let px = 160; px < 1200; px += 1) {
    assert.ok(gridOf(fittingColumns(columnsOf(all), {}, px), {}, true).least <= px, `${px}`);
  }
});

test("beside a case a width of the reader leaves out no column, and is kept as far as there is room", () => {
  const all = columnsOf(DEFAULT_COLUMNS);
  for (let px = 160; px < 1200; px += 7) {
    const shown = fittingColumns(all, {}, px);
    for (const { id } of all) {
      for (const width of [24, 100, 300, 5000]) {
        const fitting = fittingColumns(all, { [id]: width }, px);
        assert.ok(
          shown.every((one) => fitting.includes(one)),
          `${id} of ${width} in ${px}`,
        );
      }
    }
  }
  assert.equal(
    gridOf(columnsOf(["case_id", "title", "status"]), { case_id: 300, status: 100 }, true).template,
    "minmax(104px, 300px) minmax(160px, 1fr) 100px",
  );
});

test("beside a case a column can be widened while all that are shown still fit", () => {
  const all = columnsOf(DEFAULT_COLUMNS);
  for (let px = 160; px < 1200; px += 0.7) {
    const shown = fittingColumns(all, {}, px);
    for (const column of shown) {
      const widest = widestOf(column, shown, {}, px);
      if (shown.length === 1) assert.equal(widest, Number.POSITIVE_INFINITY);
      else {
        const others = shown.filter((one) => one !== column);
        const { least } = gridOf(others, {}, true);
        assert.ok(widest + least <= px && widest + least > px - 1, `${column.id} in ${px}: ${widest}`);
      }
    }
  }
});

test("a press on a head sorts, turns, ends; with Shift it adds", () => {
  const [updated, severity] = columnsOf(["updated_date", "severity"]);
  const one = nextSort([], updated, false);
  assert.deepEqual(one, [{ by: "updated_date", order: "desc" }]);
  assert.deepEqual(nextSort(one, updated, false), [{ by: "updated_date", order: "asc" }]);
  assert.deepEqual(nextSort([{ by: "updated_date", order: "asc" }], updated, false), []);
  const two = nextSort(one, severity, true);
  assert.deepEqual(two, [...one, { by: "severity", order: "asc" }]);
  assert.deepEqual(nextSort(two, updated, true), [
    { by: "updated_date", order: "asc" },
    { by: "severity", order: "asc" },
  ]);
  assert.deepEqual(nextSort(two, severity, false), [{ by: "severity", order: "desc" }]);
});

test("letters are no commands in fields, with modifiers, of input methods, and when they are turned off", () => {
  const key = (members) => ({
    key: "j",
    keyCode: 74,
    isComposing: false,
    ctrlKey: false,
    metaKey: false,
    altKey: false,
    defaultPrevented: false,
    target: { tagName: "DIV" },
    ...members,
  });
  assert.equal(letterOf(key({}), true), "j");
  for (const letter of ["j", "k", "/", "?"]) assert.equal(letterOf(key({ key: letter }), false), null);
  assert.equal(letterOf(key({ target: { tagName: "INPUT", type: "search" } }), true), null);
  assert.equal(letterOf(key({ target: { tagName: "INPUT", type: "checkbox" } }), true), "j");
  assert.equal(letterOf(key({ target: { tagName: "SELECT" } }), true), null);
  for (const modifier of ["ctrlKey", "metaKey", "altKey", "isComposing", "defaultPrevented"]) {
    assert.equal(letterOf(key({ [modifier]: true }), true), null, modifier);
  }
  // Safari sends the Enter that ends a composition with the code 229, and says that none is under way.
  assert.equal(isImeKey({ isComposing: false, keyCode: 229 }), true);
  assert.equal(isImeKey({ isComposing: true, keyCode: 13 }), true);
  assert.equal(isImeKey({ isComposing: false, keyCode: 13 }), false);
});

test("lists beyond a browser's largest element are scaled, so that the last row is reached", () => {
  assert.equal(scaleOf(100_000 * 44, 800), 1);
  const height = 500_000 * 44;
  const scale = scaleOf(height, 800);
  // At the end of the element one is at the end of the list.
  assert.equal(Math.round((MAX_HEIGHT - 800) * scale), height - 800);
});

test("a row is made visible by the least scrolling, with a row before and after it where there is room", () => {
  const list = { height: 100 * 40, rowHeight: 40, viewport: 400 };
  const cases = [
    [5, 0, 0],
    [9, 0, 40],
    [20, 0, 480],
    [20, 780, 760],
    [0, 780, 0],
    [99, 0, 3600],
  ];
  for (const [index, present, wanted] of cases)
    assert.equal(offsetOf(index, present, list), wanted, `${index} ${present}`);
  // Two rows have no room beside them.
  assert.equal(offsetOf(10, 0, { ...list, viewport: 80 }), 360);
});

test("thousands of case numbers are counted in several queries, as one names at most 1000", () => {
  const asked = [];
  const store = {
    count: ({ where }) => (asked.push(where.case_id.length), where.case_id.filter((id) => id % 2 === 0).length),
  };
  const ids = Array.from({ length: 2500 }, (_, at) => at);
  assert.equal(countAmong(store, { where: { severity: 1 } }, ids), 1250);
  assert.deepEqual(asked, [1000, 1000, 500]);
  assert.equal(countAmong(store, {}, []), 0);
});

test("case numbers are restricted to those that a query names itself", () => {
  assert.deepEqual(idsWithin({}, ["1", "2"]), ["1", "2"]);
  assert.deepEqual(idsWithin({ where: { case_id: ["2", "3"] } }, ["1", "2"]), ["2"]);
  assert.deepEqual(idsWithin({ where: { case_id: "1" } }, ["1", "2"]), ["1"]);
});
