// A row of the list.

import type { CaseRecord } from "cisco-support-case";
import type { CaseMatches } from "cisco-support-case/store";
import { memo, type ReactNode } from "react";
import { linkTo } from "../app/navigation.js";
import type { View } from "../app/view.js";
import { SeverityBadge, StatusBadge } from "../ui/badges.js";
import { balanced } from "../ui/bidi.js";
import { Icon, type IconName } from "../ui/icons.js";
import { MarkedText } from "../ui/marked-text.js";
import type { CellContext, Column } from "./columns.js";
import { MARK_LABELS } from "./conditions.js";

/** The reader's marks of a case. */
export interface RowMarks {
  readonly isUnread: boolean;
  readonly isPinned: boolean;
  readonly isSnoozed: boolean;
}

/** Properties of a row. */
export interface CaseRowProps {
  readonly record: CaseRecord;
  readonly matches: CaseMatches | undefined;
  readonly isGone: boolean;
  readonly isActive: boolean;
  readonly isSelected: boolean;
  readonly isNarrow: boolean;
  readonly marks: RowMarks;
  readonly columns: readonly Column[];
  readonly context: CellContext;
  readonly view: View;
  readonly rowIndex: number;
  readonly top: number;
  readonly onPress: (record: CaseRecord, how: "open" | "select" | "range") => void;
}

/** The id of a row's element. */
export const rowId = (case_id: string): string => `row-${case_id}`;

/** A row. It renders again only when one of its properties changes. */
export const CaseRow = memo(function CaseRow(props: CaseRowProps): ReactNode {
  const { record, matches, columns, context, isNarrow, isSelected, marks, rowIndex, top, onPress } = props;
  const { case_id } = record;
  const names = [
    "row",
    props.isActive && "is-active",
    isSelected && "is-selected",
    marks.isUnread && "is-unread",
    props.isGone && "is-gone",
  ];
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the grid handles the keys of its rows
    // biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus, and names its active row
    // biome-ignore lint/a11y/useSemanticElements: rows of a virtual list are no table rows
    <div
      id={rowId(case_id)}
      role="row"
      aria-rowindex={rowIndex}
      aria-level={props.view.group ? 2 : undefined}
      aria-selected={isSelected}
      className={names.filter(Boolean).join(" ")}
      data-case={case_id}
      style={{ transform: `translateY(${top}px)` }}
      onClick={(event) => {
        // Text that was selected, and what the browser does with modifiers, are not a command to open.
        if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
        if (!getSelection()?.isCollapsed) return;
        const target = event.target as Element;
        if (target.closest("a, button, input")) return;
        // A finger that misses the check box means it all the same.
        const how = target.closest(".cell-select") ? "select" : "open";
        onPress(record, event.shiftKey ? "range" : how);
      }}
    >
      {/* biome-ignore lint/a11y/useFocusableInteractive: see above */}
      {/* biome-ignore lint/a11y/useSemanticElements: see above */}
      <div role="gridcell" className="cell cell-select">
        <input
          type="checkbox"
          tabIndex={-1}
          checked={isSelected}
          aria-label={`Select case ${case_id}`}
          onChange={() => {}}
          onClick={(event) => onPress(record, event.shiftKey ? "range" : "select")}
        />
        {marks.isUnread && <span className="unread" role="img" aria-label="Unread" />}
        {marks.isPinned && <MarkIcon name="pin" label={MARK_LABELS.pinned} />}
        {marks.isSnoozed && <MarkIcon name="snooze" label={MARK_LABELS.snoozed} />}
      </div>
      {isNarrow ? (
        <Card {...props} />
      ) : (
        columns.map((column) => (
          // biome-ignore lint/a11y/useFocusableInteractive: see above
          // biome-ignore lint/a11y/useSemanticElements: see above
          <div key={column.id} role="gridcell" className={`cell cell-${column.id}`} data-column={column.id}>
            <Cell column={column} record={record} matches={matches} context={context} view={props.view} />
          </div>
        ))
      )}
    </div>
  );
});

/** A mark of the reader with its name: icons have none. */
const MarkIcon = ({ name, label }: { name: IconName; label: string }): ReactNode => (
  <span role="img" aria-label={label} title={label}>
    <Icon name={name} />
  </span>
);

/** A row on a narrow screen: the title above, and below it what is most important. */
function Card({ record, matches, context, view }: CaseRowProps): ReactNode {
  const { severity, status, case_id, updated_date } = record;
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: see above
    // biome-ignore lint/a11y/useSemanticElements: see above
    <div role="gridcell" className="cell card-cell">
      <Title record={record} matches={matches} view={view} />
      <span className="card-line">
        <SeverityBadge severity={severity} />
        <span className="mono">
          <MarkedText text={case_id} ranges={matches?.fields.case_id} />
        </span>
        <span className="card-status">{status}</span>
        <time className="card-date" dateTime={updated_date ?? undefined} title={context.format.dateTime(updated_date)}>
          {context.format.shortAgo(updated_date, context.nowMs)}
        </time>
      </span>
    </div>
  );
}

interface CellProps {
  readonly column: Column;
  readonly record: CaseRecord;
  readonly matches: CaseMatches | undefined;
  readonly context: CellContext;
  readonly view: View;
}

const MARKED_FIELDS = ["case_id", "serial_number", "contract_id", "user_id"] as const;

function Cell({ column, record, matches, context, view }: CellProps): ReactNode {
  switch (column.id) {
    case "title":
      return <Title record={record} matches={matches} view={view} />;
    case "severity":
      return <SeverityBadge severity={record.severity} />;
    case "status":
      return <StatusBadge status={record.status} />;
    case "updated_date":
    case "creation_date":
      return (
        <time dateTime={record[column.id] ?? undefined} title={context.format.dateTime(record[column.id])}>
          {column.text(record, context)}
        </time>
      );
    case "bugs":
    case "rmas":
      return <Texts texts={record[column.id]} ranges={matches?.[column.id]} />;
  }
  const field = MARKED_FIELDS.find((one) => one === column.id);
  const text = column.text(record, context);
  return <span dir="auto">{field ? <MarkedText text={text} ranges={matches?.fields[field]} /> : balanced(text)}</span>;
}

/** The title of a case: a real link, so that it opens in a new tab as every link. */
function Title({ record, matches, view }: Pick<CellProps, "record" | "matches" | "view">): ReactNode {
  const link = linkTo({ ...view, page: "case", caseId: record.case_id });
  return (
    <a {...link} tabIndex={-1} className="title-text row-title" dir="auto">
      {record.title === "" ? (
        `Case ${record.case_id}`
      ) : (
        <MarkedText text={record.title} ranges={matches?.fields.title} />
      )}
    </a>
  );
}

function Texts({
  texts,
  ranges,
}: {
  texts: readonly string[];
  ranges: { readonly [index: number]: readonly (readonly [number, number])[] } | undefined;
}): ReactNode {
  if (texts.length === 0) return <span className="muted">–</span>;
  return texts.map((text, at) => (
    <span key={text} className="mono">
      {at > 0 && ", "}
      <MarkedText text={text} ranges={ranges?.[at]} />
    </span>
  ));
}
