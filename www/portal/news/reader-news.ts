// What is new for a reader: the unread cases, and the times of news and reminders.

import type { ReaderState, UnreadCase } from "./reader-state.js";

/** Returns the number of unread cases. */
export const unreadCount = (state: ReaderState): number => Object.keys(state.unread).length;

/** Returns the unread cases, the last changed first. */
export function unreadCases(state: ReaderState): readonly (UnreadCase & { readonly case_id: string })[] {
  const cases = Object.entries(state.unread).map(([case_id, unread]) => ({ case_id, ...unread }));
  return cases.sort((a, b) => b.at - a.at || (a.case_id < b.case_id ? -1 : 1));
}

/** The age from which a case that appears is no new one, before the last visit, in milliseconds. */
const NEWS_MS = 24 * 3_600_000;

/**
 * Returns the time from which a created case is news to a reader, in milliseconds since 1970: older ones come with a contract that
 * the account may see now, or with a copy that is being filled.
 */
export const newsFrom = ({ previousVisit, activeAt }: ReaderState): number =>
  (previousVisit ?? activeAt ?? Number.NEGATIVE_INFINITY) - NEWS_MS;

/** Returns the time at which the next case that was put off comes back; `null` without one. */
export function nextReminder(state: ReaderState): number | null {
  const times = Object.values(state.snoozed).flatMap(({ until }) => (until === null ? [] : [until]));
  return times.length === 0 ? null : Math.min(...times);
}
