// `cisco-support-case cases`: a question about many cases.

import type { Command } from "commander";
import type { CaseQuery, ExportField, OpenStore } from "../library.js";
import { rememberCaseIds } from "../case-history.js";
import { caseColumns } from "../case-columns.js";
import { addConnectionOptions } from "../connection.js";
import type { CommandContext, CommandRunner } from "../context.js";
import { UsageError } from "../exit-codes.js";
import { collectList } from "../option-values.js";
import { addWindowOptions } from "../query-options.js";
import { jsonLine, type QuestionOptions, readIntoStore, withStore } from "../read-cases.js";
import { writeTable } from "../table.js";
import { addTargetOptions } from "../targets.js";
import { spelledQuery } from "../user-ids.js";

interface CasesOptions extends QuestionOptions {
  readonly columns?: readonly string[];
  readonly json?: boolean;
  readonly ndjson?: boolean;
  readonly csv?: boolean;
}

/** Cases in a table and in `--json` without `--limit`. */
const DEFAULT_LIMIT = 50;

/** Cases that are taken from the store at a time. */
const WINDOW = 1000;

/** Adds the command. */
export function addCasesCommand(program: Command, run: CommandRunner): void {
  const command = program
    .command("cases")
    .summary("list the cases that match a query")
    .description("Reads the cases of contracts or users, and lists those that match a query.")
    .optionsGroup("Output:")
    .option("--columns <names>", "fields to show, separated by commas", collectList)
    .option("--json", "a JSON object with the total and the cases")
    .option("--ndjson", "a line of JSON for each case")
    .option("--csv", "CSV with a row of names (RFC 4180), safe for spreadsheet programs");
  addTargetOptions(command);
  addWindowOptions(command);
  addConnectionOptions(command).addHelpText(
    "after",
    `
Standard output that is no terminal gets tab-separated values, whole and without colours.

Examples:
  cisco-support-case cases --sandbox --severity 1,2 --open
  cisco-support-case cases --contract 123456 --open --quiet-for-days 7 --sort severity,-updated_date
  cisco-support-case cases --contracts contracts.txt --text "bgp flap" --since 30d --csv > cases.csv`,
  );
  command.action(run((context, options) => listCases(options as CasesOptions, context)));
}

async function listCases(options: CasesOptions, context: CommandContext): Promise<void> {
  if ([options.json, options.ndjson, options.csv].filter(Boolean).length > 1) {
    throw new UsageError("--json, --ndjson and --csv exclude each other");
  }
  const columns = caseColumns(options.columns);
  await withStore(options, context, async (question) => {
    const { offset = 0, limit } = { ...question.query, ...options };
    if (options.csv && (offset > 0 || limit !== undefined)) {
      throw new UsageError("--csv writes all matching cases: --limit and --offset do not apply to it");
    }
    // Columns that cannot be written are found before anything is read.
    if (options.csv) await openCsv(question.store, question.query, options).cancel();
    await readIntoStore(question, context);
    const query = spelledQuery(question.store, question.query);
    const shown = await writeCases(question.store, query, columns, options, context);
    if (question.connection.kind !== "sandbox") await rememberCaseIds(shown, context);
  });
}

/** Writes the cases. Returns the numbers of those in a table. */
async function writeCases(
  store: OpenStore,
  query: CaseQuery,
  columns: ReturnType<typeof caseColumns>,
  options: CasesOptions,
  context: CommandContext,
): Promise<string[]> {
  const { output } = context;
  const { offset = query.offset ?? 0 } = options;
  const isStream = options.ndjson === true || options.csv === true;
  const limit = options.limit ?? query.limit ?? (isStream ? Number.POSITIVE_INFINITY : DEFAULT_LIMIT);
  if (options.csv) {
    await writeCsv(store, query, options, context);
    return [];
  }
  const { total, now } = store.query({ ...query, limit: 0 });
  if (options.ndjson) {
    for (const record of windows(store, query, offset, limit)) {
      if (context.signal.aborted) break;
      await output.write(jsonLine(record));
    }
    return [];
  }
  const cases = [...windows(store, query, offset, limit)];
  if (options.json) {
    await output.write(`${JSON.stringify({ total, offset, now, cases }, null, 2)}\n`);
    return [];
  }
  await writeTable(output, columns, cases);
  context.note(total > cases.length ? `${cases.length} of ${total} cases; --limit shows more.` : `${total} cases.`);
  return cases.map(({ case_id }) => case_id);
}

/** Yields the records of a query's window, a piece of it at a time. */
function* windows(store: OpenStore, query: CaseQuery, offset: number, limit: number) {
  for (let at = 0; at < limit; at += WINDOW) {
    const { cases } = store.query({ ...query, offset: offset + at, limit: Math.min(WINDOW, limit - at) });
    yield* cases;
    if (cases.length < WINDOW) return;
  }
}

/** Begins an export of all matching cases as CSV. Throws for columns that are not valid. */
function openCsv(store: OpenStore, query: CaseQuery, { columns }: CasesOptions): ReadableStream<Uint8Array> {
  const { offset: _offset, ...unlimited } = query;
  return store.export({
    format: "csv",
    query: unlimited,
    ...(columns && { columns: columns as ExportField[] }),
  });
}

async function writeCsv(
  store: OpenStore,
  query: CaseQuery,
  options: CasesOptions,
  context: CommandContext,
): Promise<void> {
  for await (const chunk of openCsv(store, query, options)) {
    if (context.signal.aborted) return;
    await context.output.write(chunk);
  }
}
