// The reasons why the store rejects a condition, in words.

import type { Problem } from "cisco-support-case";
import { AGE_FIELDS, DATE_FIELDS } from "../app/view.js";
import type { Condition } from "./conditions.js";

/** Returns the reason why the store rejects a condition; `null` if it does not. */
export function reasonOf({ key }: Pick<Condition, "key">, problems: readonly Problem[]): string | null {
  const [side, name] = key === "text" ? ["where", key] : key.split(" ");
  const path = `${side}.${name}`;
  const problem = problems.find(({ field }) => field === path || field.startsWith(`${path}.`));
  if (!problem) return null;
  if (key === "text") return "A search has at most 32 words and 1,000 characters.";
  const isRange = ([...DATE_FIELDS, ...AGE_FIELDS] as readonly string[]).includes(name ?? "");
  if (!isRange) return "A condition names at most 1,000 values of up to 1,000 characters.";
  // Ends in the wrong order are a problem of both.
  return problem.related === undefined
    ? "Dates are in the years 0 to 9999 (UTC), and times before 24:00."
    : "A range ends after it begins.";
}
