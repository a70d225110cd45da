// A run of the copy: it reads changes from the service, and commits them in batches.
//
// Claim: no change is lost or repeated in the copy, wherever a run ends. A batch writes cases and the cursor that covers
// them in one transaction. A run that ends before a batch is committed reads its changes again; one that ends after it
// continues from its cursor. Two runs at once, as after a lost lock, cannot both commit: the first statement of a batch fails
// unless the run is the last one that took over.

import type { BulkFailure, CaseChange } from "../../client/index.js";
import {
  copyAcquire,
  copyCasesOf,
  copyCompact,
  copyDropDetails,
  copyOwnersSince,
  copyRestore,
  copyRound,
  RawCopyBatch,
} from "../../wasm/gateway.js";
import { messageOf } from "../error-message.js";
import type { Announce, NextRun } from "../options.js";
import { contractIds, readChanges, recordError, type RunPlace, writeReport } from "../read-changes.js";
import { SyncError } from "../sync-error.js";
import { type SyncLock, withLock } from "../sync-lock.js";
import { callWasm } from "../wasm-instance.js";
import type { CopyReport, CopySettings } from "./copy-options.js";
import type { CopyDatabase, CopyStatementResult } from "./d1-types.js";
import { type CopyStatement, databaseOf, primarySession, runBatch } from "./database.js";
import type { DetailsUsage } from "./details-budget.js";
import { readDetails } from "./read-details.js";

/** The name of the lock. */
const LOCK_NAME = "copy";

/** Number of changes of a batch. The wasm refuses more than 500. */
const CHANGES_PER_BATCH = 400;

/** Number of statements after which a run reads no further: D1 permits 1000 in an invocation. */
const MAX_STATEMENTS = 900;

/** The longest progress in bytes: a row of D1 has at most 2 MB. */
const MAX_PROGRESS_BYTES = 1_900_000;

/** Number of tombstones that are kept for readers that were away. */
const KEPT_TOMBSTONES = 100_000;

/** Number of statements after which a run drops no further tombstones, and reads. */
const MAX_COMPACT_STATEMENTS = 100;

/** Number of row ids whose details a step drops. */
const DROPPED_PER_STEP = 2000;

/** Number of epochs whose last versions are remembered, and the name of the version up to which changes were announced. */
const MAX_EPOCHS = 10;
const ANNOUNCED = "announced";

/** Time for which contracts that the service refuses are left out. */
const RECHECK_MS = 6 * 3_600_000;

const DAY_MS = 86_400_000;

const LOG = "cisco-support-case gateway: copy:";

/** The state of the copy, as a writer takes it over. */
interface WriterState {
  epoch: string;
  writer: number;
  version: number;
  progress: string;
  folding: string;
}

/** The progress that is stored with each batch. */
interface Progress {
  /** The cursor of the changes; `null` at the beginning. */
  cursor: string | null;
  /** The contracts of the last run. */
  contract_ids: string[];
  /** The day of the last compaction, counted from 1970. */
  compactedDay: number;
  /** The contracts of the last complete round, as far as they were not dropped since: the copy has all cases of these. */
  syncedIds?: string[];
  /** The contracts that the service refuses. */
  lostIds: string[];
  /** The time from which they are read again, in milliseconds since 1970. */
  recheckMs: number;
  /** The requests for details of the last 24 hours. */
  details?: DetailsUsage;
  /** Without the option `details`: the row id up to which former ones were dropped; `null` after the last one. */
  detailsDroppedTo?: number | null;
  /** The time since which a round that was cut reads each list, by the service's clock, in milliseconds since 1970. */
  roundMs?: number;
}

/** One run of the copy. */
export class CopyRun<Env> {
  #settings: CopySettings<Env>;
  #place: RunPlace<Env>;
  #announce: Announce | undefined;
  /** Whether a sync reads the copy: it reports closed cases with their last records. */
  #hasSync: boolean;
  #startedAt = Date.now();
  #report: CopyReport = { copy: "done", requests: 0, changed: 0, gone: 0, batches: 0, complete: false, ms: 0 };
  /** A session of the run, from its first statement on. */
  #database: Pick<CopyDatabase, "prepare" | "batch"> | undefined;
  #statements = 0;
  /** Whether the run has ended early, or lists were never read. */
  #isUnfinished = false;
  /** Whether another run has taken over. */
  #isReplaced = false;
  /** Whether the run has committed anything. */
  #hasProgress = false;
  #writer = 0;
  #epoch = "";
  #version = 0;
  /** The version up to which changes were announced. */
  #announcedVersion = 0;
  /** Whether no announcement of this run has failed. */
  #canAnnounce = true;
  #progress: Progress = { cursor: null, contract_ids: [], compactedDay: 0, lostIds: [], recheckMs: 0 };

