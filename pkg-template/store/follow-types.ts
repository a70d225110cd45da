// The parameters, options and state of following, and what following needs of a client and of a store.

import type {
  AllCases,
  AllCasesOptions,
  AllCasesParams,
  BulkFailure,
  CaseChange,
  Changes,
  ChangesOptions,
  ChangesParams,
} from "../client/bulk-options.js";
import type { CaseApiError } from "../client/errors.js";
import type { CasesPageData } from "../client/types.js";
import type { TabRole } from "./leader.js";
import type { LiveEnvironment } from "./live-socket.js";

/**
 * The state of following.
 *
 * - `"filling"`: the cases are read for the first time.
 * - `"following"`: all cases were read, and changes are read from time to time.
 * - `"paused"`: nothing is read while the page is hidden or offline.
 * - `"waiting"`: another tab reads, or a wait after an error.
 * - `"stopped"`: nothing is read any more, until `resume()`.
 */
export type FollowState = "filling" | "following" | "paused" | "waiting" | "stopped";

/**
 * The reason of a state; `null` while everything is as it should be.
 *
 * - of `"paused"`: `"hidden"`, `"offline"`
 * - of `"waiting"`: `"other_tab"`, `"error"` (tried again at `nextRoundAt`), `"quota"`
 * - of `"stopped"`: `"stop"` (called), `"aborted"` (by the signal), `"authentication"`, `"permission"`, `"error"`
 */
export type FollowReason =
  | "hidden"
  | "offline"
  | "other_tab"
  | "error"
  | "quota"
  | "stop"
  | "aborted"
  | "authentication"
  | "permission";

/** The status of following. It is replaced, not changed, so that frameworks can compare it. */
export interface FollowStatus {
  /** The state of following. */
  readonly state: FollowState;
  /** The reason of the state; `null` while everything is as it should be. */
  readonly reason: FollowReason | null;
  /** The error of the last round, or the one that stopped following; `null` after a round that succeeded. */
  readonly error: CaseApiError | null;
  /** Whether the store began with saved cases. If not, every case counts as new: that is no answer to "new since yesterday". */
  readonly restored: boolean;
  /** Whether every case was read at least once. */
  readonly isFilled: boolean;
  /** The number of cases that the present or last round has received. */
  readonly cases: number;
  /** The number of requests that the present or last round has sent. */
  readonly requests: number;
  /** The speed of the present round; `null` between rounds. */
  readonly casesPerSecond: number | null;
  /** The estimated remaining time of the present round in milliseconds; `null` if unknown. */
  readonly remainingMs: number | null;
  /** The time of the next round in milliseconds since 1970; `null` if it is not known or a round runs. */
  readonly nextRoundAt: number | null;
  /** The time at which a response was last received, in milliseconds since 1970; `null` before the first. */
  readonly lastProgressAt: number | null;
  /** The contracts or users that the account may not see any more. Their cases were dropped. */
  readonly lostIds: readonly string[];
  /** The parts that the last round could not read. Later rounds read them again. */
  readonly failures: readonly BulkFailure[];
  /** The ids of cases that the store could not apply. Later rounds request them again. */
  readonly rejectedIds: readonly string[];
  /** The number of times within the last hour that all cases had to be read again. */
  readonly refills: number;
  /** The source of the cases: the copy of a gateway, or the service; `null` before the first round. */
  readonly source: "copy" | "service" | null;
  /** Whether a live connection to the gateway tells of changes. Without one they are read from time to time. */
  readonly isLive: boolean;
}

