// Reads the module of bulk calls, as `client-read.ts` reads the client's.

import { readFileSync } from "node:fs";
import { readAdjacent } from "./read-adjacent.js";

export function readBulk(): Uint8Array<ArrayBuffer> {
  try {
    return readFileSync(new URL("bulk.wasm", import.meta.url));
  } catch {
    return readAdjacent(import.meta.url, "bulk.wasm");
  }
}
