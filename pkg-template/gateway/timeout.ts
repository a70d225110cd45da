// Waiting, and not for ever.

/** A promise that resolves after so many milliseconds. */
export const sleep = (ms: number): Promise<void> =>
  new Promise((done) => {
    setTimeout(done, Math.max(ms, 0));
  });

/** Nothing has come in time. */
export class TimeoutError extends Error {}

/** A promise that is waited for so long; then it rejects with {@link TimeoutError}. */
export function withTimeout<T>(promise: T | PromiseLike<T>, ms: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TimeoutError(`no answer in ${ms} ms`)), Math.max(ms, 1));
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer)) as Promise<T>;
}

/**
 * Work that is called off by a signal after so long. What is done in time leaves no timer behind: one that ran on would
 * keep a Durable Object in memory.
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

/** Until a promise is settled, if there is one, but no longer than that. */
export function settledOrTimeout(promise: Promise<unknown> | undefined, ms: number): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(done, Math.max(ms, 1));
    const settled = () => {
      clearTimeout(timer);
      done();
    };
    promise?.then(settled, settled);
  });
}

/** A time by which work is to be over, in milliseconds since 1970. It may be put off while the work is under way. */
export class Deadline {
  #at: number;

  constructor(at: number) {
    this.#at = at;
  }

  get at(): number {
    return this.#at;
  }

  /** Puts it off; it never comes sooner than it did. */
  extend(at: number): void {
    this.#at = Math.max(this.#at, at);
  }

  /** Calls a function when the time has come, whenever that will be; returns how to stop that. */
  onExpiry(over: () => void): () => void {
    let timer: ReturnType<typeof setTimeout> | null = null;
    const wait = () => {
      timer = setTimeout(look, Math.max(this.#at - Date.now(), 1));
    };
    const look = () => (Date.now() < this.#at ? wait() : over());
    wait();
    return () => clearTimeout(timer);
  }
}

/**
 * Work that all who need it at the same time share, and that nobody begins again within an interval after its end. Each of
 * them waits for it by a timer of its own: the request that began it may be cut off.
 */
export class SingleFlight {
  #running: Promise<void> | undefined;
  #startedAt = 0;
  #endedAt = Number.NEGATIVE_INFINITY;
  readonly #intervalMs: number;
  readonly #abandonedMs: number;

  /** Work that takes longer than `lostMs` is taken for lost. */
  constructor(intervalMs: number, lostMs: number) {
    this.#intervalMs = intervalMs;
    this.#abandonedMs = lostMs;
  }

  /** Whether somebody is at it. */
  get isRunning(): boolean {
    return this.#running !== undefined && Date.now() - this.#startedAt < this.#abandonedMs;
  }

  /** Joins the work that is under way, or begins it; `undefined` within the interval. */
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
    // Whoever waits hears of it.
    running.catch(() => {});
    this.#running = running;
    return running;
  }
}
