// The list of keys, with the switch for single letters.

import type { ReactNode } from "react";
import { changeSettings, useSettings } from "../settings/settings.js";
import { Dialog } from "../ui/dialog.js";

/** The keys, by place. `isLetter`: whether the switch for single letters turns it off. */
export const KEYS: readonly { place: string; keys: readonly { key: string; action: string; isLetter?: boolean }[] }[] =
  [
    {
      place: "Everywhere",
      keys: [
        { key: "Ctrl K", action: "Command palette; ⌘ K on a Mac" },
        { key: "/", action: "Search", isLetter: true },
        { key: "?", action: "These keys", isLetter: true },
        { key: "Esc", action: "Close, or go back to the list" },
      ],
    },
    {
      place: "In the list",
      keys: [
        { key: "↑ ↓", action: "Previous and next case" },
        { key: "j k", action: "Next and previous case", isLetter: true },
        { key: "Page Up, Page Down, Home, End", action: "Move by pages, to the first and the last case" },
        { key: "Enter", action: "Open the case" },
        { key: "Space", action: "Peek at the case beside the list" },
        { key: "x", action: "Select; Shift and an arrow selects a range", isLetter: true },
        { key: "Ctrl A", action: "Select all cases that match" },
        { key: "u", action: "Mark the selected cases, or this one, as read or unread", isLetter: true },
        { key: "p", action: "Pin the case", isLetter: true },
        { key: "c", action: "Copy the selected cases, or this one, as text", isLetter: true },
        { key: "i", action: "Copy the case number", isLetter: true },
        { key: "l", action: "Copy the link", isLetter: true },
        { key: "m", action: "Copy as a line of Markdown", isLetter: true },
        { key: "s", action: "Show the changes that wait", isLetter: true },
        { key: "e", action: "Export", isLetter: true },
        { key: "z", action: "Dates in UTC, or in your own zone", isLetter: true },
      ],
    },
    {
      place: "In a case",
      keys: [
        { key: "[ ]", action: "Previous and next case of the list", isLetter: true },
        { key: "j k", action: "Next and previous case of the list", isLetter: true },
        { key: "u", action: "Read or unread", isLetter: true },
        { key: "p", action: "Pin", isLetter: true },
        { key: "i", action: "Copy the case number", isLetter: true },
        { key: "l", action: "Copy the link", isLetter: true },
        { key: "m", action: "Copy as a line of Markdown", isLetter: true },
      ],
    },
  ];

/** The dialog with the keys. */
export default function KeysDialog({ onClose }: { onClose: () => void }): ReactNode {
  const { hasLetterKeys } = useSettings();
  return (
    <Dialog title="Keys" onClose={onClose} className="wide">
      <label className="check">
        <input
          type="checkbox"
          checked={hasLetterKeys}
          onChange={({ target }) => changeSettings({ hasLetterKeys: target.checked })}
        />
        Single letters and signs are commands. Turn this off if you dictate.
      </label>
      <div className="key-groups">
        {KEYS.map(({ place, keys }) => (
          <section key={place}>
            <h3>{place}</h3>
            <dl>
              {keys.map(({ key, action, isLetter }) => (
                <div key={key} className={isLetter && !hasLetterKeys ? "is-off" : undefined}>
                  <dt>
                    <kbd>{key}</kbd>
                  </dt>
                  <dd>{action}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
