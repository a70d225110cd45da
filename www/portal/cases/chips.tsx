// The active conditions as chips, each of which can be removed.

import { type ReactNode, useRef } from "react";
import { adjust } from "../app/navigation.js";
import { useFormatter } from "../app/use-formatter.js";
import type { View } from "../app/view.js";
import { balanced } from "../ui/bidi.js";
import { Icon } from "../ui/icons.js";
import { conditionsIn } from "./conditions.js";
import { focusListSoon } from "./focus-list.js";

/** The chips of a view; nothing without conditions. */
export function Chips({ view }: { view: View }): ReactNode {
  const format = useFormatter();
  const list = useRef<HTMLUListElement>(null);
  const conditions = conditionsIn(view, format);
  if (conditions.length === 0) return null;
  const clear = () => adjust({ ...view, text: "", where: {}, not: {}, mark: null, now: null });
  return (
    <div className="chips">
      <ul ref={list} aria-label="Conditions">
        {conditions.map(({ key, label, isExcluding, remove }, at) => (
          <li key={key} className={isExcluding ? "chip is-excluding" : "chip"}>
            <span dir="auto">{balanced(label)}</span>
            <button
              type="button"
              className="quiet icon small"
              aria-label={`Remove: ${label}`}
              onClick={() => {
                adjust(remove(view));
                // The focus goes to the next chip, else to the list.
                const buttons = list.current?.querySelectorAll("button") ?? [];
                const next = buttons[at + 1] ?? buttons[at - 1];
                if (next) next.focus();
                else focusListSoon();
              }}
            >
              <Icon name="close" />
            </button>
          </li>
        ))}
      </ul>
      {conditions.length > 1 && (
        <button
          type="button"
          className="quiet small"
          onClick={() => {
            clear();
            focusListSoon();
          }}
        >
          Clear all
        </button>
      )}
    </div>
  );
}
