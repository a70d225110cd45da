// Collects what arrives in quick succession, so that one round of changes makes one notification.

import type { CaseChange } from "cisco-support-case/store";

/** The rest after the last change before they are handed on, and the longest wait, in milliseconds. */
const REST_MS = 2000;
const LONGEST_MS = 15_000;

/** A collector of changes. */
export interface ChangeCollector {
  /** Adds changes to those that wait. */
  add(changes: readonly CaseChange[]): void;
  /** Forgets the collected changes. */
  stop(): void;
}

/** Creates a collector that hands on all changes at once when no more have arrived for a while. */
export function collectChanges(deliver: (changes: readonly CaseChange[]) => void): ChangeCollector {
  let collected: CaseChange[] = [];
  let rest: ReturnType<typeof setTimeout> | undefined;
  let longest: ReturnType<typeof setTimeout> | undefined;
  const stop = () => {
    clearTimeout(rest);
    clearTimeout(longest);
    rest = undefined;
    longest = undefined;
    collected = [];
  };
  const flush = () => {
    const changes = collected;
    stop();
    deliver(changes);
  };
  return {
    add(changes) {
      if (changes.length === 0) return;
      collected.push(...changes);
      clearTimeout(rest);
      rest = setTimeout(flush, REST_MS);
      longest ??= setTimeout(flush, LONGEST_MS);
    },
    stop,
  };
}
