// Decoding with use of the result: work deferred while decoding counts here.

import { bare, fastestBare } from "../measure/json.mjs";
import { rounds } from "../measure/rounds.mjs";
import { CONSUMED, reached, targetFor } from "../measure/targets.mjs";
import { decoders } from "./decoders.mjs";

/** Reads every character of every string. */
function read(value) {
  let sum = 0;
  if (typeof value === "string") {
    for (let index = 0; index < value.length; index += 1) sum += value.charCodeAt(index);
  } else if (Array.isArray(value)) {
    for (const item of value) sum += read(item);
  } else if (typeof value === "object" && value !== null) {
    for (const name in value) sum += read(value[name]);
  }
  return sum;
}

const USES = {
  "every character read": read,
  "JSON.stringify": (value) => JSON.stringify(value).length,
  structuredClone: (value) => structuredClone(value),
};

export async function consumed(pkg, documents, runtime, durations, say) {
  const rows = {};
  for (const { name, kind, variants } of documents) {
    for (const [use, consume] of Object.entries(USES)) {
      say(`${name}, ${use}`);
      const all = [{ name: "package", run: decoders(pkg)[kind] }, ...bare];
      const using = all.map(({ name, run }) => ({ name, run: (bytes) => consume(run(bytes)) }));
      const times = await rounds(using, variants, durations);
      const [mine, json] = [times.get("package").median, times.get(fastestBare(times)).median];
      const target = targetFor(CONSUMED, runtime);
      const met = reached(mine / json, target);
      rows[`${name}, ${use}`] = {
        packageUs: mine * 1000,
        jsonUs: json * 1000,
        ratio: mine / json,
        target,
        met,
      };
    }
  }
  return rows;
}
