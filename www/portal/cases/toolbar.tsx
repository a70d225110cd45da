// The tools of the list.

import type { ReactNode } from "react";
import { openCommands } from "../app/open-commands.js";
import type { View } from "../app/view.js";
import { Icon } from "../ui/icons.js";
import { ButtonText, ColumnsMenu, GroupMenu, LinkMenu, SortMenu } from "./menus.js";
import { ViewsMenu } from "./views-menu.js";

/** Properties of the tools. */
export interface ToolbarProps {
  readonly view: View;
  readonly columnIds: readonly string[];
  readonly nowMs: number;
  readonly isNarrow: boolean;
  readonly onExport: () => void;
  /** Opens the filters, where they have no panel. */
  readonly onFilter: (() => void) | null;
}

/** The tools above the list. */
export function Toolbar({ view, columnIds, nowMs, isNarrow, onExport, onFilter }: ToolbarProps): ReactNode {
  return (
    <div className="toolbar">
      {onFilter && (
        <button type="button" onClick={onFilter}>
          <ButtonText icon="filter" text="Filters" />
        </button>
      )}
      <ViewsMenu view={view} />
      <SortMenu view={view} />
      <GroupMenu view={view} />
      {!isNarrow && <ColumnsMenu view={view} shown={columnIds} />}
      <LinkMenu view={view} nowMs={nowMs} />
      <button type="button" className="quiet" title="Export" aria-label="Export" onClick={onExport}>
        <ButtonText icon="download" text="Export" />
      </button>
      <button
        type="button"
        className="quiet icon"
        aria-label="Commands"
        title="Commands (Ctrl K)"
        onClick={() => openCommands("palette")}
      >
        <Icon name="more" />
      </button>
    </div>
  );
}
