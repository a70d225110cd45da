// The time, for what shows distances to it. It advances by minutes, in one timer for the whole page.

import { useSyncExternalStore } from "react";

const STEP_MS = 60_000;
let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    now = Date.now();
    for (const one of listeners) one();
  }, STEP_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

const getSnapshot = (): number => {
  // Without a timer nothing has advanced the time.
  if (timer === undefined && Date.now() - now > STEP_MS) now = Date.now();
  return now;
};

/** The time in milliseconds since 1970, to the minute. */
export const useNow = (): number => useSyncExternalStore(subscribe, getSnapshot);
