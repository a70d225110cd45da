// A run of the copy: it reads changes from the service, and commits them in batches.
//
// Claim: no change is lost or repeated in the copy, wherever a run ends. A batch writes cases and the cursor that covers
// them in one transaction. A run that ends before a batch is committed reads its changes again; one that ends after it
// continues from its cursor. Two runs at once, as after a lost lock, cannot both commit: the first statement of a batch fails
// unless the run is the last one that took over.

// The client as a Worker gets it, with its wasm.
import { CaseClient, isCaseApiError } from "../../entry/workerd.js";
import type { CaseChange, Changes } from "../../client/index.js";
import {
  copyAcquire,
  copyCasesOf,
  copyCompact,
  copyOwnersSince,
  copyRestore,
  copyRound,
  RawCopyBatch,
} from "../../wasm/gateway.js";
import { messageOf } from "../error-message.js";
import type { Announce, Context } from "../options.js";
import { QuotaFetch } from "../quota-fetch.js";
import { SyncError } from "../sync-error.js";
import { SyncLock } from "../sync-lock.js";
import { changesParams } from "../sync-options.js";
import { GatewayError, type SyncHost } from "../upstream-client.js";
import { callWasm } from "../wasm-instance.js";
import type { CopyReport, CopySettings } from "./copy-options.js";
import type { CopyDatabase, CopyStatementResult } from "./d1-types.js";
import { type CopyStatement, primarySession, runBatch } from "./database.js";

/** The tenant whose share of the quota a run uses. */
const COPY_TENANT = "sync";

/** The name of the lock. */
const LOCK_NAME = "copy";

/** Number of changes of a batch. The wasm refuses more than 500. */
const CHANGES_PER_BATCH = 400;

/** Number of statements after which a run reads no further: D1 permits 1000 in an invocation. */
const MAX_STATEMENTS = 900;

/** Duration of reading, at most. Cloudflare ends a scheduled run after 15 minutes. */
const MAX_READ_MS = 9 * 60_000;

/** Timeout of a request, which includes its wait for the quota. */
const REQUEST_TIMEOUT_MS = 120_000;

/** The longest progress: a value of D1 has at most 2 MB. */
const MAX_PROGRESS_LENGTH = 1_900_000;

/** Number of tombstones that are kept for readers that were away. */
const KEPT_TOMBSTONES = 100_000;

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
}

/** One run of the copy. */
export class CopyRun<Env> {
  #settings: CopySettings<Env>;
  #host: SyncHost<Env>;
  #env: Env;
  #ctx: Context;
  #announce: Announce | undefined;
  #startedAt = Date.now();
  #report: CopyReport = { copy: "done", requests: 0, changed: 0, gone: 0, batches: 0, complete: false, ms: 0 };
  #database: Pick<CopyDatabase, "prepare" | "batch">;
  #statements = 0;
  #writer = 0;
  #epoch = "";
  #version = 0;
  #progress: Progress = { cursor: null, contract_ids: [], compactedDay: 0 };

  constructor(
    settings: CopySettings<Env>,
    host: SyncHost<Env>,
    env: Env,
    ctx: Context,
    announce: Announce | undefined,
  ) {
    this.#settings = settings;
    this.#host = host;
    this.#env = env;
    this.#ctx = ctx;
    this.#announce = announce;
    this.#database = primarySession(settings.database(env));
  }

