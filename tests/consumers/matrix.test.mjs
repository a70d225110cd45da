// The packed package in its supported tools and runtimes: each row copies a small project, builds or runs it with its
// tool, makes the four calls, a failing call and a bulk call against the sandbox, and counts the package's modules.
//
//   CONSUMERS       a copy of this folder, with its tools and the packed package installed
//   RESULTS         path of the output, without its extension: the results of the rows as .json, their table as .md
//   CHROME          path of Chromium
//   CHROME_OPTIONS  its options, separated by spaces
//
//   ONLY            only rows whose place contains this word

import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { Browser } from "./harness/browser.mjs";
import { startServer } from "./harness/commands.mjs";
import { ROWS } from "./harness/rows/rows.mjs";
import { tableOf } from "./harness/table.mjs";

const { CONSUMERS, RESULTS, ONLY = "" } = process.env;
for (const name of ["CONSUMERS", "RESULTS", "CHROME"]) {
  if (!process.env[name]) throw new Error(`${name} must be set; the head of this file says to what`);
}
const runs = join(CONSUMERS, "runs");
/** The examples of the repository. Each of them is a row too. */
const EXAMPLES = join(import.meta.dirname, "../../examples");

/** Imports of the package's default entry and of its sandbox, in any kind of source. */
const IMPORTS = /(from |require\(|import\()"cisco-support-case"/g;
const SANDBOXES = /(from )"cisco-support-case\/sandbox"/g;

/** The number of concurrent rows. The tools wait often, and few use more than one processor for long. */
const CONCURRENCY = 3;

/** Replaces the package's import path in the project's sources. */
function importFrom(folder, from) {
  let changed = 0;
  for (const name of readdirSync(folder, { recursive: true })) {
    const path = join(folder, name);
    if (!/\.(js|jsx|mjs|cjs|ts|svelte|vue)$/.test(name) || !statSync(path).isFile()) continue;
    const text = readFileSync(path, "utf8");
    let other = text.replace(IMPORTS, `$1"${from}"`);
    if (other === text) continue;
    if (from.endsWith("/inline")) other = other.replace(SANDBOXES, '$1"cisco-support-case/sandbox/inline"');
    writeFileSync(path, other);
    changed += 1;
  }
  if (changed === 0) throw new Error(`nothing below ${folder} imports the package`);
}

/** A copy of a project, for one row alone. */
function copyOf({ project, example, entry, from }, index) {
  const folder = join(runs, `${project ?? example}-${index}`);
  const sources = (path) => !path.endsWith("node_modules");
  const original = example ? join(EXAMPLES, example) : join(CONSUMERS, project);
  cpSync(original, folder, { recursive: true, filter: sources });
  const source = from ?? (entry === "inline" ? "cisco-support-case/inline" : undefined);
  if (source) importFrom(folder, source);
  return folder;
}

const installed = join(CONSUMERS, "node_modules");
const sandbox = await startServer(
  process.execPath,
  [join(installed, "cisco-support-case/cli/main.js"), "sandbox", "--port", "0", "--auth", "any"],
  { folder: CONSUMERS, seconds: 30 },
  /base URL +(\S+)/,
);
const browser = new Browser();
const environment = {
  browser,
  installed,
  runs,
  sandbox: sandbox.match[1],
  wasm: Object.fromEntries(
    ["client", "page", "bulk"].map((name) => [
      name,
      readFileSync(join(installed, `cisco-support-case/wasm/${name}.wasm`)),
    ]),
  ),
};

rmSync(runs, { recursive: true, force: true });
mkdirSync(runs, { recursive: true });
cpSync(join(CONSUMERS, "shared"), join(runs, "shared"), { recursive: true });

const results = [];

/** Runs a row in a copy of its project. The copy of a failed row is kept for examination. */
async function runRow(row, index) {
  const { place, where = place, entry, run, line, fails } = row;
  const result = { place, where, version: row.version(environment), entry, works: false, line, passed: false };
  results[index] = result;
  const folder = copyOf(row, index);
  await run({ ...environment, folder });
  for (const path of [folder, `${folder}-moved`]) rmSync(path, { recursive: true, force: true });
  Object.assign(result, { works: !fails, passed: true });
}

const rows = ROWS.filter(({ place }) => place.toLowerCase().includes(ONLY.toLowerCase()));
// The slowest rows start first; otherwise they would run alone at the end.
const order = [...rows.keys()].sort((a, b) => Number(rows[b].takesLong ?? false) - Number(rows[a].takesLong ?? false));

describe("consumers", { concurrency: CONCURRENCY }, () => {
  for (const index of order) test(`${rows[index].place}, ${rows[index].entry}`, () => runRow(rows[index], index));
});

after(async () => {
  await browser.close();
  await sandbox.stop();
  writeFileSync(`${RESULTS}.json`, `${JSON.stringify(results, undefined, 2)}\n`);
  writeFileSync(`${RESULTS}.md`, tableOf(results.filter((_, index) => rows[index].project)));
});
