// The offset of the reader's clock by the `Date` of the server's responses. Loaded with the client of a gateway.

import { setClockOffset } from "./server-time.js";

export { clockOffset, onClockOffset } from "./server-time.js";

/** The difference from which a clock is wrong, in milliseconds. */
export const TOLERANCE_MS = 120_000;

/** The samples that are compared: a response may wait while the computer sleeps, so the latest of several dates counts. */
const SAMPLES = 8;
let samples: number[] = [];

/** Notes the date of a response, and returns the response. */
export function noteServerTime(response: Response, nowMs = Date.now()): Response {
  const date = Date.parse(response.headers.get("date") ?? "");
  if (Number.isNaN(date)) return response;
  samples = [...samples, date - nowMs].slice(-SAMPLES);
  const next = Math.max(...samples);
  // The date has whole seconds, and the response was on its way.
  setClockOffset(Math.abs(next) < TOLERANCE_MS ? 0 : Math.round(next / 60_000) * 60_000);
  return response;
}

/**
 * As `fetch`, and notes the dates of responses that no cache of the browser may answer: a cached one has the date of then, by which
 * a right clock would be ahead.
 */
export async function fetchNotingTime(url: string | URL | Request, init?: RequestInit): Promise<Response> {
  const response = await fetch(url, init);
  return init?.cache === "no-store" ? noteServerTime(response) : response;
}
