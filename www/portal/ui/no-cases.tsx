// What a page shows in place of cases, as long as there are none at all.

import type { FollowStatus } from "cisco-support-case/store";
import type { ReactNode } from "react";

/** A heading and a sentence that say why there are no cases. */
export function NoCases({ status }: { status: FollowStatus }): ReactNode {
  const [heading, words] = wordsOf(status);
  return (
    <div className="empty">
      <h2>{heading}</h2>
      <p>{words}</p>
    </div>
  );
}

/** Returns a heading and a sentence for a status of following. */
export function wordsOf({ state, reason, error, isFilled }: FollowStatus): readonly [string, string] {
  if (state === "paused" && reason === "offline") {
    return ["You are offline", "No cases are kept in this browser. They are loaded as soon as there is a connection."];
  }
  if (error !== null && !isFilled) {
    return ["No cases can be shown now", "The notice at the top of the page says why, and what to do."];
  }
  if (isFilled || state === "stopped") {
    return ["There are no cases", "The contracts of this account have no cases in the time that is shown."];
  }
  return [
    "Your cases are being loaded",
    "The first ones appear in a moment. You can search and filter them while the others are loaded.",
  ];
}
