// The store's errors, created from their rows of the error table.

import { type CaseApiError, errorFromRow, isCaseApiError } from "../client/errors.js";
import type { ErrorRow } from "../client/types.js";
import { STORE_ERRORS } from "../generated/store-errors.js";

/** A code of the store's errors. */
export type StoreErrorCode =
  | "STORE_CLOSED"
  | "STORE_DAMAGED"
  | "STORE_NEWER_VERSION"
  | "STORE_QUOTA_EXCEEDED"
  | "STORE_UNAVAILABLE"
  | "STORE_LOCKED"
  | "STORE_LEADER_CHANGED"
  | "STORE_HISTORY_INCOMPLETE"
  | "STORE_FULL"
  | "STORE_DAMAGED_PAGE"
  | "STORE_REFILL_LIMIT";

/** Creates an error of the store; `detail` follows the meaning of its code. */
export function storeError(code: StoreErrorCode, detail = "", cause?: unknown): CaseApiError {
  return errorFromRow(STORE_ERRORS.find((row) => row.code === code) as ErrorRow, detail, cause);
}

/** Whether a value is the store's error with a code. */
export const isStoreError = (value: unknown, code: StoreErrorCode): value is CaseApiError =>
  isCaseApiError(value) && value.code === code;

/** The names under which platforms report that there is no space left. */
const QUOTA_NAMES = ["QuotaExceededError", "NS_ERROR_DOM_QUOTA_REACHED", "ENOSPC", "EDQUOT"];

/** Returns a foreign error as one of the store's, with the foreign one as its cause. */
export function toStoreError(thrown: unknown): CaseApiError {
  if (isCaseApiError(thrown)) return thrown;
  const { name, code } = Object(thrown) as { name?: unknown; code?: unknown };
  if (QUOTA_NAMES.some((known) => known === name || known === code)) {
    return storeError("STORE_QUOTA_EXCEEDED", "", thrown);
  }
  // An aborted transaction may have `null` as its error.
  return storeError("STORE_UNAVAILABLE", name === undefined ? "" : `(${String(name)})`, thrown ?? null);
}
