// The page of a case: what it is, what has changed since the reader looked last, its notes, and what it is connected with.

import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { adjust, linkTo, returnTo, useView } from "../app/navigation.js";
import { useFormatter } from "../app/use-formatter.js";
import { signInAgain } from "../app/session.js";
import { useStore } from "../app/store-hooks.js";
import type { View } from "../app/view.js";
import { markedIds, type SeenCase } from "../news/reader-state.js";
import { useReader, useReaderState } from "../news/use-reader.js";
import { changesOf, sentenceOf } from "../news/words.js";
import { useSettings } from "../settings/settings.js";
import { SeverityBadge, StatusBadge } from "../ui/badges.js";
import { isolated } from "../ui/bidi.js";
import { useDocumentTitle } from "../ui/document-title.js";
import { ErrorPanel } from "../ui/error-panel.js";
import type { Formatter } from "../ui/format.js";
import { Icon } from "../ui/icons.js";
import { letterOf } from "../ui/keys.js";

import { useNow } from "../ui/use-now.js";
import { CaseActions } from "./case-actions.js";
import { CaseTitle } from "./case-title.js";
import { Changes } from "./changes.js";
import { type Difference, differences, seenValues } from "./differences.js";
import { FactGroup, factGroups } from "./facts.js";
import { Notes } from "./notes.js";
import { Related } from "./related.js";
import { useDetail, useRecord } from "./use-case.js";
import { useNeighbours } from "./use-neighbours.js";
import "./case.css";

/** The page of a case. Where it is shown beside the list (`isPeek`), the list keeps the focus, the title and the keys. */
export default function CasePage({ caseId, isPeek = false }: { caseId: string; isPeek?: boolean }): ReactNode {
  const store = useStore();
  const format = useFormatter();
  const now = useNow();
  const record = useRecord(caseId);
  const { detail, error, isLoading, isRefreshing, again } = useDetail(caseId, record?.updated_date);
  const isCase = useCallback(
    (case_id: string) => case_id !== caseId && store.get(case_id) !== undefined,
    [store, caseId],
  );
  const title = record?.title || detail?.title || "";
  const heading = useRef<HTMLHeadingElement>(null);
  const opened = useOpening(caseId, record !== undefined, detail?.updated_date ?? null);
  useDocumentTitle(isPeek ? null : title ? `${caseId} ${isolated(title)}` : `Case ${caseId}`);
  useEffect(() => {
    if (!isPeek) heading.current?.focus({ preventScroll: true });
  }, [isPeek]);

  const status = record?.status || detail?.status || "";
  const since = store.statusSince(caseId);
  const columns = store.details(caseId);
  const isMissing = !record && !detail && !isLoading;
  return (
    <div className="case">
      {!isPeek && <CaseBar caseId={caseId} format={format} />}
      <header className="case-head">
        <p className="case-badges">
          {(record ?? detail) && <SeverityBadge severity={record?.severity ?? detail?.severity ?? null} />}
          {status && <StatusBadge status={status} />}
          <code className="case-id">{caseId}</code>
          {isRefreshing && (
            <span className="muted" data-refreshing>
              Reading…
            </span>
          )}
        </p>
        <CaseTitle heading={heading} title={title} fallback={isMissing ? "This case is not here" : "(no title)"} />
        {since && (
          <p className="muted">
            {`In this status ${since.is_exact ? "since" : "at least since"} `}
            <time dateTime={since.since}>{format.dateTime(since.since)}</time> (
            <bdi>{format.ago(since.since, now)}</bdi>)
            {columns?.last_note_by === "customer" && " · the last note is ours"}
            {columns?.last_note_by === "cisco" && " · the last note is Cisco's"}
          </p>
        )}
        {(record ?? detail) && <CaseActions caseId={caseId} title={title} format={format} />}
      </header>
      <WhatChanged caseId={caseId} opened={opened} format={format} />
      {error !== null && <ErrorPanel error={error} again={again} signIn={signInAgain} format={format} />}
      {error !== null && detail && <p className="hint">Below is what this browser has kept of the case.</p>}
      <div className="case-columns">
        <div className="case-main">
          {detail && <Notes detail={detail} isCase={isCase} format={format} newSince={opened.before?.at ?? null} />}
          {isLoading && <NotesSkeleton />}
        </div>
        <aside className="case-side" aria-label="Facts">
          {factGroups(record, detail, format).map(({ title, facts }) => (
            <FactGroup key={title} title={title} facts={facts} />
          ))}
          <Related
            case_id={caseId}
            bugs={detail?.bugs ?? record?.bugs ?? NONE}
            rmas={detail?.rmas ?? record?.rmas ?? NONE}
            serial_number={detail?.serial_number || record?.serial_number || ""}
            format={format}
          />
        </aside>
      </div>
    </div>
  );
}

const NONE: readonly string[] = [];

