// Waiting, and not for ever.

export const pause = (ms) => new Promise((done) => setTimeout(done, Math.max(ms, 0)));

/** A promise that is waited for so long. */
export function within(promise, ms) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${ms} ms`)), Math.max(ms, 1));
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/**
 * Work that is called off by a signal after so long. What is done in time leaves no timer behind: one that ran on would
 * keep a Durable Object in memory.
 */
export async function limited(ms, work) {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), ms);
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
  }
}

/** Until a promise is settled, if there is one, but no longer than that. */
export function sooner(promise, ms) {
  return new Promise((done) => {
    const timer = setTimeout(done, Math.max(ms, 1));
    const settled = () => {
      clearTimeout(timer);
      done();
    };
    promise?.then(settled, settled);
  });
}
