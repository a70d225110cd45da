// The gateway's wasm: loaded once, and begun anew if it should ever break.

import { initSync, __wbg_reset_state as resetState } from "../wasm/gateway.js";

/** A number that changes when the module is begun anew: what was made before is gone. */
export let generation = 0;

/** Begins the module. */
export function load(module: WebAssembly.Module): void {
  initSync({ module });
}

/** Calls into the module. One that has broken in the middle of a call is of no more use: the next call finds a new one. */
export function callWasm<T>(work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    if (thrown instanceof WebAssembly.RuntimeError || thrown instanceof RangeError) {
      generation += 1;
      resetState();
    }
    throw thrown;
  }
}
