// What the overview of the benchmark counts: the same buckets, weeks and lists as the store's overview has by default.

export const DAY_MS = 86_400_000;
export const WEEK_MS = 7 * DAY_MS;

/** The number of weeks up to the present one, and of technologies and serial numbers. */
export const [WEEKS, TOP] = [26, 10];

/** Buckets by age: a bucket begins at a bound, in days. */
const buckets = (...bounds) => ({
  bounds,
  /** The instants at which the bounds are reached. */
  instants: (now) => bounds.map((days) => now - days * DAY_MS),
  counter(now) {
    const instants = this.instants(now);
    const counts = new Array(bounds.length + 1).fill(0);
    return {
      counts,
      add(ms) {
        let bucket = 0;
        while (bucket < instants.length && ms <= instants[bucket]) bucket += 1;
        counts[bucket] += 1;
      },
    };
  },
});

/** The open cases by the days since their creation, and since their last update. */
export const ageing = buckets(7, 30, 90, 180, 365);
export const quiet = buckets(7, 14, 30, 90);

/** The start of the ISO week of an instant; 1970-01-01 is a Thursday. */
export const weekStart = (ms) => ms - ((((ms + 3 * DAY_MS) % WEEK_MS) + WEEK_MS) % WEEK_MS);

const PARTIES = {
  "Customer Pending": "customer",
  "Close Pending": "customer",
  "Cisco Pending": "cisco",
  "Cisco Release Pending": "release",
  "Service Order Pending": "service_order",
};

/** The open cases by the party that they wait for, from counts by "severity flag status". */
export function waitingOn(matrix) {
  const counts = {};
  for (const [key, count] of matrix) {
    const [, , status] = /^(\d) O (.*)$/.exec(key) ?? [];
    if (status !== undefined)
      counts[PARTIES[status] ?? "unknown"] = (counts[PARTIES[status] ?? "unknown"] ?? 0) + count;
  }
  return Object.fromEntries(Object.entries(counts).sort());
}
