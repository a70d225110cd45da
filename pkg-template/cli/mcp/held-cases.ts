// The cases that the server holds: a store for each set of contracts or users, filled by the first question and brought up to
// date by later ones with the changes since then.

import {
  type CaseClient,
  type CaseEvent as CaseChange,
  type ChangesParams,
  CaseStore,
  isCaseApiError,
  type ListTarget,
  type OpenStore,
} from "../library.js";
import { CommandError } from "../exit-codes.js";
import { QUERY_MAX_LIMIT, QUERY_MAX_VALUES } from "../../generated/boundary.js";
import { userKey } from "../../util/user-key.js";
import { spellingsOf } from "../user-ids.js";
import type { SetState, StateFolder } from "./state-folder.js";

/** The sets of cases that are held at the same time, other than those that calls use; the least recently used is closed. */
const MAX_SETS = 16;

/** The sets that are held at the same time, with those that calls use. A call for another one waits until one is not used. */
const MAX_SETS_IN_USE = 64;

/** The time that a call waits in all: for a place, and for a round. Clients give up after 60 seconds. */
export const WAIT_MS = 45_000;

/** The changes that are applied at a time. */
const BATCH = 500;

/** The cases of a set: contracts or users, and the date from which they were created. */
export interface SetParams {
  readonly target: ListTarget;
  /** The first day of creation; `undefined` for all open cases. */
  readonly from: string | undefined;
  /** Whether it is the day that is read by default, which moves with the time: a set that begins somewhat earlier is the same. */
  readonly isDefault: boolean;
}

/** The longest time by which a saved set may begin before the default, in milliseconds. */
const MAX_EARLIER_MS = 31 * 86_400_000;

/** The least time between two savings of a set. It is also saved when it is closed. */
const SAVE_MS = 300_000;

/** The progress of a round. */
export interface RoundProgress {
  readonly cases: number;
  readonly requests: number;
  readonly remainingMs: number | null;
}

/** A call that waits for a round. */
export interface Waiting {
  readonly signal: AbortSignal;
  readonly token: string | undefined;
  readonly waitMs: number;
  onProgress?(progress: RoundProgress): void;
}

/** The state of a set after a call waited for it. */
export interface Freshness {
  /** Whether everything was read at least once. */
  readonly isComplete: boolean;
  /** The time of the last complete round, as RFC 3339; `undefined` before the first. */
  readonly asOf: string | undefined;
  /** The progress of the round that goes on; `undefined` if none does. */
  readonly progress: RoundProgress | undefined;
  /** The parts that could not be read, each in a sentence. */
  readonly missing: readonly string[];
}

interface Round {
  readonly ended: Promise<void>;
  readonly stop: AbortController;
  readonly listeners: Set<(progress: RoundProgress) => void>;
  waiting: number;
  /** Whether it goes on although no call waits for it. */
  isDetached: boolean;
  progress: RoundProgress;
}

/** The sets that a call uses until it has ended: no question about others closes them. */
export class SetUses {
  readonly #held = new Set<HeldCases>();

