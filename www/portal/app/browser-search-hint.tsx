// A hint, once: the browser's own search finds only what is drawn, so a case that is not on the screen seems not to exist.

import { type ReactNode, useEffect, useState } from "react";
import { changeSettings, currentSettings } from "../settings/settings.js";
import { announce } from "../ui/announcer.js";
import "./browser-search-hint.css";

const TEXT = "The browser's search finds only the rows on the screen. The search of this page finds all cases.";

/** The hint, after the first use of the browser's search in the list. The browser's search opens all the same. */
export function BrowserSearchHint(): ReactNode {
  const [isShown, setShown] = useState(false);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.key.toLowerCase() !== "f") return;
      if (currentSettings().knowsBrowserSearch || document.querySelector(".page-cases") === null) return;
      changeSettings({ knowsBrowserSearch: true });
      setShown(true);
      announce(TEXT);
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  if (!isShown) return null;
  return (
    <aside className="browser-search-hint card" aria-label="Hint">
      <p>
        {TEXT} Press <kbd>/</kbd> for it.
      </p>
      <button type="button" onClick={() => setShown(false)}>
        Understood
      </button>
    </aside>
  );
}
