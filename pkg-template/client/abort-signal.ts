// Abort signals of callers. They may be of another realm or a test double: their members may throw.

/** Reads a member of a signal; `undefined` without one or if its getter throws. */
export function readSignal(signal: AbortSignal | undefined, name: "aborted" | "reason"): unknown {
  try {
    return signal?.[name];
  } catch {
    return undefined;
  }
}

/** The callbacks of a signal. A signal has one listener of this package, however many calls use it. */
interface Listeners {
  callbacks: Set<() => void>;
  stop: () => void;
}

const listeners = new WeakMap<AbortSignal, Listeners>();

/** Calls a function when a signal is aborted. Returns a function that removes the callback. */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  const { callbacks, stop } = listeners.get(signal) ?? addListener(signal);
  callbacks.add(callback);
  return () => {
    // By its second call, another listener may have been added.
    if (!callbacks.delete(callback) || callbacks.size > 0) return;
    listeners.delete(signal);
    stop();
  };
}

function addListener(signal: AbortSignal): Listeners {
  const callbacks = new Set<() => void>();
  const runCallbacks = () => {
    for (const one of [...callbacks]) one();
  };
  // `addEventListener` of a foreign signal may throw.
  ignoreErrors(() => signal.addEventListener("abort", runCallbacks));
  const all = { callbacks, stop: () => ignoreErrors(() => signal.removeEventListener("abort", runCallbacks)) };
  listeners.set(signal, all);
  return all;
}

function ignoreErrors(work: () => void): void {
  try {
    work();
  } catch {
    // The signal is the caller's object.
  }
}
