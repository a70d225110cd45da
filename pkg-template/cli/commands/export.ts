// `cisco-support-case export`: every case of many contracts, as a file.
//
// Cases are first collected in `OUT.partial`, a line of JSON each. `OUT.partial.json` has the token from which the reading
// resumes, and the length that it covers: what is beyond it is cut off when an interrupted export is continued. In the end the
// cases are put into a store, which keeps the newest version of each, and written as one file. Details are collected in
// `OUT.details` likewise: a line of JSON each, which a continued export does not request again.

import { createHash } from "node:crypto";
import { type FileHandle, open, readFile, rm, stat } from "node:fs/promises";
import { basename, extname } from "node:path";
import type { Command } from "commander";
import {
  type AllCasesParams,
  type CaseDetail,
  type CaseQuery,
  type CaseRecord,
  type ExportField,
  isCaseApiError,
  type OpenStore,
} from "../library.js";
import { addConnectionOptions, type Connection } from "../connection.js";
import type { CommandContext, CommandRunner } from "../context.js";
import { REDACT_VARIABLE } from "../credentials.js";
import { UsageError } from "../exit-codes.js";
import { QUERY_MAX_LIMIT } from "../../generated/boundary.js";
import {
  checkReplaceable,
  linesOf,
  lockFile,
  removeLeftovers,
  ReplacementFile,
  replaceFile,
  writeAll,
} from "../files.js";
import { collectList, readCount } from "../option-values.js";
import { addSortedOptions } from "../query-options.js";
import {
  bulkProgress,
  jsonLine,
  type MissingPart,
  type OpenQuestion,
  type QuestionOptions,
  reportFailures,
  withStore,
} from "../read-cases.js";
import { addTargetOptions } from "../targets.js";
import { spelledQuery } from "../user-ids.js";

interface ExportCommandOptions extends QuestionOptions {
  readonly out: string;
  readonly format?: "csv" | "ndjson";
  readonly columns?: readonly string[];
  readonly details?: number;
  readonly redact?: boolean;
  readonly bom?: boolean;
  readonly restart?: boolean;
}

/** The state of an unfinished export. */
interface ExportState {
  readonly version: 1;
  /** The hash of what selects the cases that are read. An export of others cannot continue this one. */
  readonly request: string;
  readonly params: AllCasesParams;
  readonly token: string | null;
  /** The length of the file of cases that the token covers. */
  readonly bytes: number;
  /** The parts that could not be read. The token leaves them out, so a continued export reports them as well. */
  readonly missing?: readonly MissingPart[];
}

const SAVE_MS = 2000;
const APPLY_LINES = 2000;

/** Adds the command. */
export function addExportCommand(program: Command, run: CommandRunner): void {
  const command = program
    .command("export")
    .summary("write every case of contracts or users to a file")
    .description(
      "Reads every case of contracts or users and writes those that match to a file. An interrupted export continues where it " +
        "ended if it is started again with the same options. The file appears when it is complete.",
    )
    .optionsGroup("Output:")
    .requiredOption("--out <file>", "file to write: .ndjson or .csv (required)")
    .option("--format <format>", "ndjson or csv (default: by the name of the file)")
    .option("--columns <names>", "fields to write, separated by commas (default: all)", collectList)
    .option(
      "--details <requests>",
      "also read details and notes, with at most so many requests, newest cases first",
      readCount(1, 1_000_000),
    )
    .option(
      "--redact",
      `replace names, addresses, phone numbers and user ids by pseudonyms; the secret is ${REDACT_VARIABLE}`,
    )
    .option("--bom", "begin CSV with a byte order mark, for spreadsheet programs")
    .option("--restart", "discard an interrupted export of the same file");
  addTargetOptions(command);
  addSortedOptions(command);
  addConnectionOptions(command).addHelpText(
    "after",
    `
With --details, a line of NDJSON has the details as "detail"; CSV has the columns owner, tracking_number, notes_count and
last_note_date. With --redact the details are not written, since notes are free text.

Examples:
  cisco-support-case export --sandbox --out cases.csv
  cisco-support-case export --contracts contracts.txt --created-from 2024-01-01 --out cases.ndjson
  cisco-support-case export --contracts contracts.txt --open --details 500 --out open.ndjson`,
  );
  command.action(run((context, options) => exportCases(options as ExportCommandOptions, context)));
}

