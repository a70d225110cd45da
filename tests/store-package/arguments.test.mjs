// Arguments of a store's calls that are not what the types say: each is an error that names it, and changes nothing.

import assert from "node:assert/strict";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { script } from "./harness.mjs";

const { CaseStore, indexedDb } = await script("entry/store-node.js");
const { CaseClient } = await script("entry/node.js");
const { createSandbox } = await script("entry/sandbox-node.js");
const { caseDetailsOptions, casesByUserInfiniteOptions, caseKeys, caseQueryOptions } = await script("query/index.js");
const caseOf = (case_id, more = {}) => ({ case_id, title: case_id, updated_date: "2026-05-01T08:00:00Z", ...more });
const opened = async () => {
  const store = await CaseStore.open({ now: "2026-06-01T12:00:00Z" });
  store.apply([caseOf("1", { severity: 1, status: "Closed" }), caseOf("2")]);
  return store;
};

/** The fields of the problems of a call that throws. */
function fieldsOf(call) {
  try {
    call();
  } catch (error) {
    assert.equal(error.name, "InvalidRequestError", String(error));
    return error.problems.map(({ field, index }) => (index === undefined ? field : `${field}[${index}]`));
  }
  return assert.fail(`accepted: ${call}`);
}

test("a value that JSON does not have is no value that is left out", async () => {
  const store = await opened();
  const invalid = new Date(Number.NaN);
  const queries = [
    [{ limit: Number.NaN }, ["limit"]],
    [{ offset: Number.POSITIVE_INFINITY, now: invalid }, ["now", "offset"]],
    [{ where: { quiet_for_days: { min: Number.NaN } } }, ["where.quiet_for_days.min"]],
    [{ where: { created: { from: invalid, to: invalid } } }, ["where.created.from", "where.created.to"]],
    [{ where: { severity: Number.NaN } }, ["where.severity"]],
    [{ where: { severity: [1, undefined] } }, ["where.severity"]],
    [{ where: { status: () => "Closed" }, limit: -1 }, ["where.status", "limit"]],
    [{ where: { status: [Symbol("Closed")] } }, ["where.status"]],
    [{ where: { severity: 1n } }, ["where.severity"]],
    [{ limit: new Number(Number.NaN) }, ["limit"]],
    [{ toJSON() {} }, ["query"]],
    [{ where: { created: new Map([["from", "2026-01-01"]]) } }, ["where.created"]],
    [{ where: Promise.resolve({}) }, ["where"]],
    [new URLSearchParams("limit=1"), ["query"]],
    [() => ({}), ["query"]],
  ];
  for (const [query, fields] of queries) {
    for (const call of [
      () => store.query(query),
      () => store.count(query),
      () => store.live(query),
      () => store.export({ query }),
    ]) {
      // The error of a value in place of a list names its place.
      const found = fieldsOf(call).map((field) => field.replace(/\[\d\]$/, ""));
      assert.deepEqual(found.sort(), [...fields].sort(), String(call));
    }
  }
  assert.throws(() => store.query({ limit: Number.NaN }), /limit: expected a whole number .*NaN/);
  // Plain objects of any origin, boxed values and dates are values.
  const other = Object.assign(Object.create(null), { where: { severity: [1], status: new String("Closed") } });
  assert.equal(store.count(other), 1);
  assert.equal(store.count({ where: { updated: { from: new Date("2026-05-01T08:00:00Z") }, severity: undefined } }), 2);
});

