// The columns of the list.

import type { CaseRecord } from "cisco-support-case";
import type { CaseStore } from "cisco-support-case/store";
import type { SortKey } from "../app/view.js";
import { type Formatter, NOTHING } from "../ui/format.js";

/** The values from which the text of a cell is made. */
export interface CellContext {
  readonly store: CaseStore;
  readonly format: Formatter;
  readonly nowMs: number;
}

/** A column of the list. */
export interface Column {
  readonly id: string;
  readonly label: string;
  /** The width in pixels; `0` for what is left, at least 240. */
  readonly width: number;
  /** The least width in pixels in a list beside a case. */
  readonly tight?: number;
  readonly sort?: SortKey;
  /** The first direction of the order. */
  readonly firstOrder?: "asc" | "desc";
  readonly text: (record: CaseRecord, context: CellContext) => string;
  /** The text for those who read it later, on paper or in a mail; by default as in the list. */
  readonly lasting?: (record: CaseRecord, context: CellContext) => string;
}

/** Returns the text of a column for those who read it later. */
export const lastingText = ({ text, lasting = text }: Column, record: CaseRecord, context: CellContext): string =>
  lasting(record, context);

const dash = (text: string): string => text || NOTHING;

/** All columns, in the order of the chooser. */
export const COLUMNS: readonly Column[] = [
  { id: "case_id", label: "Case", width: 104, sort: "case_id", text: ({ case_id }) => case_id },
  {
    id: "severity",
    label: "Severity",
    width: 84,
    sort: "severity",
    text: ({ severity }) => String(severity ?? NOTHING),
  },
  { id: "title", label: "Title", width: 0, tight: 160, sort: "title", text: ({ title }) => title },
  { id: "status", label: "Status", width: 216, tight: 188, sort: "status", text: ({ status }) => dash(status) },
  {
    id: "updated_date",
    label: "Updated",
    width: 140,
    sort: "updated_date",
    firstOrder: "desc",
    text: ({ updated_date }, { format, nowMs }) => format.ago(updated_date, nowMs),
    lasting: ({ updated_date }, { format }) => format.dateTime(updated_date),
  },
  {
    id: "creation_date",
    label: "Created",
    width: 116,
    sort: "creation_date",
    firstOrder: "desc",
    text: ({ creation_date }, { format }) => format.day(creation_date),
  },
  {
    id: "status_since",
    label: "In status since",
    width: 132,
    sort: "status_since",
    text: ({ case_id }, { store, format }) => {
      const found = store.statusSince(case_id);
      return found ? `${found.is_exact ? "" : "≥ "}${format.day(found.since)}` : NOTHING;
    },
  },
  {
    id: "last_note_by",
    label: "Last note by",
    width: 116,
    sort: "last_note_date",
    firstOrder: "desc",
    text: ({ case_id }, { store }) => {
      const by = store.details(case_id)?.last_note_by;
      return by === "customer" ? "us" : by === "cisco" ? "Cisco" : NOTHING;
    },
  },
  { id: "contract_id", label: "Contract", width: 112, sort: "contract_id", text: (one) => dash(one.contract_id) },
  { id: "contact_name", label: "Contact", width: 144, text: ({ contact_name }) => dash(contact_name) },
  { id: "user_id", label: "User", width: 120, sort: "user_id", text: ({ user_id }) => dash(user_id) },
  { id: "serial_number", label: "Serial number", width: 136, text: ({ serial_number }) => dash(serial_number) },
  {
    id: "technology_name",
    label: "Technology",
    width: 160,
    sort: "technology_name",
    text: ({ technology_name }) => dash(technology_name),
  },
  {
    id: "owner",
    label: "Owner",
    width: 144,
    text: ({ case_id }, { store }) => dash(store.details(case_id)?.owner ?? ""),
  },
  { id: "bugs", label: "Bugs", width: 128, text: ({ bugs }) => dash(bugs.join(", ")) },
  { id: "rmas", label: "RMAs", width: 112, text: ({ rmas }) => dash(rmas.join(", ")) },
];

/** The columns of a new reader. */
export const DEFAULT_COLUMNS: readonly string[] = [
  "case_id",
  "severity",
  "title",
  "status",
  "updated_date",
  "creation_date",
  "contract_id",
];

const BY_ID = new Map(COLUMNS.map((column) => [column.id, column]));

/** Returns the columns with these ids; the title is always among them. */
export function columnsOf(ids: readonly string[]): Column[] {
  const wanted = ids.includes("title") ? ids : [...ids, "title"];
  return [...new Set(wanted)].flatMap((id) => BY_ID.get(id) ?? []);
}

/** The least width of the title, in pixels. */
const MIN_TITLE = 240;
/** The least width of other columns, in pixels. */
export const MIN_WIDTH = 56;

/**
 * Returns the widths of columns as the tracks of a CSS grid, and their least total width in pixels. In a tight list columns may be
 * narrower, and those that the reader widened are as wide as the others leave room: a width leaves out no column.
 */
export function gridOf(columns: readonly Column[], widths: Readonly<Record<string, number>>, isTight = false) {
  let least = 0;
  const tracks = columns.map(({ id, width, tight }) => {
    const own = widths[id] === undefined ? undefined : Math.max(MIN_WIDTH, Math.round(widths[id]));
    const given = (isTight && tight) || width || MIN_TITLE;
    const px = own === undefined ? given : isTight ? Math.min(own, given) : own;
    least += px;
    if (own === undefined) return width === 0 ? `minmax(${px}px, 1fr)` : `${px}px`;
    return own > px ? `minmax(${px}px, ${own}px)` : `${px}px`;
  });
  return { template: tracks.join(" "), least };
}

/** Returns the columns of a tight list that fit a width in pixels: others are left out, the last first, but never the title. */
export function fittingColumns(
  columns: readonly Column[],
  widths: Readonly<Record<string, number>>,
  px: number,
): readonly Column[] {
  let fitting = columns;
  for (const column of [...columns].reverse()) {
    if (gridOf(fitting, widths, true).least <= px) break;
    if (column.id !== "title") fitting = fitting.filter((one) => one !== column);
  }
  return fitting;
}

/** Returns the width in pixels up to which a column of a tight list can grow. The title alone may have any width. */
export function widestOf(
  column: Column,
  shown: readonly Column[],
  widths: Readonly<Record<string, number>>,
  px: number,
): number {
  const others = shown.filter((one) => one !== column);
  return others.length === 0 ? Number.POSITIVE_INFINITY : Math.floor(px - gridOf(others, widths, true).least);
}
