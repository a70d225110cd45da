// The session of a store: in memory, in a storage, or in memory until the code for saving can be loaded.

import type { CaseApiError } from "../client/errors.js";
import type { CaseDetails } from "./case-details.js";
import { loaded } from "./errors.js";
import { LateSession, type LateSessionEnvironment } from "./persistence/late-session.js";
import { memorySession, type StoreSession } from "./persistence/memory-session.js";
import type { SessionEvents } from "./persistence/session.js";
import type { StorePersistence } from "./persistence/storage.js";
import type { StoreCore } from "./store-core.js";

/** Returns the session of a store. Without a storage the store works in memory, and without its script until that is loaded. */
export async function sessionFor(
  core: StoreCore,
  persist: StorePersistence | undefined,
  scope: string,
  events: SessionEvents & Pick<LateSessionEnvironment, "onState">,
  details: CaseDetails,
): Promise<StoreSession> {
  if (!persist) return memorySession();
  const load = async () => {
    const [{ openSession }] = await loaded(Promise.all([import("./persistence/open-session.js"), core.loadDeferred()]));
    return (cursor?: string | null) => openSession(core, persist, scope, events, details, cursor);
  };
  const found = await load().catch((error: CaseApiError) => error);
  if (typeof found === "function") return found();
  const erase = () => loaded(persist.erase(scope));
  return new LateSession(found, { load, erase, onState: events.onState });
}
