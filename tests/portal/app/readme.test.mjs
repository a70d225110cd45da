// The tables of www/portal/README.md: their tests and files exist, and the journey's tests run in all browsers.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const read = (file) => readFileSync(ROOT + file, "utf8");
const readme = read("www/portal/README.md");

/** The cells of the rows below a heading. */
const rowsOf = (heading) =>
  readme
    .split(/^## /m)
    .find((part) => part.startsWith(`${heading}\n`))
    .split("\n")
    .filter((line) => /^\|(?!---)/.test(line))
    .slice(1)
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );

/** The names of the journey's tests that run in every browser, as patterns: a part of a name may be of a table. */
const names = readdirSync(`${ROOT}tests/portal/journey`).flatMap((file) => {
  // What follows this is for some browsers only.
  const [common] = read(`tests/portal/journey/${file}`).split(/if \(kind\.title [!=]== "\w+"\) return;/);
  return [...common.matchAll(/\bcheck\(\s*(["`])(.+?)\1,/g)].map(([, , name]) => {
    const parts = name.split(/\$\{\w+\}/).map((part) => part.replaceAll(/[.?()]/g, "\\$&"));
    return new RegExp(`^${parts.join("\\S+")}$`);
  });
});

test("each part of the page has tests in three browsers", () => {
  const rows = rowsOf("In three browsers");
  assert.ok(rows.length >= 15 && names.length > 40, `${rows.length} rows, ${names.length} tests`);
  for (const [part, cell] of rows) {
    const tests = [...cell.matchAll(/\*([^*]+)\*/g)].map(([, name]) => name);
    assert.ok(tests.length > 0, `${part} has no test`);
    assert.deepEqual(
      tests.filter((name) => !names.some((pattern) => pattern.test(name))),
      [],
      `${part}: no tests of every browser`,
    );
  }
});

test("the journey is a suite of each browser", () => {
  const suites = read("xtask/src/test/suites.rs");
  for (const name of ["portal-chromium", "portal-firefox", "portal-webkit"]) {
    assert.equal(suites.split(`"${name}"`).length, 2, `${name} is a suite, and nothing leaves it out`);
  }
});

test("files of the tables exist", () => {
  const tables = ["Details that users of such pages ask for", "Pitfalls"].flatMap(rowsOf);
  assert.ok(tables.length > 50, `${tables.length} rows`);
  const cells = tables.map((cells) => cells.at(-1)).join("\n");
  const files = [...cells.matchAll(/`((?:[\w-]+\/)+[\w.-]+\.(?:tsx?|mjs|js))`/g)].map(([, file]) => file);
  assert.ok(files.length > 60, `${files.length} files`);
  const folders = ["www/portal/", "tests/portal/", ""];
  assert.deepEqual(
    files.filter((file) => !folders.some((folder) => existsSync(ROOT + folder + file))),
    [],
  );
});
