// The search in notes. The wasm has their words; the texts are where the details are, and are read again after a restart.

import { setTimer } from "../client/timer.js";
import type { CaseDetail } from "../generated/types.js";
import { ASK_MATCHES, ASK_PENDING_NOTES, ASK_SEARCH_NOTES, ASK_SET_NOTES } from "../generated/boundary.js";
import type { NoteMatches, TextRange } from "./query-types.js";
import type { StoreCore } from "./store-core.js";

/** The cases whose notes are read between other tasks of the page. */
const PIECE = 8;
/** The number of texts that cannot be read after which no others are tried: the storage is at fault. */
const MAX_FAILURES = 20;

/** What the search in notes needs of its store. */
export interface NoteSearchEnvironment {
  readonly core: StoreCore;
  /** Resolves to the details of a case; to `undefined` if they cannot be found. */
  details(case_id: string): Promise<CaseDetail | undefined>;
  /** Notifies live queries. */
  refresh(): void;
}

/** The search in the notes of a store. */
export class NoteSearch {
  private readonly environment: NoteSearchEnvironment;
  private reading: Promise<void> | undefined;
  /** The cases whose notes are to be read again. */
  private readonly replaced = new Set<string>();
  /** The case whose notes are being read, unless other ones have come meanwhile. */
  private awaited: string | undefined;
  private isClosed = false;

  constructor(environment: NoteSearchEnvironment) {
    this.environment = environment;
    environment.core.ask("searchNotes", ASK_SEARCH_NOTES);
  }

  /** Adds the notes of details that were applied. */
  add(details: readonly Readonly<Record<string, unknown>>[]): void {
    for (const detail of details) {
      const id = String(detail["case_id"]);
      // What is being read is earlier.
      if (id === this.awaited) this.awaited = undefined;
      this.set(id, detail["notes"]);
    }
  }

  /** Notes that another tab has saved other notes of cases. The next `read` reads them. */
  expect(case_ids: readonly string[]): void {
    for (const id of case_ids) this.replaced.add(id);
  }

  private set(case_id: string, notes: unknown): void {
    // A line break separates words.
    this.environment.core.ask("searchNotes", ASK_SET_NOTES, case_id, textsOf(notes).join("\n"));
  }

  /**
   * Reads the notes that are not searched yet, a few at a time. Resolves once all are searched. Rejects if some cannot be read; a
   * later call tries those again, after all others.
   */
  read(): Promise<void> {
    this.reading ??= this.readPending().finally(() => {
      this.reading = undefined;
    });
    return this.reading;
  }

  private async readPending(): Promise<void> {
    const { core, details, refresh } = this.environment;
    const failed = new Map<string, unknown>();
    while (!this.isClosed) {
      const pending = core.ask("searchNotes", ASK_PENDING_NOTES, "", "", PIECE)!.list((reader) => reader.text());
      const isFirstRead = pending.length > 0;
      if (!isFirstRead) pending.push(...[...this.replaced].filter((id) => !failed.has(id)).slice(0, PIECE));
      if (failed.size > 0 && (pending.length === 0 || failed.size >= MAX_FAILURES)) throw [...failed.values()][0];
      if (pending.length === 0) return;
      const failures = failed.size;
      for (const id of pending) {
        this.replaced.delete(id);
        this.awaited = id;
        const found = await details(id).catch((error: unknown) => {
          this.replaced.add(id);
          failed.set(id, error);
          return undefined;
        });
        if (this.isClosed) return;
        // Notes that cannot be read have the words of the former ones, or none: others would wait for them.
        if (this.awaited === id && (isFirstRead || !failed.has(id))) this.set(id, found?.notes);
        this.awaited = undefined;
      }
      if (failed.size - failures < pending.length) refresh();
      await new Promise<void>((resolve) => void setTimer(0, resolve));
    }
  }

  /** Ends reading the notes of saved cases. */
  close(): void {
    this.isClosed = true;
  }
}

/** The texts of notes: two of each. */
const textsOf = (notes: unknown): string[] =>
  Array.from((notes ?? []) as ArrayLike<Record<string, unknown> | null>, (one) => [one?.["note"], one?.["note_detail"]])
    .flat()
    .map((text) => (typeof text === "string" ? text : ""));

/** Returns the places in notes where the words of a query match. */
export function matchNotes(core: StoreCore, query: string, notes: CaseDetail["notes"]): readonly NoteMatches[] {
  const reader = core.ask("noteMatches", ASK_MATCHES, query, JSON.stringify([[textsOf(notes)]]));
  if (!reader) return [];
  return notes.flatMap((_, index) => {
    const ranges = () => reader.list((): TextRange => [reader.number(), reader.number()]);
    const [note, note_detail] = [ranges(), ranges()];
    return note.length + note_detail.length > 0 ? [{ index, note, note_detail }] : [];
  });
}
