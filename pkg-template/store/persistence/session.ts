// The persistence of an opened store: its storage, the election of the tab that saves, and what happens if either fails.

import type { CaseApiError } from "../../client/errors.js";
import { rejectOption } from "../../client/reject-option.js";
import { isBrowser } from "../../client/runtime.js";
import { isStoreError, storeError } from "../errors.js";
import { toStoreError, within } from "../saving-errors.js";
import {
  announceErasure,
  listenForErasure,
  lockStorage,
  TabElection,
  type TabEnvironment,
  type TabRole,
  tabEnvironment,
} from "../leader.js";
import { PersistedStore } from "./persisted-store.js";
import type { PersistenceState } from "./persistence-state.js";
import type { SnapshotSource } from "./snapshot-source.js";
import { erasedElsewhere, type OpenStorage, readEpoch, type StorePersistence } from "./storage.js";

/** The waits before a storage that did not open is tried again, in milliseconds. */
const RETRY_MS = [5000, 30_000, 120_000];
/** The maximum wait of a save for the election, in milliseconds. */
const DECISION_MS = 3000;

/** Receivers of the session's events. */
export interface SessionEvents {
  /** Called with each new state, once for each. */
  onState?(state: PersistenceState): void;
  /** Called after the source was changed by what another tab has saved, or by a storage that did not open at first. */
  onContent?(): void;
  /** Called if another tab has erased the store: what this one holds must be dropped as well. */
  onErased?(): void;
}

/** Options of a session. */
export interface SessionOptions {
  /** The persistence; `undefined` for a store in memory. */
  readonly persist: StorePersistence | undefined;
  /** The user, or the user's tenant: stores of different scopes never see each other. Not used without a persistence. */
  readonly scope: string;
  readonly source: SnapshotSource;
  readonly events?: SessionEvents;
  /**
   * The follower's cursor of what the source has already, if the session could not be opened with it; `undefined` if it is opened with
   * the store.
   */
  readonly cursor?: string | null | undefined;
  /** The platform of the election; tests replace it. */
  readonly tabs?: TabEnvironment | undefined;
  /** Whether several tabs may share a storage. Default: in pages and their workers. */
  readonly hasTabs?: boolean;
  readonly setTimer?: (ms: number, wake: () => void) => () => void;
}

/** Sets a timer for work that no process is kept running for. */
function setIdleTimer(ms: number, wake: () => void): () => void {
  const timer: unknown = setTimeout(wake, ms);
  (timer as { unref?(): void }).unref?.();
  return () => clearTimeout(timer as number);
}

/** Throws if a value is no scope. An empty scope is a forgotten one, and would be shared by every user. */
function checkScope(scope: unknown): void {
  // Half of a surrogate pair has no UTF-8, which keys and folder names are made of.
  const isScope = typeof scope === "string" && scope !== "" && !/\p{Surrogate}/u.test(scope);
  if (!isScope) rejectOption("scope", "a text that identifies the user or the user's tenant", scope);
}

/** The persistence of an opened store. */
export class PersistenceSession {
  private readonly options: SessionOptions;
  private storage: OpenStorage | undefined;
  private store: PersistedStore | undefined;
  private election: TabElection | undefined;
  /** The epoch of this tab while it leads. */
  private epoch: number | undefined;
  /** The last attempt to lead. */
  private leading: Promise<void> | undefined;
  /** The number of the last decision of the election: an attempt to lead that is overtaken by another one ends. */
  private decision = 0;
  /** The decision that a save waits for. */
  private deciding: Promise<unknown> | undefined;
  private currentRole: TabRole = "resting";
  private failure: CaseApiError | null = null;
  /** Whether the storage can be read, but is too full for a save. */
  private isReadOnly = false;
  /** The epoch in which there was no space any more. */
  private failedEpoch: number | undefined;
  private isClosed = false;
  /** The last state that was reported. */
  private reported: PersistenceState | undefined;
  /** The last state that was read, and what it says: the same object is returned until it says something else. */
  private known: { readonly state: PersistenceState; readonly text: string } | undefined;
  private retries = 0;
  /** The cursor of a follower without a storage. */
  private ownCursor: string | null = null;
  private stopRetry: (() => void) | undefined;
  /** Ends that an erasure by another tab is noticed without an election. */
  private unlisten: (() => void) | undefined;
  /** Whether another tab has erased the storage, and this one has dropped what it held. */
  private wasErased = false;
  private readonly roleListeners = new Set<(role: TabRole) => void>();

