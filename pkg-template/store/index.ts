/// <reference lib="esnext.disposable" preserve="true" />

// Public types of the store: the cases that a page or process holds, with queries over them.

import type { CaseChange as ReportedChange, ChangesParams } from "../client/bulk-options.js";
import type { CasesPageData, Issue } from "../client/types.js";
import type { CaseDetail, CaseNote, CaseRecord, CaseStatus } from "../generated/types.js";
import type { Follow, FollowClient, FollowOptions } from "./follow-types.js";
import type { CustomOptions } from "./persistence/custom.js";
import type { IndexedDbOptions } from "./persistence/indexed-db.js";
import type { PersistenceState } from "./persistence/persistence-state.js";
import type { Bytes, StorePersistence, StoreStorage } from "./persistence/storage.js";
import type { CaseQuery, CaseQueryResult, NoteMatches } from "./query-types.js";

export type * from "./query-types.js";

export type { Follow, FollowClient, FollowOptions, FollowReason, FollowState, FollowStatus } from "./follow-types.js";
export type { TabRole } from "./leader.js";
export type { CustomOptions } from "./persistence/custom.js";
export type { IndexedDbOptions } from "./persistence/indexed-db.js";
export type { PersistenceState, RestoreOutcome } from "./persistence/persistence-state.js";
export type { Bytes, StorePersistence, StoreStorage } from "./persistence/storage.js";

/** Options of {@link CaseStoreConstructor.open}. Unknown names are rejected. */
export interface CaseStoreOptions {
  /** The user, or the user's tenant, whose cases are saved: stores of different scopes never see each other. Needed with `persist`. */
  scope?: string | undefined;
  /** Where the cases are saved: `indexedDb()`, `custom(adapter)`, on Node `nodeFile({ folder })`. Default: in memory only. */
  persist?: StorePersistence | undefined;
  /**
   * The clock of the store, in milliseconds since 1970, or an instant at which it stands still. Default: `Date.now`. The store
   * counts ages in calendar days (UTC): its `now` is the end of the current day, and moves once a day.
   */
  now?: (() => number) | string | Date | undefined;
  /**
   * Whether `text` of queries also searches the notes of details that were applied; default: no. Their words take memory. Saved
   * notes are read again in the background: see `notesReady`.
   */
  searchNotes?: boolean | undefined;
}

/** The values of a case at one side of a change: those of the four that changed. */
export interface ChangedValues {
  /** The detailed status. */
  readonly status?: CaseStatus;
  /** The severity; `null` if the service sent none. */
  readonly severity?: number | null;
  /** The owner, from the case's details. */
  readonly owner?: string;
  /** The title of the case. */
  readonly title?: string;
}

/** A change of a case in the store. */
export interface CaseChange {
  /**
   * - `"new"`: the case was not in the store.
   * - `"updated"`: fields of it changed.
   * - `"closed"`, `"reopened"`: it is no longer, or again, open.
   * - `"gone"`: it was removed.
   */
  readonly type: "new" | "updated" | "closed" | "reopened" | "gone";
  /** The number of the case. */
  readonly case_id: string;
  /** The names of the changed fields; empty for `"new"` and `"gone"`. */
  readonly fields: readonly string[];
  /** The values before the change; none once the case is gone. */
  readonly before: ChangedValues;
  /** The values after the change; none once the case is gone. */
  readonly after: ChangedValues;
}

/** The result of {@link CaseStore.apply}. */
export interface ChangeSet {
  /** The version of the store after the changes. It grows with each call that changed something. */
  readonly version: number;
  /**
   * The changes, in the order of the given cases, but new cases come first. They are created when they are first read, from the store's history: read
   * them before many others follow, or `STORE_HISTORY_INCOMPLETE` is thrown. So it is for a call with more changes than the
   * history holds: 10 000, of at most 1 MB.
   */
  readonly events: readonly CaseChange[];
  /** Records that could not be applied, with the reason: those without a case number. */
  readonly issues: readonly Issue[];
}

/** A case that {@link CaseStore.apply} accepts: missing members are empty, also where an earlier record had them. */
export type CaseRecordInput = Pick<CaseRecord, "case_id"> & {
  readonly [Name in Exclude<keyof CaseRecord, "case_id">]?: CaseRecord[Name] | undefined;
};

/** The details of a case that {@link CaseStore.apply} accepts: missing members are empty. */
export type CaseDetailInput = Pick<CaseDetail, "case_id"> & {
  readonly [Name in Exclude<keyof CaseDetail, "case_id" | "notes">]?: CaseDetail[Name] | undefined;
} & {
  /** The notes, newest first. */
  readonly notes: readonly { readonly [Name in keyof CaseNote]?: CaseNote[Name] | undefined }[];
};

