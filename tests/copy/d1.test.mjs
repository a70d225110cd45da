// The statements of the copy in workerd's D1, through the binding of a Worker: with its limits, each gives the rows that it
// gives in SQLite. D1_STATEMENTS is the file of the statements and rows.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";

const require = createRequire(process.env.TOOLS);
const { convertV4MiniflareOptions, Miniflare } = require("miniflare");

/** A Worker that runs the posted statements in one batch. */
const WORKER = `
  export default {
    async fetch(request, { CASES }) {
      const statements = await request.json();
      try {
        const results = await CASES.batch(statements.map(({ text, values }) => CASES.prepare(text).bind(...values)));
        return Response.json(results.map(({ results, meta }) => ({ rows: results.map(Object.values), read: meta.rows_read, written: meta.rows_written })));
      } catch (error) {
        return new Response(String(error), { status: 500 });
      }
    },
  };`;

let miniflare;
before(() => {
  miniflare = new Miniflare(
    convertV4MiniflareOptions({
      name: "copy",
      modules: true,
      script: WORKER,
      compatibilityDate: "2026-10-01",
      d1Databases: { CASES: "cases" },
    }),
  );
});
after(() => miniflare?.dispose());

const TABLES = ["copy_state", "cases", "case_links", "case_words", "tombstones"];

/** The most rows that are written for a new case, its bugs and RMAs, and all indexes. */
const MOST_WRITTEN = 15;

/** The most rows that are written for the details of a case, and all indexes. */
const MOST_WRITTEN_DETAILS = 6;

/** Commits batches. Returns the number of rows that were written. */
async function writtenRows(batches) {
  let written = 0;
  for (const statements of batches) {
    for (const answer of await batch(statements)) written += answer.written;
  }
  return written;
}

/** The most rows that a statement reads of the lists in its parameters. */
const LIST_ROWS = 60;

async function batch(statements) {
  const body = JSON.stringify(statements.map(({ text, values = [] }) => ({ text, values })));
  const response = await miniflare.dispatchFetch("http://copy.example/", { method: "POST", body });
  assert.equal(response.status, 200, response.status === 200 ? "" : await response.text());
  return response.json();
}

/** A migration as a tool splits it that knows no SQL: at each semicolon. */
const migration = (name) =>
  readFileSync(new URL(`../../pkg-template/migrations/${name}`, import.meta.url), "utf8")
    .replace(/^--.*$/gm, "")
    .split(";")
    .map((text) => ({ text: text.trim() }))
    .filter(({ text }) => text);

test("the migrations can be applied, the first one twice, and the others over its tables", async () => {
  await batch(migration("0001_case_copy.sql"));
  await batch(migration("0001_case_copy.sql"));
  await batch(migration("0002_case_details.sql"));
  await batch(migration("0003_closed_cases.sql"));
  await batch(migration("0004_record_versions.sql"));
});

test("an overtaken writer commits nothing", async () => {
  const [acquire, first] = JSON.parse(readFileSync(process.env.D1_STATEMENTS, "utf8").split("\n")[0]).fill;
  await batch(acquire);
  await batch(acquire);
  const body = JSON.stringify(first);
  const response = await miniflare.dispatchFetch("http://copy.example/", { method: "POST", body });
  assert.match(await response.text(), /NOT NULL constraint failed|UNIQUE constraint failed/);
  const [{ rows }] = await batch([{ text: "SELECT count(*) FROM cases" }]);
  assert.deepEqual(rows, [[0]]);
});

test("every statement has the rows that it has in SQLite", async (t) => {
  const lines = readFileSync(process.env.D1_STATEMENTS, "utf8").split("\n");
  let count = 0;
  for (const line of lines) {
    const { fill, cases, details, detailed, query, statements } = JSON.parse(line);
    if (fill) {
      await batch(TABLES.map((table) => ({ text: `DELETE FROM ${table}` })));
      const filled = await writtenRows(fill);
      assert.ok(filled <= MOST_WRITTEN * cases + 100, `${filled} rows of ${cases} cases`);
      // Sent again, as after a lost answer: only the state of the copy is written.
      assert.ok((await writtenRows(fill.slice(1))) <= 10 * fill.length);
      const written = await writtenRows([details]);
      assert.ok(
        written >= detailed && written <= MOST_WRITTEN_DETAILS * detailed + 20,
        `${written} of ${detailed} details`,
      );
      const each = (rows, of) => (rows / of).toFixed(1);
      t.diagnostic(`rows written: ${each(filled, cases)} of a case, ${each(written, detailed)} of details`);
      assert.ok((await writtenRows([details])) <= 10, "details that are as they were");
      continue;
    }
    const answers = await batch(statements);
    for (const [index, { text, rows, candidates }] of statements.entries()) {
      const { rows: found, read } = answers[index];
      assert.deepEqual(found, rows, `${query}: ${text}`);
      count += 1;
      // D1 bills rows of temporary tables too: a candidate is found by its index, read, stored, counted and sorted; one
      // by the indexes of contracts and users is found, stored, read, …
      if (candidates > 0) {
        const limit = 8 * candidates + 6 * rows.length + LIST_ROWS;
        assert.ok(read <= limit, `${read} rows were read of ${candidates} candidates by ${query}: ${text}`);
      }
    }
  }
  assert.ok(count > 2000, `${count} statements`);
});
