// The reader of an identity: the state in memory, saved in the browser, and the same in all tabs.

import { type ReaderAction, type ReaderState, NEW_READER, readerStateFrom, reduceReader } from "./reader-state.js";

/** Where states are saved. */
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
  /** Resolves when everything is saved. */
  settled(): Promise<void>;
  /** The reason for which nothing is saved; `null` without one. */
  readonly error: unknown;
  /** Ends the connection to the other tabs. */
  close(): void;
}

/** Opens the reader of an identity. Without a storage that can be used, the state lives as long as the page. */
export async function openReader(scope: string, storage: ReaderStorage, channel: ReaderChannel): Promise<Reader> {
  let error: unknown = null;
  let state: ReaderState = NEW_READER;
  try {
    state = readerStateFrom(await storage.read(scope));
  } catch (reason) {
    error = reason;
  }
  const listeners = new Set<() => void>();
  /** The actions that are not saved yet, and the save under way. */
  let unsaved: ReaderAction[] = [];
  let saving: Promise<void> | undefined;

  const apply = (actions: readonly ReaderAction[]) => {
    const next = actions.reduce(reduceReader, state);
    if (next === state) return;
    state = next;
    for (const listener of [...listeners]) listener();
  };
  const save = async () => {
    // Actions of the same task are saved together.
    await Promise.resolve();
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
    saving = undefined;
  };
  const stop = channel.listen((message) => {
    const { scope: theirs, action } = message as { scope?: unknown; action?: ReaderAction };
    if (theirs === scope && action) apply([action]);
  });

  return {
    getSnapshot: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    dispatch(action) {
      apply([action]);
      channel.send({ scope, action });
      unsaved.push(action);
      saving ??= save();
    },
    settled: async () => {
      while (saving) await saving;
    },
    get error() {
      return error;
    },
    close: () => {
      stop();
      listeners.clear();
    },
  };
}
