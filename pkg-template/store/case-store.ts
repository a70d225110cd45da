// The store: its methods over the wasm instance.

import type { ChangesParams } from "../client/bulk-options.js";
import { clientError } from "../client/errors.js";
import { callGuarded } from "../client/hooks.js";
import { pageCopies } from "../client/page-copy.js";
import { rejectOption } from "../client/reject-option.js";
import type { Issue } from "../client/types.js";
import {
  ASK_APPLY_DETAILS,
  ASK_BEGIN_LIVE,
  ASK_CANONICAL_TEXT,
  ASK_CHANGES,
  ASK_COUNT,
  ASK_DETAILS,
  ASK_END_LIVE,
  ASK_FACETS,
  ASK_GET,
  ASK_LIVE_ANSWER,
  ASK_MATCHES,
  ASK_OVERVIEW,
  ASK_POSITION,
  ASK_QUERY,
  ASK_REFRESH_LIVE,
  ASK_RELATED,
  ASK_REMOVE,
  ASK_REMOVE_MATCHING,
  ASK_STATUS_SINCE,
} from "../generated/boundary.js";
import type { CaseDetail, CaseRecord } from "../generated/types.js";
import type { AnswerReader } from "./answer-reader.js";
import {
  ALL_VALUES,
  readChanges,
  readDetails,
  readFacets,
  readMatches,
  readOverview,
  readSpellings,
  readStatusSince,
  textsOf,
} from "./answers.js";
import { workInTurns } from "./background-work.js";
import { CaseDetails, inParts } from "./case-details.js";
import { loaded, storeError } from "./errors.js";
import { createExports, type Exports } from "./export-stream.js";
import { checkOptions, FollowHandle } from "./follow-handle.js";
import type { Follow, FollowClient, FollowOptions, FollowTarget } from "./follow-types.js";
import type {
  CaseChange,
  CaseConditions,
  CaseDetailColumns,
  CaseInput,
  CaseMatches,
  CaseOverview,
  CaseQuery,
  CaseQueryResult,
  CaseStore,
  CaseStoreConstructor,
  CaseStoreOptions,
  ChangeSet,
  ExportOptions,
  FacetField,
  FacetValue,
  GetDetailsOptions,
  LiveQuery,
  NoteMatches,
  OverviewOptions,
  RelatedBy,
  StatusSince,
} from "./index.js";
import { jsonText } from "./json-text.js";
import { createLiveQueries, type LiveQueries } from "./live-queries.js";
import type { NoteSearch } from "./note-search.js";
import type { StoreSession } from "./persistence/memory-session.js";
import type { PersistenceState } from "./persistence/persistence-state.js";
import type { Bytes, StorePersistence } from "./persistence/storage.js";
import { createRecordCache, type RecordCache } from "./record-cache.js";
import { createClock, type StoreClock } from "./store-clock.js";
import { createCore, type StoreCore } from "./store-core.js";
import { caseIdsOf, MAX_RECORDS, readApplyInput } from "./store-input.js";
import { type StoreId, takeStoreId } from "./store-ids.js";
import { createInstantiator, type StoreRuntime } from "./store-module.js";
import { sessionFor } from "./store-session.js";

/** Returns `CaseStore` for a runtime. */
export function createStoreConstructor(runtime: StoreRuntime): CaseStoreConstructor {
  const instantiate = createInstantiator(runtime);
  pageCopies.areWanted = true;
  const create = async (
    now: CaseStoreOptions["now"],
    scope: string,
    needsDeferred: boolean,
    persistence = "memory",
  ) => {
    const clock = createClock(now);
    const core = createCore(await instantiate(needsDeferred), clock.nowMs());
    return new Store(core, clock, scope, takeStoreId(scope, persistence));
  };
  return {
    async open(options: CaseStoreOptions = {}) {
      const { now, persist, scope, searchNotes } = readOptions(options);
      const store = await create(now, scope, Boolean(persist || searchNotes), persist?.id);
      return store.opened(async () => {
        if (searchNotes) await store.searchNotes();
        await store.openSession(persist);
      });
    },
    async restore(bytes: Uint8Array, options: Pick<CaseStoreOptions, "now"> = {}) {
      // Also one of another realm, such as a file's in a test environment with globals of its own.
      if (bytes?.BYTES_PER_ELEMENT !== 1) rejectOption("bytes", "the Uint8Array of a snapshot", bytes);
      const store = await create(readOptions(options, ["now"]).now, "", true);
      return store.opened(async () => {
        await store.restore(bytes);
        await store.openSession(undefined);
      });
    },
  };
}

