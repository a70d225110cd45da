// Time and memory of a bulk read of a million cases. The time is compared with a bare loop of fetch and JSON.parse:
// without a socket, the sandbox in the same process. The memory is measured with the sandbox on a port of another
// process, and the client in its own process, which reads each case and drops it. The argument is the package's folder:
//
//   node all-cases.mjs [--quick] PKG    the variable BENCH_JSON names a file for the results, and BASELINE_PKG the
//                                       folder of an earlier build whose allCases call is timed as well

import { execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { record } from "./measure/record.mjs";
import { median } from "./measure/rounds.mjs";
import { mark, reached, ALL_CASES } from "./measure/targets.mjs";

const args = process.argv.slice(2);
const folder = args.find((arg) => !arg.startsWith("--"));
if (!folder) throw new Error("the package's folder must be given; the head of this file says how");
const pkg = resolve(folder);
const cases = args.includes("--quick") ? 100_000 : 1_000_000;
/** The client's default concurrency. */
const CONCURRENCY = 6;
const MIB = 2 ** 20;
const child = fileURLToPath(new URL("all-cases/child.mjs", import.meta.url));

/** Starts a sandbox on a free port; returns its address. */
async function open() {
  const bin = join(pkg, "cli/main.js");
  const options = ["sandbox", "--cases", String(cases), "--port", "0", "--auth", "any"];
  const server = spawn(process.execPath, [bin, ...options], { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  for await (const chunk of server.stdout.setEncoding("utf8")) {
    output += chunk;
    const origin = /listening on (\S+)\n/.exec(output)?.[1];
    if (origin) return { server, origin };
  }
  throw new Error("the sandbox did not come up");
}

/** The number of cases of all contracts, as the service counts them. */
async function count(origin, contract_ids) {
  let total = 0;
  for (let at = 0; at < contract_ids.length; at += 10) {
    const ids = contract_ids.slice(at, at + 10).join(",");
    const url = `${origin}/case/v3/cases/contracts/contract_ids/${ids}`;
    const page = await (await fetch(url, { headers: { Authorization: "Bearer anything" } })).json();
    total += page.pagination_response_record.total_records;
  }
  return total;
}

async function allCases(origin, contracts, how, flags = []) {
  const command = ["--expose-gc", ...flags, child, pkg, origin, contracts, String(CONCURRENCY), how];
  const { stdout } = await promisify(execFile)(process.execPath, command);
  const found = JSON.parse(stdout);
  const above = Object.fromEntries(Object.keys(found.most).map((key) => [key, found.most[key] - found.start[key]]));
  return { ...found, above };
}

/** Times a bulk read against the loop, in one process. */
async function timed() {
  const script = fileURLToPath(new URL("all-cases/in-process.mjs", import.meta.url));
  const rounds = args.includes("--quick") ? 5 : 3;
  const command = ["--expose-gc", script, pkg, String(cases), String(CONCURRENCY), String(rounds)];
  if (process.env.BASELINE_PKG) command.push(resolve(process.env.BASELINE_PKG));
  const { stdout } = await promisify(execFile)(process.execPath, command);
  const found = JSON.parse(stdout);
  const loopMs = median(found.contenders[0].ms);
  const rows = found.contenders.map(({ name, ms, requests }) => ({
    name,
    ms: median(ms),
    requests,
    ratio: median(ms) / loopMs,
  }));
  return { cases: found.cases, rows, target: ALL_CASES.toLoop, met: reached(rows[1].ratio, ALL_CASES.toLoop) };
}

const inProcess = await timed();
const { server, origin } = await open();
const scratch = mkdtempSync(join(tmpdir(), "bench-all-cases-"));
let expected, contracts, collected, alone, small, loop;
try {
  const { contract_ids } = await (await fetch(`${origin}/__sandbox?holders=20000`)).json();
  contracts = contract_ids.length;
  const file = join(scratch, "contracts.json");
  writeFileSync(file, JSON.stringify(contract_ids));
  expected = await count(origin, contract_ids);
  collected = await allCases(origin, file, "collected");
  alone = await allCases(origin, file, "alone");
  small = await allCases(origin, file, "alone", ["--max-semi-space-size=1"]);
  loop = await allCases(origin, file, "loop");
} finally {
  rmSync(scratch, { recursive: true });
  server.kill();
}

for (const found of [collected, alone, small, loop]) {
  if (found.cases !== expected || found.distinct !== expected) {
    throw new Error(`${expected} cases are there; got ${found.cases}, ${found.distinct} of them distinct`);
  }
}

const line = (name, cells) => console.log(`  ${name.padEnd(50)}${cells.map((cell) => cell.padStart(12)).join("")}`);
const mib = (bytes) => `${(bytes / MIB).toFixed(1)} MiB`;
const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;
const checks = { held: reached(collected.above.held, ALL_CASES.heldBytes) };
console.log(
  `\nA bulk read of ${expected} cases of ${contracts} contracts, each delivered once; Node ${process.versions.node}`,
);
line("", ["at the start", "at most", "above it"]);
const row = (name, key, found, rest = []) =>
  line(name, [...[found.start[key], found.most[key], found.above[key]].map(mib), ...rest]);
row("heap in use and outside of it, collected", "held", collected, [
  `≤ ${ALL_CASES.heldBytes / MIB} MiB ${mark(checks.held)}`,
]);
row("    of that the heap", "heap", collected);
row("    outside of it, wasm memory included", "external", collected);
line("    the wasm memory at the end", ["", mib(collected.wasm)]);
row("heap in use and outside of it, left alone", "held", alone);
row("resident, left alone", "rss", alone);
row("resident, collected", "rss", collected);
row("resident, fetch and JSON.parse page by page", "rss", loop);
row("resident, left alone, --max-semi-space-size=1", "rss", small);
console.log("");
line("", ["requests", "1st answer", "1st case", "all of it"]);
for (const [name, { requests, firstAnswerMs, firstCaseMs, tookMs }] of [
  ["left alone", alone],
  ["fetch and JSON.parse page by page", loop],
]) {
  line(name, [String(requests), `${firstAnswerMs.toFixed(0)} ms`, `${firstCaseMs.toFixed(0)} ms`, seconds(tookMs)]);
}
console.log(`\nThe time of ${inProcess.cases} cases without a socket, medians`);
line("", ["requests", "all of it", "× the loop"]);
for (const [at, { name, ms, requests, ratio }] of inProcess.rows.entries()) {
  const wanted = at === 1 ? [`≤ ${ALL_CASES.toLoop.toFixed(2)} ${mark(inProcess.met)}`] : [];
  line(name, [String(requests), seconds(ms), ratio.toFixed(2), ...wanted]);
}
record("allCases", {
  cases: expected,
  contracts,
  concurrency: CONCURRENCY,
  inProcess,
  collected,
  alone,
  small,
  loop,
  checks,
});
