// The columns of tables of cases.

import { type CaseRecord, isOpen } from "./library.js";
import { UsageError } from "./exit-codes.js";
import type { TableColumn } from "./table.js";

/** The name of a column, which is a field of the record. */
export type CaseColumnName = Exclude<keyof CaseRecord, "item_entry_id" | "extra">;

/** The fields that a table can show, with their titles, in the order of importance. */
const COLUMNS: readonly (TableColumn<CaseRecord> & { readonly name: CaseColumnName })[] = [
  { name: "case_id", title: "CASE", text: ({ case_id }) => case_id },
  { name: "severity", title: "SEV", text: ({ severity }) => String(severity ?? "-"), isRight: true },
  {
    name: "status",
    title: "STATUS",
    text: (record) => record.status || (isOpen(record) ? "Open" : "Closed"),
    minWidth: 10,
  },
  { name: "title", title: "TITLE", text: ({ title }) => title, minWidth: 12 },
  { name: "updated_date", title: "UPDATED", text: ({ updated_date }) => minuteText(updated_date) },
  { name: "contract_id", title: "CONTRACT", text: ({ contract_id }) => contract_id },
  { name: "serial_number", title: "SERIAL", text: ({ serial_number }) => serial_number },
  { name: "technology_name", title: "TECHNOLOGY", text: ({ technology_name }) => technology_name, minWidth: 10 },
  { name: "sub_technology_name", title: "SUB-TECHNOLOGY", text: (record) => record.sub_technology_name, minWidth: 10 },
  { name: "creation_date", title: "CREATED", text: ({ creation_date }) => minuteText(creation_date) },
  { name: "status_flag", title: "FLAG", text: ({ status_flag }) => String(status_flag ?? "") },
  { name: "user_id", title: "USER", text: ({ user_id }) => user_id, minWidth: 8 },
  { name: "contact_name", title: "CONTACT", text: ({ contact_name }) => contact_name, minWidth: 8 },
  { name: "bugs", title: "BUGS", text: ({ bugs }) => bugs.join(" "), minWidth: 10 },
  { name: "rmas", title: "RMAS", text: ({ rmas }) => rmas.join(" "), minWidth: 10 },
];

/** The columns of a table without `--columns`. */
const DEFAULT_NAMES: readonly CaseColumnName[] = [
  "case_id",
  "severity",
  "status",
  "title",
  "updated_date",
  "contract_id",
  "serial_number",
];

/** Returns a date to the minute, in UTC: `2026-05-01 08:00`. */
export function minuteText(date: string | null): string {
  const ms = date === null ? Number.NaN : Date.parse(date);
  return Number.isNaN(ms) ? (date ?? "") : new Date(ms).toISOString().slice(0, 16).replace("T", " ");
}

/** Returns the columns with the given names. */
export function caseColumns(names: readonly string[] | undefined): TableColumn<CaseRecord>[] {
  return (names ?? DEFAULT_NAMES).map((name) => {
    const column = COLUMNS.find((known) => known.name === name);
    if (column) return column;
    throw new UsageError(`--columns: expected some of ${COLUMNS.map(({ name }) => name).join(", ")}; got "${name}"`);
  });
}
