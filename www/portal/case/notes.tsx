// The notes of a case as a timeline, with a search within them.

import type { CaseDetail, CaseNote } from "cisco-support-case";
import { type ReactNode, useDeferredValue, useEffect, useId, useMemo, useRef, useState } from "react";
import { announceLater } from "../ui/announcer.js";
import type { Formatter } from "../ui/format.js";
import { MarkedText } from "../ui/marked-text.js";
import { useNow } from "../ui/use-now.js";
import { findAll } from "./find-in-text.js";
import { NoteText } from "./note-text.js";

/** Properties of the notes. */
export interface NotesProps {
  readonly detail: CaseDetail;
  readonly isCase: (case_id: string) => boolean;
  readonly format: Formatter;
  /** The time from which notes are new to the reader; `null` if none are. */
  readonly newSince: number | null;
}

/** The side that wrote a note. */
type Side = "cisco" | "customer" | "unknown";

const SIDES: Readonly<Record<Side, string>> = { cisco: "Cisco", customer: "Us", unknown: "" };

/** The timeline of a case's notes. */
export function Notes({ detail, isCase, format, newSince }: NotesProps): ReactNode {
  const [searched, setSearched] = useState("");
  const [isOldestFirst, setOldestFirst] = useState(false);
  const deferred = useDeferredValue(searched.trim());
  const id = useId();
  const { notes } = detail;
  const found = useMemo(() => {
    if (deferred === "") return notes.map((note) => ({ note, matches: 0 }));
    const count = (text: string) => findAll(text, deferred).length;
    return notes
      .map((note) => ({ note, matches: count(note.note_detail) + count(note.note) + count(note.created_by) }))
      .filter(({ matches }) => matches > 0);
  }, [notes, deferred]);
  const matches = found.reduce((sum, one) => sum + one.matches, 0);
  const summary =
    deferred === ""
      ? format.counted(notes.length, "note")
      : matches === 0
        ? "No note contains this"
        : `${format.counted(matches, "match", "matches")} in ${format.counted(found.length, "note")} of ${format.count(notes.length)}`;
  useEffect(() => {
    if (deferred !== "") announceLater(summary);
  }, [deferred, summary]);
  const shown = isOldestFirst ? found.toReversed() : found;
  const section = useRef<HTMLElement>(null);
  useEffect(() => unfoldedOnPaper(section.current!), []);
  return (
    <section ref={section} className="notes card" aria-labelledby={id}>
      <header className="notes-head">
        <h2 id={id}>Notes</h2>
        <span className="muted" data-notes-summary>
          {summary}
        </span>
        <input
          type="search"
          value={searched}
          placeholder="Search the notes"
          aria-label="Search the notes"
          onChange={({ target }) => setSearched(target.value)}
          onKeyDown={(event) => {
            if (event.key !== "Escape" || searched === "") return;
            event.preventDefault();
            setSearched("");
          }}
        />
        <button
          type="button"
          className="quiet"
          aria-pressed={isOldestFirst}
          onClick={() => setOldestFirst(!isOldestFirst)}
        >
          Oldest first
        </button>
      </header>
      {notes.length === 0 && <p className="empty">This case has no notes.</p>}
      <ol className="timeline">
        {shown.map(({ note }) => (
          <Note
            key={keyOf(note, notes)}
            note={note}
            side={sideOf(note, detail)}
            isNew={newSince !== null && note.creation_date !== null && Date.parse(note.creation_date) > newSince}
            searched={deferred}
            isCase={isCase}
            format={format}
          />
        ))}
      </ol>
    </section>
  );
}

/** Unfolds what is folded within an element while the browser prints. Returns a function that ends that. */
function unfoldedOnPaper(element: HTMLElement): () => void {
  let unfolded: HTMLDetailsElement[] = [];
  const onBegin = () => {
    unfolded = [...element.querySelectorAll<HTMLDetailsElement>("details:not([open])")];
    for (const one of unfolded) one.open = true;
  };
  const onEnd = () => {
    for (const one of unfolded) one.open = false;
  };
  addEventListener("beforeprint", onBegin);
  addEventListener("afterprint", onEnd);
  return () => {
    removeEventListener("beforeprint", onBegin);
    removeEventListener("afterprint", onEnd);
  };
}

/** A key that stays when newer notes are put before a note: its place from the end. */
const keyOf = (note: CaseNote, notes: readonly CaseNote[]): number => notes.length - notes.indexOf(note);

function sideOf(
  { created_by }: CaseNote,
  { owner_name, owner_email, contact_name, contact_email_ids }: CaseDetail,
): Side {
  const author = created_by.trim().toLowerCase();
  const isOneOf = (names: readonly string[]) =>
    author !== "" && names.some((name) => name.trim().toLowerCase() === author);
  if (isOneOf([owner_name, owner_email])) return "cisco";
  if (isOneOf([contact_name, ...contact_email_ids, "customer"])) return "customer";
  return "unknown";
}

interface NoteProps {
  readonly note: CaseNote;
  readonly side: Side;
  readonly isNew: boolean;
  readonly searched: string;
  readonly isCase: (case_id: string) => boolean;
  readonly format: Formatter;
}

function Note({ note, side, isNew, searched, isCase, format }: NoteProps): ReactNode {
  const { note: summary, note_detail, created_by, creation_date } = note;
  const now = useNow();
  const id = useId();
  return (
    <li className={`note note-${side}`}>
      <article aria-labelledby={id}>
        <header id={id} className="note-head">
          <strong className="title-text" dir="auto">
            {created_by ? <MarkedText text={created_by} ranges={findAll(created_by, searched)} /> : "Unknown author"}
          </strong>
          {side !== "unknown" && <span className="side">{SIDES[side]}</span>}
          {isNew && <span className="new-mark">New</span>}
          <time dateTime={creation_date ?? undefined} title={format.ago(creation_date, now)}>
            {format.dateTime(creation_date)}
          </time>
        </header>
        {summary && (
          <h3 className="title-text" dir="auto">
            <MarkedText text={summary} ranges={findAll(summary, searched)} />
          </h3>
        )}
        <NoteText text={note_detail} searched={searched} isCase={isCase} format={format} />
      </article>
    </li>
  );
}
