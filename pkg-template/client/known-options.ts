// The check of the names of options.

import { rejectOption } from "./reject-option.js";

/** The maximum number of different characters of a name that is taken for another one. */
const MAX_DISTANCE = 2;

/** Returns the number of characters to insert, remove or replace to make one text the other (Levenshtein). */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (const [at, character] of [...one].entries()) {
    const next = [at + 1];
    for (let to = 0; to < other.length; to += 1) {
      const replaced = row[to]! + (character === other[to] ? 0 : 1);
      next.push(Math.min(replaced, row[to + 1]! + 1, next[to]! + 1));
    }
    row = next;
  }
  return row[other.length]!;
}

/** Throws `INVALID_OPTION` if an object has a name that is not known. The problem names the known one that is meant probably. */
export function rejectUnknown(options: object, known: readonly string[]): void {
  const name = Object.keys(options).find((one) => !known.includes(one));
  if (name === undefined) return;
  const given = name.slice(0, 100);
  const distanceTo = (one: string) => distance(given.toLowerCase(), one.toLowerCase());
  const [nearest = ""] = [...known].sort((one, other) => distanceTo(one) - distanceTo(other));
  const hint = distanceTo(nearest) <= MAX_DISTANCE ? ` (the nearest is ${nearest})` : "";
  rejectOption(given, `one of ${known.join(", ")}${hint}`, given);
}
