// The groups of a list: heads between rows, in a flat index, so that the virtual list stays flat.

/** A group: a value of the field, and the number of its cases. */
export interface Group {
  readonly value: string;
  readonly count: number;
  readonly isCollapsed: boolean;
}

/** The value of the group of all cases beyond those that are divided: no case has such a one. */
export const REST = "\uffff";

/** An item of a grouped list: the head of a group, or a row by its index among all cases. */
export type Item = { readonly group: Group; readonly row: null } | { readonly group: null; readonly row: number };

/** The items of a list. */
export interface Items {
  /** The number of items. */
  readonly length: number;
  /** Returns an item. */
  at(index: number): Item;
  /** Returns the item of a row; -1 if its group is collapsed. */
  itemOf(row: number): number;
  /** Returns the item of a group's head; -1 if there is none. */
  headOf(value: string): number;
  /** Returns the group of an item; `undefined` without groups. */
  groupOf(index: number): Group | undefined;
}

/** Returns the items of a list without groups. */
export const flatItems = (total: number): Items => ({
  length: total,
  at: (index) => ({ group: null, row: index }),
  itemOf: (row) => row,
  headOf: () => -1,
  groupOf: () => undefined,
});

/** Returns the items of a grouped list. The cases of a group follow each other. */
export function groupedItems(groups: readonly Group[]): Items {
  /** The item of each head, and the first row of each group. */
  const heads: number[] = [];
  const rows: number[] = [];
  let length = 0;
  let row = 0;
  for (const { count, isCollapsed } of groups) {
    heads.push(length);
    rows.push(row);
    length += 1 + (isCollapsed ? 0 : count);
    row += count;
  }
  return {
    length,
    at(index) {
      const at = lastAtMost(heads, index);
      const group = groups[at]!;
      return index === heads[at] ? { group, row: null } : { group: null, row: rows[at]! + index - heads[at]! - 1 };
    },
    itemOf(wanted) {
      const at = lastAtMost(rows, wanted);
      const group = groups[at];
      if (!group || group.isCollapsed || wanted >= rows[at]! + group.count) return -1;
      return heads[at]! + 1 + wanted - rows[at]!;
    },
    headOf(value) {
      const at = groups.findIndex((group) => group.value === value);
      return at < 0 ? -1 : heads[at]!;
    },
    groupOf: (index) => groups[lastAtMost(heads, index)],
  };
}

/** Returns the index of the last number that is at most a value, by bisection. Equal numbers: the last one. */
function lastAtMost(ascending: readonly number[], value: number): number {
  let low = 0;
  let high = ascending.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (ascending[middle]! <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}
