// The cursor of following, as it is saved with the cases.

import type { ChangesParams } from "../client/bulk-options.js";
import { rejectOption } from "../client/reject-option.js";
import { instantMs } from "../util/instant.js";

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
  /** The ids that are not followed any more, and whose dropped cases the client's cursor may still cover. */
  readonly removedIds: readonly string[];
}

/** The start of a client's cursor that is one of a copy's feed. Cursors of the service are JSON text. */
export const COPY_CURSOR_START = "copy:";
/** The version of the saved text. */
const VERSION = 1;
/** The maximum time in milliseconds by which `date_created_from` may move without reading everything again. */
const MAX_SHIFT_MS = 31 * 86_400_000;

/** The member of the parameters with the ids. */
export type IdField = "contract_ids" | "user_ids";

export const idField = (params: ChangesParams): IdField =>
  (Object(params) as { user_ids?: unknown }).user_ids === undefined ? "contract_ids" : "user_ids";

/** The start of the creation dates as text. */
function fromOf({ date_created_from: from }: ChangesParams): string | null {
  if (from === undefined || from === null) return null;
  const ms = instantMs(from);
  if (ms === undefined) return String(from);
  return Number.isNaN(ms)
    ? rejectOption("date_created_from", "a valid date", "Invalid Date")
    : new Date(ms).toISOString();
}

/** JSON text of parameters whose members, and the values of whose lists, are in a fixed order. */
function canonicalJson(params: unknown): string {
  try {
    return JSON.stringify(params, (_, one: unknown) =>
      one !== null && typeof one === "object" && !Array.isArray(one)
        ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
        : Array.isArray(one)
          ? [...new Set(one)].sort()
          : one,
    );
  } catch (error) {
    return rejectOption("params", "plain values", error);
  }
}

/** The state of a first fill. Throws if the parameters cannot be read; the client checks the others. */
export function firstCursor(params: ChangesParams): FollowCursor {
  const field = idField(params);
  const { contract_ids, user_ids, date_created_from, ...others } = Object(params) as Record<string, unknown>;
  const given = field === "user_ids" ? user_ids : contract_ids;
  if (!Array.isArray(given)) rejectOption(field, "a list of ids", given);
  const ids = [...new Set(given as readonly string[])];
  const filter = canonicalJson({ field, ...others });
  return {
    ids,
    filter,
    from: fromOf(params),
    cursor: null,
    isFilled: false,
    lostIds: [],
    rejectedIds: [],
    removedIds: [],
  };
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
    const { ids, filter, from, cursor, isFilled, lostIds, rejectedIds, removedIds = [] } = found as FollowCursor;
    const isValid =
      version === VERSION &&
      [ids, lostIds, rejectedIds, removedIds].every(isTexts) &&
      typeof filter === "string" &&
      isTextOrNull(from) &&
      isTextOrNull(cursor) &&
      typeof isFilled === "boolean";
    return isValid ? { ids, filter, from, cursor, isFilled, lostIds, rejectedIds, removedIds } : null;
  } catch {
    return null;
  }
}

/**
 * Continues from a saved state; `null` if its parameters differ, so that everything must be read again.
 *
 * Pages often compute `date_created_from` from the current time. A start that has moved by up to 31 days continues with the
 * saved one, which includes it.
 */
export function continueFrom(saved: FollowCursor, wanted: FollowCursor): FollowCursor | null {
  if (saved.filter !== wanted.filter || !isSameStart(saved.from, wanted.from)) return null;
  // A feed sends a case once, and those of ids that were not asked for were left out.
  const isFeed = saved.cursor?.startsWith(COPY_CURSOR_START) === true;
  const known = new Set(saved.ids);
  const hasNew = wanted.ids.some((id) => !known.has(id));
  if (isFeed && hasNew) return null;
  const ids = new Set(wanted.ids);
  // Their cases were dropped, and the client's cursor may say that they were read.
  if (saved.removedIds.some((id) => ids.has(id))) return null;
  const lostIds = saved.lostIds.filter((id) => ids.has(id));
  const removedIds = [...saved.removedIds, ...saved.ids.filter((id) => !ids.has(id))];
  return { ...saved, ids: wanted.ids, isFilled: saved.isFilled && !hasNew, lostIds, removedIds };
}

function isSameStart(saved: string | null, wanted: string | null): boolean {
  if (saved === wanted) return true;
  const shift = Date.parse(wanted ?? "") - Date.parse(saved ?? "");
  return shift >= 0 && shift <= MAX_SHIFT_MS;
}
