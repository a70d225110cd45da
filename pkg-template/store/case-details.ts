// The details of cases with their notes. They are outside of the columns: as JSON texts in memory until they are saved, and in
// the storage with a key each. A store that is not saved keeps the texts that were applied last.

import { QUERY_MAX_VALUES } from "../generated/boundary.js";
import type { CaseDetail } from "../generated/types.js";
import type { CaseConditions, CaseDetailColumns } from "./index.js";
import { jsonText } from "./json-text.js";
import type { AttachedTexts } from "./persistence/attached-texts.js";
import type { DetailInput } from "./store-input.js";

/** The maximum length of the texts of a store that is not saved, in UTF-16 units. */
const MAX_LENGTH = 16_000_000;

/** Divides the values of a condition into as many as one takes. */
export const inParts = (values: readonly string[]): readonly (readonly string[])[] =>
  Array.from({ length: Math.ceil(values.length / QUERY_MAX_VALUES) }, (_, at) =>
    values.slice(at * QUERY_MAX_VALUES, (at + 1) * QUERY_MAX_VALUES),
  );

/** What the details need of their store. */
export interface DetailsEnvironment {
  /** Returns what the details of a case added to its columns. */
  columns(case_id: string): CaseDetailColumns | undefined;
  /** Whether the store is saved, or would be if its storage had not failed. */
  readonly mayBeSaved: boolean;
  /** Whether this tab saves its texts. */
  readonly isSaving: boolean;
  /** Reads a saved text. */
  read(case_id: string): Promise<string | undefined>;
}

interface HeldText {
  readonly text: string;
  /** The date of the update that the details have, in milliseconds since 1970. */
  readonly updatedMs: number;
}

/** The details of the cases of a store. */
export class CaseDetails {
  private readonly environment: DetailsEnvironment;
  /** The texts that are not saved, the last applied ones last. */
  private readonly held = new Map<string, HeldText>();
  private length = 0;
  /** The number of calls that removed cases, and how many of them the last save has seen. */
  private removals = 0;
  private savedRemovals = 0;
  /** The conditions of the cases of which nothing may stay, with the number of the call that removed them. */
  private readonly drops = new Map<string, number>();
  /** Called with the cases whose saved details another tab has replaced. */
  onReplaced: ((case_ids: readonly string[]) => void) | undefined;

  constructor(environment: DetailsEnvironment) {
    this.environment = environment;
  }

  /** Whether cases were removed of which nothing may stay in the storage. */
  get hasDrops(): boolean {
    return this.drops.size > 0;
  }

  /** The texts as the persistence saves them. */
  get attached(): AttachedTexts {
    const { held, environment, removals } = this;
    return {
      unsaved: new Map([...held].map(([id, { text }]) => [id, text])),
      hasRemovals: removals !== this.savedRemovals,
      drops: [...this.drops.keys()],
      onReplaced: this.onReplaced,
      onSaved: (saved) => {
        this.savedRemovals = removals;
        for (const [condition, number] of this.drops) if (number <= removals) this.drops.delete(condition);
        for (const [id, text] of saved) if (held.get(id)?.text === text) this.forget(id);
      },
      has: (id) => environment.columns(id) !== undefined,
    };
  }

  /**
   * Takes over details after they were applied to the columns, unless newer ones are known. Returns those that were taken over.
   */
  add(details: readonly DetailInput[]): readonly Readonly<Record<string, unknown>>[] {
    const added: Readonly<Record<string, unknown>>[] = [];
    for (const [detail, text] of details) {
      const id = String(detail["case_id"]);
      const columns = this.environment.columns(id);
      const updatedMs = instantOf(detail["updated_date"]);
      // A fraction of a millisecond may be rounded.
      if (!columns || updatedMs < instantOf(columns.updated_date) - 1) continue;
      this.forget(id);
      this.held.set(id, { text, updatedMs });
      this.length += text.length;
      added.push(detail);
    }
    if (this.environment.isSaving) return added;
    for (const id of this.held.keys()) {
      if (this.length <= MAX_LENGTH || this.held.size === 1) break;
      this.forget(id);
    }
    return added;
  }

  /** Resolves to the details of a case as they were applied last. */
  async get(case_id: string): Promise<CaseDetail | undefined> {
    const { environment } = this;
    const columns = environment.columns(case_id);
    if (!columns) return undefined;
    const held = this.held.get(case_id);
    // Another tab may have saved newer ones.
    if (held && held.updatedMs >= instantOf(columns.updated_date) - 1) return JSON.parse(held.text) as CaseDetail;
    // A copy sends newer columns without their details: those that were applied last are still the ones.
    const text = (await environment.read(case_id)) ?? this.held.get(case_id)?.text;
    // The case may have been removed meanwhile.
    const isThere = text !== undefined && environment.columns(case_id) !== undefined;
    return isThere ? (JSON.parse(text) as CaseDetail) : undefined;
  }

  /** Forgets the details of cases that were removed; with conditions of those that may not be seen any more. */
  onRemoved(...conditions: readonly CaseConditions[]): void {
    this.removals += 1;
    // What is not saved yet is then saved without them.
    if (this.environment.mayBeSaved) for (const where of conditions) this.drops.set(jsonText({ where }), this.removals);
    for (const id of this.held.keys()) if (!this.environment.columns(id)) this.forget(id);
  }

  /** Forgets the details of cases that were removed by their numbers; of these cases nothing may stay. */
  onGone(case_ids: readonly string[]): void {
    this.onRemoved(...inParts(case_ids).map((case_id) => ({ case_id })));
  }

  private forget(case_id: string): void {
    this.length -= this.held.get(case_id)?.text.length ?? 0;
    this.held.delete(case_id);
  }
}

/** The instant of a date; before all others without one. */
function instantOf(date: unknown): number {
  const ms = typeof date === "string" || date instanceof Date ? new Date(date).getTime() : Number.NaN;
  return Number.isNaN(ms) ? Number.NEGATIVE_INFINITY : ms;
}
