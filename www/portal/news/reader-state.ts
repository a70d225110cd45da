// What a reader has seen, pinned and put off: a value, and the actions that replace it. All tabs of an identity apply the same
// actions in the order in which they were saved.

import type { CaseChange, ChangedValues } from "cisco-support-case/store";
import type { SeenValues } from "../case/differences.js";
import { toldFields } from "../case/told-fields.js";

/** An unread case: what happened to it since the reader last saw it. */
export interface UnreadCase {
  /** The reason: a change, a reminder that the reader set, or the reader, who marked the case. */
  readonly reason: "change" | "reminder" | "reader";
  /** The kind of all changes together. */
  readonly type: CaseChange["type"];
  /** The names of the changed fields. */
  readonly fields: readonly string[];
  /** The values before the first change. */
  readonly before: ChangedValues;
  /** The values after the last change. */
  readonly after: ChangedValues;
  /** The time of the first change, in milliseconds since 1970, as this page noticed it. */
  readonly since: number;
  /** The time of the last change. */
  readonly at: number;
}

/** A case that the reader has put off. */
export interface SnoozedCase {
  /** The time at which it was put off, in milliseconds since 1970. */
  readonly since: number;
  /** The time at which it comes back; `null` to come back with the next change only. */
  readonly until: number | null;
}

/** A case as the reader saw it. */
export interface SeenCase {
  /** The time at which the reader opened it. */
  readonly at: number;
  /** Its values then. */
  readonly values: SeenValues;
}

/** The state of a reader. */
export interface ReaderState {
  /** The form of the state, for later builds. */
  readonly form: 1;
  /** The unread cases, by their number. */
  readonly unread: Readonly<Record<string, UnreadCase>>;
  /** The cases that the reader opened, by their number. */
  readonly seen: Readonly<Record<string, SeenCase>>;
  /** The times at which cases were pinned, by their number. */
  readonly pinned: Readonly<Record<string, number>>;
  /** The cases that the reader has put off, by their number. */
  readonly snoozed: Readonly<Record<string, SnoozedCase>>;
  /** The time at which the page was last looked at; `null` before the first visit. */
  readonly activeAt: number | null;
  /** The time at which the previous visit ended; `null` during the first one. */
  readonly previousVisit: number | null;
  /** The time from which changes are not known one by one, as there were too many; `null` if all are. */
  readonly gapSince: number | null;
}

/** An action of the reader, or of the store. `at` is its time in milliseconds since 1970. */
export type ReaderAction =
  | { readonly type: "changes"; readonly changes: readonly CaseChange[]; readonly at: number }
  | { readonly type: "gap"; readonly at: number }
  | { readonly type: "open"; readonly case_id: string; readonly values: SeenValues; readonly at: number }
  | { readonly type: "read"; readonly case_ids: readonly string[]; readonly at: number }
  | { readonly type: "unread"; readonly case_ids: readonly string[]; readonly at: number }
  | { readonly type: "read_all"; readonly at: number }
  | { readonly type: "restore"; readonly unread: ReaderState["unread"]; readonly gapSince: number | null }
  | { readonly type: "pin"; readonly case_id: string; readonly is_pinned: boolean; readonly at: number }
  | {
      readonly type: "snooze";
      readonly case_ids: readonly string[];
      readonly until: number | null;
      readonly at: number;
    }
  | { readonly type: "wake"; readonly case_ids: readonly string[] }
  /** The time has come to this: the reader looks at the page, unless that is hidden. */
  | { readonly type: "active"; readonly at: number; readonly isHidden?: boolean }
  | { readonly type: "erase" };

/** The state of a reader who has not been here before. */
export const NEW_READER: ReaderState = Object.freeze({
  form: 1,
  unread: {},
  seen: {},
  pinned: {},
  snoozed: {},
  activeAt: null,
  previousVisit: null,
  gapSince: null,
});

