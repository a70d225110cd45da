// Progress on standard error: a line that is drawn again on a terminal, a line every ten seconds elsewhere.

import type { Output } from "./terminal.js";
import { fitText } from "./text-width.js";

/** The state of a piece of work. */
export interface ProgressState {
  /** Description of the part that was done, such as `"1200 cases, 24 requests"`. */
  readonly text: string;
  /** The part done, 0 to 1; `undefined` if unknown. */
  readonly done?: number | undefined;
  /** Time left in milliseconds; `undefined` if unknown. */
  readonly leftMs?: number | undefined;
}

const REDRAW_MS = 100;
const LINE_MS = 10_000;
const BAR_COLUMNS = 24;
const CLEAR = "\r\u001b[K";

/** Returns a duration as `42 s`, `3 min 20 s` or `2 h 05 min`. */
export function durationText(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 > 0 ? `${minutes} min ${seconds % 60} s` : `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

/** Shows the progress of one piece of work after another. */
export class ProgressDisplay {
  readonly #output: Output;
  readonly #isQuiet: boolean;
  readonly #isDrawn: boolean;
  readonly #now: () => number;
  #last = 0;
  #isVisible = false;

  constructor(output: Output, options: { isQuiet: boolean; isDrawn: boolean; now?: () => number }) {
    this.#output = output;
    this.#isQuiet = options.isQuiet;
    this.#isDrawn = options.isDrawn;
    this.#now = options.now ?? (() => performance.now());
    this.#last = this.#now();
  }

  /** Shows a state, at most ten times a second. */
  show(state: ProgressState): void {
    if (this.#isQuiet) return;
    const now = this.#now();
    if (now - this.#last < (this.#isDrawn ? REDRAW_MS : LINE_MS)) return;
    this.#last = now;
    const line = this.#line(state);
    if (!this.#isDrawn) {
      void this.#output.write(`${line}\n`);
      return;
    }
    this.#isVisible = true;
    void this.#output.write(CLEAR + fitText(line, this.#output.columns - 1));
  }

  /** Writes a line that stays, above the progress. */
  line(text: string): void {
    this.clear();
    if (!this.#isQuiet) void this.#output.write(`${text}\n`);
  }

  /** Removes the progress from the terminal. */
  clear(): void {
    if (!this.#isVisible) return;
    this.#isVisible = false;
    void this.#output.write(CLEAR);
  }

  #line({ text, done, leftMs }: ProgressState): string {
    const parts = [text];
    if (leftMs !== undefined) parts.push(`about ${durationText(leftMs)} left`);
    if (done === undefined) return parts.join(", ");
    const share = Math.min(1, Math.max(0, done));
    const percent = `${String(Math.floor(share * 100)).padStart(3)} %`;
    if (!this.#isDrawn) return `${percent.trim()}: ${parts.join(", ")}`;
    const full = Math.round(share * BAR_COLUMNS);
    return `${"█".repeat(full)}${"░".repeat(BAR_COLUMNS - full)} ${percent}  ${parts.join(", ")}`;
  }
}
