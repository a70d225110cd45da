// What is new: the cases that changed since the reader saw them, per case and field, with what the reader has put off and pinned.

import { Fragment, type ReactNode, useEffect, useState } from "react";
import { linkTo } from "../app/navigation.js";
import { useStore, useStoreVersion } from "../app/store-hooks.js";
import { useFormatter } from "../app/use-formatter.js";
import { viewOf } from "../app/view.js";
import { Changes } from "../case/changes.js";
import { announce } from "../ui/announcer.js";
import { SeverityBadge, StatusBadge } from "../ui/badges.js";
import { balanced } from "../ui/bidi.js";
import { useDocumentTitle } from "../ui/document-title.js";
import type { Formatter } from "../ui/format.js";
import { Icon } from "../ui/icons.js";
import { usePageAnnouncement } from "../ui/page-announcement.js";
import { useNow } from "../ui/use-now.js";
import { NotificationSetting } from "./notification-setting.js";
import { unreadCases } from "./reader-news.js";
import type { ReaderState, UnreadCase } from "./reader-state.js";
import { useReader, useReaderState } from "./use-reader.js";
import { changesOf, KIND_LABELS, KINDS, kindOf, type NewsKind, sentenceOf } from "./words.js";
import "./news.css";

/** The number of cases that are shown at first, and with each step. */
const STEP = 100;
/** The time in which reading all can be undone, in milliseconds. */
const UNDO_MS = 10_000;

/** The page of what is new. */
export default function NewsPage(): ReactNode {
  const format = useFormatter();
  const now = useNow();
  const state = useReaderState();
  useStoreVersion();
  const [chosen, setChosen] = useState<NewsKind | null>(null);
  const [shown, setShown] = useState(STEP);
  useDocumentTitle("What is new");
  usePageAnnouncement("What is new");
  const all = unreadCases(state);
  const counts = KINDS.map((one) => [one, all.filter((unread) => kindOf(unread) === one).length] as const);
  // The button that would end the choice is gone with the last case of its kind.
  const kind = counts.some(([one, count]) => one === chosen && count > 0) ? chosen : null;
  const listed = kind === null ? all : all.filter((unread) => kindOf(unread) === kind);
  const since = state.previousVisit;
  return (
    <div className="news">
      <header className="news-head">
        <div>
          <h1>What is new</h1>
          <p className="muted" data-news-summary>
            {all.length === 0 ? "Nothing is unread." : `${format.counted(all.length, "unread case")}.`}
            {since !== null && ` Your last visit ended ${format.ago(since, now)}, ${format.dateTime(since)}.`}
          </p>
        </div>
        <div className="news-actions">
          <NotificationSetting />
          <ReadAll state={state} format={format} />
        </div>
      </header>
      {state.gapSince !== null && <Gap since={state.gapSince} format={format} />}
      <div className="news-columns">
        <section aria-label="Unread cases" className="news-main">
          {all.length > 0 && (
            <ul className="news-kinds" aria-label="Kinds">
              {counts
                .filter(([, count]) => count > 0)
                .map(([one, count]) => (
                  <li key={one}>
                    <button
                      type="button"
                      aria-pressed={kind === one}
                      onClick={() => {
                        setChosen(kind === one ? null : one);
                        setShown(STEP);
                      }}
                    >
                      {KIND_LABELS[one]} <span className="number">{format.count(count)}</span>
                    </button>
                  </li>
                ))}
            </ul>
          )}
          {all.length === 0 ? (
            <Nothing />
          ) : (
            groupsOf(listed.slice(0, shown), since).map(({ name, cases }) => (
              <Fragment key={name}>
                <h2 className={name === "" ? "visually-hidden" : "news-group"}>{name || "Unread cases"}</h2>
                <ul className="news-list plain">
                  {cases.map((unread) => (
                    <UnreadItem key={unread.case_id} unread={unread} format={format} now={now} />
                  ))}
                </ul>
              </Fragment>
            ))
          )}
          {listed.length > shown && (
            <button type="button" onClick={() => setShown(shown + STEP)}>
              {`Show ${format.count(Math.min(STEP, listed.length - shown))} more of ${format.count(listed.length)}`}
            </button>
          )}
        </section>
        <aside className="news-side" aria-label="Put off and pinned">
          <Snoozed state={state} format={format} />
          <Pinned state={state} />
        </aside>
      </div>
    </div>
  );
}

type Listed = UnreadCase & { readonly case_id: string };

/** Returns the cases that changed since the last visit, then those that were unread before. */
function groupsOf(
  listed: readonly Listed[],
  since: number | null,
): readonly { name: string; cases: readonly Listed[] }[] {
  if (since === null) return [{ name: "", cases: listed }];
  const groups = [
    { name: "Since your last visit", cases: listed.filter(({ at }) => at > since) },
    { name: "Unread from before", cases: listed.filter(({ at }) => at <= since) },
  ];
  return groups.filter(({ cases }) => cases.length > 0);
}

const Nothing = (): ReactNode => (
  <div className="card news-empty">
    <Icon name="check" />
    <div>
      <h2>You have seen everything</h2>
      <p className="muted">
        Cases appear here when something happens to them: also while this page is closed, as soon as you come back.
      </p>
    </div>
  </div>
);

/** A sentence for the time when there were more changes than are remembered one by one. */
function Gap({ since, format }: { since: number; format: Formatter }): ReactNode {
  const from = new Date(since).toISOString();
  return (
    <p className="card news-gap">
      {"More cases changed than this page remembers one by one. "}
      <a {...linkTo(viewOf({ where: { updated: { from } } }))}>
        {`Show the cases that were updated since ${format.dateTime(since)}`}
      </a>
    </p>
  );
}