test("other arguments are named, too, and all of an export's at once", async () => {
  const store = await opened();
  assert.deepEqual(
    fieldsOf(() => store.export({ query: { limit: -1 }, format: "xml" })),
    ["limit", "format"],
  );
  for (const options of [null, 5, [], "csv"])
    assert.deepEqual(
      fieldsOf(() => store.export(options)),
      ["options"],
    );
  for (const columns of [["title", "title"], { title: "A", case_id: "A" }]) {
    assert.deepEqual(
      fieldsOf(() => store.export({ columns })),
      ["columns"],
    );
  }
  for (const options of [null, 5, [], "live"])
    assert.deepEqual(
      fieldsOf(() => store.follow({ changes() {} }, { contract_ids: ["1"] }, options)),
      ["options"],
    );
  for (const options of [5, "weeks", []])
    assert.deepEqual(
      fieldsOf(() => store.overview({}, options)),
      ["options"],
    );
  assert.throws(() => store.facets({}), /fields: expected an array of names, got nothing/);
  for (const version of [undefined, null, Number.NaN, -1, 0.5, "0", 5n, Number.POSITIVE_INFINITY])
    assert.deepEqual(
      fieldsOf(() => store.changesSince(version)),
      ["version"],
    );
  for (const ids of [undefined, null, 5, {}, [undefined], ["1", 2], new Set(["1"])])
    assert.deepEqual(
      fieldsOf(() => store.remove(ids)),
      ["case_ids"],
    );
  assert.throws(() => store.related({ bug: 5 }), /related\.bug: expected a text, got 5/);
  assert.throws(() => store.related({ bug: "a", rma: "b" }), /related: .*got bug,rma/);
  assert.deepEqual(store.related({ serial_number: "" }), [], "cases without one have nothing in common");
  assert.deepEqual([store.size, store.version], [2, 1]);
});

test("a listener that is no function is refused, and later changes are not disturbed", async () => {
  const store = await opened();
  for (const listener of [undefined, null, {}, "x"]) {
    assert.deepEqual(
      fieldsOf(() => store.live({}).subscribe(listener)),
      ["listener"],
    );
    assert.deepEqual(
      fieldsOf(() => store.onPersistence(listener)),
      ["listener"],
    );
  }
  assert.deepEqual(
    store.apply(caseOf("3")).events.map(({ type }) => type),
    ["new"],
  );
});

test("names of options that objects inherit, and misspelled ones, are no options", async () => {
  const store = await CaseStore.open();
  const client = new CaseClient({ baseUrl: "https://portal.example/api/case", token: "a-synthetic-token" });
  const takers = {
    follow: (options) => store.follow(client, { contract_ids: ["1"] }, options),
    open: (options) => CaseStore.open(options),
    restore: (options) => CaseStore.restore(store.snapshot(), options),
    export: (options) => store.export(options),
    overview: (options) => store.overview({}, options),
    caseDetailsOptions: (options) => caseDetailsOptions(client, { case_id: "1" }, options),
    infinite: (options) => casesByUserInfiniteOptions(client, { user_ids: ["1"] }, options),
    "caseKeys.store": (options) => caseKeys.store(options),
    "caseKeys.details": (options) => caseKeys.details("1", options),
    caseQueryOptions: (options) => caseQueryOptions(client, {}, options),
  };
  for (const [taker, take] of Object.entries(takers)) {
    for (const name of ["constructor", "toString", "__proto__", "scop"]) {
      await assert.rejects(
        async () => take(JSON.parse(`{"${name}":1}`)),
        ({ code, problems: [problem] }) => code.startsWith("INVALID_") && problem.field.includes(name),
        `${taker} ${name}`,
      );
    }
  }
  for (const [name, nearest] of [
    ["scop", "scope"],
    ["Scope", "scope"],
    ["maxAgeMS", "maxAgeMs"],
    ["tenant", undefined],
  ]) {
    assert.throws(
      () => caseKeys.store({ [name]: "ann" }),
      ({ problems: [{ field, expected }] }) =>
        field === name && (nearest ? expected.endsWith(`(the nearest is ${nearest})`) : !expected.includes("nearest")),
    );
  }
  assert.deepEqual(caseKeys.store({ scope: "ann", maxAgeMs: 0 }), ["cisco-support-case", "ann", "store"]);
  await store.close();
});

