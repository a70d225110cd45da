// The client's module, read from beside this file, or beside whatever script a bundler of servers has put this into.

import { readFileSync } from "node:fs";
import { readAdjacent } from "./read-adjacent.js";

export function readClient(): Uint8Array<ArrayBuffer> {
  try {
    return readFileSync(new URL("client.wasm", import.meta.url));
  } catch {
    return readAdjacent(import.meta.url, "client.wasm");
  }
}
