// The store's errors, created from their rows of the error table.

import { type CaseApiError, clientError, errorFromRow, isCaseApiError } from "../client/errors.js";
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
  | "STORE_DAMAGED_PAGE"
  | "STORE_EXPORT_INTERRUPTED";

/** Creates an error of the store; `detail` follows the meaning of its code. */
export function storeError(code: StoreErrorCode, detail = "", cause?: unknown): CaseApiError {
  return errorFromRow(STORE_ERRORS.find((row) => row.code === code) as ErrorRow, detail, cause);
}

/** Returns what a script or a module could not be loaded by as an error of this package: `LOAD_FAILED`, if it is another one. */
export const loadError = (cause: unknown): CaseApiError =>
  isCaseApiError(cause) ? cause : clientError("LOAD_FAILED", `(${String(cause)})`, { cause });

/** Waits for a script or a module. Rejects with an error of this package. */
export const loaded = <T>(loading: Promise<T>): Promise<T> =>
  loading.catch((cause: unknown) => {
    throw loadError(cause);
  });

/** Whether a value is the store's error with a code. */
export const isStoreError = (value: unknown, code: StoreErrorCode | SavingErrorCode): value is CaseApiError =>
  isCaseApiError(value) && value.code === code;
