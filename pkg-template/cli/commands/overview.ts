// `cisco-support-case overview`: counts of many cases.

import type { Command } from "commander";
import type { AgeBucket, CaseOverview } from "../library.js";
import { addConnectionOptions } from "../connection.js";
import type { CommandContext, CommandRunner } from "../context.js";
import { addQueryOptions } from "../query-options.js";
import { type QuestionOptions, readIntoStore, withStore } from "../read-cases.js";
import { type TableColumn, writeTable } from "../table.js";
import { addTargetOptions } from "../targets.js";
import { spelledQuery } from "../user-ids.js";

interface OverviewCommandOptions extends QuestionOptions {
  readonly json?: boolean;
}

/** Weeks in the table of weeks. */
const WEEKS = 8;

/** Adds the command. */
export function addOverviewCommand(program: Command, run: CommandRunner): void {
  const command = program
    .command("overview")
    .summary("count cases by severity, status, age and week")
    .description(
      "Counts cases by severity and status, by age, by whom they wait for, by week, technology and serial number.",
    )
    .optionsGroup("Output:")
    .option("--json", "a JSON object");
  addTargetOptions(command);
  addQueryOptions(command);
  addConnectionOptions(command).addHelpText(
    "after",
    `
Examples:
  cisco-support-case overview --sandbox
  cisco-support-case overview --contracts contracts.txt --open --json`,
  );
  command.action(run((context, options) => showOverview(options as OverviewCommandOptions, context)));
}

async function showOverview(options: OverviewCommandOptions, context: CommandContext): Promise<void> {
  await withStore(options, context, async (question) => {
    await readIntoStore(question, context);
    const query = spelledQuery(question.store, question.query);
    const overview = question.store.overview(query, { weeks: WEEKS });
    if (options.json) await context.output.write(`${JSON.stringify(overview, null, 2)}\n`);
    else await writeOverview(overview, context);
  });
}

type Cells = readonly string[];

async function writeOverview(overview: CaseOverview, context: CommandContext): Promise<void> {
  const { output } = context;
  await output.write(`${overview.total} cases, ${overview.open} open\n`);
  const severity = (value: number | null) => String(value ?? "-");
  await section(
    context,
    "By severity and status",
    ["SEV", "STATUS", "OPEN", "CLOSED"],
    2,
    overview.bySeverityAndStatus.map((row) => [
      severity(row.severity),
      row.status,
      String(row.open),
      String(row.closed),
    ]),
  );
  await section(
    context,
    "Open cases wait for",
    ["PARTY", "CASES"],
    1,
    Object.entries(overview.waitingOn).map(([party, count]) => [party.replaceAll("_", " "), String(count)]),
  );
  await section(context, "Days since creation, of open cases", ["DAYS", "CASES"], 1, bucketCells(overview.ageing));
  await section(context, "Days since the last update", ["DAYS", "CASES"], 1, bucketCells(overview.quiet));
  await section(
    context,
    "By week",
    ["WEEK", "OPENED", "CLOSED", "BACKLOG"],
    1,
    overview.weeks.map(({ week, opened, closed, backlog }) => [week, opened, closed, backlog].map(String)),
  );
  await section(context, "Top technologies", ["TECHNOLOGY", "CASES"], 1, countCells(overview.technologies));
  await section(
    context,
    "Serial numbers with several cases",
    ["SERIAL", "CASES"],
    1,
    countCells(overview.serialNumbers),
  );
}

const bucketCells = (buckets: readonly AgeBucket[]): Cells[] =>
  buckets.map(({ fromDays, toDays, count }) => {
    // The end of a bucket is the beginning of the next one.
    const range =
      toDays === null
        ? `${fromDays} or more`
        : fromDays === null
          ? `less than ${toDays}`
          : `${fromDays} to ${toDays - 1}`;
    return [range, String(count)];
  });

const countCells = (values: readonly { value: string | number | null; count: number }[]): Cells[] =>
  values.map(({ value, count }) => [String(value ?? "-"), String(count)]);

/** Writes a table below its title. The columns from `firstNumber` on are numbers. */
async function section(
  context: CommandContext,
  title: string,
  names: Cells,
  firstNumber: number,
  rows: Cells[],
): Promise<void> {
  if (rows.length === 0) return;
  const { output } = context;
  await output.write(`\n${output.style("bold", title)}\n`);
  const columns = names.map(
    (name, index): TableColumn<Cells> => ({
      title: name,
      text: (row) => row[index] ?? "",
      isRight: index >= firstNumber,
      ...(index < firstNumber && { minWidth: 8 }),
    }),
  );
  await writeTable(output, columns, rows);
}
