// The error of an invalid option.

import { clientError } from "./errors.js";

/** Throws `INVALID_OPTION` for an unusable option. */
export function rejectOption(field: string, expected: string, value: unknown): never {
  const shown =
    value === undefined ? "nothing" : typeof value === "object" && value !== null ? "an object" : String(value);
  const message = `${field}: expected ${expected}, got ${shown}`;
  const problem = { field, code: "INVALID_OPTION", expected, value: value === undefined ? null : shown, message };
  throw clientError("INVALID_OPTION", message, { problems: [problem] });
}