  /** Runs once. It never throws: errors are in the report. */
  async run(): Promise<void> {
    const report = this.#report;
    let lock: SyncLock | null = null;
    try {
      lock = await SyncLock.acquire(this.#host.quotaObject(this.#env), LOCK_NAME);
      if (lock) await this.#runLocked(lock);
      else report.copy = "skipped";
    } catch (error) {
      this.#recordError(error);
    } finally {
      await lock?.release(true).catch((error: unknown) => this.#recordError(error));
      report.ms = Date.now() - this.#startedAt;
      try {
        if (this.#settings.log) this.#settings.log(report);
      } catch (error) {
        console.error(`${LOG} log threw.`, messageOf(error));
      }
    }
  }

  /** Adds the code of an error to the report. The message is only logged: it may quote anything. */
  #recordError(error: unknown): void {
    const code = codeOf(error);
    const { errors = [] } = this.#report;
    this.#report.copy = "failed";
    this.#report.errors = errors.includes(code) ? errors : [...errors, code];
    if (code === "COPY_FAILED") console.error(`${LOG} ${code}.`, messageOf(error));
  }

  async #runLocked(lock: SyncLock): Promise<void> {
    const contract_ids = await this.#contractIds();
    await this.#takeOver(lock);
    await this.#compact();
    await this.#dropContracts(lock, contract_ids);
    try {
      if (contract_ids.length > 0) await this.#read(lock, contract_ids);
    } finally {
      // Of those who are told of each run, whatever it has changed.
      await this.#announceSince(undefined);
    }
  }

  async #contractIds(): Promise<string[]> {
    try {
      const ids: unknown = await this.#settings.contract_ids(this.#env);
      if (!Array.isArray(ids)) throw new TypeError("contract_ids returned no list");
      return ids;
    } catch (cause) {
      throw new SyncError("CONTRACTS_UNAVAILABLE", cause);
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
    // The Durable Object remembers the last version of this copy.
    const [lastEpoch, lastVersion] = lock.cursor?.id.split(" ") ?? [];
    if (lastEpoch === epoch && Number(lastVersion) > version) {
      this.#epoch = randomEpoch();
      await this.#run(copyRestore(writer, this.#epoch));
    }
    await this.#remember(lock);
  }

  /** Remembers the version of the copy, to notice that an older database was restored. */
  async #remember(lock: SyncLock): Promise<void> {
    const id = `${this.#epoch} ${this.#version}`;
    if (lock.cursor?.id !== id) await lock.commit({ id }, []);
  }

  /** Drops the cases of contracts that are not copied any more. */
  async #dropContracts(lock: SyncLock, contract_ids: readonly string[]): Promise<void> {
    const copied = new Set(contract_ids);
    const dropped = this.#progress.contract_ids.filter((id) => !copied.has(id));
    while (dropped.length > 0) {
      const [found] = await this.#run(copyCasesOf(dropped, CHANGES_PER_BATCH));
      const cases = (found?.results ?? []) as { case_id: string }[];
      const batch = this.#newBatch();
      for (const { case_id } of cases) callWasm(() => batch.pushGone(case_id));
      // Only now are they gone; until then the next run goes on.
      if (cases.length === 0) this.#progress.contract_ids = [...contract_ids];
      await this.#commit(lock, batch, this.#progress);
      this.#report.gone += cases.length;
      if (cases.length === 0 || this.#statements > MAX_STATEMENTS) return;
    }
    this.#progress.contract_ids = [...contract_ids];
  }

