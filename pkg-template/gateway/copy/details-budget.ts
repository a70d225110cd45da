// The requests for details in the last 24 hours: a part of the progress of the copy.

const HOUR_MS = 3_600_000;

/** The hours whose requests may be less than a day old: the present one, and those in which the last 24 hours began. */
const HOURS = 25;

/** Numbers of requests by the hour, counted from 1970, oldest first. */
export type DetailsUsage = readonly (readonly [hour: number, requests: number])[];

const hourOf = (nowMs: number): number => Math.floor(nowMs / HOUR_MS);

/**
 * Returns the number of requests that are left of those of a day. As in the quota, requests count for 24 hours after the last of
 * them: there is no hour at which a new day begins.
 */
export function leftOf(perDay: number, usage: DetailsUsage, nowMs: number): number {
  const used = recent(usage, nowMs).reduce((sum, [, requests]) => sum + requests, 0);
  return Math.max(perDay - used, 0);
}

/** Returns the usage after more requests; a negative number takes back what was not sent. */
export function withRequests(usage: DetailsUsage, requests: number, nowMs: number): DetailsUsage {
  const hour = hourOf(nowMs);
  const former = recent(usage, nowMs);
  const [last, count] = former.at(-1) ?? [hour, 0];
  // A clock that was set back counts in the last hour.
  if (last >= hour && former.length > 0) return [...former.slice(0, -1), [last, Math.max(count + requests, 0)]];
  return [...former, [hour, Math.max(requests, 0)]];
}

const recent = (usage: DetailsUsage, nowMs: number): DetailsUsage =>
  usage.filter(([hour, requests]) => requests > 0 && hour > hourOf(nowMs) - HOURS);
