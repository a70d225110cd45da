// Exports: CSV as two parsers that are not ours read it, NDJSON, and the stream.

import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "csv-parse/sync";
import papaparse from "papaparse";
import { script } from "./harness.mjs";
import { generator, NOW } from "./random-cases.mjs";

const { CaseStore } = await script("entry/store-node.js");

/** Titles that parsers and spreadsheet programs treat specially. */
const HOSTILE = [
  '"',
  '""',
  'a"b, c;d\te|f',
  "line\nfeed",
  "carriage\rreturn",
  "both\r\n",
  " leading and trailing ",
  "\ttab first",
  "=1+1",
  "+49 30 1234-0",
  "-1",
  "@SUM(A1)",
  "\uff1d1+1",
  "sep=;",
  "0012E45",
  "123456789012345678",
  "1e5",
  "é\u0301 😀 \u200f‎عربي",
  "\ufeffBOM first",
  "'",
  "#",
  "\0",
  "x".repeat(100_000),
];

async function filled(count = 300) {
  const { record } = generator(11);
  const store = await CaseStore.open({ now: new Date(NOW) });
  store.apply(
    Array.from({ length: count }, (_, at) => ({
      ...record(1),
      case_id: String(600_000_000 + at),
      title: HOSTILE[at] ?? record(1).title,
    })),
  );
  return store;
}

const bytesOf = async (stream) => new Uint8Array(await new Response(stream).arrayBuffer());

const PARSERS = {
  "csv-parse": (bytes, delimiter) => parse(Buffer.from(bytes), { delimiter, bom: true }),
  papaparse(bytes, delimiter) {
    const text = new TextDecoder().decode(bytes);
    const { data, errors } = papaparse.parse(text.replace(/\r\n$/, ""), { delimiter });
    assert.deepEqual(errors, []);
    return data;
  },
};

const COLUMNS = ["case_id", "title", "severity", "serial_number", "contact_name", "bugs", "updated_date"];

for (const [parser, read] of Object.entries(PARSERS)) {
  test(`${parser} reads every cell of CSV as it is in the store`, async () => {
    const store = await filled();
    const query = { sort: { by: "case_id" } };
    const wanted = store.query({ ...query, limit: 1000 }).cases.map((record) =>
      COLUMNS.map((name) => {
        const value = record[name];
        return value === null ? "" : Array.isArray(value) ? value.join(" ") : String(value);
      }),
    );
    for (const delimiter of [",", ";", "\t", "|"]) {
      for (const bom of [true, false]) {
        const options = { query, columns: COLUMNS, delimiter, bom, formulaSafe: false };
        const [header, ...rows] = read(await bytesOf(store.export(options)), delimiter);
        assert.deepEqual(header, COLUMNS);
        assert.deepEqual(rows, wanted, `delimiter ${JSON.stringify(delimiter)}`);
      }
    }
    await store.close();
  });

  test(`${parser} finds an apostrophe before each text that could be a formula, and nothing else changed`, async () => {
    const store = await filled();
    const query = { sort: { by: "case_id" } };
    const originals = store.query({ ...query, limit: 1000 }).cases.map(({ title }) => title);
    const rows = read(await bytesOf(store.export({ query, columns: ["title"] })), ",").slice(1);
    for (const [at, [cell]] of rows.entries()) {
      const original = originals[at];
      assert.ok(cell === original || cell === `'${original}`, cell.slice(0, 50));
      const isNumber = /^[+-]?[0-9]+(\.[0-9]+)?$/.test(cell);
      if (!isNumber)
        assert.doesNotMatch(cell, /^[\s\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]/, "no cell begins as a formula");
    }
    await store.close();
  });
}

test("an export is made while it is read, in small pieces", async () => {
  const store = await filled(6000);
  const sizes = [];
  for await (const piece of store.export({ format: "ndjson" })) sizes.push(piece.length);
  assert.ok(sizes.length > 10, `${sizes.length} pieces`);
  // A record is never divided, so the long title is a piece of its own.
  const large = sizes.filter((size) => size > 64 << 10);
  assert.ok(large.length <= 1, String(large));
  const reader = store.export().getReader();
  await reader.read();
  await reader.cancel();
  assert.ok((await reader.closed, true));
  await store.close();
});

test("an export that ends early fails, in both formats, and the number of its rows is known before", async () => {
  for (const format of ["csv", "ndjson"]) {
    const store = await filled(3000);
    const query = { where: { severity: [1, 2] } };
    const text = await new Response(store.export({ format, query, columns: ["case_id"] })).text();
    const lines = text.trim().split(/\r?\n/).length - (format === "csv" ? 1 : 0);
    assert.equal(lines, store.count(query));
    const reader = store.export({ format }).getReader();
    await reader.read();
    await store.close();
    await assert.rejects(reader.read(), { code: "STORE_CLOSED" });
    await reader.cancel().catch((error) => assert.equal(error.code, "STORE_CLOSED", "the stream's own error"));
  }
  const store = await filled(3000);
  const reader = store.export().getReader();
  await reader.read();
  await store.close();
  await reader.cancel();
});

test("an export has the cases of its beginning, whatever is applied while it is read", async () => {
  const store = await filled(3000);
  const ids = new Set();
  let applied = 0;
  let rest = "";
  const decoder = new TextDecoder();
  for await (const piece of store.export({ format: "ndjson", columns: ["case_id"] })) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      const { case_id } = JSON.parse(line);
      assert.ok(!ids.has(case_id), `${case_id} came twice`);
      ids.add(case_id);
    }
    applied += 1;
    store.apply({ ...generator(applied).record(1), case_id: String(700_000_000 + applied) });
  }
  assert.equal(ids.size, 3000);
  assert.ok(![...ids].some((id) => id.startsWith("7")));
  await store.close();
});
