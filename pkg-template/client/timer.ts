// Clock and timers.
//
// Tests put fake ones in the place of the runtime's, which stand still until they are moved, or do other things. Those that were
// there when the package was imported count all the same: a call that begins or ends under fake timers goes on as time passes,
// and where fake time is moved, sooner.

import { isBrowser } from "./runtime.js";

/** What sets timers now, and what clears them. */
const timers = () => [globalThis.setTimeout, globalThis.clearTimeout] as const;
const importedTimers = timers();

const { performance } = globalThis;
const clock = performance?.now?.bind(performance) ?? (() => Date.now());

let unix = 0;
let monotonic = 0;
let lastReading = 0;

/** Milliseconds since 1970 (UTC). A clock that throws has stood still. */
export const unixMs = (): number => {
  try {
    unix = Date.now();
  } catch {
    // It is somebody's.
  }
  return unix;
};

/** Milliseconds of a clock that never goes back: one that was put back has stood still, and so has one that throws. */
export const monotonicMs = (): number => {
  try {
    const now = clock();
    monotonic += Math.max(now - lastReading, 0);
    lastReading = now;
  } catch {
    // It is somebody's.
  }
  return monotonic;
};

/** Waits from here on share a timer in a page. */
const MIN_SHARED_MS = 1000;

/**
 * Whether this is a page or a worker of one, in which a timer that is left behind keeps nothing alive: setting and clearing
 * one costs some microseconds there, and most calls end long before their time.
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

/** Calls a function after so many milliseconds, once or twice; returns how to stop that. */
export function setTimer(ms: number, wake: () => void): () => void {
  if (!isPage || ms < MIN_SHARED_MS || importedTimers[0] !== globalThis.setTimeout) return setRuntimeTimers(ms, wake);
  const sleeper = { due: monotonicMs() + ms, wake };
  sharedTimeouts.add(sleeper);
  setSharedTimer(sleeper.due);
  return () => sharedTimeouts.delete(sleeper);
}

/** Sets the timer of the runtime, and one that was put in its place. */
function setRuntimeTimers(ms: number, wake: () => void): () => void {
  const stops: (() => void)[] = [];
  const due = monotonicMs() + ms;
  const fire = () => {
    // So much has passed, whatever a clock says.
    monotonic = Math.max(monotonicMs(), due);
    wake();
  };
  for (const [set, clear] of new Map([importedTimers, timers()])) {
    let isSet: boolean | undefined;
    try {
      // One that calls back at once is none.
      const id = set(() => (isSet ? fire() : (isSet = false)), ms);
      if (isSet === undefined) stops.push(() => clear(id));
      isSet = true;
    } catch {
      // Nor is one that throws.
    }
  }
  // Without any there may be this, and a call that cannot wait does not.
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
