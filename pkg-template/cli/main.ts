#!/usr/bin/env node
// The command-line program. Nothing in it calls `process.exit`, which would cut off output that is still to be written.

import { CommanderError } from "commander";
import { isCaseApiError } from "./library.js";
import type { CommandContext } from "./context.js";
import { escapeText } from "./escape.js";
import { CommandError, exitCodeOf, UsageError } from "./exit-codes.js";
import { createProgram, NAME, type CommonOptions } from "./program.js";
import { ProgressDisplay } from "./progress.js";
import { Output } from "./terminal.js";

const { env: environment, stdout, stderr, stdin } = process;
const interruption = new AbortController();
let failedCode: number | undefined;
/** Whether the code is that of an error. */
let hasError = false;
let signalCode: number | undefined;
let opened: CommandContext | undefined;

/** The signals that end a command, with their exit codes. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

for (const [signal, code] of Object.entries(SIGNALS)) {
  process.once(signal, () => {
    signalCode ??= code;
    interruption.abort(new Error(signal));
    // The second time the system's own behaviour applies: the program ends at once.
  });
}

/** Called when the reader of standard output has gone: there is nothing left to do. */
function onOutputClosed(): void {
  interruption.abort(new Error("EPIPE"));
}

/** Help, versions and faults of the command line are written without an `Output`, which handles these errors otherwise. */
function onStreamError({ code }: NodeJS.ErrnoException): void {
  if (!opened && code !== "EPIPE" && code !== "EOF") process.exitCode = 1;
}
stdout.on("error", onStreamError);
stderr.on("error", onStreamError);

const errors = (color: CommonOptions["color"]) => new Output(stderr, color, environment, () => {});

function open({ color, quiet, verbose }: CommonOptions): CommandContext {
  const output = new Output(stdout, color, environment, onOutputClosed);
  const errorOutput = errors(color);
  const isDrawn = errorOutput.isTerminal && !environment["CI"] && environment["TERM"] !== "dumb";
  const progress = new ProgressDisplay(errorOutput, { isQuiet: quiet === true, isDrawn });
  opened = {
    output,
    errors: errorOutput,
    environment,
    input: stdin,
    signal: interruption.signal,
    progress,
    isVerbose: verbose === true,
    exitWith: (code) => {
      failedCode ??= code;
    },
    note: (text) => progress.line(errorOutput.style("dim", escapeText(text))),
  };
  return opened;
}

async function main(): Promise<void> {
  const program = createProgram(open);
  program.exitOverride();
  for (const command of program.commands) command.exitOverride();
  if (process.argv.length < 3) return program.outputHelp();
  try {
    await program.parseAsync(process.argv);
  } catch (error) {
    report(error);
  }
  await opened?.output.flushed();
  if (opened?.output.failure) report(opened.output.failure);
  process.exitCode = failedCode ?? signalCode ?? 0;
  // A token command that nothing waits for any more.
  interruption.abort();
}

function report(error: unknown): void {
  // Help and versions are written already, and so are the faults that the parser found.
  if (error instanceof CommanderError) {
    failedCode ??= error.exitCode === 0 ? 0 : 2;
    return;
  }
  opened?.progress.clear();
  if (opened?.output.isClosed && !opened.output.failure) return;
  // Said by the signal already. A full disk ends the command by the same signal.
  if (interruption.signal.aborted && error !== opened?.output.failure) return;
  // What a token command says about itself is clearer than that there is no token.
  const reported = isCaseApiError(error) && error.cause instanceof CommandError ? error.cause : error;
  // It weighs more than parts that are missing, and the first one more than what follows from it.
  if (!hasError) failedCode = exitCodeOf(reported);
  hasError = true;
  const output = opened?.errors ?? errors("auto");
  for (const line of sentences(reported)) void output.write(`${output.style("red", `${NAME}:`)} ${escapeText(line)}\n`);
}

function sentences(error: unknown): string[] {
  if (isCaseApiError(error)) {
    const quote = error.messageId ? [`Quote ${error.messageId} to Cisco support.`] : [];
    const lines = error.problems?.length ? error.problems.map(({ message }) => message) : [error.message];
    return [...lines, ...(error.kind === "invalid_request" ? [] : [error.advice]), ...quote].filter(Boolean);
  }
  if (error instanceof UsageError || error instanceof CommandError) return error.message.split("\n");
  const { code, path, message } = Object(error) as NodeJS.ErrnoException;
  // "ENOENT: no such file or directory, open 'x'"
  const [, reason] = (code && path && new RegExp(`^${code}: (.*?), \\w+`).exec(message)) || [];
  if (reason && !environment["CISCO_CASE_DEBUG"]) return [`${path}: ${reason} (${code})`];
  return [
    environment["CISCO_CASE_DEBUG"] && error instanceof Error
      ? String(error.stack)
      : `unexpected error: ${String(Object(error).message ?? error)}`,
  ];
}

void main();