test("options of opening are checked: no clock of another kind, and no persistence that saves nothing", async () => {
  const nows = [null, true, [], 5, "2026", "2026-06-01T12:00:00", "1 Jan 2026", {}, Symbol("x"), 5n];
  nows.push(
    new Date(Number.NaN),
    new Date(8.64e15),
    () => 1e20,
    () => "2026-01-01T00:00:00Z",
    () => new Date(),
  );
  for (const now of nows) await assert.rejects(CaseStore.open({ now }), { name: "InvalidRequestError" }, String(now));
  for (const persist of [null, {}, 5, "indexedDb", indexedDb]) {
    await assert.rejects(CaseStore.open({ scope: "a", persist }), /persist: expected indexedDb\(\)/);
  }
  await assert.rejects(CaseStore.open([]), /options: expected an object/);
  for (const options of [null, 5, { nme: "x" }]) assert.throws(() => indexedDb(options), { code: "INVALID_OPTION" });
  const bytes = (await opened()).snapshot();
  for (const options of [{ scope: "a" }, { persist: indexedDb(), scope: "a" }, { searchNotes: true }]) {
    await assert.rejects(CaseStore.restore(bytes, options), /expected one of the options now/);
  }
  const store = await CaseStore.open({ now: "2026-06-01t14:00:00+02:00" });
  assert.equal(store.query().now, "2026-06-01T12:00:00Z");
});

test("a snapshot is bytes of any realm, as a file's are in a test environment with globals of its own", async () => {
  const bytes = (await opened()).snapshot();
  const { Uint8Array: Other, ArrayBuffer: Buffer } = runInNewContext("({ Uint8Array, ArrayBuffer })");
  const store = await CaseStore.restore(Other.from(bytes));
  assert.equal(store.size, 2);
  await store.close();
  for (const given of [new Buffer(8), Array.from(bytes), new DataView(bytes.buffer), new Uint16Array(4), null, "text"])
    await assert.rejects(CaseStore.restore(given), /bytes: expected the Uint8Array of a snapshot/);
});

test("what cannot be applied is named with all else of the call: promises, maps, changes without a number", async () => {
  const store = await opened();
  for (const given of [Promise.resolve([]), new Map(), new Set(), new Uint8Array(4), [][Symbol.iterator]()]) {
    assert.deepEqual(
      fieldsOf(() => store.apply(given)),
      ["cases"],
      String(given),
    );
  }
  const mixed = [caseOf("3"), null, caseOf("4", { severity: 9 }), 5, { type: "gone", case: null }, Promise.resolve()];
  const fields = ["cases[1]", "cases[2].severity", "cases[3]", "cases[4].case_id", "cases[5]"];
  assert.deepEqual(
    fieldsOf(() => store.apply(mixed)),
    fields,
  );
  assert.throws(() => store.apply([null]), /cases\[0\]: .*got nothing/);
  // Details are saved as their text: without one nothing of the call is applied.
  for (const text of [undefined, "text", null]) {
    const details = caseOf("1", { notes: [], status: "New", toJSON: () => text });
    assert.deepEqual(
      fieldsOf(() => store.apply([caseOf("3"), details])),
      ["cases[1]"],
    );
  }
  assert.deepEqual([store.size, store.version], [2, 1]);
});

test("a value without a JSON text is named by its field, wherever it is in a case", async () => {
  const store = await opened();
  const cyclic = {};
  cyclic.self = cyclic;
  const throwing = { toJSON: () => assert.fail() };
  for (const value of [1n, cyclic, throwing, [cyclic], { inner: 1n }]) {
    const cases = [
      caseOf("3", { undocumented: value }),
      caseOf("4", { extra: { of: value } }),
      caseOf("5", { title: value }),
      caseOf("6", { severity: value }),
      caseOf("7", { updated_date: value }),
      caseOf("8", { bugs: ["a", value] }),
      caseOf("9", { notes: [], other: value }),
      caseOf("10", { notes: [{ note: "", other: value }] }),
    ];
    const fields = ["undocumented", "of", "title", "severity", "updated_date", "bugs[1]", "other", "notes"];
    assert.deepEqual(
      fieldsOf(() => store.apply(cases)),
      fields.map((field, at) => `cases[${at}].${field}`),
    );
  }
  assert.throws(() => store.apply([caseOf("3", { undocumented: 12n })]), /undocumented: expected .*JSON.*got "12"/);
  assert.deepEqual([store.size, store.version], [2, 1]);
});

