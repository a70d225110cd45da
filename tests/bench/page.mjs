// Time of the first request of a fresh page, on a connection with latency: pages that call at once, that send a request
// of their own before, and that preload; in Chromium, against an earlier build of the package. The argument is the
// package's folder:
//
//   node page.mjs [--quick] PKG
//
//   CHROME, CHROME_OPTIONS    path of Chromium, and its options, separated by spaces
//   BASELINE_PKG              the folder of an earlier build, for the rows against it
//   BENCH_JSON                a file for the results

import { firstCalls, LATENCY_MS, PAGES } from "./page/first-call.mjs";
import { record } from "./measure/record.mjs";
import { median } from "./measure/rounds.mjs";
import { mark, PAGE, reached } from "./measure/targets.mjs";

const args = process.argv.slice(2);
const folder = args.find((arg) => !arg.startsWith("--"));
if (!folder) throw new Error("the package's folder must be given; the head of this file says how");
const { BASELINE_PKG, CHROME, CHROME_OPTIONS = "" } = process.env;
if (!CHROME) {
  console.log("· Chromium was not found: nothing is measured");
  process.exit(0);
}
if (!BASELINE_PKG) console.log("· BASELINE_PKG names no earlier build: the columns against it are left out");

const launch = { browser: "chrome", executablePath: CHROME, args: CHROME_OPTIONS.split(" ").filter(Boolean) };
const packages = { package: folder, ...(BASELINE_PKG && { baseline: BASELINE_PKG }) };
const { version, loads } = await firstCalls(launch, packages, args.includes("--quick") ? 3 : 9);

const middle = (one, of) => median(one.map(of));
const rows = Object.entries(PAGES).map(([name, { earlier }]) => {
  const [mine, theirs] = ["package", "baseline"].map((side) => loads[side]?.[name]);
  const ms = middle(mine, (load) => load.callMs);
  const baselineMs = theirs && middle(theirs, (load) => load.callMs);
  const value = theirs && (baselineMs - ms) / LATENCY_MS;
  const target = theirs && earlier ? PAGE.earlierRoundTrips : undefined;
  return {
    ...{ name, ms, baselineMs, order: mine[0].order, baselineOrder: theirs?.[0].order, earlierRoundTrips: value },
    ...{ target, met: target === undefined ? null : reached(value, target, { atLeast: true }) },
  };
});

console.log(
  `\nFrom the navigation to the first request of the API, ${LATENCY_MS} ms for each answer, medians; ${version}`,
);
const line = (name, cells) => console.log(`  ${name.padEnd(44)}${cells.map((cell) => cell.padStart(14)).join("")}`);
line("", ["ms", ...(BASELINE_PKG ? ["baseline ms", "round trips", "earlier"] : [])]);
for (const { name, ms, baselineMs, order, baselineOrder, earlierRoundTrips, target, met } of rows) {
  const against =
    baselineMs === undefined
      ? []
      : [baselineMs.toFixed(0), "", earlierRoundTrips.toFixed(2), target ? `≥ ${target} ${mark(met)}` : ""];
  line(name, [ms.toFixed(0), ...against]);
  console.log(`      ${order.join(" → ")}${baselineOrder ? `   (baseline: ${baselineOrder.join(" → ")})` : ""}`);
}
record("page", { version, latencyMs: LATENCY_MS, rows });
