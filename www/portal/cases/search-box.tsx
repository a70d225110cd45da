// The search box. The address follows what is typed; the box follows the address where that changed by anything else. What is
// typed shows before it is searched for: the next key cancels a search that has not begun.

import { type ReactNode, type Ref, useEffect, useRef, useState } from "react";
import { adjust, currentView } from "../app/navigation.js";
import type { View } from "../app/view.js";
import { useSettings } from "../settings/settings.js";
import { afterPaint } from "../ui/after-paint.js";
import { Icon } from "../ui/icons.js";
import { isImeKey } from "../ui/keys.js";

/** Properties of the search box. */
export interface SearchBoxProps {
  readonly ref: Ref<HTMLInputElement>;
  readonly view: View;
  /** Moves to the list. */
  readonly onDown: () => void;
}

/** The search box of the list. */
export function SearchBox({ ref, view, onDown }: SearchBoxProps): ReactNode {
  const { hasLetterKeys } = useSettings();
  const [text, setText] = useState(view.text);
  /** The search for what was typed last, until it begins. */
  const pending = useRef<{ search(): void; cancel(): void }>(null);
  /** The text of the view that this box has searched for, or shows. */
  const known = useRef(view.text.trim());
  // biome-ignore lint/correctness/useExhaustiveDependencies: a later search than the rendered one may have begun
  useEffect(() => {
    const { text } = currentView();
    if (pending.current || text.trim() === known.current) return;
    known.current = text.trim();
    setText(text);
  }, [view.text]);
  const searchNow = () => {
    pending.current?.cancel();
    pending.current?.search();
    pending.current = null;
  };
  const change = (next: string) => {
    setText(next);
    pending.current?.cancel();
    const search = () => {
      pending.current = null;
      known.current = next.trim();
      adjust({ ...currentView(), text: next });
    };
    pending.current = { search, cancel: afterPaint(search) };
  };
  useEffect(
    () => () => {
      pending.current?.cancel();
      pending.current = null;
    },
    [],
  );
  return (
    <search className="search-box">
      <Icon name="search" />
      <input
        ref={ref}
        id="search"
        type="search"
        aria-label="Search cases"
        aria-keyshortcuts={hasLetterKeys ? "/" : undefined}
        placeholder="Search titles, case, serial, bug and RMA numbers"
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={({ target }) => change(target.value)}
        onBlur={searchNow}
        onKeyDown={(event) => {
          if (isImeKey(event.nativeEvent)) return;
          if (event.key === "ArrowDown" || event.key === "Enter") {
            event.preventDefault();
            searchNow();
            onDown();
          } else if (event.key === "Escape") {
            event.preventDefault();
            if (text === "") onDown();
            else change("");
          }
        }}
      />
      {hasLetterKeys && <kbd>/</kbd>}
    </search>
  );
}
