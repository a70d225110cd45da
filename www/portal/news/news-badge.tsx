// The number of unread cases: in the navigation, the document's title, the icon of the tab and that of the installed page. It is
// always there, so it also reports the changes of the store to the reader.

import type { CaseStore } from "cisco-support-case/store";
import { type ReactNode, useEffect } from "react";
import { navigate } from "../app/navigation.js";
import { useSession } from "../app/store-hooks.js";
import { viewOf } from "../app/view.js";
import { setTitleCount } from "../ui/document-title.js";
import { type FeedPosition, reportChanges } from "./change-feed.js";
import { collectChanges } from "./collector.js";
import { badgeIcon } from "./icon.js";
import { notificationState } from "./notification-state.js";
import { showNotification } from "./notifications.js";
import { newsFrom, nextReminder, unreadCount } from "./reader-news.js";
import type { ReaderAction } from "./reader-state.js";
import { useReader, useReaderState } from "./use-reader.js";
import { notificationOf } from "./words.js";
import "./news.css";

/** The interval at which a page in use is noted, in milliseconds. */
const ACTIVE_MS = 60_000;

/** The positions of the reports, by store: following can begin anew, and this component is loaded after the first changes. */
const positions = new WeakMap<CaseStore, FeedPosition>();

function positionIn(store: CaseStore, openedVersion: number): FeedPosition {
  let position = positions.get(store);
  if (!position) {
    position = { version: openedVersion, isFirstFill: openedVersion === 0 };
    positions.set(store, position);
  }
  return position;
}

/** The number of unread cases in the navigation. */
export default function NewsBadge(): ReactNode {
  const { store, follow, openedVersion } = useSession();
  const reader = useReader();
  const state = useReaderState();
  const count = unreadCount(state);

  useEffect(() => {
    const source = {
      get isFilled() {
        return follow.status.isFilled;
      },
      subscribe: (listener: () => void) => follow.subscribe(listener),
    };
    const collector = collectChanges((changes) => {
      const news = notificationOf(changes, (case_id) => store.get(case_id)?.title ?? "");
      if (!news) return;
      const target = news.case_id === null ? viewOf({ page: "news" }) : viewOf({ page: "case", caseId: news.case_id });
      void showNotification(news, () => navigate(target));
    });
    const report = (action: ReaderAction) => {
      reader.dispatch(action);
      if (action.type === "changes" && document.hidden && notificationState() === "on") collector.add(action.changes);
    };
    const from = () => newsFrom(reader.getSnapshot());
    const stop = reportChanges(store, source, positionIn(store, openedVersion), report, from);
    return () => {
      stop();
      collector.stop();
    };
  }, [store, follow, openedVersion, reader]);

  useActivity();

  useEffect(() => {
    setTitleCount(count);
    badgeIcon(count);
  }, [count]);
  useEffect(
    () => () => {
      setTitleCount(0);
      badgeIcon(0);
    },
    [],
  );

  if (count === 0) return null;
  return (
    <span className="badge">
      {count > 999 ? "999+" : count}
      <span className="visually-hidden"> unread</span>
    </span>
  );
}

/** Notes that the reader is here, and wakes when a case that was put off comes back. */
function useActivity(): void {
  const reader = useReader();
  const wakeAt = nextReminder(useReaderState());
  useEffect(() => {
    const note = () => {
      if (!document.hidden) reader.dispatch({ type: "active", at: Date.now() });
    };
    void reader.settled().then(note);
    const timer = setInterval(note, ACTIVE_MS);
    document.addEventListener("visibilitychange", note);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", note);
    };
  }, [reader]);
  useEffect(() => {
    if (wakeAt === null) return;
    // A longer wait than a timer can have ends with the next note of activity.
    const wait = Math.min(Math.max(0, wakeAt - Date.now()), 0x7fff_ffff);
    const timer = setTimeout(
      () => reader.dispatch({ type: "active", at: Date.now(), isHidden: document.hidden }),
      wait,
    );
    return () => clearTimeout(timer);
  }, [reader, wakeAt]);
}