const NotesSkeleton = (): ReactNode => (
  <section className="notes card skeleton" aria-busy="true">
    <p role="status">Reading the notes…</p>
    <span />
    <span />
    <span />
  </section>
);

/** The case as the reader knew it when it was opened. */
interface Opening {
  /** The case as the reader saw it the time before; `undefined` if this is the first time. */
  readonly before: SeenCase | undefined;
  /** The unread changes. */
  readonly differences: readonly Difference[];
  readonly sentence: string | null;
}

const NOTHING_NEW: Opening = { before: undefined, differences: [], sentence: null };

/**
 * Marks a case as read when it is opened, and while it is open; keeps what was new at the opening. `detailDate` is the date of the
 * details that are shown, whose values the reader has seen too.
 */
function useOpening(caseId: string, isKnown: boolean, detailDate: string | null): Opening {
  const store = useStore();
  const reader = useReader();
  const [opened, setOpened] = useState(NOTHING_NEW);
  const isOpened = useRef(false);
  const [shownAt] = useState(Date.now);
  const { unread } = useReaderState();
  const isUnread = caseId in unread && unread[caseId]?.reason !== "reader";
  useEffect(() => {
    if (!isKnown) return;
    let isLeft = false;
    const open = () => {
      if (isLeft) return;
      const record = store.get(caseId);
      if (!record) return;
      const values = seenValues(record, store.details(caseId));
      const state = reader.getSnapshot();
      const before = state.seen[caseId];
      const news = state.unread[caseId];
      if (!isOpened.current) {
        isOpened.current = true;
        const found = before ? differences(before.values, values) : news ? changesOf(news) : [];
        setOpened({ before, differences: found, sentence: news && found.length === 0 ? sentenceOf(news) : null });
      }
      // Who marks a case as unread before its state was read has seen it.
      if (news?.reason === "reader" && news.at >= shownAt) return;
      reader.dispatch({ type: "open", case_id: caseId, values, at: Date.now() });
    };
    // A change while the case is open is shown at once, and is not unread.
    if (!isOpened.current || isUnread || detailDate !== null) void reader.settled().then(open);
    return () => {
      isLeft = true;
    };
  }, [caseId, isKnown, isUnread, detailDate, store, reader, shownAt]);
  return opened;
}

/** The changes since the reader looked last. */
function WhatChanged({ caseId, opened, format }: { caseId: string; opened: Opening; format: Formatter }): ReactNode {
  const now = useNow();
  const { before, sentence } = opened;
  if (opened.differences.length === 0 && sentence === null) return null;
  return (
    <section className="what-changed card" aria-labelledby={`changed-${caseId}`}>
      <h2 id={`changed-${caseId}`}>
        {before ? `Changed since you looked ${format.ago(before.at, now)}` : "New for you"}
      </h2>
      {sentence === null ? <Changes differences={opened.differences} /> : <p>{sentence}</p>}
    </section>
  );
}

/** The bar above a case: back to the list, and the neighbours in it. */
function CaseBar({ caseId, format }: { caseId: string; format: Formatter }): ReactNode {
  const view = useView();
  const { hasLetterKeys } = useSettings();
  const marks = useReaderState();
  const marked = useMemo(() => (view.mark === null ? undefined : markedIds(marks, view.mark)), [view.mark, marks]);
  const { index, total, previous, next } = useNeighbours(caseId, marked);
  const list: View = { ...view, page: "cases", caseId: null };

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (document.querySelector("dialog[open], [popover]:popover-open")) return;
      const letter = letterOf(event, hasLetterKeys);
      const step = letter === "]" || letter === "j" ? next : letter === "[" || letter === "k" ? previous : null;
      if (step !== null) {
        event.preventDefault();
        adjust({ ...view, page: "case", caseId: step });
      } else if (event.key === "Escape" && !event.defaultPrevented && !event.isComposing) {
        event.preventDefault();
        returnTo(list);
      }
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  });

  const step = (target: string | null, name: string, icon: "up" | "down", key: string): ReactNode => (
    <button
      type="button"
      className="icon"
      aria-label={`${name} case`}
      title={hasLetterKeys ? `${name} case (${key})` : `${name} case`}
      disabled={target === null}
      onClick={() => target !== null && adjust({ ...view, page: "case", caseId: target })}
    >
      <Icon name={icon} />
    </button>
  );
  return (
    <nav className="case-bar" aria-label="Case in its list">
      <a className="button quiet" {...linkTo(list, returnTo)}>
        <Icon name="left" />
        Cases
      </a>
      <span className="case-place" data-place>
        {index === null
          ? total === 0
            ? ""
            : `not among these ${format.count(total)}`
          : `${format.count(index + 1)} of ${format.count(total)}`}
      </span>
      {step(previous, "Previous", "up", "[")}
      {step(next, "Next", "down", "]")}
    </nav>
  );
}
