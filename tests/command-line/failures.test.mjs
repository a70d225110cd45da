// The list of known failures in README.md: each test that it names exists.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const read = (path) => readFileSync(join(import.meta.dirname, path), "utf8");

test("each test that the list of known failures names exists", () => {
  const rows = read("README.md")
    .split("\n")
    .filter((line) => /^\| (?!failure)/.test(line));
  let named = 0;
  for (const row of rows) {
    const [, , here] = row.split(/ ?\| ?/);
    const tests = here.split("<br>").flatMap((part) => [...part.matchAll(/`([^`]+\.(?:mjs|rs))`: (.+)$/g)]);
    assert.ok(tests.length > 0 || /[a-z]\.$/.test(here), `no test and no reason: ${row}`);
    for (const [, file, name] of tests) {
      const source = read(file);
      const isThere = file.endsWith(".rs") ? source.includes(`fn ${name}(`) : source.includes(`"${name}"`);
      assert.ok(isThere, `${file} has no test "${name}"`);
      named += 1;
    }
  }
  assert.ok(rows.length > 35 && named > 45, `${rows.length} rows, ${named} tests`);
});
