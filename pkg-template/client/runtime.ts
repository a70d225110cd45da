// What kind of runtime this is.

/** Whether the runtime isolates the requests that it serves, so that none may settle a promise of another (workerd). */
export const isIsolated: boolean = "WebSocketPair" in globalThis;

/** Whether this is a page or a worker of one, or looks like it. */
export const isBrowser: boolean = ("document" in globalThis || "WorkerGlobalScope" in globalThis) && !isIsolated;

/** Whether this is a worker of a page, whose visitor can read what is here; some servers' runtimes have its global scope. */
export const isPageWorker = (): boolean =>
  "WorkerGlobalScope" in globalThis &&
  !isIsolated &&
  !["Deno", "Bun", "EdgeRuntime", "fastly"].some((name) => name in globalThis);

let makeController = (): AbortController => new AbortController();

/** Makes what aborts a request. */
export const createAbortController = (): AbortController => makeController();

/** Tells what makes them, where it is not the runtime's own class. */
export function setAbortControllerFactory(make: () => AbortController): void {
  makeController = make;
}
