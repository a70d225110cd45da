// Following: the first fill of a store, and rounds of changes from then on. They are read from the copy of a gateway or from the
// service (copy-source.ts).
//
// Both are rounds of the source's `changes`: the first one, without a cursor, reads every case. So one cursor covers the fill
// and everything after it, no change between the two is missed, and no case is read twice. The cursor is saved together with
// the cases that it covers, so following continues where it was interrupted, at any point.

import type { BulkFailure, BulkProgress, CaseChange, ChangesParams } from "../client/bulk-options.js";
import type { CaseApiError } from "../client/errors.js";
import { allOf, type FollowSource, leaveUnknown, POLL_MS, sourceOf } from "./copy-source.js";
import { isStoreError } from "./errors.js";
import { savingError, toStoreError } from "./saving-errors.js";
import { continueFrom, type FollowCursor, firstCursor, idField, readCursor, writeCursor } from "./follow-cursor.js";
import { isTemporary, reactionTo, takesPermission } from "./follow-errors.js";
import { followEnvironment } from "./follow-environment.js";
import { MIN_INTERVAL_MS } from "./follow-handle.js";
import { StatusSubject } from "./follow-status.js";
import type {
  Follow,
  FollowClient,
  FollowEnvironment,
  FollowInput,
  FollowOptions,
  FollowReason,
  FollowState,
  FollowStatus,
  FollowTarget,
} from "./follow-types.js";

/** The number of changes that are applied at once. */
const BATCH = 200;
/** The number of cases of a full page. */
const PAGE_SIZE = 100;
/** The maximum time that a change waits for others before it is applied, in milliseconds. */
const FLUSH_MS = 100;
/** The minimum time between two saves during a round, in milliseconds. */
const SAVE_MS = 2000;
/**
 * The number of cases that are saved before that time: a save writes all of them in one task. They are more than the history of
 * a store has, so that a fill is saved as chunks, each of them once.
 */
const SAVE_CASES = 12_000;
/**
 * The maximum time for which a cursor is not saved while nothing changes, in milliseconds. A cursor of many lists has hundreds
 * of kilobytes and differs after each round. An earlier one only repeats rounds without changes.
 */
const IDLE_SAVE_MS = 10 * 60_000;
/** The share of the interval by which each wait differs, in both directions. */
const JITTER = 0.2;
/** The maximum wait after the connection has returned, in milliseconds: all pages of a network return together. */
const ONLINE_MS = 5000;
/** The time after which lost contracts or users are requested again, in milliseconds. */
const RECHECK_MS = 60 * 60_000;
const HOUR_MS = 60 * 60_000;
/** The time for which a hidden page keeps its live connection, in milliseconds. Users switch between tabs. */
const HIDDEN_LIVE_MS = 2 * 60_000;
/** The number of times that everything may be read again within an hour. */
const MAX_REFILLS = 3;
/** The number of rejected cases that are requested again. */
const MAX_REJECTED = 1000;

/** Keeps a store up to date from a client. It begins once its caller has the result: a listener may stop it. */
export function follow(
  client: FollowClient,
  params: ChangesParams,
  target: FollowTarget,
  options: FollowOptions = {},
  environment: FollowEnvironment = followEnvironment(),
): Follow {
  const loop = new FollowLoop(client, params, target, options, environment);
  void loop.run();
  return loop;
}

class FollowLoop implements Follow {
  private readonly client: FollowClient;
  private readonly params: ChangesParams;
  private readonly target: FollowTarget;
  private readonly options: FollowOptions;
  private readonly environment: FollowEnvironment;
  private readonly subject: StatusSubject;

