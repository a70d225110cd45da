// The facet of the reader's own marks: unread, pinned and put-off cases, so that none is forgotten.

import type { CaseQuery } from "cisco-support-case/store";
import { type ReactNode, startTransition, useEffect, useId, useMemo, useState } from "react";
import { answerOf } from "../app/answerable.js";
import { adjust } from "../app/navigation.js";
import { useStore, useStoreVersion } from "../app/store-hooks.js";
import { useFormatter } from "../app/use-formatter.js";
import { MARKS, type Mark, queryOf, type View } from "../app/view.js";
import { afterPaint } from "../ui/after-paint.js";
import { useNow } from "../ui/use-now.js";
import { MARK_LABELS } from "./conditions.js";
import { countAmong, idsWithin } from "./count-ids.js";
import { useMarks } from "./use-marks.js";

/** The marks with the number of their cases in a view; the list has the cases of one of them. */
export function MarkFacet({ view, isShown }: { view: View; isShown: boolean }): ReactNode {
  const format = useFormatter();
  const counts = useCounts(view, isShown);
  const id = useId();
  return (
    <details className="facet" open>
      <summary>
        Yours
        {view.mark && <span className="facet-count">{format.count(1)}</span>}
      </summary>
      <ul aria-label="Yours">
        {MARKS.map((mark) => (
          <li key={mark} className={`facet-value is-${view.mark === mark ? "included" : "none"}`} data-mark={mark}>
            <input
              id={`${id}-${mark}`}
              type="checkbox"
              checked={view.mark === mark}
              onChange={() => adjust({ ...view, mark: view.mark === mark ? null : mark })}
            />
            <label htmlFor={`${id}-${mark}`}>{MARK_LABELS[mark]}</label>
            <span className="facet-number">{counts ? format.count(counts[mark]) : ""}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}

/** The numbers of cases with each mark that match the other conditions of a view; `null` until they are known. */
function useCounts(view: View, isShown: boolean): Readonly<Record<Mark, number>> | null {
  const store = useStore();
  const version = useStoreVersion();
  const marks = useMarks();
  const nowMs = useNow();
  const query: CaseQuery = useMemo(() => queryOf({ ...view, mark: null, sort: [], group: null }, nowMs), [view, nowMs]);
  const [counts, setCounts] = useState<Readonly<Record<Mark, number>> | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the version stands for the content of the store
  useEffect(() => {
    if (!isShown) return;
    return afterPaint(() => {
      const { answer } = answerOf(query, (query) => {
        const count = (mark: Mark) => countAmong(store, query, idsWithin(query, marks.idsOf(mark)));
        return { unread: count("unread"), pinned: count("pinned"), snoozed: count("snoozed") };
      });
      startTransition(() => setCounts(answer));
    });
  }, [store, version, marks, query, isShown]);
  return counts;
}
