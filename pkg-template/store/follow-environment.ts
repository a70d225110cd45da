// The platform of following: the clock, timers, and the events of a page.

import { setTimer } from "../client/timer.js";
import type { FollowEnvironment } from "./follow-types.js";

/** The platform of this page or process. */
export function followEnvironment(): FollowEnvironment {
  const { document, navigator } = globalThis as Partial<typeof globalThis>;
  const add = (target: Partial<EventTarget> | undefined, event: string, listener: () => void) => {
    target?.addEventListener?.(event, listener);
    return () => target?.removeEventListener?.(event, listener);
  };
  return {
    now: () => Date.now(),
    setTimer,
    random: Math.random,
    get isOnline() {
      return navigator?.onLine !== false;
    },
    get isHidden() {
      return document?.visibilityState === "hidden";
    },
    listen(listener) {
      const removes = [
        add(globalThis as Partial<EventTarget>, "online", listener),
        add(globalThis as Partial<EventTarget>, "offline", listener),
        add(document, "visibilitychange", listener),
      ];
      return () => removes.forEach((remove) => remove());
    },
    onLeave: (listener) => add(globalThis as Partial<EventTarget>, "pagehide", listener),
  };
}
