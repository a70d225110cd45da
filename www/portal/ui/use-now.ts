// The time by the server's clock, for what shows distances to it. It advances by minutes, in one timer for the whole page.

import { useSyncExternalStore } from "react";
import { clockOffset, onClockOffset } from "./server-time.js";

const STEP_MS = 60_000;
const current = (): number => Date.now() + clockOffset();

let now = current();
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    now = current();
    for (const one of listeners) one();
  }, STEP_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

onClockOffset(() => {
  now = current();
  for (const one of listeners) one();
});

const getSnapshot = (): number => {
  // Without a timer nothing has advanced the time.
  if (timer === undefined && Math.abs(current() - now) > STEP_MS) now = current();
  return now;
};

/** The time in milliseconds since 1970, to the minute. */
export const useNow = (): number => useSyncExternalStore(subscribe, getSnapshot);
