// The store against what a page would have without it: plain arrays, SQLite in WebAssembly, MiniSearch, crossfilter2 and
// TanStack DB, each at its best and for what it is made for. The answers are compared before any time counts: a wrong one
// fails. The argument is the package's folder:
//
//   node store.mjs [--quick] [--million] PKG    in this Node, and in Chromium if the variables name one and not with --quick
//
//   --million                 also with a million cases, against arrays and SQLite
//   STORE_CASES               the numbers of cases, separated by commas, instead of the usual ones
//   CHROME, CHROME_OPTIONS    path of Chromium, and its options, separated by spaces
//   BENCH_JSON                a file for the results

import { execFileSync } from "node:child_process";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { record } from "./measure/record.mjs";
import {
  budgetText,
  changesBudgets,
  ingestBudgets,
  memoryBudgets,
  queryBudgets,
  reopenBudgets,
  savedBudgets,
  weightBudgets,
} from "./store/budgets.mjs";
import { measureStoreIn } from "./store/in-browser.mjs";
import { merged, PARTS } from "./store/suite.mjs";
import { weighStore } from "./store/weigh.mjs";

const args = process.argv.slice(2);
const folder = args.find((arg) => !arg.startsWith("--"));
if (!folder) throw new Error("the package's folder must be given; the head of this file says how");
const pkg = resolve(folder);
const quick = args.includes("--quick");
const { CHROME, CHROME_OPTIONS = "", STORE_CASES } = process.env;
const usual = [...(quick ? [] : [1000]), 10_000, 100_000, ...(args.includes("--million") ? [1_000_000] : [])];
const numbers = STORE_CASES ? STORE_CASES.split(",").map(Number) : usual;

const PEERS = ["arrays", "arrays, top 50 by hand", "SQLite", "MiniSearch", "crossfilter2", "TanStack DB"];
const HEADS = ["arrays", "top 50", "SQLite", "MiniSearch", "crossfilter", "TanStack"];
/** Those whose times are shown for the same query again and again, too. */
const AGAIN = ["store", "arrays", "SQLite"];
const MIB = 2 ** 20;

/** Runs a script of the folder `store` in a process of its own; returns what it prints as JSON. */
function child(name, ...rest) {
  const script = fileURLToPath(new URL(`store/${name}`, import.meta.url));
  const command = ["--expose-gc", "--max-old-space-size=12000", script, pkg, ...rest];
  const options = { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], maxBuffer: 64 * MIB };
  return JSON.parse(execFileSync(process.execPath, command, options));
}

/** The memory of the contenders with a number of cases, each in its process. */
function memoryOf(cases, total, hasStore) {
  const peers = cases > 200_000 ? ["records", "arrays", "SQLite"] : ["records", "arrays", "SQLite", ...PEERS.slice(3)];
  const rows = [...(hasStore ? ["store"] : []), ...peers].map((name) => {
    return { name, ...child("memory-child.mjs", String(cases), name) };
  });
  return { rows, budgets: memoryBudgets(total, rows.find(({ name }) => name === "store")?.bytes) };
}

const line = (name, cells) => console.log(`  ${name.padEnd(58)}${cells.map((cell) => cell.padStart(13)).join("")}`);
const ms = (value) => (value === undefined ? "" : value < 10 ? value.toFixed(3) : value.toFixed(1));
const texts = (budgets) => (budgets.length > 0 ? `   ${budgets.map(budgetText).join("   ")}` : "");
const say = (name, cells, budgets) =>
  console.log(`  ${name.padEnd(58)}${cells.map((one) => one.padStart(13)).join("")}${texts(budgets)}`);

