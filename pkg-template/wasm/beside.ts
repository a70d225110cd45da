// Reads a file that lies beside a script, on Node, Deno and Bun.

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * For servers that Next.js bundles: it notes that `readFileSync(new URL(…, import.meta.url))` needs the file and ships it,
 * but puts the file's address on the site into the place of that URL, which cannot be read. `import.meta.url` alone it
 * leaves, and this form it does not see.
 */
export function beside(url: string, name: string): Uint8Array<ArrayBuffer> {
  return readFileSync(join(dirname(fileURLToPath(url)), name));
}
