// The clock of a store. Ages are counted in calendar days (UTC): the store's `now` is the last millisecond of the current day,
// and moves once a day. A snapshot therefore never depends on the instant at which it is read.

import { rejectOption } from "../client/reject-option.js";
import type { CaseStoreOptions } from "./index.js";
import { isDate, YEAR_0_MS, YEAR_10000_MS } from "./page-writer.js";

const DAY_MS = 86_400_000;

/**
 * The maximum wait for the next day, in milliseconds. A device may sleep, in which timers stand still in many browsers, and a clock may
 * be set, or fail.
 */
const MAX_WAIT_MS = 60_000;

/** The clock of a store. */
export interface StoreClock {
  /** Returns the store's `now`, in milliseconds since 1970. */
  nowMs(): number;
  /** Calls a function with each new `now`. Returns the function that stops it. */
  onDay(listener: (nowMs: number) => void): () => void;
}

/** The last millisecond of the day (UTC) of an instant. */
const endOfDay = (ms: number): number => (Math.floor(ms / DAY_MS) + 1) * DAY_MS - 1;

/** Whether a value is an instant of the years 0000 to 9999, in milliseconds. */
const isInstant = (ms: unknown): ms is number => typeof ms === "number" && ms >= YEAR_0_MS && ms < YEAR_10000_MS;

/** Creates the clock of the option `now`. */
export function createClock(now: CaseStoreOptions["now"] = Date.now): StoreClock {
  if (typeof now !== "function") {
    const fixed = now instanceof Date ? now.getTime() : isDate(now) ? Date.parse(now.toUpperCase()) : Number.NaN;
    if (!isInstant(fixed)) return invalidNow(now);
    return { nowMs: () => fixed, onDay: () => () => {} };
  }
  let last = 0;
  let left = MAX_WAIT_MS;
  const nowMs = () => {
    left = MAX_WAIT_MS;
    const ms = now();
    if (!isInstant(ms)) return invalidNow(ms);
    last = endOfDay(ms);
    left = last + 1 - ms;
    return last;
  };
  return {
    nowMs,
    onDay(listener) {
      let stopTimer = () => {};
      let isStopped = false;
      const wait = () => {
        const wake = () => {
          if (isStopped) return;
          try {
            const before = last;
            if (nowMs() !== before) listener(last);
          } catch {
            // Nobody has called. A clock that failed is read again; the calls of a store that has trapped throw its error.
          }
          wait();
        };
        const timer: unknown = setTimeout(wake, Math.min(left, MAX_WAIT_MS));
        // On Node an open store does not keep the process running.
        (timer as { unref?(): void }).unref?.();
        stopTimer = () => clearTimeout(timer as number);
      };
      wait();
      return () => {
        isStopped = true;
        stopTimer();
      };
    },
  };
}

const invalidNow = (value: unknown): never =>
  rejectOption("now", "a function that returns milliseconds, an RFC 3339 text, or a Date", String(value));
