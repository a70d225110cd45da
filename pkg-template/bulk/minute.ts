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
export class Minute {
  /** The time at which the next minute begins. */
  until = 0;
  /** The error of whoever found the quota spent after a minute too: it is that of all who wait. */
  error: CaseApiError | undefined;
  /** The number of requests that may be sent before, and in a whole minute. */
  private left = Number.POSITIVE_INFINITY;
  private most = Number.POSITIVE_INFINITY;
  private began = Number.NEGATIVE_INFINITY;
  /** The time of the last answer, and the number of answers since the minute began. */
  private answeredAt = Number.NEGATIVE_INFINITY;
  private count = 0;

  /** The milliseconds for which nothing may be sent. */
  waitMs(): number {
    return this.left > 0 ? 0 : Math.max(this.until - client.steadyMs(), 0);
  }

  /** Takes a request of the minute; or gives the milliseconds to wait. */
  take(): number {
    const now = client.steadyMs();
    const ms = this.waitMs();
    if (ms > 0) return ms;
    if (this.left === 0) {
      // One looks whether the quota is there. One more a minute: another client may have used it as well.
      [this.left, this.began, this.count] = [1, now, 0];
      this.most += 1;
    }
    this.left -= 1;
    if (this.left === 0) this.until = now + MINUTE_MS;
    return 0;
  }

  /** A request was answered. */
  answered(): void {
    const now = client.steadyMs();
    if (this.answeredAt < this.began && this.left === 0) this.left = this.most - 1;
    this.answeredAt = now;
    this.count += 1;
  }

  /** A quota is spent; says whether to wait for it. */
  isSpent(host: Host, error: CaseApiError): boolean {
    const { renewsAt } = error as { renewsAt?: string | null };
    const now = client.steadyMs();
    const ms = renewsAt ? Date.parse(renewsAt) - client.unixMs() : MINUTE_MS;
    if (this.answeredAt < this.began) {
      this.error = error;
      minutes.delete(host);
    }
    if (this.error || ms > MINUTE_MS || (!renewsAt && now - this.answeredAt > MINUTE_MS)) return false;
    // What comes back from one burst has found it once.
    if (this.waitMs() > 0) return true;
    const used = client.budgetOf(host)[BUDGET_MINUTE + BUDGET_USED]!;
    this.most = renewsAt ? Number.POSITIVE_INFINITY : Math.max(Math.min(used - 1, this.count), 1);
    this.left = 0;
    this.until = now + Math.max(ms, 1);
    return true;
  }
}

const minutes = new WeakMap<Host, Minute>();

export function minuteOf(host: Host): Minute {
  const known = minutes.get(host) ?? new Minute();
  minutes.set(host, known);
  return known;
}
