// Calls into the wasm module of bulk calls.

import type { Exports } from "../wasm/bulk.js";
import { client } from "./client.js";

/** Calls into the module of bulk calls. What it throws becomes an error of this package. */
export function callBulkWasm<T>(work: (module: Exports) => T, its?: number): T {
  const exports = client.bulkExports(its);
  try {
    return work(exports);
  } catch (thrown) {
    throw client.toCaseApiError(thrown);
  }
}

/** Copies rows to an address in its memory. They come from the memory of the client's module. */
export function copyRows(address: number, rows: Uint8Array): void {
  new Uint8Array(client.bulkExports().memory.buffer, address, rows.length).set(rows);
}
