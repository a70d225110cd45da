// The reader's marks of cases, for the list.

import { useCallback, useMemo } from "react";
import type { Mark } from "../app/view.js";
import { markedIds } from "../news/reader-state.js";
import { useReaderState } from "../news/use-reader.js";
import type { RowMarks } from "./case-row.js";

/** The marks: of a case, and the ids of all cases with a mark, the latest marked first. */
export interface Marks {
  readonly of: (case_id: string) => RowMarks;
  readonly idsOf: (mark: Mark) => readonly string[];
}

const NONE: RowMarks = Object.freeze({ isUnread: false, isPinned: false, isSnoozed: false });
const cached = new Map<string, RowMarks>();

/** Returns one object for equal marks, so that rows are not rendered again. */
function marks(isUnread: boolean, isPinned: boolean, isSnoozed: boolean): RowMarks {
  if (!isUnread && !isPinned && !isSnoozed) return NONE;
  const key = [isUnread, isPinned, isSnoozed].join();
  let found = cached.get(key);
  if (!found) cached.set(key, (found = Object.freeze({ isUnread, isPinned, isSnoozed })));
  return found;
}

/** The marks of the signed-in reader. */
export function useMarks(): Marks {
  const state = useReaderState();
  const { unread, pinned, snoozed } = state;
  const of = useCallback(
    (case_id: string) => marks(case_id in unread, case_id in pinned, case_id in snoozed),
    [unread, pinned, snoozed],
  );
  return useMemo(() => ({ of, idsOf: (mark) => markedIds(state, mark) }), [of, state]);
}
