// Node's own `AbortController`, for environments that imitate a page in Node (jsdom).

import { setAbortControllerFactory } from "./runtime.js";

/** The part of `node:util` used here. */
interface Util {
  transferableAbortController?(): AbortController;
}

/** Whether Node's `fetch` rejects the signals of this environment, as it does under jsdom. */
function fetchRejectsSignals(): boolean {
  try {
    new Request("http://localhost", { signal: new AbortController().signal });
    return false;
  } catch {
    return true;
  }
}

/** Uses Node's own controllers if `fetch` rejects those of the environment. */
export function useNodeAbortController(util: Util | undefined): void {
  if (typeof document === "undefined" || !util?.transferableAbortController || !fetchRejectsSignals()) return;
  setAbortControllerFactory(() => util.transferableAbortController?.() ?? new AbortController());
}
