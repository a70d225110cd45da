// The neighbours of the open case in the list that it was opened from, kept up to date.

import { useMemo, useRef } from "react";
import { answerOf } from "../app/answerable.js";
import { useView } from "../app/navigation.js";
import { useStore, useStoreVersion } from "../app/store-hooks.js";
import { queryOf } from "../app/view.js";
import { type Neighbours, neighboursOf } from "./neighbours.js";

/** The neighbours of a case in the list of the current view. `marked` are the cases with the view's mark. */
export function useNeighbours(case_id: string, marked: readonly string[] | undefined): Neighbours {
  const store = useStore();
  const version = useStoreVersion();
  const view = useView();
  const lastIndex = useRef<number | null>(null);
  const found = useMemo(() => {
    const asked = queryOf(view, Date.now(), marked);
    const { answer } = answerOf(asked, (query) => neighboursOf(store, query, case_id, lastIndex.current));
    return { version, ...answer };
  }, [store, version, view, marked, case_id]);
  if (found.index !== null) lastIndex.current = found.index;
  return found;
}
