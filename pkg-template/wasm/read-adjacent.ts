// Reads a file adjacent to a script, on Node, Deno and Bun.

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The directory of the script, in CommonJS. */
declare const __dirname: unknown;

/**
 * Reads a file adjacent to a bundled script. Next.js recognizes `readFileSync(new URL(…, import.meta.url))` and ships the
 * file, but replaces the URL by the file's public path, which cannot be read; it does not recognize this form. esbuild leaves
 * `import.meta.url` empty in CommonJS.
 */
export function readAdjacent(url: string | undefined, name: string): Uint8Array<ArrayBuffer> {
  const folder = url || typeof __dirname !== "string" ? dirname(fileURLToPath(String(url))) : __dirname;
  return readFileSync(join(folder, name));
}
