// The session of a store without persistence.

import type { CaseApiError } from "../../client/errors.js";
import type { PersistenceState } from "./persistence-state.js";
import type { PersistenceSession } from "./session.js";

/** What a store needs of a session. */
export type StoreSession = Pick<
  PersistenceSession,
  "state" | "role" | "cursor" | "onRole" | "save" | "readText" | "close" | "destroy"
> & {
  /** The wait before a session that is not open yet is to be tried again, in milliseconds. */
  readonly retryMs?: number | undefined;
};

/** The state of a store that is not saved; `error` is the reason if it should be. */
export const memoryState = (error: CaseApiError | null = null): PersistenceState =>
  Object.freeze({ outcome: "memory", role: "leader", isSaving: false, error });

const done = async () => {};

/** Creates the session of a store in memory. */
export function memorySession(): StoreSession {
  const session: StoreSession = {
    state: memoryState(),
    role: "leader",
    cursor: null,
    onRole: () => () => true,
    async save(cursor) {
      if (cursor !== undefined) session.cursor = cursor;
    },
    readText: async () => undefined,
    close: done,
    destroy: done,
  };
  return session;
}