  /** The state that belongs to the present cases; `null` until it is loaded in the present role. */
  private cursor: FollowCursor | null = null;
  private hasLoaded = false;
  /** The last saved state without the client's cursor, and the time of that save. */
  private lastSave = { state: "", at: Number.NEGATIVE_INFINITY };
  /** Where cases are read from; `undefined` before it is known. */
  private source: FollowSource | undefined;
  /** The time before which no round begins. */
  private nextAt = 0;
  /** The time of a round because of news, which comes before `nextAt` unless that is a wait after an error. */
  private newsAt = Number.POSITIVE_INFINITY;
  /** The time since which the page is hidden. */
  private hiddenAt = Number.POSITIVE_INFINITY;
  /** The time of the last step. */
  private steppedAt = Number.NEGATIVE_INFINITY;
  private waitReason: FollowReason | null = null;
  /** The number of consecutive rounds that have failed. */
  private failedRounds = 0;
  /** The ids that a copy has dropped, as the account may not see them any more. */
  private readonly droppedIds = new Set<string>();
  /** The times at which everything was read again. */
  private refillTimes: number[] = [];
  /** The time at which lost ids are requested again. */
  private recheckAt = Number.POSITIVE_INFINITY;
  private stopReason: FollowReason | null = null;
  /** Whether `stop()` was called or the signal aborted: nothing resumes then. */
  private hasEnded = false;
  /** Whether an event has come since the present step began: a listener may stop or resume following before a wait. */
  private isAwake = false;
  private wakeUp: (() => void) | undefined;
  private abortRound: (() => void) | undefined;
  private readonly unlisten: (() => void)[] = [];
  private readonly ended: Promise<void>;
  private onEnded = () => {};

  constructor(
    client: FollowClient,
    params: ChangesParams,
    target: FollowTarget,
    options: FollowOptions,
    environment: FollowEnvironment,
  ) {
    // Vue does not wrap objects with this property in a proxy.
    Object.defineProperty(this, "__v_skip", { value: true });
    this.client = client;
    this.params = params;
    this.target = target;
    this.options = options;
    this.subject = new StatusSubject(options.onProgress);
    this.environment = environment;
    this.ended = new Promise((resolve) => {
      this.onEnded = resolve;
    });
  }

  get status(): FollowStatus {
    return this.subject.current;
  }

  subscribe(listener: () => void): () => void {
    return this.subject.subscribe(listener);
  }

  resume(): void {
    if (this.hasEnded) return;
    this.stopReason = null;
    this.waitReason = null;
    this.failedRounds = 0;
    this.refillTimes = [];
    this.nextAt = 0;
    this.recheckAt = Math.min(this.recheckAt, this.environment.now());
    this.wake();
  }

  whenFilled(): Promise<void> {
    return this.subject.whenFilled();
  }

  async stop(): Promise<void> {
    this.end("stop");
    await this.ended;
  }

