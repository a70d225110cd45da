// An empty result explains itself: the conditions that cannot be searched for, or the number of cases without each condition; and
// the offer to drop it.

import type { Problem } from "cisco-support-case";
import type { ReactNode } from "react";
import { answerOf } from "../app/answerable.js";
import { adjust } from "../app/navigation.js";
import { useFollowStatus, useStore, useStoreVersion } from "../app/store-hooks.js";
import { useFormatter } from "../app/use-formatter.js";
import { queryOf, type View } from "../app/view.js";
import { balanced } from "../ui/bidi.js";
import { NoCases } from "../ui/no-cases.js";
import { CANNOT_SEARCH, conditionsIn, MAX_EXPLAINED } from "./conditions.js";
import { focusListSoon } from "./focus-list.js";
import { reasonOf } from "./rejection.js";

/** Properties of an empty result. */
export interface EmptyResultProps {
  readonly view: View;
  readonly nowMs: number;
  /** The ids of the cases with the view's mark. */
  readonly marked: readonly string[] | undefined;
  /** The problems for which the store rejects the query. */
  readonly problems: readonly Problem[];
}

/** The reason why no case is shown, and what to do. */
export function EmptyResult({ view, nowMs, marked, problems }: EmptyResultProps): ReactNode {
  const store = useStore();
  const status = useFollowStatus();
  const format = useFormatter();
  useStoreVersion();
  if (store.size === 0) return <NoCases status={status} />;
  const conditions = conditionsIn(view, format);
  const ways = conditions.slice(0, MAX_EXPLAINED).map((condition) => {
    const without = condition.remove(view);
    const asked = queryOf(without, nowMs, without.mark ? marked : undefined);
    return { ...condition, count: answerOf(asked, (query) => store.count(query)).answer };
  });
  // The buttons are gone with the empty result.
  const change = (next: View) => {
    adjust(next);
    focusListSoon();
  };
  const showAll = (
    <button
      type="button"
      className="quiet"
      onClick={() => change({ ...view, text: "", where: {}, not: {}, mark: null, now: null })}
    >
      Show all {format.counted(store.size, "case")}
    </button>
  );
  if (problems.length > 0) {
    return (
      <div className="empty">
        <h2>{CANNOT_SEARCH}</h2>
        <ul>
          {conditions.flatMap((condition) => {
            const reason = reasonOf(condition, problems);
            return reason === null ? (
              []
            ) : (
              <li key={condition.key}>
                <p>{reason}</p>
                <button type="button" onClick={() => change(condition.remove(view))}>
                  <span>
                    Without <bdi>{balanced(condition.label)}</bdi>
                  </span>
                </button>
              </li>
            );
          })}
        </ul>
        {showAll}
      </div>
    );
  }
  const helpful = ways.filter(({ count }) => count > 0).sort((a, b) => b.count - a.count);
  return (
    <div className="empty">
      <h2>No case matches</h2>
      {helpful.length > 0 ? (
        <>
          <p>
            {helpful.length === 1 ? "This condition empties" : "Each of these conditions empties"} the list. Drop it:
          </p>
          <ul>
            {helpful.map(({ key, label, count, remove }) => (
              <li key={key}>
                <button type="button" onClick={() => change(remove(view))}>
                  <span>
                    Without <bdi>{balanced(label)}</bdi>: {format.counted(count, "case")}
                  </span>
                </button>
              </li>
            ))}
          </ul>
        </>
      ) : (
        <p>
          {conditions.length > MAX_EXPLAINED
            ? `None of the first ${MAX_EXPLAINED} conditions empties the list by itself.`
            : "No single condition empties the list, only several together."}
        </p>
      )}
      {showAll}
    </div>
  );
}
