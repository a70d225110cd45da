// The decoder alone, from response bodies to objects: all values that the service sent, in one shape.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import test from "node:test";
import {
  decodeCaseDetails,
  decodeCasesPage,
  decodeCaseSummary,
  detach,
  hasNextPage,
  isCaseApiError,
  ready,
} from "cisco-support-case";

await ready();

const encoder = new TextEncoder();
const bytes = (value) => encoder.encode(typeof value === "string" ? value : JSON.stringify(value));
const summary = (cases, more = {}) => decodeCaseSummary(bytes({ count: cases.length, cases, ...more }));
const one = (fields) => summary([{ case_id: "612345678", severity: "3", ...fields }]).cases[0];

const EMPTY = {
  item_entry_id: null,
  user_id: "",
  case_id: "",
  title: "",
  severity: null,
  contact_name: "",
  status_flag: "",
  status: "",
  creation_date: null,
  updated_date: null,
  serial_number: "",
  contract_id: "",
  technology_name: "",
  sub_technology_name: "",
  rmas: [],
  bugs: [],
  extra: {},
};

test("a record has every field in a fixed order, whatever the response", () => {
  const names = Object.keys(EMPTY);
  for (const fields of [{}, { title: null }, { bugs: ["CSCab12345"], title: "t" }, { zzz: 1 }]) {
    assert.deepEqual(Object.keys(one(fields)), names);
  }
  assert.deepEqual({ ...one({}), case_id: "", severity: null }, EMPTY);
  assert.equal(Object.getPrototypeOf(one({})), Object.prototype);
});

test("every kind of field has its documented type", () => {
  const sent = {
    item_entry_id: 7,
    user_id: "synthuser1",
    case_id: "612345678",
    title: "Link down",
    severity: "2",
    contact_name: "PROXY TESTER",
    status_flag: "O",
    status: "Customer Pending",
    creation_date: "2024-02-29T20:08:45.000Z",
    updated_date: "2024-03-01T00:00:00Z",
    serial_number: "FOC0000X000",
    contract_id: "1234567",
    technology_name: "LAN",
    sub_technology_name: "VLAN",
    rmas: ["800012345"],
    bugs: ["CSCab12345", "CSCab12346"],
  };
  assert.deepEqual(summary([sent]).cases[0], { ...sent, severity: 2, extra: {} });
  assert.deepEqual(summary([sent]).issues, []);
  assert.equal(one({ status: "Waiting for Parts" }).status, "Waiting for Parts");
  assert.equal(one({ severity: 4 }).severity, 4);
  assert.equal(one({ contract_id: 1234567 }).contract_id, "1234567");
});

