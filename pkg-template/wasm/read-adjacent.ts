// Reads a file that lies beside a script, on Node, Deno and Bun.

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the script, in CommonJS. */
declare const __dirname: unknown;

/**
 * For servers that are bundled. Next.js notes that `readFileSync(new URL(…, import.meta.url))` needs the file and ships it, but
 * puts the file's address on the site into the place of that URL, which cannot be read; `import.meta.url` alone it leaves, and
 * this form it does not see. esbuild gives CommonJS no `import.meta.url`.
 */
export function readAdjacent(url: string | undefined, name: string): Uint8Array<ArrayBuffer> {
  const folder = url || typeof __dirname !== "string" ? dirname(fileURLToPath(String(url))) : __dirname;
  return readFileSync(join(folder, name));
}
