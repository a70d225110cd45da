// Global keys, and the dialogs that they open: the command palette and the list of keys. Both are loaded when first opened.

import { lazy, type ReactNode, Suspense, useEffect, useState } from "react";
import { useSettings } from "../settings/settings.js";
import { isImeKey, letterOf } from "../ui/keys.js";
import { BrowserSearchHint } from "./browser-search-hint.js";
import { type CommandDialog, OPEN_EVENT } from "./open-commands.js";

const Palette = lazy(() => import("./palette.js"));
const KeysDialog = lazy(() => import("./keys-dialog.js"));

type Open = CommandDialog | null;

/** Listens to the global keys. */
export function CommandHost(): ReactNode {
  const { hasLetterKeys } = useSettings();
  const [open, setOpen] = useState<Open>(null);
  useEffect(() => {
    const onOpen = (event: Event) => setOpen((event as CustomEvent<Open>).detail);
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || isImeKey(event)) return;
      if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
        event.preventDefault();
        setOpen("palette");
        return;
      }
      if (document.querySelector("dialog[open]")) return;
      if (letterOf(event, hasLetterKeys) === "?") {
        event.preventDefault();
        setOpen("keys");
      }
    };
    addEventListener(OPEN_EVENT, onOpen);
    addEventListener("keydown", onKey);
    return () => {
      removeEventListener(OPEN_EVENT, onOpen);
      removeEventListener("keydown", onKey);
    };
  }, [hasLetterKeys]);
  const close = () => setOpen(null);
  return (
    <Suspense>
      <BrowserSearchHint />
      {open === "palette" && <Palette onClose={close} />}
      {open === "keys" && <KeysDialog onClose={close} />}
    </Suspense>
  );
}