test("strings are sliced correctly, in any script", () => {
  const titles = [
    "plain",
    "Gerät läuft",
    "日本語のタイトル",
    "🛠🛠",
    "a\u2028b",
    'tab\tquote" \\ /',
    "",
    "\u007f",
    "é",
    "plain",
  ];
  const cases = titles.map((title, i) => ({
    case_id: String(i),
    severity: "1",
    title,
    contact_name: title,
    serial_number: "S" + i,
  }));
  for (const text of [
    JSON.stringify({ count: cases.length, cases }),
    JSON.stringify({ count: cases.length, cases }, null, 2),
    JSON.stringify({ count: cases.length, cases }).replace(
      /[^\x00-\x7f]/g,
      (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
    ),
  ]) {
    const read = decodeCaseSummary(bytes(text));
    assert.deepEqual(
      read.cases.map((c) => [c.case_id, c.title, c.contact_name, c.serial_number]),
      cases.map((c) => [c.case_id, c.title, c.contact_name, c.serial_number]),
    );
    assert.deepEqual(read.issues, []);
  }
});

test("long and short notes keep their order", () => {
  const notes = Array.from({ length: 300 }, (_, i) => ({
    note: i % 3 ? `note ${i}` : "",
    note_detail: `${i} é\r\n`.repeat(i % 7 === 0 ? 900 : i % 5),
    created_by: `AUTHOR ${i % 4}`,
    creation_date: "2024-02-29T20:08:45.000Z",
  }));
  const detail = decodeCaseDetails(
    bytes({ caseDetail: { notes, case_id: "612345678", severity: "1", rma_numbers: ["800012345"] } }),
  );
  assert.deepEqual(
    detail.notes,
    notes.map((note) => ({ ...note, extra: {} })),
  );
  assert.deepEqual(detail.extra, { rma_numbers: ["800012345"] });
  assert.deepEqual(detail.issues, []);
});

test("undocumented fields are in extra, and prototypes are unchanged", () => {
  const extra = { crashinfo: null, nested: { a: [1, 2.5, { b: "é" }] }, 'od"d': true };
  assert.deepEqual(one(extra).extra, extra);
  const cases = decodeCaseSummary(
    bytes('{"count":1,"cases":[{"case_id":"1","severity":"1","__proto__":{"admin":true}}]}'),
  );
  assert.deepEqual(Object.keys(cases.cases[0].extra), ["__proto__"]);
  assert.equal(cases.cases[0].extra.admin, undefined);
  assert.equal({}.admin, undefined);
  const [first, second, third] = summary([
    { case_id: "1", severity: "1", x: 1 },
    { case_id: "2", severity: "1" },
    { case_id: "3", severity: "1", x: 3 },
  ]).cases;
  assert.deepEqual([first.extra, second.extra, third.extra], [{ x: 1 }, {}, { x: 3 }]);
});

test("undocumented fields equal the result of JSON.parse", () => {
  const many = `{${Array.from({ length: 50 }, (_, index) => `"n${index}":${index}`).join(",")}}`;
  const deep = `${"[".repeat(30)}{"a":[1]}${"]".repeat(30)}`;
  const values = [
    "null",
    "true",
    "false",
    "0",
    "-0",
    "-5",
    "7",
    "268435455",
    "268435456",
    "536870912",
    "1073741823",
    "4294967296",
    "9007199254740993",
    "1.50",
    "1e400",
    "-1E-2",
    '""',
    '"text"',
    '"caf\u00e9 \ud83d\ude00"',
    '"日本"',
    `"${"long ".repeat(400)}"`,
    "[]",
    "{}",
    '[[],[1,"a",null,{}]]',
    '{"level":"24x7x4","index":3}',
    '{"index":3,"level":"24x7x4"}',
    '{"\u0061":1}',
    '{"2":1,"b":2,"1":3}',
    '{"__proto__":{"a":1},"b":2}',
    '{"constructor":1,"":2}',
    '{ "spaced" : [ 1 , 2 ] }',
    many,
    deep,
  ];
  // Each value in two consecutive records, so that it is predicted once; and among values of other kinds, so that it is
  // not.
  const records = values.flatMap((value, index) =>
    [value, value, values[(index * 7 + 3) % values.length]].map(
      (sent, at) => `{"case_id":"6${index}${at}","before":${sent},"severity":"3","x":"s","after":{"of":${sent}}}`,
    ),
  );
  const read = decodeCaseSummary(bytes(`{"count":${records.length},"cases":[${records}]}`));
  assert.deepEqual(read.issues, []);
  for (const [index, record] of records.entries()) {
    const { case_id, severity, ...extra } = JSON.parse(record);
    assert.deepStrictEqual(read.cases[index].extra, extra, record);
    assert.equal(JSON.stringify(read.cases[index].extra), JSON.stringify(extra));
  }
  const [twice, again] = read.cases;
  assert.notEqual(twice.extra.after, again.extra.after);
});

test("a duplicate key has its last value and an issue; strict validation rejects it", () => {
  const one =
    '{"case_id":"1","severity":"3","title":"a","x":{"a":1,"b":2,"a":[3]},"title":"b","y":1,"y":{"__proto__":2}}';
  const many = Array.from({ length: 80 }, (_, index) => `"k${index % 70}":${index}`);
  const body = bytes(`{"count":3,"cases":[${one},${one},{"case_id":"2","severity":"3",${many}}]}`);
  const { cases, issues } = decodeCaseSummary(body);
  const expected = JSON.parse(one);
  for (const { title, extra } of cases.slice(0, 2)) {
    assert.equal(title, "b");
    assert.equal(JSON.stringify(extra), JSON.stringify({ x: expected.x, y: expected.y }));
  }
  const { case_id, severity, ...extra } = JSON.parse(`{"case_id":"2","severity":"3",${many}}`);
  assert.deepStrictEqual(cases[2].extra, extra);
  const reported = issues.map(({ path, case_id, expected }) => [path, case_id, expected]);
  const again = (path, id) => [path, id, "a unique name"];
  assert.deepEqual(
    reported.slice(0, 6),
    ["cases[0].x", "cases[0].title", "cases[0].y", "cases[1].x", "cases[1].title", "cases[1].y"].map((path) =>
      again(path, "1"),
    ),
  );
  assert.deepEqual(
    reported.slice(6).toSorted(),
    Array.from({ length: 10 }, (_, index) => again(`cases[2].k${index}`, "2")),
  );
  assert.throws(() => decodeCaseSummary(body, { validation: "strict" }), {
    code: "INVALID_RECORD",
    path: "cases[0].x",
  });
});

test("a page without cases is empty for any pagination record; absent fields have no value", () => {
  for (const text of ['{"pagination_response_record":{"total_records":0},"cases":[]}', '{"cases":[]}', "null"]) {
    const page = decodeCasesPage(bytes(text));
    assert.deepEqual(page.cases, []);
    assert.equal(page.pagination_response_record.total_records, 0);
    assert.equal(hasNextPage(page.pagination_response_record), false);
    assert.ok(page.issues.length > 0 && page.issues.every((issue) => !("value" in issue)), text);
    assert.throws(() => decodeCasesPage(bytes(text), { validation: "strict" }), /found nothing/);
  }
  assert.throws(() => decodeCasesPage(bytes('{"cases":[{}]}')), { code: "UNEXPECTED_RESPONSE" });
});

test("a byte order mark in a string is a character, with and without a Buffer", () => {
  const cases = ["\ufeffBärenfeld", "naïve", `\ufeff${"é".repeat(600)}`].map((title, index) => ({
    case_id: `6${index}`,
    severity: "3",
    title,
  }));
  const body = `{"count":3,"cases":${JSON.stringify(cases)}}`;
  const titles = ({ cases }) => cases.map(({ title }) => title);
  assert.deepEqual(titles(decodeCaseSummary(bytes(body))), titles({ cases }));
  // As in a browser.
  const script = `globalThis.Buffer = undefined;
    const { decodeCaseSummary } = await import("cisco-support-case");
    const read = decodeCaseSummary(new TextEncoder().encode(${JSON.stringify(body)}));
    console.log(JSON.stringify(read.cases.map(({ title }) => title)));`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
    encoding: "utf8",
  });
  assert.equal(stdout.trim(), JSON.stringify(titles({ cases })), stderr);
});

