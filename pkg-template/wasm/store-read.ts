// Reads the store's module, as `client-read.ts` reads the client's.

import { readFileSync } from "node:fs";
import { readAdjacent } from "./read-adjacent.js";

export function readStore(): Uint8Array<ArrayBuffer> {
  try {
    return readFileSync(new URL("store.wasm", import.meta.url));
  } catch {
    return readAdjacent(import.meta.url, "store.wasm");
  }
}
