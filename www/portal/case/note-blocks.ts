// The blocks of a note: what its author wrote, mails that it quotes, and output of devices and tools.

/** A block of consecutive lines of a note. */
export interface NoteBlock {
  /** The kind of the lines: prose, a quoted mail, or output of a tool. */
  readonly kind: "prose" | "quote" | "output";
  /** The lines, joined by `\n`. */
  readonly text: string;
  /** The number of lines. */
  readonly lines: number;
}

type Kind = NoteBlock["kind"];

/** The first line of a mail that is quoted to its end. */
const QUOTED_MAIL = [
  /^\s*-{3,}\s*(original message|ursprüngliche nachricht|message d'origine|forwarded message)\s*-{3,}\s*$/i,
  /^\s*_{20,}\s*$/,
  /^\s*(on|am|le|el)\s.{6,200}\s(wrote|schrieb|a écrit|escribió)\s*:\s*$/i,
];
/** The lines of a mail's head: a `From:` that others follow. */
const MAIL_FROM = /^\s*(from|von|de)\s*:\s*\S/i;
const MAIL_HEAD = /^\s*(sent|date|to|cc|subject|gesendet|datum|an|betreff|envoyé|objet|à)\s*:\s*\S/i;
const QUOTE = /^\s*>/;
/** A prompt of a device or shell with a command after it: `Switch-1#show version`. */
const PROMPT =
  /^\s*[\w.:/@()~[\]-]{1,80}\s?[#>$]\s*(show|sh|debug|ping|traceroute|dir|more|test|conf|terminal|run|cat|ls|grep|curl|dmesg|ip|ifconfig|tcpdump|kubectl|systemctl|journalctl)\b/i;
/** A line that a machine wrote: syslog, a table, a stack trace, a dump. */
const MACHINE = [
  /%[A-Z][A-Z0-9_]*-\d-[A-Z0-9_]+:/,
  /^\s*[*.]?(\d{4}-\d{2}-\d{2}|\w{3}\s+\d{1,2})[T ]\d{2}:\d{2}:\d{2}/,
  /\S {2,}\S.* {2,}\S/,
  /\S\t+\S.*\t\S/,
  /^\s*at \S+\(.*\)\s*$/,
  /^\s*(0x)?[0-9a-f]{4,16}[:\s]+([0-9a-f]{2,8}\s+){3,}/i,
  /^\s*[-=+|]{4,}[-=+| ]*$/,
  /^\s*!\s*$/,
];
const FENCE = /^\s*```/;
/** The number of lines of a machine in a row from which they are a block. */
const MIN_OUTPUT_LINES = 4;
/** The length of a line up to which the patterns look at it. */
const MAX_LOOKED_AT = 400;

/** Splits a note into its blocks. Their texts joined by `\n` are the note, with `\n` for each line end. */
export function splitNote(note: string): readonly NoteBlock[] {
  const lines = note.replace(/\r\n?/g, "\n").split("\n");
  const kinds = kindsOf(lines);
  const blocks: NoteBlock[] = [];
  let start = 0;
  for (let at = 1; at <= lines.length; at++) {
    if (at < lines.length && kinds[at] === kinds[start]) continue;
    const own = lines.slice(start, at);
    blocks.push({ kind: kinds[start] ?? "prose", text: own.join("\n"), lines: own.length });
    start = at;
  }
  return blocks;
}

function kindsOf(lines: readonly string[]): Kind[] {
  const kinds: Kind[] = lines.map(() => "prose");
  const fill = (from: number, to: number, kind: Kind) => kinds.fill(kind, from, to);
  let at = 0;
  while (at < lines.length) {
    const line = head(lines[at]);
    if (isQuotedMail(lines, at)) {
      fill(at, lines.length, "quote");
      break;
    }
    const end = FENCE.test(line)
      ? endOfFence(lines, at)
      : QUOTE.test(line)
        ? endOfQuote(lines, at)
        : PROMPT.test(line)
          ? endOfCommand(lines, at)
          : endOfMachineLines(lines, at);
    if (end > at) fill(at, end, QUOTE.test(line) && !FENCE.test(line) ? "quote" : "output");
    at = Math.max(end, at + 1);
  }
  return kinds;
}

const head = (line: string | undefined): string => (line ?? "").slice(0, MAX_LOOKED_AT);
const isBlank = (line: string | undefined): boolean => head(line).trim() === "";
const isMachine = (line: string): boolean => MACHINE.some((pattern) => pattern.test(line));

function isQuotedMail(lines: readonly string[], at: number): boolean {
  const line = head(lines[at]);
  // The head of a mail stands after what its author wrote, not at the beginning of a note that came in by mail.
  if (at === 0) return false;
  if (QUOTED_MAIL.some((pattern) => pattern.test(line))) return true;
  return MAIL_FROM.test(line) && MAIL_HEAD.test(head(lines[at + 1])) && MAIL_HEAD.test(head(lines[at + 2]));
}

function endOfFence(lines: readonly string[], at: number): number {
  // From the opening fence on: a note can have a fence in each line.
  let end = at + 1;
  while (end < lines.length && !FENCE.test(head(lines[end]))) end += 1;
  return Math.min(end + 1, lines.length);
}

/** Quoted lines, with the blank ones between them. */
function endOfQuote(lines: readonly string[], at: number): number {
  let end = at + 1;
  for (let next = end; next < lines.length; next++) {
    if (QUOTE.test(head(lines[next]))) end = next + 1;
    else if (!isBlank(lines[next])) break;
  }
  return end;
}

/** A command with its output: up to a blank line after which a person writes. */
function endOfCommand(lines: readonly string[], at: number): number {
  let end = at + 1;
  for (let next = end; next < lines.length; next++) {
    const line = head(lines[next]);
    if (isBlank(line)) continue;
    const afterBlank = isBlank(lines[next - 1]);
    if (afterBlank && !isMachine(line) && !PROMPT.test(line)) break;
    end = next + 1;
  }
  return end;
}

function endOfMachineLines(lines: readonly string[], at: number): number {
  let end = at;
  let count = 0;
  for (let next = at; next < lines.length; next++) {
    const line = head(lines[next]);
    if (isMachine(line)) {
      end = next + 1;
      count += 1;
    } else if (count === 0 || !isBlank(line)) break;
  }
  return count >= MIN_OUTPUT_LINES ? end : at;
}
