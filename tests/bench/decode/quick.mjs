// The short measurement, for tuning: the package against bare JSON.parse, document by document.

import { documents } from "../documents/documents.mjs";
import { bare, fastestBare } from "../measure/json.mjs";
import { PACE, rounds } from "../measure/rounds.mjs";
import { AGAINST_JSON, verdict } from "../measure/targets.mjs";
import { decoders, proveRight } from "./decoders.mjs";

export async function quick(pkg, runtime) {
  const all = documents();
  proveRight(pkg, all);
  console.log(`${"".padEnd(36)}${["KiB", "µs", "JSON.parse", "ratio", "target"].map((t) => t.padStart(11)).join("")}`);
  for (const { name, kind, variants } of all) {
    const times = await rounds([{ name: "package", run: decoders(pkg)[kind] }, ...bare], variants, PACE.quick);
    const [mine, its] = [times.get("package").median, times.get(fastestBare(times)).median];
    const target = AGAINST_JSON[name]?.[runtime];
    const bytes = variants.reduce((sum, one) => sum + one.length, 0) / variants.length;
    const cells = [bytes / 1024, mine * 1000, its * 1000].map((value) => value.toFixed(1));
    const line = [...cells, (mine / its).toFixed(3), target?.toFixed(2) ?? ""].map((cell) => cell.padStart(11)).join("");
    console.log(`${name.padEnd(36)}${line} ${verdict(mine / its, target)}`);
  }
}
