// Look-ups and comparisons that need no wasm. Tests hold them to the rules of the Rust crate.

import type { CaseRecord } from "../generated/types.js";

/** A text as UTF-8 can hold it: the form in which the wasm gets texts. */
export const wellFormed = (text: string): string => text.replace(/\p{Cs}/gu, "\ufffd");

/**
 * Ids out of what people paste: split at white space, commas and semicolons (also full-width and Arabic ones),
 * invisible characters and repeats dropped, order kept.
 *
 * @example
 * ```ts
 * parseIds("612345678, 612345679;\n612345678"); // ["612345678", "612345679"]
 * ```
 */
export const parseIds = (text: string): string[] => [
  ...new Set(
    wellFormed(text)
      .replace(/\p{DI}+/gu, "")
      .split(/[\p{space},;\uff0c\uff1b\u3001\uff64\u060c\u061b\ufe50\ufe51\ufe54]+/u)
      .filter(Boolean),
  ),
];

/** The index of the page after this one. */
export const nextPageIndex = (page_index: number, last_index: number): number | null =>
  page_index < last_index ? page_index + 1 : null;

/** The index of the page before this one; of a page past the end, the last page. */
export const previousPageIndex = (page_index: number, last_index: number): number | null =>
  page_index > 1 ? Math.min(page_index - 1, Math.max(last_index, 1)) : null;

/** Whether a case is open: by its flag, and where it has none (details), by its status. */
export const isOpen = (record: Pick<CaseRecord, "status"> & Partial<Pick<CaseRecord, "status_flag">>): boolean =>
  record.status_flag ? record.status_flag === "O" : record.status !== "Closed";