  /** Adds a set. Its use begins at once. */
  add(held: HeldCases): void {
    if (this.#held.has(held)) return;
    this.#held.add(held);
    held.beginUse();
  }

  /** Ends the uses of this call, after which the sets may be closed. */
  end(): void {
    const all = [...this.#held];
    this.#held.clear();
    for (const held of all) held.endUse();
  }
}

/** A set of cases that the server holds, and brings up to date. */
export class HeldCases {
  readonly params: SetParams;
  readonly principal: string;
  readonly store: OpenStore;
  readonly #client: CaseClient;
  readonly #saved: SavedSet | undefined;
  #isCursorVoid = false;
  #savedAt = Number.NEGATIVE_INFINITY;
  #savedAsOf: string | undefined;
  #cursor: string | null;
  /** Changes that are not applied yet. */
  #batch: CaseChange[] = [];
  #round: Round | undefined;
  #readAt = Number.NEGATIVE_INFINITY;
  #asOf: string | undefined;
  #missing: readonly string[] = [];
  #failure: { error: unknown } | undefined;
  #hasFailed = false;
  readonly #onUnused: () => void;
  #uses = 0;
  #usedAt = performance.now();
  isClosed = false;

  /** `onUnused` is called when a use has ended and no other one goes on. */
  constructor(
    params: SetParams,
    principal: string,
    store: OpenStore,
    client: CaseClient,
    onUnused: () => void,
    saved?: SavedSet,
  ) {
    this.params = params;
    this.principal = principal;
    this.store = store;
    this.#client = client;
    this.#onUnused = onUnused;
    this.#saved = saved;
    this.#cursor = saved?.state?.cursor ?? null;
    this.#asOf = saved?.state?.asOf;
  }

  /** Whether a call uses it. */
  get isInUse(): boolean {
    return this.#uses > 0;
  }

  /** Whether its readings have failed and left nothing: it has no more than a new one. */
  get isBlank(): boolean {
    return this.#hasFailed && this.#asOf === undefined && this.#round === undefined && this.store.size === 0;
  }

  beginUse(): void {
    this.#uses += 1;
  }

  endUse(): void {
    this.#uses -= 1;
    this.#usedAt = performance.now();
    if (this.#uses === 0) this.#onUnused();
  }

  /** The end of its last use, in milliseconds of `performance.now`. */
  get usedAt(): number {
    return this.#usedAt;
  }

  /** Whether the cases of a set are among these. */
  covers({ target, from }: SetParams): boolean {
    if (from === undefined || this.params.from === undefined || this.params.from > from) return false;
    const has = (ids: readonly string[] | undefined, wanted: readonly string[] | undefined) => {
      const known = wanted && ids && new Set(ids);
      return known !== undefined && wanted?.every((id) => known.has(id));
    };
    const own = this.params.target;
    return (
      has(own.contract_ids, target.contract_ids) ||
      has(own.user_ids?.map(userKey), target.user_ids?.map(userKey)) === true
    );
  }

  get freshness(): Freshness {
    return {
      isComplete: this.#asOf !== undefined,
      asOf: this.#asOf,
      progress: this.#round?.progress,
      missing: this.#missing,
    };
  }

  /** Brings the cases up to date if they are older than `maxAgeMs`. Resolves when the round has ended, or after `waitMs`. */
  async refresh(maxAgeMs: number, waiting: Waiting): Promise<Freshness> {
    if (!this.#round && performance.now() - this.#readAt < maxAgeMs) return this.freshness;
    // What another call has cancelled ends at once, and is not this call's failure.
    while (this.#round?.stop.signal.aborted && !this.isClosed) await this.#round.ended;
    this.#round ??= this.#begin(waiting.token);
    await this.#wait(this.#round, waiting);
    // Older cases are better than none.
    if (this.#failure && this.#asOf === undefined && !this.#round) {
      const { error } = this.#failure;
      this.#failure = undefined;
      throw error;
    }
    return this.freshness;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    this.#round?.stop.abort();
    await this.#round?.ended;
    await this.#save();
    await this.store.close();
  }

  /** Saves the last complete state, if there is a newer one than on the disk. */
  async #save(): Promise<void> {
    if (!this.#saved || !this.#cursor || this.#asOf === undefined || this.#asOf === this.#savedAsOf) return;
    this.#savedAt = performance.now();
    this.#savedAsOf = this.#asOf;
    const { folder, key } = this.#saved;
    await folder.save(key, { from: this.params.from ?? null, cursor: this.#cursor, asOf: this.#asOf }, this.store);
  }

  /** Removes the cases that the account may not see any more. Returns whether there were any. */
  #dropRefused(refused: readonly string[]): boolean {
    if (refused.length === 0) return false;
    const isOfContracts = this.params.target.contract_ids !== undefined;
    const values = isOfContracts ? refused : spellingsOf(this.store, refused);
    let isDropped = false;
    for (let at = 0; at < values.length; at += QUERY_MAX_VALUES) {
      const some = values.slice(at, at + QUERY_MAX_VALUES);
      const where = isOfContracts ? { contract_id: some } : { user_id: some };
      for (;;) {
        const { cases } = this.store.query({ where, limit: QUERY_MAX_LIMIT });
        if (cases.length === 0) break;
        this.store.remove(cases.map(({ case_id }) => case_id));
        isDropped = true;
      }
    }
    return isDropped;
  }

  #applyBatch(): void {
    const batch = this.#batch;
    this.#batch = [];
    if (batch.length > 0) this.store.apply(batch);
  }

  async #wait(round: Round, { signal, waitMs, onProgress }: Waiting): Promise<void> {
    signal.throwIfAborted();
    if (onProgress) round.listeners.add(onProgress);
    round.waiting += 1;
    let leave = () => {};
    const left = new Promise<"aborted" | "late">((resolve) => {
      const timer = setTimeout(() => resolve("late"), waitMs);
      const abort = () => resolve("aborted");
      signal.addEventListener("abort", abort, { once: true });
      leave = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", abort);
      };
    });
    const reason = await Promise.race([round.ended, left]);
    leave();
    if (onProgress) round.listeners.delete(onProgress);
    round.waiting -= 1;
    // Reading goes on for the next call; what was cancelled is not read for nobody.
    if (reason === "late") {
      round.isDetached = true;
      this.#applyBatch();
    }
    if (reason === "aborted" && round.waiting === 0 && !round.isDetached) round.stop.abort();
    signal.throwIfAborted();
  }

  #begin(token: string | undefined): Round {
    const stop = new AbortController();
    const round: Round = {
      stop,
      waiting: 0,
      isDetached: false,
      listeners: new Set(),
      progress: { cases: 0, requests: 0, remainingMs: null },
      ended: this.#read(stop.signal, token, (progress) => {
        round.progress = progress;
        for (const listener of round.listeners) listener(progress);
      }).finally(() => {
        this.#round = undefined;
        // The calls that wait learn its failure first: they use it.
        if (!this.isInUse) this.#onUnused();
      }),
    };
    return round;
  }