/** The names of the options. */
const OPTIONS = ["now", "persist", "scope", "searchNotes"];

function readOptions(options: unknown, known = OPTIONS): Omit<CaseStoreOptions, "scope"> & { scope: string } {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    return rejectOption("options", "an object", options);
  }
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) rejectOption(name, `one of the options ${known.join(", ")}`, name);
  }
  const { now, persist, scope = "", searchNotes } = options as CaseStoreOptions;
  if (typeof scope !== "string" || (persist && scope === "")) {
    rejectOption("scope", "a text that names the user whose cases are saved", scope);
  }
  if (persist !== undefined && typeof Object(persist).open !== "function") {
    rejectOption("persist", "indexedDb(), custom(adapter) or nodeFile({ folder })", persist);
  }
  if (searchNotes !== undefined && typeof searchNotes !== "boolean") {
    rejectOption("searchNotes", "true or false", searchNotes);
  }
  return { now, persist, scope, searchNotes };
}

const NO_MATCHES: readonly CaseMatches[] = Object.freeze([]);
const NO_RECORDS: readonly CaseRecord[] = Object.freeze([]);
const NO_CHANGES: readonly CaseChange[] = Object.freeze([]);

/** The wait before changes are saved that no follower saves, in milliseconds. */
const SAVE_DELAY_MS = 500;

/** The parts of a store. They are a separate object, so that a Proxy around the store shares them. */
interface StoreParts {
  readonly core: StoreCore;
  readonly records: RecordCache;
  readonly live: LiveQueries;
  readonly details: CaseDetails;
  readonly exports: Exports;
  /** The search in notes, where it is wanted. */
  notes: NoteSearch | undefined;
  readonly stopClock: () => void;
  readonly releaseId: () => void;
  session: StoreSession | undefined;
  /** The objects of `follow()` that may still be saving: the last one, and those before it until it begins. */
  readonly followers: Set<FollowHandle>;
  isClosed: boolean;
  /** What the first call of `close()` does. */
  closing: Promise<void> | undefined;
  /** Stops the indexes' build, if they are being built. */
  stopIndexing: (() => void) | undefined;
  /** The timer of the next save. */
  saveTimer: unknown;
  readonly persistenceListeners: Set<(state: PersistenceState) => void>;
}

class Store implements CaseStore {
  /** Prevents Vue from wrapping the store in a Proxy. */
  readonly __v_skip = true;
  readonly scope: string;
  readonly id: string;
  private readonly parts: StoreParts;

  constructor(core: StoreCore, clock: StoreClock, scope: string, { id, release }: StoreId) {
    this.scope = scope;
    this.id = id;
    const records = createRecordCache(core);
    const answer = (text: string, reader: AnswerReader | undefined) => answerOf(core, records, text, reader!);
    const live = createLiveQueries({
      evaluate: (text) => answer(text, core.ask("live", ASK_QUERY, text)),
      begin: (text) => core.ask("live", ASK_BEGIN_LIVE, text)!.number(),
      answer: (number, text) => answer(text, core.ask("live", ASK_LIVE_ANSWER, "", "", number)),
      changed: () => core.ask("live", ASK_REFRESH_LIVE)!.rest(),
      end: (number) => core.ask("live", ASK_END_LIVE, "", "", number),
    });
    const stopClock = clock.onDay((nowMs) => {
      core.call((raw) => raw.setNow(nowMs));
      live.refresh(true);
    });
    const details = new CaseDetails({
      columns: (case_id) => {
        const found = core.ask("details", ASK_DETAILS, case_id);
        return found && readDetails(found);
      },
      get mayBeSaved() {
        const { isSaving = false, error = null } = parts.session?.state ?? {};
        return isSaving || error !== null;
      },
      get isSaving() {
        return parts.session?.state.isSaving === true && parts.session.role === "leader";
      },
      read: async (case_id) => parts.session?.readText(case_id),
    });
    const parts: StoreParts = {
      core,
      records,
      live,
      details,
      exports: createExports(
        () => openCore(parts),
        () => buildIndexes(parts),
      ),
      notes: undefined,
      stopClock,
      releaseId: release,
      session: undefined,
      followers: new Set(),
      isClosed: false,
      closing: undefined,
      stopIndexing: undefined,
      saveTimer: undefined,
      persistenceListeners: new Set(),
    };
    this.parts = parts;
  }

