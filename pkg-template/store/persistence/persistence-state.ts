// The state of a store's persistence, for the page.

import type { CaseApiError } from "../../client/errors.js";
import type { TabRole } from "../leader.js";

/**
 * The outcome of opening a storage.
 *
 * - `"restored"`: it contained cases.
 * - `"empty"`: nothing was saved before.
 * - `"lost"`: cases were saved before, and the browser has erased them.
 * - `"damaged"`: it contained cases that cannot be used. The next save replaces them.
 * - `"newer"`: a newer build saved cases. Nothing is read or written.
 * - `"memory"`: there is no storage, or it cannot be used.
 */
export type RestoreOutcome = "restored" | "empty" | "lost" | "damaged" | "newer" | "memory";

/** The state of the persistence, for the page. */
export interface PersistenceState {
  /** The outcome of opening the storage, or of a later failure. */
  readonly outcome: RestoreOutcome;
  /** The role of this tab. Servers are leaders. */
  readonly role: TabRole;
  /** Whether cases are saved: by this tab as the leader, or by another one. */
  readonly isSaving: boolean;
  /** The error by which cases are not saved, or saved ones were not used; `null` without one. */
  readonly error: CaseApiError | null;
}
