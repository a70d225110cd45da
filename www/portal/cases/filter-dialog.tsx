// The filters in a dialog, where the page has no room for their panel.

import type { CaseQuery } from "cisco-support-case/store";
import type { ReactNode } from "react";
import { useFormatter } from "../app/use-formatter.js";
import type { View } from "../app/view.js";
import { Dialog } from "../ui/dialog.js";
import { Facets } from "./facets.js";

/** Properties of the dialog. */
export interface FilterDialogProps {
  readonly view: View;
  readonly query: CaseQuery;
  readonly total: number;
  readonly onClose: () => void;
}

/** The dialog of all conditions, for narrow screens. */
export function FilterDialog({ view, query, total, onClose }: FilterDialogProps): ReactNode {
  const format = useFormatter();
  const footer = (
    <div className="dialog-actions">
      <button type="button" className="primary" onClick={onClose}>
        Show {format.counted(total, "case")}
      </button>
    </div>
  );
  return (
    <Dialog title="Filters" onClose={onClose} footer={footer}>
      <Facets view={view} query={query} isShown />
    </Dialog>
  );
}
