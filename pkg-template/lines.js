// Headers cross the border to the wasm as lines: one text crosses faster than many.

/** Lines of a name, a colon and a value, as pairs. */
export const pairs = (lines) =>
  lines
    .split("\n")
    .slice(0, -1)
    .map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)]);
