// The session of a store whose persistence could not be loaded: the store works in memory, and each save tries again.

import type { CaseApiError } from "../../client/errors.js";
import type { TabRole } from "../leader.js";
import { memoryState, type StoreSession } from "./memory-session.js";
import type { PersistenceState } from "./persistence-state.js";

/** The bounds of the wait before changes alone are a reason to try again, in milliseconds. It doubles with each failure. */
const [MIN_RETRY_MS, MAX_RETRY_MS] = [5000, 120_000];

/** What a session that comes late needs of its store. */
export interface LateSessionEnvironment {
  /** Loads what opens the persistence. Resolves to the function that opens it, for a cursor that belongs to the present content. */
  load(): Promise<(cursor: string | null) => Promise<StoreSession>>;
  /** Erases what an earlier visit has saved. */
  erase(): Promise<void>;
  /** Called with the state once the persistence is open, or has another error. */
  onState(state: PersistenceState): void;
}

/** The session of a store in memory until its persistence is loaded. */
export class LateSession implements StoreSession {
  private readonly environment: LateSessionEnvironment;
  private ownState: PersistenceState;
  private ownCursor: string | null = null;
  private session: StoreSession | undefined;
  /** The attempt to load that is under way. */
  private loading: Promise<void> | undefined;
  /** The opening after that. */
  private opening: Promise<StoreSession> | undefined;
  private isClosed = false;
  private waitMs = MIN_RETRY_MS;
  private readonly roleListeners = new Set<(role: TabRole) => void>();

  /** Creates the session after a first attempt, which has failed by an error. */
  constructor(error: CaseApiError, environment: LateSessionEnvironment) {
    this.ownState = memoryState(error);
    this.environment = environment;
  }

  get state(): PersistenceState {
    return this.session?.state ?? this.ownState;
  }

  get retryMs(): number | undefined {
    return this.session ? undefined : this.waitMs;
  }

  get role(): TabRole {
    if (this.session) return this.session.role;
    // While it opens, a follower ends its round, and continues from the cursor of the storage.
    return this.opening ? "follower" : "leader";
  }

  get cursor(): string | null {
    return this.session ? this.session.cursor : this.ownCursor;
  }

  set cursor(cursor: string | null) {
    if (this.session) this.session.cursor = cursor;
    else this.ownCursor = cursor;
  }

  onRole(listener: (role: TabRole) => void): () => void {
    this.roleListeners.add(listener);
    return () => this.roleListeners.delete(listener);
  }

  private notifyRole(): void {
    for (const listener of [...this.roleListeners]) listener(this.role);
  }

  private async open(): Promise<void> {
    const { environment } = this;
    try {
      const open = await environment.load();
      if (this.isClosed) return;
      this.opening = open(this.ownCursor);
      this.notifyRole();
      this.session = await this.opening;
    } catch (error) {
      const wasOpening = this.opening !== undefined;
      this.opening = undefined;
      if (wasOpening) this.notifyRole();
      this.waitMs = Math.min(this.waitMs * 2, MAX_RETRY_MS);
      const isNew = this.ownState.error?.code !== (error as CaseApiError).code;
      this.ownState = memoryState(error as CaseApiError);
      if (isNew && !this.isClosed) environment.onState(this.ownState);
      return;
    }
    if (this.isClosed) return;
    this.session.onRole(() => this.notifyRole());
    this.notifyRole();
    environment.onState(this.session.state);
  }

  /** Saves the changes, if the persistence can be loaded now. A save of a follower, which has a cursor, does not wait for that. */
  async save(cursor?: string | null): Promise<void> {
    if (this.session) return this.session.save(cursor);
    // While it opens, the cursor of the storage counts.
    if (cursor !== undefined && !this.opening) this.ownCursor = cursor;
    if (this.isClosed) return;
    this.loading ??= this.open().finally(() => {
      this.loading = undefined;
    });
    if (cursor !== undefined) return;
    await this.loading;
    await (this.session as StoreSession | undefined)?.save();
  }

  async readText(case_id: string): Promise<string | undefined> {
    return this.session?.readText(case_id);
  }

  async close(): Promise<void> {
    this.isClosed = true;
    // A script that never comes is not waited for.
    const session = await this.opened();
    await session?.close();
  }

  async destroy(): Promise<void> {
    this.isClosed = true;
    const session = await this.opened();
    await (session ? session.destroy() : this.environment.erase());
  }

  /** The session, also one that is being opened. */
  private async opened(): Promise<StoreSession | undefined> {
    return this.opening?.catch(() => undefined);
  }
}
