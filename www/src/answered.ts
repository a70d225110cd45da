// Where an answer came from: the service, the gateway's cache or this browser's own, and how old it is.

import { el } from "./dom.js";
import { duration } from "./format.js";

/** When an answer came first, by its id: one that comes again comes out of the browser's cache. */
const seen = new Map<string, number>();
/** More than the browser keeps while they are fresh. */
const MOST = 500;

const ID = "x-request-id";
const FOUND = "x-cache";

/** Remembers when an answer came first. To be told of each, in the order in which they come. */
export function noteAnswer(response: Response): Response {
  const id = response.headers.get(ID);
  if (id !== null && !seen.has(id)) {
    seen.set(id, Date.now());
    for (const oldest of seen.keys()) {
      if (seen.size <= MOST) break;
      seen.delete(oldest);
    }
    fresh.add(response);
  }
  return response;
}

/** Answers that came first. */
const fresh = new WeakSet<Response>();

/** Where an answer came from; `null` where nobody says. */
export interface Answered {
  found: string;
  ageMs: number;
}

export function answered(response: Response): Answered | null {
  const found = response.headers.get(FOUND);
  if (found === null) return null;
  const ageMs = Number(response.headers.get("age") ?? 0) * 1000;
  if (fresh.has(response)) return { found, ageMs };
  return { found: "BROWSER", ageMs: ageMs + Date.now() - (seen.get(response.headers.get(ID) ?? "") ?? Date.now()) };
}

const WORDS: Record<string, (age: string) => string> = {
  MISS: () => "Fetched from the service by the gateway",
  SHARED: () => "Fetched from the service by the gateway, together with another request",
  HIT: (age) => `From the gateway's cache, ${age} old`,
  STALE: (age) => `From the gateway's cache, ${age} old; it is fetching a newer one`,
  "STALE-IF-ERROR": (age) => `From the gateway's cache, ${age} old: the service cannot answer now`,
  BROWSER: (age) => `From this browser's cache, ${age} old`,
};

/** A line that says it, of the oldest of some answers; nothing where nobody says. */
export function answeredLine(all: readonly (Answered | null)[]): HTMLElement | null {
  const said = all.filter((one) => one !== null);
  if (said.length === 0) return null;
  const { found, ageMs } = said.reduce((oldest, one) => (one.ageMs > oldest.ageMs ? one : oldest));
  const words = WORDS[found];
  if (!words) return null;
  return el("p", { class: "answered", "data-found": found }, `${words(duration(ageMs))}.`);
}
