// The short measurement, for tuning: each document, the package against bare JSON.parse.

import { documents } from "../documents/documents.mjs";
import { bare, fastestBare } from "../measure/json.mjs";
import { DURATIONS, rounds } from "../measure/rounds.mjs";
import { AGAINST_JSON, mark, reached, targetFor } from "../measure/targets.mjs";
import { decoders, proveRight } from "./decoders.mjs";

export async function quick(pkg, runtime) {
  const all = documents();
  proveRight(pkg, all);
  const row = (name, cells) => console.log(name.padEnd(36) + cells.map((cell) => cell.padStart(11)).join(""));
  row("", ["KiB", "µs", "JSON.parse", "ratio", "target"]);
  for (const { name, kind, variants, bytes } of all) {
    const times = await rounds([{ name: "package", run: decoders(pkg)[kind] }, ...bare], variants, DURATIONS.quick);
    const [mine, its] = [times.get("package").median, times.get(fastestBare(times)).median];
    const target = targetFor(AGAINST_JSON[name], runtime);
    const met = mark(reached(mine / its, target));
    const cells = [bytes / 1024, mine * 1000, its * 1000].map((value) => value.toFixed(1));
    row(name, [...cells, (mine / its).toFixed(3), `${target?.toFixed(2) ?? ""} ${met}`]);
  }
}
