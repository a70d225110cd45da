// The session: the signed-in tenant with its store, which follows the client. A session is replaced when the user switches.

import type { CaseClient } from "cisco-support-case";
import { CaseStore, type Follow, indexedDb } from "cisco-support-case/store";
import { notificationState } from "../news/notification-state.js";
import { eraseReader } from "../news/reader-browser.js";
import { openDataSource } from "./data-source.js";
import { forgetProgress, keepProgress } from "./last-progress.js";
import type { DataSource, Tenant } from "./types.js";
import { clockOffset } from "../ui/server-time.js";
import { storage } from "../ui/storage.js";

/** The interval at which changes are read, in milliseconds. */
const INTERVAL_MS = 15_000;
/** The name of the stores in the browser's databases. */
const DATABASE = "portal";
const TENANT_KEY = "portal.tenant";
/** The least time between two writes of the time up to which cases were read, in milliseconds. */
const KEEP_MS = 1000;
/** The wait for the browser's database, in milliseconds. */
const SILENCE_MS = 10_000;

/** The signed-in user's cases, and the client that reads them. */
export interface Session {
  readonly source: DataSource;
  readonly tenant: Tenant;
  /** The identity: what a user's own marks and views are kept under. */
  readonly identity: string;
  readonly client: CaseClient;
  readonly store: CaseStore;
  readonly follow: Follow;
  /** The version of the store when it was opened: before following has changed it. */
  readonly openedVersion: number;
  /** Whether the browser's database did not answer, so that cases are not kept. */
  readonly isDatabaseSilent: boolean;
}

/** The state of the page's session. It is replaced, not changed. */
export interface SessionState {
  /** `null` while it is opened. */
  readonly session: Session | null;
  /** The error by which it could not be opened. */
  readonly error: unknown;
  /** The tenant that another tab has signed in for; `null` while it is this one. */
  readonly otherTenant: Tenant | null;
  /** Whether another tab has signed out. */
  readonly isSignedOut: boolean;
  /** Whether the browser, or another page, has erased the cases that were kept here while they were shown. */
  readonly isErased: boolean;
}

const NO_SESSION: SessionState = {
  session: null,
  error: null,
  otherTenant: null,
  isSignedOut: false,
  isErased: false,
};

let state = NO_SESSION;
let source: DataSource | undefined;
let opened = 0;
/** The id of the tenant that was last signed in for in another tab, or here. */
let signedIn = "";
const listeners = new Set<() => void>();
const channel = typeof BroadcastChannel === "undefined" ? undefined : new BroadcastChannel("portal.session");

function set(change: Partial<SessionState>): void {
  state = { ...state, ...change };
  for (const listener of listeners) listener();
}

/** Returns the state of the session. */
export const sessionState = (): SessionState => state;

