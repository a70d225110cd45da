// The focus of the list after a command whose own button is gone, or from the search: the list follows its view some time later.

import { currentView } from "../app/navigation.js";
import type { View } from "../app/view.js";

/** The view whose cases the list shows; `null` without a list. */
let shown: View | null = null;
let isWanted = false;

/** Focuses the list once it shows the present view; the search box if it is empty then. */
export function focusListSoon(): void {
  isWanted = shown !== null;
  focusIfShown();
}

/** Notes the view that the list shows from now on. */
export function noteShownView(view: View | null): void {
  shown = view;
  if (view === null) isWanted = false;
  focusIfShown();
}

function focusIfShown(): void {
  if (!isWanted || shown !== currentView()) return;
  isWanted = false;
  const list = document.querySelector<HTMLElement>("[data-list-focus]");
  (list ?? document.getElementById("search"))?.focus();
}
