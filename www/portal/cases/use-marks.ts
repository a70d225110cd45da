// The reader's marks of cases, for the list.

import { useCallback, useMemo } from "react";
import type { Mark } from "../app/view.js";
import { useReaderState } from "../news/use-reader.js";
import type { RowMarks } from "./case-row.js";

/** The marks: of a case, and the ids of all cases with a mark. */
export interface Marks {
  readonly of: (case_id: string) => RowMarks;
  readonly ids: Readonly<Record<Mark, readonly string[]>>;
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
  const { unread, pinned, snoozed } = useReaderState();
  const of = useCallback(
    (case_id: string) => marks(case_id in unread, case_id in pinned, case_id in snoozed),
    [unread, pinned, snoozed],
  );
  return useMemo(
    () => ({
      of,
      ids: { unread: Object.keys(unread), pinned: Object.keys(pinned), snoozed: Object.keys(snoozed) },
    }),
    [of, unread, pinned, snoozed],
  );
}
