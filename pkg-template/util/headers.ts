// Headers cross the wasm boundary as lines of one string, which is faster than many strings.

/** Parses lines of a name, a colon and a value to pairs. */
export const headerPairs = (lines: string): [name: string, value: string][] =>
  lines
    .split("\n")
    .slice(0, -1)
    .map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)]);

/** Encodes the present headers among the given names as lines. */
export const headerLines = (headers: Headers, names: readonly string[]): string => {
  let lines = "";
  for (const name of names) {
    const value = headers.get(name);
    if (value !== null) lines += `${name}:${value}\n`;
  }
  return lines;
};
