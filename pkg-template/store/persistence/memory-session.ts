// The session of a store without persistence, or whose persistence could not be loaded.

import type { CaseApiError } from "../../client/errors.js";
import type { PersistenceState } from "./persistence-state.js";
import type { PersistenceSession } from "./session.js";

/** What a store needs of a session. */
export type StoreSession = Pick<
  PersistenceSession,
  "state" | "role" | "cursor" | "onRole" | "save" | "readText" | "close" | "destroy"
>;

const done = async () => {};

/**
 * Creates the session of a store in memory. `error` is the reason if it should be saved, and `destroy` erases what an earlier
 * visit has saved.
 */
export function memorySession(error: CaseApiError | null = null, destroy = done): StoreSession {
  const state: PersistenceState = Object.freeze({ outcome: "memory", role: "leader", isSaving: false, error });
  const readText = async () => undefined;
  const session: StoreSession = {
    state,
    role: "leader",
    cursor: null,
    onRole: () => () => true,
    async save(cursor) {
      if (cursor !== undefined) session.cursor = cursor;
    },
    readText,
    close: done,
    destroy,
  };
  return session;
}
