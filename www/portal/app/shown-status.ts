// The status of following as the page shows it: at once what it does, and its progress some times a second. A fill reports its
// progress with each response, which may be hundreds of times a second.

import type { Follow, FollowStatus } from "cisco-support-case/store";

/** The least time between two states of the progress, in milliseconds. */
const PERIOD_MS = 200;

/** The members that each response changes. */
const PROGRESS = ["cases", "requests", "casesPerSecond", "remainingMs", "lastProgressAt"] as const;

/** A status for `useSyncExternalStore`. */
export interface ShownStatus {
  readonly subscribe: (listener: () => void) => () => void;
  readonly getSnapshot: () => FollowStatus;
}

/** Returns the shown status of following. Components share it, so that they show the same. */
export function createShownStatus(follow: Pick<Follow, "status" | "subscribe">): ShownStatus {
  const listeners = new Set<() => void>();
  let shown = follow.status;
  let stop: (() => void) | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const show = () => {
    clearTimeout(timer);
    timer = undefined;
    shown = follow.status;
    for (const listener of [...listeners]) listener();
  };
  const onChange = () => {
    if (isProgress(shown, follow.status)) timer ??= setTimeout(show, PERIOD_MS);
    else show();
  };
  return {
    subscribe(listener) {
      // The same listener may be subscribed twice, and each subscription ends by itself.
      const own = () => listener();
      listeners.add(own);
      if (!stop) {
        stop = follow.subscribe(onChange);
        // It may have changed since it was rendered.
        shown = follow.status;
      }
      return () => {
        listeners.delete(own);
        if (listeners.size > 0) return;
        stop?.();
        stop = undefined;
        clearTimeout(timer);
        timer = undefined;
      };
    },
    getSnapshot() {
      if (!stop) shown = follow.status;
      return shown;
    },
  };
}

/** Whether two statuses differ in their progress only. */
function isProgress(a: FollowStatus, b: FollowStatus): boolean {
  const names = Object.keys(b) as (keyof FollowStatus)[];
  return names.every((name) => a[name] === b[name] || (PROGRESS as readonly string[]).includes(name));
}