  constructor(settings: CopySettings<Env>, place: RunPlace<Env>, announce: Announce | undefined, hasSync: boolean) {
    this.#settings = settings;
    this.#place = place;
    this.#announce = announce;
    this.#hasSync = hasSync;
  }

  /** Runs once, and returns which run is to follow. It never throws: errors are in the report. */
  async run(): Promise<NextRun> {
    const report = this.#report;
    const { host, env } = this.#place;
    const work = (lock: SyncLock) => this.#runLocked(lock);
    const onError = (error: unknown) => this.#recordError(error);
    const lock = await withLock(host.quotaObject(env), LOCK_NAME, { work, onError, isClean: () => true });
    // Without an error, another run has the lock.
    if (!lock && report.copy === "done") report.copy = "skipped";
    report.ms = Date.now() - this.#startedAt;
    await writeReport(this.#settings.log, report, "copy");
    if (report.copy === "failed") return this.#isReplaced ? undefined : "retry";
    // A run without progress would be continued for ever.
    return report.copy === "done" && this.#isUnfinished && this.#hasProgress ? "continue" : undefined;
  }

  #recordError(error: unknown): void {
    this.#report.copy = "failed";
    this.#isReplaced ||= error instanceof SyncError && ["WRITER_OVERTAKEN", "LOCK_LOST"].includes(error.code);
    recordError(this.#report, error, "copy", "COPY_FAILED");
  }

  async #runLocked(lock: SyncLock): Promise<void> {
    const all = await contractIds(this.#settings, this.#place.env);
    await this.#takeOver(lock);
    await this.#compact();
    const contract_ids = this.#withoutLost(all);
    await this.#dropContracts(lock, contract_ids);
    if (this.#settings.details) delete this.#progress.detailsDroppedTo;
    else if (this.#progress.details) await this.#dropDetails(lock);
    try {
      if (contract_ids.length > 0 && !this.#isUnfinished) await this.#read(lock, contract_ids);
      // Cases come first: details are requested once all lists were read.
      if (this.#settings.details && !this.#isUnfinished) await this.#readDetails(lock);
    } finally {
      // Of those who are told of each run, whatever it has changed.
      await this.#announceSince(undefined);
    }
  }

  /** Becomes the writer of the copy. If an older database was restored, all readers begin anew. */
  async #takeOver(lock: SyncLock): Promise<void> {
    const acquire = copyAcquire(randomEpoch());
    const [taken] = await this.#run(acquire);
    const state = taken?.results[0] as WriterState | undefined;
    if (!state) throw new SyncError("COPY_FAILED");
    const { epoch, writer, version, progress, folding } = state;
    // Words and keys of another version of Unicode are compared wrongly with those of this one.
    const [statement] = JSON.parse(acquire) as CopyStatement[];
    if (statement?.params[1] !== folding) throw new SyncError("FOLDING_CHANGED");
    this.#writer = writer;
    this.#epoch = epoch;
    this.#version = version;
    if (progress !== "") this.#progress = JSON.parse(progress) as Progress;
    // The Durable Object remembers the last versions of this copy and of former ones.
    const versions = versionsOf(lock);
    const last = versions.get(epoch) ?? version;
    if (last > version) {
      this.#epoch = randomEpoch();
      await this.#run(copyRestore(writer, this.#epoch));
    }
    // A run may have ended before it announced what it had committed. What fails once more is left out: pages also poll.
    this.#announcedVersion = Math.min(versions.get(ANNOUNCED) ?? last, version);
    await this.#announceChanges(lock);
    if (!this.#canAnnounce) this.#announcedVersion = this.#version;
    this.#canAnnounce = true;
    await this.#remember(lock);
  }

  /**
   * Remembers the version of the copy, to notice that an older database was restored, and what is still to be announced. Former
   * epochs are remembered too: a second restoration may bring one of them back.
   */
  async #remember(lock: SyncLock): Promise<void> {
    const versions = versionsOf(lock);
    for (const [name, version] of [
      [this.#epoch, this.#version],
      [ANNOUNCED, this.#announcedVersion],
    ] as const) {
      versions.delete(name);
      versions.set(name, version);
    }
    const id = [...versions]
      .slice(-MAX_EPOCHS - 1)
      .flat()
      .join(" ");
    if (lock.cursor?.id !== id) await lock.commit({ id }, []);
  }

  /** Returns the contracts without those that the service has refused lately, and counts these. */
  #withoutLost(contract_ids: readonly string[]): string[] {
    const { lostIds, recheckMs } = this.#progress;
    const lost = Date.now() < recheckMs ? contract_ids.filter((id) => lostIds.includes(id)) : [];
    this.#progress.lostIds = lost;
    if (lost.length > 0) this.#report.lost = lost.length;
    return contract_ids.filter((id) => !lost.includes(id));
  }

  /** Drops the cases of contracts that are not copied any more. */
  async #dropContracts(lock: SyncLock, contract_ids: readonly string[]): Promise<void> {
    const copied = new Set(contract_ids);
    const dropped = this.#progress.contract_ids.filter((id) => !copied.has(id));
    const { syncedIds = [] } = this.#progress;
    // From the first batch on, the copy does not have all cases of those that are dropped.
    this.#progress = { ...this.#progress, syncedIds: syncedIds.filter((id) => copied.has(id)) };
    while (dropped.length > 0) {
      const [found] = await this.#run(copyCasesOf(dropped, CHANGES_PER_BATCH));
      const cases = (found?.results ?? []) as { case_id: string }[];
      const batch = this.#newBatch();
      for (const { case_id } of cases) callWasm(() => batch.pushGone(case_id));
      // Only now are they gone; until then the next run goes on.
      if (cases.length === 0) this.#progress.contract_ids = [...contract_ids];
      await this.#commit(lock, batch, this.#progress);
      this.#report.gone += cases.length;
      if (cases.length === 0) return;
      if (this.#statements > MAX_STATEMENTS) {
        this.#isUnfinished = true;
        return;
      }
    }
    this.#progress.contract_ids = [...contract_ids];
  }

  /** Drops details that former runs have copied, since the option was switched off meanwhile. */
  async #dropDetails(lock: SyncLock): Promise<void> {
    for (let id = this.#progress.detailsDroppedTo; id !== null && !this.#isUnfinished; ) {
      const after = id ?? 0;
      const to = after + DROPPED_PER_STEP;
      const progress: Progress = { ...this.#progress, detailsDroppedTo: to };
      lock.check();
      const results = await this.#run(copyDropDetails(this.#writer, after, DROPPED_PER_STEP, progressText(progress)));
      const [{ id: last = 0 } = {}] = (results.at(-1)?.results ?? []) as { id?: number }[];
      // A case that is added later has no details.
      id = to < last ? to : null;
      this.#progress = { ...progress, detailsDroppedTo: id };
      // The next batch stores that this was the last step. Until then each run repeats it.
      this.#hasProgress ||= id !== null;
      this.#isUnfinished = this.#statements > MAX_STATEMENTS;
    }
  }

  /** Reads changes since the committed cursor, and commits them as they are read. */
  async #read(lock: SyncLock, contract_ids: readonly string[]): Promise<void> {
    const first = this.#progress.cursor;
    const { oldest, newest } = readingTimes(first);
    // A round that was cut goes on until each list was read since its beginning.
    if (oldest >= (this.#progress.roundMs ?? 0)) this.#progress = { ...this.#progress, roundMs: newest + 1 };
    const { roundMs = 0 } = this.#progress;
    const unread = unreadLists(first, roundMs);
    let batch = this.#newBatch();
    let count = 0;
    const commit = async (progress: Progress) => {
      await this.#commit(lock, batch, progress);
      batch = this.#newBatch();
      count = 0;
    };
    const take = async (change: CaseChange, cursor: () => string | null) => {
      if (!this.#push(batch, change)) {
        // The cursor may cover this change already, so the batch is committed without it.
        await commit(this.#progress);
        this.#push(batch, change);
      }
      count += 1;
      if (count < CHANGES_PER_BATCH) return true;
      await commit(this.#progressAt(cursor()));
      this.#isUnfinished = this.#statements > MAX_STATEMENTS;
      return !this.#isUnfinished;
    };
    const end = async (cursor: string | null) => {
      const progress = this.#progressAt(cursor);
      if (count > 0 || progress.cursor !== this.#progress.cursor) await commit(progress);
    };
    const report = this.#report;
    const { error, failures, isCut } = await readChanges(
      this.#place,
      this.#settings,
      contract_ids,
      first,
      { take, end },
      report,
    );
    const others = failures.filter((failure) => !isRefused(failure));
    if (others.length > 0) report.failed = others.length;
    if (error === undefined) await this.#onRefused(lock, contract_ids, failures.filter(isRefused));
    const failure = error ?? others[0]?.error;
    if (failure) throw failure;
    const syncedMs = readingTimes(this.#progress.cursor).oldest;
    report.complete = syncedMs > 0;
    if (syncedMs > 0) {
      const { lostIds } = this.#progress;
      this.#progress = { ...this.#progress, syncedIds: contract_ids.filter((id) => !lostIds.includes(id)) };
      await this.#run(copyRound(this.#writer, syncedMs, progressText(this.#progress)));
    }
    // A service whose clock stands still, or a list that cannot be read, must not continue for ever.
    const left = unreadLists(this.#progress.cursor, roundMs);
    const isRoundCut = isCut && left > 0 && left < unread;
    // With `older: "rotate"` a round leaves lists out.
    if (syncedMs === 0 || (isRoundCut && this.#settings.older !== "rotate")) this.#isUnfinished = true;
  }

  /**
   * Drops contracts that the service refuses: the account may not read them any more. They are left out for some hours, since a
   * list with one of them costs several requests. If it refuses all, that is an error, and nothing is dropped.
   */
  async #onRefused(lock: SyncLock, contract_ids: readonly string[], refused: readonly BulkFailure[]): Promise<void> {
    const [first] = refused;
    if (!first) return;
    const ids = new Set(refused.flatMap((failure) => failure.ids));
    const rest = contract_ids.filter((id) => !ids.has(id));
    if (rest.length === 0) throw first.error;
    const lostIds = [...this.#progress.lostIds, ...ids];
    this.#progress = { ...this.#progress, lostIds, recheckMs: Date.now() + RECHECK_MS };
    this.#report.lost = lostIds.length;
    await this.#dropContracts(lock, rest);
  }

  #newBatch(): RawCopyBatch {
    return callWasm(() => new RawCopyBatch(this.#writer));
  }

  /** Adds a change to a batch. Returns `false` if the batch is full. */
  #push(batch: RawCopyBatch, { type, case_id, case: record }: CaseChange): boolean {
    const isGone = record === null || (type === "closed" && this.#settings.status_flag === "O");
    const isPushed = callWasm(() => {
      if (record === null || (isGone && !this.#hasSync)) return batch.pushGone(case_id);
      const text = serviceText(record);
      return isGone ? batch.pushClosed(text) : batch.pushCase(text);
    });
    if (isPushed) this.#report[isGone ? "gone" : "changed"] += 1;
    return isPushed;
  }

  #progressAt(cursor: string | null): Progress {
    return { ...this.#progress, cursor: cursor ?? this.#progress.cursor };
  }

  /** Reads details of open cases, and commits them as they are read. */
  async #readDetails(lock: SyncLock): Promise<void> {
    const [run, progressWith] = [this, (usage: DetailsUsage): Progress => ({ ...this.#progress, details: usage })];
    await readDetails(this.#place, this.#settings, this.#startedAt, {
      writer: this.#writer,
      report: this.#report,
      get usage() {
        return run.#progress.details ?? [];
      },
      progressText: (usage) => progressText(progressWith(usage)),
      query: (statements) => this.#run(statements),
      commit: (statements, usage) => this.#commitStatements(lock, statements, progressWith(usage)),
      hasTime: () => this.#statements <= MAX_STATEMENTS,
    });
  }

  /** Commits a batch together with the progress that it covers. */
  async #commit(lock: SyncLock, batch: RawCopyBatch, progress: Progress): Promise<void> {
    const text = progressText(progress);
    const { statements, reduced } = callWasm(() => ({ statements: batch.statements(text), reduced: batch.reduced }));
    batch.free();
    await this.#commitStatements(lock, statements, progress);
    this.#report.batches += 1;
    if (reduced === 0) return;
    this.#report.reduced = (this.#report.reduced ?? 0) + reduced;
    // The other cases are there: it is no failure of the copy.
    recordError(this.#report, new SyncError("RECORD_TOO_LARGE"), "copy", "COPY_FAILED");
  }

  /** Commits statements that store a progress. The last one may select the newest version. */
  async #commitStatements(lock: SyncLock, statements: string, progress: Progress): Promise<void> {
    lock.check();
    const results = await this.#run(statements);
    const { version = this.#version } = (results.at(-1)?.results[0] ?? {}) as { version?: number };
    this.#progress = progress;
    this.#hasProgress = true;
    const former = this.#version;
    this.#version = version;
    if (version === former) return;
    await this.#announceChanges(lock);
  }

  /** Announces the changes that were not announced yet, and remembers that. What fails is left for the next run. */
  async #announceChanges(lock: SyncLock): Promise<void> {
    if (this.#announcedVersion !== this.#version && this.#canAnnounce) {
      this.#canAnnounce = await this.#announceSince(this.#announcedVersion);
    }
    if (this.#canAnnounce) this.#announcedVersion = this.#version;
    await this.#remember(lock);
  }

  /** Announces the changes after a version. Returns whether it has: a failure is none of the copy, since pages also poll. */
  async #announceSince(version: number | undefined): Promise<boolean> {
    const announce = this.#announce;
    if (!announce) return true;
    try {
      const owners = { contract_id: new Set<string>(), user_id: new Set<string>() };
      if (version !== undefined) {
        const [found] = await this.#run(copyOwnersSince(version));
        for (const row of (found?.results ?? []) as Record<keyof typeof owners, string>[]) {
          for (const name of ["contract_id", "user_id"] as const) if (row[name] !== "") owners[name].add(row[name]);
        }
      }
      await announce([...owners.contract_id], [...owners.user_id]);
      return true;
    } catch (error) {
      console.error(`${LOG} announce:`, messageOf(error));
      return false;
    }
  }

  /** Drops old tombstones, and what readers that do not come any more were permitted, once a day. */
  async #compact(): Promise<void> {
    const day = Math.floor(Date.now() / DAY_MS);
    if (this.#progress.compactedDay === day) return;
    // Those of a contract with very many cases may take several runs.
    while (this.#statements < MAX_COMPACT_STATEMENTS) {
      const results = await this.#run(copyCompact(this.#writer, KEPT_TOMBSTONES, day));
      const { more = 0 } = (results.at(-1)?.results[0] ?? {}) as { more?: number };
      if (more === 0) {
        this.#progress = { ...this.#progress, compactedDay: day };
        return;
      }
    }
  }

  async #run(statements: string): Promise<CopyStatementResult[]> {
    const list = JSON.parse(statements) as CopyStatement[];
    this.#statements += list.length;
    this.#database ??= primarySession(databaseOf(this.#settings.database, this.#place.env));
    return runBatch(this.#database, list);
  }
}

/** Returns the versions that the Durable Object remembers, by epoch: its text has one after the other, the newest last. */
function versionsOf({ cursor }: SyncLock): Map<string, number> {
  const words = cursor?.id.split(" ") ?? [];
  const places = Array.from({ length: Math.floor(words.length / 2) }, (_, pair) => 2 * pair);
  return new Map(places.map((at) => [words[at] ?? "", Number(words[at + 1])]));
}

/** Returns when each list of a cursor was read, in milliseconds since 1970; 0 for one that never was. */
const checkedTimes = (cursor: string | null): number[] =>
  (JSON.parse(cursor ?? "{}") as { checked?: number[] }).checked ?? [];

/** Returns the number of lists of a cursor that were not read since a time. */
const unreadLists = (cursor: string | null, sinceMs: number): number =>
  checkedTimes(cursor).filter((at) => at < sinceMs).length;

/** Returns the times at which the first and the last list of a cursor were read; 0 without any. */
function readingTimes(cursor: string | null): { oldest: number; newest: number } {
  const checked = checkedTimes(cursor);
  const [first = 0] = checked;
  return {
    oldest: checked.reduce((least, at) => Math.min(least, at), first),
    newest: checked.reduce((most, at) => Math.max(most, at), first),
  };
}

/** Whether the service refuses the ids of a failure: only then is it that of a single one. */
const isRefused = ({ ids, error }: BulkFailure): boolean => error.kind === "permission" && ids.length === 1;

/** Returns the text of a record with the fields of the service. */
function serviceText(record: object): string {
  const { extra, item_entry_id: _, ...fields } = record as Record<string, unknown>;
  return JSON.stringify({ ...(extra as object), ...fields });
}

/** Returns a progress as text. Throws `PROGRESS_TOO_LARGE`. */
function progressText(progress: Progress): string {
  const text = JSON.stringify(progress);
  if (utf8Length(text) > MAX_PROGRESS_BYTES) throw new SyncError("PROGRESS_TOO_LARGE");
  return text;
}

/** Returns the length of a text in UTF-8. A text that is short in any case is not encoded. */
const utf8Length = (text: string): number =>
  text.length * 3 <= MAX_PROGRESS_BYTES ? text.length : new TextEncoder().encode(text).length;

const randomEpoch = (): string => crypto.randomUUID().replaceAll("-", "").slice(0, 16);
