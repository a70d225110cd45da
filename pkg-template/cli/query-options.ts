// The options that select, sort and cut cases that were read: a CaseQuery.

import { type Command, InvalidArgumentError } from "commander";
import type { CaseConditions, CaseQuery, CaseSortKey } from "./library.js";
import { UsageError } from "./exit-codes.js";
import { collectList, collectTexts, readCount, readDate, spelledStatus } from "./option-values.js";

/** The options of a query. */
export interface QueryOptions {
  readonly status?: readonly string[];
  readonly notStatus?: readonly string[];
  readonly severity?: readonly number[];
  readonly technology?: readonly string[];
  readonly serial?: readonly string[];
  readonly bug?: readonly string[];
  readonly rma?: readonly string[];
  readonly text?: string;
  readonly since?: string;
  readonly updatedBefore?: string;
  readonly openForDays?: number;
  readonly quietForDays?: number;
  readonly query?: string;
  readonly sort?: readonly { by: CaseSortKey; order?: "asc" | "desc" }[];
  readonly limit?: number;
  readonly offset?: number;
}

const MOST_DAYS = 36_500;

/** Adds the options of a query to a command that shows a window of its answer. */
export function addWindowOptions(command: Command): Command {
  return addSortedOptions(command)
    .option("--limit <number>", "cases to show (default 50 for a table and JSON, else all)", readCount(0, 10_000_000))
    .option("--offset <number>", "cases to skip", readCount(0, 10_000_000));
}

/** Adds the options of a query to a command. */
export function addQueryOptions(command: Command): Command {
  return command
    .optionsGroup("Which of them to show:")
    .option("--status <text>", 'status, such as "Cisco Pending"; may be repeated', collectTexts)
    .option("--not-status <text>", "status to leave out; may be repeated", collectTexts)
    .option("--severity <numbers>", "severities, 1 to 4, separated by commas", collectSeverities)
    .option(
      "--technology <text>",
      "technology, in full; may be repeated. Lists of the service do not have it",
      collectTexts,
    )
    .option("--serial <ids>", "serial numbers, separated by commas", collectList)
    .option("--bug <ids>", "bugs, separated by commas", collectList)
    .option("--rma <ids>", "RMA numbers, separated by commas", collectList)
    .option("--text <words>", "words, each of which begins a word of the title or of a number")
    .option("--since <date>", "updated at or after it: 2026-01-31, 30d, 12h, 2w")
    .option("--updated-before <date>", "updated before it")
    .option("--open-for-days <days>", "open for at least so many days", readCount(0, MOST_DAYS))
    .option("--quiet-for-days <days>", "without an update for at least so many days", readCount(0, MOST_DAYS))
    .option("--query <json>", "a CaseQuery as JSON, which the other options add to");
}

/** Adds the options of a query to a command that writes cases. */
export function addSortedOptions(command: Command): Command {
  return addQueryOptions(command).option(
    "--sort <keys>",
    "sort keys, separated by commas, each with - for descending: severity,-updated_date",
    collectSort,
  );
}

function collectSeverities(text: string, before: readonly number[] = []): number[] {
  const numbers = collectList(text).map((value) => (/^[1-4]$/.test(value) ? Number(value) : Number.NaN));
  if (numbers.some(Number.isNaN)) throw new InvalidArgumentError("Expected numbers from 1 to 4.");
  return [...before, ...numbers];
}

/** The keys of a sort. The query checks them too, but with the name of a member instead of the option. */
const SORT_KEYS = Object.keys({
  updated_date: true,
  creation_date: true,
  status_since: true,
  last_note_date: true,
  severity: true,
  status: true,
  title: true,
  case_id: true,
  contract_id: true,
  user_id: true,
  technology_name: true,
  text: true,
  // The compiler misses a key that a query has.
} satisfies Record<CaseSortKey, true>) as CaseSortKey[];

function collectSort(text: string): { by: CaseSortKey; order?: "desc" }[] {
  return collectList(text).map((term) => {
    const by = SORT_KEYS.find((key) => key === term.replace(/^-/, ""));
    if (!by) throw new InvalidArgumentError(`Expected one of ${SORT_KEYS.join(", ")}.`);
    return term.startsWith("-") ? { by, order: "desc" } : { by };
  });
}

/** Returns the query of the options, without its window. `now` is what relative dates and ages are counted from. */
export function readQuery(options: QueryOptions, now: number, user_ids?: readonly string[]): CaseQuery {
  const { status, notStatus, severity, technology, serial, bug, rma, text, since, updatedBefore } = options;
  const base = readQueryText(options.query);
  const updated = {
    ...(since !== undefined && { from: readDate("--since", since, now) }),
    ...(updatedBefore !== undefined && { to: readDate("--updated-before", updatedBefore, now) }),
  };
  const where: CaseConditions = {
    ...base.where,
    ...(status && { status: status.map(spelledStatus) }),
    ...(severity && { severity: severity as (1 | 2 | 3 | 4)[] }),
    ...(user_ids && { user_id: user_ids }),
    ...(technology && { technology_name: technology }),
    ...(serial && { serial_number: serial }),
    ...(bug && { bug }),
    ...(rma && { rma }),
    ...(text !== undefined && { text }),
    ...(Object.keys(updated).length > 0 && { updated }),
    ...(options.openForDays !== undefined && { open_for_days: { min: options.openForDays } }),
    ...(options.quietForDays !== undefined && { quiet_for_days: { min: options.quietForDays } }),
  };
  return {
    ...base,
    where,
    ...(notStatus && { not: { ...base.not, status: notStatus.map(spelledStatus) } }),
    ...(options.sort && { sort: options.sort }),
  };
}

function readQueryText(text: string | undefined): CaseQuery {
  if (text === undefined) return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch (error) {
    throw new UsageError(`--query: expected a CaseQuery as JSON: ${(error as Error).message}`);
  }
  throw new UsageError("--query: expected a JSON object");
}
