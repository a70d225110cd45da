// Tries the packed package wherever people use one: each row takes a small project as it stands, lets its tool run or
// build it, makes the four calls, a failing one and one in bulk against the sandbox, and counts the package's modules.
//
//   CONSUMERS       a copy of this folder, in which its tools and the packed package are installed
//   RESULTS         what to write to, without its ending: what came of each row as .json, the table of it as .md
//   CHROME          path of Chromium
//   CHROME_OPTIONS  its options, parted by spaces
//
//   --only WORD     only rows whose place has the word in it
//
// Prints a line for each row and closes with `N passed, N failed`.

import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Browser } from "./harness/browser.mjs";
import { started } from "./harness/commands.mjs";
import { ROWS } from "./harness/rows.mjs";
import { tableOf } from "./harness/table.mjs";

const { CONSUMERS, RESULTS } = process.env;
for (const name of ["CONSUMERS", "RESULTS", "CHROME"]) {
  if (!process.env[name]) throw new Error(`${name} must be set; the head of this file says to what`);
}
const { only } = parseArgs({ options: { only: { type: "string" } } }).values;
const runs = join(CONSUMERS, "runs");
/** The examples of the repository. Each of them is a row too. */
const EXAMPLES = join(import.meta.dirname, "../../examples");

/** Imports of the package's default entry and of its sandbox, in any kind of source. */
const IMPORTS = /(from |require\(|import\()"cisco-support-case"/g;
const SANDBOXES = /(from )"cisco-support-case\/sandbox"/g;

/** So many rows are tried at a time: tools wait for much, and few keep more than one processor busy for long. */
const LANES = 3;

/** Has the project's sources import the package from somewhere else. */
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

/** A copy of a project for one row, which no other row has. */
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
const sandbox = await started(
  process.execPath,
  [join(installed, "cisco-support-case/cli/main.js"), "sandbox", "--port", "0", "--auth", "any"],
  { folder: CONSUMERS, seconds: 30 },
  /base URL +(\S+)/,
);
const browser = new Browser();
const world = {
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

/** What came of one row. */
async function tried(row, index) {
  const { place, where = place, entry, run, line, fails } = row;
  const start = performance.now();
  let passed = true;
  let why = "";
  try {
    const folder = copyOf(row, index);
    await run({ ...world, folder });
    // One that failed can be looked at.
    for (const path of [folder, `${folder}-moved`]) rmSync(path, { recursive: true, force: true });
  } catch (error) {
    passed = false;
    why = error.stack ?? String(error);
  }
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${passed ? "ok" : "FAILED"} ${place}, ${entry} (${seconds} s)${why && `\n${why}`}`);
  return { place, where, version: row.version(world), entry, works: passed && !fails, line, passed };
}

const rows = ROWS.filter(({ place }) => !only || place.toLowerCase().includes(only.toLowerCase()));
const results = [];
// Those that take long begin: at the end they would be alone.
const waiting = [...rows.keys()].sort(
  (a, b) => Number(rows[b].takesLong ?? false) - Number(rows[a].takesLong ?? false),
);

async function lane() {
  for (let index = waiting.shift(); index !== undefined; index = waiting.shift()) {
    results[index] = await tried(rows[index], index);
  }
}
await Promise.all(Array.from({ length: LANES }, lane));

await browser.close();
await sandbox.stop();
writeFileSync(`${RESULTS}.json`, `${JSON.stringify(results, undefined, 2)}\n`);
writeFileSync(`${RESULTS}.md`, tableOf(results.filter((_, index) => rows[index].project)));
const failed = results.filter((row) => !row.passed).length;
console.log(`${results.length - failed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
