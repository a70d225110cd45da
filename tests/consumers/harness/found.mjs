// Number of copies of each wasm module in a tool's output: as a file, and as base64 in another file.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Lists the files in a folder, recursively. */
function* files(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* files(path);
    else yield path;
  }
}

const WASM = Buffer.from([0, 0x61, 0x73, 0x6d]);

/**
 * A substring that is unique among the texts, and shorter than the lines of a tool's output. The search begins in the
 * middle.
 */
function pieceOf(texts, index) {
  const text = texts[index];
  for (let at = text.length >> 1; at < text.length; at += 60) {
    const piece = text.slice(at, at + 60);
    if (texts.every((other) => other.split(piece).length === (other === text ? 2 : 1))) return Buffer.from(piece);
  }
  throw new Error("a module has nothing of its own");
}

/** Counts modules by name, without a subfolder that is counted separately. Unknown modules are listed as `others`. */
export function modulesIn(folder, wasm, without) {
  const texts = Object.values(wasm).map((module) => module.toString("base64"));
  const wanted = Object.entries(wasm).map(([name, module], index) => ({ name, module, piece: pieceOf(texts, index) }));
  const found = Object.fromEntries(wanted.map(({ name }) => [name, { files: 0, inlined: 0 }]));
  const others = [];
  for (const path of files(folder)) {
    // A source map contains its sources again.
    if (path.endsWith(".map")) continue;
    if (without && path.startsWith(join(without, "/"))) continue;
    const bytes = readFileSync(path);
    const known = wanted.find(({ module }) => bytes.equals(module));
    if (known) found[known.name].files += 1;
    else if (bytes.subarray(0, 4).equals(WASM)) others.push(path);
    for (const { name, piece } of wanted)
      for (let at = bytes.indexOf(piece); at >= 0; at = bytes.indexOf(piece, at + 1)) found[name].inlined += 1;
  }
  return { ...found, others };
}
