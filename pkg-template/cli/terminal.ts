// The streams of the program: colours, widths, and writing that waits for the reader.

import type { Writable } from "node:stream";

/** Conditions under which a stream is coloured. The first that applies decides. */
export const COLOR_RULES = [
  ["--color always, --color never", "as given"],
  ["NO_COLOR is set and not empty", "no colours"],
  ["FORCE_COLOR is set", "colours, except for 0 and false"],
  ["TERM=dumb, or the stream is no terminal", "no colours"],
] as const;

/** The value of `--color`. */
export type ColorMode = "always" | "never" | "auto";

/** A standard stream. */
export interface StandardStream extends Writable {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Whether a stream is coloured ({@link COLOR_RULES}). */
export function isColored(mode: ColorMode, environment: Environment, stream: Pick<StandardStream, "isTTY">): boolean {
  if (mode !== "auto") return mode === "always";
  const { NO_COLOR, FORCE_COLOR, TERM } = environment;
  if (NO_COLOR) return false;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== "0" && FORCE_COLOR !== "false";
  return stream.isTTY === true && TERM !== "dumb";
}

const CODES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
} as const;

/** The name of a style. */
export type StyleName = keyof typeof CODES;

/** Adds a style to text. */
export type Style = (name: StyleName, text: string) => string;

const styled: Style = (name, text) => `\u001b[${CODES[name][0]}m${text}\u001b[${CODES[name][1]}m`;
const plain: Style = (_name, text) => text;

/** The width of a terminal that does not say it. */
const DEFAULT_COLUMNS = 80;

/** A standard stream of the program. Once its reader has gone, everything is discarded, and `onClosed` is called. */
export class Output {
  readonly isTerminal: boolean;
  readonly style: Style;
  readonly #stream: StandardStream;
  #isClosed = false;

  constructor(stream: StandardStream, mode: ColorMode, environment: Environment, onClosed: () => void) {
    this.#stream = stream;
    this.isTerminal = stream.isTTY === true;
    this.style = isColored(mode, environment, stream) ? styled : plain;
    stream.on("error", (error: NodeJS.ErrnoException) => {
      this.#isClosed = true;
      // EPIPE: the reader has enough. Anything else (a full disk) is an error of the program.
      if (error.code !== "EPIPE" && error.code !== "EOF") this.failure ??= error;
      onClosed();
    });
  }

  /** The error of the stream, other than a reader that has gone. */
  failure: Error | undefined;

  get isClosed(): boolean {
    return this.#isClosed;
  }

  get columns(): number {
    const { columns } = this.#stream;
    return Number.isInteger(columns) && (columns as number) > 0 ? (columns as number) : DEFAULT_COLUMNS;
  }

  /** Writes text or bytes. Resolves when the stream takes more, or its reader has gone. */
  write(chunk: string | Uint8Array): Promise<void> {
    const stream = this.#stream;
    if (this.#isClosed || stream.write(chunk)) return Promise.resolve();
    return new Promise((resolve) => {
      const proceed = () => {
        stream.off("drain", proceed).off("close", proceed).off("error", proceed);
        resolve();
      };
      stream.on("drain", proceed).on("close", proceed).on("error", proceed);
    });
  }

  /** Resolves when everything written was handed to the system, or the reader has gone. */
  flushed(): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    return new Promise((resolve) => {
      this.#stream.once("error", () => resolve());
      this.#stream.write("", () => resolve());
    });
  }
}
