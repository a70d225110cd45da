// The exit codes of the command-line program: one table, which `--help`, the guide and the tests read.

import { type ErrorKind, isCaseApiError } from "./library.js";
/** The exit codes with their meanings. */
export const EXIT_CODES = {
  0: "success; also if the reader of standard output stops reading",
  1: "unexpected error, or a file that cannot be read or written",
  2: "invalid command line, or invalid values; nothing was sent",
  3: "no access: credentials, token or permission",
  4: "a case was not found; the others were written",
  5: "rate limit or daily quota exceeded",
  6: "no valid response from the service or the gateway",
  7: "incomplete: some parts could not be read; the others were written",
  8: "a check of doctor failed",
  9: "the service gives doctor another answer than expected",
  129: "hung up (SIGHUP)",
  130: "interrupted (SIGINT)",
  143: "terminated (SIGTERM)",
} as const;

/** An exit code of the program. */
export type ExitCode = keyof typeof EXIT_CODES;

/** An invalid command line, or an invalid value in it. */
export class UsageError extends Error {}

/** A failure with an exit code of its own. */
export class CommandError extends Error {
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode) {
    super(message);
    this.exitCode = exitCode;
  }
}

const OF_KIND: Readonly<Record<ErrorKind, ExitCode>> = {
  invalid_request: 2,
  authentication: 3,
  permission: 3,
  not_found: 4,
  rate_limited: 5,
  quota: 5,
  unavailable: 6,
  timeout: 6,
  aborted: 1,
  network: 6,
  decode: 6,
  internal: 1,
};

/** Returns the exit code of an error. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof UsageError) return 2;
  if (error instanceof CommandError) return error.exitCode;
  if (!isCaseApiError(error)) return 1;
  return error.code === "INCOMPLETE" ? 7 : OF_KIND[error.kind];
}
