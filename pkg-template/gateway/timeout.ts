// Timeouts, deadlines and shared tasks.

/** Resolves after some milliseconds. */
export const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, Math.max(ms, 0));
  });

/** The error of {@link withTimeout}. */
export class TimeoutError extends Error {}

/** Waits for a promise; rejects with {@link TimeoutError} after some milliseconds. */
export function withTimeout<T>(promise: T | PromiseLike<T>, ms: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TimeoutError(`timed out after ${ms} ms`)), Math.max(ms, 1));
  });
  return Promise.race([promise, timeout]).finally(() => clearTimeout(timer)) as Promise<T>;
}

/**
 * Runs work with a signal that aborts it after some milliseconds. Work that ends in time leaves no timer: a pending timer
 * would keep a Durable Object in memory.
 */
export async function withAbortTimeout<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), ms);
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
  }
}

/** Resolves when a promise, if there is one, is settled, or after some milliseconds. */
export function settledOrTimeout(promise: Promise<unknown> | undefined, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, Math.max(ms, 1));
    const settled = () => {
      clearTimeout(timer);
      resolve();
    };
    promise?.then(settled, settled);
  });
}

/** A deadline in milliseconds since 1970, which can be extended while work is in progress. */
export class Deadline {
  #at: number;

  constructor(at: number) {
    this.#at = at;
  }

  get at(): number {
    return this.#at;
  }

  /** Moves the deadline to a later time; an earlier time changes nothing. */
  extend(at: number): void {
    this.#at = Math.max(this.#at, at);
  }

  /** Calls a function when the deadline has passed, including extensions. Returns a function that cancels that. */
  onExpiry(expired: () => void): () => void {
    let timer: ReturnType<typeof setTimeout> | null = null;
    const wait = () => {
      timer = setTimeout(check, Math.max(this.#at - Date.now(), 1));
    };
    const check = () => (Date.now() < this.#at ? wait() : expired());
    wait();
    return () => clearTimeout(timer);
  }
}

/**
 * A task that concurrent callers share, and that starts again only after an interval. Each caller waits with a timeout of
 * its own: the runtime may cancel the request that has started the task.
 */
export class SingleFlight {
  #running: Promise<void> | undefined;
  #startedAt = 0;
  #endedAt = Number.NEGATIVE_INFINITY;
  readonly #intervalMs: number;
  readonly #abandonedMs: number;

  /** A task that runs longer than `abandonedMs` counts as canceled. */
  constructor(intervalMs: number, abandonedMs: number) {
    this.#intervalMs = intervalMs;
    this.#abandonedMs = abandonedMs;
  }

  /** Whether the task is running. */
  get isRunning(): boolean {
    return this.#running !== undefined && Date.now() - this.#startedAt < this.#abandonedMs;
  }

  /** Joins the running task, or starts it. Returns `undefined` within the interval after its end. */
  join(work: () => Promise<void>): Promise<void> | undefined {
    if (this.isRunning) return this.#running;
    const now = Date.now();
    if (now >= this.#endedAt && now - this.#endedAt < this.#intervalMs) return undefined;
    this.#startedAt = now;
    const running = work().finally(() => {
      if (this.#running !== running) return;
      this.#running = undefined;
      this.#endedAt = Date.now();
    });
    // Callers handle the rejection; without one it must not be unhandled.
    running.catch(() => {});
    this.#running = running;
    return running;
  }
}
