// Random numbers from a seed: the same in every run and every runtime.

/** A seeded random number generator (mulberry32). */
export function random(seed) {
  let state = seed >>> 0;
  const fraction = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit) => Math.floor(fraction() * limit);
  return {
    /** A number from 0 to 1. */
    fraction,
    below,
    between: (low, high) => low + below(high - low + 1),
    chance: (part) => fraction() < part,
    pick: (list) => list[below(list.length)],
    digits: (length) => Array.from({ length }, () => below(10)).join(""),
  };
}