/** The pause after which the next look at the page is another visit. */
export const VISIT_PAUSE_MS = 30 * 60_000;
/** The maximum numbers of unread and of seen cases; the oldest are forgotten first. */
export const MAX_UNREAD = 10_000;
export const MAX_SEEN = 1000;

/** Returns the state after an action: the same object if nothing changes. */
export function reduceReader(state: ReaderState, action: ReaderAction): ReaderState {
  switch (action.type) {
    case "changes":
      return withChanges(state, action.changes, action.at);
    case "gap":
      return { ...state, gapSince: state.gapSince ?? state.activeAt ?? action.at };
    case "open": {
      const seen = { ...state.seen, [action.case_id]: { at: action.at, values: action.values } };
      return { ...state, unread: without(state.unread, [action.case_id]), seen: newest(seen, MAX_SEEN) };
    }
    case "read":
      return replace(state, "unread", without(state.unread, action.case_ids));
    case "unread":
      return replace(state, "unread", newest({ ...marked(action.case_ids, action.at), ...state.unread }, MAX_UNREAD));
    case "read_all":
      return isEmpty(state.unread) && state.gapSince === null ? state : { ...state, unread: {}, gapSince: null };
    case "restore":
      // What changed since then stays.
      return {
        ...state,
        unread: newest({ ...action.unread, ...state.unread }, MAX_UNREAD),
        gapSince: action.gapSince ?? state.gapSince,
      };
    case "pin": {
      if (action.is_pinned === action.case_id in state.pinned) return state;
      const { [action.case_id]: _, ...others } = state.pinned;
      return { ...state, pinned: action.is_pinned ? { ...others, [action.case_id]: action.at } : others };
    }
    case "snooze": {
      const entries = action.case_ids.map((id) => [id, { since: action.at, until: action.until }] as const);
      const snoozed = { ...state.snoozed, ...Object.fromEntries(entries) };
      return { ...state, snoozed, unread: without(state.unread, action.case_ids) };
    }
    case "wake":
      return replace(state, "snoozed", without(state.snoozed, action.case_ids));
    case "active":
      return action.isHidden ? withDue(state, action.at) : withVisit(withDue(state, action.at), action.at);
    case "erase":
      return NEW_READER;
  }
}

/** Whether a change is one of the case: the service dates each. Without a later date only more is known: its details were read. */
export const isUpdate = ({ type, fields }: CaseChange): boolean =>
  type !== "updated" || fields.includes("updated_date");

/** Adds changes: the changed cases are unread, and are not put off any more. */
function withChanges(state: ReaderState, changes: readonly CaseChange[], at: number): ReaderState {
  const unread: Record<string, UnreadCase> = { ...state.unread };
  const pinned: Record<string, number> = { ...state.pinned };
  const woken: string[] = [];
  let hasChanged = false;
  for (const change of changes) {
    if (!isUpdate(change)) continue;
    hasChanged = true;
    woken.push(change.case_id);
    if (change.type === "gone") delete pinned[change.case_id];
    // A change of the date alone is a new note as a list shows it: the case is unread, without a field.
    unread[change.case_id] = merged(unread[change.case_id], told(change), at);
  }
  if (!hasChanged) return state;
  return { ...state, pinned, unread: newest(unread, MAX_UNREAD), snoozed: without(state.snoozed, woken) };
}

/** Returns a change with the fields that a reader is told of. The first owner that is known is no change of the owner. */
function told(change: CaseChange): CaseChange {
  const fields = toldFields(change.fields);
  if (change.before.owner !== "") return { ...change, fields };
  const { owner: _before, ...before } = change.before;
  const { owner: _after, ...after } = change.after;
  return { ...change, fields: fields.filter((field) => field !== "owner"), before, after };
}

function merged(known: UnreadCase | undefined, change: CaseChange, at: number): UnreadCase {
  const { type, fields, before, after } = change;
  if (known?.reason !== "change") return { reason: "change", type, fields, before, after, since: at, at };
  return {
    reason: "change",
    type: mergedType(known.type, type),
    fields: [...new Set([...known.fields, ...fields])],
    before: { ...before, ...known.before },
    after: { ...known.after, ...after },
    since: known.since,
    at,
  };
}

