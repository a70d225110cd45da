// The current view, read from and written to the page's address.

import { type MouseEvent, useSyncExternalStore } from "react";
import { formatView, type PageName, parseView, showSameRows, type View } from "./view.js";

/** The wait after the last change before the address is written, in milliseconds: Safari permits 100 writes in 10 seconds. */
const WRITE_DELAY_MS = 400;

let view = parseView(location.search);
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setTimeout> | undefined;

/** The part of a view that the browser's history keeps, so that Back returns to the same row. */
export interface Place {
  /** The active case. */
  readonly activeId?: string | null;
  /** The first visible case. */
  readonly topId?: string | null;
  /** The index of the first visible row, for a case that is no longer there. */
  readonly topIndex?: number;
  /** The pixels of that row that are scrolled out. */
  readonly offset?: number;
}

let place: Place = history.state?.place ?? {};
/** The page of the entry before the present one in the history, if it is one of this document. */
let former: PageName | null = history.state?.former ?? null;

function set(next: View): void {
  view = next;
  for (const listener of listeners) listener();
}

function write(how: "pushState" | "replaceState"): void {
  clearTimeout(timer);
  timer = undefined;
  const address = hrefOf(view);
  if (how === "pushState" && address === currentAddress()) return;
  try {
    history[how]({ place, former }, "", address);
  } catch {
    // The browser permits no more writes at the moment. The view is shown all the same.
  }
}

const currentAddress = (): string => location.pathname + location.search;

/** Returns the address of a view. */
export const hrefOf = (wanted: View): string => location.pathname + formatView(wanted);

/** Returns the current view. */
export const currentView = (): View => view;

/** Opens another view: Back returns to the present one. */
export function navigate(next: View): void {
  flush();
  place = {};
  former = view.page;
  set(next);
  write("pushState");
}

/** Returns to a list: by the history if the entry before is of that page, so that its place is restored. */
export function returnTo(list: View): void {
  flush();
  if (former === list.page) history.back();
  else navigate(list);
}

/** Changes the present view, without a new entry of the history; the address follows after a rest. */
export function adjust(next: View): void {
  if (formatView(next) === formatView(view)) return;
  // Other rows begin at the top.
  if (!showSameRows(next, view)) place = { activeId: place.activeId ?? null };
  set(next);
  clearTimeout(timer);
  timer = setTimeout(() => write("replaceState"), WRITE_DELAY_MS);
}

/** Writes the address now, if that is outstanding. */
export function flush(): void {
  if (timer !== undefined) write("replaceState");
}

/** Remembers a place in the list, for the time when Back returns to it. */
export function rememberPlace(next: Place): void {
  place = next;
  clearTimeout(timer);
  timer = setTimeout(() => write("replaceState"), WRITE_DELAY_MS);
}

/** Returns the place that the history has for the present view. */
export const rememberedPlace = (): Place => place;

addEventListener("popstate", () => {
  clearTimeout(timer);
  timer = undefined;
  place = history.state?.place ?? {};
  former = history.state?.former ?? null;
  set(parseView(location.search));
});
addEventListener("pagehide", flush);

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

/** The current view, as a hook. */
export const useView = (): View => useSyncExternalStore(subscribe, currentView, currentView);

/** Properties of a link to a view, which `open` opens. Clicks with a modifier or another button are the browser's. */
export function linkTo(next: View, open = navigate): { href: string; onClick: (event: MouseEvent) => void } {
  return {
    href: hrefOf(next),
    onClick: (event) => {
      if (event.defaultPrevented || event.button !== 0) return;
      if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      open(next);
    },
  };
}
