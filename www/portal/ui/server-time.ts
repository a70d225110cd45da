// The reader's clock against that of the server. A clock that is wrong makes "3 minutes ago" wrong.

let offsetMs = 0;
const listeners = new Set<() => void>();

/** Returns the time that the reader's clock is behind, in milliseconds: 0 if it is right, negative if it is ahead. */
export const clockOffset = (): number => offsetMs;

/** Sets the time that the reader's clock is behind, in milliseconds. */
export function setClockOffset(ms: number): void {
  if (ms === offsetMs) return;
  offsetMs = ms;
  for (const listener of listeners) listener();
}

/** Calls a function after each change of the offset. Returns a function that ends that. */
export function onClockOffset(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