test("the length of a body is measured, not read from its properties", () => {
  const body = bytes('{"count":0,"cases":[]}');
  const lying = new Uint8Array(10_000).fill(65);
  Object.defineProperty(lying, "length", { value: 8, configurable: true });
  assert.throws(() => decodeCaseSummary(lying), { kind: "decode" });
  Object.defineProperty(lying, "length", { value: 20_000 });
  assert.throws(() => decodeCaseSummary(lying), { kind: "decode" });
  const throws = {
    get: () => {
      throw new Error("own");
    },
  };
  const unread = Object.defineProperties(body.slice(), { length: throws, byteLength: throws, buffer: throws });
  assert.equal(decodeCaseSummary(unread).count, 0);
  const throwing = Object.defineProperty(new DataView(body.buffer), "byteLength", throws);
  assert.throws(() => decodeCaseSummary(throwing), { code: "INVALID_PARAMETER" });
  const posing = Object.setPrototypeOf(new DataView(body.buffer), Uint8Array.prototype);
  assert.throws(() => decodeCaseSummary(posing), { code: "INVALID_PARAMETER" });
  assert.throws(() => decodeCaseSummary(new Uint8Array()), { kind: "decode" });
  const detached = body.slice();
  structuredClone(detached.buffer, { transfer: [detached.buffer] });
  for (const gone of [detached, detached.buffer]) {
    assert.throws(() => decodeCaseSummary(gone), { code: "INVALID_PARAMETER" });
  }
  const large = new Uint8Array(65 * 1024 * 1024);
  assert.throws(() => decodeCaseSummary(large), { code: "BODY_TOO_LARGE" });
  assert.throws(() => decodeCaseSummary(body, true), { code: "INVALID_OPTION" });
  assert.throws(() => decodeCaseSummary(body, "strict"), /options: expected an object/);
  assert.equal(decodeCaseSummary(new DataView(body.buffer)).count, 0);
});

test("one invalid case does not omit the others", () => {
  const page = decodeCasesPage(
    bytes({
      pagination_response_record: {
        last_index: 1,
        page_index: 1,
        page_records: 3,
        total_records: 3,
        self_link: "https://example.invalid",
        title: "t",
      },
      cases: [
        { case_id: "1", severity: "9" },
        { case_id: "2", severity: "2", creation_date: "2023-02-29T00:00:00.000Z" },
        { case_id: "3", severity: "3" },
      ],
    }),
  );
  assert.deepEqual(
    page.cases.map((c) => c.severity),
    [null, 2, 3],
  );
  assert.deepEqual(
    page.issues.map(({ case_id, path }) => [case_id, path]),
    [
      ["1", "cases[0].severity"],
      ["2", "cases[1].creation_date"],
    ],
  );
  assert.deepEqual(page.pagination_response_record, {
    last_index: 1,
    page_index: 1,
    page_records: 3,
    self_link: "https://example.invalid",
    title: "t",
    total_records: 3,
    extra: {},
  });
});