/**
 * What {@link CaseStore.apply} accepts: pages, records, details, and what `changes` and `allCases` yield.
 *
 * A page of this package's client is taken over as bytes. Its `cases` are made when they are read, so `apply(page)` is faster
 * than `apply(page.cases)`.
 */
export type CaseInput =
  | Pick<CasesPageData, "cases" | "issues">
  | CaseRecordInput
  | CaseDetailInput
  | ReportedChange
  | readonly (CaseRecordInput | CaseDetailInput | ReportedChange)[];

/** A query whose answer is kept up to date. It fits React's `useSyncExternalStore`, Svelte's
 * store contract and Vue's `shallowRef`. */
export interface LiveQuery {
  /** The canonical text of the query: equal for equal queries. */
  readonly queryText: string;
  /** Returns the current answer: the same object until the answer changes. It never reads the clock. */
  getSnapshot(): CaseQueryResult;
  /**
   * Calls the listener at once with the current answer, and later with each new one. Returns the function that ends the
   * subscription. A listener that throws is reported to the console.
   */
  subscribe(listener: (answer: CaseQueryResult) => void): () => void;
}

/** A value of a facet and the number of matching cases that have it. */
export interface FacetValue {
  /** The value; `null` or `""` for cases without one. */
  readonly value: string | number | null;
  /** The number of cases. */
  readonly count: number;
}

/** What the details of a case add to its record. */
export interface CaseDetailColumns {
  /** The name of the owner, or the e-mail address if the details have no name. */
  readonly owner: string;
  /** The customer's own tracking or case number. */
  readonly tracking_number: string;
  /** The number of notes. */
  readonly notes_count: number;
  /** The date of the newest note, as RFC 3339; `null` without notes. */
  readonly last_note_date: string | null;
  /** The author of the newest note, by the names and addresses in the details. */
  readonly last_note_by: "customer" | "cisco" | "unknown";
  /** The date of the case's update that the details have, as RFC 3339; a later record may have a newer one. */
  readonly updated_date: string | null;
}

/** Options of {@link CaseStore.get} for the whole details. */
export interface GetDetailsOptions {
  /** `true`: the details with their notes instead of the record. */
  readonly details: true;
}

/** Since when a case has its present status. */
export interface StatusSince {
  /** The date, as RFC 3339. */
  readonly since: string;
  /** Whether the store has seen the change of the status. Otherwise the case has had it at least since the date. */
  readonly is_exact: boolean;
}

/** A bug, an RMA or a serial number: one of the three. */
export interface RelatedBy {
  /** The identifier of a bug. */
  readonly bug?: string | undefined;
  /** The number of an RMA. */
  readonly rma?: string | undefined;
  /** The serial number of a device. */
  readonly serial_number?: string | undefined;
}

/** Options of {@link CaseStore.overview}. Unknown names are rejected. */
export interface OverviewOptions {
  /** The bounds of the ageing buckets in days, ascending, at most 20. Default `[7, 30, 90, 180, 365]`. */
  readonly ageing_days?: readonly number[] | undefined;
  /** The bounds of the buckets of quiet cases in days, ascending, at most 20. Default `[7, 14, 30, 90]`. */
  readonly quiet_days?: readonly number[] | undefined;
  /** The number of weeks, 0 to 520. Default 26. */
  readonly weeks?: number | undefined;
  /** The number of technologies and of serial numbers, 0 to 1000. Default 10. */
  readonly top?: number | undefined;
}

/** The number of open cases whose age in days is in a range. */
export interface AgeBucket {
  /** The first day; `null` for the first bucket. */
  readonly fromDays: number | null;
  /** The day after the last one; `null` for the last bucket. */
  readonly toDays: number | null;
  /** The number of cases. */
  readonly count: number;
}

