// The portal's list over a synthetic model of 500 000 rows: filling a browser's store with them takes minutes.

import { type ReactNode, useCallback, useRef, useState } from "react";
import { createRoot } from "react-dom/client";
import { viewOf } from "../../../www/portal/app/view.js";
import { type Active, CaseList, type CaseListProps } from "../../../www/portal/cases/case-list.js";
import { columnsOf, DEFAULT_COLUMNS } from "../../../www/portal/cases/columns.js";
import { flatItems } from "../../../www/portal/cases/grouping.js";
import { formatterOf } from "../../../www/portal/ui/format.js";

const TOTAL = Number(new URLSearchParams(location.search).get("rows"));
const FIRST_ID = 600_000_000;

type Model = CaseListProps["model"];
type Row = NonNullable<ReturnType<Model["row"]>>;

const rows = new Map<number, Row>();

/** Returns the row of an index, the same object each time. */
function rowAt(index: number): Row | undefined {
  if (index < 0 || index >= TOTAL) return undefined;
  let row = rows.get(index);
  if (!row) {
    const record = {
      case_id: String(FIRST_ID + index),
      title: `Case at index ${index}`,
      severity: (index % 4) + 1,
      status: "Open",
      updated_date: "2026-06-01T00:00:00Z",
      creation_date: "2026-05-01T00:00:00Z",
      bugs: [],
      rmas: [],
    };
    rows.set(index, (row = { record, matches: undefined, isGone: false } as unknown as Row));
  }
  return row;
}

const model = { row: rowAt, indexOf: (case_id: string) => Number(case_id) - FIRST_ID } as unknown as Model;
const items = flatItems(TOTAL);
const view = viewOf({});
const columns = columnsOf(DEFAULT_COLUMNS);
const format = formatterOf("en", "utc");
const context = { store: {}, format, nowMs: Date.parse("2026-06-03T00:00:00Z") } as unknown as CaseListProps["context"];
const NONE: ReadonlySet<string> = new Set();
const NO_MARKS = { isUnread: false, isPinned: false, isSnoozed: false };
const nothing = (): void => {};

function Page(): ReactNode {
  const [active, setActive] = useState<Active>(null);
  const calls = useRef(null);
  return (
    <CaseList
      calls={calls}
      model={model}
      revision={0}
      items={items}
      total={TOTAL}
      view={view}
      columns={columns}
      widths={{}}
      density="comfortable"
      isNarrow={false}
      isShown
      context={context}
      active={active}
      selected={NONE}
      marksOf={() => NO_MARKS}
      onActive={useCallback((next: Active) => setActive(next), [])}
      onOpen={nothing}
      onPeek={nothing}
      onToggle={nothing}
      onRange={nothing}
      onSelectAll={nothing}
      onCollapse={nothing}
      onInUse={nothing}
      label="Cases"
    />
  );
}

createRoot(document.getElementById("root")!).render(<Page />);