test("records survive a clone and JSON, and share no mutable state", () => {
  const read = summary([
    { case_id: "1", severity: "1", bugs: [] },
    { case_id: "2", severity: "1" },
  ]);
  assert.deepEqual(structuredClone(read), read);
  assert.deepEqual(JSON.parse(JSON.stringify(read)), read);
  read.cases[0].bugs.push("CSCab12345");
  assert.deepEqual(read.cases[1].bugs, []);
});

test("documents of every size are decoded while the memory grows", () => {
  for (const count of [0, 1, 2000, 3, 20000, 1]) {
    const cases = Array.from({ length: count }, (_, i) => ({
      case_id: String(600000000 + i),
      severity: "1",
      title: `title ${i}`,
    }));
    const read = summary(cases);
    assert.equal(read.cases.length, count);
    for (const i of [0, count >> 1, count - 1].filter((i) => i >= 0 && i < count))
      assert.equal(read.cases[i].title, `title ${i}`);
  }
});

test("an invalid body is an error with path and offset, and the next one is decoded", () => {
  assert.throws(() => decodeCaseSummary(bytes('{"count":1,"cases":[{"case_id":tru}]}')), {
    kind: "decode",
    code: "ILLEGAL_JSON",
    path: "cases[0].case_id",
    offset: 31,
  });
  assert.throws(() => decodeCasesPage(bytes('{"cases":{}}')), { code: "UNEXPECTED_RESPONSE" });
  assert.equal(one({ title: "after" }).title, "after");
});

test("strict validation throws with case, field, expectation and offset", () => {
  const good = { case_id: "612345678", severity: "3" };
  const text = JSON.stringify({ count: 2, cases: [good, { ...good, case_id: "612345679", severity: "9" }] });
  assert.equal(decodeCaseSummary(bytes(text)).issues.length, 1);
  assert.equal(decodeCaseSummary(bytes(text), { validation: "report" }).issues.length, 1);
  assert.throws(
    () => decodeCaseSummary(bytes(text), { validation: "strict" }),
    (error) => {
      assert.ok(isCaseApiError(error));
      assert.deepEqual(
        [error.kind, error.code, error.path, error.offset],
        ["decode", "INVALID_RECORD", "cases[1].severity", text.indexOf('"9"')],
      );
      assert.match(error.message, /Case 612345679: .*expected 1, 2, 3 or 4/);
      return true;
    },
  );
  assert.equal(decodeCaseSummary(bytes({ count: 1, cases: [good] }), { validation: "strict" }).cases.length, 1);
  for (const options of [{ validation: "lax" }, { validation: null }, { strict: true }]) {
    assert.throws(() => decodeCaseSummary(bytes(text), options), { kind: "invalid_request", code: "INVALID_OPTION" });
  }
});

test("a value without a JSON form is detached as undefined", () => {
  for (const value of [undefined, () => {}, { toJSON() {} }, Symbol("s")]) assert.equal(detach(value), undefined);
});

test("a detached record is an equal copy", () => {
  const { cases } = summary([{ case_id: "612345678", severity: "3", title: "Gerät läuft 🛠", tags: [{ a: null }] }]);
  assert.deepEqual(detach(cases), cases);
  assert.notEqual(detach(cases[0]), cases[0]);
  assert.equal(detach(cases[0].title), cases[0].title);
  assert.equal(detach(undefined), undefined);
});

test("a runtime without simd128 fails with NO_SIMD", () => {
  // If V8 can disable the feature, the runtime itself lacks it; otherwise it is simulated.
  const options = process.arch === "x64" ? ["--no-enable-sse4-1"] : [];
  const script = `
    if (${options.length === 0}) {
      WebAssembly.validate = () => false;
      WebAssembly.Module = class { constructor() { throw new WebAssembly.CompileError("invalid value type 's128'"); } };
    }
    import("cisco-support-case").then(() => console.log("loaded"), (error) => console.log(error.kind, error.code));`;
  const how = { cwd: import.meta.dirname, encoding: "utf8" };
  const child = spawnSync(process.execPath, [...options, "--input-type=module", "-e", script], how);
  assert.equal(child.stdout.trim(), "unavailable NO_SIMD", child.stderr);
});
