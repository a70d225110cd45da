// Live queries: one answer per query, the same object until it changes, and its listeners. The wasm follows the queries that
// have listeners, and says which answers changed.

import { callGuarded } from "../client/hooks.js";
import { rejectOption } from "../client/reject-option.js";
import type { CaseQueryResult, LiveQuery } from "./index.js";

/** The live queries of a store. */
export interface LiveQueries {
  /** Returns the live query of a canonical text. */
  of(text: string): LiveQuery;
  /** Notifies the listeners of the queries whose answers changed; with `isNewDay` also of those whose `now` alone did. */
  refresh(isNewDay?: boolean): void;
  /** Ends all subscriptions. Answers stay as they are. */
  close(): void;
}

/** The calls of the wasm about live queries. */
export interface LiveCalls {
  /** Evaluates a query. */
  evaluate(text: string): CaseQueryResult;
  /** Begins to follow a query, and returns its number. */
  begin(text: string): number;
  /** Returns the answer of a query that is followed. */
  answer(number: number, text: string): CaseQueryResult;
  /** Brings the queries that are followed up to date, and returns the numbers of those whose answers changed. */
  changed(): readonly number[];
  /** Ends following a query. */
  end(number: number): void;
}

interface LiveState {
  readonly text: string;
  /** The listeners, each with the last answer that it was called with. */
  readonly listeners: Map<(answer: CaseQueryResult) => void, CaseQueryResult>;
  /** The live query: the same object for equal queries. */
  query: LiveQuery;
  answer: CaseQueryResult;
  /** The number of the query while it is followed. */
  number: number | undefined;
  /** The number of the refresh after which the answer was evaluated. */
  evaluatedAt: number;
}

/** The number of queries without listeners that are kept, so that equal ones share an answer: a search has one per letter. */
const MAX_IDLE = 200;

/** Creates the live queries of a store. */
export function createLiveQueries(calls: LiveCalls): LiveQueries {
  /** The queries by their text, the last used ones last. */
  const states = new Map<string, LiveState>();
  /** The queries that have listeners. */
  const followed = new Set<LiveState>();
  let refreshes = 0;
  let isClosed = false;

  /** Evaluates a query that is not followed again, if the store may have changed. An equal answer stays the same object. */
  const update = (state: LiveState): void => {
    if (state.number !== undefined || state.evaluatedAt === refreshes || isClosed) return;
    const answer = calls.evaluate(state.text);
    state.evaluatedAt = refreshes;
    if (!areEqual(answer, state.answer)) state.answer = answer;
  };
  const follow = (state: LiveState): void => {
    update(state);
    if (isClosed) return;
    state.number ??= calls.begin(state.text);
    followed.add(state);
  };
  const unfollow = (state: LiveState): void => {
    if (state.number === undefined || isClosed) return;
    followed.delete(state);
    calls.end(state.number);
    state.number = undefined;
    state.evaluatedAt = refreshes;
  };
  /** Forgets the queries that were not used for longest. Their live queries keep working. */
  const forget = (): void => {
    let excess = states.size - followed.size - MAX_IDLE;
    for (const [text, { number }] of states) {
      if (excess <= 0) return;
      if (number !== undefined) continue;
      states.delete(text);
      excess -= 1;
    }
  };

  return {
    of(text) {
      const known = states.get(text);
      if (known) {
        states.delete(text);
        states.set(text, known);
        return known.query;
      }
      const answer = calls.evaluate(text);
      const state = {
        text,
        listeners: new Map(),
        answer,
        number: undefined,
        evaluatedAt: refreshes,
      } as unknown as LiveState;
      state.query = liveQuery(state, update, follow, unfollow);
      states.set(text, state);
      forget();
      return state.query;
    },
    refresh(isNewDay) {
      // What a follower has read is applied after `close`: the answers stay those whose matches were read.
      if (isClosed) return;
      refreshes += 1;
      if (followed.size === 0) return;
      // Listeners may subscribe, unsubscribe or change the store: each answer is read before any listener is notified.
      const numbers = new Set(calls.changed());
      // The answers to queries with a `now` of their own stay.
      const changed = [...followed].filter(
        ({ number, text }) => numbers.has(number!) || (isNewDay && !text.includes('"now":')),
      );
      for (const state of changed) state.answer = calls.answer(state.number!, state.text);
      for (const state of changed) {
        for (const listener of [...state.listeners.keys()]) {
          // A listener before it may have changed the store, or subscribed this one: it has the present answer.
          if (state.listeners.has(listener) && state.listeners.get(listener) !== state.answer) {
            notify(state, listener);
          }
        }
      }
    },
    close() {
      if (isClosed) return;
      isClosed = true;
      for (const { listeners } of followed) listeners.clear();
      // The matches of an answer are found when they are read, which is impossible later.
      for (const { answer } of states.values()) {
        try {
          void answer.matches;
        } catch {
          // The instance has trapped. Its store can be closed all the same.
        }
      }
    },
  };
}

/** Calls a listener with the present answer. Its failure is none of following, saving or applying. */
function notify({ listeners, answer }: LiveState, listener: (answer: CaseQueryResult) => void): void {
  listeners.set(listener, answer);
  callGuarded(undefined, "a listener of live()", () => listener(answer));
}

function liveQuery(
  state: LiveState,
  update: (state: LiveState) => void,
  follow: (state: LiveState) => void,
  unfollow: (state: LiveState) => void,
): LiveQuery {
  return Object.freeze({
    queryText: state.text,
    getSnapshot() {
      update(state);
      return state.answer;
    },
    subscribe(listener: (answer: CaseQueryResult) => void) {
      if (typeof listener !== "function") rejectOption("listener", "a function", listener);
      // A listener that is subscribed twice is called twice, and each subscription ends by itself.
      const own = (answer: CaseQueryResult) => listener(answer);
      // The answer may have changed since it was read.
      follow(state);
      notify(state, own);
      return () => {
        state.listeners.delete(own);
        if (state.listeners.size === 0) unfollow(state);
      };
    },
  });
}

/**
 * Whether answers of the same query are equal. Of equal totals a query shows equally many cases, and records of unchanged cases are the
 * same objects.
 */
const areEqual = (a: CaseQueryResult, b: CaseQueryResult): boolean =>
  a.total === b.total && a.now === b.now && a.cases.every((record, at) => record === b.cases[at]);
