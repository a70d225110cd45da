// Times contenders in interleaved batches: each round runs one batch of every contender, in a different order, so that
// temporary slowness of the machine affects all of them. A batch is long compared with the timer's resolution.

import { random } from "../../random.mjs";

/** The durations of a measurement: the short one is for tuning. */
export const DURATIONS = {
  quick: { rounds: 41, batchMs: 3, warmMs: 80 },
  full: { rounds: 31, batchMs: 4, warmMs: 60 },
  /**
   * For contenders that create promises and timers. They are compiled later, and cause more garbage collection, which
   * runs by itself. A full collection before each batch would drop compiled code, at the cost of contenders with more
   * code.
   */
  calls: { rounds: 61, batchMs: 30, warmMs: 800 },
};

/** Largest ratio of a batch's duration to `batchMs` for a batch that covers all variants. */
const LONGEST = 3;

/** The time that passes: `now` returns a start, `since` the milliseconds since then. */
export const WALL_CLOCK = { now: () => performance.now(), since: (start) => performance.now() - start };

/** The runs that warm up a contender with `before`, which may take longer than the run. */
const PREPARED_WARM_RUNS = 3;

/** Stores results, so that the optimizer cannot remove the work. */
const sink = { last: undefined };

/**
 * Times contenders (`{ name, run }`) on the variants of a document. Returns a map from each name to `{ median, mean }`,
 * in milliseconds per run. If `wait` is set, the results of `run` are awaited. A contender with `before` calls it before
 * each run, outside of the time. `clock` is the clock.
 */
export async function rounds(contenders, variants, durations, { wait = false, clock = WALL_CLOCK } = {}) {
  const candidates = contenders.map(({ name, run, before }) => {
    return { name, run, before, clock, size: variants.length, times: [] };
  });
  for (const candidate of candidates) await warm(candidate, variants, durations, wait);
  for (let round = 0; round < durations.rounds; round += 1) {
    for (const candidate of shuffled(candidates, round)) {
      candidate.times.push((await batch(candidate, variants, round, wait)) / candidate.size);
    }
  }
  return new Map(candidates.map(({ name, times }) => [name, { median: median(times), mean: mean(times) }]));
}

/** Runs a contender until it is compiled, and determines the number of runs in a batch. */
async function warm(candidate, variants, { batchMs, warmMs }, wait) {
  if (candidate.before) {
    candidate.size = 1;
    for (let run = 0; run < PREPARED_WARM_RUNS; run += 1) await batch(candidate, variants, run, wait);
    return;
  }
  for (let spent = 0, took; spent < warmMs; spent += took) {
    took = await batch(candidate, variants, 0, wait);
    if (took < batchMs) candidate.size *= 2;
  }
  const each = (await batch(candidate, variants, 0, wait)) / candidate.size;
  const passes = Math.ceil(batchMs / Math.max(each, 1e-6) / variants.length);
  // For long documents a batch uses one variant, a different one each round.
  candidate.size = each * variants.length > LONGEST * batchMs ? 1 : passes * variants.length;
}

async function batch({ run, before, clock, size }, variants, first, wait) {
  before?.();
  // Two loops: awaiting a value that is no promise would cost a microtask.
  if (wait) {
    const start = clock.now();
    for (let index = 0; index < size; index += 1) sink.last = await run(variants[(first + index) % variants.length]);
    return clock.since(start);
  }
  const start = clock.now();
  for (let index = 0; index < size; index += 1) sink.last = run(variants[(first + index) % variants.length]);
  return clock.since(start);
}

/** A different order each round, the same in every run. */
function shuffled(candidates, round) {
  const order = [...candidates];
  const { below } = random(round);
  for (let index = order.length - 1; index > 0; index -= 1) {
    const other = below(index + 1);
    [order[index], order[other]] = [order[other], order[index]];
  }
  return order;
}

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

const mean = (numbers) => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
