// Functions that need no wasm. Tests compare them with the Rust crate.

import type { CaseRecord } from "../generated/types.js";

/** Replaces lone surrogates, since the wasm receives strings as UTF-8. */
export const wellFormed = (text: string): string => text.replace(/\p{Cs}/gu, "\ufffd");

/**
 * Parses pasted ids: splits at white space, commas and semicolons (also full-width and Arabic ones), and drops invisible
 * characters and repeats. The order is preserved.
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

/** Returns the index of the next page, or `null` on the last page. */
export const nextPageIndex = (page_index: number, last_index: number): number | null =>
  page_index < last_index ? page_index + 1 : null;

/** Returns the index of the previous page, or `null` on the first page; the last page for a page past the end. */
export const previousPageIndex = (page_index: number, last_index: number): number | null =>
  page_index > 1 ? Math.min(page_index - 1, Math.max(last_index, 1)) : null;

/** Whether a case is open: by `status_flag`, or by `status` for case details, which have no flag. */
export const isOpen = (record: Pick<CaseRecord, "status"> & Partial<Pick<CaseRecord, "status_flag">>): boolean =>
  record.status_flag ? record.status_flag === "O" : record.status !== "Closed";