async function exportCases(options: ExportCommandOptions, context: CommandContext): Promise<void> {
  const format = formatOf(options);
  const secret = options.redact ? context.environment[REDACT_VARIABLE] : undefined;
  if (options.redact && (secret === undefined || Buffer.byteLength(secret) < 16)) {
    throw new UsageError(`--redact: expected a secret of at least 16 bytes in ${REDACT_VARIABLE}`);
  }
  await checkReplaceable(options.out, "--out");
  await withStore(options, context, async (question) => {
    // The store names columns that do not exist, before anything is read for them.
    await openExport(question.store, format, question.query, secret, options).cancel();
    const release = await lockFile(`${options.out}.lock`, options.out);
    try {
      await exportInto(question, format, secret, options, context);
    } finally {
      context.progress.clear();
      await release();
    }
  });
}

/** Reads the cases, and writes the file of an export that holds its lock. */
async function exportInto(
  { connection, target, query, store }: OpenQuestion,
  format: "csv" | "ndjson",
  secret: string | undefined,
  options: ExportCommandOptions,
  context: CommandContext,
): Promise<void> {
  await removeLeftovers(options.out);
  const request = requestOf(target.params, connection, options);
  const isContinued = await collectCases(connection, target.params, request, options, context);
  await loadLines(`${options.out}.partial`, (records) => store.apply(records as CaseRecord[]));
  const details =
    options.details === undefined
      ? undefined
      : await collectDetails({ connection, store, maxRequests: options.details, isContinued }, options, context);
  const spelled = spelledQuery(store, query);
  await writeFile(store, { format, query: spelled, secret, details, options }, context);
  await removeWork(options.out);
}

/** Returns the hash of what selects the cases that are read: the ids themselves, and dates as they were given. */
function requestOf(params: AllCasesParams, connection: Connection, options: ExportCommandOptions): string {
  const { open: isOpenOnly, closed, createdFrom, createdTo } = options;
  const sorted = (ids: readonly string[] | undefined) => ids && [...ids].sort();
  const ids = {
    contract_ids: "contract_ids" in params ? sorted(params.contract_ids) : undefined,
    user_ids: "user_ids" in params ? sorted(params.user_ids) : undefined,
  };
  const request = { ...ids, isOpenOnly, closed, createdFrom, createdTo, of: connection.name };
  return createHash("sha256").update(JSON.stringify(request)).digest("hex");
}

function formatOf({ format, out }: ExportCommandOptions): "csv" | "ndjson" {
  const named = format ?? extname(out).slice(1).toLowerCase();
  if (named === "csv" || named === "ndjson") return named;
  if (format === undefined && named === "jsonl") return "ndjson";
  throw new UsageError(
    format === undefined
      ? `--out: expected a name that ends in .ndjson or .csv, or --format; got "${basename(out)}"`
      : `--format: expected ndjson or csv, got "${format}"`,
  );
}

async function removeWork(out: string): Promise<void> {
  for (const suffix of [".partial.json", ".partial", ".details"]) await rm(out + suffix, { force: true });
}

