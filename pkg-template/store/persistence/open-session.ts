// Opens the persistence of a store. This file and what it imports are loaded by the first store that is saved.

import type { CaseDetails } from "../case-details.js";
import type { StoreCore } from "../store-core.js";
import { snapshotSource } from "../wasm-snapshot.js";
import { PersistenceSession, type SessionEvents } from "./session.js";
import type { StorePersistence } from "./storage.js";

/** Opens the storage and restores the store, which may have content with a cursor already. Rejects for an invalid scope only. */
export const openSession = (
  core: StoreCore,
  persist: StorePersistence,
  scope: string,
  events: SessionEvents,
  details: CaseDetails,
  cursor?: string | null,
): Promise<PersistenceSession> =>
  PersistenceSession.open({ persist, scope, source: snapshotSource(core, details), events, cursor });
