// Clock and timers.

import { isBrowser } from "./input.js";

/** Milliseconds of a clock that nobody sets, where there is one. */
export const steadyMs = (): number => globalThis.performance?.now() ?? Date.now();

/** Waits from here on share a timer in a page. */
const LONG_MS = 1000;

/**
 * Whether this is a page or a worker of one, in which a timer that is left behind keeps nothing alive: setting and clearing
 * one costs some microseconds there, and most calls end long before their time.
 */
const isPage = isBrowser && !("process" in globalThis) && !("Deno" in globalThis);

interface Sleeper {
  due: number;
  wake: () => void;
}

const sleepers = new Set<Sleeper>();
/** The time at which the shared timer fires. */
let alarmAt = Number.POSITIVE_INFINITY;
let alarm: ReturnType<typeof setTimeout> | undefined;

/** Calls a function after so many milliseconds; returns how to stop that. */
export function wakeAfter(ms: number, wake: () => void): () => void {
  if (!isPage || ms < LONG_MS) {
    const timer = setTimeout(wake, ms);
    return () => clearTimeout(timer);
  }
  const sleeper = { due: steadyMs() + ms, wake };
  sleepers.add(sleeper);
  setAlarm(sleeper.due);
  return () => sleepers.delete(sleeper);
}

function setAlarm(due: number): void {
  if (due >= alarmAt) return;
  clearTimeout(alarm);
  alarmAt = due;
  alarm = setTimeout(ring, due - steadyMs());
}

function ring(): void {
  alarmAt = Number.POSITIVE_INFINITY;
  const now = steadyMs();
  let next = alarmAt;
  for (const sleeper of sleepers) {
    if (sleeper.due <= now) {
      sleepers.delete(sleeper);
      sleeper.wake();
    } else if (sleeper.due < next) next = sleeper.due;
  }
  setAlarm(next);
}
