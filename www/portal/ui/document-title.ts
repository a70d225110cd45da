// The title of the document: that of the page, with the number of unread cases before it.

import { useEffect } from "react";

const DEFAULT_TITLE = "Support cases";
let title = DEFAULT_TITLE;
let count = 0;

function write(): void {
  const next = titleOf(title, count);
  if (document.title !== next) document.title = next;
}

/** Returns a title with a count before it. */
export const titleOf = (text: string, unread: number): string =>
  unread === 0 ? text : `(${unread > 999 ? "999+" : unread}) ${text}`;

/** Sets the number of unread cases. */
export function setTitleCount(unread: number): void {
  count = unread;
  write();
}

/** The title of a page while it is shown; `null` for a part of a page, which has none. */
export function useDocumentTitle(text: string | null): void {
  useEffect(() => {
    if (text === null) return;
    title = `${text} – ${DEFAULT_TITLE}`;
    write();
    return () => {
      title = DEFAULT_TITLE;
      write();
    };
  }, [text]);
}
