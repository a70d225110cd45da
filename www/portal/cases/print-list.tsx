// The list on paper: its cases from the model, not only the rows that are on the screen.

import type { CaseRecord } from "cisco-support-case";
import { type ReactNode, useEffect, useState } from "react";
import { flushSync } from "react-dom";
import { balanced } from "../ui/bidi.js";
import { type CellContext, type Column, lastingText } from "./columns.js";
import type { ListModel } from "./list-model.js";

/** The cases that are printed at most: some twenty pages. */
const MAX_PRINTED = 1000;

/** Properties of the printed list. */
export interface PrintListProps {
  readonly model: ListModel;
  readonly total: number;
  readonly columns: readonly Column[];
  readonly context: CellContext;
}

/** A table of the cases, which exists only while the browser prints. */
export function PrintList({ model, total, columns, context }: PrintListProps): ReactNode {
  const [isPrinting, setPrinting] = useState(false);
  useEffect(() => {
    // The browser takes the page as it is when the event ends.
    const onBegin = () => flushSync(() => setPrinting(true));
    const onEnd = () => setPrinting(false);
    addEventListener("beforeprint", onBegin);
    addEventListener("afterprint", onEnd);
    return () => {
      removeEventListener("beforeprint", onBegin);
      removeEventListener("afterprint", onEnd);
    };
  }, []);
  if (!isPrinting) return null;
  const records: CaseRecord[] = [];
  for (let row = 0; row < Math.min(total, MAX_PRINTED); row += 1) {
    const found = model.row(row);
    if (found) records.push(found.record);
  }
  return (
    <table className="print-list">
      <caption>
        {context.format.counted(records.length, "case")}
        {total > records.length && ` of ${context.format.count(total)}`}, as of {context.format.dateTime(context.nowMs)}{" "}
        {context.format.zoneName(context.nowMs)}
      </caption>
      <thead>
        <tr>
          {columns.map(({ id, label }) => (
            <th key={id} scope="col">
              {label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {records.map((record) => (
          <tr key={record.case_id}>
            {columns.map((column) => (
              <td key={column.id} dir="auto" className={`print-${column.id}`}>
                {balanced(lastingText(column, record, context))}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
