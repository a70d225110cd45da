// The order of the list by its columns.

import type { SortTerm, View } from "../app/view.js";
import type { Column } from "./columns.js";

/** Returns the order after a press on a column: the first direction, the other one, none. */
export function nextSort(sort: readonly SortTerm[], column: Column, isAdding: boolean): readonly SortTerm[] {
  const by = column.sort!;
  const first = column.firstOrder ?? "asc";
  const present = sort.find((term) => term.by === by);
  const order = present === undefined ? first : present.order === first ? other(first) : null;
  if (!isAdding) return order ? [{ by, order }] : [];
  if (present) return sort.flatMap((term) => (term.by !== by ? term : order ? { by, order } : []));
  return order ? [...sort, { by, order }] : sort;
}

const other = (order: "asc" | "desc"): "asc" | "desc" => (order === "asc" ? "desc" : "asc");

/** Returns the order that is shown: that of the view, or the engine's own. */
export const shownSort = ({ sort, text }: View): readonly SortTerm[] =>
  sort.length > 0 || text.trim() !== "" ? sort : [{ by: "updated_date", order: "desc" }];
