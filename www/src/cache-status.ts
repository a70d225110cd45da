// The origin of a response (the service, the gateway's cache or this browser's cache) and its age.

import { el } from "./dom.js";
import { duration } from "./format.js";

/** The time of the first receipt of a response, by its id: a repeated id means that the browser's cache answered. */
const firstReceived = new Map<string, number>();
/** More responses than the browser caches while they are fresh. */
const MAX_REMEMBERED = 500;
/** Responses that were received for the first time. */
const fresh = new WeakSet<Response>();

const ID_HEADER = "x-request-id";
const STATUS_HEADER = "x-cache";

/** Records the receipt of a response. Must be called for each response, in the order of receipt. */
export function recordResponse(response: Response): Response {
  const id = response.headers.get(ID_HEADER);
  if (id !== null && !firstReceived.has(id)) {
    firstReceived.set(id, Date.now());
    for (const oldest of firstReceived.keys()) {
      if (firstReceived.size <= MAX_REMEMBERED) break;
      firstReceived.delete(oldest);
    }
    fresh.add(response);
  }
  return response;
}

/** The `X-Cache` value of a response, or `BROWSER`, and the response's age. */
export interface CacheStatus {
  status: string;
  ageMs: number;
}

/** Returns the cache status of a response, or `null` if the server sends none. */
export function cacheStatusOf(response: Response): CacheStatus | null {
  const status = response.headers.get(STATUS_HEADER);
  if (status === null) return null;
  const ageMs = Number(response.headers.get("age") ?? 0) * 1000;
  if (fresh.has(response)) return { status, ageMs };
  const received = firstReceived.get(response.headers.get(ID_HEADER) ?? "") ?? Date.now();
  return { status: "BROWSER", ageMs: ageMs + Date.now() - received };
}

const DESCRIPTIONS: Record<string, (age: string) => string> = {
  MISS: () => "Fetched from the service by the gateway",
  SHARED: () => "Fetched from the service by the gateway, together with another request",
  HIT: (age) => `From the gateway's cache, ${age} old`,
  STALE: (age) => `From the gateway's cache, ${age} old; it is fetching a newer one`,
  "STALE-IF-ERROR": (age) => `From the gateway's cache, ${age} old: the service cannot answer now`,
  BROWSER: (age) => `From this browser's cache, ${age} old`,
};

/** A line about the oldest of several responses, or `null` if none has a status. */
export function cacheStatusLine(all: readonly (CacheStatus | null)[]): HTMLElement | null {
  const known = all.filter((one) => one !== null);
  if (known.length === 0) return null;
  const { status, ageMs } = known.reduce((oldest, one) => (one.ageMs > oldest.ageMs ? one : oldest));
  const description = DESCRIPTIONS[status];
  if (!description) return null;
  return el("p", { class: "cache-status", "data-status": status }, `${description(duration(ageMs))}.`);
}
