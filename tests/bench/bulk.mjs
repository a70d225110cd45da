// Bulk calls against the usual hand-written loop: each batch of ten contracts and each window of 90 days page by page,
// one request after another, under the same limit and over the same network. The measured program has a simulated clock
// (bulk/main.rs), so each run has the same results to the millisecond. `cargo xtask bench bulk` builds it:
//
//   node bulk.mjs PROGRAM [--quick] PKG    the variable BENCH_JSON names a file for the results

import { execFileSync } from "node:child_process";
import { record } from "./measure/record.mjs";
import { BULK, mark, reached } from "./measure/targets.mjs";

const [program, ...args] = process.argv.slice(2);
if (!program) throw new Error("the program must be given; the head of this file says how");
const options = args.filter((arg) => arg === "--quick");
const found = JSON.parse(execFileSync(program, options, { encoding: "utf8", maxBuffer: 2 ** 26 }));

const line = (name, cells) =>
  console.log(`  ${name.padEnd(46)}${cells.map((cell) => String(cell).padStart(15)).join("")}`);
const mean = (numbers) => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
const checks = [];
function check(what, value, target) {
  const met = reached(value, target);
  checks.push({ what, value, target, met });
  return mark(met);
}

function reads() {
  for (const what of new Set(found.reads.map((row) => row.what))) {
    const rows = found.reads.filter((row) => row.what === what);
    const [{ lists, pages, cases, loop, byDefault }] = rows;
    const requests = check(`requests, ${what}`, byDefault.requests, pages + 2 * lists);
    console.log(
      `\nTo read ${what}: ${pages} pages, ${cases} cases, ${lists === 1 ? "one list" : `${lists} lists`}, unchanged`,
    );
    line("", ["the loop", "by default", "N + 2 a list"]);
    line("requests", [loop.requests, byDefault.requests, `${pages + 2 * lists} ${requests}`]);
    line("time against N/R", ["the loop", "by default", "wide", "concurrency"]);
    for (const { perSecond, latencyMs, idealMs, loop, byDefault, wide } of rows) {
      const name = `R = ${perSecond}/s, ${latencyMs} ms, N/R = ${(idealMs / 1000).toFixed(0)} s`;
      const ratios = [loop, byDefault, wide].map(({ ms }) => ms / idealMs);
      const target = what === "a long list" ? BULK.timeRatio : undefined;
      const marks = ratios.map((ratio, at) =>
        at === 0 ? " " : check(`time, ${what}, ${name}, ${["", "by default", "wide"][at]}`, ratio, target),
      );
      line(name, [
        ...ratios.map((ratio, at) => `${ratio.toFixed(3)} ${marks[at]}`),
        `${byDefault.concurrency}, ${wide.concurrency}`,
      ]);
    }
  }
}

function rounds() {
  console.log(`\nTo follow 500 contracts, requests a round (means of 7)`);
  line("", ["unchanged", "1 % changed", "a bulk read", "cursor", "unreported"]);
  for (const { what, cases, quietRequests, busyRequests, allCasesRequests, cursorBytes, unreported } of found.rounds) {
    line(`${what}, ${cases} cases`, [
      mean(quietRequests).toFixed(0),
      mean(busyRequests).toFixed(0),
      allCasesRequests,
      `${(cursorBytes / 1024).toFixed(0)} KiB`,
      `${unreported} ${check(`unreported changes, ${what}`, unreported, BULK.unreported)}`,
    ]);
  }
}

function losses() {
  const [{ runs, perSecond, latencyMs, cases }] = found.losses;
  console.log(
    `\nCases lost by ${runs} readers of a list that moves (${perSecond}/s, ${latencyMs} ms, a sandbox of ${cases} cases)`,
  );
  line("", ["pages", "moves", "the loop", "of runs", "ours"]);
  for (const { what, movesPerHour, pages, movesMeanwhile, loop, ours } of found.losses) {
    line(`${what}, ${movesPerHour} moves an hour`, [
      pages.toFixed(1),
      movesMeanwhile.toFixed(1),
      loop.lostCases,
      `${((100 * loop.runsThatLose) / runs).toFixed(1)} %`,
      `${ours.lostCases} ${check(`lost cases, ${what}, ${movesPerHour}`, ours.lostCases, BULK.lost)}`,
    ]);
  }
}

reads();
rounds();
losses();
record("bulk", { ...found, checks });
// A lost case is a wrong result.
if (found.losses.some(({ ours }) => ours.lostCases > 0)) process.exitCode = 1;
