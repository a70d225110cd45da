// Readers of the values of options. Each names the option, the expected value and the given one.

import { InvalidArgumentError } from "commander";
import { addAbortSignal } from "node:stream";
import { readFile } from "node:fs/promises";
import { CASE_STATUSES, parseIds } from "./library.js";
import type { CommandContext } from "./context.js";
import { UsageError } from "./exit-codes.js";

/** Returns a reader of a whole number. */
export function readCount(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (!(number >= least && number <= most)) {
      throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`);
    }
    return number;
  };
}

/** Reads a number of requests per second. */
export function readRate(text: string): number {
  const number = /^(\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : Number.NaN;
  if (!(number > 0 && number <= 1000)) throw new InvalidArgumentError("Expected a number above 0, up to 1000.");
  return number;
}

/** Collects the values of an option that may be repeated, each a list separated by commas. */
export function collectList(text: string, before: readonly string[] = []): string[] {
  const values = text.split(",").map((value) => value.trim());
  return [...before, ...values.filter((value) => value !== "")];
}

/** Collects the values of an option that may be repeated, which contain commas of their own. */
export function collectTexts(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}

const DAY_MS = 86_400_000;

/**
 * Reads a date: RFC 3339, a date alone (the start of its day, UTC), or a number of days (`30d`), hours (`12h`) or weeks
 * (`2w`) before `now`.
 */
export function readDate(name: string, text: string, now: number): string {
  const [, count, unit] = /^(\d{1,6})([hdw])$/.exec(text) ?? [];
  if (count !== undefined) {
    const unitMs = { h: DAY_MS / 24, d: DAY_MS, w: 7 * DAY_MS }[unit as "h" | "d" | "w"];
    const ms = now - Number(count) * unitMs;
    // Dates have years of four digits.
    if (ms >= Date.parse("0000-01-01T00:00:00Z")) return new Date(ms).toISOString();
  }
  const pattern = /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/i;
  const [, day] = pattern.exec(text) ?? [];
  const ms = day === undefined ? Number.NaN : Date.parse(text);
  if (Number.isNaN(ms) || !isDay(day as string)) {
    throw new UsageError(`${name}: expected a date such as 2026-01-31, 2026-01-31T08:00:00Z or 30d, got "${text}"`);
  }
  return new Date(ms).toISOString();
}

/** Whether a day exists: `Date.parse` takes February 30 for March 2. */
function isDay(day: string): boolean {
  const ms = Date.parse(day);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(day);
}

/** Returns a status as the service spells it, of any case of letters if it is documented: conditions compare whole texts. */
export const spelledStatus = (text: string): string =>
  CASE_STATUSES.find((status) => status.toLowerCase() === text.trim().toLowerCase()) ?? text;

/** The part of a command's context with which ids are read. */
type IdsContext = Pick<CommandContext, "input" | "signal">;

/** Reads standard input to its end. A second reader finds it empty. */
async function readInput({ input, signal }: IdsContext): Promise<string> {
  const chunks: Buffer[] = [];
  if (input.readableEnded || input.destroyed) return "";
  for await (const chunk of addAbortSignal(signal, input)) chunks.push(chunk as Buffer);
  return decodeText(Buffer.concat(chunks));
}

/** Decodes a text: UTF-8, or UTF-16 with a byte order mark, in which Windows PowerShell writes what `>` redirects. */
function decodeText(bytes: Buffer): string {
  const isLittleEndian = bytes[0] === 0xff && bytes[1] === 0xfe;
  const isBigEndian = bytes[0] === 0xfe && bytes[1] === 0xff;
  if (!isLittleEndian && !isBigEndian) return bytes.toString("utf8");
  const pairs = bytes.subarray(0, bytes.length & ~1);
  return (isLittleEndian ? pairs : Buffer.from(pairs).swap16()).toString("utf16le");
}

/** Returns the case ids in a pasted text, such as a mail: its words with a digit, without the punctuation around them. */
export function pastedCaseIds(text: string): string[] {
  const words = parseIds(text).map((word) => word.replaceAll(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, ""));
  return [...new Set(words.filter((word) => /\d/.test(word)))];
}

/** Reads ids from a file, or from standard input for `-`: separated by line breaks, commas or blanks. */
export async function readIdsFile(name: string, path: string, context: IdsContext): Promise<string[]> {
  let text: string;
  try {
    // A descriptor that is read at once fails while its writer has written nothing yet.
    text = path === "-" ? await readInput(context) : decodeText(await readFile(path));
  } catch (error) {
    context.signal.throwIfAborted();
    throw new UsageError(`${name}: the file cannot be read: ${(error as Error).message}`);
  }
  const ids = parseIds(text);
  if (ids.length === 0)
    throw new UsageError(`${name}: expected at least one id in ${path === "-" ? "standard input" : path}`);
  return ids;
}
