// The place of the focus when its element is removed or disabled by what it did: browsers then leave the focus nowhere, the next
// press of the tab key begins at the top of the page, and single keys reach no list.

/** Elements that the tab key reaches. */
const STOPS = "a[href], button, input, select, textarea, summary, [tabindex]";

/** The element that has the focus, its ancestors from itself on, and the index of each among its siblings. */
interface Focused {
  readonly path: readonly Element[];
  readonly indexes: readonly number[];
}

/** Moves the focus to a neighbour whenever its element is removed or disabled. Returns a function that ends that. */
export function keepFocus(): () => void {
  let focused: Focused | undefined;
  const onFocus = ({ target }: FocusEvent) => {
    if (target instanceof Element) focused = placeOf(target);
  };
  // A blur of an element that stays is meant so. Some browsers report one for what is removed, before it is gone.
  const onBlur = ({ target }: FocusEvent) =>
    queueMicrotask(() => {
      if (focused?.path[0] === target && !isGone(target as Element)) focused = undefined;
    });
  const observer = new MutationObserver(() => {
    const element = focused?.path[0];
    if (!focused || !element || !isGone(element)) return;
    const { activeElement } = document;
    if (activeElement !== document.body && activeElement !== element) return;
    const former = focused;
    focused = undefined;
    successorOf(former)?.focus({ preventScroll: true });
  });
  addEventListener("focusin", onFocus);
  addEventListener("focusout", onBlur);
  observer.observe(document.body, {
    childList: true,
    subtree: true,
    attributes: true,
    attributeFilter: ["disabled"],
  });
  return () => {
    removeEventListener("focusin", onFocus);
    removeEventListener("focusout", onBlur);
    observer.disconnect();
  };
}

const isGone = (element: Element): boolean => !element.isConnected || element.matches(":disabled");

function placeOf(target: Element): Focused {
  const path: Element[] = [];
  for (let at: Element | null = target; at; at = at.parentElement) path.push(at);
  return { path, indexes: path.map((one) => [...(one.parentElement?.children ?? [])].indexOf(one)) };
}

/** Returns the stop after the one that is gone, else the one before it; the content of the page if all around is gone. */
function successorOf({ path, indexes }: Focused): HTMLElement | null {
  // A dialog that closes returns the focus itself.
  if (path.some((one) => one.tagName === "DIALOG" && !one.isConnected)) return null;
  const main = document.getElementById("main");
  for (const [at, parent] of path.entries()) {
    if (at === 0 || !parent.isConnected) continue;
    if (parent === main || parent.contains(main)) break;
    const index = indexes[at - 1] ?? 0;
    const children = [...parent.children];
    const stop =
      children.slice(index).flatMap(stopsIn)[0] ??
      children.slice(0, index).flatMap(stopsIn).at(-1) ??
      (isStop(parent) ? parent : undefined);
    if (stop) return stop as HTMLElement;
  }
  return main;
}

const stopsIn = (element: Element): Element[] => [element, ...element.querySelectorAll(STOPS)].filter(isStop);

const isStop = (element: Element): boolean =>
  element.matches(STOPS) &&
  !element.matches(":disabled") &&
  (element as HTMLElement).tabIndex >= 0 &&
  element.checkVisibility();