/** A file of lines with the position up to which they count. */
class LineFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  #bytes: number;
  #saved = performance.now();

  private constructor(path: string, handle: FileHandle, bytes: number) {
    this.#path = path;
    this.#handle = handle;
    this.#bytes = bytes;
  }

  /** Opens the file, cut off at a length. */
  static async open(path: string, bytes: number): Promise<LineFile> {
    const handle = await open(path, bytes === 0 ? "w" : "r+", 0o600);
    await handle.truncate(bytes);
    return new LineFile(path, handle, bytes);
  }

  async append(text: string): Promise<void> {
    this.#bytes += await writeAll(this.#handle, text, this.#bytes);
  }

  /** Saves the state with the present length, if the last time is a while ago or it must be. */
  async save(state: (bytes: number) => ExportState, isForced = false): Promise<void> {
    if (!isForced && performance.now() - this.#saved < SAVE_MS) return;
    await this.#handle.datasync();
    await replaceFile(`${this.#path}.json`, JSON.stringify(state(this.#bytes)));
    this.#saved = performance.now();
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

/** Returns the state of an interrupted export, if there is one whose file is as long as it says. */
async function readState(path: string, request: string): Promise<ExportState | undefined> {
  let state: ExportState;
  try {
    state = JSON.parse(await readFile(`${path}.json`, "utf8"));
    if (state.version !== 1 || !Number.isSafeInteger(state.bytes)) return undefined;
    if ((await stat(path)).size < state.bytes) return undefined;
  } catch {
    return undefined;
  }
  if (state.request === request) return state;
  throw new UsageError(`${path} is from an interrupted export with other options; --restart discards it`);
}

/** Reads every case into `OUT.partial`, from where an interrupted export has ended. Returns whether there was one. */
async function collectCases(
  connection: Connection,
  given: AllCasesParams,
  request: string,
  options: ExportCommandOptions,
  context: CommandContext,
): Promise<boolean> {
  const path = `${options.out}.partial`;
  if (options.restart) await removeWork(options.out);
  const before = await readState(path, request);
  // Dates that were relative to the time of the first run stay what they were.
  const params = before?.params ?? given;
  const file = await LineFile.open(path, before?.bytes ?? 0);
  if (before) context.note("Continuing an interrupted export.");
  const start = performance.now();
  const all = connection.client.allCases(params, {
    signal: context.signal,
    resume: before?.token ?? undefined,
    onProgress: (progress) => context.progress.show(bulkProgress(progress, performance.now() - start)),
  });
  const missing = () => withoutRepeats([...(before?.missing ?? []), ...all.failures]);
  const state = (bytes: number): ExportState => {
    return { version: 1, request, params, token: all.resumeToken(), bytes, missing: missing() };
  };
  // The token covers a page from the moment that it is here: what could not be written would be missing in the end.
  let isWritten = true;
  try {
    for await (const { cases } of all.pages()) {
      isWritten = false;
      await file.append(cases.map(jsonLine).join(""));
      await file.save(state);
      isWritten = true;
    }
  } catch (error) {
    if (!isCaseApiError(error) || error.code !== "INCOMPLETE") {
      noteInterruption(context);
      throw error;
    }
  } finally {
    // Only a run that continues this one needs it: its failure must not hide an error, nor end what is complete.
    if (isWritten) await file.save(state, true).catch(() => {});
    await file.close();
  }
  if (missing().length > 0) reportFailures(missing(), context);
  return before !== undefined;
}

/** Returns each part once, as far as it is reported: what the token does not cover fails again when it is read again. */
function withoutRepeats(parts: readonly MissingPart[]): MissingPart[] {
  const byText = new Map<string, MissingPart>();
  for (const { ids, date_created_from, date_created_to, error } of parts) {
    const part = { ids, date_created_from, date_created_to };
    byText.set(JSON.stringify(part), { ...part, error: { message: error.message } });
  }
  return [...byText.values()];
}

function noteInterruption(context: CommandContext): void {
  context.progress.clear();
  context.note("Interrupted; the same command continues.");
}

/** The place of a line in `OUT.details`. */
interface DetailPosition {
  readonly at: number;
  readonly length: number;
}

/** Details of the cases of a store that are to be read. */
interface DetailsReading {
  readonly connection: Connection;
  readonly store: OpenStore;
  /** The most requests, with those of the export that is continued. */
  readonly maxRequests: number;
  readonly isContinued: boolean;
}

/**
 * Reads details of cases into `OUT.details`, the newest first, with at most so many requests. Those that an interrupted export has
 * read are not requested again, unless the case has changed since then. Returns their positions.
 */
async function collectDetails(
  { connection, store, maxRequests, isContinued }: DetailsReading,
  options: ExportCommandOptions,
  context: CommandContext,
): Promise<Map<string, DetailPosition>> {
  const path = `${options.out}.details`;
  const handle = await open(path, isContinued && (await isFile(path)) ? "r+" : "w+", 0o600);
  try {
    const { found, bytes: before } = await readDetails(path, handle, store);
    let bytes = before;
    const case_ids = [...caseIdsOf(store)];
    const total = Math.min(maxRequests, case_ids.length);
    const left = maxRequests - found.size;
    const missing = case_ids.filter((case_id) => !found.has(case_id));
    const all = connection.client.allDetails(left > 0 ? missing : [], {
      maxRequests: Math.max(1, left),
      signal: context.signal,
    });
    try {
      for await (const detail of all) {
        const length = await writeAll(handle, jsonLine(detail), bytes);
        found.set(detail.case_id, { at: bytes, length });
        bytes += length;
        store.apply(detail);
        context.progress.show({ text: `${found.size} details`, done: found.size / total });
      }
    } catch (error) {
      if (!isCaseApiError(error) || error.code !== "INCOMPLETE") {
        noteInterruption(context);
        throw error;
      }
      reportFailures(all.failures, context);
    }
    const without = case_ids.length - found.size;
    if (without > 0) context.note(`${found.size} details; ${without} cases without (--details ${maxRequests}).`);
    return found;
  } finally {
    await handle.close();
  }
}

/** The ids of the cases of a store, the newest first. */
function* caseIdsOf(store: OpenStore): Generator<string> {
  for (let offset = 0; ; offset += QUERY_MAX_LIMIT) {
    const { cases } = store.query({ offset, limit: QUERY_MAX_LIMIT });
    for (const { case_id } of cases) yield case_id;
    if (cases.length < QUERY_MAX_LIMIT) return;
  }
}

const isFile = async (path: string) => (await stat(path).catch(() => undefined))?.isFile() === true;

/** Applies the details of an interrupted export, and cuts off what is no whole line. Returns their positions and length. */
async function readDetails(
  path: string,
  handle: FileHandle,
  store: OpenStore,
): Promise<{ found: Map<string, DetailPosition>; bytes: number }> {
  const found = new Map<string, DetailPosition>();
  const { size } = await handle.stat();
  let bytes = 0;
  for await (const line of linesOf(path)) {
    const length = Buffer.byteLength(line) + 1;
    // The last line has no line feed if its run was killed while it wrote.
    if (bytes + length > size) break;
    const detail = parsedDetail(line);
    // Damage: this line and what follows is requested again.
    if (!detail) break;
    const record = store.get(detail.case_id);
    const isOutdated = Date.parse(record?.updated_date ?? "") > Date.parse(detail.updated_date ?? "");
    if (record && !isOutdated) {
      found.set(detail.case_id, { at: bytes, length });
      store.apply(detail);
    }
    bytes += length;
  }
  await handle.truncate(bytes);
  return { found, bytes };
}

function parsedDetail(line: string): CaseDetail | undefined {
  try {
    const value: Partial<CaseDetail> | null = JSON.parse(line);
    return typeof value?.case_id === "string" ? (value as CaseDetail) : undefined;
  } catch {
    return undefined;
  }
}

/** Reads lines of JSON, a piece of them at a time. */
async function loadLines(path: string, take: (records: unknown[]) => void): Promise<void> {
  let records: unknown[] = [];
  for await (const line of linesOf(path)) {
    records.push(JSON.parse(line));
    if (records.length === APPLY_LINES) {
      take(records);
      records = [];
    }
  }
  if (records.length > 0) take(records);
}

/** Begins the export of a store. Throws for options that are not valid. */
function openExport(
  store: OpenStore,
  format: "csv" | "ndjson",
  query: CaseQuery,
  secret: string | undefined,
  { columns, bom }: ExportCommandOptions,
): ReadableStream<Uint8Array> {
  return store.export({
    format,
    query,
    ...(columns && { columns: columns as ExportField[] }),
    ...(secret !== undefined && { redact: secret }),
    ...(bom && format === "csv" && { bom: true }),
  });
}

interface WriteOptions {
  readonly format: "csv" | "ndjson";
  readonly query: CaseQuery;
  readonly secret: string | undefined;
  readonly details: Map<string, DetailPosition> | undefined;
  readonly options: ExportCommandOptions;
}

async function writeFile(store: OpenStore, write: WriteOptions, context: CommandContext): Promise<void> {
  const { format, query, secret, details, options } = write;
  const stream = openExport(store, format, query, secret, options);
  const file = await ReplacementFile.create(options.out);
  try {
    const isWithDetails = format === "ndjson" && details !== undefined && secret === undefined;
    if (isWithDetails) await writeWithDetails(stream, details, `${options.out}.details`, file);
    else for await (const chunk of stream) await file.write(chunk);
    context.signal.throwIfAborted();
    await file.commit();
  } catch (error) {
    await file.discard();
    throw error;
  }
  context.progress.clear();
  context.note(`${store.count(query)} cases written to ${options.out}`);
}

/** Writes lines of JSON, each with the details of its case. */
async function writeWithDetails(
  stream: ReadableStream<Uint8Array>,
  details: Map<string, DetailPosition>,
  path: string,
  file: ReplacementFile,
): Promise<void> {
  const handle = await open(path, "r");
  try {
    let rest = "";
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) await file.write(`${await withDetail(line, details, handle)}\n`);
    }
  } finally {
    await handle.close();
  }
}

async function withDetail(line: string, details: Map<string, DetailPosition>, handle: FileHandle): Promise<string> {
  const record: CaseRecord = JSON.parse(line);
  const position = details.get(record.case_id);
  if (!position) return line;
  const bytes = Buffer.alloc(position.length);
  await handle.read(bytes, 0, position.length, position.at);
  const detail: CaseDetail = JSON.parse(bytes.toString("utf8"));
  return JSON.stringify({ ...record, detail });
}