  private constructor(options: SessionOptions) {
    this.options = options;
    this.ownCursor = options.cursor ?? null;
  }

  /** Whether the source was used without a storage before. */
  private get isLate(): boolean {
    return this.retries > 0 || this.options.cursor !== undefined;
  }

  /**
   * Opens the storage and restores the source. Rejects for an invalid scope only: without a storage the store works in memory.
   */
  static async open(options: SessionOptions): Promise<PersistenceSession> {
    if (options.persist) checkScope(options.scope);
    const session = new PersistenceSession(options);
    await session.begin();
    return session;
  }

  get state(): PersistenceState {
    const { store, failure } = this;
    const error = failure ?? store?.error ?? null;
    const isNewer = error?.code === "STORE_NEWER_VERSION";
    const outcome = isNewer ? "newer" : failure ? "memory" : (store?.outcome ?? "memory");
    const isSaving = !failure && store?.isSaving === true && this.currentRole !== "alone";
    const text = [outcome, this.currentRole, isSaving, error?.code].join();
    if (this.known?.text !== text) {
      this.known = { state: Object.freeze({ outcome, role: this.currentRole, isSaving, error }), text };
    }
    return this.known.state;
  }

  /** The role of this tab. It is `"leader"` once everything is read that another leader has saved. */
  get role(): TabRole {
    return this.currentRole;
  }

  /** The follower's cursor that belongs to the present content. */
  get cursor(): string | null {
    return this.store ? this.store.cursor : this.ownCursor;
  }

  /** Sets the cursor of the present content, for every later save. */
  set cursor(cursor: string | null) {
    if (this.store) this.store.cursor = cursor;
    else this.ownCursor = cursor;
  }

  /** Calls a function after each change of the role. Returns a function that ends that. */
  onRole(listener: (role: TabRole) => void): () => void {
    this.roleListeners.add(listener);
    return () => this.roleListeners.delete(listener);
  }

  private async begin(): Promise<void> {
    const { persist, scope, source } = this.options;
    if (!persist) return this.setRole("leader");
    const unlock = await this.lock(persist, false);
    try {
      await this.openFrom(persist, scope, source);
    } finally {
      unlock();
    }
  }

  /** Waits for the lock to open or to erase the storage. Returns the function that gives it back. */
  private lock(persist: StorePersistence, isErasure: boolean): Promise<() => void> {
    const { scope, tabs, hasTabs = isBrowser } = this.options;
    return hasTabs
      ? lockStorage(persist.nameOf(scope), isErasure, tabs ?? tabEnvironment())
      : Promise.resolve(() => {});
  }

  private async openFrom(persist: StorePersistence, scope: string, source: SnapshotSource): Promise<void> {
    let storage: OpenStorage | undefined;
    try {
      storage = await persist.open(scope, { onLost: (error) => this.onLost(error) });
      const store = new PersistedStore(storage, source, scope);
      await store.open();
      if (this.isClosed || this.wasErased) return await storage.close();
      this.failure = null;
      this.unlisten?.();
      this.unlisten = undefined;
      // What was read without a storage is all there is.
      if (store.outcome !== "restored" && this.isLate) store.cursor = this.ownCursor;
      this.storage = storage;
      this.store = store;
    } catch (thrown) {
      await storage?.close().catch(() => {});
      this.failure ??= toStoreError(thrown);
      this.listen();
      // Nothing is shared with other tabs: this one fills for itself.
      this.setRole("leader");
      this.retryLater();
      return;
    }
    if (this.isLate && this.store.isSaving) {
      // A follower ends its round, and continues from the cursor of the storage once it is known who leads.
      this.setRole("follower");
      this.options.events?.onContent?.();
    }
    await this.elect(storage);
  }

  private async elect(storage: OpenStorage): Promise<void> {
    const { tabs, hasTabs = isBrowser } = this.options;
    // A tab that may not save must not keep one that may from leading, nor wait for it: it cannot read what that one saves.
    if (this.store?.isSaving === false) {
      this.listen();
      return this.setRole("leader");
    }
    if (!hasTabs || !storage.isShared) return this.lead();
    const events = {
      onRole: (role: TabRole) => void this.onElected(role),
      onSaved: () => void this.refresh(),
      onErased: () => this.onLost(erasedElsewhere()),
      onRest: () => storage.release(),
    };
    this.election = new TabElection(storage.name, events, tabs ?? tabEnvironment());
    this.election.start();
  }

