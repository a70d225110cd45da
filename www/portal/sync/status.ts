// The words for the status of following.

import type { FollowStatus, PersistenceState } from "cisco-support-case/store";
import type { Formatter } from "../ui/format.js";

/** The tone of a status. */
export type Tone = "ok" | "busy" | "idle" | "warning" | "error";

/** A status in words. */
export interface StatusWords {
  readonly tone: Tone;
  /** The words of the top bar. */
  readonly short: string;
  /** A sentence with what happens next. */
  readonly long: string;
}

/** The words for a tab that has no cases yet. */
const CONNECTING: StatusWords = { tone: "busy", short: "Connecting…", long: "The connection is being set up." };

/** Whether following cannot read: also while it tries again, until something is received. */
export const isFailing = ({ state, error, requests }: FollowStatus): boolean =>
  error !== null &&
  (state === "stopped" || state === "waiting" || ((state === "following" || state === "filling") && requests === 0));

/** Returns the words for a status. `size` is the number of cases in the store. */
export function statusWords(status: FollowStatus, size: number, formats: Formatter, now = Date.now()): StatusWords {
  const { count, moment, duration } = formats;
  const asOf = status.lastProgressAt === null ? "" : `As of ${moment(status.lastProgressAt, now)}`;
  const rest = asOf || `${count(size)} cases`;
  // A tab waits for the other tabs before it knows whether it reads the cases itself.
  if (size === 0 && (status.reason === "other_tab" || status.reason === "hidden")) return CONNECTING;
  if (isFailing(status) && status.state !== "stopped" && status.state !== "waiting") {
    return waitingWords({ ...status, reason: status.error?.kind === "quota" ? "quota" : "error" }, rest, formats);
  }
  switch (status.state) {
    case "filling": {
      const speed = status.casesPerSecond === null ? "" : `, ${count(Math.round(status.casesPerSecond))} a second`;
      const left = status.remainingMs === null ? "" : `, about ${duration(status.remainingMs)} left`;
      return {
        tone: "busy",
        short: `Loading: ${count(size)} cases`,
        long: `Cases are loaded for the first time: ${count(size)} so far${speed}${left}. You can use the page meanwhile.`,
      };
    }
    case "following":
      // A copy that is being filled for the first time has more later.
      return {
        tone: "ok",
        short: rest,
        long: `${count(size)} cases, ${status.source === "copy" ? "all that the portal's server has" : "complete"}. Changes are read by themselves.`,
      };
    case "paused":
      return status.reason === "offline"
        ? {
            tone: "warning",
            short: `Offline. ${rest}`,
            long: "Without a connection you see the cases kept in this browser.",
          }
        : { tone: "idle", short: rest, long: "Paused while this page is hidden." };
    case "waiting":
      return waitingWords(status, rest, formats);
    case "stopped":
      return stoppedWords(status, rest);
  }
}

function waitingWords(status: FollowStatus, rest: string, { time }: Formatter): StatusWords {
  const next = status.nextRoundAt === null ? "" : ` The next attempt is at ${time(status.nextRoundAt)}.`;
  switch (status.reason) {
    case "other_tab":
      return {
        tone: "ok",
        short: rest,
        long: "Another tab of this browser reads the changes, and this one shows them.",
      };
    case "quota":
      return { tone: "warning", short: `Quota spent. ${rest}`, long: `The quota of the service is spent.${next}` };
    case "error":
      return { tone: "warning", short: `Reconnecting. ${rest}`, long: `The last attempt failed.${next}` };
    default:
      return { tone: "busy", short: "Connecting…", long: `The connection is being set up.${next}` };
  }
}

function stoppedWords(status: FollowStatus, rest: string): StatusWords {
  switch (status.reason) {
    case "authentication":
      return { tone: "error", short: `Signed out. ${rest}`, long: "Your sign-in is not valid any more." };
    case "permission":
      return { tone: "error", short: `Not permitted. ${rest}`, long: "The account may not see these cases any more." };
    case "stop":
    case "aborted":
      return { tone: "idle", short: `Stopped. ${rest}`, long: "Changes are not read." };
    default:
      return {
        tone: "error",
        short: `Stopped. ${rest}`,
        long: "Changes are not read: an error cannot be repaired by waiting.",
      };
  }
}

/** Returns a sentence about the copy in the browser; `null` if there is nothing to say. */
export function persistenceWords({ outcome, error, isSaving }: PersistenceState): string | null {
  switch (outcome) {
    case "lost":
      return "The browser has erased the cases that were kept here. They are being loaded again.";
    case "damaged":
      return "The cases that were kept here could not be used. They are being loaded again.";
    case "newer":
      return "A newer version of this page has saved cases in this browser. Reload to use it.";
    case "memory":
      return error ? "Cases cannot be kept in this browser: they are loaded anew at each visit." : null;
    default:
      return isSaving || !error ? null : "The last changes could not be kept in this browser.";
  }
}
