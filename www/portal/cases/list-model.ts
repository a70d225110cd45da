// The rows of the list: read in blocks from the store, and held still while they are in use. While they are held, cells change
// in place, and the changes of the order wait until they are shown; only cases that may not be seen any more leave it at once.

import type { CaseRecord } from "cisco-support-case";
import type { CaseChange, CaseMatches, CaseQuery, CaseStore } from "cisco-support-case/store";
import { onStoreChange } from "../app/store-hooks.js";
import { countAmong, idsWithin } from "./count-ids.js";

/** The cases of a block. */
const BLOCK = 64;
/** The least time between two reads of a list that is not held, in milliseconds. */
const PERIOD_MS = 120;
/** The number of blocks that are kept. */
const MAX_BLOCKS = 64;

/** A row with its case. */
export interface Row {
  readonly record: CaseRecord;
  readonly matches: CaseMatches | undefined;
  /** Whether the case has left the store since the list is held. */
  readonly isGone: boolean;
}

/** The state of a list that components read. It is replaced, not changed. */
export interface ListState {
  /** The number of rows. */
  readonly total: number;
  /** The number of changed cases that wait; `Infinity` for more than the store's history has. */
  readonly pending: number;
  /** Grows with each change of any row. */
  readonly revision: number;
}

interface Block {
  readonly cases: readonly CaseRecord[];
  /** The number of rows of all blocks. */
  readonly total: number;
  readonly matches: () => readonly CaseMatches[];
}

/** The rows of a query. */
export class ListModel {
  private readonly store: CaseStore;
  private readonly query: CaseQuery;
  private blocks = new Map<number, Block>();
  private state: ListState;
  private isHeld = false;
  /** The last case whose index was searched in the store, at a version. */
  private found = { case_id: "", version: -1, index: -1 };
  /** The version of the store whose order is shown. */
  private version: number;
  private readonly listeners = new Set<() => void>();
  private stopStore: (() => void) | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(store: CaseStore, query: CaseQuery) {
    this.store = store;
    this.query = query;
    this.version = store.version;
    this.state = { total: this.readFirst(), pending: 0, revision: 0 };
  }

  readonly getSnapshot = (): ListState => this.state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    if (this.listeners.size === 1) {
      this.stopStore = onStoreChange(this.store, () => this.later());
      if (this.store.version !== this.version) this.later();
    }
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size > 0) return;
      this.stopStore?.();
      this.stopStore = undefined;
      clearTimeout(this.timer);
      this.timer = undefined;
    };
  };

  /** Holds the order still, or lets it follow the store. */
  hold(isHeld: boolean): void {
    if (isHeld === this.isHeld) return;
    this.isHeld = isHeld;
    if (!isHeld && this.state.pending > 0) this.apply();
  }

  /** Shows the present order of the store. */
  apply(): void {
    this.blocks.clear();
    this.version = this.store.version;
    this.set({ total: this.readFirst(), pending: 0 });
  }

  /** Returns a row; `undefined` if there is none. */
  row(index: number): Row | undefined {
    const number = Math.floor(index / BLOCK);
    const block = this.blocks.get(number) ?? this.read(number);
    const at = index - number * BLOCK;
    const record = block.cases[at];
    if (!record) return undefined;
    if (this.version === this.store.version) return { record, matches: block.matches()[at], isGone: false };
    const present = this.store.get(record.case_id);
    // The ranges fit the text that was searched.
    const matches = present?.title === record.title ? block.matches()[at] : undefined;
    return { record: present ?? record, matches, isGone: present === undefined };
  }

  /** Returns the index of a case; -1 if it is not in the list. */
  indexOf(case_id: string): number {
    for (const [number, { cases }] of this.blocks) {
      const at = cases.findIndex((record) => record.case_id === case_id);
      if (at >= 0) return number * BLOCK + at;
    }
    const { version } = this.store;
    if (this.found.case_id !== case_id || this.found.version !== version) {
      this.found = { case_id, version, index: this.store.position(this.query, case_id) ?? -1 };
    }
    return this.found.index;
  }

  /** Reads the first block and the number of rows at once: a search costs much until the store has indexed its texts. */
  private readFirst(): number {
    return this.read(0).total;
  }

  private read(number: number): Block {
    const answer = this.store.query({ ...this.query, offset: number * BLOCK, limit: BLOCK });
    const block = { cases: answer.cases, total: answer.total, matches: () => answer.matches };
    this.blocks.set(number, block);
    if (this.blocks.size > MAX_BLOCKS) this.blocks.delete(this.blocks.keys().next().value!);
    return block;
  }

  private later(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      if (this.listeners.size === 0 || this.store.version === this.version) return;
      const changes = this.changes();
      // A list without rows has nothing to hold, and a case that may not be seen any more does not stay in a held one.
      const canHold = this.state.total > 0 && !changes?.some(({ type }) => type === "gone");
      if (this.isHeld && canHold) this.set({ pending: this.countPending(changes) });
      else this.apply();
    }, PERIOD_MS);
  }

  /** Returns the changes since the shown version; `null` for more than the store's history has. */
  private changes(): readonly CaseChange[] | null {
    try {
      return this.store.changesSince(this.version);
    } catch {
      return null;
    }
  }

  /** Counts the changed cases that are in the list, or would be. */
  private countPending(changes: readonly CaseChange[] | null): number {
    if (changes === null) return Number.POSITIVE_INFINITY;
    // What only details have added moves no row.
    const moving = changes.filter(({ type, fields }) => type !== "updated" || fields.includes("updated_date"));
    const ids = [...new Set(moving.map(({ case_id }) => case_id))];
    const shown = new Set([...this.blocks.values()].flatMap(({ cases }) => cases.map(({ case_id }) => case_id)));
    const others = ids.filter((id) => !shown.has(id));
    return ids.length - others.length + this.countMatching(others);
  }

  /** Counts the cases among these that match the query now. */
  private countMatching(ids: readonly string[]): number {
    return countAmong(this.store, this.query, idsWithin(this.query, ids));
  }

  private set(change: Partial<ListState>): void {
    this.state = { ...this.state, ...change, revision: this.state.revision + 1 };
    for (const listener of this.listeners) listener();
  }
}
