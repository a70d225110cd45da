// Instants of callers: dates of the language in both its forms.

import type { InstantLike } from "../generated/types.js";

/** The milliseconds since 1970 (UTC) of a `Date` or a `Temporal.Instant`, of any realm; `undefined` for other values. */
export function instantMs(value: unknown): number | undefined {
  const tag = Object.prototype.toString.call(value);
  if (tag === "[object Date]") return Number(value);
  // Its conversion to a number throws.
  return tag === "[object Temporal.Instant]" ? Number((value as InstantLike).epochMilliseconds) : undefined;
}