  /** Opens the store by a function. If that fails, nothing of the store stays: neither its clock nor its memory. */
  async opened(open: () => Promise<void>): Promise<this> {
    try {
      await open();
    } catch (error) {
      await this.close();
      throw error;
    }
    return this;
  }

  /** Searches notes from here on. */
  async searchNotes(): Promise<void> {
    const { parts } = this;
    const { core, details, live } = parts;
    const [{ NoteSearch }] = await Promise.all([loaded(import("./note-search.js")), core.loadDeferred()]);
    const notes = new NoteSearch({ core, details: (id) => details.get(id), refresh: () => live.refresh() });
    details.onReplaced = (ids) => notes.expect(ids);
    parts.notes = notes;
  }

  /** Opens the persistence, and restores what is saved. */
  async openSession(persist: StorePersistence | undefined): Promise<void> {
    const { core, live, details, persistenceListeners } = this.parts;
    const onContent = () => {
      buildIndexes(this.parts);
      live.refresh();
      readNotes(this.parts);
    };
    const events = {
      onState: (state: PersistenceState) => {
        // While a persistence that came late is opened, the store has its former state.
        if (state !== this.parts.session?.state) return;
        for (const listener of [...persistenceListeners]) {
          if (!persistenceListeners.has(listener)) continue;
          callGuarded(undefined, "a listener of onPersistence()", () => listener(state));
        }
      },
      onContent,
      onErased: () => {
        const drop = () => {
          const { session, isClosed } = this.parts;
          if (isClosed) return;
          core.call((raw) => raw.clear());
          if (session) session.cursor = null;
          details.onRemoved();
          onContent();
        };
        drop();
        // Their last rounds apply what they have read.
        const { followers } = this.parts;
        if (followers.size > 0) void stopAll(followers).then(drop);
      },
    };
    this.parts.session = await sessionFor(core, persist, this.scope, events, details);
    buildIndexes(this.parts);
    readNotes(this.parts);
  }

  /** Replaces the content by a snapshot. */
  async restore(bytes: Uint8Array): Promise<void> {
    const { core } = this.parts;
    await core.loadDeferred();
    core.writeInput(bytes);
    core.checked("restore", (raw) => raw.restoreSnapshot());
  }

  get persistence(): PersistenceState {
    // Also once the store is closed: a component that shows it renders once more then.
    if (!this.parts.session) throw storeError("STORE_CLOSED");
    return this.parts.session.state;
  }

  onPersistence(listener: (state: PersistenceState) => void): () => void {
    const { persistenceListeners } = this.parts;
    if (typeof listener !== "function") rejectOption("listener", "a function", listener);
    const own = (state: PersistenceState) => listener(state);
    persistenceListeners.add(own);
    return () => persistenceListeners.delete(own);
  }

  get size(): number {
    return openCore(this.parts).call((raw) => raw.size());
  }

  get version(): number {
    return openCore(this.parts).call((raw) => raw.version());
  }

  apply(cases: CaseInput): ChangeSet {
    const set = apply(this.parts, cases);
    saveLater(this.parts);
    return set;
  }

  remove(case_ids: string | readonly string[]): ChangeSet {
    const ids = caseIdsOf(case_ids);
    const before = this.version;
    openCore(this.parts).ask("remove", ASK_REMOVE, jsonText(ids));
    this.parts.details.onGone(ids);
    saveLater(this.parts);
    return finish(this.parts, before, []);
  }

  query(query?: CaseQuery): CaseQueryResult {
    const { records } = this.parts;
    const core = openCore(this.parts);
    const text = objectText(query);
    return answerOf(core, records, text, core.ask("query", ASK_QUERY, text)!);
  }

  count(query?: CaseQuery): number {
    return openCore(this.parts).ask("count", ASK_COUNT, objectText(query))!.number();
  }

  position(query: CaseQuery | undefined, case_id: string): number | null {
    return openCore(this.parts).ask("position", ASK_POSITION, objectText(query), String(case_id))?.number() ?? null;
  }

