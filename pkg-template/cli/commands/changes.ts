// `cisco-support-case changes`: what has changed since the last time, as lines of JSON.
//
// The state is saved after the events were handed to their reader: after a crash an event may be written again, and none is
// lost.

import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { type ChangesParams, isCaseApiError } from "../library.js";
import { addConnectionOptions, connect, type ConnectionOptions } from "../connection.js";
import type { CommandContext, CommandRunner } from "../context.js";
import { CommandError, UsageError } from "../exit-codes.js";
import { checkReplaceable, lockFile, removeLeftovers, replaceFile } from "../files.js";
import { readCount } from "../option-values.js";
import { jsonLine, reportFailures } from "../read-cases.js";
import { addTargetOptions, noteDefault, readTarget, type TargetOptions } from "../targets.js";

interface ChangesCommandOptions extends ConnectionOptions, TargetOptions {
  readonly state: string;
  readonly baseline?: boolean;
  readonly older?: "all" | "rotate";
  readonly maxRequests?: number;
}

/** The file of `--state`. */
interface ChangesState {
  readonly version: 1;
  /** The option `--created-from` of the first round, which may be relative to its time. */
  readonly createdFrom: string | null;
  /** The date that it stands for. It must stay the same. */
  readonly date_created_from: string | null;
  readonly cursor: string;
}

/** Adds the command. */
export function addChangesCommand(program: Command, run: CommandRunner): void {
  const command = program
    .command("changes")
    .summary("write what has changed since the last run")
    .description(
      "Writes the changes since the last run as lines of JSON: { type, case_id, case }. The first run writes every case as " +
        'changed. type is "changed", "closed", "left" or "gone" (--open: the case has left the list of open cases).',
    )
    .optionsGroup("State:")
    .requiredOption("--state <file>", "file that remembers the last run; created by the first one (required)")
    .option("--baseline", "write nothing: the next run writes what has changed since this one")
    .option("--older <mode>", "all, or rotate: lists of older cases in turn, which is cheaper and later", "all")
    .option("--max-requests <number>", "begin no list after so many requests", readCount(1, 1_000_000));
  addTargetOptions(command, ["--created-to", "--user beside --contract"]);
  addConnectionOptions(command).addHelpText(
    "after",
    `
Each event is written at least once: the state is saved when the events have been handed to their reader.

Examples:
  cisco-support-case changes --contracts contracts.txt --open --state state.json
  cisco-support-case changes --contract 123456 --created-from 2025-01-01 --state state.json | node notify.mjs`,
  );
  command.action(run((context, options) => writeChanges(options as ChangesCommandOptions, context)));
}

async function writeChanges(options: ChangesCommandOptions, context: CommandContext): Promise<void> {
  if (options.older !== "all" && options.older !== "rotate") {
    throw new UsageError(`--older: expected all or rotate, got "${options.older}"`);
  }
  await checkReplaceable(options.state, "--state");
  const connection = await connect(options, context);
  const target = await readTarget(options, connection, context);
  const { params, user_ids } = target;
  if (user_ids) throw new UsageError("contracts and users exclude each other: changes are those of lists");
  const { date_created_to: _to, ...kept } = params as ChangesParams & { date_created_to?: unknown };
  const release = await lockFile(`${options.state}.lock`, options.state);
  try {
    await removeLeftovers(options.state);
    // A run that ended just now has saved it.
    const before = await readState(options.state);
    if (before && before.createdFrom !== (options.createdFrom ?? null)) {
      throw new UsageError(
        `--created-from: ${options.state} was begun with ${before.createdFrom ?? "none"}; use another file for other dates`,
      );
    }
    const changesParams: ChangesParams = before?.date_created_from
      ? { ...kept, date_created_from: before.date_created_from }
      : kept;
    const date_created_from =
      changesParams.date_created_from === undefined ? null : String(changesParams.date_created_from);
    const save = (cursor: string) =>
      replaceFile(
        options.state,
        `${JSON.stringify({ version: 1, createdFrom: options.createdFrom ?? null, date_created_from, cursor } satisfies ChangesState)}\n`,
      );
    if (!before) noteDefault(target, context);
    await runRound(connection.client, changesParams, before?.cursor ?? null, save, options, context);
  } finally {
    context.progress.clear();
    await release();
  }
}

async function readState(path: string): Promise<ChangesState | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    const state: Partial<ChangesState> = Object(JSON.parse(text));
    if (state.version === 1 && typeof state.cursor === "string") return state as ChangesState;
  } catch {
    // It is no JSON: see below.
  }
  throw new CommandError(`${path} is no state of this command; remove it to begin anew`, 1);
}

async function runRound(
  client: Awaited<ReturnType<typeof connect>>["client"],
  params: ChangesParams,
  cursor: string | null,
  save: (cursor: string) => Promise<void>,
  options: ChangesCommandOptions,
  context: CommandContext,
): Promise<void> {
  const { output, signal, progress } = context;
  const changes = client.changes(params, cursor, {
    signal,
    ...(options.older && { older: options.older }),
    ...(options.maxRequests !== undefined && { maxRequests: options.maxRequests }),
    onProgress: ({ requests, cases, etaMs }) =>
      progress.show({ text: `${requests} requests, ${cases} changes`, ...(etaMs !== null && { leftMs: etaMs }) }),
  });
  let count = 0;
  const saveAfterOutput = async () => {
    await output.flushed();
    const reached = changes.cursor();
    // Events that a reader has not taken are written again by the next run.
    if (reached !== null && !output.isClosed) await save(reached);
  };
  try {
    for await (const { type, case_id, case: record } of changes) {
      count += 1;
      if (!options.baseline) await output.write(jsonLine({ type, case_id, case: record }));
      if (output.isClosed) break;
    }
  } catch (error) {
    await saveAfterOutput();
    if (!isCaseApiError(error) || error.code !== "INCOMPLETE") throw error;
    reportFailures(changes.failures, context);
    return;
  }
  await saveAfterOutput();
  progress.clear();
  context.note(`${count} ${count === 1 ? "change" : "changes"}${options.baseline ? " as the baseline" : ""}.`);
}
