// The reader of an identity: the state in memory, saved in the browser, and the same in all tabs.

import { type ReaderAction, type ReaderState, NEW_READER, readerStateFrom, reduceReader } from "./reader-state.js";

/** The storage of states. */
export interface ReaderStorage {
  /** Reads the state of an identity; `undefined` without one. */
  read(scope: string): Promise<unknown>;
  /** Replaces the state of an identity by what a function makes of it, as one step among all tabs. */
  update(scope: string, change: (saved: unknown) => unknown): Promise<void>;
}

/** The connection to the other tabs. */
export interface ReaderChannel {
  /** Sends actions to the other tabs. */
  send(message: unknown): void;
  /** Calls a function with what other tabs sent. Returns the function that ends that. */
  listen(listener: (message: unknown) => void): () => void;
}

/** A reader. It fits React's `useSyncExternalStore`. */
export interface Reader {
  /** Returns the state: the same object until it changes. */
  getSnapshot(): ReaderState;
  /** Calls a function after each change, also of whether there is an error. Returns the function that ends that. */
  subscribe(listener: () => void): () => void;
  /** Applies an action, in all tabs. */
  dispatch(action: ReaderAction): void;
  /** Resolves when the saved state was read, and everything is saved. */
  settled(): Promise<void>;
  /** The reason for which nothing is saved; `null` without one. */
  readonly error: unknown;
  /** Ends the connection to the other tabs. */
  close(): void;
}

/** The number of attempts to save, after which the reader is told. */
const TRIES = 2;
/** The maximum number of actions that wait for a storage that does not work; the oldest are forgotten first. */
const MAX_UNSAVED = 1000;

/**
 * Creates the reader of an identity. Its state is that of a new reader until the saved one was read; actions before that are
 * applied to it as well. Without a storage that can be used, the state lives as long as the page; what could not be saved is tried again
 * with the next action.
 */
export function createReader(scope: string, storage: ReaderStorage, channel: ReaderChannel): Reader {
  let error: unknown = null;
  let state: ReaderState = NEW_READER;
  const listeners = new Set<() => void>();
  /** The actions until the saved state was read; `undefined` afterwards. */
  let early: ReaderAction[] | undefined = [];
  /** The actions that are not saved yet. */
  let unsaved: ReaderAction[] = [];
  let isSaving = false;
  /** The number of times that a sign-out has erased the state: what was not saved before is not saved later. */
  let erasures = 0;
  /** Whether the saved state could not be read: the shown one lacks it. */
  let isUnread = false;

  const notify = () => {
    for (const listener of [...listeners]) listener();
  };
  const set = (next: ReaderState) => {
    if (next === state) return;
    state = next;
    notify();
  };
  const setError = (reason: unknown) => {
    const isOther = (reason === null) !== (error === null);
    error = reason;
    if (isOther) notify();
  };
  const apply = (action: ReaderAction) => {
    early?.push(action);
    set(reduceReader(state, action));
  };
  const load = async () => {
    try {
      const saved = readerStateFrom(await storage.read(scope));
      set((early ?? []).reduce(reduceReader, saved));
    } catch (reason) {
      isUnread = true;
      setError(reason);
    }
    early = undefined;
  };
  const save = async () => {
    // A connection that the browser has closed, or a page that was put away, fails once.
    let tries = TRIES;
    while (unsaved.length > 0) {
      const actions = unsaved;
      const before = erasures;
      unsaved = [];
      let next = state;
      try {
        await storage.update(scope, (saved) => (next = actions.reduce(reduceReader, readerStateFrom(saved))));
      } catch (reason) {
        if (before === erasures) unsaved = [...actions, ...unsaved].slice(-MAX_UNSAVED);
        tries -= 1;
        if (tries > 0) continue;
        setError(reason);
        break;
      }
      tries = TRIES;
      if (isUnread) set(unsaved.reduce(reduceReader, next));
      isUnread = false;
      setError(null);
    }
    isSaving = false;
  };
  /** The steps under way, in order: the state is read before anything is saved. */
  let pending = load();
  const stop = channel.listen((message) => {
    const { scope: theirs, action } = message as { scope?: unknown; action?: ReaderAction };
    if (theirs !== scope || !action) return;
    if (action.type === "erase") {
      unsaved = [];
      erasures += 1;
    }
    apply(action);
  });

  return {
    getSnapshot: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    dispatch(action) {
      apply(action);
      channel.send({ scope, action });
      unsaved.push(action);
      // Actions of the same task are saved together.
      if (isSaving) return;
      isSaving = true;
      pending = pending.then(save);
    },
    settled: () => pending,
    get error() {
      return error;
    },
    close: () => {
      stop();
      listeners.clear();
    },
  };
}
