// The wasm module of the store. It is compiled once; each store has an instance of its own, so that closing a store frees its
// memory, and a panic ends one store only.

import { clientError, provideErrors } from "../client/errors.js";
import { STORE_BUILD } from "../generated/build.js";
import { compileFrom, type ModuleFiles } from "../wasm/compile.js";
import { type Exports, glue } from "../wasm/store.js";

/** Functions that load the store's files in a runtime. */
export interface StoreRuntime extends ModuleFiles {
  /** Loads the texts of errors. */
  loadErrors: () => Promise<Parameters<typeof provideErrors>[0]>;
}

/** A registry for the objects of an instance that does nothing: the memory is freed with the instance. */
const NO_REGISTRY = class {
  register() {}
  unregister() {}
};

/** Returns a function that creates instances of the module in a runtime. */
export function createInstantiator(runtime: StoreRuntime): () => Promise<Exports> {
  let loading: Promise<WebAssembly.Module> | undefined;
  return async () => {
    loading ??= compileFrom(runtime).catch((cause: unknown) => {
      // The next call tries again, since a network may recover.
      loading = undefined;
      throw clientError("LOAD_FAILED", `(${String(cause)})`, { cause });
    });
    // Errors without their texts still have their codes.
    const texts = runtime.loadErrors().then((tables) => provideErrors(tables as Parameters<typeof provideErrors>[0]));
    const [module] = await Promise.all([loading, texts.catch(() => {})]);
    checkBuild(module);
    const one = glue(NO_REGISTRY);
    return one.open(await WebAssembly.instantiate(module, one.imports()));
  };
}

/** Throws if the module is of another build than its glue. */
function checkBuild(module: WebAssembly.Module): void {
  const [section] = WebAssembly.Module.customSections(module, "build");
  const build = section ? String.fromCharCode(...new Uint8Array(section)) : "none";
  if (build !== STORE_BUILD) throw clientError("VERSION_MISMATCH", `(${build}, expected ${STORE_BUILD})`);
}