function mergedType(first: CaseChange["type"], second: CaseChange["type"]): CaseChange["type"] {
  // A case that went and came back was changed; a new one stays new; closed and reopened is as before.
  if (second === "gone") return "gone";
  if (first === "gone") return "updated";
  if (first === "new") return "new";
  if (second === "updated") return first;
  const isOpposite = (first === "closed" && second === "reopened") || (first === "reopened" && second === "closed");
  return isOpposite ? "updated" : second;
}

/** Brings back the cases whose time has come. */
function withDue(state: ReaderState, at: number): ReaderState {
  const due = Object.entries(state.snoozed).filter(([, { until }]) => until !== null && until <= at);
  const reminders = due.map(([case_id, { since }]) => [case_id, { ...reminder(since), at }] as const);
  if (due.length === 0) return state;
  return {
    ...state,
    unread: newest({ ...state.unread, ...Object.fromEntries(reminders) }, MAX_UNREAD),
    snoozed: without(
      state.snoozed,
      due.map(([case_id]) => case_id),
    ),
  };
}

/** Notes that the reader is here: after a pause that is another visit. */
function withVisit(state: ReaderState, at: number): ReaderState {
  const isNewVisit = state.activeAt !== null && at - state.activeAt > VISIT_PAUSE_MS;
  return {
    ...state,
    previousVisit: isNewVisit ? state.activeAt : state.previousVisit,
    activeAt: Math.max(at, state.activeAt ?? at),
  };
}

const reminder = (since: number) =>
  ({ reason: "reminder", type: "updated", fields: [], before: {}, after: {}, since }) as const;

function marked(case_ids: readonly string[], at: number): Record<string, UnreadCase> {
  const one = { reason: "reader", type: "updated", fields: [], before: {}, after: {}, since: at, at } as const;
  return Object.fromEntries(case_ids.map((case_id) => [case_id, one]));
}

function replace<K extends "unread" | "snoozed">(state: ReaderState, name: K, value: ReaderState[K]): ReaderState {
  return value === state[name] ? state : { ...state, [name]: value };
}

function without<T>(record: Readonly<Record<string, T>>, names: readonly string[]): Readonly<Record<string, T>> {
  const present = names.filter((name) => name in record);
  if (present.length === 0) return record;
  const copy = { ...record };
  for (const name of present) delete copy[name];
  return copy;
}

/** Keeps the entries with the latest times. */
function newest<T extends { readonly at: number }>(record: Readonly<Record<string, T>>, count: number) {
  const entries = Object.entries(record);
  if (entries.length <= count) return record;
  return Object.fromEntries(entries.sort(([, a], [, b]) => b.at - a.at).slice(0, count));
}

const isEmpty = (record: object): boolean => Object.keys(record).length === 0;

/** Returns a saved state, or that of a new reader if it has another form. */
export function readerStateFrom(saved: unknown): ReaderState {
  if (typeof saved !== "object" || saved === null || (saved as ReaderState).form !== 1) return NEW_READER;
  return { ...NEW_READER, ...(saved as ReaderState) };
}

/** Returns the numbers of the cases with a mark, the latest marked first; of cases that were put off, the next to come back first. */
export function markedIds(state: ReaderState, mark: "unread" | "pinned" | "snoozed"): readonly string[] {
  const times: readonly (readonly [string, number])[] = {
    unread: () => Object.entries(state.unread).map(([id, { at }]) => [id, -at] as const),
    pinned: () => Object.entries(state.pinned).map(([id, at]) => [id, -at] as const),
    snoozed: () => Object.entries(state.snoozed).map(([id, { until }]) => [id, until ?? Number.MAX_VALUE] as const),
  }[mark]();
  return [...times].sort(([, a], [, b]) => a - b).map(([id]) => id);
}
