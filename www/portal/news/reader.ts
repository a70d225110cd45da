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
  /** Calls a function after each change. Returns the function that ends that. */
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

/**
 * Creates the reader of an identity. Its state is that of a new reader until the saved one was read; actions before that are
 * applied to it as well. Without a storage that can be used, the state lives as long as the page.
 */
export function createReader(scope: string, storage: ReaderStorage, channel: ReaderChannel): Reader {
  let error: unknown = null;
  let state: ReaderState = NEW_READER;
  const listeners = new Set<() => void>();
  /** The actions until the saved state was read; `undefined` afterwards. */
  let early: ReaderAction[] | undefined = [];
  /** The actions that are not saved yet. */
  let unsaved: ReaderAction[] = [];

  const set = (next: ReaderState) => {
    if (next === state) return;
    state = next;
    for (const listener of [...listeners]) listener();
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
      error = reason;
    }
    early = undefined;
  };
  const save = async () => {
    while (unsaved.length > 0) {
      const actions = unsaved;
      unsaved = [];
      try {
        await storage.update(scope, (saved) => actions.reduce(reduceReader, readerStateFrom(saved)));
        error = null;
      } catch (reason) {
        error = reason;
      }
    }
  };
  /** The steps under way, in order: the state is read before anything is saved. */
  let pending = load();
  const stop = channel.listen((message) => {
    const { scope: theirs, action } = message as { scope?: unknown; action?: ReaderAction };
    if (theirs === scope && action) apply(action);
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
      // Actions of the same task are saved together.
      if (unsaved.push(action) === 1) pending = pending.then(save);
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