/** The button that marks all cases as read, and undoes that. */
function ReadAll({ state, format }: { state: ReaderState; format: Formatter }): ReactNode {
  const reader = useReader();
  const [former, setFormer] = useState<Pick<ReaderState, "unread" | "gapSince"> | null>(null);
  useEffect(() => {
    if (!former) return;
    const timer = setTimeout(() => setFormer(null), UNDO_MS);
    return () => clearTimeout(timer);
  }, [former]);
  const count = Object.keys(state.unread).length;
  const readAll = () => {
    setFormer({ unread: state.unread, gapSince: state.gapSince });
    reader.dispatch({ type: "read_all", at: Date.now() });
    announce(`${format.counted(count, "case")} marked as read. You can undo this for 10 seconds.`);
  };
  const undo = () => {
    if (former) reader.dispatch({ type: "restore", ...former });
    setFormer(null);
    announce("Undone");
  };
  // One button with two names: the focus stays where it is.
  return (
    <button
      type="button"
      className={former ? "primary" : ""}
      disabled={!former && count === 0 && state.gapSince === null}
      onClick={former ? undo : readAll}
    >
      {former
        ? `Undo: ${format.counted(Object.keys(former.unread).length, "case")} marked as read`
        : "Mark all as read"}
    </button>
  );
}

interface UnreadItemProps {
  readonly unread: Listed;
  readonly format: Formatter;
  readonly now: number;
}

function UnreadItem({ unread, format, now }: UnreadItemProps): ReactNode {
  const reader = useReader();
  const store = useStore();
  const { case_id, at } = unread;
  const record = store.get(case_id);
  const kind = kindOf(unread);
  const changes = kind === "new" || kind === "gone" ? [] : changesOf(unread);
  const title = balanced(record?.title || unread.after.title || unread.before.title || "") || `Case ${case_id}`;
  const read = () => {
    reader.dispatch({ type: "read", case_ids: [case_id], at: Date.now() });
    announce(`Case ${case_id} marked as read`);
  };
  return (
    <li className="card news-item">
      <div className="news-item-head">
        <span className={`kind kind-${kind}`}>{KIND_LABELS[kind]}</span>
        {record && <SeverityBadge severity={record.severity} />}
        {record && <StatusBadge status={record.status} />}
        <code>{case_id}</code>
        <time dateTime={new Date(at).toISOString()} title={format.dateTime(at)}>
          {format.ago(at, now)}
        </time>
        <button type="button" className="quiet icon small" aria-label={`Mark case ${case_id} as read`} onClick={read}>
          <Icon name="check" />
        </button>
      </div>
      <h3 className="title-text" dir="auto">
        {record ? <a {...linkTo(viewOf({ page: "case", caseId: case_id }))}>{title}</a> : title}
      </h3>
      {changes.length > 0 ? <Changes differences={changes} /> : <p className="muted">{sentenceOf(unread)}</p>}
    </li>
  );
}

/** The cases that the reader has put off. */
function Snoozed({ state, format }: { state: ReaderState; format: Formatter }): ReactNode {
  const reader = useReader();
  const store = useStore();
  const entries = Object.entries(state.snoozed).sort(([, a], [, b]) => (a.until ?? Infinity) - (b.until ?? Infinity));
  return (
    <section className="card news-marks" aria-labelledby="snoozed-heading">
      <h2 id="snoozed-heading">{`Put off (${format.count(entries.length)})`}</h2>
      {entries.length === 0 && (
        <p className="muted">Cases that you put off wait here. They come back with any change.</p>
      )}
      <ul className="plain">
        {entries.map(([case_id, { until }]) => (
          <li key={case_id}>
            <CaseLink case_id={case_id} title={store.get(case_id)?.title ?? ""} />
            <span className="muted">{until === null ? "until it changes" : `until ${format.dateTime(until)}`}</span>
            <button
              type="button"
              className="quiet small"
              aria-label={`Bring back case ${case_id}`}
              onClick={() => {
                reader.dispatch({ type: "wake", case_ids: [case_id] });
                announce(`Case ${case_id} is not put off any more`);
              }}
            >
              Bring back
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The cases that the reader has pinned. */
function Pinned({ state }: { state: ReaderState }): ReactNode {
  const reader = useReader();
  const store = useStore();
  const ids = Object.entries(state.pinned)
    .sort(([, a], [, b]) => b - a)
    .map(([case_id]) => case_id);
  return (
    <section className="card news-marks" aria-labelledby="pinned-heading">
      <h2 id="pinned-heading">Pinned</h2>
      {ids.length === 0 && <p className="muted">Pin a case to have it at hand here.</p>}
      <ul className="plain">
        {ids.map((case_id) => {
          const record = store.get(case_id);
          return (
            <li key={case_id}>
              <CaseLink case_id={case_id} title={record?.title ?? ""} />
              {record && <StatusBadge status={record.status} />}
              <button
                type="button"
                className="quiet small"
                aria-label={`Unpin case ${case_id}`}
                onClick={() => reader.dispatch({ type: "pin", case_id, is_pinned: false, at: Date.now() })}
              >
                Unpin
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

const CaseLink = ({ case_id, title }: { case_id: string; title: string }): ReactNode => (
  <a className="title-text" dir="auto" {...linkTo(viewOf({ page: "case", caseId: case_id }))}>
    {balanced(title) || `Case ${case_id}`}
  </a>
);