/** Counts of the cases that match a query. Only counts other than zero are listed, except for buckets and weeks. */
export interface CaseOverview {
  /** The number of cases. */
  readonly total: number;
  /** The number of open cases. */
  readonly open: number;
  /**
   * The counts by severity and status: severities ascending, cases without one last, and the statuses of each in the order of
   * their bytes.
   */
  readonly bySeverityAndStatus: readonly {
    /** The severity; `null` for cases without one. */
    readonly severity: number | null;
    /** The detailed status. */
    readonly status: CaseStatus;
    /** The number of open cases. */
    readonly open: number;
    /** The number of closed cases. */
    readonly closed: number;
  }[];
  /** The open cases by the days since their creation. */
  readonly ageing: readonly AgeBucket[];
  /** The open cases by the days since their last update. */
  readonly quiet: readonly AgeBucket[];
  /** The open cases by the party they wait for; `Close Pending` waits for the customer's confirmation. */
  readonly waitingOn: {
    readonly [party in "customer" | "cisco" | "release" | "service_order" | "nobody" | "unknown"]?: number;
  };
  /** The ISO weeks (UTC) up to that of `now`. */
  readonly weeks: readonly {
    /** The week, such as `2026-W01`. */
    readonly week: string;
    /** The start of the week (Monday), as RFC 3339. */
    readonly start: string;
    /** The number of cases created in the week. */
    readonly opened: number;
    /** The number of cases closed in the week. */
    readonly closed: number;
    /** The number of cases that were open at the end of the week. */
    readonly backlog: number;
  }[];
  /** The most frequent technologies. */
  readonly technologies: readonly FacetValue[];
  /** The serial numbers with most cases, of those with several. */
  readonly serialNumbers: readonly FacetValue[];
}

/** A column of an export. The last five come from the store and from the details of cases. */
export type ExportField =
  | Exclude<keyof CaseRecord, "item_entry_id" | "extra">
  | "status_since"
  | "owner"
  | "tracking_number"
  | "notes_count"
  | "last_note_date";

/** Options of {@link CaseStore.export}. Unknown names are rejected. */
export interface ExportOptions {
  /** The format: `"csv"` (RFC 4180, with a header; default), or `"ndjson"`, a JSON object per line. */
  readonly format?: "csv" | "ndjson" | undefined;
  /** The cases and their order; `offset` and `limit` do not apply. Default: all cases, the last updated first. */
  readonly query?: CaseQuery | undefined;
  /** The columns, or an object with a name for each. Names that are equal are rejected. Default: the fields of a record. */
  readonly columns?: readonly ExportField[] | { readonly [field in ExportField]?: string | undefined } | undefined;
  /** The delimiter of CSV. Default `","`. Spreadsheet programs of some regions expect `";"`. */
  readonly delimiter?: "," | ";" | "\t" | "|" | undefined;
  /** Whether CSV begins with a byte order mark, by which spreadsheet programs recognize UTF-8. Default `false`. */
  readonly bom?: boolean | undefined;
  /**
   * Whether texts of CSV that a spreadsheet program would run as a formula begin with an apostrophe (OWASP, "CSV Injection").
   * Default `true`. Programs that read the file need `false`.
   */
  readonly formulaSafe?: boolean | undefined;
  /**
   * A secret of at least 16 bytes: names, mail addresses, phone numbers and user ids become pseudonyms, which are equal for
   * equal values and this secret. Titles and tracking numbers are searched for them. Default: the originals.
   */
  readonly redact?: string | undefined;
}

/** The name of a field with facets. */
export type FacetField =
  | "status_flag"
  | "status"
  | "severity"
  | "contract_id"
  | "user_id"
  | "technology_name"
  | "sub_technology_name"
  | "serial_number"
  | "bug"
  | "rma";

