// The virtual list: one focusable grid that names its active row, so that the keys work wherever the row has scrolled to.

import { defaultRangeExtractor, type Range, useVirtualizer } from "@tanstack/react-virtual";
import type { CaseRecord } from "cisco-support-case";
import {
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
  useCallback,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { rememberedPlace, rememberPlace } from "../app/navigation.js";
import { rowsOf, type View } from "../app/view.js";
import { isImeKey } from "../ui/keys.js";
import { CaseRow, type RowMarks, rowId } from "./case-row.js";
import { type CellContext, type Column, fittingColumns, gridOf, widestOf } from "./columns.js";
import type { Items } from "./grouping.js";
import { GroupHead } from "./group-head.js";
import { ListHead } from "./list-head.js";
import type { ListModel } from "./list-model.js";
import { MAX_HEIGHT, offsetOf, scaledScrolling, scaleOf } from "./scaled-scroll.js";

/** The heights of rows in units of the root's font size, by density. */
const ROW_REM = { comfortable: 2.75, compact: 1.875, narrow: 4.25 } as const;
const HEAD_REM = 2.25;
/** The width of the first column, as in the style sheet. */
const SELECT_REM = 4;
/** The rows that are rendered beyond both ends. */
const OVERSCAN = 10;

/** The active item: a case, or the head of a group. */
export type Active = { readonly case_id: string } | { readonly group: string } | null;

/** Calls of a list for the page. */
export interface ListCalls {
  focus(): void;
  /** Moves the active row by a number of items. */
  move(by: number): void;
  /** Makes the row of a case the active one, in sight; nothing if the list does not have it. */
  show(case_id: string): void;
}

/** Properties of the list. */
export interface CaseListProps {
  readonly calls: RefObject<ListCalls | null>;
  readonly model: ListModel;
  /** Grows with each change of any row. */
  readonly revision: number;
  readonly items: Items;
  readonly total: number;
  readonly view: View;
  readonly columns: readonly Column[];
  readonly widths: Readonly<Record<string, number>>;
  readonly density: "comfortable" | "compact";
  readonly isNarrow: boolean;
  /** Whether a case is shown beside the list: columns that do not fit then are left out. */
  readonly isTight: boolean;
  readonly isShown: boolean;
  readonly context: CellContext;
  readonly active: Active;
  readonly selected: ReadonlySet<string>;
  readonly marksOf: (case_id: string) => RowMarks;
  readonly onActive: (active: Active, how: "move" | "extend") => void;
  readonly onOpen: (record: CaseRecord) => void;
  readonly onPeek: (record: CaseRecord) => void;
  readonly onToggle: (record: CaseRecord) => void;
  readonly onRange: (record: CaseRecord) => void;
  readonly onSelectAll: () => void;
  readonly onCollapse: (group: string, isCollapsed: boolean) => void;
  readonly onInUse: (isInUse: boolean) => void;
  readonly label: string;
}

/** The list of cases. */
export function CaseList(props: CaseListProps): ReactNode {
  "use no memo";
  const { model, items, widths, density, isNarrow, isTight, active, selected, view, context, onActive, isShown } =
    props;
  const scroller = useRef<HTMLDivElement>(null);
  const rem = useRem();
  const width = useWidth(scroller, isTight);
  const room = width - SELECT_REM * rem;
  const columns = useMemo(
    () => (isTight ? fittingColumns(props.columns, widths, room) : props.columns),
    [isTight, props.columns, widths, room],
  );
  const rowHeight = Math.round(rem * ROW_REM[isNarrow ? "narrow" : density]);
  const headHeight = isNarrow ? 0 : Math.round(rem * HEAD_REM);

  const activeIndex = indexOfActive(active, items, model);
  const activeRef = useRef(activeIndex);
  activeRef.current = activeIndex;
  const height = items.length * rowHeight;
  const scale = useRef(1);
  scale.current = scaleOf(height, (scroller.current?.clientHeight ?? 0) - headHeight);
  const scaling = useRef<ReturnType<typeof scaledScrolling>>(null);
  scaling.current ??= scaledScrolling(() => scale.current);

  const virtualizer = useVirtualizer<HTMLDivElement, Element>({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: OVERSCAN,
    useFlushSync: false,
    ...scaling.current,
    // The active row stays, so that the grid can name it.
    rangeExtractor: useCallback((range: Range) => {
      const indexes = defaultRangeExtractor(range);
      const own = activeRef.current;
      if (own < 0 || own >= range.count || indexes.includes(own)) return indexes;
      return [...indexes, own].sort((a, b) => a - b);
    }, []),
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the heights are those of the estimate
  useLayoutEffect(() => {
    virtualizer.measure();
  }, [virtualizer, rowHeight]);

  usePlace(scroller, props, rowHeight, scale);

  const itemKey = (index: number): Active => {
    if (index < 0 || index >= items.length) return null;
    const item = items.at(index);
    if (item.group) return { group: item.group.value };
    const row = model.row(item.row);
    return row ? { case_id: row.record.case_id } : null;
  };
  const goTo = (index: number, how: "move" | "extend") => {
    const next = Math.max(0, Math.min(items.length - 1, index));
    const key = itemKey(next);
    if (!key) return;
    onActive(key, how);
    const element = scroller.current!;
    const present = element.scrollTop * scale.current;
    const viewport = element.clientHeight - headHeight;
    const wanted = offsetOf(next, present, { height, rowHeight, viewport });
    if (wanted !== present) element.scrollTop = wanted / scale.current;
    // In a low window the page scrolls, and the list may reach beyond its end.
    element.scrollIntoView({ block: "nearest" });
  };
  const move = (by: number, how: "move" | "extend") => {
    if (activeIndex >= 0) goTo(activeIndex + by, how);
    else goTo(firstVisible(scroller.current, rowHeight, scale.current), how);
  };
  const pageRows = () => Math.max(1, Math.floor(((scroller.current?.clientHeight ?? 0) - headHeight) / rowHeight) - 1);

  useImperativeHandle(props.calls, () => ({
    focus: () => scroller.current?.focus({ preventScroll: true }),
    move: (by) => move(by, "move"),
    show: (case_id) => {
      const index = indexOfActive({ case_id }, items, model);
      if (index >= 0) goTo(index, "move");
    },
  }));

  const activeRecord = (): CaseRecord | undefined => {
    const item = activeIndex >= 0 ? items.at(activeIndex) : undefined;
    return item?.row === null || item === undefined ? undefined : model.row(item.row)?.record;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (isImeKey(event.nativeEvent) || event.target !== scroller.current) return;
    const how = event.shiftKey ? "extend" : "move";
    const isCommand = event.ctrlKey || event.metaKey;
    if (event.altKey || (isCommand && event.key.toLowerCase() !== "a")) return;
    const record = activeRecord();
    const group = active && "group" in active;
    // Without an active row, the first visible one becomes it.
    const chooseFirst = activeIndex < 0 ? () => move(0, "move") : undefined;
    const action = (): (() => void) | undefined => {
      switch (isCommand ? event.key.toLowerCase() : event.key) {
        case "ArrowDown":
          return () => move(1, how);
        case "ArrowUp":
          return () => move(-1, how);
        case "PageDown":
          return () => move(pageRows(), how);
        case "PageUp":
          return () => move(-pageRows(), how);
        case "Home":
          return () => goTo(0, how);
        case "End":
          return () => goTo(items.length - 1, how);
        case "Enter":
          if (record) return () => props.onOpen(record);
          return group ? toggleGroup : chooseFirst;
        case " ":
          return record ? () => props.onPeek(record) : chooseFirst;
        case "ArrowLeft":
          return view.group ? () => setCollapsed(true) : undefined;
        case "ArrowRight":
          return view.group ? () => setCollapsed(false) : undefined;
        case "a":
          return isCommand ? props.onSelectAll : undefined;
      }
      return undefined;
    };
    const run = action();
    if (!run) return;
    event.preventDefault();
    run();
  };
  const setCollapsed = (isCollapsed: boolean) => {
    const group = activeIndex < 0 ? undefined : items.groupOf(activeIndex)?.value;
    if (group === undefined) return;
    props.onCollapse(group, isCollapsed);
    onActive({ group }, "move");
  };
  const toggleGroup = () => {
    const item = items.at(activeIndex);
    if (item.group) props.onCollapse(item.group.value, !item.group.isCollapsed);
  };

  const onPress = useCallback((record: CaseRecord, how: "open" | "select" | "range") => {
    const { current } = latest;
    if (how === "range") current.onRange(record);
    else {
      current.onActive({ case_id: record.case_id }, "move");
      if (how === "select") current.onToggle(record);
      else current.onOpen(record);
    }
  }, []);
  const latest = useRef(props);
  useEffect(() => {
    latest.current = props;
  });

  const { template, least } = gridOf(columns, widths, isTight);
  const total = virtualizer.getTotalSize();
  /** The distance by which rows are moved where positions are scaled. */
  const shift = scale.current === 1 ? 0 : (virtualizer.scrollOffset ?? 0) * (1 / scale.current - 1);
  const rows = isShown ? virtualizer.getVirtualItems() : [];
  const activeId =
    activeIndex < 0 || !active ? undefined : "case_id" in active ? rowId(active.case_id) : groupId(active.group);
  return (
    // biome-ignore lint/a11y/useAriaPropsSupportedByRole: both roles support them
    // biome-ignore lint/a11y/noStaticElementInteractions: both roles are interactive
    <div
      ref={scroller}
      className={`list ${density === "compact" ? "compact" : ""} ${isNarrow ? "is-narrow" : ""}`}
      role={view.group ? "treegrid" : "grid"}
      tabIndex={0}
      data-list-focus
      aria-label={props.label}
      aria-rowcount={items.length + 1}
      aria-colcount={isNarrow ? 2 : columns.length + 1}
      aria-multiselectable="true"
      aria-activedescendant={activeId}
      style={
        { "--columns": template, "--least": `${least}px`, "--row-height": `${rowHeight}px` } as React.CSSProperties
      }
      onKeyDown={onKeyDown}
      onPointerEnter={() => props.onInUse(true)}
      onPointerLeave={() => props.onInUse(false)}
    >
      <ListHead
        view={view}
        columns={columns}
        widths={widths}
        isHidden={isNarrow}
        widestOf={(column) => (isTight ? widestOf(column, columns, widths, room) : Number.POSITIVE_INFINITY)}
      />
      {/* biome-ignore lint/a11y/useSemanticElements: see above */}
      <div role="rowgroup" className="rows" style={{ height: Math.min(total, MAX_HEIGHT) }}>
        {rows.map(({ index, start }) => {
          const item = items.at(index);
          if (item.group) {
            const { group } = item;
            return (
              <GroupHead
                key={`group ${group.value}`}
                id={groupId(group.value)}
                group={group}
                field={view.group!}
                isActive={index === activeIndex}
                rowIndex={index + 2}
                top={start + shift}
                onToggle={() => props.onCollapse(group.value, !group.isCollapsed)}
              />
            );
          }
          const row = model.row(item.row);
          if (!row) return null;
          const { case_id } = row.record;
          return (
            <CaseRow
              // By position: rows of a held list may briefly name a case twice.
              key={`row ${index}`}
              record={row.record}
              matches={row.matches}
              isGone={row.isGone}
              isActive={index === activeIndex}
              isSelected={selected.has(case_id)}
              isNarrow={isNarrow}
              marks={props.marksOf(case_id)}
              columns={columns}
              context={context}
              view={view}
              rowIndex={index + 2}
              top={start + shift}
              onPress={onPress}
            />
          );
        })}
      </div>
    </div>
  );
}

const groupId = (value: string): string => `group-${encodeURIComponent(value)}`;

/** Returns the item of the active row; -1 if it is not in the list. */
function indexOfActive(active: Active, items: Items, model: ListModel): number {
  if (!active) return -1;
  if ("case_id" in active) {
    const row = model.indexOf(active.case_id);
    return row < 0 ? -1 : items.itemOf(row);
  }
  return items.headOf(active.group);
}

const firstVisible = (scroller: HTMLElement | null, rowHeight: number, scale: number): number =>
  Math.ceil(((scroller?.scrollTop ?? 0) * scale) / rowHeight);

/** Keeps the place of the list: while it is hidden, and in the browser's history. */
function usePlace(
  scroller: RefObject<HTMLDivElement | null>,
  { isShown, model, items, active, total, view }: CaseListProps,
  rowHeight: number,
  scale: RefObject<number>,
): void {
  const last = useRef(0);
  /** The rows whose place was restored. */
  const shownRows = useRef<string>(null);
  const rows = useMemo(() => rowsOf(view), [view]);
  const latest = useRef({ model, items, active });
  useEffect(() => {
    latest.current = { model, items, active };
  });
  useEffect(() => {
    const element = scroller.current!;
    const onScroll = () => {
      if (element.clientHeight === 0) return;
      last.current = element.scrollTop;
      const { model, items, active } = latest.current;
      const offset = element.scrollTop * scale.current;
      const topIndex = Math.floor(offset / rowHeight);
      const item = topIndex < items.length ? items.at(topIndex) : undefined;
      const record = item && item.row !== null ? model.row(item.row)?.record : undefined;
      rememberPlace({
        topIndex,
        topId: record?.case_id ?? null,
        offset: offset - topIndex * rowHeight,
        activeId: active && "case_id" in active ? active.case_id : null,
      });
    };
    element.addEventListener("scroll", onScroll, { passive: true });
    return () => element.removeEventListener("scroll", onScroll);
  }, [scroller, rowHeight, scale]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when the list is shown, first has rows, or has other ones
  useLayoutEffect(() => {
    const element = scroller.current!;
    if (!isShown || total === 0) return;
    if (shownRows.current === rows) {
      // A hidden element loses its place.
      element.scrollTop = last.current;
      return;
    }
    shownRows.current = rows;
    const { topId, topIndex = 0, offset = 0 } = rememberedPlace();
    const row = topId ? model.indexOf(topId) : -1;
    const index = row < 0 ? topIndex : items.itemOf(row);
    element.scrollTop = (Math.max(0, index) * rowHeight + offset) / scale.current;
  }, [isShown, total > 0, rows]);
  // The event of the last scrolling may come when the list is hidden already. This is before the element is hidden: reading a
  // place after each change of the rows would make the browser lay them out at once.
  useLayoutEffect(() => {
    const element = scroller.current!;
    if (!isShown) return;
    return () => {
      if (element.clientHeight > 0) last.current = element.scrollTop;
    };
  }, [scroller, isShown]);
}

/** The inner width of an element in pixels, while it is needed. */
function useWidth(of: RefObject<HTMLElement | null>, isNeeded: boolean): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    if (!isNeeded) return;
    const element = of.current!;
    const measure = () => setWidth(element.clientWidth);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [of, isNeeded]);
  return width;
}

/** The root's font size in pixels. */
function useRem(): number {
  const rem = useRef(0);
  if (rem.current === 0) rem.current = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
  return rem.current;
}
