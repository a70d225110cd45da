// The instances of the wasm modules: the client's, which loads at import, and that of bulk calls, which loads on first use.
// A panic in one of them marks both as broken; `reset` instantiates both again.

import { CLIENT_BUILD } from "../generated/build.js";
import { type Exports, glue } from "../wasm/client.js";
import { compile } from "../wasm/compile.js";
import type { Exports as BulkExports } from "../wasm/bulk.js";
import { onAbort, readSignal } from "./abort-signal.js";
import type { BulkPart } from "./bulk-part.js";
import { type CaseApiError, errorFromWasm, isCaseApiError, clientError, withTexts } from "./errors.js";
import { attachMemory } from "./materialize.js";
import type { ModuleScript } from "./module-script.js";
import { setTimer } from "./timer.js";

/**
 * The sources of a module in a runtime. `now` returns it synchronously; `later` returns its URL or its bytes; `inlined` loads
 * a script that contains it, for runtimes without a file adjacent to the script.
 *
 * @internal
 */
export interface ModuleSource {
  now?: (() => BufferSource | WebAssembly.Module) | undefined;
  later?: (() => URL | BufferSource | Promise<URL | BufferSource>) | undefined;
  inlined?: (() => Promise<{ bytes(): BufferSource }>) | undefined;
  /** Whether the module lacks server features such as client credentials. */
  isForPages?: boolean;
}

/** The hint for loading the module of bulk calls at import, since a service worker cannot import it later. */
const BULK_HINT = '(Add import "cisco-support-case/bulk", which loads the module for bulk calls.)';

/**
 * A `FinalizationRegistry` for the objects of an instance, which the glue creates by `new`. Its callback catches errors: an
 * instance that has panicked throws, and nothing could catch that.
 */
function registry(free: (held: unknown) => void): object {
  if (typeof FinalizationRegistry === "undefined") return { register() {}, unregister() {} };
  return new FinalizationRegistry((held) => {
    try {
      free(held);
    } catch {
      // The memory is freed with the instance.
    }
  });
}

/** The loader of one module. */
class Loader<E, P extends ModuleScript<E>> {
  /** The exports of the current instance. */
  exports: E | undefined;
  private module: WebAssembly.Module | undefined;
  /** The glue, or the function that loads it. */
  part: P | (() => Promise<P>) | undefined;
  private source: ModuleSource | undefined;
  private loading: Promise<P> | undefined;

  constructor(part?: P) {
    this.part = part;
  }

  /** Sets the source. If several entry points provide one, a synchronous source wins. */
  provide({ now, later, inlined, isForPages = false }: ModuleSource): void {
    if (this.exports || (this.source && !now)) return;
    // A load in progress determines the kind of module.
    this.source = {
      now,
      later: later ?? this.source?.later,
      inlined: inlined ?? this.source?.inlined,
      isForPages: isForPages || (this.loading !== undefined && this.isForPages()),
    };
  }

  isForPages(): boolean {
    return this.source?.isForPages === true;
  }

  /** Loads the module synchronously, if the source allows it. */
  now(): P | undefined {
    const { part, source, loading } = this;
    if (typeof part !== "object") return undefined;
    if (this.exports) return part;
    // A load in progress would replace this instance and its memory.
    if (!source?.now || loading) return undefined;
    const { now } = source;
    let later: ModuleSource["later"];
    try {
      const given = now();
      if (given instanceof WebAssembly.Module) return this.instantiateNow(part, given);
      later = () => given;
      return this.instantiateNow(part, new WebAssembly.Module(given));
    } catch (cause) {
      // Older browsers compile at most 4 KB synchronously on the main thread.
      const isTooLarge = later && cause instanceof RangeError;
      if (!isTooLarge && (later || !source.inlined)) throw loadError(cause);
      const fail = () => {
        throw cause;
      };
      this.source = { ...source, now: undefined, later: later ?? fail };
      return undefined;
    }
  }

  private instantiateNow(part: P, module: WebAssembly.Module): P {
    checkBuild(module, part);
    const one = part.glue(registry);
    return this.instantiated(part, module, one.open(new WebAssembly.Instance(module, one.imports())));
  }

  /** Resolves when the module is loaded. */
  ready(): Promise<P> {
    this.loading ??= this.begin().catch(async (cause) => {
      // The next call tries again, since the connection may recover.
      this.loading = undefined;
      const part = this.now();
      if (part) return part;
      throw await withTexts(loadError(cause));
    });
    return this.loading;
  }

  private async begin(): Promise<P> {
    const compiling = this.compiled();
    // Some browsers never retry a failed import() of a URL until the page reloads: offline, the script is imported only
    // after the module was loaded from a cache.
    if (globalThis.navigator?.onLine === false) await compiling;
    const [part, module] = await Promise.all([this.script(), compiling]);
    if (this.exports) return part;
    checkBuild(module, part);
    return this.instantiate(part, module);
  }

