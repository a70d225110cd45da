// Time from the start to the first page, in fresh processes of this Node: importing the package, or importing a
// validator, building the schema and parsing; the kinds of processes alternate. The argument is the package's folder:
//
//   node start.mjs [--quick] PKG    the variable BENCH_JSON names a file for the results

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { documents } from "./documents/documents.mjs";
import { record } from "./measure/record.mjs";
import { median } from "./measure/rounds.mjs";
import { mark, PLAIN, reached, START } from "./measure/targets.mjs";

const args = process.argv.slice(2);
const pkg = args.find((arg) => !arg.startsWith("--"));
if (!pkg) throw new Error("the package's folder must be given; the head of this file says how");
const processes = args.includes("--quick") ? 5 : 15;

const KINDS = ["package", "module alone", "JSON.parse", "zod", "zod mini", "valibot", "ajv", "typebox", "arktype"];
const child = fileURLToPath(new URL("start/child.mjs", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "bench-start-"));

/** `{ prepareMs, firstMs }` of each process, by kind. */
const found = Object.fromEntries(KINDS.map((kind) => [kind, []]));
try {
  const page = join(folder, "page.json");
  writeFileSync(page, documents([PLAIN])[0].variants[0]);
  for (let round = 0; round < processes; round += 1) {
    for (const kind of KINDS) {
      found[kind].push(
        JSON.parse(execFileSync(process.execPath, [child, kind, page, resolve(pkg)], { encoding: "utf8" })),
      );
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}

const middle = (kind, of) => median(found[kind].map(of));
const rows = KINDS.map((kind) => {
  const whole = middle(kind, ({ prepareMs, firstMs }) => prepareMs + firstMs);
  return {
    kind,
    prepareMs: middle(kind, (one) => one.prepareMs),
    firstMs: middle(kind, (one) => one.firstMs),
    wholeMs: whole,
  };
});
const [mine, module, , zod] = rows;
const checks = [
  { what: "initSync of the module alone, ms", value: module.prepareMs, target: START.initMs },
  { what: "first page after the import, ms", value: mine.firstMs, target: START.firstPageMs },
  { what: "import and first page, ms, against zod's", value: mine.wholeMs, target: zod.wholeMs },
].map((check) => ({ ...check, met: reached(check.value, check.target) }));

const line = (name, cells) => console.log(`  ${name.padEnd(44)}${cells.map((cell) => cell.padStart(12)).join("")}`);
console.log(
  `\nFrom nothing to the first page of 100, medians of ${processes} processes of Node ${process.versions.node}, ms`,
);
line("", ["import", "first page", "together"]);
for (const { kind, prepareMs, firstMs, wholeMs } of rows) {
  line(
    kind,
    [prepareMs, firstMs, wholeMs].map((ms) => ms.toFixed(2)),
  );
}
console.log("");
for (const { what, value, target, met } of checks)
  line(what, [value.toFixed(2), `≤ ${target.toFixed(2)} ${mark(met)}`]);
record("start", { processes, rows, checks });
