// The head of a group in the list.

import { memo, type ReactNode } from "react";
import { useFormatter } from "../app/use-formatter.js";
import type { GroupField } from "../app/view.js";
import { balanced } from "../ui/bidi.js";
import { Icon } from "../ui/icons.js";
import { FIELD_LABELS, valueLabel } from "./conditions.js";
import { type Group, REST } from "./grouping.js";

/** Properties of a head. */
export interface GroupHeadProps {
  readonly id: string;
  readonly group: Group;
  readonly field: GroupField;
  readonly isActive: boolean;
  readonly rowIndex: number;
  readonly top: number;
  readonly onToggle: () => void;
}

/** The head of a group, which collapses and expands it. */
export const GroupHead = memo(function GroupHead(props: GroupHeadProps): ReactNode {
  const { id, group, field, isActive, rowIndex, top, onToggle } = props;
  const format = useFormatter();
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus, and names its active row
    // biome-ignore lint/a11y/useSemanticElements: rows of a virtual list are no table rows
    <div
      id={id}
      role="row"
      aria-rowindex={rowIndex}
      aria-level={1}
      aria-expanded={!group.isCollapsed}
      className={`row group-head ${isActive ? "is-active" : ""}`}
      style={{ transform: `translateY(${top}px)` }}
    >
      {/* biome-ignore lint/a11y/useFocusableInteractive: see above */}
      {/* biome-ignore lint/a11y/useSemanticElements: see above */}
      <div role="gridcell" className="group-cell">
        <button type="button" tabIndex={-1} className="quiet" onClick={onToggle}>
          <span className={group.isCollapsed ? "chevron" : "chevron is-open"}>
            <Icon name="right" />
          </span>
          <span dir="auto">
            {group.value === REST
              ? "Further ones"
              : `${FIELD_LABELS[field]} ${balanced(valueLabel(field, group.value))}`}
          </span>
          <span className="facet-count">{format.count(group.count)}</span>
        </button>
      </div>
    </div>
  );
});
