// Signals of Node's own, where a page is only played there (jsdom).

import { setAbortControllerFactory } from "./runtime.js";

/** What there is of `node:util`. */
interface Util {
  transferableAbortController?(): AbortController;
}

/** Whether Node's `fetch` refuses the signals of this environment, as that of a page which is only played. */
function fetchRejectsSignals(): boolean {
  try {
    new Request("http://localhost", { signal: new AbortController().signal });
    return false;
  } catch {
    return true;
  }
}

/** Makes signals in another way, where the environment's are refused. */
export function useNodeAbortController(util: Util | undefined): void {
  if (typeof document === "undefined" || !util?.transferableAbortController || !fetchRejectsSignals()) return;
  setAbortControllerFactory(() => util.transferableAbortController?.() ?? new AbortController());
}
