// The text of a note, as text: notes contain mail, logs and pasted HTML. Links are recognized, quoted mails and output of tools
// are folded, matches of a search are marked and unfolded.

import { type ReactNode, useMemo } from "react";
import { linkTo } from "../app/navigation.js";
import { viewOf } from "../app/view.js";
import { balanced } from "../ui/bidi.js";
import type { Formatter } from "../ui/format.js";
import { findAll, type Range, rangesOfParts } from "./find-in-text.js";
import { splitLinks } from "./links.js";
import { type NoteBlock, splitNote } from "./note-blocks.js";

/** Properties of the text of a note. */
export interface NoteTextProps {
  readonly text: string;
  /** The text to mark; `""` for none. */
  readonly searched: string;
  readonly isCase: (case_id: string) => boolean;
  readonly format: Formatter;
}

/** The numbers of lines up to which quoted mails and output are shown without folding. */
const SHOWN_LINES = { quote: 1, output: 6 } as const;

/** The text of a note. */
export function NoteText({ text, searched, isCase, format }: NoteTextProps): ReactNode {
  const blocks = useMemo(() => splitNote(balanced(text)), [text]);
  return (
    <div className="note-text" dir="auto">
      {blocks.map((block, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: blocks of a text have no other identity
        <Block key={at} block={block} searched={searched} isCase={isCase} format={format} />
      ))}
    </div>
  );
}

function Block({ block, searched, isCase, format }: Omit<NoteTextProps, "text"> & { block: NoteBlock }): ReactNode {
  const { kind, lines } = block;
  const text = useMemo(() => trimmed(block.text), [block.text]);
  const matches = useMemo(() => findAll(text, searched), [text, searched]);
  if (text === "") return null;
  const content = <LinkedText text={text} matches={matches} isCase={isCase} />;
  if (kind === "prose") return <p className="prose">{content}</p>;
  const body = kind === "output" ? <pre className="output">{content}</pre> : <blockquote>{content}</blockquote>;
  if (lines <= SHOWN_LINES[kind]) return body;
  const name = kind === "output" ? "Output" : "Quoted mail";
  return (
    // The key opens a folded block when a search begins to match in it, and leaves it to the reader afterwards.
    <details key={String(matches.length > 0)} className="fold" open={matches.length > 0}>
      <summary>
        {name}, {format.counted(lines, "line")}
        {matches.length > 0 && `, ${format.counted(matches.length, "match", "matches")}`}
      </summary>
      {body}
    </details>
  );
}

/** Blank lines at the ends of a block are space between blocks. */
const trimmed = (text: string): string => text.replace(/^\s*\n/, "").trimEnd();

/** A text with its links, and the matches of a search marked. */
function LinkedText(props: {
  text: string;
  matches: readonly Range[];
  isCase: (case_id: string) => boolean;
}): ReactNode {
  const { text, matches, isCase } = props;
  const parts = useMemo(() => splitLinks(text, isCase), [text, isCase]);
  const ranges = useMemo(
    () =>
      rangesOfParts(
        matches,
        parts.map((part) => part.text.length),
      ),
    [matches, parts],
  );
  let start = 0;
  return parts.map((part, at) => {
    const from = start;
    start += part.text.length;
    const marked = <Marked key={from} text={part.text} ranges={ranges[at] ?? []} />;
    switch (part.kind) {
      case "text":
        return marked;
      case "case":
        return (
          <a key={from} {...linkTo(viewOf({ page: "case", caseId: part.text }))}>
            {marked}
          </a>
        );
      default:
        return (
          <a key={from} href={part.href} target="_blank" rel="noopener noreferrer" title={new URL(part.href).host}>
            {marked}
          </a>
        );
    }
  });
}

function Marked({ text, ranges }: { text: string; ranges: readonly Range[] }): ReactNode {
  if (ranges.length === 0) return text;
  const parts: ReactNode[] = [];
  let done = 0;
  for (const [first, last] of ranges) {
    if (first > done) parts.push(text.slice(done, first));
    parts.push(<mark key={first}>{text.slice(first, last)}</mark>);
    done = last;
  }
  if (done < text.length) parts.push(text.slice(done));
  return parts;
}