/** Calls a function after each change of the session. Returns a function that ends that. */
export function subscribeToSession(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Opens the session of the tenant that was last signed in, in place of one that is open. */
export async function openSession(): Promise<void> {
  await replaceSession(async () => {
    source ??= await openDataSource();
    const known = storage.getItem(TENANT_KEY);
    const tenant = source.tenants.find(({ id }) => id === known) ?? source.tenants[0];
    if (!tenant) throw new Error("There is no tenant to sign in for.");
    return tenant;
  });
}

/** Signs in for another tenant: the page then shows that tenant's cases, and nothing of the former one. */
export async function switchTenant(tenant: Tenant): Promise<void> {
  await replaceSession(() => {
    signedIn = tenant.id;
    storage.setItem(TENANT_KEY, tenant.id);
    channel?.postMessage({ type: "tenant", id: tenant.id });
    return tenant;
  });
}

/** Ends the open session, and opens that of a tenant, unless another tab signs out meanwhile. */
async function replaceSession(choose: () => Tenant | Promise<Tenant>): Promise<void> {
  opened += 1;
  const own = opened;
  const former = state.session;
  set(NO_SESSION);
  try {
    if (former) await closeLater(former.store);
    // What is chosen is kept, and other tabs are told.
    if (own !== opened) return;
    const tenant = await choose();
    if (own === opened) await open(source!, tenant, own);
  } catch (error) {
    if (own === opened) set({ error });
  }
}

/** Signs out: erases the cases and the reader's marks that are kept in this browser, also those of other tenants. */
export async function signOut(): Promise<void> {
  const former = state.session;
  set({ session: null, isSignedOut: true });
  channel?.postMessage({ type: "signed-out" });
  if (!former) return;
  const identities = former.source.tenants.map(({ id }) => id);
  for (const id of identities) forgetProgress(storage, id);
  const erase = async (id: string) => {
    await eraseReader(id);
    const persist = indexedDb({ name: DATABASE });
    const store = id === former.identity ? former.store : await CaseStore.open({ scope: id, persist });
    await store.destroy();
  };
  // A browser without databases has kept nothing.
  await Promise.all(identities.map((id) => erase(id).catch(() => {})));
}

/** Renews the sign-in after it was refused, and continues. */
export function signInAgain(): void {
  source?.signInAgain();
  state.session?.follow.resume();
}

/** Returns the tenant that was last signed in for, if that was another one. */
const otherTenantOf = ({ source, tenant }: Pick<Session, "source" | "tenant">): Tenant | null =>
  source.tenants.find(({ id }) => id === signedIn && id !== tenant.id) ?? null;

/** Closes a store once the components that read it are gone. */
async function closeLater(store: CaseStore): Promise<void> {
  await new Promise((resume) => setTimeout(resume));
  await store.close();
}

async function open(from: DataSource, tenant: Tenant, own: number): Promise<void> {
  const identity = tenant.id;
  const begin = (store: CaseStore, isDatabaseSilent: boolean) => {
    const client = from.clientOf(tenant);
    const openedVersion = store.version;
    const follow = startFollowing(from, tenant, store, client);
    performance.mark("portal:store-open");
    store.onPersistence(() => {
      if (!isErased(store) || state.session?.store !== store) return;
      // What is left would be taken for all cases.
      set({ session: null, isErased: true });
      void closeLater(store);
    });
    const session = { source: from, tenant, identity, client, store, follow, openedVersion, isDatabaseSilent };
    set({ session, otherTenant: otherTenantOf(session) });
  };
  /** Continues with the saved cases, which came late. */
  const beginAgain = async (saved: CaseStore) => {
    const { session, isSignedOut } = state;
    if (own === opened && session) {
      begin(saved, false);
      await closeLater(session.store);
    } else if (isSignedOut) await saved.destroy();
    else await saved.close();
  };
  const { store, isDatabaseSilent } = await openStore(identity, beginAgain);
  if (own !== opened) return store.close();
  begin(store, isDatabaseSilent);
}

/** The clock by which stores count ages: that of the server. */
const now = (): number => Date.now() + clockOffset();

/**
 * Opens the store of an identity. WebKit's databases can stop answering: the cases are then held in memory, until the database
 * answers.
 */
async function openStore(
  scope: string,
  onLate: (saved: CaseStore) => Promise<void>,
): Promise<{ store: CaseStore; isDatabaseSilent: boolean }> {
  const saved = CaseStore.open({ scope, now, persist: indexedDb({ name: DATABASE }) });
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), SILENCE_MS);
  });
  const store = await Promise.race([saved, silence]);
  clearTimeout(timer);
  if (store) return { store, isDatabaseSilent: false };
  const inMemory = await CaseStore.open({ scope, now });
  saved.then(onLate).catch(() => {});
  return { store: inMemory, isDatabaseSilent: true };
}

const isErased = ({ persistence: { outcome, error } }: CaseStore): boolean =>
  outcome === "memory" && error?.code === "STORE_CLOSED";

function startFollowing(from: DataSource, tenant: Tenant, store: CaseStore, client: CaseClient): Follow {
  const params = { contract_ids: tenant.contract_ids, date_created_from: from.from };
  // A page that notifies of changes reads them while it is hidden too.
  const pauseWhenHidden = notificationState() !== "on";
  const follow = store.follow(client, params, { intervalMs: INTERVAL_MS, pauseWhenHidden });
  let keptAt = 0;
  follow.subscribe(() => {
    const { isFilled, lastProgressAt } = follow.status;
    // Each response is progress, and a write to the browser's storage takes milliseconds.
    if (!isFilled || lastProgressAt === null || Math.abs(lastProgressAt - keptAt) < KEEP_MS) return;
    keptAt = lastProgressAt;
    keepProgress(storage, tenant.id, lastProgressAt);
  });
  return follow;
}

/** Follows again, after a setting of following has changed. */
export async function restartFollowing(): Promise<void> {
  const { session } = state;
  if (!session) return;
  await session.follow.stop();
  if (state.session !== session) return;
  const follow = startFollowing(session.source, session.tenant, session.store, session.client);
  set({ session: { ...session, follow } });
}

channel?.addEventListener("message", ({ data }: MessageEvent<{ type: string; id?: string }>) => {
  const { session } = state;
  if (data.type === "signed-out") {
    // A session that is being opened is closed once it is.
    opened += 1;
    set({ ...NO_SESSION, isSignedOut: true });
    if (session) void closeLater(session.store);
  }
  if (data.type === "tenant") {
    signedIn = data.id ?? "";
    if (session) set({ otherTenant: otherTenantOf(session) });
  }
});
