// What every command gets: the streams, the environment, and the signal that ends it.

import type { ProgressDisplay } from "./progress.js";
import type { Output } from "./terminal.js";

/** The surroundings of a command. */
export interface CommandContext {
  /** Standard output: what the user asked for. */
  readonly output: Output;
  /** Standard error: progress, notes, errors. */
  readonly errors: Output;
  readonly environment: NodeJS.ProcessEnv;
  /** Standard input of the program. */
  readonly input: NodeJS.ReadStream;
  /** Aborted by SIGINT and SIGTERM, and when the reader of standard output has gone. */
  readonly signal: AbortSignal;
  readonly progress: ProgressDisplay;
  /** Whether requests are listed on standard error. */
  readonly isVerbose: boolean;
  /** Sets the exit code of a command that does not fail, also if a signal ends it. The first call counts; an error has its own. */
  exitWith(code: number): void;
  /** Writes a note to standard error, unless `--quiet` is given. */
  note(text: string): void;
}

/** A command with its arguments and then its options. */
export type CommandAction = (context: CommandContext, ...args: unknown[]) => Promise<void>;

/** Makes the action of a command for the parser, which gives it its surroundings. */
export type CommandRunner = (action: CommandAction) => (...args: unknown[]) => Promise<void>;
