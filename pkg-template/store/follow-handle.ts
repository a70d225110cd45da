// The object that `follow()` returns. Following itself is loaded when it is first used.

import { callGuarded } from "../client/hooks.js";
import { rejectUnknown } from "../client/known-options.js";
import { rejectOption } from "../client/reject-option.js";
import { loadError, storeError } from "./errors.js";
import type { Follow, FollowOptions, FollowStatus } from "./follow-types.js";

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

const isFlag = (value: unknown) => typeof value === "boolean";
const FLAG = ["true or false", isFlag] as const;
const PASSED_ON = ["", () => true] as const;

/** The options, each with its values in words and as a check. */
const OPTIONS: { readonly [name in keyof FollowOptions]-?: readonly [string, (value: never) => boolean] } = {
  onProgress: ["a function", (value: unknown) => typeof value === "function"],
  signal: [
    "an AbortSignal",
    (value: AbortSignal | null) =>
      value === null || (isFlag(value.aborted) && typeof value.addEventListener === "function"),
  ],
  intervalMs: [
    `a number of milliseconds from ${MIN_INTERVAL_MS}`,
    (value: number) => Number.isFinite(value) && value >= MIN_INTERVAL_MS && value < 2 ** 31,
  ],
  pauseWhenHidden: FLAG,
  copy: FLAG,
  live: FLAG,
  headers: ["an object of texts", (value: unknown) => typeof value === "object" && value !== null],
  // By `changes` of the client.
  older: PASSED_ON,
  concurrency: PASSED_ON,
};

/** Throws if an option is unknown or invalid. */
export function checkOptions(options: FollowOptions): void {
  rejectUnknown(options, Object.keys(OPTIONS));
  for (const [name, value] of Object.entries(options) as [keyof FollowOptions, never][]) {
    const [expected, isValid] = OPTIONS[name];
    if (value !== undefined && !isValid(value)) rejectOption(name, expected, value);
  }
}

/** A store that is kept up to date once the code for that is loaded. */
export class FollowHandle implements Follow {
  /** Loads following, and returns the function that begins it. */
  private readonly load: () => Promise<() => Follow>;
  private readonly onProgress: FollowOptions["onProgress"];
  private loop: Follow | undefined;
  private ownStatus: FollowStatus = INITIAL;
  /** Whether `stop()` was called: nothing begins or resumes then. */
  private hasEnded = false;
  /** The listeners, with the functions that remove them from the loop. */
  private readonly listeners = new Map<() => void, (() => void) | undefined>();
  private loading: Promise<void>;
  private readonly ended: Promise<void>;
  private onEnded = () => {};

  constructor(load: () => Promise<() => Follow>, onProgress?: FollowOptions["onProgress"]) {
    // Vue does not wrap objects with this property in a proxy.
    Object.defineProperty(this, "__v_skip", { value: true });
    this.ended = new Promise((resolve) => {
      this.onEnded = resolve;
    });
    this.load = load;
    this.onProgress = onProgress;
    this.loading = this.begin();
  }

  private async begin(): Promise<void> {
    try {
      const start = await this.load();
      if (this.hasEnded) return;
      const loop = start();
      this.loop = loop;
      for (const listener of this.listeners.keys()) this.listeners.set(listener, loop.subscribe(listener));
    } catch (cause) {
      if (this.hasEnded) return;
      // The script could not be loaded. `resume()` tries again.
      this.set({ ...INITIAL, state: "stopped", reason: "error", error: loadError(cause) });
    }
  }

  private set(status: FollowStatus): void {
    this.ownStatus = Object.freeze(status);
    callGuarded(undefined, "onProgress", () => this.onProgress?.(this.ownStatus));
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
    if (typeof listener !== "function") rejectOption("listener", "a function", listener);
    // A listener that is subscribed twice is called twice, and each subscription ends by itself.
    const own = () => listener();
    this.listeners.set(own, this.loop?.subscribe(own));
    return () => {
      this.listeners.get(own)?.();
      this.listeners.delete(own);
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
