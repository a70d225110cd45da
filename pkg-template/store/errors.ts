// The store's errors, created from their rows of the error table.

import { type CaseApiError, errorFromRow, isCaseApiError } from "../client/errors.js";
import type { ErrorRow } from "../client/types.js";
import { STORE_ERRORS } from "../generated/store-errors.js";
import type { SavingErrorCode } from "./saving-errors.js";

/** A code of the store's errors, but those of saving and following. */
export type StoreErrorCode =
  | "STORE_CLOSED"
  | "STORE_DAMAGED"
  | "STORE_NEWER_VERSION"
  | "STORE_HISTORY_INCOMPLETE"
  | "STORE_FULL"
  | "STORE_DAMAGED_PAGE";

/** Creates an error of the store; `detail` follows the meaning of its code. */
export function storeError(code: StoreErrorCode, detail = "", cause?: unknown): CaseApiError {
  return errorFromRow(STORE_ERRORS.find((row) => row.code === code) as ErrorRow, detail, cause);
}

/** Whether a value is the store's error with a code. */
export const isStoreError = (value: unknown, code: StoreErrorCode | SavingErrorCode): value is CaseApiError =>
  isCaseApiError(value) && value.code === code;
