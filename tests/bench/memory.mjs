// Memory of the package, in fresh processes of this Node. The argument is the package's folder:
//
//   node memory.mjs [--quick] PKG    the variable BENCH_JSON names a file for the results

import { execFileSync } from "node:child_process";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { record } from "./measure/record.mjs";
import { median } from "./measure/rounds.mjs";
import { mark, MEMORY, reached } from "./measure/targets.mjs";

const args = process.argv.slice(2);
const pkg = args.find((arg) => !arg.startsWith("--"));
if (!pkg) throw new Error("the package's folder must be given; the head of this file says how");
const processes = args.includes("--quick") ? 1 : 5;
const child = fileURLToPath(new URL("memory/child.mjs", import.meta.url));

const runChild = (what, kind = "package") =>
  JSON.parse(execFileSync(process.execPath, ["--expose-gc", child, what, kind, resolve(pkg)], { encoding: "utf8" }));

/** Memory in bytes of the package and of JSON.parse, in alternating processes. */
function heaps(what) {
  const found = { package: [], "JSON.parse": [] };
  for (let round = 0; round < processes; round += 1) {
    for (const kind of Object.keys(found)) found[kind].push(runChild(what, kind).bytes);
  }
  const [mine, json] = [median(found.package), median(found["JSON.parse"])];
  return { packageBytes: mine, jsonBytes: json, ratio: mine / json };
}

const wasm = runChild("wasm");
const growth = wasm.after10000 - wasm.after100;
const heap = heaps("cases");
const titles = heaps("titles");
/** A retained page text would have about 20 000 bytes; a title from JSON.parse retains its own text alone. */
const keepsPage = titles.packageBytes > titles.jsonBytes + 2_000;

const line = (name, cells) => console.log(`  ${name.padEnd(44)}${cells.map((cell) => cell.padStart(13)).join("")}`);
const kib = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`;
const checks = { growth: reached(growth, MEMORY.growth), heap: reached(heap.ratio, MEMORY.heapRatio) };
console.log(`\nMemory, Node ${process.versions.node}, medians of ${processes} processes`);
line("wasm memory after 100 pages, after 10 000", [kib(wasm.after100), kib(wasm.after10000)]);
line("growth between", [kib(growth), `= 0 ${mark(checks.growth)}`]);
line("", ["package", "JSON.parse", "ratio"]);
line("heap held by 10 000 cases", [
  ...[heap.packageBytes, heap.jsonBytes].map(kib),
  heap.ratio.toFixed(3),
  `≤ ${MEMORY.heapRatio.toFixed(2)} ${mark(checks.heap)}`,
]);
line("heap held by one title of a page, bytes", [
  ...[titles.packageBytes, titles.jsonBytes].map((bytes) => bytes.toFixed(0)),
  titles.ratio.toFixed(3),
  keepsPage ? "   keeps its page alive" : "   lets its page go",
]);
record("memory", { processes, wasm: { ...wasm, growth }, heap, titles: { ...titles, keepsPage }, checks });
