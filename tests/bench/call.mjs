// Cost of a whole call, against `res.json()` without the client, and against an earlier build of the package. The
// argument is the package's folder:
//
//   node call.mjs [--quick] PKG    in this Node, and in Chromium if the variables name one
//
//   CHROME, CHROME_OPTIONS    path of Chromium, and its options, separated by spaces
//   BASELINE_PKG              the folder of an earlier build, for the rows against it
//   BENCH_JSON                a file for the results

import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { measureCallsIn } from "./browser/measure.mjs";
import { atOnce, wholeCall } from "./call/suite.mjs";
import { record } from "./measure/record.mjs";
import { mark } from "./measure/targets.mjs";

const args = process.argv.slice(2);
const folder = args.find((arg) => !arg.startsWith("--"));
if (!folder) throw new Error("the package's folder must be given; the head of this file says how");
const quick = args.includes("--quick");
const { BASELINE_PKG, CHROME, CHROME_OPTIONS = "" } = process.env;

const load = (from) => import(pathToFileURL(resolve(from, "entry/node.js")).href);
const pkg = await load(folder);
const baseline = BASELINE_PKG && (await load(BASELINE_PKG));
if (!baseline) console.log("· BASELINE_PKG names no earlier build: the rows against it are left out");

const runtimes = [{ name: `Node ${process.versions.node}`, ...(await wholeCall(pkg, baseline, "node", quick)) }];
if (CHROME && !quick) {
  const launch = { browser: "chrome", executablePath: CHROME, args: CHROME_OPTIONS.split(" ").filter(Boolean) };
  const { version, ...found } = await measureCallsIn(launch, folder, BASELINE_PKG);
  runtimes.push({ name: version, ...found });
}
const together = await atOnce(pkg, baseline, quick);

const line = (name, cells) => console.log(`  ${name.padEnd(52)}${cells.map((cell) => cell.padStart(12)).join("")}`);
const wanted = ({ target, met }) => (target === undefined ? "" : `≤ ${target.toFixed(2)} ${mark(met)}`);
for (const { name, jsonUs, rows } of runtimes) {
  console.log(`\nA whole call over a Response of a page of 100, made anew on both sides; ${name}`);
  line("", ["µs", "× json()"]);
  line("res.json()", [jsonUs.toFixed(1), ""]);
  for (const row of rows) line(row.name, [row.us.toFixed(1), row.ratio.toFixed(2), wanted(row)]);
}
console.log(`\nCalls at once, each answered at once with a page of one; Node ${process.versions.node}`);
line("", ["ms", "µs a call", "baseline ms", "ratio"]);
for (const row of together) {
  const against = row.baselineMs === undefined ? [] : [row.baselineMs.toFixed(2), row.ratio.toFixed(2), wanted(row)];
  line(row.name, [row.ms.toFixed(2), row.usEach.toFixed(2), ...against]);
}
record("call", { runtimes, together });
