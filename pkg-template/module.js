// The client's wasm: loaded once, guarded while it runs, brought back if it ever panics.

import init, * as wasm from "./wasm/client.js";
import { ownError, toError } from "./errors.js";
import { attach } from "./records.js";

/** How this runtime gets the module; each entry says. */
let source;
let loading;
let loaded = false;
let panic;

/** Reject functions of what is pending: a module that panics settles nothing. */
const pending = new Set();

/**
 * Says how the module is loaded. `now` loads it at once, where a runtime can; `later` gives what wasm-bindgen's init
 * takes. Several entries may say it: one that loads at once is not put off by one that does not.
 */
export function provide({ now, later }) {
  if (loaded || (source && !now)) return;
  source = { now, later: later ?? source?.later };
  // One that is on its way would take the place of this one, and its memory.
  if (now && !loading) loadNow();
}

function loadNow() {
  try {
    wasm.initSync({ module: source.now() });
  } catch (cause) {
    throw notLoaded(cause);
  }
  opened();
}

/** A module of one function that has a vector: whether it is valid tells whether there is simd128. */
const VECTOR = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11];

function notLoaded(cause) {
  const bytes = Uint8Array.from(VECTOR);
  try {
    if (!WebAssembly.validate(bytes)) return ownError("NO_SIMD", "", { cause });
    // What a page's policy refuses is any module; WebKit does so at its instance.
    new WebAssembly.Instance(new WebAssembly.Module(bytes));
  } catch {
    return ownError("NO_WASM", "", { cause });
  }
  return ownError("LOAD_FAILED", `(${cause})`, { cause });
}

function opened() {
  loaded = true;
  attach(wasm.ownMemory());
  wasm.onPanic(panicked);
  wasm.whenBroken(broken);
}

/** Resolves when the module is there. */
export function ready() {
  if (loaded) return Promise.resolve();
  loading ??= begin().then(opened, (cause) => {
    // The next call tries again: a network may come back.
    loading = undefined;
    if (source.now) return loadNow();
    throw notLoaded(cause);
  });
  return loading;
}

/** A script that is no module has no address, from which to tell the module's. */
const begin = async () => init({ module_or_path: source.later() });

export const isThere = () => loaded;

/** The same for a call, which may be called off meanwhile and has so much time. */
export function readyWithin(signal, timeoutMs) {
  return new Promise((resolve, reject) => {
    let timer;
    const end = (settle, value) => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", aborted);
      settle(value);
    };
    const aborted = () => end(reject, ownError("ABORTED", "", { cause: signal.reason }));
    if (signal?.aborted) return aborted();
    signal?.addEventListener("abort", aborted);
    if (timeoutMs > 0) {
      timer = setTimeout(() => end(reject, ownError("TIMEOUT", `(${timeoutMs} ms, loading the module)`)), timeoutMs);
    }
    ready().then(
      () => end(resolve),
      (error) => end(reject, error),
    );
  });
}

function panicked(message) {
  panic = ownError("PANIC", message);
  // What is broken is not called again: not by a timer, not when an object is collected.
  wasm.retire();
  const rejects = [...pending];
  pending.clear();
  for (const reject of rejects) reject(panic);
}

/** Whether what was thrown says that the module is broken; then everybody hears of it. */
function broken(thrown) {
  // A stack that overflows in the middle of the module leaves it as a panic does, and so does memory that is refused.
  const isBroken = thrown instanceof WebAssembly.RuntimeError || thrown instanceof RangeError;
  if (isBroken && !panic) panicked(thrown.message);
  return isBroken;
}

/** Calls into the module. What it throws becomes an error of this package. */
export function enter(work) {
  if (panic) throw panic;
  if (!loaded) throw ownError("NOT_LOADED");
  try {
    return work(wasm);
  } catch (thrown) {
    broken(thrown);
    throw panic ?? toError(thrown);
  }
}

/** The same for what returns a promise; it is rejected even if the module stops. */
export async function enterAsync(work) {
  if (!loaded) await ready();
  let reject;
  const stopped = new Promise((_, no) => {
    reject = no;
  });
  stopped.catch(() => {});
  pending.add(reject);
  try {
    return await Promise.race([enter(work), stopped]);
  } catch (thrown) {
    throw toError(thrown);
  } finally {
    pending.delete(reject);
  }
}

/** A number that changes when the module is brought back: what was made before is gone with the old one. */
export let generation = 0;

/** Gives back what a module of a generation has handed out. */
export function giveBack(what, its) {
  if (panic || its !== generation) return;
  what.free();
}

let resetting;

/** Brings the module back after an internal error. What was pending has been rejected; clients go on working. */
export function reset() {
  // Once for all who ask meanwhile: a second time would end what has begun since the first.
  resetting ??= bringBack().finally(() => (resetting = undefined));
  return resetting;
}

async function bringBack() {
  await ready().catch(() => {});
  if (!loaded) return ready();
  panicked("The module was reset.");
  try {
    wasm.abandon();
  } catch {
    // A module that has panicked may not even manage that.
  }
  // What was abandoned ends in microtasks; then nothing calls back into the old module.
  await new Promise((done) => setTimeout(done));
  wasm.__wbg_reset_state();
  panic = undefined;
  generation += 1;
  attach(wasm.ownMemory());
  wasm.onPanic(panicked);
}
