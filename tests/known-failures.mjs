// The check of a list of known failures: a README.md with tables of `| failure elsewhere | here |` or `| requirement | here |`,
// whose second cells name tests.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Fails unless each row of the README.md of a folder names tests that exist, or has a reason that is a sentence. `atLeast` is
 * `{ rows, tests }`, the numbers below which the list was not understood.
 */
export function checkKnownFailures(folder, atLeast) {
  const read = (path) => readFileSync(join(folder, path), "utf8");
  const rows = read("README.md")
    .split("\n")
    .filter((line) => /^\| (?!failure|requirement)/.test(line));
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
  assert.ok(rows.length > atLeast.rows && named > atLeast.tests, `${rows.length} rows, ${named} tests`);
}
