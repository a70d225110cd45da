// The instance of the gateway's wasm: loaded once, and reset after a trap.

import { initSync, __wbg_reset_state as resetState } from "../wasm/gateway.js";

/** Number of the instance. It changes on a reset; objects of an earlier instance are invalid. */
export let generation = 0;

/** Instantiates the module. */
export function load(module: WebAssembly.Module): void {
  initSync({ module });
}

/** Calls the wasm. A trap resets the instance, because its memory may be inconsistent, and is thrown. */
export function callWasm<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) {
      generation += 1;
      resetState();
    }
    throw error;
  }
}
