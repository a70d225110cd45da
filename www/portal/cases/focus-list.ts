// The place of the focus after a command whose own button is gone.

/** Focuses the list once it is drawn; the search box if the list is empty. */
export function focusListSoon(): void {
  requestAnimationFrame(() => {
    const list = document.querySelector<HTMLElement>("[data-list-focus]");
    (list ?? document.getElementById("search"))?.focus();
  });
}
