// The page of the list: search, facets, the list itself, and a case beside it.

import type { CaseRecord } from "cisco-support-case";
import type { CaseQuery } from "cisco-support-case/store";
import {
  lazy,
  type ReactNode,
  type RefObject,
  Suspense,
  useCallback,
  useDeferredValue,
  useEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from "react";
import { answerOf } from "../app/answerable.js";
import { adjust, hrefOf, navigate, rememberedPlace, rememberPlace, useView } from "../app/navigation.js";
import { useFollowStatus, useSession, useStoreDay } from "../app/store-hooks.js";
import { useFormatter } from "../app/use-formatter.js";
import { hasRelativeTimes, MAX_IDS, queryOf, showSameList, type View } from "../app/view.js";
import { useReader } from "../news/use-reader.js";
import { changeSettings, useSettings } from "../settings/settings.js";
import { announce, announceLater } from "../ui/announcer.js";
import { copy } from "../ui/clipboard.js";
import { useDocumentTitle } from "../ui/document-title.js";
import { ErrorBoundary } from "../ui/error-boundary.js";
import { useMedia } from "../ui/use-media.js";
import { useNow } from "../ui/use-now.js";
import { allIds } from "./case-ids.js";
import { type Active, CaseList, type ListCalls } from "./case-list.js";
import { Chips } from "./chips.js";
import { columnsOf, DEFAULT_COLUMNS } from "./columns.js";
import { CANNOT_SEARCH, MARK_LABELS } from "./conditions.js";
import { asMarkdown, asTable } from "./copy-text.js";
import { countAmong, idsWithin } from "./count-ids.js";
import { focusListSoon, noteShownView } from "./focus-list.js";
import { flatItems, groupedItems } from "./grouping.js";
import { ListModel } from "./list-model.js";
import { baseOf } from "./saved-views.js";
import { SearchBox } from "./search-box.js";
import { toggled, withAll } from "./selection.js";
import { Toolbar } from "./toolbar.js";
import { groupsOf } from "./use-groups.js";
import { useListKeys } from "./use-list-keys.js";
import { useMarks } from "./use-marks.js";
import { useSavedViews } from "./use-saved-views.js";
import "./list.css";
import "./cases.css";

const ExportDialog = lazy(() => import("./export-dialog.js"));
/** The list comes first, and narrow pages have no panel of facets. */
const Facets = lazy(async () => ({ default: (await import("./facets.js")).Facets }));
const EmptyResult = lazy(async () => ({ default: (await import("./empty-result.js")).EmptyResult }));
const SelectionBar = lazy(async () => ({ default: (await import("./selection-bar.js")).SelectionBar }));
const Peek = lazy(async () => ({ default: (await import("./peek.js")).Peek }));
const PrintList = lazy(async () => ({ default: (await import("./print-list.js")).PrintList }));
const FilterDialog = lazy(async () => ({ default: (await import("./filter-dialog.js")).FilterDialog }));

/** The cases that are copied at most: a clipboard is no export. */
const MAX_COPIED = 10_000;
const NOTHING_SELECTED: ReadonlySet<string> = new Set();

/** The page of the list. It stays while a case is open, so that its rows and selection are there afterwards. */
export function CasesPage({ isShown }: { isShown: boolean }): ReactNode {
  const { store } = useSession();
  const view = useView();
  /** The view whose cases are shown: it follows the present one between keys. */
  const shownView = useDeferredValue(view);
  const settings = useSettings();
  const format = useFormatter();
  const status = useFollowStatus();
  const nowMs = useNow();
  const marks = useMarks();
  const reader = useReader();
  const isNarrow = useMedia("(max-width: 48rem)");
  const isWide = useMedia("(min-width: 64rem)");
  const hasRoom = useMedia("(min-width: 80rem)");
  const [saved] = useSavedViews();

  const { mark, group, collapsed } = shownView;
  const marked = useMemo(() => (mark ? marks.idsOf(mark) : undefined), [mark, marks]);
  const day = useStoreDay();
  const asked = useStable(queryOf(shownView, nowMs, marked), hasRelativeTimes(shownView) ? day : "");
  const found = useMemo(() => answerOf(asked, (query) => new ListModel(store, query)), [store, asked]);
  const { answer: model, query, problems } = found;
  const { total, pending, revision } = useSyncExternalStore(model.subscribe, model.getSnapshot);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the revision stands for the content of the model
  const items = useMemo(
    () => (group ? groupedItems(groupsOf(store, query, group, collapsed)) : flatItems(total)),
    [store, query, group, collapsed, total, revision],
  );

  const columnIds = view.columns ?? settings.columns ?? DEFAULT_COLUMNS;
  const columnKey = columnIds.join();
  const columns = useMemo(() => columnsOf(columnKey.split(",")), [columnKey]);
  const shownIds = useMemo(() => columns.map(({ id }) => id), [columns]);
  const context = useMemo(() => ({ store, format, nowMs }), [store, format, nowMs]);
  const density = view.density ?? settings.density;

  const [active, setActive] = useState<Active>(rememberedActive);
  const [selected, setSelected] = useState<ReadonlySet<string>>(NOTHING_SELECTED);
  const anchor = useRef<string | null>(null);
  const [isExporting, setExporting] = useState(false);
  const [isFiltering, setFiltering] = useState(false);
  const calls = useRef<ListCalls>(null);
  const search = useRef<HTMLInputElement>(null);
  // While cases are loaded for the first time, a pointer that rests on the list does not hold it.
  const hold = useHold(model, isShown, settings.isLive, status.state !== "filling");
  const hidden = useHidden(store, query, selected, revision);

  useDocumentTitle(isShown ? (baseOf(view, saved)?.name ?? "Cases") : null);
  const summary = format.counted(total, "case");
  const result = problems.length > 0 ? CANNOT_SEARCH : total === 0 ? "No case matches" : summary;
  // biome-ignore lint/correctness/useExhaustiveDependencies: cases that come and go by themselves are not announced one by one
  useEffect(() => {
    if (isShown && status.isFilled) announceLater(result);
  }, [isShown, status.isFilled, query]);
  const isWaiting = isShown && pending > 0;
  useEffect(() => {
    // Once, not with each further case that waits.
    if (isWaiting) announceLater("Cases have changed. The list stands still until you show the changes.");
  }, [isWaiting]);
  const hasRows = total > 0;
  useEffect(() => {
    if (hasRows) performance.mark("portal:list-rendered");
    // The pointer does not leave a list that is removed.
    else hold(false);
  }, [hasRows, hold]);

  const activeId = active && "case_id" in active ? active.case_id : null;
  const activate = useCallback(
    (next: Active, how: "move" | "extend") => {
      setActive(next);
      if (!next || !("case_id" in next)) return;
      if (how === "extend") {
        const from = anchor.current ?? activeId ?? next.case_id;
        anchor.current = from;
        setSelected((present) => withAll(present, idsBetween(model, from, next.case_id)));
      } else anchor.current = next.case_id;
    },
    [model, activeId],
  );
  const open = useCallback((record: CaseRecord) => navigate({ ...view, page: "case", caseId: record.case_id }), [view]);
  const peek = useCallback(
    (record: CaseRecord) => adjust({ ...view, caseId: view.caseId === record.case_id ? null : record.case_id }),
    [view],
  );
  const toggle = useCallback((record: CaseRecord) => setSelected((present) => toggled(present, record.case_id)), []);
  const selectAll = useCallback(async () => {
    const ids = await allIds(store, query);
    setSelected(new Set(ids));
    announce(`${format.counted(ids.length, "case")} selected.`);
  }, [store, query, format]);
  useEffect(() => {
    if (isShown && activeId !== (rememberedPlace().activeId ?? null)) rememberPlace({ ...rememberedPlace(), activeId });
  }, [isShown, activeId]);
  useReturn(view, calls);
  const activeRecord = activeId === null ? undefined : store.get(activeId);
  // What a command of the list is about: the selected cases, else the active one.
  const targetIds = selected.size > 0 ? [...selected] : activeId === null ? [] : [activeId];
  const copyCases = () => {
    if (targetIds.length === 0) return;
    const records = targetIds.slice(0, MAX_COPIED).flatMap((id) => store.get(id) ?? []);
    const copied = format.counted(records.length, "case");
    const done =
      targetIds.length > MAX_COPIED
        ? `Only the first ${copied} copied as text: export the others.`
        : `${copied} copied as text.`;
    report(copy(asTable(records, columns, context)), done);
  };
  const copyOne = (text: (record: CaseRecord, address: string) => string, done: string) => {
    if (!activeRecord) return;
    const address = new URL(hrefOf({ ...view, page: "case", caseId: activeRecord.case_id }), location.href).href;
    report(copy(text(activeRecord, address)), done);
  };

  useEffect(() => noteShownView(shownView), [shownView]);
  useEffect(() => () => noteShownView(null), []);

  const toggleUnread = () => {
    const isUnread = targetIds.every((id) => marks.of(id).isUnread);
    reader.dispatch({ type: isUnread ? "read" : "unread", case_ids: targetIds, at: Date.now() });
    announce(`${format.counted(targetIds.length, "case")} marked as ${isUnread ? "read" : "unread"}.`);
  };
  const togglePin = (case_id: string) => {
    const { isPinned } = marks.of(case_id);
    reader.dispatch({ type: "pin", case_id, is_pinned: !isPinned, at: Date.now() });
    announce(isPinned ? "Not pinned any more." : "Pinned.");
  };

  useListKeys(isShown, {
    ...(targetIds.length > 0 && { u: toggleUnread }),
    ...(activeId !== null && { p: () => togglePin(activeId) }),
    "/": () => search.current?.focus(),
    j: () => calls.current?.move(1),
    k: () => calls.current?.move(-1),
    x: () => activeRecord && toggle(activeRecord),
    c: copyCases,
    i: () => copyOne(({ case_id }) => case_id, "Case number copied."),
    l: () => copyOne((_, address) => address, "Link copied."),
    m: () => copyOne(asMarkdown, "Copied as Markdown."),
    s: () => model.apply(),
    e: () => setExporting(true),
    z: () => changeSettings({ zone: settings.zone === "utc" ? "local" : "utc" }),
    escape: () => {
      if (view.caseId !== null) adjust({ ...view, caseId: null });
      else if (selected.size > 0) setSelected(NOTHING_SELECTED);
      calls.current?.focus();
    },
  });

  // The peek follows the active row, in a split view always.
  const isSplit = settings.isSplit && hasRoom;
  const peeked = view.page === "cases" ? (view.caseId ?? (isSplit ? activeId : null)) : null;
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when another row is active
  useEffect(() => {
    if (isShown && activeId !== null && view.caseId !== null && view.caseId !== activeId) {
      adjust({ ...view, caseId: activeId });
    }
  }, [activeId]);

  return (
    <div className={`cases ${peeked !== null ? "has-peek" : ""}`}>
      {isWide && (
        <aside className="facet-panel" aria-label="Filters">
          <Suspense>
            <Facets view={shownView} query={query} isShown={isShown} />
          </Suspense>
        </aside>
      )}
      <section id="cases" className="cases-main" aria-label="Cases" tabIndex={-1}>
        <h1 className="visually-hidden">Cases</h1>
        <div className="cases-bar">
          <SearchBox ref={search} view={view} onDown={focusListSoon} />
          <Toolbar
            view={view}
            columnIds={shownIds}
            nowMs={nowMs}
            isNarrow={isNarrow}
            onExport={() => setExporting(true)}
            onFilter={isWide ? null : () => setFiltering(true)}
          />
        </div>
        <Chips view={view} />
        <div className="list-status">
          <p className="list-total">
            <strong data-total={total} data-follows={shownView !== view}>
              {summary}
            </strong>
            {activeId !== null && model.indexOf(activeId) >= 0 && (
              <span className="muted">
                {" "}
                · row {format.count(model.indexOf(activeId) + 1)} of {format.count(total)}
              </span>
            )}
            {marked && marked.length > MAX_IDS && (
              <span className="muted" data-marked={marked.length}>
                {" "}
                · among the latest {format.count(MAX_IDS)} of {format.count(marked.length)}{" "}
                {mark && MARK_LABELS[mark].toLowerCase()} ones
              </span>
            )}
            {(view.zone === "UTC" || settings.zone === "utc") && <span className="muted"> · dates in UTC</span>}
          </p>
          {pending > 0 && (
            <button type="button" className="pill" data-pending={pending} onClick={() => model.apply()}>
              {Number.isFinite(pending) ? format.count(pending) : "Many"} changed: show
            </button>
          )}
          <label className="check live-switch">
            <input
              type="checkbox"
              checked={settings.isLive}
              onChange={({ target }) => changeSettings({ isLive: target.checked })}
            />
            Live
          </label>
        </div>
        {total === 0 ? (
          <Suspense>
            <EmptyResult view={shownView} nowMs={nowMs} marked={marked} problems={problems} />
          </Suspense>
        ) : (
          <CaseList
            calls={calls}
            model={model}
            revision={revision}
            items={items}
            total={total}
            view={shownView}
            columns={columns}
            widths={settings.widths}
            density={density}
            isNarrow={isNarrow}
            isTight={peeked !== null && hasRoom}
            isShown={isShown}
            context={context}
            active={active}
            selected={selected}
            marksOf={marks.of}
            onActive={activate}
            onOpen={open}
            onPeek={peek}
            onToggle={toggle}
            onRange={(record) => activate({ case_id: record.case_id }, "extend")}
            onSelectAll={() => void selectAll()}
            onCollapse={(group, isCollapsed) => {
              const others = view.collapsed.filter((one) => one !== group);
              adjust({ ...view, collapsed: isCollapsed ? [...others, group] : others });
            }}
            onInUse={hold}
            label={`${summary}${shownView.text ? ` for ${shownView.text}` : ""}`}
          />
        )}
        {/* Below the list: above it, it would move the rows away from the pointer that selects them. */}
        {selected.size > 0 && (
          <Suspense fallback={null}>
            <SelectionBar
              selected={selected}
              hidden={hidden}
              total={total}
              onAll={() => void selectAll()}
              onCopy={copyCases}
              onExport={() => setExporting(true)}
              onClear={() => {
                setSelected(NOTHING_SELECTED);
                calls.current?.focus();
              }}
            />
          </Suspense>
        )}
      </section>
      {peeked !== null && isShown && (
        <ErrorBoundary place={peeked}>
          <Suspense>
            <Peek
              caseId={peeked}
              isBeside={hasRoom}
              onClose={() => {
                if (isSplit) changeSettings({ isSplit: false });
                adjust({ ...view, caseId: null });
                calls.current?.focus();
              }}
            />
          </Suspense>
        </ErrorBoundary>
      )}
      <ErrorBoundary fallback={null}>
        <Suspense>{isShown && <PrintList model={model} total={total} columns={columns} context={context} />}</Suspense>
      </ErrorBoundary>
      <Suspense>
        {isFiltering && <FilterDialog view={view} query={query} total={total} onClose={() => setFiltering(false)} />}
        {isExporting && (
          <ExportDialog
            query={query}
            total={total}
            selected={selected}
            hidden={hidden}
            columns={shownIds}
            viewName={nameOf(view, baseOf(view, saved)?.name)}
            onClose={() => setExporting(false)}
          />
        )}
      </Suspense>
    </div>
  );
}

const rememberedActive = (): Active => {
  const { activeId } = rememberedPlace();
  return activeId ? { case_id: activeId } : null;
};

/** Makes the case that was open the active row when its list is shown again. The list has the focus that the case had. */
function useReturn(view: View, calls: RefObject<ListCalls | null>): void {
  const opened = useRef<View>(null);
  useEffect(() => {
    const last = opened.current;
    opened.current = view.page === "case" ? view : null;
    if (last === null || last.caseId === null || view.page !== "cases" || !showSameList(last, view)) return;
    calls.current?.show(last.caseId);
    const { activeElement } = document;
    if (activeElement === document.body || activeElement === document.getElementById("main")) calls.current?.focus();
  }, [view, calls]);
}

const nameOf = (view: View, base: string | undefined): string => base ?? (view.text.trim() || "list");

const report = (work: Promise<void>, done: string): void => {
  work.then(
    () => announce(done),
    () => announce("The clipboard is not available."),
  );
};

/** Returns the same object for equal queries of a day. */
function useStable(query: CaseQuery, day: string): CaseQuery {
  const last = useRef({ query, day });
  if (last.current.day !== day || JSON.stringify(last.current.query) !== JSON.stringify(query)) {
    last.current = { query, day };
  }
  return last.current.query;
}

/** Holds the list still while it is in use: under the pointer, focused, with selected text, or always if it is not live. */
function useHold(
  model: ListModel,
  isShown: boolean,
  isLive: boolean,
  isHeldByPointer: boolean,
): (isUnderPointer: boolean) => void {
  const isUnderPointer = useRef(false);
  const update = useCallback(() => {
    const focused = document.activeElement?.closest("[data-list-focus]") != null;
    const text = getSelection();
    const isReading = text !== null && !text.isCollapsed && text.anchorNode?.parentElement?.closest(".list") != null;
    model.hold(!isLive || (isShown && ((isHeldByPointer && isUnderPointer.current) || focused || isReading)));
  }, [model, isShown, isLive, isHeldByPointer]);
  useEffect(() => {
    update();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const later = () => {
      clearTimeout(timer);
      timer = setTimeout(update);
    };
    document.addEventListener("focusin", later);
    document.addEventListener("focusout", later);
    document.addEventListener("selectionchange", update);
    return () => {
      document.removeEventListener("focusin", later);
      document.removeEventListener("focusout", later);
      document.removeEventListener("selectionchange", update);
      // The focus leaves a list that is removed, whose store may be closed by then.
      clearTimeout(timer);
    };
  }, [update]);
  return useCallback(
    (isIn) => {
      isUnderPointer.current = isIn;
      update();
    },
    [update],
  );
}

/** The number of selected cases that the list does not show. */
function useHidden(
  store: ReturnType<typeof useSession>["store"],
  query: CaseQuery,
  selected: ReadonlySet<string>,
  revision: number,
): number {
  // biome-ignore lint/correctness/useExhaustiveDependencies: the revision stands for the content of the store
  return useMemo(() => {
    if (selected.size === 0) return 0;
    return selected.size - countAmong(store, query, idsWithin(query, [...selected]));
  }, [store, query, selected, revision]);
}

/** Returns the ids of the rows from one case to another. */
function idsBetween(model: ListModel, from: string, to: string): string[] {
  const [a, b] = [model.indexOf(from), model.indexOf(to)];
  if (a < 0 || b < 0) return [to];
  const ids: string[] = [];
  for (let row = Math.min(a, b); row <= Math.max(a, b); row++) {
    const found = model.row(row);
    if (found) ids.push(found.record.case_id);
  }
  return ids;
}