  /** Ends following for good. */
  private end(reason: FollowReason): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.stopReason = reason;
    this.abortRound?.();
    this.wake();
  }

  private set(change: Partial<FollowStatus>): void {
    this.subject.set(change);
  }

  private setState(state: FollowState, reason: FollowReason | null, nextRoundAt: number | null = null): void {
    this.set({ state, reason, nextRoundAt });
  }

  private wake(): void {
    this.isAwake = true;
    this.wakeUp?.();
  }

  /** Waits until an event or a time, at which a function is called. */
  private async sleep(ms: number, onTime = () => {}): Promise<void> {
    if (this.isAwake) return;
    await new Promise<void>((resolve) => {
      const end = () => {
        stop();
        this.wakeUp = undefined;
        resolve();
      };
      const wake = () => {
        onTime();
        end();
      };
      const stop = Number.isFinite(ms) ? this.environment.setTimer(Math.min(ms, 2 ** 31 - 1), wake) : () => {};
      this.wakeUp = end;
    });
  }

  async run(): Promise<void> {
    await undefined;
    const { signal } = this.options;
    const onAbort = () => this.end("aborted");
    if (signal?.aborted) onAbort();
    signal?.addEventListener("abort", onAbort);
    this.unlisten.push(
      () => signal?.removeEventListener("abort", onAbort),
      // An open connection would keep the browser from keeping the page.
      this.environment.onLeave?.(() => this.source?.setLive(false)) ?? (() => {}),
      this.target.onRole(() => this.onRole()),
      this.environment.listen(() => this.onPage()),
    );
    while (!this.hasEnded) await this.step();
    for (const remove of this.unlisten) remove();
    this.source?.setLive(false);
    this.set({ isLive: false });
    this.setState("stopped", this.stopReason);
    this.onEnded();
  }

  private mayRead(): boolean {
    return this.target.role === "leader" || this.target.role === "alone";
  }

  private onRole(): void {
    // What another tab has saved meanwhile replaces the state of this one.
    this.cursor = null;
    if (!this.mayRead()) this.abortRound?.();
    this.wake();
  }

  private onPage(): void {
    const { environment } = this;
    if (!environment.isOnline) this.abortRound?.();
    else if (this.status.reason === "offline") {
      this.nextAt = Math.max(this.nextAt, environment.now() + environment.random() * ONLINE_MS);
    }
    if (!environment.isHidden) {
      this.hiddenAt = Number.POSITIVE_INFINITY;
      // A connection may have died while the page or the device slept.
      this.source?.probe();
    }
    this.wake();
  }

  /** Begins a round soon: the source has something new. Pages that were told together come scattered. */
  private onNews(withinMs: number): void {
    const { environment } = this;
    this.newsAt = Math.min(this.newsAt, environment.now() + environment.random() * withinMs);
    this.wake();
  }

  /** Waits without reading; a live connection is closed. */
  private pause(state: FollowState, reason: FollowReason | null): Promise<void> {
    this.source?.setLive(false);
    this.set({ isLive: false });
    this.setState(state, reason);
    return this.sleep(Number.POSITIVE_INFINITY);
  }

  /** Moves the times with the clock if that was set back: a wait would last longer by that if an event interrupts it. */
  private followClock(): void {
    const now = this.environment.now();
    const back = this.steppedAt - now;
    this.steppedAt = now;
    if (back <= 0) return;
    this.nextAt -= back;
    this.newsAt -= back;
    this.hiddenAt -= back;
    this.recheckAt -= back;
    this.lastSave.at -= back;
  }

  /** Waits for a reason not to read, or does one round. */
  private async step(): Promise<void> {
    const { environment, options } = this;
    this.isAwake = false;
    this.followClock();
    if (this.stopReason) return this.pause("stopped", this.stopReason);
    if (!this.mayRead()) {
      // The tab that reads may be in the background.
      if (!environment.isOnline) return this.pause("paused", "offline");
      return this.pause(
        ...((this.target.role === "resting" ? ["paused", "hidden"] : ["waiting", "other_tab"]) as Blocked),
      );
    }
    try {
      this.cursor ??= this.load();
    } catch (error) {
      // Only the parameters can be at fault.
      return this.stopBy(toStoreError(error), "error", false);
    }
    const { isFilled } = this.cursor;
    // A time has passed then, even if the clock was set back meanwhile.
    const due = () => {
      this.nextAt = Math.min(this.nextAt, environment.now());
    };
    if (!environment.isOnline) return this.pause("paused", "offline");
    if (environment.isHidden && isFilled && options.pauseWhenHidden !== false) {
      this.hiddenAt = Math.min(this.hiddenAt, environment.now());
      const ms = this.hiddenAt + HIDDEN_LIVE_MS - environment.now();
      if (!this.source?.isLive || ms <= 0) return this.pause("paused", "hidden");
      this.setState("paused", "hidden");
      // Nothing tells of changes from then on. A wait after an error goes on.
      return this.sleep(ms, this.waitReason ? undefined : due);
    }
    if (isFilled && !this.waitReason) this.source?.setLive(true);
    const at = this.waitReason ? this.nextAt : Math.min(this.nextAt, this.newsAt);
    const ms = at - environment.now();
    if (ms > 0) {
      const state = this.waitReason ? "waiting" : isFilled ? "following" : "filling";
      this.set({ isLive: this.source?.isLive ?? false });
      this.setState(state, this.waitReason, at);
      return this.sleep(ms, due);
    }
    this.newsAt = Number.POSITIVE_INFINITY;
    const stop = new AbortController();
    // Before listeners are called, which may stop following.
    this.abortRound = () => stop.abort();
    this.setState(isFilled ? "following" : "filling", null);
    if (this.hasEnded) return;
    try {
      const onNews = (ms: number) => this.onNews(ms);
      const { cursor } = this.cursor;
      this.source ??= await sourceOf(this.client, options, cursor, onNews, environment.live, stop.signal);
      this.set({ source: this.source.name });
      await this.round(this.cursor, this.source, stop);
    } catch (error) {
      // Of a store that has trapped nothing can be dropped.
      await this.onError(error).catch((failure) => this.stopBy(toStoreError(failure), "error", false));
    }
  }

  /** Reads the state that was saved with the cases. Without a usable one the store is emptied and filled. */
  private load(): FollowCursor {
    const { target, params } = this;
    const wanted = firstCursor(params);
    const saved = readCursor(target.cursor);
    const continued = saved && continueFrom(saved, wanted);
    const canRead = continued?.ids.some((id) => !continued.lostIds.includes(id));
    const next = canRead ? continued : null;
    const isFirst = !this.hasLoaded;
    this.hasLoaded = true;
    if (!next) {
      // Cases of other parameters, which no round would ever remove. Without a cursor they are the page's own.
      if (target.count > 0 && target.cursor !== null) target.drop("all", writeCursor(wanted));
      this.set({ state: "filling", reason: null, restored: false, isFilled: false, lostIds: [], rejectedIds: [] });
      return wanted;
    }
    this.lastSave = { state: withoutPosition(saved as FollowCursor), at: this.environment.now() };
    const { isFilled, lostIds, rejectedIds, removedIds } = next;
    if (removedIds.length > 0) target.drop(idsOf(params, removedIds), writeCursor(next));
    if (lostIds.length > 0) this.recheckAt = this.environment.now();
    const restored = isFirst ? target.count > 0 : this.status.restored;
    const state = isFilled ? "following" : "filling";
    this.set({ state, reason: null, restored, isFilled, lostIds, rejectedIds });
    return next;
  }

  /** Reads the changes since the cursor; without one, everything. */
  private async round(begun: FollowCursor, source: FollowSource, stop: AbortController): Promise<void> {
    const { environment, options, params, target } = this;
    const ids = begun.ids.filter((id) => !begun.lostIds.includes(id));
    const startedAt = environment.now();
    let flushedAt = startedAt;
    let savedAt = startedAt;
    let pages = 0;
    let batch: FollowInput[] = [];
    let batchSize = 0;
    let unsaved = 0;
    let hasChanges = false;
    const rejected = new Set(begun.rejectedIds);
    this.set({ cases: 0, requests: 0, casesPerSecond: null, remainingMs: null });
    const changes = source.changes(
      // The start of the saved cursor, which may be somewhat earlier than the present one.
      { ...params, ...idsOf(params, ids), ...(begun.from && { date_created_from: begun.from }) } as ChangesParams,
      begun.cursor,
      {
        ...(options.older && { older: options.older }),
        ...(options.concurrency && { concurrency: options.concurrency }),
        ...(options.headers && { headers: options.headers }),
        signal: stop.signal,
        partial: true,
        onProgress: (progress) => {
          pages = progress.pages;
          this.onProgress(progress, startedAt);
        },
      },
    );
    const flush = () => {
      flushedAt = environment.now();
      if (batch.length === 0) return;
      // The cases of pages are made only if some were rejected before.
      const known = rejected.size > 0 ? batch.flatMap(idsOfInput) : [];
      const { rejectedIds } = target.apply(source.name === "copy" ? leaveUnknown(batch, target) : batch);
      batch = [];
      batchSize = 0;
      for (const id of known) rejected.delete(id);
      for (const id of rejectedIds) if (rejected.size < MAX_REJECTED) rejected.add(id);
    };
    /** Saves everything that was read, with a cursor that covers exactly that. */
    const save = async (isFilled: boolean, lostIds: readonly string[], { removedIds } = begun) => {
      // Another tab may have become the leader: its state counts then.
      if (!this.mayRead()) return;
      flush();
      const cursor = changes.cursor() ?? begun.cursor;
      const next: FollowCursor = { ...begun, cursor, isFilled, lostIds, rejectedIds: [...rejected], removedIds };
      this.cursor = next;
      savedAt = environment.now();
      unsaved = 0;
      const state = withoutPosition(next);
      const { lastSave } = this;
      if (!hasChanges && state === lastSave.state && savedAt - lastSave.at < IDLE_SAVE_MS) return;
      hasChanges = false;
      await target.save(writeCursor(next));
      this.lastSave = { state, at: savedAt };
    };
    let saving: Promise<void> | undefined;
    let failure: { error: unknown } | undefined;
    try {
      for await (const input of changes) {
        if ("dropped" in input || "details" in input) {
          flush();
          if ("dropped" in input) {
            target.drop(input.dropped);
            for (const id of Object.values(input.dropped).flat()) if (ids.includes(id)) this.droppedIds.add(id);
          } else target.applyDetails(input.details);
          hasChanges = true;
          continue;
        }
        if (this.droppedIds.size > 0) this.noteRegained(input);
        batch.push(input);
        const size = isPage(input) ? PAGE_SIZE : 1;
        batchSize += size;
        unsaved += size;
        hasChanges = true;
        const now = environment.now();
        if (batchSize >= BATCH || now - flushedAt >= FLUSH_MS) flush();
        if (saving || (now - savedAt < SAVE_MS && unsaved < SAVE_CASES)) continue;
        saving = save(begun.isFilled, begun.lostIds).then(
          () => {
            saving = undefined;
          },
          (error) => {
            failure ??= { error };
            stop.abort();
          },
        );
      }
      await saving;
      if (failure) throw failure.error;
      await this.retryRejected(rejected, stop.signal);
      const failures = [...changes.failures];
      const lostIds = this.lostBy(failures, pages, begun);
      const isFilled = begun.isFilled || !failures.some(({ error }) => isTemporary(error));
      // The client's cursor has the requested ids alone.
      await save(isFilled, lostIds, { ...begun, removedIds: [] });
      this.onRoundEnd({ failures, lostIds, rejectedIds: [...rejected], isFilled });
    } catch (error) {
      await saving;
      if (failure) throw failure.error;
      // What was read before the error is kept, with a cursor that covers it.
      if (!isStoreError(error, "STORE_LEADER_CHANGED")) await save(begun.isFilled, begun.lostIds);
      // The round was ended on purpose: its error says only that.
      if (!stop.signal.aborted) throw error;
    } finally {
      this.abortRound = undefined;
      this.set({ casesPerSecond: null, remainingMs: null });
    }
  }

  private onProgress({ cases, requests, etaMs, waitMs }: BulkProgress, startedAt: number): void {
    const now = this.environment.now();
    // While a quota is spent, the round sends nothing.
    if (waitMs) this.setState("waiting", "quota", now + waitMs);
    else if (this.status.reason === "quota") {
      this.setState(this.status.isFilled ? "following" : "filling", null);
    }
    const seconds = (now - startedAt) / 1000;
    this.set({
      cases,
      requests,
      casesPerSecond: seconds > 0 ? Math.round((cases / seconds) * 10) / 10 : null,
      remainingMs: etaMs === null ? null : etaMs + (waitMs ?? 0),
      lastProgressAt: now,
    });
  }

  /** Requests the cases again that the store could not apply. */
  private async retryRejected(rejected: Set<string>, signal: AbortSignal): Promise<void> {
    if (rejected.size === 0) return;
    const cases = await allOf(this.client, [...rejected], { headers: this.options.headers, signal });
    const changes = cases.map((one): CaseChange => ({ type: "changed", case_id: one.case_id, case: one }));
    const { rejectedIds } = this.target.apply(changes);
    rejected.clear();
    for (const id of rejectedIds) rejected.add(id);
  }

  /**
   * Drops the cases of contracts or users that the round was not permitted to read, and returns the ids. Throws if the round
   * could not read anything.
   */
  private lostBy(failures: readonly BulkFailure[], pages: number, { ids, lostIds }: FollowCursor): string[] {
    const refused = failures.filter(({ error }) => takesPermission(error));
    const [first] = failures;
    if (first && pages === 0 && refused.length < failures.length) throw first.error;
    const lost = [...new Set(refused.flatMap((failure) => failure.ids))];
    const all = [...new Set([...lostIds, ...lost])];
    // Following stops, and drops everything.
    if (refused[0] && all.length >= ids.length) throw refused[0].error;
    if (lost.length > 0) {
      this.target.drop(idsOf(this.params, lost));
      this.recheckAt = this.environment.now() + RECHECK_MS;
    }
    return all;
  }

  private intervalMs(): number {
    return this.options.intervalMs ?? this.source?.intervalMs ?? POLL_MS;
  }

  /** Notes that a case of an id that the source had dropped is there again. */
  private noteRegained(input: FollowInput): void {
    if (isPage(input) || input.type !== "changed" || !input.case) return;
    this.droppedIds.delete(input.case.contract_id);
    this.droppedIds.delete(input.case.user_id);
  }

  private onRoundEnd(round: Pick<FollowStatus, "failures" | "lostIds" | "rejectedIds" | "isFilled">): void {
    const { environment } = this;
    const { failures, lostIds } = round;
    // What the source has dropped by itself may come back with it: it stays in the requests.
    const ended =
      this.droppedIds.size > 0 ? { ...round, lostIds: [...new Set([...lostIds, ...this.droppedIds])] } : round;
    const now = environment.now();
    const spent = failures.find(({ error }) => error.kind === "quota");
    if (!ended.isFilled || spent) {
      // Parts are missing: they are requested again as after an error.
      const { error } = spent ?? (failures.find((failure) => isTemporary(failure.error)) as BulkFailure);
      this.failedRounds += 1;
      const reaction = reactionTo(error, this.failedRounds, now, environment.random());
      this.waitReason = spent ? "quota" : "error";
      this.nextAt = now + (reaction.type === "retry" ? reaction.afterMs : this.intervalMs());
      this.set({ ...ended, error });
      return;
    }
    this.failedRounds = 0;
    this.waitReason = null;
    // Ids are requested again after a round without them, whose cursor does not know them: they are then read completely.
    const isRecheck = lostIds.length > 0 && now >= this.recheckAt;
    if (isRecheck && this.cursor) {
      this.cursor = { ...this.cursor, lostIds: [] };
      this.recheckAt = now + RECHECK_MS;
    }
    // From the end of the round: rounds that take longer than the interval do not pile up.
    const jitter = 1 + (environment.random() * 2 - 1) * JITTER;
    this.nextAt = now + (isRecheck ? 0 : this.intervalMs() * jitter);
    const isLive = this.source?.isLive ?? false;
    const idle = { casesPerSecond: null, remainingMs: null, nextRoundAt: this.nextAt, isLive };
    this.set({ ...ended, ...idle, state: "following", reason: null, error: null, refills: this.recentRefills() });
  }

  private recentRefills(): number {
    const since = this.environment.now() - HOUR_MS;
    this.refillTimes = this.refillTimes.filter((at) => at > since);
    return this.refillTimes.length;
  }

  private async onError(thrown: unknown): Promise<void> {
    const { environment } = this;
    if (this.hasEnded || !this.mayRead() || !environment.isOnline) return;
    const error = toStoreError(thrown);
    // The role changes by itself; until then nothing is read.
    if (error.code === "STORE_LEADER_CHANGED") {
      this.cursor = null;
      this.nextAt = environment.now() + MIN_INTERVAL_MS;
      return;
    }
    // The gateway has no copy any more: it is asked again what it has. If it names a copy whose feed it does not have, ever later.
    if (error.status === 404 && this.source?.name === "copy") {
      this.source.setLive(false);
      this.source = undefined;
      this.nextAt = environment.now() + MIN_INTERVAL_MS * 2 ** Math.min(this.failedRounds, 6);
      if (this.failedRounds > 0) {
        this.waitReason = "error";
        this.set({ error });
      }
      this.failedRounds += 1;
      return;
    }
    // Without a sign-in, a gateway is not told from the service.
    if (error.kind === "authentication" && this.source?.name === "service") this.source = undefined;
    this.failedRounds += 1;
    const reaction = reactionTo(error, this.failedRounds, environment.now(), environment.random());
    if (reaction.type === "retry") {
      this.waitReason = reaction.reason;
      this.nextAt = environment.now() + reaction.afterMs;
      this.set({ error });
    } else if (reaction.type === "refill") await this.refill(error);
    else await this.stopBy(error, reaction.reason, reaction.drops);
  }

  /** Reads everything again, unless that happens too often: something then undoes it each time. */
  private async refill(cause: CaseApiError): Promise<void> {
    if (this.recentRefills() >= MAX_REFILLS) {
      await this.stopBy(savingError("STORE_REFILL_LIMIT", `(${cause.code})`, cause), "error", false);
      return;
    }
    this.refillTimes.push(this.environment.now());
    this.cursor = firstCursor(this.params);
    this.target.drop("all", writeCursor(this.cursor));
    this.nextAt = this.environment.now();
    this.set({ error: cause, isFilled: false, restored: false, refills: this.refillTimes.length });
  }

  private async stopBy(error: CaseApiError, reason: FollowReason, drops: boolean): Promise<void> {
    this.stopReason = reason;
    if (drops) {
      this.cursor = firstCursor(this.params);
      // Before the cases are gone, so that nobody takes that for news of each case.
      this.set({ error, isFilled: false, lostIds: this.cursor.ids });
      this.target.drop("all");
      // What was saved must not stay either.
      await this.target.save(writeCursor(this.cursor)).catch(() => {});
    } else this.set({ error });
    this.setState("stopped", reason);
  }
}

const isPage = (input: FollowInput): input is Exclude<FollowInput, CaseChange> => "cases" in input;

const idsOfInput = (input: FollowInput): string[] =>
  isPage(input) ? input.cases.map(({ case_id }) => case_id) : [input.case_id];

type Blocked = [FollowState, FollowReason];

/** The state without the client's cursor, as text. */
const withoutPosition = (cursor: FollowCursor): string => writeCursor({ ...cursor, cursor: null });

/** The ids as a parameter. */
const idsOf = (params: ChangesParams, ids: readonly string[]) =>
  idField(params) === "user_ids" ? { user_ids: ids } : { contract_ids: ids };
