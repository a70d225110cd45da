// The measured times on the landing page, with date and machine: those that `cargo xtask bench` wrote for this build, and for
// decoding otherwise those that the guide states. Figures that neither has are missing, and the page says so.

import { statSync } from "node:fs";
import { join } from "node:path";
import { read, readOptional, ROOT } from "./repository.js";

const FILE = "target/bench.json";

/** A part of the measurements with its conditions; undefined if it was not measured. */
function measured(part) {
  const text = readOptional(FILE);
  const { [part]: found, machine } = text ? JSON.parse(text) : {};
  if (!found) return undefined;
  const date = found.date ?? statSync(join(ROOT, FILE)).mtime.toISOString().slice(0, 10);
  return { ...found, conditions: `Measured on ${date}, on ${machine.cores} cores of ${machine.processor}.` };
}

const DOCUMENT = "page of 100";
const PEER = "zod 4, documented";

/** Times of decoding a page of 100 cases. */
export function decodingTimes() {
  const found = measured("decode");
  if (!found) return statedTimes();
  return {
    conditions: found.conditions,
    rows: found.runtimes.map(({ name, documents }) => {
      const { ratio, peers } = documents[DOCUMENT];
      return { runtime: name, ratio: ratio.toFixed(2), peer: peers[PEER].timesFaster.toFixed(1) };
    }),
  };
}

/** The figures of the guide, with their date and machine. */
function statedTimes() {
  const page = read("www/guide/decoding.md");
  const cells = (name) => {
    const line = page.split("\n").find((one) => one.startsWith(`| ${name} |`));
    return line
      .split("|")
      .slice(2, -1)
      .map((cell) => cell.trim().split(" ")[0]);
  };
  const [, conditions, names] = /The numbers are (of [^:]+): ([^.]+\.[^.]+)\. A number/.exec(page.replace(/\s+/g, " "));
  const runtimes = names.split(", ");
  const [ratios, peers] = [cells(DOCUMENT), cells(PEER)];
  return {
    conditions: `Measured: ${conditions.replace(/^of /, "")}.`,
    rows: runtimes.map((runtime, at) => ({ runtime, ratio: ratios[at], peer: peers[at] })),
  };
}

/** The number of cases in the table at most: that of the targets. */
const MAX_CASES = 100_000;

const median = (values) => values.toSorted((one, other) => one - other)[values.length >> 1];

/** One row of the table from the times of each answer in milliseconds. */
function storeRow(runtime, cases, answers) {
  const timesFaster = (peer) =>
    median(answers.filter((ms) => ms[peer] > 0).map((ms) => ms[peer] / ms.store)).toFixed(1);
  const own = answers.map(({ store }) => store);
  return {
    runtime,
    cases,
    answers: answers.length,
    median: median(own).toFixed(2),
    slowest: Math.max(...own).toFixed(2),
    arrays: timesFaster("arrays"),
    sqlite: timesFaster("SQLite"),
  };
}

/** Times of answers of the store; undefined if neither the benchmark nor the guide has them. */
export function storeTimes() {
  const found = measured("store");
  if (!found) return statedStoreTimes();
  const rows = found.runtimes.map(({ name, sizes }) => {
    const { cases, rows: answers } = sizes.findLast((size) => size.cases <= MAX_CASES) ?? sizes[0];
    const times = answers.map(({ ms: { store, arrays, "arrays, top 50 by hand": byHand = arrays, SQLite } }) => {
      return { store, arrays: Math.min(arrays, byHand), SQLite };
    });
    return storeRow(name.replace("/", " "), cases, times);
  });
  return { conditions: found.conditions, rows };
}

/** The figures of the guide's page about the store, which `cargo xtask bench store` prints. */
function statedStoreTimes() {
  const page = read("www/guide/store.md");
  const [, machine, date] =
    /^Measured by `cargo xtask bench store[^`]*` on ([^:]+):.*?, on (\d{4}-\d\d-\d\d)\./ms.exec(page) ?? [];
  const tables = [
    ...page.matchAll(/^([^\n|]+), ([\d ]+) cases:\n\n\| answer, ms \|([^\n]+)\n[^\n]+\n((?:\|[^\n]+\n)+)/gm),
  ];
  if (!machine || tables.length === 0) return undefined;
  const cellsOf = (line) => line.split("|").map((cell) => cell.trim());
  const rows = tables.map(([, runtime, cases, head, body]) => {
    const names = cellsOf(head);
    const answers = body
      .trimEnd()
      .split("\n")
      .map((line) => {
        const cells = cellsOf(line).slice(2);
        return Object.fromEntries(names.map((name, at) => [name, Number(cells[at]?.replaceAll(" ", ""))]));
      });
    return storeRow(runtime, Number(cases.replaceAll(" ", "")), answers);
  });
  return { conditions: `Measured on ${date}, on ${machine}.`, rows };
}
