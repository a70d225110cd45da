// Rests of long work, so that the page answers keys and paints meanwhile.

/** The milliseconds after which long work rests. */
const PERIOD_MS = 12;

/** Returns a function to await in a loop: it lets other tasks of the page run if the loop has had its time. */
export function createRest(now: () => number = () => performance.now()): () => Promise<void> {
  let last = now();
  return async () => {
    if (now() - last < PERIOD_MS) return;
    await new Promise((resolve) => setTimeout(resolve));
    last = now();
  };
}
