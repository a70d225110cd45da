// The fields whose changes a reader is told of. The first page needs no more of what compares cases.

/**
 * Fields that change with others, or that only the details and summaries of a case have: a list does not know them, so that they
 * "change" when the reader opens the case.
 */
const SILENT = new Set([
  "technology_name",
  "sub_technology_name",
  "tracking_number",
  "notes_count",
  "last_note_by",
  "last_note_date",
  "updated_date",
  "creation_date",
  "status_flag",
  "status_since",
  "item_entry_id",
  "extra",
]);

/** Returns the names of the fields that a reader is told of. */
export const toldFields = (fields: readonly string[]): readonly string[] =>
  fields.filter((field) => !SILENT.has(field));
