// The selected cases: a set of ids, which a changed search keeps and the page then says so.

/** Returns the ids with one added or removed. */
export function toggled(selected: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const next = new Set(selected);
  if (!next.delete(id)) next.add(id);
  return next;
}

/** Returns the ids with others added. */
export function withAll(selected: ReadonlySet<string>, ids: Iterable<string>): ReadonlySet<string> {
  const next = new Set(selected);
  for (const id of ids) next.add(id);
  return next;
}

/** Returns the number of selected cases that are not among the shown ones. */
export function countHidden(selected: ReadonlySet<string>, shown: Iterable<string>): number {
  let hidden = selected.size;
  for (const id of shown) if (selected.has(id)) hidden -= 1;
  return hidden;
}