  private async script(): Promise<P> {
    if (typeof this.part !== "function") return this.part as P;
    const loaded = await this.part().catch((cause) => {
      throw clientError("LOAD_FAILED", `(${cause}) ${BULK_HINT}`, { cause });
    });
    // Another entry point may have set it in the meantime.
    if (typeof this.part === "function") this.part = loaded;
    return this.part as P;
  }

  private async compiled(): Promise<WebAssembly.Module> {
    const { later, inlined } = this.source ?? {};
    try {
      // A classic script has no `import.meta.url` to resolve the module against, and `later` throws.
      return await compile((await later?.()) as URL | BufferSource);
    } catch (cause) {
      // If WebAssembly cannot be compiled at all, the inlined module is not fetched.
      const isFound = loadError(cause).code !== "LOAD_FAILED";
      if (!inlined || isFound || globalThis.navigator?.onLine === false) throw cause;
      const script = await inlined().catch(() => {
        throw cause;
      });
      return WebAssembly.compile(script.bytes());
    }
  }

  private async instantiate(part: P, module: WebAssembly.Module): Promise<P> {
    const one = part.glue(registry);
    return this.instantiated(part, module, one.open(await WebAssembly.instantiate(module, one.imports())));
  }

  private instantiated(part: P, module: WebAssembly.Module, exports: E): P {
    this.module = module;
    this.exports = exports;
    part.onInstantiated?.(exports);
    return part;
  }

  /** Replaces the instance by a new one. */
  async reset(): Promise<void> {
    if (this.module) await this.instantiate(this.part as P, this.module);
  }
}

const client = new Loader<Exports, ModuleScript<Exports>>({
  glue,
  build: CLIENT_BUILD,
  onInstantiated: ({ memory }) => attachMemory(memory),
});
const bulk = new Loader<BulkExports, BulkPart>();
/** Whether `ready()` waits for the module of bulk calls as well. */
let isBulkPreloaded = false;

let panic: CaseApiError | undefined;

/** The number of the current instances. Objects of an earlier generation are invalid after `reset`. */
export let generation = 0;

/** The sleeping drivers of all clients. A panic wakes them, so that each ends its own call. */
export const allWakers: Set<Map<number, () => void>> = new Set();

/**
 * Sets the source of the client's module and starts to load it.
 *
 * @internal
 */
export function provide(given: ModuleSource): void {
  client.provide(given);
  // Calls report the failure.
  if (!client.now()) client.ready().catch(() => {});
}

/**
 * Sets the source of the module of bulk calls and its glue, or the function that loads the glue.
 *
 * @internal
 */
export function provideBulk(part: BulkPart | (() => Promise<BulkPart>), given: ModuleSource): void {
  if (typeof bulk.part !== "object") bulk.part = part;
  bulk.provide(given);
}

/**
 * Starts to load the module of bulk calls. `ready()` waits for it from now on.
 *
 * @internal
 */
export function preloadBulk(): void {
  isBulkPreloaded = true;
  if (!bulk.now()) bulk.ready().catch(() => {});
}

/** Throws if the module is of another build than its glue, which would call missing or different functions. */
function checkBuild(
  module: WebAssembly.Module,
  { build: expected, ofClient = CLIENT_BUILD }: Pick<ModuleScript<unknown>, "build" | "ofClient">,
): void {
  if (ofClient !== CLIENT_BUILD) throw clientError("VERSION_MISMATCH", `(${ofClient}, expected ${CLIENT_BUILD})`);
  const [section] = WebAssembly.Module.customSections(module, "build");
  const build = section ? String.fromCharCode(...new Uint8Array(section)) : "none";
  if (build !== expected) throw clientError("VERSION_MISMATCH", `(${build}, expected ${expected})`);
}

/** A module with one SIMD instruction. It validates only where simd128 is supported. */
const SIMD_MODULE = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
];

function loadError(cause: unknown): CaseApiError {
  if (isCaseApiError(cause)) return cause;
  const bytes = Uint8Array.from(SIMD_MODULE);
  try {
    if (!WebAssembly.validate(bytes)) return clientError("NO_SIMD", "", { cause });
    // A content security policy rejects every module; WebKit does so on instantiation.
    new WebAssembly.Instance(new WebAssembly.Module(bytes));
  } catch {
    return clientError("NO_WASM", "", { cause });
  }
  return clientError("LOAD_FAILED", `(${cause})`, { cause });
}

/**
 * Resolves when the WebAssembly module is loaded. Calls wait for it by themselves. Synchronous functions need it: it is
 * always loaded on servers, and in browsers after this promise. If `cisco-support-case/bulk` was imported, it waits for the
 * module of bulk calls as well. Rejects with `LOAD_FAILED` if a module could not be loaded (the next call tries again), with
 * `VERSION_MISMATCH` if it belongs to another build of the package, with `NO_WASM` if a content security policy forbids
 * WebAssembly, and with `NO_SIMD` if the runtime has no SIMD.
 */
export async function ready(): Promise<void> {
  await Promise.all([loaded(client), isBulkPreloaded && loaded(bulk)]);
}

