// The errors of saving and following, whose texts are loaded with the code for that.

import { type CaseApiError, errorFromRow, isCaseApiError } from "../client/errors.js";
import { setTimer } from "../client/timer.js";
import type { ErrorRow } from "../client/types.js";
import { SAVING_ERRORS } from "../generated/saving-errors.js";

/** A code of the errors of saving and following. */
export type SavingErrorCode =
  | "STORE_QUOTA_EXCEEDED"
  | "STORE_UNAVAILABLE"
  | "STORE_LOCKED"
  | "STORE_LEADER_CHANGED"
  | "STORE_REFILL_LIMIT";

/** Creates an error of saving or following; `detail` follows the meaning of its code. */
export function savingError(code: SavingErrorCode, detail = "", cause?: unknown): CaseApiError {
  return errorFromRow(SAVING_ERRORS.find((row) => row.code === code) as ErrorRow, detail, cause);
}

/** The names under which platforms report that there is no space left. */
const QUOTA_NAMES = ["QuotaExceededError", "NS_ERROR_DOM_QUOTA_REACHED", "ENOSPC", "EDQUOT"];

/** Returns a foreign error as one of the store's, with the foreign one as its cause. */
export function toStoreError(thrown: unknown): CaseApiError {
  if (isCaseApiError(thrown)) return thrown;
  const { name, code } = Object(thrown) as { name?: unknown; code?: unknown };
  if (QUOTA_NAMES.some((known) => known === name || known === code)) {
    return savingError("STORE_QUOTA_EXCEEDED", "", thrown);
  }
  // An aborted transaction may have `null` as its error.
  return savingError("STORE_UNAVAILABLE", name === undefined ? "" : `(${String(name)})`, thrown ?? null);
}

/** Rejects with `STORE_UNAVAILABLE` if a promise takes too long. */
export function within<T>(ms: number, promise: Promise<T>, what: string): Promise<T> {
  let stop = () => {};
  const late = new Promise<never>((_, reject) => {
    stop = setTimer(ms, () => reject(savingError("STORE_UNAVAILABLE", `(${what} took longer than ${ms} ms)`)));
  });
  return Promise.race([promise, late]).finally(() => stop());
}