  /** Reads changes since the committed cursor, and commits them. */
  async #read(lock: SyncLock, contract_ids: readonly string[]): Promise<void> {
    const { upstream, fetch, baseUrl } = this.#host;
    const { maxRequests, older } = this.#settings;
    const quotaFetch = new QuotaFetch(upstream, COPY_TENANT, fetch, this.#env, this.#ctx);
    const client = new CaseClient({
      token: quotaFetch.token,
      fetch: quotaFetch.fetch,
      // The Durable Object limits the rate.
      rateLimit: false,
      timeoutMs: REQUEST_TIMEOUT_MS,
      ...(baseUrl !== undefined && { baseUrl }),
    });
    const signal = AbortSignal.timeout(MAX_READ_MS);
    const changes = client.changes(changesParams(contract_ids, this.#settings), this.#progress.cursor, {
      maxRequests,
      older,
      signal,
      concurrency: 4,
      partial: true,
    });
    let failure: unknown;
    try {
      await this.#copyChanges(lock, changes);
    } catch (error) {
      if (!isCaseApiError(error)) throw error;
      if (!signal.aborted) failure = error;
    } finally {
      this.#report.requests = quotaFetch.requests;
      client.free();
    }
    const { failures } = changes;
    if (failures.length > 0) this.#report.failed = failures.length;
    failure ??= failures[0]?.error;
    if (failure) throw failure;
    const syncedMs = syncedUpTo(this.#progress.cursor);
    this.#report.complete = syncedMs > 0;
    if (syncedMs > 0) await this.#run(copyRound(this.#writer, syncedMs));
  }

  /** Commits changes as they are read. */
  async #copyChanges(lock: SyncLock, changes: Changes): Promise<void> {
    let batch = this.#newBatch();
    let count = 0;
    const commit = async (progress: Progress) => {
      await this.#commit(lock, batch, progress);
      batch = this.#newBatch();
      count = 0;
    };
    try {
      for await (const change of changes) {
        if (!this.#push(batch, change)) {
          // The cursor may cover this change already, so the batch is committed without it.
          await commit(this.#progress);
          this.#push(batch, change);
        }
        count += 1;
        if (count < CHANGES_PER_BATCH) continue;
        await commit(this.#progressAt(changes));
        if (this.#statements > MAX_STATEMENTS) return;
      }
    } catch (error) {
      if (!isCaseApiError(error)) throw error;
      await commit(this.#progressAt(changes));
      throw error;
    }
    await commit(this.#progressAt(changes));
  }

  #newBatch(): RawCopyBatch {
    return callWasm(() => new RawCopyBatch(this.#writer));
  }

  /** Adds a change to a batch. Returns `false` if the batch is full. */
  #push(batch: RawCopyBatch, { type, case_id, case: record }: CaseChange): boolean {
    const isGone = record === null || (type === "closed" && this.#settings.status_flag === "O");
    const isPushed = isGone
      ? callWasm(() => batch.pushGone(case_id))
      : callWasm(() => batch.pushCase(serviceText(record)));
    if (isPushed) this.#report[isGone ? "gone" : "changed"] += 1;
    return isPushed;
  }

  #progressAt(changes: Changes): Progress {
    return { ...this.#progress, cursor: changes.cursor() ?? this.#progress.cursor };
  }

  /** Commits a batch together with the progress that it covers. */
  async #commit(lock: SyncLock, batch: RawCopyBatch, progress: Progress): Promise<void> {
    lock.check();
    const text = JSON.stringify(progress);
    if (text.length > MAX_PROGRESS_LENGTH) throw new SyncError("PROGRESS_TOO_LARGE");
    const isEmpty = callWasm(() => batch.isEmpty());
    const statements = callWasm(() => batch.statements(text));
    batch.free();
    const results = await this.#run(statements);
    const { version = this.#version } = (results.at(-1)?.results[0] ?? {}) as { version?: number };
    this.#progress = progress;
    this.#report.batches += 1;
    const former = this.#version;
    const isNew = version !== former;
    this.#version = version;
    if (!isEmpty) await this.#remember(lock);
    if (isNew) await this.#announceSince(former);
  }

  /** Announces the changes after a version. A failure is none of the copy: pages also poll. */
  async #announceSince(version: number | undefined): Promise<void> {
    const announce = this.#announce;
    if (!announce) return;
    try {
      const owners = { contract_id: new Set<string>(), user_id: new Set<string>() };
      if (version !== undefined) {
        const [found] = await this.#run(copyOwnersSince(version));
        for (const row of (found?.results ?? []) as Record<keyof typeof owners, string>[]) {
          for (const name of ["contract_id", "user_id"] as const) if (row[name] !== "") owners[name].add(row[name]);
        }
      }
      await announce([...owners.contract_id], [...owners.user_id]);
    } catch (error) {
      console.error(`${LOG} announce:`, messageOf(error));
    }
  }

  /** Drops old tombstones, and what readers that do not come any more were permitted, once a day. */
  async #compact(): Promise<void> {
    const day = Math.floor(Date.now() / DAY_MS);
    if (this.#progress.compactedDay === day) return;
    await this.#run(copyCompact(this.#writer, KEPT_TOMBSTONES, day));
    this.#progress = { ...this.#progress, compactedDay: day };
  }

  async #run(statements: string): Promise<CopyStatementResult[]> {
    const list = JSON.parse(statements) as CopyStatement[];
    this.#statements += list.length;
    return runBatch(this.#database, list);
  }
}

/** Returns the time up to which all lists of a cursor were read, in milliseconds since 1970; 0 if one was never. */
function syncedUpTo(cursor: string | null): number {
  const { checked = [] } = JSON.parse(cursor ?? "{}") as { checked?: number[] };
  return checked.length === 0 ? 0 : checked.reduce((least, at) => Math.min(least, at));
}

/** Returns the code of an error for the report. */
function codeOf(error: unknown): string {
  if (error instanceof SyncError || isCaseApiError(error)) return error.code;
  if (error instanceof GatewayError) return (JSON.parse(error.body) as { error: { code: string } }).error.code;
  return "COPY_FAILED";
}

/** Returns the text of a record with the fields of the service. */
function serviceText(record: object): string {
  const { extra, item_entry_id: _, ...fields } = record as Record<string, unknown>;
  return JSON.stringify({ ...(extra as object), ...fields });
}

const randomEpoch = (): string => crypto.randomUUID().replaceAll("-", "").slice(0, 16);
