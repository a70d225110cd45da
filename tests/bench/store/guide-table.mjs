// Writes the figures of the last `cargo xtask bench store` into the guide: node guide-table.mjs TARGET/bench.json [MORE...]
//
// Further files have other numbers of cases, from runs of their own (`STORE_CASES`), since a million cases take a quarter of an
// hour.

import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";

const guide = new URL("../../../www/guide/store.md", import.meta.url);
const [results, ...more] = process.argv.slice(2).map((file) => JSON.parse(readFileSync(file, "utf8")));
const { machine, store } = results;
const { date } = store;
const grouped = (number) => String(Math.round(number)).replace(/\B(?=(\d{3})+$)/g, " ");
const ms = (value) => (value === undefined ? "" : value < 10 ? value.toFixed(2) : grouped(value));
const row = (cells) => `| ${cells.join(" | ")} |`;
const table = (heads, rows) => [row(heads), row(heads.map(() => "---")), ...rows.map(row)].join("\n");

/** A table of the queries at a number of cases: the store, and its peers. */
function queries({ rows }) {
  const peers = ["arrays", "SQLite", "MiniSearch", "crossfilter2", "TanStack DB"];
  const cells = rows.map(({ name, found, ms: of, repeatedMs }) => {
    const arrays = Math.min(of.arrays ?? Infinity, of["arrays, top 50 by hand"] ?? Infinity);
    const times = [of.store, repeatedMs?.store, arrays, ...peers.slice(1).map((peer) => of[peer])];
    return [name, found === undefined ? "" : grouped(found), ...times.map(ms)];
  });
  return table(["answer, ms", "found", "store", "again", ...peers], cells);
}

const bytesOf = ({ memory, cases }) => {
  const found = memory?.rows.find(({ name }) => name === "store");
  return found ? grouped(found.bytes / cases) : "";
};

/** A table of everything but queries: a column for each number of cases of a runtime. */
function others(columns) {
  const of = (list, name) => list.find((one) => one.name === name)?.ms;
  const rows = [
    ["slowest answer of the queries", ({ rows }) => ms(Math.max(...rows.map(({ ms: of }) => of.store)))],
    ["lists decoded and applied", ({ ingest }) => ms(of(ingest, "lists decoded and applied"))],
    ["lists decoded to records, without a store", ({ ingest }) => ms(of(ingest, "lists decoded to records"))],
    ["compact pages applied", ({ ingest }) => ms(of(ingest, "compact pages applied"))],
    ["longest piece of the indexes", ({ index }) => ms(index?.longestMs)],
    ["100 changed cases applied, with the live queries", ({ changes }) => ms(of(changes.rows, "store"))],
    ["a snapshot opened, and the first answer", ({ reopen }) => ms(reopen?.ms)],
    ["bytes that a save of one changed case writes", ({ saved }) => (saved ? grouped(saved.bytes) : "")],
    ["bytes of memory per case", bytesOf],
  ];
  const heads = [
    "ms, if nothing else is said",
    ...columns.map(({ runtime, size }) => `${runtime}, ${grouped(size.cases)}`),
  ];
  return table(
    heads,
    rows.map(([name, read]) => [name, ...columns.map(({ size }) => read(size))]),
  );
}

/** The missed budgets, those of one kind together: how many of how many, and the worst. */
function missed(budgets) {
  const kinds = new Map();
  for (const budget of budgets) {
    const kind = `${budget.runtime.replace("/", " ")}, ${budget.name}`;
    kinds.set(kind, [...(kinds.get(kind) ?? []), budget]);
  }
  const lines = [...kinds].flatMap(([kind, all]) => {
    const failed = all.filter(({ met }) => !met);
    const [worst] = failed.toSorted((one, other) => (one.atLeast ? one.value - other.value : other.value - one.value));
    if (!worst) return [];
    const { atLeast, target, value, row } = worst;
    const count = all.length > 1 ? `${failed.length} of ${all.length}, the ${atLeast ? "least" : "most"} ` : "";
    const limit = target < 10 ? target : grouped(target);
    return [`- ${kind} ${atLeast ? "≥" : "≤"} ${limit}: ${count}${ms(value ?? undefined)} (${row})`];
  });
  return lines.length > 0 ? `\nTargets that are missed with 100 000 cases:\n\n${lines.join("\n")}\n` : "";
}

const columns = [store, ...more.map(({ store }) => store)].flatMap(({ runtimes }) =>
  runtimes.flatMap(({ name, sizes }) =>
    sizes.map((size) => ({ runtime: name.replace(/\..*/, "").replace("/", " "), size })),
  ),
);
const main = columns.find(({ size }) => size.cases > 90_000 && size.cases < 110_000);
const { wasm, deferred, script } = store.weight;
const text = `## Performance

Measured by \`cargo xtask bench store${columns.some(({ size }) => size.cases > 200_000) ? " --million" : ""}\` on ${machine.cores} cores of ${machine.processor.trim()}: medians, for cases with
varied titles, on ${date}. Each peer takes part in what it is made for; arrays are the faster of two ways. The answers are
compared first. An answer has the total and the records of the first 50 cases. Before each, 10 000 other records are read and
other words searched; "again" is the store's time for the same query again and again, which the peers are measured at, too.

${main ? `${main.runtime}, ${grouped(main.size.cases)} cases:\n\n${queries(main.size)}\n` : ""}
${others(columns)}
${missed(store.budgets)}
The module has ${grouped(wasm / 1000)} KB and the scripts that load it ${grouped(script / 1000)} KB (gzip, as esbuild ships them).
The first call that restores or saves, exports, follows, searches notes or compacts loads a second module of ${grouped(deferred / 1000)} KB.
`;
const page = readFileSync(guide, "utf8");
const found = /\n## Performance\n[\s\S]*?(?=\n## |$)/.exec(page);
writeFileSync(guide, found ? page.replace(found[0], () => `\n${text}`) : `${page.trimEnd()}\n\n${text}`);
