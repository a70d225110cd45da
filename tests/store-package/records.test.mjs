// Records of callers are held to the decoder of the client: what the decoder reads from a record's JSON is what the store has,
// and each value that the decoder reports and no case can have is a problem of `apply`.

import assert from "node:assert/strict";
import { test } from "node:test";
import process from "node:process";
import { random, script } from "./harness.mjs";

const { CaseStore } = await script("entry/store-node.js");
const { decodeCaseSummary, decodeCaseDetails } = await script("entry/node.js");
const { CASE_FIELDS, DETAIL_FIELDS } = await script("generated/record-fields.js");

const ROUNDS = Number(process.env.ROUNDS ?? 1500);
const DEEP = JSON.parse("[".repeat(62) + "]".repeat(62));
const VALUES = [
  ...["", " ", "abc", "é", "Ωμέγα 😀", "x".repeat(300), "\ud800x", "\u0000", "O", "C", "o", "3", " 2 ", "5"],
  ...["Closed", "Cisco Pending", "24", "-1", "1.5", "99999999999", "2147483648", "2147483647"],
  ...["2026-01-01T00:00:00Z", "2026-01-31T00:00:00.123Z", "2026-02-29T00:00:00Z", "2024-02-29T23:59:59.12345+01:00"],
  ...["2026-04-31T00:00:00Z", "2026-01-01t00:00:00z", "2026-01-01 00:00:00Z", "2026-01-01T24:00:00Z", "2026-1-1"],
  ...["1900-02-29T00:00:00Z", "2000-02-29T00:00:00Z", "0004-02-29T00:00:00Z", "2026-01-01T00:00:60Z"],
  ...["0000-01-01T00:00:00+01:00", "0000-01-01T00:00:00-01:00", "9999-12-31T23:59:59-01:00", "2026-01-01T00:00:00.Z"],
  ...[null, undefined, 0, 1, 4, 5, -1, 1.5, 1e21, 2_147_483_648, Number.NaN, true, false],
  ...[[], [1], ["a", null, "b", ""], ["a", {}], [[]], {}, { a: 1 }, new Date("2026-03-03T03:03:03Z"), () => 1],
  ...[{ toJSON: () => "2026-01-01T00:00:00Z" }, Object("boxed")],
];

function usual([name, kind], at) {
  if (name === "case_id") return String(at);
  if (name === "severity") return 1 + (at % 4);
  if (name === "status_flag") return "OC"[at % 2];
  if (/_date$/.test(name)) return `2026-01-0${1 + (at % 9)}T00:00:00Z`;
  if (name === "notes") return [{ note: "n", created_by: "x", creation_date: "2026-01-01T00:00:00Z" }];
  return kind === 5 ? [`${name}${at}`] : name === "item_entry_id" ? at : `${name} ${at}`;
}

/** Whether a value that the decoder reports is none that a case can have: it is neither missing nor only too long. */
const isWrong = ({ path, expected, value }) =>
  !path.endsWith(".case_id") &&
  value !== undefined &&
  value !== null &&
  (typeof value !== "string" ||
    /^\[(object|array)\]$/.test(value) ||
    (value !== "" && !expected.startsWith("a string") && expected !== "Unicode text"));

const body = (value) => new TextEncoder().encode(JSON.stringify(value));
const pathInCall = (path) => path.replace(/^caseDetail/, "cases[0]");