  /** A storage that was blocked, locked or too slow may be usable later. */
  private retryLater(): void {
    const ms = RETRY_MS[this.retries];
    const mayPass = ["STORE_UNAVAILABLE", "STORE_LOCKED"].includes(this.failure?.code ?? "");
    if (ms === undefined || this.isClosed || this.wasErased || !mayPass) return;
    this.retries += 1;
    this.stopRetry = (this.options.setTimer ?? setIdleTimer)(ms, () => {
      this.stopRetry = undefined;
      if (!this.isClosed) void this.begin();
    });
  }

  private setRole(role: TabRole): void {
    const isNew = role !== this.currentRole;
    this.currentRole = role;
    this.report();
    if (isNew) for (const listener of [...this.roleListeners]) listener(role);
  }

  /** Reports the state, if it is another one. */
  private report(): void {
    const { state } = this;
    if (state === this.reported) return;
    this.reported = state;
    this.options.events?.onState?.(state);
  }

  private async onElected(role: TabRole): Promise<void> {
    if (this.failure || this.isClosed) return;
    this.epoch = undefined;
    this.decision += 1;
    // A leader reads what the former one has saved before anybody learns that it leads.
    if (role === "leader") await (this.leading = this.leadAfter(this.leading));
    else this.setRole(role);
  }

  /** Leads after an earlier attempt, whose epoch would otherwise come after that of this one. */
  private async leadAfter(former: Promise<void> | undefined): Promise<void> {
    const { decision } = this;
    if (former) await former;
    if (decision === this.decision) await this.lead();
  }

  private async lead(): Promise<void> {
    const { storage, store, decision } = this;
    if (!storage || !store) return;
    try {
      if (store.isSaving) {
        const epoch = await storage.takeEpoch();
        // In this order: from here on no other tab writes, so what is read is the last state.
        const isNew = await store.refresh();
        if (isNew) this.options.events?.onContent?.();
        if (!store.isSaving) return this.fail(store.error);
        // The lock may have been taken away meanwhile, also if this tab has it again.
        if (decision !== this.decision) return;
        this.epoch = epoch;
      }
    } catch (error) {
      // Where there is no space even for an epoch, what is dropped is removed in the present one, unless another tab takes its own.
      const isFull = toStoreError(error).code === "STORE_QUOTA_EXCEEDED";
      const present = isFull ? await readEpoch(storage).catch(() => undefined) : undefined;
      // A page that was left has ended what was under way.
      if (decision !== this.decision || this.isClosed) return;
      this.failedEpoch = present;
      this.fail(error);
      return;
    }
    this.setRole("leader");
    // What was applied before nobody would save.
    if (store.hasUnsaved) void this.save().catch(() => {});
  }

  /** Waits until it is known whether this tab leads: it may have been opened just now. */
  private async decide(): Promise<void> {
    const { election } = this;
    if (election) await within(DECISION_MS, election.decided, "the election").catch(() => {});
    await this.leading;
  }

  /** Reads what another tab has saved. */
  private async refresh(): Promise<void> {
    if (this.epoch !== undefined || !this.store?.isSaving) return;
    try {
      if (await this.store.refresh()) this.options.events?.onContent?.();
      if (this.store.isSaving) this.report();
      else this.fail(this.store.error);
    } catch (error) {
      this.fail(error);
    }
  }

  /** Ends persistence: from here on this tab works in memory, on its own. */
  private fail(thrown: unknown): void {
    const isErased = isStoreError(thrown, "STORE_CLOSED") && !this.failure && !this.isClosed;
    const error = toStoreError(thrown);
    this.failure ??= error;
    this.failedEpoch = this.epoch ?? this.failedEpoch;
    this.epoch = undefined;
    this.election?.stop();
    this.election = undefined;
    // What is saved stays readable where only the space has ended.
    this.isReadOnly = !isErased && error.code === "STORE_QUOTA_EXCEEDED";
    if (!this.isReadOnly) void this.storage?.close().catch(() => {});
    // It covers cases that are dropped.
    if (isErased) {
      this.wasErased = true;
      this.cursor = null;
    } else this.listen();
    this.setRole("leader");
    if (isErased) this.options.events?.onErased?.();
  }

