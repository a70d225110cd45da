// Hooks over the session's store.

import type {
  CaseQuery,
  CaseQueryResult,
  CaseStore,
  Follow,
  FollowStatus,
  PersistenceState,
} from "cisco-support-case/store";
import { createContext, useCallback, useContext, useMemo, useRef, useSyncExternalStore } from "react";
import { keptProgress } from "./last-progress.js";
import { createShownStatus, type ShownStatus } from "./shown-status.js";
import { type Session, type SessionState, sessionState, subscribeToSession } from "./session.js";
import { storage } from "../ui/storage.js";
import { useNow } from "../ui/use-now.js";

export const SessionContext = createContext<Session | null>(null);

/** The state of the page's session. */
export const useSessionState = (): SessionState => useSyncExternalStore(subscribeToSession, sessionState, sessionState);

/** The open session. Only for components below the session's context. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error("There is no open session here.");
  return session;
}

/** The session's store. */
export const useStore = (): CaseStore => useSession().store;

const shownStatuses = new WeakMap<Follow, ShownStatus>();

/** Returns the one shown status of following. */
function shownStatusOf(follow: Follow): ShownStatus {
  let found = shownStatuses.get(follow);
  if (!found) shownStatuses.set(follow, (found = createShownStatus(follow)));
  return found;
}

/** The status of following, its progress some times a second. Until cases are read, the time of the kept ones is that at which they were read. */
export function useFollowStatus(): FollowStatus {
  const { follow, identity, store } = useSession();
  const { subscribe, getSnapshot } = shownStatusOf(follow);
  const status = useSyncExternalStore(subscribe, getSnapshot);
  const hasKeptCases = status.lastProgressAt === null && store.persistence.outcome === "restored";
  return useMemo(
    () => (hasKeptCases ? { ...status, lastProgressAt: keptProgress(storage, identity) } : status),
    [hasKeptCases, status, identity],
  );
}

/** The state of the persistence. */
export function usePersistence(): PersistenceState {
  const { store } = useSession();
  return useSyncExternalStore(
    useCallback((listener) => store.onPersistence(listener), [store]),
    () => store.persistence,
  );
}

/** The answer to a query. A component renders again only when it changes. */
export function useCases(query: CaseQuery): CaseQueryResult {
  const live = useStore().live(query);
  return useSyncExternalStore(live.subscribe, live.getSnapshot, live.getSnapshot);
}

/** The cases whose change shows that the store has changed: those that were last updated. */
const NEWEST: CaseQuery = { sort: [{ by: "updated_date", order: "desc" }], limit: 100 };
/** The least time between two versions that `useStoreVersion` reports, in milliseconds. */
const VERSION_PERIOD_MS = 250;

/** Subscribes to changes of the store: of the number of cases, and of those that were last updated. */
export function onStoreChange(store: CaseStore, listener: () => void): () => void {
  let isFirst = true;
  const stop = store.live(NEWEST).subscribe(() => {
    // The first call is that of the subscription itself.
    if (!isFirst) listener();
    isFirst = false;
  });
  return stop;
}

/**
 * The version of the store, for what is calculated from all cases: counts and charts. During a fill it changes at most four
 * times a second.
 */
export function useStoreVersion(): number {
  const store = useStore();
  const version = useRef(-1);
  const subscribe = useMemo(() => {
    return (listener: () => void) => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const stop = onStoreChange(store, () => {
        timer ??= setTimeout(() => {
          timer = undefined;
          version.current = store.version;
          listener();
        }, VERSION_PERIOD_MS);
      });
      version.current = store.version;
      return () => {
        clearTimeout(timer);
        stop();
      };
    };
  }, [store]);
  if (version.current < 0) version.current = store.version;
  return useSyncExternalStore(subscribe, () => version.current);
}

/**
 * The end of the store's present day (UTC), from which it counts ages, for what depends on them: a day that passes changes no case. It
 * moves within minutes after the clock has, also after a night in which the computer slept.
 */
export function useStoreDay(): string {
  const store = useStore();
  const nowMs = useNow();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the time stands for the store's clock
  return useMemo(() => store.query({ limit: 0 }).now, [store, nowMs]);
}