/** Adds the budgets to the results, and prints them. */
function show(runtime, found) {
  const { cases, fills, ingest, cold, index, rows, changes, reopen, saved } = found;
  for (const row of rows) row.budgets = queryBudgets(cases, row);
  changes.budgets = changesBudgets(cases, changes);
  found.ingestBudgets = ingestBudgets(cases, ingest);
  found.reopenBudgets = reopenBudgets(cases, reopen?.ms);
  found.savedBudgets = savedBudgets(cases, saved?.bytes);
  console.log(`\n${cases} cases with varied titles, 50 records and the total, medians in ms; ${runtime}`);
  line("", ["found", "store", ...HEADS, "store again", "arrays again", "SQLite again"]);
  for (const row of rows) {
    const cells = ["store", ...PEERS].map((name) => row.ms[name]);
    say(
      row.name,
      [String(row.found ?? ""), ...cells.map(ms), ...AGAIN.map((name) => ms(row.repeatedMs?.[name]))],
      row.budgets,
    );
  }
  console.log(`\n  ${changes.changed} changed cases applied, and the answers of the live queries`);
  line("", ["queries", "applied", "all", "longest"]);
  for (const { name, live, applyMs, ms: all, longestMs } of changes.rows) {
    say(name, [String(live), ms(applyMs), ms(all), ms(longestMs)], name === "store" ? changes.budgets : []);
  }
  console.log("\n  filled");
  for (const { name, ms: took } of fills) line(name, [ms(took)]);
  for (const { name, ms: took } of ingest) {
    const row = ["lists decoded and applied", "compact pages applied"].indexOf(name);
    say(name, [ms(took)], found.ingestBudgets.slice(row, row + 1));
  }
  for (const { name, ms: took } of cold) line(`${name}, before the indexes are built`, [ms(took)]);
  if (index) line("the indexes, longest piece", [ms(index.longestMs)]);
  say("reopened from a snapshot, first query", [reopen ? ms(reopen.ms) : "missing"], found.reopenBudgets);
  say("bytes that a save of a changed case writes", [saved ? String(saved.bytes) : "missing"], found.savedBudgets);
}

function showMemory(cases, { rows, budgets }) {
  console.log(`\n  memory of ${cases} cases, with the records that answers need`);
  line("", ["heap MiB", "wasm MiB", "bytes a case"]);
  for (const { name, heap, wasm, bytes } of rows) {
    const cells = [(heap / MIB).toFixed(1), (wasm / MIB).toFixed(1), (bytes / cases).toFixed(0)];
    say(name, cells, name === "store" ? budgets : []);
  }
}

const runtimes = [{ name: `Node ${process.versions.node}`, sizes: [] }];
for (const cases of numbers) {
  const flags = quick ? ["--quick"] : [];
  const found = merged(Object.keys(PARTS).map((part) => child("child.mjs", part, String(cases), ...flags)));
  show(runtimes[0].name, found);
  found.memory = memoryOf(cases, found.cases, found.hasStore);
  showMemory(found.cases, found.memory);
  runtimes[0].sizes.push(found);
}
if (CHROME && !quick) {
  const launch = { browser: "chrome", executablePath: CHROME, args: CHROME_OPTIONS.split(" ").filter(Boolean) };
  const sizes = numbers.filter((cases) => cases <= 100_000);
  const { version, found } = await measureStoreIn(launch, pkg, sizes);
  for (const one of found) show(version, one);
  runtimes.push({ name: version, sizes: found });
}
if (runtimes.some(({ sizes }) => sizes.some(({ hasStore }) => !hasStore))) {
  console.log("\n· the package has no store: the peers alone were measured, and every budget is missing");
}
const weight = await weighStore(pkg);
const weightBudget = weightBudgets(weight);
console.log("\nthe modules of the store, by gzip");
say("wasm, script", [String(weight.wasm), String(weight.script)], weightBudget);
say("the deferred module", [String(weight.deferred)], []);
const budgets = runtimes.flatMap(({ name, sizes }) =>
  sizes.flatMap((size) => [
    ...size.rows.flatMap((row) => row.budgets.map((one) => ({ runtime: name, row: row.name, ...one }))),
    ...size.changes.budgets.map((one) => ({ runtime: name, row: "changes with live queries", ...one })),
    ...size.ingestBudgets.map((one) => ({ runtime: name, row: "filled from lists", ...one })),
    ...size.reopenBudgets.map((one) => ({ runtime: name, row: "reopened from a snapshot", ...one })),
    ...size.savedBudgets.map((one) => ({ runtime: name, row: "a changed case saved", ...one })),
    ...(size.memory?.budgets ?? []).map((one) => ({ runtime: name, row: "memory", ...one })),
  ]),
);
budgets.push(...weightBudget.map((one) => ({ runtime: "every runtime", row: "the module", ...one })));
const missed = budgets.filter(({ met }) => !met);
console.log(
  `\n${budgets.length - missed.length} of ${budgets.length} budgets are met${missed.length > 0 ? "; missed:" : ""}`,
);
for (const { runtime, row, ...one } of missed) console.log(`  ✗ ${runtime}, ${row}: ${budgetText(one)}`);
record("store", { date: new Date().toISOString().slice(0, 10), runtimes, budgets, weight });
const differences = runtimes.flatMap(({ name, sizes }) =>
  sizes.flatMap((size) => size.differences.map((text) => `${name}, ${size.cases} cases, ${text}`)),
);
console.log(`\n${differences.length} answers differ from those of the arrays`);
for (const text of differences) console.log(`  ✗ ${text}`);
if (differences.length > 0) process.exitCode = 1;
