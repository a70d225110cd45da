// Clocks and timers.
//
// Tests replace the runtime's timers by fake ones, which stop until a test advances them. The timers of the time of import are
// used as well: a call that begins or ends under fake timers continues as real time passes, or earlier when a test
// advances the fake time.

import { isBrowser } from "./runtime.js";

/** The current functions that set and clear timers. */
const timers = () => [globalThis.setTimeout, globalThis.clearTimeout] as const;
const importedTimers = timers();

const { performance } = globalThis;
const clock = performance?.now?.bind(performance) ?? (() => Date.now());

let unix = 0;
let monotonic = 0;
let lastReading = 0;

/** The milliseconds since 1970 (UTC); the last value if the clock throws. */
export const unixMs = (): number => {
  try {
    unix = Date.now();
  } catch {
    // A fake clock may throw.
  }
  return unix;
};

/** The milliseconds of a monotonic clock; the last value if the clock was set back or throws. */
export const monotonicMs = (): number => {
  try {
    const now = clock();
    monotonic += Math.max(now - lastReading, 0);
    lastReading = now;
  } catch {
    // A fake clock may throw.
  }
  return monotonic;
};

/** The shortest wait that uses the shared timer of a page. */
const MIN_SHARED_MS = 1000;

/**
 * Whether this is a page or a worker of one. A pending timer keeps nothing alive there, so that calls can share one: setting
 * and clearing a timer costs some microseconds, and most calls end long before their timeout.
 */
const isPage = isBrowser && !("process" in globalThis) && !("Deno" in globalThis);

interface SharedTimeout {
  due: number;
  wake: () => void;
}

const sharedTimeouts = new Set<SharedTimeout>();
/** The time at which the shared timer fires. */
let sharedTimerAt = Number.POSITIVE_INFINITY;
let stopSharedTimer: (() => void) | undefined;

/** Calls a function after a time in milliseconds, once or twice. Returns a function that clears the timer. */
export function setTimer(ms: number, wake: () => void): () => void {
  if (!isPage || ms < MIN_SHARED_MS || importedTimers[0] !== globalThis.setTimeout) return setRuntimeTimers(ms, wake);
  const sleeper = { due: monotonicMs() + ms, wake };
  sharedTimeouts.add(sleeper);
  setSharedTimer(sleeper.due);
  return () => sharedTimeouts.delete(sleeper);
}

/** Sets a timer of the runtime, and one of the fake timers that replaced them. */
function setRuntimeTimers(ms: number, wake: () => void): () => void {
  const stops: (() => void)[] = [];
  const due = monotonicMs() + ms;
  const fire = () => {
    // This time has passed, even if the clock disagrees.
    monotonic = Math.max(monotonicMs(), due);
    wake();
  };
  for (const [set, clear] of new Map([importedTimers, timers()])) {
    let isSet: boolean | undefined;
    try {
      // A function that calls back synchronously is not a timer.
      const id = set(() => (isSet ? fire() : (isSet = false)), ms);
      if (isSet === undefined) stops.push(() => clear(id));
      isSet = true;
    } catch {
      // Nor is a function that throws.
    }
  }
  // Without timers `AbortSignal.timeout` is used; without that the function is called at once.
  if (!stops[0])
    Promise.resolve(AbortSignal.timeout?.(ms)).then((signal) => (signal ? (signal.onabort = fire) : fire()));
  return () => {
    for (const stop of stops) stop();
  };
}

function setSharedTimer(due: number): void {
  if (due >= sharedTimerAt) return;
  stopSharedTimer?.();
  sharedTimerAt = due;
  stopSharedTimer = setRuntimeTimers(due - monotonicMs(), onSharedTimer);
}

function onSharedTimer(): void {
  sharedTimerAt = Number.POSITIVE_INFINITY;
  const now = monotonicMs();
  let next = sharedTimerAt;
  for (const sleeper of sharedTimeouts) {
    if (sleeper.due <= now) {
      sharedTimeouts.delete(sleeper);
      sleeper.wake();
    } else if (sleeper.due < next) next = sleeper.due;
  }
  setSharedTimer(next);
}
