// The wasm modules of the store. Each is compiled once; each store has an instance of its own, so that closing a store frees its
// memory, and a panic ends one store only. The deferred module has the functions that only asynchronous calls reach: restoring and
// saving, the pieces of an export, notes and compaction. Its instance shares the memory of the store's.

import { clientError, provideErrors } from "../client/errors.js";
import { STORE_BUILD } from "../generated/build.js";
import { compileFrom, type ModuleFiles } from "../wasm/compile.js";
import { type Exports, glue } from "../wasm/store.js";
import { loaded } from "./errors.js";

/** Functions that load the store's files in a runtime. */
export interface StoreRuntime extends ModuleFiles {
  /** The places of the deferred module. */
  deferred: ModuleFiles;
  /** Loads the texts of errors. */
  loadErrors: () => Promise<Parameters<typeof provideErrors>[0]>;
}

/** An instance of the module, and the function that loads its deferred part. */
export interface StoreInstance {
  readonly exports: Exports;
  /** Loads the deferred module, unless it is loaded. Rejects with `LOAD_FAILED`; the next call tries again then. */
  loadDeferred(): Promise<void>;
}

/** A registry for the objects of an instance that does nothing: the memory is freed with the instance. */
const NO_REGISTRY = class {
  register() {}
  unregister() {}
};

/**
 * Returns a function that creates instances of the module in a runtime. With `needsDeferred` the deferred module is loaded at the
 * same time.
 */
export function createInstantiator(runtime: StoreRuntime): (needsDeferred: boolean) => Promise<StoreInstance> {
  const load = once(() => compileOf(runtime));
  const loadDeferred = once(() => compileOf(runtime.deferred));
  return async (needsDeferred) => {
    // The call that needs it has the error.
    if (needsDeferred) loadDeferred().catch(() => {});
    // Errors without their texts still have their codes.
    const texts = runtime.loadErrors().then((tables) => provideErrors(tables as Parameters<typeof provideErrors>[0]));
    const [module] = await Promise.all([load(), texts.catch(() => {})]);
    const one = glue(NO_REGISTRY);
    // WebKit refuses modules at their instantiation where a content security policy forbids them.
    const exports = one.open(await loaded(WebAssembly.instantiate(module, one.imports())));
    return { exports, loadDeferred: once(() => loaded(loadDeferred().then((deferred) => exports.join(deferred)))) };
  };
}

/** Returns a function that does work once, but again after a failure: a network may recover. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  let done: Promise<T> | undefined;
  return () => {
    done ??= work().catch((cause: unknown) => {
      done = undefined;
      throw cause;
    });
    return done;
  };
}

/** Compiles a module. Throws if it is of another build than its glue. */
async function compileOf(files: ModuleFiles): Promise<WebAssembly.Module> {
  const module = await loaded(compileFrom(files));
  const [section] = WebAssembly.Module.customSections(module, "build");
  const build = section ? String.fromCharCode(...new Uint8Array(section)) : "none";
  if (build !== STORE_BUILD) throw clientError("VERSION_MISMATCH", `(${build}, expected ${STORE_BUILD})`);
  return module;
}
