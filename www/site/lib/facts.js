// The facts on the landing page: the output of its example, sizes of the built package, and measured times.

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { read, readOptional, ROOT } from "./repository.js";

const SITE = join(import.meta.dirname, "..");

/** The first example of a file. */
export const exampleOf = (path) => /^```js\n([\s\S]*?)^```$/m.exec(read(path))[1];

/** The lines that an example prints when Node runs it with the built package. */
export function outputOf(code) {
  const folder = join(SITE, "node_modules/.examples");
  const file = join(folder, "example.mjs");
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, code);
  try {
    return execFileSync(process.execPath, [file], { encoding: "utf8" }).trimEnd().split("\n");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const kilobytes = (bytes) => `${Math.round(bytes / 1000)} KB`;

/** The modules of the package that a page loads: uncompressed and gzip. */
export function moduleSizes() {
  const folder = join(ROOT, "pkg/wasm");
  const about = {
    "page.wasm": "calls, paging, retries, decoding",
    "bulk.wasm": "bulk calls, loaded by the first one",
    "store.wasm": "the store: queries, search, facets",
    "sandbox.wasm": "the sandbox, for tests and demos",
  };
  return Object.entries(about).map(([name, text]) => {
    const bytes = readFileSync(join(folder, name));
    return { name, about: text, bytes: kilobytes(bytes.length), gzip: kilobytes(gzipSync(bytes, { level: 9 }).length) };
  });
}

/** Times of `cargo xtask bench`, if they were measured: the decoder against JSON.parse and the store's queries. */
export function measuredTimes() {
  const text = readOptional("target/bench.json");
  if (!text) return undefined;
  const date = statSync(join(ROOT, "target/bench.json")).mtime.toISOString().slice(0, 10);
  return { parts: JSON.parse(text), date, machine: cpus()[0]?.model.trim() ?? "unknown processor" };
}

/** The environments in which the suite `consumers` runs the package: the first column of its table. */
export function environments() {
  const page = read("www/guide/environments.md");
  const [, table] = /<!-- consumers: [^\n]*-->\n([\s\S]*?)<!-- end of consumers -->/.exec(page);
  const rows = [...table.matchAll(/^\| (?!environment|---)(.+?) \| (.+?) \| (.+?) \|/gm)];
  return rows.map(([, name, versions, result]) => ({ name, versions, works: result.startsWith("works") }));
}
