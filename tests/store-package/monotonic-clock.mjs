// A monotonic clock that a test advances. The package takes the clock when it is loaded: this file is imported before it.

let aheadMs = 0;
const now = performance.now.bind(performance);
performance.now = () => now() + aheadMs;

export const advanceClock = (ms) => {
  aheadMs += ms;
};
