// Saved views: they behave like documents. The address has all of a view, so that a link works without the saved one.

import { formatView, listOf, parseView, type View, viewOf } from "../app/view.js";

/** A view that was saved under a name. */
export interface SavedView {
  readonly id: string;
  readonly name: string;
  /** The view, as the query of an address. */
  readonly address: string;
}

/** The views that everybody has: they can be neither changed nor removed. */
export const SHIPPED_VIEWS: readonly SavedView[] = [
  { id: "all", name: "All cases", address: "" },
  { id: "open", name: "Open", address: formatView(viewOf({ where: { status_flag: ["O"] } })) },
  {
    id: "action",
    name: "Action required",
    address: formatView(viewOf({ where: { status: ["Close Pending", "Customer Pending"], status_flag: ["O"] } })),
  },
  {
    id: "urgent",
    name: "Severity 1 and 2",
    address: formatView(
      viewOf({ where: { severity: ["1", "2"], status_flag: ["O"] }, sort: [{ by: "severity", order: "asc" }] }),
    ),
  },
  {
    id: "quiet",
    name: "Quiet for a week",
    address: formatView(
      viewOf({
        where: { status_flag: ["O"], quiet_for_days: { min: 7 } },
        sort: [{ by: "updated_date", order: "asc" }],
      }),
    ),
  },
  { id: "closed", name: "Closed", address: formatView(viewOf({ where: { status_flag: ["C"] } })) },
];

const isShipped = (id: string): boolean => SHIPPED_VIEWS.some((view) => view.id === id);

/** Returns the saved view that a view was made from; without a name, the one that it equals. */
export function baseOf(view: View, saved: readonly SavedView[]): SavedView | undefined {
  const all = [...SHIPPED_VIEWS, ...saved];
  return all.find(({ id }) => id === view.base) ?? all.find((one) => one.address === formatView(listOf(view)));
}

/** Whether a view differs from the saved one. */
export const isChanged = (view: View, saved: SavedView): boolean => formatView(listOf(view)) !== saved.address;

/** Whether a saved view can be changed. */
export const isOwn = ({ id }: SavedView): boolean => !isShipped(id);

/** Returns the view of a saved one. */
export const openSaved = ({ id, address }: SavedView): View => ({ ...parseView(address), base: id });

/** Returns the views with a new one. */
export function saveAs(saved: readonly SavedView[], id: string, name: string, view: View): SavedView[] {
  return [...saved, { id, name: name.trim(), address: formatView(listOf(view)) }];
}

/** Returns the views with another content of one. */
export function update(saved: readonly SavedView[], id: string, view: View): SavedView[] {
  return saved.map((one) => (one.id === id ? { ...one, address: formatView(listOf(view)) } : one));
}
