// The heads of the columns: they sort, by several columns with Shift, and change the widths.

import type { PointerEvent, ReactNode } from "react";
import { adjust } from "../app/navigation.js";
import type { View } from "../app/view.js";
import { changeSettings, currentSettings } from "../settings/settings.js";
import { Icon } from "../ui/icons.js";
import { type Column, MIN_WIDTH } from "./columns.js";
import { nextSort, shownSort } from "./sort.js";

/** Properties of the head. */
export interface ListHeadProps {
  readonly view: View;
  readonly columns: readonly Column[];
  readonly widths: Readonly<Record<string, number>>;
  readonly isHidden: boolean;
  /** Returns the width in pixels up to which a column can be widened. */
  readonly widestOf: (column: Column) => number;
}

/** The heads of the columns. */
export function ListHead({ view, columns, widths, isHidden, widestOf }: ListHeadProps): ReactNode {
  const sort = shownSort(view);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a virtual list is no table
    <div role="rowgroup" className={isHidden ? "visually-hidden" : "list-head"}>
      {/* biome-ignore lint/a11y/useSemanticElements: see above */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: see above */}
      <div role="row" aria-rowindex={1} className="head-row">
        {/* biome-ignore lint/a11y/useSemanticElements: see above */}
        {/* biome-ignore lint/a11y/useFocusableInteractive: see above */}
        <div role="columnheader" className="cell cell-select">
          <span className="visually-hidden">Selected</span>
        </div>
        {isHidden ? (
          // biome-ignore lint/a11y/useSemanticElements: see above
          // biome-ignore lint/a11y/useFocusableInteractive: see above
          <div role="columnheader">Case</div>
        ) : (
          columns.map((column) => {
            const at = sort.findIndex((term) => term.by === column.sort);
            const term = sort[at];
            return (
              // biome-ignore lint/a11y/useSemanticElements: see above
              // biome-ignore lint/a11y/useFocusableInteractive: see above
              <div
                key={column.id}
                role="columnheader"
                className={`cell head-cell cell-${column.id}`}
                aria-sort={term ? (term.order === "asc" ? "ascending" : "descending") : undefined}
              >
                {column.sort ? (
                  <button
                    type="button"
                    className="quiet head-button"
                    title="Sort; with Shift by this column too"
                    onClick={(event) => {
                      const next = nextSort(sort, column, event.shiftKey);
                      adjust({ ...view, sort: next });
                    }}
                  >
                    {column.label}
                    {term && <Icon name={term.order === "asc" ? "up" : "down"} />}
                    {term && sort.length > 1 && <span className="sort-place">{at + 1}</span>}
                  </button>
                ) : (
                  <span className="head-button">{column.label}</span>
                )}
                <span
                  className="resizer"
                  aria-hidden="true"
                  onPointerDown={(event) => resize(event, column, widestOf(column))}
                  onDoubleClick={() => {
                    const { [column.id]: _width, ...others } = widths;
                    changeSettings({ widths: others });
                  }}
                />
              </div>
            );
          })
        )}
      </div>
    </div>
  );
}

/** Changes the width of a column while the pointer moves. By keyboard there are buttons in the menu of columns. */
function resize(event: PointerEvent<HTMLElement>, { id }: Column, widest: number): void {
  event.preventDefault();
  const { currentTarget, pointerId, clientX } = event;
  const start = currentTarget.parentElement!.getBoundingClientRect().width;
  currentTarget.setPointerCapture(pointerId);
  const sign = getComputedStyle(currentTarget).direction === "rtl" ? -1 : 1;
  const onMove = (move: globalThis.PointerEvent) => {
    const wanted = Math.round(start + sign * (move.clientX - clientX));
    const width = Math.max(MIN_WIDTH, Math.min(widest, wanted));
    changeSettings({ widths: { ...currentSettings().widths, [id]: width } });
  };
  const onEnd = () => {
    currentTarget.removeEventListener("pointermove", onMove);
    currentTarget.removeEventListener("pointerup", onEnd);
    currentTarget.removeEventListener("pointercancel", onEnd);
  };
  currentTarget.addEventListener("pointermove", onMove);
  currentTarget.addEventListener("pointerup", onEnd);
  currentTarget.addEventListener("pointercancel", onEnd);
}