  facets<F extends FacetField>(
    query: CaseQuery | undefined,
    fields: readonly F[],
  ): Readonly<Record<F, readonly FacetValue[]>> {
    const names = jsonText(fields ?? null);
    return readFacets(openCore(this.parts).ask("facets", ASK_FACETS, objectText(query), names)!, JSON.parse(names));
  }

  overview(query?: CaseQuery, options?: OverviewOptions): CaseOverview {
    return readOverview(openCore(this.parts).ask("overview", ASK_OVERVIEW, objectText(query), objectText(options))!);
  }

  get(case_id: string): CaseRecord | undefined;
  get(case_id: string, options: GetDetailsOptions): Promise<CaseDetail | undefined>;
  get(case_id: string, options?: GetDetailsOptions): CaseRecord | undefined | Promise<CaseDetail | undefined> {
    const { records, details } = this.parts;
    if (options !== undefined) {
      const { details: isWanted, ...others } = Object(options) as Record<string, unknown>;
      const [name] = Object.keys(others);
      if (isWanted !== true || name !== undefined)
        rejectOption(name ?? "details", "the option details: true", isWanted);
      // Rejects once the store is closed.
      return details.get(String(case_id));
    }
    const found = openCore(this.parts).ask("get", ASK_GET, String(case_id));
    return found && records.of(found)[0];
  }

  async noteMatches(query: CaseQuery, case_id: string): Promise<readonly NoteMatches[]> {
    const { matchNotes } = await loaded(import("./note-search.js"));
    const found = await this.parts.details.get(String(case_id));
    return matchNotes(openCore(this.parts), objectText(query), found?.notes ?? []);
  }

  async notesReady(): Promise<void> {
    await this.parts.notes?.read();
  }

  details(case_id: string): CaseDetailColumns | undefined {
    const found = openCore(this.parts).ask("details", ASK_DETAILS, String(case_id));
    return found && readDetails(found);
  }

  statusSince(case_id: string): StatusSince | undefined {
    const found = openCore(this.parts).ask("statusSince", ASK_STATUS_SINCE, String(case_id));
    return found && readStatusSince(found);
  }

  related(by: RelatedBy): readonly CaseRecord[] {
    const { records } = this.parts;
    const core = openCore(this.parts);
    const entries = Object.entries(Object(by)).filter(([, value]) => value !== undefined);
    const [field = "", value] = entries[0] ?? [];
    if (!["bug", "rma", "serial_number"].includes(field) || entries.length !== 1) {
      rejectOption("related", "one of bug, rma and serial_number, with a text", entries.map(([name]) => name).join());
    }
    if (typeof value !== "string") rejectOption(`related.${field}`, "a text", value);
    // A missing value relates no cases.
    if (value === "") return NO_RECORDS;
    return Object.freeze(records.of(core.ask("related", ASK_RELATED, value, field)!));
  }

  live(query?: CaseQuery): LiveQuery {
    const { live } = this.parts;
    const core = openCore(this.parts);
    return live.of(core.ask("live", ASK_CANONICAL_TEXT, objectText(query))!.text());
  }

  changesSince(version: number): readonly CaseChange[] {
    if (!(Number.isSafeInteger(version) && version >= 0)) {
      rejectOption("version", "a version of the store, which is a whole number", version);
    }
    return changesSince(openCore(this.parts), version);
  }

  export(given: ExportOptions = {}): ReadableStream<Bytes> {
    requireObject(given);
    const { query, ...options } = given;
    return this.parts.exports.begin(objectText(query), objectText(options));
  }

  snapshot(): Bytes {
    const core = openCore(this.parts);
    core.call((raw) => raw.snapshot());
    return core.readBytes();
  }

  follow(client: FollowClient, params: ChangesParams, options: FollowOptions = {}): Follow {
    const { parts } = this;
    const { followers } = parts;
    const formers = [...followers];
    const session = sessionOf(parts);
    requireObject(options);
    checkOptions(options);
    if (typeof client?.changes !== "function") rejectOption("client", "a CaseClient", client);
    // Each would remove what the other one reads.
    if (formers.some(({ isOver }) => !isOver)) {
      const detail = "The store is followed already: stop() the other, or follow all contracts or users by one call.";
      throw clientError("INVALID_PARAMETER", detail);
    }
    const followed = new FollowHandle(async () => {
      const [{ follow }] = await Promise.all([import("./follow.js"), parts.core.loadDeferred()]);
      // They may still be saving.
      await stopAll(formers);
      for (const former of formers) followers.delete(former);
      return () => follow(client, params, followTarget(parts, session), options);
    }, options.onProgress);
    followers.add(followed);
    return followed;
  }

