// The width of text on a terminal, and cutting it between characters as a reader sees them.

import stringWidth from "string-width";

const ASCII = /^[\u0020-\u007e]*$/;

/** Code units of text that can fill a column: a character as a reader sees it can have many. */
const UNITS_PER_COLUMN = 32;

let segmenter: Intl.Segmenter | undefined;

/** Returns the number of columns of a text without control characters. */
export function widthOf(text: string): number {
  return ASCII.test(text) ? text.length : stringWidth(text);
}

/** Returns the text, or its beginning and an ellipsis, in at most `columns` columns. */
export function fitText(text: string, columns: number): string {
  if (text.length <= columns && ASCII.test(text)) return text;
  // A text of a megabyte is not measured: no more than this can be visible.
  const beginning = text.length > columns * UNITS_PER_COLUMN ? text.slice(0, columns * UNITS_PER_COLUMN) : text;
  if (beginning === text && widthOf(text) <= columns) return text;
  if (columns < 1) return "";
  if (ASCII.test(beginning)) return `${beginning.slice(0, columns - 1)}…`;
  segmenter ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
  let kept = "";
  let used = 0;
  for (const { segment } of segmenter.segment(beginning)) {
    used += widthOf(segment);
    if (used > columns - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** Returns the text filled with spaces up to `columns` columns. */
export function padText(text: string, columns: number, isRight = false): string {
  const fill = " ".repeat(Math.max(0, columns - widthOf(text)));
  return isRight ? fill + text : text + fill;
}
