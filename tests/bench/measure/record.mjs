// Machine-readable results: one file, named by the variable BENCH_JSON, to which each part adds its own.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";

/** Writes a part's results into the file, if there is one, and keeps those of other parts. */
export function record(part, findings) {
  const path = process.env.BENCH_JSON;
  if (!path) return;
  const all = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : {};
  all.machine = { processor: cpus()[0]?.model ?? "unknown", cores: cpus().length };
  all[part] = { node: process.version, date: new Date().toISOString().slice(0, 10), ...findings };
  writeFileSync(path, `${JSON.stringify(all, null, 2)}\n`);
}
