// The reader's settings, kept in this browser and shared by its tabs.

import { useSyncExternalStore } from "react";
import type { ZoneChoice } from "../ui/format.js";

/** Settings of the page. */
export interface Settings {
  readonly theme: "light" | "dark" | "system";
  readonly density: "comfortable" | "compact";
  /** The zone of dates: the reader's, or UTC. */
  readonly zone: ZoneChoice;
  /** Whether single letters are commands. */
  readonly hasLetterKeys: boolean;
  /** Whether the list shows changes by itself while it is not in use. */
  readonly isLive: boolean;
  /** Whether a case is shown beside the list. */
  readonly isSplit: boolean;
  /** The columns of the list. */
  readonly columns: readonly string[] | null;
  /** The width of columns in pixels, where it was changed. */
  readonly widths: { readonly [column: string]: number };
  /** The facets that are folded. */
  readonly foldedFacets: readonly string[];
  /** Whether the reader has seen that the browser's own search finds visible rows only. */
  readonly knowsBrowserSearch: boolean;
}

const DEFAULTS: Settings = Object.freeze({
  theme: "system",
  density: "comfortable",
  zone: "local",
  hasLetterKeys: true,
  isLive: true,
  isSplit: false,
  columns: null,
  widths: {},
  foldedFacets: ["user_id", "sub_technology_name", "rma"],
  knowsBrowserSearch: false,
});

const KEY = "portal.settings";
const listeners = new Set<() => void>();

let settings = read();

function read(): Settings {
  try {
    return { ...DEFAULTS, ...JSON.parse(localStorage.getItem(KEY) ?? "{}") };
  } catch {
    return DEFAULTS;
  }
}

function apply(): void {
  const { dataset } = document.documentElement;
  if (settings.theme === "system") delete dataset["theme"];
  else dataset["theme"] = settings.theme;
  for (const listener of listeners) listener();
}

/** Returns the settings. */
export const currentSettings = (): Settings => settings;

/** Changes settings. */
export function changeSettings(change: Partial<Settings>): void {
  settings = Object.freeze({ ...settings, ...change });
  try {
    localStorage.setItem(KEY, JSON.stringify(settings));
  } catch {
    // Without storage they hold until the page is left.
  }
  apply();
}

addEventListener("storage", ({ key }) => {
  if (key !== KEY) return;
  settings = read();
  apply();
});

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

/** The settings, as a hook. */
export const useSettings = (): Settings => useSyncExternalStore(subscribe, currentSettings, currentSettings);
