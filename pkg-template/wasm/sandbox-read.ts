// Reads the sandbox's module, as `client-read.ts` reads the client's.

import { readFileSync } from "node:fs";
import { readAdjacent } from "./read-adjacent.js";

export function readSandbox(): Uint8Array<ArrayBuffer> {
  try {
    return readFileSync(new URL("sandbox.wasm", import.meta.url));
  } catch {
    return readAdjacent(import.meta.url, "sandbox.wasm");
  }
}
