// Headers cross the border to the wasm as lines: one text crosses faster than many.

/** The headers of lines of a name, a colon and a value, as pairs. */
export const headerPairs = (lines: string): [name: string, value: string][] =>
  lines
    .split("\n")
    .slice(0, -1)
    .map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)]);

/** The headers of these names, as far as they are there, as such lines. */
export const headerLines = (headers: Headers, names: readonly string[]): string => {
  let lines = "";
  for (const name of names) {
    const value = headers.get(name);
    if (value !== null) lines += `${name}:${value}\n`;
  }
  return lines;
};
