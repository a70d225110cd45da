// The quota of a minute. The service reports that a quota is spent, but not of which period. If requests succeeded within the
// last minute, it can be the minute's: the bulk calls of a client then wait a minute, one request tests the quota, and from
// then on they send as many requests a minute as succeeded in the one before. If the quota is still spent after that minute, it
// is that of another period.

import type { CaseApiError } from "../client/errors.js";
import type { Host } from "../client/host.js";
import { BUDGET_MINUTE, BUDGET_USED } from "../generated/bulk-boundary.js";
import { client } from "./client.js";

const MINUTE_MS = 60_000;

/** The minute's quota that all bulk calls of a client share. Each call waits for it by its own timer. */
export interface MinuteQuota {
  /** The error of the call that found the quota still spent after a minute; all waiting calls fail with it. */
  error: CaseApiError | undefined;
  /** Returns the milliseconds until a request can be sent. */
  waitMs(): number;
  /** Takes a request of the minute's quota and returns 0, or returns the milliseconds to wait. */
  take(): number;
  /** Records that a request succeeded. */
  answered(): void;
  /** Records that a quota is spent; returns whether to wait for it. */
  isSpent(error: CaseApiError): boolean;
}

const minutes = new WeakMap<Host, MinuteQuota>();

/** Returns the minute's quota of a client's bulk calls. */
export function minuteQuotaOf(host: Host): MinuteQuota {
  const known = minutes.get(host) ?? begin(host);
  minutes.set(host, known);
  return known;
}

function begin(host: Host): MinuteQuota {
  const { monotonicMs } = client;
  /** The time at which the next minute begins. */
  let until = 0;
  /** The number of requests that may be sent before, and in a whole minute. */
  let left = Number.POSITIVE_INFINITY;
  let most = left;
  let began = -left;
  /** The time of the last answer, and the number of answers since the minute began. */
  let answeredAt = began;
  let count = 0;
  const waitMs = () => (left > 0 ? 0 : Math.ceil(Math.max(until - monotonicMs(), 0)));
  const minute: MinuteQuota = {
    error: undefined,
    waitMs,
    take() {
      const ms = waitMs();
      if (ms > 0) return ms;
      if (left === 0) {
        // One request tests the quota. The limit grows by one a minute: another client may have used a part of it.
        [left, began, count] = [1, monotonicMs(), 0];
        most += 1;
      }
      left -= 1;
      if (left === 0) until = monotonicMs() + MINUTE_MS;
      return 0;
    },
    answered() {
      if (answeredAt < began) left += most - 1;
      answeredAt = monotonicMs();
      count += 1;
    },
    isSpent(error) {
      const { renewsAt } = error as { renewsAt?: string | null };
      const now = monotonicMs();
      const ms = renewsAt ? Date.parse(renewsAt) - client.unixMs() : MINUTE_MS;
      if (answeredAt < began) {
        minute.error = error;
        minutes.delete(host);
      }
      if (minute.error || ms > MINUTE_MS || (!renewsAt && now - answeredAt > MINUTE_MS)) return false;
      // All failures of one burst count once.
      if (waitMs() > 0) return true;
      const used = client.budgetOf(host)[BUDGET_MINUTE + BUDGET_USED]!;
      most = renewsAt ? Number.POSITIVE_INFINITY : Math.max(Math.min(used - 1, count), 1);
      [left, until] = [0, now + ms];
      return true;
    },
  };
  return minute;
}
