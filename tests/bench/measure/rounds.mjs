// Times contenders side by side: each round every one of them works for a batch, in an order of its own, so that
// what slows the machine for a while slows all of them. A batch is long against the timer's step.

/** How long to measure: the short way is for tuning. */
export const PACE = {
  quick: { rounds: 41, batchMs: 3, warmMs: 80 },
  full: { rounds: 31, batchMs: 4, warmMs: 60 },
};

/** Holds results, so that no work is found to be for nothing. */
const sink = { last: undefined };

/**
 * Times contenders (`{ name, run }`) on the variants of a document. Gives a map from each name to `{ median, mean }`, in
 * milliseconds a run. A `run` may be asynchronous if `wait` is set.
 */
export async function rounds(contenders, variants, pace, { wait = false, between = () => {} } = {}) {
  const lanes = contenders.map(({ name, run }) => ({ name, run, size: 1, times: [] }));
  for (const lane of lanes) await warm(lane, variants, pace, wait);
  for (let round = 0; round < pace.rounds; round += 1) {
    for (const lane of shuffled(lanes, round)) {
      lane.times.push((await batch(lane, variants, wait)) / lane.size);
      between();
    }
  }
  return new Map(lanes.map(({ name, times }) => [name, { median: median(times), mean: mean(times), times }]));
}

/** Runs a contender until it is compiled, and finds how many runs make a batch. */
async function warm(lane, variants, { batchMs, warmMs }, wait) {
  let [spent, runs] = [0, 0];
  while (spent < warmMs) {
    lane.size = Math.max(variants.length, lane.size);
    const took = await batch(lane, variants, wait);
    spent += took;
    runs += lane.size;
    if (took < batchMs) lane.size *= 2;
  }
  // The last batches were at full speed; the first were not.
  const took = (await batch(lane, variants, wait)) / lane.size;
  const wanted = Math.ceil(batchMs / Math.max(took, 1e-6) / variants.length) * variants.length;
  lane.size = Math.max(variants.length, wanted);
}

async function batch({ run, size }, variants, wait) {
  // Two loops: waiting for what is no promise would cost a turn of the queue.
  if (wait) {
    const start = performance.now();
    for (let index = 0; index < size; index += 1) sink.last = await run(variants[index % variants.length]);
    return performance.now() - start;
  }
  const start = performance.now();
  for (let index = 0; index < size; index += 1) sink.last = run(variants[index % variants.length]);
  return performance.now() - start;
}

/** Another order each round, the same in every run. */
function shuffled(lanes, round) {
  const order = [...lanes];
  let state = round * 2654435761 + 1;
  for (let index = order.length - 1; index > 0; index -= 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const other = state % (index + 1);
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
