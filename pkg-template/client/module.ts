// The client's wasm: loaded once, guarded while it runs, brought back if it ever panics.

import { CLIENT_BUILD } from "../generated/build.js";
import init, * as wasm from "../wasm/client.js";
import { type CaseApiError, errorFromWasm, isCaseApiError, ownError } from "./errors.js";
import { attach } from "./records.js";

/**
 * The ways in which a runtime gets the module; each entry tells its own.
 *
 * @internal
 */
interface Source {
  now?: (() => BufferSource | WebAssembly.Module) | undefined;
  later?: (() => URL | Promise<URL | BufferSource>) | undefined;
}

let source: Source | undefined;
let loading: Promise<void> | undefined;
let isLoaded = false;
let panic: CaseApiError | undefined;

/** A number that changes when the module is brought back: everything made before is gone with the old one. */
export let generation = 0;

/** The drivers that sleep, by their clients. One that panics wakes them all, so that each ends its own call. */
export const sleepers: Set<Map<number, () => void>> = new Set();

/**
 * Tells how the module is loaded, and begins to. `now` gives it at once, where a runtime can; `later` gives its address, or its bytes.
 * Several entries may tell: one that loads at once is not put off by one that does not.
 *
 * @internal
 */
export function provide({ now, later }: Source): void {
  if (isLoaded || (source && !now)) return;
  source = { now, later: later ?? source?.later };
  // One that is on its way would take the place of this one, and its memory.
  if (now && !loading) loadNow(now);
  // The calls that need it tell what went wrong.
  else if (later) ready().catch(() => {});
}

function loadNow(now: () => BufferSource | WebAssembly.Module): void {
  try {
    const given = now();
    const module = given instanceof WebAssembly.Module ? given : new WebAssembly.Module(given);
    checkBuild(module);
    wasm.initSync({ module });
  } catch (cause) {
    throw notLoaded(cause);
  }
  opened();
}

/** Compiles the module behind an address, as it comes in where the server tells its type. */
async function compiled(url: URL): Promise<WebAssembly.Module> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} was answered with ${response.status}`);
  const isTyped = response.headers.get("content-type")?.startsWith("application/wasm");
  return isTyped && "compileStreaming" in WebAssembly
    ? WebAssembly.compileStreaming(response)
    : WebAssembly.compile(await response.arrayBuffer());
}

/** A build of another version behaves in other ways: at best its functions are missing. */
function checkBuild(module: WebAssembly.Module): void {
  const [section] = WebAssembly.Module.customSections(module, "build");
  const build = section ? String.fromCharCode(...new Uint8Array(section)) : "none";
  if (build !== CLIENT_BUILD) throw ownError("VERSION_MISMATCH", `(${build}, where ${CLIENT_BUILD} was expected)`);
}

/** A module of one function that has a vector: whether it is valid tells whether there is simd128. */
const VECTOR = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
];

function notLoaded(cause: unknown): unknown {
  if ((cause as { code?: unknown } | null)?.code === "VERSION_MISMATCH") return cause;
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

function opened(): void {
  isLoaded = true;
  attach(wasm.ownMemory() as WebAssembly.Memory);
}

/**
 * Resolves when the WebAssembly module is there. Calls wait for it by themselves; synchronous functions need it: it is
 * always there on servers, in a browser after this. Rejects with `LOAD_FAILED` where it did not come (the next call tries
 * again), `VERSION_MISMATCH` where it is of another build of the package, `NO_WASM` where a page's policy does not let
 * WebAssembly be compiled, and `NO_SIMD`.
 */
export function ready(): Promise<void> {
  if (isLoaded) return Promise.resolve();
  loading ??= begin().then(opened, (cause) => {
    // The next call tries again: a network may come back.
    loading = undefined;
    if (source?.now) return loadNow(source.now);
    throw notLoaded(cause);
  });
  return loading;
}

async function begin(): Promise<void> {
  // A script that is no module has no address, from which to tell the module's.
  const given = await source?.later?.();
  const module = given instanceof URL ? await compiled(given) : await WebAssembly.compile(given as BufferSource);
  checkBuild(module);
  await init({ module_or_path: module });
}

export const isThere = (): boolean => isLoaded;

/** The same for a call, which may be called off meanwhile and has so much time. */
export function readyWithin(signal: AbortSignal | undefined, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const end = (settle: () => void) => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", aborted);
      settle();
    };
    const aborted = () => end(() => reject(ownError("ABORTED", "", { cause: signal?.reason })));
    if (signal?.aborted) return aborted();
    signal?.addEventListener("abort", aborted);
    if (timeoutMs > 0) {
      const late = () => end(() => reject(ownError("TIMEOUT", `(${timeoutMs} ms, loading the module)`)));
      timer = setTimeout(late, timeoutMs);
    }
    ready().then(
      () => end(resolve),
      (error) => end(() => reject(error)),
    );
  });
}

/** The module is broken: whoever waits for something is woken, to find that out. */
function broke(message: string): void {
  panic = ownError("PANIC", message);
  for (const all of sleepers) for (const wake of [...all.values()]) wake();
}

/** The error for what was thrown by the module, or by this package's own code around it. */
export function failure(thrown: unknown): unknown {
  if (isCaseApiError(thrown)) return thrown;
  // A stack that overflows in the middle of the module leaves it as a panic does, and so does memory that is refused.
  if (!panic && (thrown instanceof WebAssembly.RuntimeError || thrown instanceof RangeError)) {
    broke(thrown.message);
  }
  if (panic) return panic;
  return typeof thrown === "string" ? errorFromWasm(thrown) : ownError("PANIC", String(thrown), { cause: thrown });
}

/** Throws if the module is broken, not there yet, or another one than that of a generation. */
export function check(its = generation): void {
  if (panic) throw panic;
  if (!isLoaded) throw ownError("NOT_LOADED");
  if (its !== generation) throw ownError("PANIC", "The module was reset.");
}

/**
 * Calls into the module. What it throws becomes an error of this package.
 *
 * @internal
 */
export function enter<T>(work: (module: typeof wasm) => T, its?: number): T {
  check(its);
  try {
    return work(wasm);
  } catch (thrown) {
    throw failure(thrown);
  }
}

/** Gives back what a module of a generation has handed out. */
export function giveBack(what: { free(): void }, its: number): void {
  if (panic || its !== generation) return;
  what.free();
}

let resetting: Promise<void> | undefined;

/**
 * Brings the module back after an error of kind `internal`, without a new page or process. What is pending is rejected
 * with such an error; clients that were made before go on working, with a new token and a new pace; a bulk call goes on
 * from its `resumeToken()` or `cursor()`, which may then be a moment older. Who asks for it meanwhile waits for the same one.
 */
export function reset(): Promise<void> {
  // Once for all who ask meanwhile: a second time would end what has begun since the first.
  resetting ??= bringBack().finally(() => {
    resetting = undefined;
  });
  return resetting;
}

async function bringBack(): Promise<void> {
  await ready().catch(() => {});
  if (!isLoaded) return ready();
  broke("The module was reset.");
  // Whoever was woken ends in microtasks; then nothing goes on in the old module.
  await new Promise((done) => setTimeout(done));
  wasm.__wbg_reset_state();
  panic = undefined;
  generation += 1;
  opened();
}
