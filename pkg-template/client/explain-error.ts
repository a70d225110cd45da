// Look-up of error rows by code, in any spelling.

import { CLIENT_ERRORS, ERROR_ALIASES, ERROR_TABLE, GATEWAY_ERRORS } from "../generated/error-table.js";
import { SAVING_ERRORS } from "../generated/saving-errors.js";
import { STORE_ERRORS } from "../generated/store-errors.js";
import type { ErrorRow } from "./types.js";

/** The rows, by the indices under which the wasm knows them. */
export const ROWS: readonly ErrorRow[] = [
  ...ERROR_TABLE,
  ...CLIENT_ERRORS,
  ...GATEWAY_ERRORS,
  ...STORE_ERRORS,
  ...SAVING_ERRORS,
];

/**
 * The canonical form of a code: upper case, words joined by `_`, without the `ERR`, the status and the `DEVELOPER` or
 * `ACCOUNT` that gateways put in front.
 */
const canonical = (code: string): string =>
  code
    .replace(/[^0-9A-Za-z]+/g, "_")
    .toUpperCase()
    .replace(/^_?((\d{3}|ERR|DEVELOPER|ACCOUNT)_(?=.))*|_$/g, "");

/** The indices of the rows for a code; with a status above 0, only of the rows with that status, if there are any. */
export function explainRows(code: string, status: number): number[] {
  const name = canonical(code);
  const rows = [...ROWS.keys()].filter(
    (index) => name && (canonical(ROWS[index]!.code) === name || ERROR_ALIASES[name] === index),
  );
  const exact = rows.filter((index) => status > 0 && ROWS[index]!.status === status);
  return exact[0] === undefined ? rows : exact;
}

/** The rows of these numbers, as anybody's to keep. */
export const rowsOf = (numbers: Iterable<number>): ErrorRow[] =>
  Array.from(numbers, (number) => ({ ...(ROWS[number] as ErrorRow) }));
