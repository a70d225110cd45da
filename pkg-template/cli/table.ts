// Tables fitted to the terminal, and the same rows with tabs where there is no terminal.

import { escapeLine } from "./escape.js";
import type { Output } from "./terminal.js";
import { fitText, padText, widthOf } from "./text-width.js";

/** A column of a table. */
export interface TableColumn<Row> {
  readonly title: string;
  readonly text: (row: Row) => string;
  /** The width below which the column is left out instead of cut. Default: it is never cut. */
  readonly minWidth?: number;
  readonly isRight?: boolean;
}

const GAP = "  ";

/**
 * Writes a table. On a terminal, columns with a `minWidth` are cut until the table fits, then columns are left out from the
 * last. Elsewhere nothing is cut: rows of tab-separated values with a row of titles.
 */
export async function writeTable<Row>(
  output: Output,
  columns: readonly TableColumn<Row>[],
  rows: readonly Row[],
): Promise<void> {
  const cells = rows.map((row) => columns.map((column) => escapeLine(column.text(row))));
  if (!output.isTerminal) {
    const lines = [columns.map(({ title }) => title), ...cells].map((line) => line.join("\t"));
    return output.write(`${lines.join("\n")}\n`);
  }
  const natural = columns.map(({ title }, index) =>
    cells.reduce((width, line) => Math.max(width, widthOf(line[index] ?? "")), widthOf(title)),
  );
  const widths = fittedWidths(columns, natural, output.columns);
  const line = (texts: readonly string[]) =>
    widths
      .map((width, index) => padText(fitText(texts[index] ?? "", width), width, columns[index]?.isRight))
      .join(GAP)
      .trimEnd();
  const head = output.style("bold", line(columns.map(({ title }) => title)));
  await output.write(`${[head, ...cells.map(line)].join("\n")}\n`);
  const hidden = columns.slice(widths.length).map(({ title }) => title);
  if (hidden.length > 0) {
    await output.write(output.style("dim", `Not shown, for want of width: ${hidden.join(", ")}\n`));
  }
}

/** Returns the widths of the columns that fit, from the first. The widest columns are cut first. */
export function fittedWidths<Row>(
  columns: readonly TableColumn<Row>[],
  natural: readonly number[],
  available: number,
): number[] {
  const mayBeCut = (width: number, index: number) => width > (columns[index]?.minWidth ?? width);
  for (let count = columns.length; count > 1; count -= 1) {
    const widths = natural
      .slice(0, count)
      .map((width, index) => (mayBeCut(width, index) ? Math.min(width, available) : width));
    let excess = widths.reduce((sum, width) => sum + width, GAP.length * (count - 1)) - available;
    for (; excess > 0; excess -= 1) {
      const widest = Math.max(...widths.filter(mayBeCut));
      const index = widths.findIndex((width, at) => width === widest && mayBeCut(width, at));
      if (index < 0) break;
      widths[index] = widest - 1;
    }
    if (excess <= 0) return widths;
  }
  return natural.slice(0, 1).map((width) => Math.min(width, available));
}
