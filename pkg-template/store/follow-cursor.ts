// The cursor of following, as it is saved with the cases.

import type { ChangesParams } from "../client/bulk-options.js";

/** The saved state of following. */
export interface FollowCursor {
  /** The contracts or users. */
  readonly ids: readonly string[];
  /** Identifies the other parameters: a cursor of the client is only valid with the same ones. */
  readonly filter: string;
  /** The start of the creation dates that the client's cursor was made with; `null` without one. */
  readonly from: string | null;
  /** The cursor of the client; `null` before anything was read. */
  readonly cursor: string | null;
  /** Whether every case was read at least once. */
  readonly isFilled: boolean;
  /** The ids among `ids` that the account may not see. A cursor without them must be saved before they are requested again. */
  readonly lostIds: readonly string[];
  /** The ids of cases that the store could not apply. */
  readonly rejectedIds: readonly string[];
}

/** The version of the saved text. */
const VERSION = 1;
/** The maximum time in milliseconds by which `date_created_from` may move without reading everything again. */
const MAX_SHIFT_MS = 31 * 86_400_000;

/** The member of the parameters with the ids. */
export type IdField = "contract_ids" | "user_ids";

export const idField = (params: ChangesParams): IdField =>
  (params as { user_ids?: unknown }).user_ids === undefined ? "contract_ids" : "user_ids";

/** The start of the creation dates as text. */
function fromOf({ date_created_from: from }: ChangesParams): string | null {
  if (from === undefined || from === null) return null;
  return from instanceof Date ? from.toISOString() : String(from);
}

/** JSON text of a value whose members are in a fixed order. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) =>
    one !== null && typeof one === "object" && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  );
}

/** The state of a first fill. */
export function firstCursor(params: ChangesParams): FollowCursor {
  const field = idField(params);
  const { contract_ids, user_ids, date_created_from, ...others } = params as unknown as Record<string, unknown>;
  const ids = [...new Set(((field === "user_ids" ? user_ids : contract_ids) ?? []) as readonly string[])];
  const filter = canonicalJson({ field, ...others });
  return { ids, filter, from: fromOf(params), cursor: null, isFilled: false, lostIds: [], rejectedIds: [] };
}

/** A state as text. */
export const writeCursor = (cursor: FollowCursor): string => JSON.stringify({ version: VERSION, ...cursor });

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((one) => typeof one === "string");
const isTextOrNull = (value: unknown): value is string | null => value === null || typeof value === "string";

/** Reads a state; `null` if the text is none, or one of another version. */
export function readCursor(text: string | null): FollowCursor | null {
  try {
    const { version, ...found } = JSON.parse(text ?? "null") ?? {};
    const { ids, filter, from, cursor, isFilled, lostIds, rejectedIds } = found as FollowCursor;
    const isValid =
      version === VERSION &&
      [ids, lostIds, rejectedIds].every(isTexts) &&
      typeof filter === "string" &&
      isTextOrNull(from) &&
      isTextOrNull(cursor) &&
      typeof isFilled === "boolean";
    return isValid ? { ids, filter, from, cursor, isFilled, lostIds, rejectedIds } : null;
  } catch {
    return null;
  }
}

/** The state from which following continues, and the ids that are not followed any more. */
export interface Continuation {
  readonly cursor: FollowCursor;
  readonly removedIds: readonly string[];
}

/**
 * Continues from a saved state; `null` if its parameters differ, so that everything must be read again.
 *
 * Pages often compute `date_created_from` from the current time. A start that has moved by up to 31 days continues with the
 * saved one, which includes it.
 */
export function continueFrom(saved: FollowCursor, wanted: FollowCursor): Continuation | null {
  if (saved.filter !== wanted.filter || !isSameStart(saved.from, wanted.from)) return null;
  const ids = new Set(wanted.ids);
  return {
    cursor: { ...saved, ids: wanted.ids, lostIds: saved.lostIds.filter((id) => ids.has(id)) },
    removedIds: saved.ids.filter((id) => !ids.has(id)),
  };
}

function isSameStart(saved: string | null, wanted: string | null): boolean {
  if (saved === wanted) return true;
  const shift = Date.parse(wanted ?? "") - Date.parse(saved ?? "");
  return shift >= 0 && shift <= MAX_SHIFT_MS;
}