/** The glue of a loaded module, or a promise of it. */
function loaded<E, P extends ModuleScript<E>>(loader: Loader<E, P>): P | Promise<P> {
  return loader.exports ? (loader.part as P) : loader.ready();
}

/** Whether the client's module lacks server features such as client credentials. */
export const isForPages = (): boolean => client.isForPages();

export const isLoaded = (): boolean => client.exports !== undefined;

/** Resolves when the client's module is loaded. Rejects when a call is aborted or times out before. */
export const readyWithin = (signal: AbortSignal | undefined, timeoutMs: number): Promise<unknown> =>
  settleWithin(client.ready(), signal, timeoutMs);

/**
 * Resolves when the module of bulk calls is loaded. Rejects when a call is aborted before.
 *
 * @internal
 */
export const bulkWithin = async (signal: AbortSignal | undefined): Promise<BulkPart> =>
  bulk.now() ?? settleWithin(bulk.ready(), signal, 0);

/**
 * Returns the module of bulk calls. Throws `NOT_LOADED` if it is not loaded.
 *
 * @internal
 */
export function bulkNow(): BulkPart {
  if (panic) throw panic;
  const part = bulk.now();
  if (!part) throw clientError("NOT_LOADED", BULK_HINT);
  return part;
}

function settleWithin<T>(promise: Promise<T>, signal: AbortSignal | undefined, timeoutMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    let stopTimer: (() => void) | undefined;
    const end = (settle: () => void) => {
      stopTimer?.();
      stopListening?.();
      settle();
    };
    const aborted = () => end(() => reject(clientError("ABORTED", "", { cause: readSignal(signal, "reason") })));
    const stopListening = signal && onAbort(signal, aborted);
    if (readSignal(signal, "aborted")) return aborted();
    if (timeoutMs > 0) {
      const late = () => end(() => reject(clientError("TIMEOUT", `(${timeoutMs} ms, loading the module)`)));
      stopTimer = setTimer(timeoutMs, late);
    }
    promise.then(
      (value) => end(() => resolve(value)),
      (error) => end(() => reject(error)),
    );
  });
}

/** Marks the modules as broken and wakes all drivers, each of which then fails its call. */
function markBroken(message: string): void {
  panic = clientError("PANIC", message);
  for (const all of allWakers) for (const wake of [...all.values()]) wake();
}

/** Converts a value thrown by the module, or by the code around it, to an error of this package. */
export function toCaseApiError(thrown: unknown): unknown {
  if (isCaseApiError(thrown)) return thrown;
  // A stack overflow or a failed allocation inside the module leaves it inconsistent, as a panic does.
  if (!panic && (thrown instanceof WebAssembly.RuntimeError || thrown instanceof RangeError)) {
    markBroken(thrown.message);
  }
  if (panic) return panic;
  return typeof thrown === "string" ? errorFromWasm(thrown) : clientError("PANIC", String(thrown), { cause: thrown });
}

/**
 * Returns the exports of the client's module. Throws if it is broken, not loaded, or not of the given generation.
 *
 * @internal
 */
export const clientExports = (its?: number): Exports => currentExports(client.exports, its);

/**
 * Returns the exports of the module of bulk calls. Throws if it is broken, not loaded, or not of the given generation.
 *
 * @internal
 */
export const bulkExports = (its?: number): BulkExports => currentExports(bulk.exports, its);

function currentExports<E>(exports: E | undefined, its = generation): E {
  if (panic) throw panic;
  if (!exports) throw clientError("NOT_LOADED");
  if (its !== generation) throw clientError("PANIC", "The module was reset.");
  return exports;
}

/**
 * Calls into the client's module and converts thrown values to errors of this package.
 *
 * @internal
 */
export function callWasm<T>(work: (module: Exports) => T, its?: number): T {
  const exports = clientExports(its);
  try {
    return work(exports);
  } catch (thrown) {
    throw toCaseApiError(thrown);
  }
}

/** Frees an object of the wasm, unless its instance was replaced or is broken. */
export function freeIfCurrent(what: { free(): void }, its: number): void {
  if (panic || its !== generation) return;
  what.free();
}

let resetting: Promise<void> | undefined;

/**
 * Instantiates the modules again after an error of kind `internal`, without a new page or process. Pending calls reject with
 * such an error. Existing clients continue to work, with a new token and an empty rate limiter; a bulk call can be resumed
 * from its last `resumeToken()` or `cursor()`. Concurrent calls of `reset` share one promise.
 */
export function reset(): Promise<void> {
  // A second reset would end calls that began after the first.
  resetting ??= reinstantiate().finally(() => {
    resetting = undefined;
  });
  return resetting;
}

async function reinstantiate(): Promise<void> {
  await ready().catch(() => {});
  if (!client.exports && !bulk.exports) return ready();
  markBroken("The module was reset.");
  // The woken drivers end in microtasks; after that nothing uses the old instances.
  await new Promise<void>((done) => setTimer(0, done));
  await Promise.all([client.reset(), bulk.reset()]);
  panic = undefined;
  generation += 1;
  return ready();
}
