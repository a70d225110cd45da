// Live queries: one answer per query, the same object until it changes, and its listeners.

import type { CaseQueryResult, LiveQuery } from "./index.js";

/** The live queries of a store. */
export interface LiveQueries {
  /** Returns the live query of a canonical text. */
  of(text: string): LiveQuery;
  /** Evaluates the queries that have listeners, and notifies the listeners of those with another answer. */
  refresh(): void;
  /** Ends all subscriptions. Answers stay as they are. */
  close(): void;
}

interface LiveState {
  readonly text: string;
  readonly listeners: Set<(answer: CaseQueryResult) => void>;
  /** The words of the answer, by which a change is noticed. */
  words: Uint32Array;
  answer: CaseQueryResult;
  /** The number of the refresh after which the answer was evaluated. */
  evaluatedAt: number;
}

/**
 * Creates the live queries of a store. `evaluate` returns the words of an answer, in which each row has the revision of its
 * case; `answerOf` creates the answer of the words that `evaluate` has just returned.
 */
export function createLiveQueries(
  evaluate: (text: string) => Uint32Array,
  answerOf: (words: Uint32Array) => CaseQueryResult,
): LiveQueries {
  const states = new Map<string, LiveState>();
  let refreshes = 0;
  let isClosed = false;

  /** Evaluates a query again. Returns whether the answer changed. */
  const update = (state: LiveState): boolean => {
    if (state.evaluatedAt === refreshes || isClosed) return false;
    const words = evaluate(state.text);
    state.evaluatedAt = refreshes;
    if (areEqual(words, state.words)) return false;
    state.answer = answerOf(words);
    state.words = words;
    return true;
  };

  return {
    of(text) {
      let state = states.get(text);
      if (!state) {
        const words = evaluate(text);
        state = { text, listeners: new Set(), words, answer: answerOf(words), evaluatedAt: refreshes };
        states.set(text, state);
      }
      return liveQuery(state, update);
    },
    refresh() {
      refreshes += 1;
      // Listeners may subscribe, unsubscribe or change the store: each query is evaluated before any is notified.
      const changed = [...states.values()].filter((state) => state.listeners.size > 0 && update(state));
      const errors: unknown[] = [];
      for (const state of changed) {
        for (const listener of [...state.listeners]) {
          try {
            if (state.listeners.has(listener)) listener(state.answer);
          } catch (error) {
            errors.push(error);
          }
        }
      }
      // A listener that throws does not keep others from being notified.
      if (errors.length > 0) throw errors[0];
    },
    close() {
      isClosed = true;
      for (const state of states.values()) state.listeners.clear();
    },
  };
}

function liveQuery(state: LiveState, update: (state: LiveState) => boolean): LiveQuery {
  return Object.freeze({
    getSnapshot() {
      update(state);
      return state.answer;
    },
    subscribe(listener: (answer: CaseQueryResult) => void) {
      // A listener that is subscribed twice is called twice, and each subscription ends by itself.
      const own = (answer: CaseQueryResult) => listener(answer);
      state.listeners.add(own);
      // The answer may have changed since it was read.
      update(state);
      own(state.answer);
      return () => {
        state.listeners.delete(own);
      };
    },
  });
}

function areEqual(a: Uint32Array, b: Uint32Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at += 1) if (a[at] !== b[at]) return false;
  return true;
}
