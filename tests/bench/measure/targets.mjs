// Targets of the benchmarks, in Node 24 and in Chromium; other browsers have no targets. A missed target is printed and
// recorded, and is not a failure.

/** The document with the main figures: a full page of a list. */
export const PLAIN = "page of 100";

/** Largest ratio to the time of bare JSON.parse. */
export const AGAINST_JSON = {
  "page of 1": [0.55, 0.7],
  "page of 10": [0.35, 0.6],
  [PLAIN]: [0.25, 0.5],
  "page of 1000": [0.35, 0.6],
  "page of 100, escapes and accents": [0.4, 0.65],
  "page of 100, unknown fields": [0.4, 0.65],
  "page of 100, pretty-printed": [0.4, 0.65],
  "details with 5 notes": [0.4, 0.45],
  "details with 200 notes": [0.33, 0.4],
};

/** Smallest speed-up over a peer in a setting, on the plain page. */
export const AGAINST_PEERS = {
  "zod documented": [7, 4.5],
  "zod mini documented": [7, 4.5],
  "valibot documented": [7, 4.5],
  "ajv documented": [7, 4.5],
  "arktype documented": [5, 2.8],
  "typebox fastest": [3.8, 2.4],
  "typia fastest": [3.8, 2.4],
  "ajv fastest": [3.8, 2.4],
};

/** Largest ratio to the time of `res.json()`, from a Response to the decoded page. */
export const END_TO_END = [0.42, 0.42];

/** A whole call: largest ratios to the time of `res.json()` and to the time of an earlier build. */
export const CALL = { toJson: [1, 1.2], toBaseline: 1 };

const UNLIMITED = { perSecond: 0, perMinute: 0, perDay: 0, maxConcurrent: 0 };

/** The number of concurrent calls, their limits, and the number of repetitions. */
export const CALLS_AT_ONCE = [
  { name: "100 calls", count: 100, rateLimit: UNLIMITED, times: 61 },
  { name: "10 000 calls", count: 10_000, rateLimit: UNLIMITED, times: 9 },
  { name: "100 calls, 10 at the same time", count: 100, rateLimit: { ...UNLIMITED, maxConcurrent: 10 }, times: 61 },
  {
    name: "10 000 calls, 10 at the same time",
    count: 10_000,
    rateLimit: { ...UNLIMITED, maxConcurrent: 10 },
    times: 9,
  },
];

/** The first call of a page: smallest gain over an earlier build, in round trips. */
export const PAGE = { earlierRoundTrips: 0.9 };

/** Largest ratio to the time of JSON.parse with the same use of the result. */
export const CONSUMED = [1, 1];

/** Limits in a fresh process of Node, in milliseconds. */
export const START = { initMs: 2, firstPageMs: 2 };

/** Memory: `growth` in bytes of the wasm memory after 100 pages, `heapRatio` of decoded cases to JSON.parse's. */
export const MEMORY = { growth: 0, heapRatio: 1.2 };

/** Bulk reads: largest ratio of a long list's time to the limit's minimum; lost and unreported cases. */
export const BULK = { timeRatio: 1.05, lost: 0, unreported: 0 };

/**
 * A bulk read of a million cases: largest additional memory, and largest ratio to the bare loop's time. The memory in
 * bytes includes heap, array buffers and wasm memory; the loop uses `fetch` and JSON.parse.
 */
export const ALL_CASES = { heldBytes: 64 * 2 ** 20, toLoop: 1 };

/** The gateway against a bare pass-through Worker, and a cached response against an upstream of 20 ms. */
export const GATEWAY = { p50Ratio: 1.15, throughputRatio: 0.9, hitGain: 5 };

/**
 * The store with the number of cases of `at`: largest times in milliseconds, smallest speed-ups over the faster of the two
 * ways over arrays and over SQLite (for answers that are not empty), largest memory in bytes per case, and largest ratios to
 * the time of decoding. `queryMs` also has a limit for larger numbers of cases.
 */
export const STORE = {
  at: 100_000,
  queryMs: 2,
  overArrays: 10,
  overSqlite: 5,
  bytesPerCase: 260,
  changesMs: 4,
  fromJson: 1.5,
  fromPages: 1.3,
  reopenMs: 400,
  savedBytes: 64 * 1024,
  /** The module and its JavaScript, by gzip. */
  moduleBytes: 60_000,
  atMillion: { cases: 1_000_000, queryMs: 20 },
};

/** The target of a pair that applies to a runtime. */
export const targetFor = (pair, runtime) => pair?.[["node", "chrome"].indexOf(runtime)];

/** Whether a value that should be small (or large) reaches its target; `null` without a target. */
export const reached = (value, target, { atLeast = false } = {}) =>
  target === undefined ? null : atLeast ? value >= target : value <= target;

export const mark = (met) => (met === null ? " " : met ? "✓" : "✗");
