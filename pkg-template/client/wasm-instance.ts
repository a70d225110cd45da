// The wasm modules: the client's, which is loaded at once, and that of bulk calls, which is loaded when it is first needed. They
// are guarded while they run, and brought back together if one ever panics.

import { CLIENT_BUILD } from "../generated/build.js";
import { type Exports, glue } from "../wasm/client.js";
import { compile } from "../wasm/compile.js";
import type { Exports as BulkExports } from "../wasm/bulk.js";
import type { BulkPart } from "./bulk-part.js";
import { type CaseApiError, errorFromWasm, isCaseApiError, clientError, withTexts } from "./errors.js";
import { attachMemory } from "./materialize.js";
import { setTimer } from "./timer.js";

/**
 * The JavaScript that belongs to a wasm module.
 *
 * @internal
 */
export interface ModuleScript<E> {
  /** Makes the JavaScript of one instance. */
  readonly glue: (registry: unknown) => { imports(): WebAssembly.Imports; open(instance: WebAssembly.Instance): E };
  /** The build of the module that belongs to it. */
  readonly build: string;
  /** The build of the client's module that it works with, where it is loaded by itself. */
  readonly ofClient?: string;
  /** Called when there is an instance, and when there is another. */
  onInstantiated?(exports: E): void;
}

/**
 * The ways in which a runtime gets a module; each entry tells its own. `now` gives it at once, where a runtime can; `later` gives
 * its address, or its bytes; `inlined` loads a script that has it inside, for where no file lies beside the script.
 *
 * @internal
 */
export interface ModuleSource {
  now?: (() => BufferSource | WebAssembly.Module) | undefined;
  later?: (() => URL | BufferSource | Promise<URL | BufferSource>) | undefined;
  inlined?: (() => Promise<{ bytes(): BufferSource }>) | undefined;
  /** Whether it has nothing in it for what only servers use, such as client credentials. */
  isForPages?: boolean;
}

/** What loads the module of bulk calls with the rest: a service worker cannot do so later. */
const BULK_HINT = '(Add import "cisco-support-case/bulk", which loads the module for bulk calls.)';

/**
 * Tells an instance of objects that are nobody's any more; the instance makes one by `new`. One that has panicked has no answer to that, and nobody could
 * catch what it throws.
 */
function registry(free: (held: unknown) => void): object {
  if (typeof FinalizationRegistry === "undefined") return { register() {}, unregister() {} };
  return new FinalizationRegistry((held) => {
    try {
      free(held);
    } catch {
      // Its memory is gone with it.
    }
  });
}

/** The loading of one module. */
class Loader<E, P extends ModuleScript<E>> {
  /** What the instance that there is exports. */
  exports: E | undefined;
  private module: WebAssembly.Module | undefined;
  /** Its JavaScript, or how that is loaded. */
  part: P | (() => Promise<P>) | undefined;
  private source: ModuleSource | undefined;
  private loading: Promise<P> | undefined;

  constructor(part?: P) {
    this.part = part;
  }

