// The reaction of following to an error of a round, by the error table.

import type { CaseApiError } from "../client/errors.js";
import type { FollowReason } from "./follow-types.js";

/** The reaction to an error of a round. */
export type FollowReaction =
  | { readonly type: "retry"; readonly afterMs: number; readonly reason: FollowReason }
  /** The client's cursor is not accepted any more: everything is read again. */
  | { readonly type: "refill" }
  | { readonly type: "stop"; readonly reason: FollowReason; readonly drops: boolean };

/** The maximum wait before the first repetition in milliseconds; it doubles with each further one. */
const BASE_MS = 2000;
/** The maximum wait before any repetition in milliseconds. */
const CAP_MS = 5 * 60_000;
/** The wait if a quota is spent and nobody says when it renews, in milliseconds. */
const QUOTA_MS = 15 * 60_000;
/** The number of consecutive rounds that may fail by an error that is not retryable. */
const MAX_HOPELESS = 5;
/** Errors of kind `permission` that concern the application or the page. The user may still see the cases. */
const NOT_THE_USER = ["ORIGIN_NOT_ALLOWED", "Unknown Referrer", "Account Inactive"];

/** Whether cases may not be seen any more because of an error. */
export const takesPermission = ({ kind, code }: CaseApiError): boolean =>
  kind === "permission" && !NOT_THE_USER.includes(code);

/** Whether a later round may read what an error prevented. An id that the service does not accept stays that way. */
export const isTemporary = ({ kind }: CaseApiError): boolean =>
  !["permission", "invalid_request", "not_found"].includes(kind);

/** Whether the provider of tokens had no connection: `fetch` rejects with a `TypeError` then. The sign-in may be valid. */
const isTokenUnreachable = ({ code, cause }: CaseApiError): boolean =>
  code === "NO_TOKEN" && cause instanceof TypeError;

/** A random wait of at least half of a maximum, which doubles with each failure: many pages do not return together. */
function backoffMs(failures: number, random: number): number {
  const most = Math.min(BASE_MS * 2 ** Math.min(failures - 1, 20), CAP_MS);
  return most / 2 + (random * most) / 2;
}

/** Decides about an error after a number of consecutive failures (1 for the first). */
export function reactionTo(error: CaseApiError, failures: number, now: number, random: number): FollowReaction {
  const stop = (reason: FollowReason, drops = false): FollowReaction => ({ type: "stop", reason, drops });
  const retry = (reason: FollowReason, afterMs: number): FollowReaction => ({ type: "retry", reason, afterMs });
  const wait = backoffMs(failures, random);
  switch (error.kind) {
    case "permission":
      return stop("permission", takesPermission(error));
    case "authentication":
      return error.retryable || isTokenUnreachable(error) ? retry("error", wait) : stop("authentication");
    case "invalid_request":
      return error.problems.some(({ field }) => field === "cursor") ? { type: "refill" } : stop("error");
    case "internal":
      return stop("error");
    case "quota": {
      const renewal = error.renewsAt === null ? Number.NaN : Date.parse(error.renewsAt) - now;
      // Pages that wait for the same renewal return within a minute.
      const afterMs = Number.isNaN(renewal) ? QUOTA_MS : Math.max(renewal, BASE_MS);
      return retry("quota", afterMs + random * 60_000);
    }
    default: {
      const least = error.retryAfterMs ?? 0;
      const afterMs = Math.max(wait, least + random * least * 0.2);
      return error.retryable || failures < MAX_HOPELESS ? retry("error", afterMs) : stop("error");
    }
  }
}
