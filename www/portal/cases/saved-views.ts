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

/** Returns the views with another name of one. */
export function rename(saved: readonly SavedView[], id: string, name: string): SavedView[] {
  return saved.map((one) => (one.id === id ? { ...one, name: name.trim() } : one));
}

/** Returns the views without one. */
export const remove = (saved: readonly SavedView[], id: string): SavedView[] => saved.filter((one) => one.id !== id);

/** Returns the views with one moved by a number of places. */
export function move(saved: readonly SavedView[], id: string, by: number): SavedView[] {
  const from = saved.findIndex((one) => one.id === id);
  const to = Math.max(0, Math.min(saved.length - 1, from + by));
  const others = saved.filter((one) => one.id !== id);
  return from < 0 ? [...saved] : [...others.slice(0, to), saved[from]!, ...others.slice(to)];
}

/** The mark of an exported file. */
const FORMAT = "cisco-support-case portal views 1";

/** Returns views as the text of a file. */
export const exportViews = (saved: readonly SavedView[]): string =>
  `${JSON.stringify({ format: FORMAT, views: saved }, null, 2)}\n`;

/**
 * Returns the views with those of a file. Views with the same name are replaced. Throws an error with a sentence for the reader
 * if the file is none.
 */
export function importViews(saved: readonly SavedView[], text: string, newId: () => string): SavedView[] {
  const found = readFile(text);
  const names = new Set(found.map(({ name }) => name));
  return [...saved.filter(({ name }) => !names.has(name)), ...found.map((one) => ({ ...one, id: newId() }))];
}

function readFile(text: string): Omit<SavedView, "id">[] {
  let content: { format?: unknown; views?: unknown };
  try {
    content = Object(JSON.parse(text));
  } catch {
    throw new Error("The file is not JSON.");
  }
  if (content.format !== FORMAT || !Array.isArray(content.views))
    throw new Error("The file has no views of this portal.");
  return content.views.map((one: unknown, at) => {
    const { name, address } = Object(one) as { name?: unknown; address?: unknown };
    if (typeof name !== "string" || name.trim() === "" || typeof address !== "string") {
      throw new Error(`View ${at + 1} of the file has no name or no address.`);
    }
    // Only what this page understands.
    return { name: name.trim(), address: formatView(listOf(parseView(address))) };
  });
}
