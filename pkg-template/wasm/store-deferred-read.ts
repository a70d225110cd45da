// Reads the deferred module of the store, as `client-read.ts` reads the client's.

import { readFileSync } from "node:fs";
import { readAdjacent } from "./read-adjacent.js";

export function readStoreDeferred(): Uint8Array<ArrayBuffer> {
  try {
    return readFileSync(new URL("store-deferred.wasm", import.meta.url));
  } catch {
    return readAdjacent(import.meta.url, "store-deferred.wasm");
  }
}