/** The cases that a page or process holds, with queries over them. What does not return a promise is synchronous. */
export interface CaseStore {
  /** The scope with which the store was opened; `""` for a store in memory without one. */
  readonly scope: string;
  /**
   * The id of the store for keys of caches, such as `"indexedDb/cisco-support-case"`. It is the same after a reload. Stores of one
   * scope that are open at the same time have different ones.
   */
  readonly id: string;
  /** The number of cases. */
  readonly size: number;
  /** The version: it grows with each call that changes the store. */
  readonly version: number;
  /**
   * Applies cases. Of each case the newest `updated_date` wins, in any order of calls; a record without a newer date and
   * without new content changes nothing. Either all cases of a call are applied, or it throws.
   */
  apply(cases: CaseInput): ChangeSet;
  /** Removes cases, as `"gone"`. Unknown numbers are ignored. The next save erases them. */
  remove(case_ids: string | readonly string[]): ChangeSet;
  /** Answers a query. */
  query(query?: CaseQuery): CaseQueryResult;
  /** Returns the number of matching cases. */
  count(query?: CaseQuery): number;
  /**
   * Returns the position of a case among all matching cases, from 0, in the order of the query and whatever its window; `null` if
   * the case does not match. It takes about as long as `count`, and reads no record.
   */
  position(query: CaseQuery | undefined, case_id: string): number | null;
  /**
   * Counts the values of fields among the matching cases, at most 1000 of each, the most frequent ones. Conditions on a field do
   * not restrict its own counts.
   */
  facets<F extends FacetField>(
    query: CaseQuery | undefined,
    fields: readonly F[],
  ): Readonly<Record<F, readonly FacetValue[]>>;
  /** Counts the matching cases by severity, status, age, waiting party and week. */
  overview(query?: CaseQuery, options?: OverviewOptions): CaseOverview;
  /** Returns a case, or `undefined`. */
  get(case_id: string): CaseRecord | undefined;
  /**
   * Resolves to the whole details of a case with its notes, as they were applied last; to `undefined` if none were. They are saved
   * and read one by one. A store that is not saved keeps the last ones, up to 16 million characters.
   */
  get(case_id: string, options: GetDetailsOptions): Promise<CaseDetail | undefined>;
  /**
   * Resolves to the places in the notes of a case where the words of a query match; to none if the store has no details of it.
   */
  noteMatches(query: CaseQuery, case_id: string): Promise<readonly NoteMatches[]>;
  /** Resolves once all notes that the store has are searched; at once without `searchNotes`. */
  notesReady(): Promise<void>;
  /** Returns what the details of a case added, or `undefined` if none were applied. */
  details(case_id: string): CaseDetailColumns | undefined;
  /** Returns since when a case has its status, as far as the store knows; `undefined` without a date. */
  statusSince(case_id: string): StatusSince | undefined;
  /** Returns the cases with a bug, an RMA or a serial number, the last updated first; for `""` none. */
  related(by: RelatedBy): readonly CaseRecord[];
  /** Returns the live query with this content: the same object for equal queries. */
  live(query?: CaseQuery): LiveQuery;
  /** Returns the changes since a version, or throws `STORE_HISTORY_INCOMPLETE` if the history begins later. */
  changesSince(version: number): readonly CaseChange[];
  /**
   * Returns the matching cases as a stream of UTF-8 text. It contains the cases that match now, but for those that are removed
   * before they are read. If the store is closed before its end, the stream fails. If another tab replaces its cases, or nobody reads
   * the stream for five minutes while the store needs its memory, it fails with `STORE_EXPORT_INTERRUPTED`: export again.
   */
  export(options?: ExportOptions): ReadableStream<Bytes>;
  /**
   * Fills the store from a client, and keeps it up to date. If cases are saved, it continues where it ended, and of several
   * tabs one does it. Cases that the account may not see any more are dropped. A store is followed by one call at a time: another
   * one throws until the first has stopped.
   */
  follow(client: FollowClient, params: ChangesParams, options?: FollowOptions): Follow;
  /** The place where the cases are saved, and the tab that saves them. It is the same object until it changes. */
  readonly persistence: PersistenceState;
  /** Calls a listener with each new state of the persistence. Returns the function that ends that. */
  onPersistence(listener: (state: PersistenceState) => void): () => void;
  /**
   * Saves the changes now. They are saved by themselves shortly after each call, and while following. In a tab that does not lead
   * it writes nothing: changes of that tab are saved once it leads, and are lost if it is closed before.
   */
  save(): Promise<void>;
  /** Returns the whole store as bytes, for {@link CaseStoreConstructor.restore}. */
  snapshot(): Bytes;
  /**
   * Ends following, saves the last changes, and releases the memory. Later calls throw `STORE_CLOSED`; live queries keep their last
   * answers, and `persistence` its last state.
   */
  close(): Promise<void>;
  /** Erases what is saved, also for other tabs, and closes the store. */
  destroy(): Promise<void>;
  /** Calls `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** The functions that create stores. */
export interface CaseStoreConstructor {
  /** Opens a store. Rejects if its WebAssembly module cannot be loaded, or with the problems of invalid options. */
  open(options?: CaseStoreOptions): Promise<CaseStore>;
  /** Creates a store in memory from the bytes of a snapshot. Rejects with `STORE_DAMAGED` if they are not valid. */
  restore(bytes: Uint8Array, options?: Pick<CaseStoreOptions, "now">): Promise<CaseStore>;
}

/** The functions that create stores. */
export declare const CaseStore: CaseStoreConstructor;

/** Persistence in the browser's IndexedDB. */
export declare function indexedDb(options?: IndexedDbOptions): StorePersistence;

/** Persistence by an adapter of four functions: a key-value store, an object store. */
export declare function custom(adapter: StoreStorage, options?: CustomOptions): StorePersistence;

/** Asks the browser not to erase what is saved when space is low. Resolves to whether it agreed. */
export declare function requestPersistentStorage(): Promise<boolean>;
