// The reader's settings, kept in this browser and shared by its tabs.

import { useSyncExternalStore } from "react";
import type { ZoneChoice } from "../ui/format.js";
import { storage } from "../ui/storage.js";

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
    return readSettings(storage.getItem(KEY));
  } catch {
    return DEFAULTS;
  }
}

/** Reads saved settings. Members in a form that this version does not know are left out: it would not come up with them. */
export function readSettings(text: string | null): Settings {
  const saved: Record<string, unknown> = JSON.parse(text ?? "{}") ?? {};
  const known = Object.entries(saved).filter(([name, value]) => isPossible(name as keyof Settings, value));
  return { ...DEFAULTS, ...Object.fromEntries(known) };
}

const isMembers = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every((one) => typeof one === "string");

function isPossible(name: keyof Settings, value: unknown): boolean {
  switch (name) {
    case "theme":
      return value === "light" || value === "dark" || value === "system";
    case "density":
      return value === "comfortable" || value === "compact";
    case "zone":
      return value === "local" || value === "utc";
    case "columns":
      return value === null || isTexts(value);
    case "foldedFacets":
      return isTexts(value);
    case "widths":
      return isMembers(value) && Object.values(value).every(Number.isFinite);
    default:
      return typeof value === "boolean";
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
  storage.setItem(KEY, JSON.stringify(settings));
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
