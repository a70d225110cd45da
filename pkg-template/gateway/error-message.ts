// Messages of thrown values.

/** Returns the message of an error, or the text of any other thrown value. */
export const messageOf = (thrown: unknown): string =>
  String((thrown as { message?: unknown } | null | undefined)?.message ?? thrown);
