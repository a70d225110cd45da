// The status of following, its listeners, and those who wait for the first fill.

import { callGuarded } from "../client/hooks.js";
import { storeError } from "./errors.js";
import { INITIAL } from "./follow-handle.js";
import type { FollowOptions, FollowStatus } from "./follow-types.js";

/** The status of following. */
export class StatusSubject {
  /** The present status: the same object until it changes. */
  current: FollowStatus = INITIAL;
  private readonly onProgress: FollowOptions["onProgress"];
  private readonly listeners = new Set<() => void>();
  private readonly waiters = new Set<{ resolve(): void; reject(error: unknown): void }>();

  constructor(onProgress: FollowOptions["onProgress"]) {
    this.onProgress = onProgress;
  }

  /** Calls a listener after each change. Returns the function that ends that. */
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Resolves once the store is filled. Rejects if following stops before. */
  whenFilled(): Promise<void> {
    const { isFilled, state, error } = this.current;
    if (isFilled) return Promise.resolve();
    if (state === "stopped") return Promise.reject(error ?? storeError("STORE_CLOSED"));
    return new Promise((resolve, reject) => {
      this.waiters.add({ resolve, reject });
    });
  }

  /** Changes members of the status, and calls the listeners if any of them has another value. */
  set(change: Partial<FollowStatus>): void {
    const before = this.current;
    const isNew = (Object.keys(change) as (keyof FollowStatus)[]).some((name) => change[name] !== before[name]);
    if (!isNew) return;
    const status = Object.freeze({ ...before, ...change });
    this.current = status;
    this.settleWaiters(status);
    // A failure of a listener is not one of following.
    callGuarded(undefined, "onProgress", () => this.onProgress?.(status));
    for (const listener of [...this.listeners]) {
      if (this.listeners.has(listener)) callGuarded(undefined, "a listener of follow()", listener);
    }
  }

  private settleWaiters({ isFilled, state, error }: FollowStatus): void {
    if (!isFilled && state !== "stopped") return;
    for (const { resolve, reject } of this.waiters) {
      if (isFilled) resolve();
      else reject(error ?? storeError("STORE_CLOSED"));
    }
    this.waiters.clear();
  }
}
