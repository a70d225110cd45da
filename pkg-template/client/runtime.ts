// What kind of runtime this is.

/** Whether the runtime isolates the requests that it serves, so that none may settle a promise of another (workerd). */
export const isIsolated: boolean = "WebSocketPair" in globalThis;

/** Whether this is a page or a worker of one, or looks like it. */
export const isBrowser: boolean = ("document" in globalThis || "WorkerGlobalScope" in globalThis) && !isIsolated;
