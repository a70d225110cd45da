// Changes of the list of saved views, and their files: for the dialog of the saved views.

import { formatView, listOf, parseView } from "../app/view.js";
import type { SavedView } from "./saved-views.js";

/** Returns the id of a new view. Pages without TLS have no `crypto.randomUUID`. */
export const newId = (): string =>
  Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("-");

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
