// The plan of an export: what it will write, in words and as the name of its file.

import type { CaseQuery, ExportField, ExportOptions } from "cisco-support-case/store";

/** The choices of an export. */
export interface ExportChoices {
  readonly format: "csv" | "ndjson";
  readonly scope: "all" | "selected";
  readonly fields: "shown" | "every";
  readonly delimiter: "," | ";";
  readonly isFormulaSafe: boolean;
}

/** The columns of the list that an export has, with its own names. */
const EXPORT_FIELDS: Readonly<Record<string, ExportField>> = {
  case_id: "case_id",
  severity: "severity",
  title: "title",
  status: "status",
  updated_date: "updated_date",
  creation_date: "creation_date",
  status_since: "status_since",
  last_note_by: "last_note_date",
  contract_id: "contract_id",
  contact_name: "contact_name",
  user_id: "user_id",
  serial_number: "serial_number",
  technology_name: "technology_name",
  owner: "owner",
  bugs: "bugs",
  rmas: "rmas",
};

/** Returns the fields of an export of some columns. */
export const fieldsOf = (columns: readonly string[]): ExportField[] => [
  ...new Set(columns.flatMap((id) => EXPORT_FIELDS[id] ?? [])),
];

/** Returns the options of the store's export. */
export function exportOptions(choices: ExportChoices, query: CaseQuery, columns: readonly string[]): ExportOptions {
  const fields = choices.fields === "shown" ? fieldsOf(columns) : undefined;
  return {
    format: choices.format,
    query,
    ...(fields && { columns: fields }),
    ...(choices.format === "csv" && {
      delimiter: choices.delimiter,
      bom: true,
      formulaSafe: choices.isFormulaSafe,
    }),
  };
}

/** Returns the name of the file: with the view, the instant and its zone. */
export function fileName(view: string, format: "csv" | "ndjson", at: Date): string {
  const name = view
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 40);
  const instant = at.toISOString().slice(0, 16).replace(":", "");
  return `cases_${name || "list"}_${instant}Z.${format}`;
}

/** Whether spreadsheet programs of a locale expect a semicolon: those whose decimal mark is a comma. */
export const prefersSemicolon = (locale: string): boolean =>
  new Intl.NumberFormat(locale).formatToParts(1.5).some(({ type, value }) => type === "decimal" && value === ",");