  async #read(
    signal: AbortSignal,
    token: string | undefined,
    onProgress: (progress: RoundProgress) => void,
  ): Promise<void> {
    const { target, from } = this.params;
    const params: ChangesParams = {
      ...target,
      ...(from === undefined ? { status_flag: "O" } : { date_created_from: from }),
    };
    this.#failure = undefined;
    const changes = this.#client.changes(params, this.#cursor, {
      signal,
      partial: true,
      ...(token !== undefined && { token }),
      onProgress: ({ cases, requests, etaMs }) => onProgress({ cases, requests, remainingMs: etaMs }),
    });
    try {
      for await (const change of changes) {
        this.#batch.push(change);
        if (this.#batch.length >= BATCH) this.#applyBatch();
      }
      this.#applyBatch();
      this.#missing = changes.failures.map(({ ids, error }) => `${ids.join(", ")}: ${error.message}`);
      const isDropped = this.#dropRefused(
        changes.failures.filter(({ error }) => error.kind === "permission").flatMap(({ ids }) => ids),
      );
      const [first] = changes.failures;
      // Nothing could be read: the error says more than an empty answer.
      if (first && this.store.size === 0 && this.#asOf === undefined) throw first.error;
      this.#asOf = new Date().toISOString();
      this.#readAt = performance.now();
      // The cursor would not report what was dropped, should the permission come back.
      this.#isCursorVoid = isDropped;
    } catch (error) {
      this.#failure = { error };
      this.#hasFailed = true;
      if (!isCaseApiError(error)) return;
      // All parts failed by it.
      const { contract_ids, user_ids } = this.params.target;
      if (error.kind === "permission") this.#isCursorVoid = this.#dropRefused(contract_ids ?? user_ids);
      // What another round may not have either: it is said with the older cases.
      if (error.kind !== "aborted") this.#missing = [error.message];
    } finally {
      this.#applyBatch();
      // It covers what was applied, also after an interruption.
      this.#cursor = this.#isCursorVoid ? null : (changes.cursor() ?? this.#cursor);
      this.#isCursorVoid = false;
    }
    if (performance.now() - this.#savedAt >= SAVE_MS) await this.#save();
  }
}

/** The place of a set on the disk, with the state that was found there. */
interface SavedSet {
  readonly folder: StateFolder;
  readonly key: string;
  readonly state: SetState | undefined;
}

/** The call that opens a set: it uses the set until it has ended, and waits for so long if too many are in use. */
export interface OpeningOptions {
  readonly uses: SetUses;
  readonly signal: AbortSignal;
  readonly waitMs: number;
}

/** A set that is opened, and as it is when that is done. */
interface SetEntry {
  readonly opening: Promise<HeldCases>;
  held?: HeldCases;
}

/** The sets of cases of a server. */
export class HeldSets {
  readonly #client: CaseClient;
  readonly #now: number | undefined;
  readonly #folder: StateFolder | undefined;
  readonly #sets = new Map<string, SetEntry>();
  /** The calls that wait for a set to be closed. */
  readonly #waiting = new Set<() => void>();

  /** `now` is the time of a sandbox. */
  constructor(client: CaseClient, now: number | undefined, folder?: StateFolder) {
    this.#client = client;
    this.#now = now;
    this.#folder = folder;
  }

