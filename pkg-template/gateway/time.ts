// Waiting, and not for ever.

/** A promise that resolves after so many milliseconds. */
export const pause = (ms: number): Promise<void> =>
  new Promise((done) => {
    setTimeout(done, Math.max(ms, 0));
  });

/** A promise that is waited for so long. */
export function within<T>(promise: T | PromiseLike<T>, ms: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${ms} ms`)), Math.max(ms, 1));
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer)) as Promise<T>;
}

/**
 * Work that is called off by a signal after so long. What is done in time leaves no timer behind: one that ran on would
 * keep a Durable Object in memory.
 */
export async function limited<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), ms);
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
  }
}

/** Until a promise is settled, if there is one, but no longer than that. */
export function sooner(promise: Promise<unknown> | undefined, ms: number): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(done, Math.max(ms, 1));
    const settled = () => {
      clearTimeout(timer);
      done();
    };
    promise?.then(settled, settled);
  });
}