  /** Takes a source. Several entries may tell: one that loads at once is not put off by one that does not. */
  provide({ now, later, inlined, isForPages = false }: ModuleSource): void {
    if (this.exports || (this.source && !now)) return;
    // What is on its way is what there will be.
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

  /** Loads it without waiting, where that can be; `undefined` where it cannot. */
  now(): P | undefined {
    const { part, source, loading } = this;
    if (typeof part !== "object") return undefined;
    if (this.exports) return part;
    // One that is on its way would take the place of this one, and its memory.
    if (!source?.now || loading) return undefined;
    const { now } = source;
    let later: ModuleSource["later"];
    try {
      const given = now();
      if (given instanceof WebAssembly.Module) return this.instantiateNow(part, given);
      later = () => given;
      return this.instantiateNow(part, new WebAssembly.Module(given));
    } catch (cause) {
      // Older browsers compile no more than 4 KB at once where a page would wait for it.
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

  /** Resolves when it is there. */
  ready(): Promise<P> {
    this.loading ??= this.begin().catch(async (cause) => {
      // The next call tries again: a network may come back.
      this.loading = undefined;
      const part = this.now();
      if (part) return part;
      throw await withTexts(loadError(cause));
    });
    return this.loading;
  }

  private async begin(): Promise<P> {
    const compiling = this.compiled();
    // In some browsers a script that could not be imported once cannot be until the page is loaded again: without a network
    // it is not tried before the module has come, out of whatever cache.
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
    // Another entry may have brought it meanwhile.
    if (typeof this.part === "function") this.part = loaded;
    return this.part as P;
  }

  private async compiled(): Promise<WebAssembly.Module> {
    const { later, inlined } = this.source ?? {};
    try {
      // A script that is no module has no address, from which to tell the module's.
      return await compile((await later?.()) as URL | BufferSource);
    } catch (cause) {
      // What may be compiled nowhere is not fetched once more.
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

  /** Puts another instance in the place of the one that there is. */
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
/** Whether the module of bulk calls was asked for before there is one. */
let isBulkPreloaded = false;

let panic: CaseApiError | undefined;

/** A number that changes when the modules are brought back: everything made before is gone with the old ones. */
export let generation = 0;

/** The drivers that sleep, by their clients. One that panics wakes them all, so that each ends its own call. */
export const allWakers: Set<Map<number, () => void>> = new Set();

/**
 * Tells how the client's module is loaded, and begins to.
 *
 * @internal
 */
export function provide(given: ModuleSource): void {
  client.provide(given);
  // The calls that need it tell what went wrong.
  if (!client.now()) client.ready().catch(() => {});
}

/**
 * Tells how the module of bulk calls is loaded, and gives its JavaScript, or how that is loaded.
 *
 * @internal
 */
export function provideBulk(part: BulkPart | (() => Promise<BulkPart>), given: ModuleSource): void {
  if (typeof bulk.part !== "object") bulk.part = part;
  bulk.provide(given);
}

/**
 * Begins to load the module of bulk calls, for which `ready()` waits from now on.
 *
 * @internal
 */
export function preloadBulk(): void {
  isBulkPreloaded = true;
  if (!bulk.now()) bulk.ready().catch(() => {});
}

/** A build of another version behaves in other ways: at best its functions are missing. */
function checkBuild(
  module: WebAssembly.Module,
  { build: expected, ofClient = CLIENT_BUILD }: Pick<ModuleScript<unknown>, "build" | "ofClient">,
): void {
  if (ofClient !== CLIENT_BUILD) throw clientError("VERSION_MISMATCH", `(${ofClient}, expected ${CLIENT_BUILD})`);
  const [section] = WebAssembly.Module.customSections(module, "build");
  const build = section ? String.fromCharCode(...new Uint8Array(section)) : "none";
  if (build !== expected) throw clientError("VERSION_MISMATCH", `(${build}, expected ${expected})`);
}

/** A module of one function that has a vector: whether it is valid tells whether there is simd128. */
const SIMD_MODULE = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
];

function loadError(cause: unknown): CaseApiError {
  if (isCaseApiError(cause)) return cause;
  const bytes = Uint8Array.from(SIMD_MODULE);
  try {
    if (!WebAssembly.validate(bytes)) return clientError("NO_SIMD", "", { cause });
    // What a page's policy refuses is any module; WebKit does so at its instance.
    new WebAssembly.Instance(new WebAssembly.Module(bytes));
  } catch {
    return clientError("NO_WASM", "", { cause });
  }
  return clientError("LOAD_FAILED", `(${cause})`, { cause });
}

/**
 * Resolves when the WebAssembly module is there. Calls wait for it by themselves; synchronous functions need it: it is
 * always there on servers, in a browser after this. Where `cisco-support-case/bulk` was imported, it waits for the module of
 * bulk calls as well. Rejects with `LOAD_FAILED` where one did not come (the next call tries again), `VERSION_MISMATCH` where
 * it is of another build of the package, `NO_WASM` where a page's policy does not let WebAssembly be compiled, and `NO_SIMD`.
 */
export async function ready(): Promise<void> {
  await Promise.all([loaded(client), isBulkPreloaded && loaded(bulk)]);
}

/** The part of a module that is there, now or later. */
function loaded<E, P extends ModuleScript<E>>(loader: Loader<E, P>): P | Promise<P> {
  return loader.exports ? (loader.part as P) : loader.ready();
}

/** Whether the client's module has nothing in it for client credentials. */
export const isForPages = (): boolean => client.isForPages();

export const isLoaded = (): boolean => client.exports !== undefined;

/** Resolves when the client's module is there, for a call, which may be called off meanwhile and has so much time. */
export const readyWithin = (signal: AbortSignal | undefined, timeoutMs: number): Promise<unknown> =>
  settleWithin(client.ready(), signal, timeoutMs);

/**
 * Resolves when the module of bulk calls is there, for a call, which may be called off meanwhile.
 *
 * @internal
 */
export const bulkWithin = async (signal: AbortSignal | undefined): Promise<BulkPart> =>
  bulk.now() ?? settleWithin(bulk.ready(), signal, 0);

/**
 * The module of bulk calls, at once. Throws where it is not there.
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
      signal?.removeEventListener("abort", aborted);
      settle();
    };
    const aborted = () => end(() => reject(clientError("ABORTED", "", { cause: signal?.reason })));
    if (signal?.aborted) return aborted();
    signal?.addEventListener("abort", aborted);
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

/** A module is broken, and nothing goes on in either: whoever waits for something is woken, to find that out. */
function markBroken(message: string): void {
  panic = clientError("PANIC", message);
  for (const all of allWakers) for (const wake of [...all.values()]) wake();
}

/** The error for what was thrown by the module, or by this package's own code around it. */
export function toCaseApiError(thrown: unknown): unknown {
  if (isCaseApiError(thrown)) return thrown;
  // A stack that overflows in the middle of the module leaves it as a panic does, and so does memory that is refused.
  if (!panic && (thrown instanceof WebAssembly.RuntimeError || thrown instanceof RangeError)) {
    markBroken(thrown.message);
  }
  if (panic) return panic;
  return typeof thrown === "string" ? errorFromWasm(thrown) : clientError("PANIC", String(thrown), { cause: thrown });
}

/**
 * Gives the client's module; throws if it is broken, not there yet, or another one than that of a generation.
 *
 * @internal
 */
export const clientExports = (its?: number): Exports => currentExports(client.exports, its);

/**
 * The same of the module of bulk calls.
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
 * Calls into the client's module. What it throws becomes an error of this package.
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

/** Gives back what a module of a generation has handed out. */
export function freeIfCurrent(what: { free(): void }, its: number): void {
  if (panic || its !== generation) return;
  what.free();
}

let resetting: Promise<void> | undefined;

/**
 * Brings the modules back after an error of kind `internal`, without a new page or process. What is pending is rejected
 * with such an error; clients that were made before go on working, with a new token and a new rate limit; a bulk call goes on
 * from its `resumeToken()` or `cursor()`, which may then be a moment older. Who asks for it meanwhile waits for the same one.
 */
export function reset(): Promise<void> {
  // Once for all who ask meanwhile: a second time would end what has begun since the first.
  resetting ??= reinstantiate().finally(() => {
    resetting = undefined;
  });
  return resetting;
}

async function reinstantiate(): Promise<void> {
  await ready().catch(() => {});
  if (!client.exports && !bulk.exports) return ready();
  markBroken("The module was reset.");
  // Whoever was woken ends in microtasks; then nothing goes on in the old modules.
  await new Promise<void>((done) => setTimer(0, done));
  await Promise.all([client.reset(), bulk.reset()]);
  panic = undefined;
  generation += 1;
  return ready();
}
