// The object that `follow()` returns. Following itself is loaded when it is first used.

import { callGuarded } from "../client/hooks.js";
import { rejectOption } from "../client/reject-option.js";
import { loadError, storeError } from "./errors.js";
import type { Follow, FollowOptions, FollowStatus } from "./follow-types.js";

const DEFAULT_INTERVAL_MS = 60_000;
export const MIN_INTERVAL_MS = 5000;

/** The status before the first step. */
export const INITIAL: FollowStatus = Object.freeze({
  state: "waiting",
  reason: null,
  error: null,
  restored: false,
  isFilled: false,
  cases: 0,
  requests: 0,
  casesPerSecond: null,
  remainingMs: null,
  nextRoundAt: null,
  lastProgressAt: null,
  lostIds: Object.freeze([]),
  failures: Object.freeze([]),
  rejectedIds: Object.freeze([]),
  refills: 0,
  source: null,
  isLive: false,
});

/** Returns the interval of the options. Throws if it is invalid. */
export function intervalOf({ intervalMs = DEFAULT_INTERVAL_MS }: FollowOptions): number {
  if (!(Number.isFinite(intervalMs) && intervalMs >= MIN_INTERVAL_MS && intervalMs < 2 ** 31)) {
    rejectOption("intervalMs", `a number of milliseconds from ${MIN_INTERVAL_MS}`, intervalMs);
  }
  return intervalMs;
}

/** A store that is kept up to date once the code for that is loaded. */
export class FollowHandle implements Follow {
  /** Loads following, and returns the function that begins it. */
  private readonly load: () => Promise<() => Follow>;
  private loop: Follow | undefined;
  private ownStatus: FollowStatus = INITIAL;
  /** Whether `stop()` was called: nothing begins or resumes then. */
  private hasEnded = false;
  /** The listeners, with the functions that remove them from the loop. */
  private readonly listeners = new Map<() => void, (() => void) | undefined>();
  private loading: Promise<void>;
  private readonly ended: Promise<void>;
  private onEnded = () => {};

  constructor(load: () => Promise<() => Follow>) {
    // Vue does not wrap objects with this property in a proxy.
    Object.defineProperty(this, "__v_skip", { value: true });
    this.ended = new Promise((resolve) => {
      this.onEnded = resolve;
    });
    this.load = load;
    this.loading = this.begin();
  }

  private async begin(): Promise<void> {
    try {
      const start = await this.load();
      if (this.hasEnded) return;
      const loop = start();
      this.loop = loop;
      for (const listener of this.listeners.keys()) this.listeners.set(listener, loop.subscribe(listener));
      // The first step may have ended already.
      if (loop.status !== INITIAL) this.notify();
    } catch (cause) {
      if (this.hasEnded) return;
      // The script could not be loaded. `resume()` tries again.
      this.set({ ...INITIAL, state: "stopped", reason: "error", error: loadError(cause) });
    }
  }

  private set(status: FollowStatus): void {
    this.ownStatus = Object.freeze(status);
    this.notify();
  }

  private notify(): void {
    for (const listener of this.listeners.keys()) {
      queueMicrotask(() => {
        if (this.listeners.has(listener)) callGuarded(undefined, "a listener of follow()", listener);
      });
    }
  }

  get status(): FollowStatus {
    return this.loop?.status ?? this.ownStatus;
  }

  subscribe(listener: () => void): () => void {
    this.listeners.set(listener, this.loop?.subscribe(listener));
    return () => {
      this.listeners.get(listener)?.();
      this.listeners.delete(listener);
    };
  }

  resume(): void {
    if (this.loop) this.loop.resume();
    else if (this.ownStatus.state === "stopped" && !this.hasEnded) {
      this.set(INITIAL);
      this.loading = this.begin();
    }
  }

  async whenFilled(): Promise<void> {
    // A script that never comes must not keep anybody waiting after `stop()`.
    await Promise.race([this.ended, this.loading]);
    if (!this.loop) throw this.ownStatus.error ?? storeError("STORE_CLOSED");
    await this.loop.whenFilled();
  }

  async stop(): Promise<void> {
    const isFirst = !this.hasEnded;
    this.hasEnded = true;
    // Without the script nothing was read, and a network may never answer.
    if (isFirst && !this.loop) this.set({ ...INITIAL, state: "stopped", reason: "stop" });
    this.onEnded();
    await this.loop?.stop();
  }

  /** Whether another call may follow the store: this one has ended, or has stopped by itself. */
  get isOver(): boolean {
    return this.hasEnded || this.status.state === "stopped";
  }
}
