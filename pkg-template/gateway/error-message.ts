// Values that were thrown, by whatever code.

/** The message of an error; of anything else its text. */
export const messageOf = (thrown: unknown): string =>
  String((thrown as { message?: unknown } | null | undefined)?.message ?? thrown);
