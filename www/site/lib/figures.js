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

/** The largest number of cases in the table: that of the targets. */
const MAX_CASES = 100_000;

const median = (values) => values.toSorted((one, other) => one - other)[values.length >> 1];

/** Times of queries in the store, over all questions of the benchmark; undefined if they were not measured. */
export function storeTimes() {
  const found = measured("store");
  if (!found) return undefined;
  const rows = found.runtimes.map(({ name, sizes }) => {
    const { cases, rows: questions } = sizes.findLast((size) => size.cases <= MAX_CASES) ?? sizes[0];
    const times = (peer) => {
      const both = questions.filter(({ ms }) => ms.store && ms[peer]);
      return median(both.map(({ ms }) => ms[peer] / ms.store));
    };
    const ms = questions.map((question) => question.ms.store);
    return {
      runtime: name.replace("/", " "),
      cases,
      questions: questions.length,
      median: median(ms).toFixed(2),
      slowest: Math.max(...ms).toFixed(2),
      arrays: Math.round(times("arrays")),
      sqlite: times("SQLite").toFixed(1),
    };
  });
  return { conditions: found.conditions, rows };
}
