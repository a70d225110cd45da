// Reads the client's module from a file adjacent to this script, or to the script of a server bundler.

import { readFileSync } from "node:fs";
import { readAdjacent } from "./read-adjacent.js";

export function readClient(): Uint8Array<ArrayBuffer> {
  try {
    return readFileSync(new URL("client.wasm", import.meta.url));
  } catch {
    return readAdjacent(import.meta.url, "client.wasm");
  }
}
