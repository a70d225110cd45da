// Properties of the runtime.

/** Whether the runtime isolates served requests, so that none may settle a promise of another (workerd). */
export const isIsolated: boolean = "WebSocketPair" in globalThis;

/** Whether this is a page or a worker of one, or an imitation such as jsdom. */
export const isBrowser: boolean = ("document" in globalThis || "WorkerGlobalScope" in globalThis) && !isIsolated;

/** Whether this is a worker of a page. Some server runtimes have `WorkerGlobalScope` as well, and are excluded. */
export const isPageWorker = (): boolean =>
  "WorkerGlobalScope" in globalThis &&
  !isIsolated &&
  !["Deno", "Bun", "EdgeRuntime", "fastly"].some((name) => name in globalThis);

let makeController = (): AbortController => new AbortController();

/** Creates the `AbortController` of a request. */
export const createAbortController = (): AbortController => makeController();

/** Replaces the constructor of controllers, where `fetch` rejects the global class. */
export function setAbortControllerFactory(make: () => AbortController): void {
  makeController = make;
}
