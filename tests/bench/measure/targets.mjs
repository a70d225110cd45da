// What the decoder is to reach, as a fraction of JSON.parse's time (Node 24, Chromium), and how often as fast as its
// peers. A target that is missed is said and recorded; it fails nothing.

const PLAIN = "page of 100";

/** Time against bare JSON.parse, by document. */
export const AGAINST_JSON = {
  "page of 1": { node: 0.55, chromium: 0.7 },
  "page of 10": { node: 0.35, chromium: 0.6 },
  [PLAIN]: { node: 0.25, chromium: 0.5 },
  "page of 1000": { node: 0.35, chromium: 0.6 },
  "page of 100, escapes and accents": { node: 0.4, chromium: 0.65 },
  "page of 100, unknown fields": { node: 0.4, chromium: 0.65 },
  "page of 100, pretty-printed": { node: 0.4, chromium: 0.65 },
  "details with 5 notes": { node: 0.4, chromium: 0.45 },
  "details with 200 notes": { node: 0.33, chromium: 0.4 },
};

/** `✓`, `✗`, or nothing where there is no target. */
export const verdict = (value, target) => (target === undefined ? "" : value <= target ? "✓" : "✗");
