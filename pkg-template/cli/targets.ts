// Which cases a command reads: contracts, users or case ids, and their dates of creation.

import type { Command } from "commander";
import { type AllCasesParams, checkAllCases, type ListTarget } from "./library.js";
import type { Connection } from "./connection.js";
import type { CommandContext } from "./context.js";
import { UsageError } from "./exit-codes.js";
import { collectList, readDate, readIdsFile } from "./option-values.js";

/** The options of commands that read many cases. */
export interface TargetOptions {
  readonly contract?: readonly string[];
  readonly contracts?: string;
  readonly user?: readonly string[];
  readonly users?: string;
  readonly open?: boolean;
  readonly closed?: boolean;
  readonly createdFrom?: string;
  readonly createdTo?: string;
}

/** The days of creation that are read by default. The service has no list without dates but that of open cases. */
export const DEFAULT_DAYS = 365;

/** An option that some commands do not have. */
type OptionalTargetOption = "--open" | "--closed" | "--created-to" | "--user beside --contract";

/** Adds the options of targets to a command, other than those that do not apply to it. */
export function addTargetOptions(command: Command, without: readonly OptionalTargetOption[] = []): Command {
  const isOptional = (name: OptionalTargetOption) => !without.includes(name);
  const undated = isOptional("--open") ? "; with --open no limit" : "";
  const beside = isOptional("--user beside --contract") ? "; beside contracts only their cases" : "";
  command
    .optionsGroup("Which cases to read:")
    .option("--contract <ids>", "contracts, separated by commas; may be repeated", collectList)
    .option("--contracts <file>", "a file of contract ids; - is standard input")
    .option(
      "--user <ids>",
      `Cisco.com user ids of originators, separated by commas; may be repeated${beside}`,
      collectList,
    )
    .option("--users <file>", "a file of user ids; - is standard input");
  if (isOptional("--open")) command.option("--open", "open cases only");
  if (isOptional("--closed")) command.option("--closed", "closed cases only");
  command.option(
    "--created-from <date>",
    `created at or after it: 2026-01-31, 30d, 12h, 2w (default ${DEFAULT_DAYS}d${undated})`,
  );
  if (isOptional("--created-to")) command.option("--created-to <date>", "created before it (default: now)");
  return command;
}

/** Parameters of the cases that a command reads. */
export interface ReadTarget {
  readonly params: AllCasesParams;
  /** The users that the cases of contracts are filtered by. */
  readonly user_ids: readonly string[] | undefined;
  /** Whether the first day of creation is the default. */
  readonly isDefault: boolean;
}

/** Returns the parameters for `allCases`. Throws for invalid ones: nothing was sent then. */
export async function readTarget(
  options: TargetOptions,
  connection: Connection,
  context: CommandContext,
): Promise<ReadTarget> {
  const now = connection.now ?? Date.now();
  const contract_ids = await idsOf("--contracts", options.contract, options.contracts, context);
  const user_ids = await idsOf("--users", options.user, options.users, context);
  if (options.open && options.closed) throw new UsageError("--open and --closed exclude each other");
  const target = targetOf(contract_ids, user_ids, connection);
  const from = options.createdFrom;
  const isUndated = from === undefined && options.open === true && options.createdTo === undefined;
  const to = options.createdTo;
  const params: AllCasesParams = {
    ...target,
    ...(!isUndated && { date_created_from: readDate("--created-from", from ?? `${DEFAULT_DAYS}d`, now) }),
    ...(to !== undefined && { date_created_to: readDate("--created-to", to, now) }),
    ...(options.open && { status_flag: "O" as const }),
    ...(options.closed && { status_flag: "C" as const }),
  };
  const problems = checkAllCases(params);
  if (problems.length > 0) throw new UsageError(problems.map(({ message }) => optionText(message)).join("\n"));
  const isDefault = from === undefined && !isUndated;
  return { params, user_ids: target.contract_ids && user_ids, isDefault };
}

/** The options of parameters. */
const OPTIONS: Readonly<Record<string, string>> = {
  contract_ids: "--contract",
  user_ids: "--user",
  date_created_from: "--created-from",
  date_created_to: "--created-to",
};

/** Returns the text of a problem with the names of options in place of those of parameters. */
const optionText = (text: string): string =>
  text.replaceAll(/\b(?:contract_ids|user_ids|date_created_from|date_created_to)\b/g, (name) => OPTIONS[name] ?? name);

/** Tells which cases are read if no option says it. */
export function noteDefault({ isDefault }: ReadTarget, context: CommandContext): void {
  if (isDefault) context.note(`Reading cases created in the last ${DEFAULT_DAYS} days; --created-from changes it.`);
}

/** Returns the contracts or users of the options; `undefined` without any. Throws if there are both. */
export async function readListTarget(options: TargetOptions, context: CommandContext): Promise<ListTarget | undefined> {
  const contract_ids = await idsOf("--contracts", options.contract, options.contracts, context);
  const user_ids = await idsOf("--users", options.user, options.users, context);
  if (contract_ids && user_ids) throw new UsageError("contracts and users exclude each other");
  return contract_ids ? { contract_ids } : user_ids && { user_ids };
}

async function idsOf(
  name: string,
  given: readonly string[] | undefined,
  file: string | undefined,
  context: CommandContext,
): Promise<string[] | undefined> {
  const ids = [...(given ?? []), ...(file === undefined ? [] : await readIdsFile(name, file, context))];
  return ids.length > 0 ? [...new Set(ids)] : undefined;
}

function targetOf(
  contract_ids: readonly string[] | undefined,
  user_ids: readonly string[] | undefined,
  connection: Connection,
): ListTarget {
  if (contract_ids) return { contract_ids };
  if (user_ids) return { user_ids };
  if (connection.contract_ids) return { contract_ids: connection.contract_ids };
  throw new UsageError("no contracts or users: give --contract, --contracts, --user or --users");
}