/** Options of following. */
export interface FollowOptions {
  /** Called with each new status. */
  onProgress?: ((status: FollowStatus) => void) | undefined;
  /** Stops following. */
  signal?: AbortSignal | null | undefined;
  /**
   * The wait from the end of a round to the next one in milliseconds, at least 5000. Each wait differs by up to 20 %, so that
   * many pages do not ask at the same time. Default: 60 000; for the copy of a gateway the interval that it names, and ten times
   * that while a live connection tells of changes.
   */
  intervalMs?: number | undefined;
  /** Whether no round begins while the page is hidden. A first fill is completed. Default `true`. */
  pauseWhenHidden?: boolean | undefined;
  /**
   * Whether the copy of a gateway is used if the client's `baseUrl` has one, which one request of its `/me` tells. `false` for an
   * address that is no gateway: its 404 would be in the console at each start. Default `true`.
   */
  copy?: boolean | undefined;
  /** Whether a live connection is used if the gateway has a copy and live connections. Default `true`. */
  live?: boolean | undefined;
  /** The option `older` of `changes`. */
  older?: ChangesOptions["older"] | undefined;
  /** The option `concurrency` of `changes`. */
  concurrency?: number | undefined;
  /** The option `headers` of `changes`. */
  headers?: ChangesOptions["headers"] | undefined;
}

/** A store that is kept up to date in the background. */
export interface Follow {
  /** The current status; the same object until something changes. */
  readonly status: FollowStatus;
  /** Calls a function after each change of the status. Returns a function that ends that. */
  subscribe(listener: () => void): () => void;
  /** Begins a round at once, also after following has stopped by itself. */
  resume(): void;
  /** Resolves once every case was read; rejects with the error that stops following before. */
  whenFilled(): Promise<void>;
  /** Stops following. Resolves once everything that was read is saved. */
  stop(): Promise<void>;
}

/** The calls of a client that following uses. */
export interface FollowClient {
  /** Reads the changes since a cursor. */
  changes(params: ChangesParams, cursor?: string | null, options?: ChangesOptions): Changes;
  /** Reads all cases. */
  allCases(params: AllCasesParams, options?: AllCasesOptions): AllCases;
}

/** Cases to drop: those of some contracts or users, or all. */
export type DroppedCases =
  | { readonly contract_ids: readonly string[] }
  | { readonly user_ids: readonly string[] }
  | "all";

/** What is applied: a change, or a page whose cases have changed. */
export type FollowInput = CaseChange | Pick<CasesPageData, "cases" | "issues">;
/** What details add to cases, as the copy of a gateway sends it. */
export type FollowDetails = readonly Readonly<Record<string, unknown>>[];
/** What following reads: an input of the store, cases to drop, which may not be seen any more, or what details add to cases. */
export type FollowEvent = FollowInput | { readonly dropped: DroppedCases } | { readonly details: FollowDetails };

/** The store as following needs it. */
export interface FollowTarget {
  /** The number of cases. */
  readonly count: number;
  /** Whether the store has a case. */
  has(case_id: string): boolean;
  /**
   * Applies changes, all or none of them: `"changed"` and `"closed"` set the record, `"left"` and `"gone"` remove it. Returns
   * the ids of records that are not valid, which following requests again.
   */
  apply(changes: readonly FollowInput[]): { readonly rejectedIds: readonly string[] };
  /** Applies what details add to cases that the store has. */
  applyDetails(details: FollowDetails): void;
  /** Drops cases. If a cursor is given, every later save has it, as it covers no dropped case. */
  drop(cases: DroppedCases, cursor?: string): void;
  /** The cursor that was saved together with the present cases; `null` without one. */
  readonly cursor: string | null;
  /**
   * Saves the cases together with a cursor, which covers nothing that was not applied. Rejects with `STORE_LEADER_CHANGED` if
   * another tab saves now; other failures are the persistence's own matter.
   */
  save(cursor: string): Promise<void>;
  /** The role of this tab. Only `"leader"` and `"alone"` read from the client. */
  readonly role: TabRole;
  /** Calls a function after each change of the role. Returns a function that ends that. */
  onRole(listener: () => void): () => void;
}

/** The platform of following; tests replace it. */
export interface FollowEnvironment {
  now(): number;
  setTimer(ms: number, wake: () => void): () => void;
  /** A random number from 0 to below 1. */
  random(): number;
  readonly isOnline: boolean;
  readonly isHidden: boolean;
  /** Calls a function when `isOnline` or `isHidden` has changed. Returns a function that ends that. */
  listen(listener: () => void): () => void;
  /** Calls a function when the page is left, also if the browser keeps it. Returns a function that ends that. */
  onLeave?(listener: () => void): () => void;
  /** The platform of the live connection; tests replace it. */
  readonly live?: LiveEnvironment;
}
