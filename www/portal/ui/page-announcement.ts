// The name of a page that a link has opened, for screen readers: the focus stays on the link, which says nothing of it.

import { useEffect } from "react";
import { announce } from "./announcer.js";

/** Announces the name of a page when it is shown, but not if the browser has just loaded it: then it reads the document's title. */
export function usePageAnnouncement(name: string): void {
  useEffect(() => {
    if (document.activeElement !== document.body) announce(name);
  }, [name]);
}
