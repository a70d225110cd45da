// The quota of a minute. The service says that a quota is spent, and not of which period: where requests were answered within
// the last minute, it may be the minute's. Then the bulk calls of a client wait a minute, one request looks whether the quota
// is there again, and from then on they send as many in a minute as were answered in the one before. Where the quota is
// spent after that minute too, it is another period's.

import type { Host } from "../client/driver.js";
import type { CaseApiError } from "../client/errors.js";
import { BUDGET_MINUTE, BUDGET_USED } from "../generated/bulk-boundary.js";
import { client } from "./client.js";

const MINUTE_MS = 60_000;

/** The requests of a minute, which all bulk calls of a client share. They come back by timers of their own. */
export interface MinuteQuota {
  /** The error of whoever found the quota spent after a minute too: it is that of all who wait. */
  error: CaseApiError | undefined;
  /** The milliseconds for which nothing may be sent. */
  waitMs(): number;
  /** Takes a request of the minute; or gives the milliseconds to wait. */
  take(): number;
  /** A request was answered. */
  answered(): void;
  /** A quota is spent; says whether to wait for it. */
  isSpent(error: CaseApiError): boolean;
}

const minutes = new WeakMap<Host, MinuteQuota>();

/** The minute of a client's bulk calls. */
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
        // One looks whether the quota is there. One more a minute: another client may have used it as well.
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
      // What comes back from one burst has found it once.
      if (waitMs() > 0) return true;
      const used = client.budgetOf(host)[BUDGET_MINUTE + BUDGET_USED]!;
      most = renewsAt ? Number.POSITIVE_INFINITY : Math.max(Math.min(used - 1, count), 1);
      [left, until] = [0, now + ms];
      return true;
    },
  };
  return minute;
}
