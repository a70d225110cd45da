// The bar of the selected cases.

import type { ReactNode } from "react";
import { useFormatter } from "../app/use-formatter.js";
import { ButtonText } from "./menus.js";

/** Properties of the bar. */
export interface SelectionBarProps {
  readonly selected: ReadonlySet<string>;
  readonly hidden: number;
  readonly total: number;
  readonly onAll: () => void;
  readonly onCopy: () => void;
  readonly onExport: () => void;
  readonly onClear: () => void;
}

/** The bar of the selected cases. */
export function SelectionBar(props: SelectionBarProps): ReactNode {
  const { selected, hidden, total, onAll, onCopy, onExport, onClear } = props;
  const format = useFormatter();
  const shown = selected.size - hidden;
  return (
    <section className="selection-bar" aria-label="Selected cases">
      <p>
        <strong data-selected={selected.size}>{format.count(selected.size)} selected</strong>
        {hidden > 0 && <span data-hidden={hidden}>, {format.count(hidden)} not shown</span>}
      </p>
      {shown < total && (
        <button type="button" className="small" onClick={onAll}>
          Select all {format.count(total)} that match
        </button>
      )}
      <button type="button" className="small" onClick={onCopy}>
        <ButtonText icon="copy" text="Copy as text" />
      </button>
      <button type="button" className="small" onClick={onExport}>
        <ButtonText icon="download" text="Export" />
      </button>
      <button type="button" className="quiet small" onClick={onClear}>
        Clear
      </button>
    </section>
  );
}
