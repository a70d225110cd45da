// Cases as text for the clipboard: a table of tabs, a line of Markdown, a link.

import type { CaseRecord } from "cisco-support-case";
import { balanced } from "../ui/bidi.js";
import { markdownLink } from "../ui/markdown.js";
import { type CellContext, type Column, lastingText } from "./columns.js";

/** Beginnings by which spreadsheets take a text for a formula. Numbers are none. */
const FORMULA = /^[=+\-@](?![\d.,]*$)/;

/**
 * Returns cases as a table whose cells are separated by tabs: spreadsheets and mails take it. Texts that look like formulas begin with
 * an apostrophe, as in the export.
 */
export function asTable(records: readonly CaseRecord[], columns: readonly Column[], context: CellContext): string {
  const clean = (text: string) =>
    balanced(text)
      .replaceAll(/[\t\r\n]+/g, " ")
      .trimStart()
      .replace(FORMULA, "'$&");
  const rows = records.map((record) => columns.map((column) => clean(lastingText(column, record, context))).join("\t"));
  return [columns.map(({ label }) => label).join("\t"), ...rows].join("\n");
}

/** Returns a case as an item of a Markdown list. */
export function asMarkdown({ case_id, title, severity, status }: CaseRecord, address: string): string {
  return `- ${markdownLink(case_id, address, title)} (severity ${severity ?? "unknown"}, ${status || "no status"})`;
}
