// The changes of a store as news of its reader. Of several tabs, the one that reads from the client reports them.

import type { CaseChange, CaseStore } from "cisco-support-case/store";
import { isUpdate, type ReaderAction } from "./reader-state.js";

/** The part of following that the feed needs. */
export interface FeedSource {
  /** Whether every case was read at least once: before, every case is new, and none is news. */
  readonly isFilled: boolean;
  /** Calls a function when the store may have changed. Returns the function that ends that. */
  subscribe(listener: () => void): () => void;
}

type FeedStore = Pick<CaseStore, "version" | "changesSince" | "persistence" | "live" | "get">;

/** The position of the reports in the history of a store: the version up to which changes were reported. */
export interface FeedPosition {
  version: number;
  /** Whether the store was empty when it was opened: then the cases of its first fill are no news, however fast it was. */
  isFirstFill?: boolean;
}

/**
 * Reports the changes of a store after a position, which moves along. A store that was restored from the browser holds the cases of
 * the last visit, so its first changes are those since then. `from` returns the time from which created cases are news. Returns the
 * function that ends the reports.
 */
export function reportChanges(
  store: FeedStore,
  source: FeedSource,
  position: FeedPosition,
  report: (action: ReaderAction) => void,
  from: () => number = () => Number.NEGATIVE_INFINITY,
  now: () => number = Date.now,
): () => void {
  const isNews = (change: CaseChange) =>
    change.type === "new" ? !(Date.parse(store.get(change.case_id)?.creation_date ?? "") < from()) : isUpdate(change);
  const check = () => {
    const latest = store.version;
    if (latest === position.version) {
      // The first fill of an account without cases.
      if (source.isFilled) position.isFirstFill = false;
      return;
    }
    const after = position.version;
    position.version = latest;
    // Another tab reports what it has read.
    const { role } = store.persistence;
    if (!source.isFilled) return;
    const isFirst = position.isFirstFill;
    position.isFirstFill = false;
    if (isFirst || (role !== "leader" && role !== "alone")) return;
    try {
      const changes = store.changesSince(after).filter(isNews);
      if (changes.length > 0) report({ type: "changes", changes, at: now() });
    } catch (error) {
      if ((error as { code?: unknown }).code !== "STORE_HISTORY_INCOMPLETE") throw error;
      report({ type: "gap", at: now() });
    }
  };
  const stopLive = store.live({ limit: 1 }).subscribe(check);
  const stopSource = source.subscribe(check);
  return () => {
    stopLive();
    stopSource();
  };
}