  /**
   * Returns the set of an identity with these parameters, or one that covers it. It stays open until `uses` have ended. If calls
   * use as many sets as may be open, it waits for one of them to end.
   */
  async open(params: SetParams, principal: string, { uses, signal, waitMs }: OpeningOptions): Promise<HeldCases> {
    const { target, from = "open", isDefault } = params;
    const key = JSON.stringify([principal, target, isDefault ? "default" : from]);
    const until = performance.now() + waitMs;
    for (;;) {
      for (const { opening } of this.#sets.has(key) ? [] : [...this.#sets.values()]) {
        const other = await opening.catch(() => undefined);
        if (other?.principal !== principal || other.isClosed || !other.covers(params)) continue;
        uses.add(other);
        return other;
      }
      const known = this.#sets.get(key);
      if (known) {
        const held = await known.opening;
        // The last call that used it may have ended just now. What is closed has left the sets before.
        if (held.isClosed) continue;
        uses.add(held);
        return held;
      }
      if (this.#sets.size < MAX_SETS_IN_USE) break;
      await this.#waitForRoom(signal, until - performance.now());
    }
    const entry: SetEntry = { opening: this.#create(key, params, principal) };
    this.#sets.set(key, entry);
    try {
      entry.held = await entry.opening;
    } catch (error) {
      // The next question tries it again.
      this.#sets.delete(key);
      this.#wakeWaiting();
      throw error;
    }
    uses.add(entry.held);
    // By then its other callers use it, and those of other sets that were opened at the same time use theirs.
    setImmediate(() => this.#closeUnused());
    return entry.held;
  }

  /** Closes the sets whose readings left nothing, and those that are too many, the least recently used ones first. */
  #closeUnused(): void {
    const unused = [...this.#sets].flatMap(([key, { held }]) => (held && !held.isInUse ? [{ key, held }] : []));
    unused.sort(
      (one, other) => Number(other.held.isBlank) - Number(one.held.isBlank) || one.held.usedAt - other.held.usedAt,
    );
    const blank = unused.filter(({ held }) => held.isBlank).length;
    for (const { key, held } of unused.slice(0, Math.max(blank, this.#sets.size - MAX_SETS))) {
      this.#sets.delete(key);
      void held.close();
    }
    this.#wakeWaiting();
  }

  /** Wakes the calls that wait for a set to be closed. */
  #wakeWaiting(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }

  /** Resolves when a set may have been closed. Rejects when the call was cancelled, or has waited for too long. */
  async #waitForRoom(signal: AbortSignal, leftMs: number): Promise<void> {
    signal.throwIfAborted();
    const busy = new CommandError(
      `${MAX_SETS_IN_USE} sets of contracts or users are in use by other calls, which are all that this server holds at a ` +
        "time; call again in a minute",
      1,
    );
    if (leftMs <= 0) throw busy;
    await new Promise<void>((resolve, reject) => {
      const end = (settle: () => void) => () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", abort);
        this.#waiting.delete(wake);
        settle();
      };
      const wake = end(resolve);
      const abort = end(() => reject(signal.reason));
      const timer = setTimeout(
        end(() => reject(busy)),
        leftMs,
      );
      signal.addEventListener("abort", abort, { once: true });
      this.#waiting.add(wake);
    });
  }

  /** The sets of an identity. */
  async of(principal: string): Promise<HeldCases[]> {
    return (await this.#all()).filter((held) => held.principal === principal);
  }

  async #all(): Promise<HeldCases[]> {
    const settled = await Promise.allSettled([...this.#sets.values()].map(({ opening }) => opening));
    // One that was open may be closed while others are opened.
    return settled.flatMap((one) => (one.status === "fulfilled" && !one.value.isClosed ? [one.value] : []));
  }

  async close(): Promise<void> {
    const sets = await this.#all();
    this.#sets.clear();
    await Promise.all(sets.map((held) => held.close()));
  }

  async #create(key: string, params: SetParams, principal: string): Promise<HeldCases> {
    const folder = this.#folder;
    const found = await folder?.load(key, this.#now);
    const from = found?.state.from ?? undefined;
    const isUsable =
      from === params.from || (params.isDefault && from !== undefined && isSomewhatEarlier(from, params.from ?? ""));
    if (found && !isUsable) await found.store.close();
    const store =
      found && isUsable
        ? found.store
        : await CaseStore.open(this.#now === undefined ? {} : { now: new Date(this.#now) });
    const state = isUsable ? found?.state : undefined;
    const own = state ? { ...params, from } : params;
    const onUnused = () => this.#closeUnused();
    return new HeldCases(own, principal, store, this.#client, onUnused, folder && { folder, key, state });
  }
}

/** Whether a day is not after another one, and by a month at most before it. */
function isSomewhatEarlier(from: string, wanted: string): boolean {
  const earlierMs = Date.parse(wanted) - Date.parse(from);
  return earlierMs >= 0 && earlierMs <= MAX_EARLIER_MS;
}