  private onLost(error: unknown): void {
    if (this.isClosed) return;
    if (!this.failure || !isStoreError(error, "STORE_CLOSED")) {
      this.fail(error);
      return;
    }
    // What was held before the failure is erased as well.
    if (this.wasErased) return;
    this.wasErased = true;
    this.stopRetry?.();
    this.failure = toStoreError(error);
    if (this.isReadOnly) void this.storage?.close().catch(() => {});
    this.isReadOnly = false;
    this.cursor = null;
    this.report();
    this.options.events?.onErased?.();
  }

  /** Notices from here on if another tab erases the storage, which does not work here. */
  private listen(): void {
    const { persist, scope, tabs, hasTabs = isBrowser } = this.options;
    if (!persist || !hasTabs || this.isClosed || this.unlisten) return;
    const onErased = () => this.onLost(erasedElsewhere());
    this.unlisten = listenForErasure(persist.nameOf(scope), onErased, tabs ?? tabEnvironment());
  }

  /**
   * Saves the changes, with the follower's cursor if one is given. Writes nothing in tabs that do not lead and in memory.
   * Rejects with `STORE_LEADER_CHANGED` if another tab leads now. After any other failure it resolves, and `state` has the
   * error: the store continues in memory.
   */
  async save(cursor?: string | null): Promise<void> {
    if (this.isClosed) throw storeError("STORE_CLOSED");
    // A tab that does not lead has the leader's cursor.
    if (cursor !== undefined && ["leader", "alone"].includes(this.currentRole)) this.cursor = cursor;
    if (this.epoch === undefined && this.election) {
      this.deciding = this.decide();
      await this.deciding;
      if (this.isClosed) throw storeError("STORE_CLOSED");
    }
    const { store, epoch, election } = this;
    if (this.isReadOnly) await this.removeDropped();
    if (!store || epoch === undefined || !store.isSaving || this.failure) return;
    try {
      await store.save(undefined, epoch);
      election?.announce(store.generation);
    } catch (error) {
      if (isStoreError(error, "STORE_LEADER_CHANGED")) {
        this.epoch = undefined;
        if (!election) this.fail(error);
        election?.resign();
        throw error;
      }
      this.fail(error);
    }
    this.report();
  }

  /** Removes what is saved, if cases were dropped since no save fits: what may not be seen any more must not stay. */
  private async removeDropped(): Promise<void> {
    const { store, failedEpoch } = this;
    if (!store || failedEpoch === undefined || !this.options.source.attached?.drops?.length) return;
    try {
      await store.remove(failedEpoch);
      this.isReadOnly = false;
      await this.storage?.close();
    } catch {
      // Another tab saves now, or the next save tries again.
    }
  }

  /** Resolves to the saved text of an id. Rejects if the storage cannot be read. */
  async readText(id: string): Promise<string | undefined> {
    if (this.isClosed) throw storeError("STORE_CLOSED");
    return this.isReadOnly || (this.store?.isSaving && !this.failure) ? this.store?.readText(id) : undefined;
  }

  /** Closes the storage after the operations that have begun. */
  async close(): Promise<void> {
    if (this.deciding) await this.deciding;
    if (this.isClosed) return;
    this.isClosed = true;
    this.stopRetry?.();
    this.unlisten?.();
    this.election?.stop();
    await this.store?.settled();
    await this.storage?.close();
  }

  /** Erases what is saved and closes the session. Other tabs of the store drop what they hold. */
  async destroy(): Promise<void> {
    const { persist, scope, tabs, hasTabs = isBrowser } = this.options;
    const { storage } = this;
    const wasClosed = this.isClosed;
    this.isClosed = true;
    this.stopRetry?.();
    this.unlisten?.();
    this.election?.stop();
    if (!persist) return;
    // Those that open it again, because it is erased, wait for the end of that.
    const unlock = await this.lock(persist, true);
    try {
      // They must not save what they hold after it was erased.
      if (hasTabs) announceErasure(persist.nameOf(scope), tabs ?? tabEnvironment());
      await this.store?.settled();
      // What a storage that failed or was closed contains must not stay either.
      const isUsable = storage && !this.failure && !wasClosed;
      if (!isUsable) await storage?.close();
      await (isUsable ? storage.destroy() : persist.erase(scope));
    } finally {
      unlock();
    }
  }
}
