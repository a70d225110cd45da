// What a reader does with a case: pin it, put it off, mark it as unread, copy it, print it.

import { type ReactNode, useEffect } from "react";
import { hrefOf } from "../app/navigation.js";
import { viewOf } from "../app/view.js";
import { useReader, useReaderState } from "../news/use-reader.js";
import { useSettings } from "../settings/settings.js";
import { announce } from "../ui/announcer.js";
import { copy } from "../ui/clipboard.js";
import type { Formatter } from "../ui/format.js";
import { Icon } from "../ui/icons.js";
import { letterOf } from "../ui/keys.js";
import { markdownLink } from "../ui/markdown.js";
import { Popover } from "../ui/popover.js";
import { snoozeChoices } from "./snooze.js";

/** Properties of the actions. */
export interface CaseActionsProps {
  readonly caseId: string;
  readonly title: string;
  readonly format: Formatter;
}

/** The actions on a case. */
export function CaseActions({ caseId, title, format }: CaseActionsProps): ReactNode {
  const reader = useReader();
  const { pinned, snoozed, unread } = useReaderState();
  const { hasLetterKeys } = useSettings();
  const isPinned = caseId in pinned;
  const isUnread = caseId in unread;
  const own = snoozed[caseId];

  const pin = () => {
    reader.dispatch({ type: "pin", case_id: caseId, is_pinned: !isPinned, at: Date.now() });
    announce(isPinned ? "Not pinned any more" : "Pinned");
  };
  const mark = () => {
    reader.dispatch({ type: isUnread ? "read" : "unread", case_ids: [caseId], at: Date.now() });
    announce(isUnread ? "Marked as read" : "Marked as unread");
  };
  const snooze = (until: number | null) => {
    reader.dispatch({ type: "snooze", case_ids: [caseId], until, at: Date.now() });
    announce(
      until === null ? "Put off until it changes" : `Put off until ${format.dateTime(until)}, or until it changes`,
    );
  };
  const wake = () => {
    reader.dispatch({ type: "wake", case_ids: [caseId] });
    announce("Not put off any more");
  };
  const copyText = (text: string, what: string) => {
    // The first statement of the gesture: Safari permits nothing later.
    copy(text).then(
      () => announce(`${what} copied`),
      () => announce("The browser did not permit to copy"),
    );
  };
  const link = () => new URL(hrefOf(viewOf({ page: "case", caseId })), location.href).href;
  const copies: Record<string, () => void> = {
    i: () => copyText(caseId, "Case number"),
    l: () => copyText(link(), "Link"),
    m: () => copyText(markdownLink(caseId, link(), title), "Line of Markdown"),
  };

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const letter = letterOf(event, hasLetterKeys);
      if (letter === null || document.querySelector("dialog[open], [popover]:popover-open")) return;
      const action = { p: pin, u: mark, ...copies }[letter];
      if (!action) return;
      event.preventDefault();
      action();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  });

  return (
    <div className="case-actions">
      <button type="button" className="quiet" aria-pressed={isPinned} onClick={pin}>
        <Icon name="pin" />
        {isPinned ? "Pinned" : "Pin"}
      </button>
      {own ? (
        <button type="button" className="quiet" aria-pressed="true" onClick={wake}>
          <Icon name="snooze" />
          {own.until === null ? "Until it changes" : `Until ${format.dateTime(own.until)}`}
        </button>
      ) : (
        <Popover label="Put off" button={<PopoverButton icon="snooze" text="Put off" />} className="quiet">
          {(close) => (
            <>
              <h2>Comes back, or earlier with any change:</h2>
              <ul className="menu-list">
                {snoozeChoices(Date.now()).map(({ id, label, until }) => (
                  <li key={id}>
                    <button
                      type="button"
                      onClick={() => {
                        close();
                        snooze(until);
                      }}
                    >
                      {label}
                      {until !== null && <span className="muted">{format.dateTime(until)}</span>}
                    </button>
                  </li>
                ))}
              </ul>
            </>
          )}
        </Popover>
      )}
      <button type="button" className="quiet" onClick={mark}>
        <Icon name={isUnread ? "check" : "bookmark"} />
        {isUnread ? "Mark as read" : "Mark as unread"}
      </button>
      <Popover label="Copy" button={<PopoverButton icon="copy" text="Copy" />} className="quiet">
        {(close) => (
          <ul className="menu-list">
            {(
              [
                ["i", "Case number"],
                ["l", "Link"],
                ["m", "Line of Markdown"],
              ] as const
            ).map(([key, label]) => (
              <li key={key}>
                <button
                  type="button"
                  onClick={() => {
                    copies[key]!();
                    close();
                  }}
                >
                  {label}
                  {hasLetterKeys && <kbd>{key}</kbd>}
                </button>
              </li>
            ))}
          </ul>
        )}
      </Popover>
      <button type="button" className="quiet" onClick={() => print()}>
        <Icon name="print" />
        Print
      </button>
    </div>
  );
}

const PopoverButton = ({ icon, text }: { icon: "snooze" | "copy"; text: string }): ReactNode => (
  <>
    <Icon name={icon} />
    {text}
  </>
);
