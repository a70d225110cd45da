// Times contenders side by side: each round every one of them works for a batch, in an order of its own, so that
// what slows the machine for a while slows all of them. A batch is long against the timer's step.

/** The durations of a measurement: the short one is for tuning. */
export const PACE = {
  quick: { rounds: 41, batchMs: 3, warmMs: 80 },
  full: { rounds: 31, batchMs: 4, warmMs: 60 },
  /**
   * For what makes promises and timers besides: compiled later, and with more for the collector, which is left alone. A
   * full collection before each batch lets go of compiled code, and so is a burden for whoever has more of it.
   */
  calls: { rounds: 61, batchMs: 30, warmMs: 800 },
};

/** A batch that goes once through all variants is no longer than so many times what a batch should be. */
const LONGEST = 3;

/** Holds results, so that no work is found to be for nothing. */
const sink = { last: undefined };

/**
 * Times contenders (`{ name, run }`) on the variants of a document. Gives a map from each name to `{ median, mean }`, in
 * milliseconds a run. Where `wait` is set, what a `run` gives is awaited.
 */
export async function rounds(contenders, variants, pace, { wait = false } = {}) {
  const lanes = contenders.map(({ name, run }) => ({ name, run, size: variants.length, times: [] }));
  for (const lane of lanes) await warm(lane, variants, pace, wait);
  for (let round = 0; round < pace.rounds; round += 1) {
    for (const lane of shuffled(lanes, round)) {
      lane.times.push((await batch(lane, variants, round, wait)) / lane.size);
    }
  }
  return new Map(lanes.map(({ name, times }) => [name, { median: median(times), mean: mean(times) }]));
}

/** Runs a contender until it is compiled, and finds how many runs make a batch. */
async function warm(lane, variants, { batchMs, warmMs }, wait) {
  for (let spent = 0, took; spent < warmMs; spent += took) {
    took = await batch(lane, variants, 0, wait);
    if (took < batchMs) lane.size *= 2;
  }
  const each = (await batch(lane, variants, 0, wait)) / lane.size;
  const passes = Math.ceil(batchMs / Math.max(each, 1e-6) / variants.length);
  // Of long documents a batch takes one, another each round.
  lane.size = each * variants.length > LONGEST * batchMs ? 1 : passes * variants.length;
}

async function batch({ run, size }, variants, first, wait) {
  // Two loops: waiting for what is no promise would cost a turn of the queue.
  if (wait) {
    const start = performance.now();
    for (let index = 0; index < size; index += 1) sink.last = await run(variants[(first + index) % variants.length]);
    return performance.now() - start;
  }
  const start = performance.now();
  for (let index = 0; index < size; index += 1) sink.last = run(variants[(first + index) % variants.length]);
  return performance.now() - start;
}

/** Another order each round, the same in every run. */
function shuffled(lanes, round) {
  const order = [...lanes];
  let state = round * 2654435761 + 1;
  for (let index = order.length - 1; index > 0; index -= 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    // The lowest bits of such a generator hardly change.
    const other = (state >>> 16) % (index + 1);
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
