// The reader's clock against that of the server, by the `Date` of responses. A clock that is wrong makes "3 minutes ago" wrong.

/** The difference from which a clock is wrong, in milliseconds. */
export const TOLERANCE_MS = 120_000;

/** The samples that are compared: responses from a cache have an old date, so the latest of several dates counts. */
const SAMPLES = 8;
let samples: number[] = [];
let offsetMs = 0;
const listeners = new Set<() => void>();

/** Notes the date of a response, and returns the response. */
export function noteServerTime(response: Response, nowMs = Date.now()): Response {
  const date = Date.parse(response.headers.get("date") ?? "");
  if (Number.isNaN(date)) return response;
  samples = [...samples, date - nowMs].slice(-SAMPLES);
  const next = Math.max(...samples);
  // The date has whole seconds, and the response was on its way.
  const rounded = Math.abs(next) < TOLERANCE_MS ? 0 : Math.round(next / 60_000) * 60_000;
  if (rounded !== offsetMs) {
    offsetMs = rounded;
    for (const listener of listeners) listener();
  }
  return response;
}

/** Returns the time that the reader's clock is behind, in milliseconds: 0 if it is right, negative if it is ahead. */
export const clockOffset = (): number => offsetMs;

/** Calls a function after each change of the offset. Returns a function that ends that. */
export function onClockOffset(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
