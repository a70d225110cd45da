// `cisco-support-case case ID…`: details and notes of cases.

import type { Command } from "commander";
import { type CaseDetail, type CaseNote, isCaseApiError, isOpen, parseIds } from "../library.js";
import { rememberCaseIds } from "../case-history.js";
import { minuteText } from "../case-columns.js";
import { addConnectionOptions, connect, type ConnectionOptions } from "../connection.js";
import type { CommandContext, CommandRunner } from "../context.js";
import { escapeLine, escapeText } from "../escape.js";
import { exitCodeOf, UsageError } from "../exit-codes.js";
import { pastedCaseIds, readIdsFile } from "../option-values.js";
import { jsonLine } from "../read-cases.js";
import { padText } from "../text-width.js";

interface CaseOptions extends ConnectionOptions {
  readonly json?: boolean;
  readonly ndjson?: boolean;
  readonly full?: boolean;
}

/** Details under way at the same time. */
const CONCURRENCY = 4;

/** Lines of a note without `--full`. */
const NOTE_LINES = 4;

/** Adds the command. */
export function addCaseCommand(program: Command, run: CommandRunner): void {
  const command = program
    .command("case")
    .summary("show cases with their notes")
    .description("Shows the details of cases with their notes, in the given order.")
    .argument("<ids...>", "case ids, also as pasted from a mail; - reads them from standard input")
    .optionsGroup("Output:")
    .option("--full", "notes as a whole")
    .option("--json", "a JSON array of details")
    .option("--ndjson", "a line of JSON for each case");
  addConnectionOptions(command).addHelpText(
    "after",
    `
Examples:
  cisco-support-case case 612345678
  cisco-support-case case 612345678 612345679 --json
  pbpaste | cisco-support-case case - --full`,
  );
  command.action(run((context, ids, options) => showCases(ids as string[], options as CaseOptions, context)));
}

async function showCases(given: readonly string[], options: CaseOptions, context: CommandContext): Promise<void> {
  const listed: string[] = [];
  for (const text of given) {
    const words = text === "-" ? await readIdsFile("ids", "-", context) : parseIds(text);
    // Each word of a mail would be a request.
    const ids = words.length > 1 ? pastedCaseIds(words.join(" ")) : words;
    if (ids.length < words.length) context.note(`Words without a digit are left out: ${words.length - ids.length}.`);
    listed.push(...ids);
  }
  const ids = [...new Set(listed)];
  if (ids.length === 0) throw new UsageError("no case ids");
  if (options.json && options.ndjson) throw new UsageError("--json and --ndjson exclude each other");
  const { client, kind } = await connect(options, context);
  const { output, errors, signal } = context;
  const found: string[] = [];
  const details: CaseDetail[] = [];
  let shown = 0;
  for await (const { id, detail, error } of inOrder(ids, (id) => client.caseDetails({ case_id: id }, { signal }))) {
    if (detail === undefined) {
      // Ids that are not found leave the others readable. Anything else concerns all of them.
      if (!isCaseApiError(error) || error.kind !== "not_found") throw error;
      context.exitWith(exitCodeOf(error));
      await errors.write(`${errors.style("yellow", "not found")} ${escapeLine(id)}\n`);
      continue;
    }
    found.push(id);
    if (options.json) {
      details.push(detail);
    } else if (options.ndjson) {
      await output.write(jsonLine(detail));
    } else {
      await output.write((shown > 0 ? "\n" : "") + detailText(detail, options.full === true, context));
      shown += 1;
    }
  }
  if (options.json) await output.write(`${JSON.stringify(details, null, 2)}\n`);
  if (kind !== "sandbox") await rememberCaseIds(found, context);
}

/** A result or the error of a call for an id. */
type Outcome<T extends object> =
  | { id: string; detail: T; error?: undefined }
  | { id: string; detail?: undefined; error: unknown };

/** Calls a function for each id, some at the same time, and yields the results in the order of the ids. */
async function* inOrder<T extends object>(
  ids: readonly string[],
  call: (id: string) => PromiseLike<T>,
): AsyncGenerator<Outcome<T>> {
  const begin = (id: string): Promise<Outcome<T>> =>
    Promise.resolve(call(id)).then(
      (detail) => ({ id, detail }),
      (error: unknown) => ({ id, error }),
    );
  const underWay: Promise<Outcome<T>>[] = [];
  for (const id of ids) {
    underWay.push(begin(id));
    const first = underWay.length >= CONCURRENCY ? underWay.shift() : undefined;
    if (first) yield await first;
  }
  for (const outcome of underWay) yield await outcome;
}

/** Returns a case as text for people. */
function detailText(detail: CaseDetail, isFull: boolean, { output }: CommandContext): string {
  const { style } = output;
  const facts: [string, string][] = [
    ["Severity", String(detail.severity ?? "")],
    ["Status", `${detail.status}${isOpen(detail) ? "" : " (closed)"}`],
    ["Created", minuteText(detail.creation_date)],
    ["Updated", minuteText(detail.updated_date)],
    ["Closed", minuteText(detail.close_date)],
    ["Contract", detail.contract_id],
    ["Serial number", detail.serial_number],
    ["Technology", [detail.technology_name, detail.sub_technology_name].filter(Boolean).join(" / ")],
    ["Problem", detail.problem_code_name],
    ["Request type", detail.request_type],
    ["Owner", [detail.owner_name, detail.owner_email && `<${detail.owner_email}>`].filter(Boolean).join(" ")],
    ["Contact", [detail.contact_name, ...detail.contact_email_ids].filter(Boolean).join(", ")],
    ["Tracking", detail.tracking_number],
    ["Bugs", detail.bugs.join(", ")],
    ["RMAs", detail.rmas.join(", ")],
  ];
  const width = Math.max(...facts.map(([name]) => name.length)) + 2;
  const lines = facts
    .filter(([, value]) => value !== "")
    .map(([name, value]) => `${style("dim", padText(name, width))}${escapeLine(value)}`);
  const head = `${style("bold", escapeLine(detail.case_id))}  ${style("bold", escapeLine(detail.title))}`;
  const notes = detail.notes.map((note) => noteText(note, isFull, style));
  return `${[head, ...lines, ...notes].join("\n")}\n`;
}

function noteText(note: CaseNote, isFull: boolean, style: CommandContext["output"]["style"]): string {
  const by = [minuteText(note.creation_date), note.created_by].filter(Boolean).map(escapeLine).join("  ");
  const text = note.note_detail || note.note;
  const subject = note.note && note.note !== text ? `  ${escapeLine(note.note)}` : "";
  const all = escapeText(text).trimEnd().split("\n");
  const lines = isFull ? all : foldedLines(all);
  const folded = all.length - lines.length;
  const more =
    folded > 0 ? [style("dim", `  … ${folded} more ${folded === 1 ? "line" : "lines"}; --full shows all`)] : [];
  return ["", `${style("cyan", by)}${subject}`, ...lines.map((line) => `  ${line}`.trimEnd()), ...more].join("\n");
}

/** The first lines of a note, without quoted lines of mails and repeated blank ones. */
function foldedLines(lines: readonly string[]): string[] {
  const own = lines.filter(
    (line, index) => !/^\s*>/.test(line) && (line.trim() !== "" || (lines[index - 1] ?? "").trim() !== ""),
  );
  return own.slice(0, NOTE_LINES);
}
