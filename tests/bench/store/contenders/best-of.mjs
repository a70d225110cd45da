// The best rows of many, in order, without sorting the others.

/** A collection that keeps the `count` best of the added rows. */
export function bestOf(count, compare) {
  const rows = [];
  return {
    rows,
    add(row) {
      if (rows.length === count && compare(rows[count - 1], row) < 0) return;
      let [low, high] = [0, rows.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (compare(rows[middle], row) < 0) low = middle + 1;
        else high = middle;
      }
      if (rows.length === count) rows.pop();
      rows.splice(low, 0, row);
    },
  };
}
