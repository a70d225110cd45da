// The details of one case in pieces: its fields, and as many notes as fit into a result. A note that is too long is cut, and the
// next piece continues it.

import { type CaseDetail, type CaseNote, isOpen } from "../library.js";
import type { Principal, RequestContext, Serving } from "./serving.js";
import { compactRow, cutPosition, FRAME_TOKENS, MAX_TOKENS, rowTokens } from "./token-budget.js";
import { visibleValue } from "./untrusted-text.js";

/** Details of a case that cursors continue: as a client may see them, with their notes in the wanted order. */
export interface CaseReading {
  readonly case: Record<string, unknown>;
  readonly is_open: boolean;
  readonly notes: readonly CaseNote[];
}

/** A position in the notes: a note and a place in its text. */
export interface NotePosition {
  readonly note: number;
  readonly at: number;
}

/** A piece of a case's notes. */
export interface NotePiece {
  readonly rows: Record<string, unknown>[];
  /** The position after the piece; `undefined` at the end. */
  readonly next: NotePosition | undefined;
}

/** Reads the details of a case, with personal data as a client may see it. */
export async function readDetail(
  case_id: string,
  serving: Serving,
  principal: Principal,
  context: RequestContext,
): Promise<CaseDetail> {
  const { token } = principal;
  const detail = await serving.client.caseDetails(
    { case_id },
    { signal: serving.signalOf(context), ...(token !== undefined && { token }) },
  );
  return serving.redaction ? serving.redaction.detail(detail) : detail;
}

/** Returns details with notes in the wanted order. */
export function readingOf(detail: CaseDetail, isOldestFirst: boolean): CaseReading {
  const { notes, extra: _extra, issues: _issues, ...fields } = detail;
  const byDate = [...notes].sort((one, other) => (other.creation_date ?? "").localeCompare(one.creation_date ?? ""));
  return {
    case: visibleValue(compactRow(fields)),
    is_open: isOpen(detail),
    notes: isOldestFirst ? byDate.reverse() : byDate,
  };
}

/** Returns the notes that fit into a result, from a position on. */
export function notePiece(notes: readonly CaseNote[], from: NotePosition, used: number): NotePiece {
  const rows: Record<string, unknown>[] = [];
  let left = MAX_TOKENS - FRAME_TOKENS - used;
  for (let index = from.note; index < notes.length; index += 1) {
    const note = notes[index] as CaseNote;
    const at = index === from.note ? from.at : 0;
    const row = noteRow(note, index, at, Number.POSITIVE_INFINITY);
    const tokens = rowTokens(row);
    if (tokens <= left) {
      rows.push(row);
      left -= tokens;
      continue;
    }
    // A note that fits into a result of its own begins the next one.
    if (rows.length > 0) return { rows, next: { note: index, at } };
    const length = longestPart(note, index, at, left);
    rows.push(noteRow(note, index, at, length));
    return { rows, next: { note: index, at: at + length } };
  }
  return { rows, next: undefined };
}

const textOf = ({ note, note_detail }: CaseNote) => note_detail || note;

/** Returns a note, or a part of it, as a row. */
function noteRow(note: CaseNote, index: number, at: number, length: number): Record<string, unknown> {
  const text = textOf(note);
  const end = Math.min(text.length, at + length);
  const isPart = at > 0 || end < text.length;
  return visibleValue({
    note: index + 1,
    ...(note.creation_date !== null && { created: note.creation_date }),
    ...(note.created_by && { created_by: note.created_by.slice(0, 200) }),
    ...(note.note && note.note !== text && { subject: note.note.slice(0, 500) }),
    ...(isPart && { part: `characters ${at + 1} to ${end} of ${text.length}` }),
    text: text.slice(at, end),
  });
}

/** The length of the longest part of a note's text from a position on that fits into so many tokens, found by bisection. */
function longestPart(note: CaseNote, index: number, at: number, tokens: number): number {
  let low = 1;
  let high = Math.min(textOf(note).length - at, tokens * 4);
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (rowTokens(noteRow(note, index, at, middle)) <= tokens) low = middle;
    else high = middle - 1;
  }
  return Math.max(1, cutPosition(textOf(note), at + low) - at);
}