test("a problem after a page of the client has its position among all cases", async () => {
  const sandbox = await createSandbox({ cases: 20, seed: 3 });
  const client = new CaseClient(sandbox.clientOptions);
  const store = await CaseStore.open();
  const page = await client.casesByContract({ contract_ids: sandbox.info().contract_ids.slice(0, 1) });
  assert.deepEqual(
    fieldsOf(() => store.apply([caseOf("3"), page, caseOf("4", { severity: 9 })])),
    [`cases[${page.cases.length + 1}].severity`],
  );
  assert.ok(page.cases.length > 1);
});

test("a record whose notes have no value is no details", async () => {
  const store = await CaseStore.open();
  store.apply(caseOf("5", { notes: undefined, status_flag: "O" }));
  assert.deepEqual([store.get("5").status_flag, store.details("5")], ["O", undefined]);
});

test("a query to a copy has no value that JSON does not have, as one to a store", async () => {
  const asked = [];
  const fetch = async (url) => {
    asked.push(JSON.parse(new URL(url).searchParams.get("q")));
    return Response.json({ cases: [] });
  };
  const client = new CaseClient({ baseUrl: "https://gateway.example/api/case", token: "synthetic", fetch });
  const where = { created: { from: new Date(Number.NaN) }, severity: Number.NaN };
  const { queryKey, queryFn } = caseQueryOptions(client, { where, limit: 5 });
  await queryFn({ signal: new AbortController().signal });
  const { created, severity } = asked[0].where;
  // A list of a list is valid nowhere.
  assert.deepEqual([created.from, severity, asked[0].limit], [[["Invalid Date"]], [["NaN"]], 5]);
  const other = caseQueryOptions(client, { where: { severity: null }, limit: 5 });
  assert.notDeepEqual(queryKey, other.queryKey);
});

test("a case number is any text: with a line break it names one case", async () => {
  const store = await CaseStore.open();
  const ids = ["a\nb", "a", "b", '"', "\0"];
  store.apply(ids.map((id) => caseOf(id)));
  for (const [at, id] of ids.entries()) {
    assert.deepEqual(
      store.remove(id).events.map(({ type, case_id }) => [type, case_id]),
      [["gone", id]],
    );
    assert.equal(store.size, ids.length - at - 1);
  }
});

test("a change after the removal of its case counts, in the order of the call", async () => {
  const store = await opened();
  const gone = { type: "gone", case_id: "1", case: null };
  const back = { type: "changed", case_id: "1", case: caseOf("1", { updated_date: "2026-01-01T00:00:00Z" }) };
  const types = (changes) => store.apply(changes).events.map(({ type, case_id }) => `${type} ${case_id}`);
  assert.deepEqual(types([caseOf("3"), gone, back, caseOf("4")]), ["new 3", "gone 1", "new 1", "new 4"]);
  assert.equal(store.get("1").updated_date, "2026-01-01T00:00:00Z");
  assert.deepEqual(types([back, gone]), ["gone 1"]);
  assert.equal(store.get("1"), undefined);
});

test("undocumented fields are frozen at every level, since answers share their records", async () => {
  const store = await CaseStore.open();
  store.apply(caseOf("1", { extra: { parts: [{ name: "fan" }] } }));
  const { extra } = store.get("1");
  assert.deepEqual(extra, { parts: [{ name: "fan" }] });
  for (const value of [extra, extra.parts, extra.parts[0]]) assert.ok(Object.isFrozen(value));
});
