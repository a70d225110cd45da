// The single letters of the list, wherever the focus is on its page.

import { useEffect, useRef } from "react";
import { useSettings } from "../settings/settings.js";
import { isImeKey, letterOf } from "../ui/keys.js";

/** Commands by their key. */
export type KeyCommands = Readonly<Record<string, () => void>>;

/** Runs commands by single letters, and by Escape. */
export function useListKeys(isShown: boolean, commands: KeyCommands): void {
  const { hasLetterKeys } = useSettings();
  const latest = useRef(commands);
  useEffect(() => {
    latest.current = commands;
  });
  useEffect(() => {
    if (!isShown) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || isImeKey(event)) return;
      if (document.querySelector("dialog[open], [popover]:popover-open")) return;
      const key = event.key === "Escape" ? "escape" : letterOf(event, hasLetterKeys);
      const command = key === null ? undefined : latest.current[key];
      if (!command || (key === "escape" && (event.target as Element).matches("input[type=search]"))) return;
      event.preventDefault();
      command();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [isShown, hasLetterKeys]);
}
