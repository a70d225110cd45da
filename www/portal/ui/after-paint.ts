// Work that waits until the page has painted, so that a key or a press shows at once.

/** The wait where nothing is painted, as in a hidden tab, in milliseconds. */
const HIDDEN_MS = 100;

/** Calls a function in a task of its own after the next paint. Returns the function that cancels the call. */
export function afterPaint(work: () => void): () => void {
  let timer: ReturnType<typeof setTimeout>;
  const frame = requestAnimationFrame(() => {
    clearTimeout(timer);
    // Frames begin before the paint.
    timer = setTimeout(work);
  });
  timer = setTimeout(() => {
    cancelAnimationFrame(frame);
    work();
  }, HIDDEN_MS);
  return () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
  };
}