test("records are read as the decoder reads their JSON", async () => {
  const next = random(7);
  const pick = (items) => items[Math.floor(next() * items.length)];
  const failures = { accepted: 0, refused: 0 };
  for (let round = 0; round < ROUNDS; round += 1) {
    const isDetails = next() < 0.25;
    const given = {};
    for (const field of isDetails ? DETAIL_FIELDS : CASE_FIELDS) {
      const chance = next();
      if (chance < 0.03) given[field[0]] = pick(VALUES);
      else if (chance > 0.06 || field[0] === "notes") given[field[0]] = usual(field, round);
    }
    if (isDetails && next() < 0.1) given.notes = pick([[null, {}], [{ creation_date: pick(VALUES) }], [5], "x", [""]]);
    const extra = {};
    if (!isDetails && next() < 0.3) extra.region = pick(VALUES);
    if (!isDetails && next() < 0.3) extra.constructor = pick(VALUES);
    if (next() < 0.5) Object.assign(given, extra);
    else if (Object.keys(extra).length > 0) given.extra = extra;

    const { extra: _, ...wire } = { ...extra, ...given };
    const decoded = isDetails
      ? decodeCaseDetails(body({ caseDetail: wire }))
      : decodeCaseSummary(body({ count: 1, cases: [wire] }));
    const [record] = isDetails ? [decoded] : decoded.cases;
    const problems = decoded.issues
      .filter(isWrong)
      .map(({ path, expected, value }) => [pathInCall(path), expected, value]);
    const store = await CaseStore.open({ now: new Date(0) });
    try {
      const { issues } = store.apply(given);
      assert.deepEqual(problems, []);
      const { item_entry_id, ...columns } = store.get(record.case_id) ?? {};
      if (record.case_id === "") assert.equal(store.size, 0);
      else
        for (const [name, value] of Object.entries(columns)) {
          if (name in record && !(isDetails && name === "extra")) assert.deepEqual(value, record[name], name);
        }
      const ofIds = decoded.issues.filter(
        // Half of a surrogate pair is replaced, and the case is applied.
        ({ path, expected }) => path.endsWith(".case_id") && expected !== "Unicode text",
      );
      assert.deepEqual(
        issues.map(({ offset, ...issue }) => issue),
        ofIds.map(({ offset, path, ...issue }) => ({ ...issue, path: pathInCall(path) })),
      );
      failures.accepted += 1;
    } catch (error) {
      if (error.name !== "InvalidRequestError") throw error;
      const found = error.problems.map(({ field, expected, value }) => [field, expected, value]);
      assert.deepEqual(found.sort(), problems.sort());
      assert.ok(problems.length > 0);
      failures.refused += 1;
    } finally {
      store.close();
    }
  }
  assert.ok(failures.accepted > ROUNDS / 3 && failures.refused > ROUNDS / 10, JSON.stringify(failures));
});

test("all wrong values of a call are named at once, and values deeper than a response can have are refused", async () => {
  const store = await CaseStore.open();
  const messages = (given) => {
    try {
      store.apply(given);
      return [];
    } catch (error) {
      return error.problems.map(({ message }) => message);
    }
  };
  assert.deepEqual(
    messages([
      { case_id: "1", severity: "high", bugs: "CSCza00001" },
      { case_id: "2", notes: [{ creation_date: "yesterday" }, 5] },
      { case_id: "3", title: true, extra: { deep: DEEP } },
    ]),
    [
      'cases[0].severity: expected 1, 2, 3 or 4, got "high"',
      'cases[0].bugs: expected an array of strings, got "CSCza00001"',
      'cases[1].notes[0].creation_date: expected an RFC 3339 date and time, or null, got "yesterday"',
      "cases[1].notes[1]: expected a note, got 5",
      "cases[2].title: expected a string of at most 240 characters, got true",
      'cases[2].deep: expected a value of at most 61 levels, got "[object]"',
    ],
  );
  assert.equal(store.size, 0);
  const thousands = Array.from({ length: 2100 }, (_, at) => ({
    case_id: String(at + 1),
    severity: at === 2050 ? 9 : 1,
  }));
  assert.deepEqual(messages(thousands), ["cases[2050].severity: expected 1, 2, 3 or 4, got 9"]);
  assert.equal(store.size, 0);
  store.close();
});

test("the same list gives the same cases whatever the order of its kinds, and behind a Proxy", async () => {
  const date = "2026-01-01T00:00:00Z";
  const given = Array.from({ length: 1500 }, (_, at) =>
    at % 7 === 0
      ? { case_id: String(at), updated_date: date, notes: [], owner_name: `owner ${at}` }
      : { case_id: String(at), updated_date: date, title: `Ünit ${at}`, extra: { at, tags: [String(at)], none: null } },
  );
  const [plain, proxied] = [await CaseStore.open(), await CaseStore.open()];
  plain.apply(given);
  const wrap = (value) =>
    typeof value === "object" && value !== null ? new Proxy(value, { get: (to, name) => wrap(to[name]) }) : value;
  proxied.apply(wrap(given));
  const all = (store) => store.query({ sort: [{ by: "case_id" }], limit: 2000 }).cases;
  assert.deepEqual(all(proxied), all(plain));
  assert.deepEqual(plain.get("1").extra, { at: 1, tags: ["1"], none: null });
  assert.equal(plain.details("7").owner, "owner 7");
  for (const store of [plain, proxied]) store.close();
});
