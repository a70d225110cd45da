// The plan of an export: what it will write, in words and as the name of its file.

import type { CaseQuery, CaseStore, ExportField, ExportOptions } from "cisco-support-case/store";
import { MAX_IDS } from "../app/view.js";
import { createRest } from "../ui/rest.js";
import { allIds } from "./case-ids.js";

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

/** Returns the query of selected cases, in the order of a list. Without its text there is no best match. */
const selectedQuery = (list: CaseQuery, case_id: readonly string[]): CaseQuery => {
  const sort = [list.sort ?? []].flat().filter(({ by }) => by !== "text");
  return { ...(case_id.length > 0 && { where: { case_id } }), ...(sort.length > 0 && { sort }) };
};

/**
 * Yields the parts of an export: of all cases that match a query, or of the selected ones in its order. A query names at most
 * 1000 cases, so that more are exported in pieces, each of which continues the former one.
 */
export async function* exportParts(
  store: Pick<CaseStore, "export">,
  choices: ExportChoices,
  query: CaseQuery,
  selected: ReadonlySet<string> | null,
  columns: readonly string[],
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const optionsOf = (of: CaseQuery) => exportOptions(choices, of, columns);
  const rest = createRest();
  if (selected === null || selected.size <= MAX_IDS) {
    // No case has an empty number: an empty selection has no case.
    const own = selected === null ? query : selectedQuery(query, selected.size > 0 ? [...selected] : [""]);
    yield* partsOf(store, optionsOf(own), rest);
    return;
  }
  const ids = (await allIds(store, selectedQuery(query, []))).filter((id) => selected.has(id));
  for (let from = 0; from < ids.length; from += MAX_IDS) {
    const options = optionsOf(selectedQuery(query, ids.slice(from, from + MAX_IDS)));
    const parts = partsOf(store, from > 0 && choices.format === "csv" ? { ...options, bom: false } : options, rest);
    yield* from > 0 && choices.format === "csv" ? withoutHead(parts) : parts;
  }
}

async function* partsOf(
  store: Pick<CaseStore, "export">,
  options: ExportOptions,
  rest: () => Promise<void>,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const reader = store.export(options).getReader();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      yield part.value as Uint8Array<ArrayBuffer>;
      await rest();
    }
  } finally {
    await reader.cancel();
  }
}

const LINE_END = 0x0a;

/** Leaves out the first line of CSV, whose names contain no line break. */
async function* withoutHead(parts: AsyncGenerator<Uint8Array<ArrayBuffer>>): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let isHead = true;
  for await (const part of parts) {
    const end = isHead ? part.indexOf(LINE_END) : -1;
    if (isHead && end < 0) continue;
    isHead = false;
    yield part.subarray(end + 1);
  }
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

/** Returns all parts of an export; `null` as soon as it is not wanted any more. */
export async function collected(parts: AsyncIterable<BlobPart>, isWanted: () => boolean): Promise<BlobPart[] | null> {
  const all: BlobPart[] = [];
  for await (const part of parts) {
    if (!isWanted()) return null;
    all.push(part);
  }
  return isWanted() ? all : null;
}
