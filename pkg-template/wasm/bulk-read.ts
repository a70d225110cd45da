// The module of bulk calls, in the same way as the client's.

import { readFileSync } from "node:fs";
import { beside } from "./beside.js";

export function readBulk(): Uint8Array<ArrayBuffer> {
  try {
    return readFileSync(new URL("bulk.wasm", import.meta.url));
  } catch {
    return beside(import.meta.url, "bulk.wasm");
  }
}
