// Calls into the bulk wasm module.

import type { Exports } from "../wasm/bulk.js";
import { client } from "./client.js";

/** Calls into the bulk module, and converts what it throws into an error of this package. */
export function callBulkWasm<T>(work: (module: Exports) => T, its?: number): T {
  const exports = client.bulkExports(its);
  try {
    return work(exports);
  } catch (thrown) {
    throw client.toCaseApiError(thrown);
  }
}

/** Copies rows from the memory of the client's module to an address in the memory of the bulk module. */
export function copyRows(address: number, rows: Uint8Array): void {
  new Uint8Array(client.bulkExports().memory.buffer, address, rows.length).set(rows);
}
