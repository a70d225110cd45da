// How often the client's wasm is in a tool's output: as a file, and as base64 inside another.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Files below a folder. */
function* files(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* files(path);
    else yield path;
  }
}

const WASM = Buffer.from([0, 0x61, 0x73, 0x6d]);

/** Looks for a module, but not in a folder below that is counted by itself; other modules are named. */
export function modulesIn(folder, wasm, without) {
  // From the middle, where no other module has the same; long enough for a line that a tool might break.
  const text = wasm.toString("base64");
  const piece = Buffer.from(text.slice(text.length >> 1).slice(0, 60));
  const found = { files: 0, inlined: 0, others: [] };
  for (const path of files(folder)) {
    // A source map repeats what it maps.
    if (path.endsWith(".map")) continue;
    if (without && path.startsWith(join(without, "/"))) continue;
    const bytes = readFileSync(path);
    if (bytes.equals(wasm)) found.files += 1;
    else if (bytes.subarray(0, 4).equals(WASM)) found.others.push(path);
    for (let at = bytes.indexOf(piece); at >= 0; at = bytes.indexOf(piece, at + 1)) found.inlined += 1;
  }
  return found;
}
