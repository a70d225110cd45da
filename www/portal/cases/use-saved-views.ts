// The saved views of the signed-in user, kept in this browser and shared by its tabs.

import { useCallback, useSyncExternalStore } from "react";
import { useSession } from "../app/store-hooks.js";
import type { SavedView } from "./saved-views.js";
import { storage } from "../ui/storage.js";

const EVENT = "portal:views";
const NONE: readonly SavedView[] = [];
const cache = new Map<string, { text: string; views: readonly SavedView[] }>();

function read(key: string): readonly SavedView[] {
  const text = storage.getItem(key) ?? "";
  const known = cache.get(key);
  if (known?.text === text) return known.views;
  let views = NONE;
  try {
    const found: unknown = JSON.parse(text || "[]");
    if (Array.isArray(found)) views = found;
  } catch {
    // What cannot be read is replaced by the next save.
  }
  cache.set(key, { text, views });
  return views;
}

const subscribe = (listener: () => void): (() => void) => {
  addEventListener("storage", listener);
  addEventListener(EVENT, listener);
  return () => {
    removeEventListener("storage", listener);
    removeEventListener(EVENT, listener);
  };
};

/** The saved views, and the function that replaces them. */
export function useSavedViews(): [readonly SavedView[], (next: readonly SavedView[]) => void] {
  const key = `portal.views.${useSession().identity}`;
  const views = useSyncExternalStore(subscribe, () => read(key));
  const save = useCallback(
    (next: readonly SavedView[]) => {
      storage.setItem(key, JSON.stringify(next));
      dispatchEvent(new Event(EVENT));
    },
    [key],
  );
  return [views, save];
}