  async save(): Promise<void> {
    const session = sessionOf(this.parts);
    clearTimeout(this.parts.saveTimer as number);
    this.parts.saveTimer = undefined;
    await session.save();
  }

  async close(): Promise<void> {
    const { parts } = this;
    parts.closing ??= close(parts);
    await parts.closing;
  }

  async destroy(): Promise<void> {
    const { parts } = this;
    end(parts);
    try {
      await parts.session?.destroy();
    } finally {
      parts.core.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** The JSON text of a query, or of options; without one, that of an empty object. */
const objectText = (value: unknown): string => jsonText(value ?? {});

/** Throws if options are not an object. */
function requireObject(options: unknown): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    rejectOption("options", "an object", options);
  }
}

/** The store as following needs it. */
const followTarget = (parts: StoreParts, session: StoreSession): FollowTarget => ({
  get count() {
    return parts.core.call((raw) => raw.size());
  },
  has: (case_id) => parts.core.ask("follow", ASK_GET, case_id) !== undefined,
  apply: (changes) => {
    // A store that is being closed takes what was read.
    const { issues } = apply(parts, changes, parts.core);
    return { rejectedIds: issues.map(({ case_id }) => case_id).filter(Boolean) };
  },
  applyDetails: (details) => {
    const { core } = parts;
    const before = core.call((raw) => raw.version());
    core.ask("apply", ASK_APPLY_DETAILS, jsonText(details));
    finish(parts, before, []);
    readNotes(parts);
  },
  drop: (cases, cursor) => {
    const { live, core } = parts;
    if (cursor !== undefined) session.cursor = cursor;
    const conditions: readonly CaseConditions[] =
      cases === "all"
        ? [{}]
        : "user_ids" in cases
          ? inParts(
              readSpellings(core.ask("follow", ASK_FACETS, "{}", '["user_id"]', ALL_VALUES)!, cases.user_ids),
            ).map((user_id) => ({ user_id }))
          : inParts(cases.contract_ids).map((contract_id) => ({ contract_id }));
    for (const where of conditions) core.ask("follow", ASK_REMOVE_MATCHING, jsonText({ where }));
    parts.details.onRemoved(...conditions);
    live.refresh();
    if (cursor !== undefined) saveLater(parts);
  },
  get cursor() {
    return session.cursor;
  },
  save: (cursor) => session.save(cursor),
  get role() {
    return session.role;
  },
  onRole: (listener) => session.onRole(listener),
});

/** Returns the calls of a store that is open. */
function openCore({ core, isClosed }: StoreParts): StoreCore {
  if (isClosed) throw storeError("STORE_CLOSED");
  return core;
}

function sessionOf(parts: StoreParts): StoreSession {
  if (parts.isClosed || !parts.session) throw storeError("STORE_CLOSED");
  return parts.session;
}

/** Saves what is not saved yet, and releases the storage and the memory. */
async function close(parts: StoreParts): Promise<void> {
  end(parts);
  // Following saves what it has read.
  await stopAll(parts.followers);
  const { session, details } = parts;
  // Also a storage that is full must keep nothing of a case that is dropped; one that is not loaded yet is not waited for.
  // The state of the persistence has the error.
  if (session?.state.isSaving || (details.hasDrops && !session?.retryMs)) await session?.save().catch(() => {});
  await session?.close();
  parts.core.close();
}

/** Stops followers. Resolves once the last of them has saved what it has read. */
async function stopAll(followers: Iterable<FollowHandle>): Promise<void> {
  await Promise.all(Array.from(followers, (one) => one.stop()));
}

/** Ends what a store does by itself. Its content can still be saved. */
function end(parts: StoreParts): void {
  parts.isClosed = true;
  parts.stopClock();
  parts.releaseId();
  parts.notes?.close();
  void stopAll(parts.followers);
  parts.stopIndexing?.();
  clearTimeout(parts.saveTimer as number);
  parts.live.close();
}

/** Reads the notes that are not searched yet, once they can be read. */
function readNotes({ notes, session }: StoreParts): void {
  // What cannot be read now stays pending.
  if (session) notes?.read().catch(() => {});
}

/** Saves the changes after a short wait, with others that follow. */
function saveLater(parts: StoreParts): void {
  const { retryMs = SAVE_DELAY_MS, state } = parts.session ?? {};
  // A storage that is full keeps its last save until something in it may not be seen any more.
  const isWanted = state?.isSaving || parts.session?.retryMs || parts.details.hasDrops;
  if (parts.saveTimer !== undefined || !isWanted) return;
  const save = () => {
    parts.saveTimer = undefined;
    // The state of the persistence has the error.
    parts.session?.save().catch(() => {});
  };
  parts.saveTimer = setTimeout(save, retryMs);
}

/** Applies pages, records, details and changes. */
function apply(parts: StoreParts, cases: unknown, core = openCore(parts)): ChangeSet {
  const { steps, goneIds, issues, details } = readApplyInput(cases);
  const before = core.call((raw) => raw.version());
  const pages = steps.filter((step) => "bytes" in step);
  if (steps.length > 1) {
    // A call is applied as a whole or not at all.
    const bytes = pages.reduce((sum, page) => sum + page.bytes.length + page.text.length, 0);
    core.checked("apply", (raw) => raw.checkCapacity(pages.length * MAX_RECORDS, bytes));
  }
  for (const step of steps) {
    if ("bytes" in step) {
      core.writeInput(step.bytes, step.text);
      core.checked("apply", (raw) => raw.applyPage());
    } else core.ask("apply", ASK_REMOVE, jsonText(step));
  }
  const added = parts.details.add(details);
  parts.notes?.add(added);
  if (pages.length < steps.length) parts.details.onGone(goneIds);
  return finish(parts, before, issues);
}

/** Reads the answer to a query. The matches are found when they are first read, in the records of the answer. */
function answerOf(core: StoreCore, records: RecordCache, text: string, reader: AnswerReader): CaseQueryResult {
  const now = reader.text();
  const total = reader.number();
  const cases = Object.freeze(records.of(reader));
  if (!text.includes('"text"')) return Object.freeze({ total, cases, matches: NO_MATCHES, now });
  let matches: readonly CaseMatches[] | undefined;
  return Object.freeze({
    total,
    cases,
    get matches() {
      if (!matches) {
        const found = core.ask("query", ASK_MATCHES, text, textsOf(cases));
        matches = found ? readMatches(found, cases) : NO_MATCHES;
      }
      return matches;
    },
    now,
  });
}

/** Ends a call that may have changed the store: notifies live queries and returns what changed. */
function finish(parts: StoreParts, before: number, issues: readonly Issue[]): ChangeSet {
  const { core, live } = parts;
  const version = core.call((raw) => raw.version());
  let events = version === before ? NO_CHANGES : undefined;
  const set: ChangeSet = {
    version,
    issues,
    get events() {
      events ??= changesSince(core, before, version);
      return events;
    },
  };
  if (version !== before) {
    buildIndexes(parts);
    live.refresh();
  }
  return set;
}

/** Builds the indexes between the other tasks of the page, and compacts the cases where that is worth its time. */
function buildIndexes(parts: StoreParts): void {
  const { core } = parts;
  parts.stopIndexing ??= workInTurns(
    () => core.call((raw) => raw.buildIndexes()),
    () => {
      parts.stopIndexing = undefined;
      // What fails is tried again after the next change.
      compact(parts).catch(() => {});
    },
  );
}

async function compact(parts: StoreParts): Promise<void> {
  const { core } = parts;
  if (!core.call((raw) => raw.needsCompaction()) || !parts.exports.endIdle()) return;
  await core.loadDeferred();
  if (!parts.isClosed && !parts.stopIndexing && core.call((raw) => raw.compact())) buildIndexes(parts);
}

function changesSince(core: StoreCore, after: number, upTo = Number.MAX_SAFE_INTEGER): readonly CaseChange[] {
  const found = core.ask("changesSince", ASK_CHANGES, "", String(upTo), after);
  if (!found) throw storeError("STORE_HISTORY_INCOMPLETE", `(version ${after})`);
  return readChanges(found);
}
