// Announcements for screen readers. A region outside of an open dialog is silent, so each dialog has one of its own, and an
// announcement goes to the topmost.

import { type ReactNode, useLayoutEffect, useRef } from "react";

/** The regions, the topmost last. */
const regions: HTMLElement[] = [];
/** The rest after the last announcement of results, in milliseconds. */
const REST_MS = 800;
/** The time after which an announcement has been read out, or begun, in milliseconds. */
const UNREAD_MS = 1000;
let last: { readonly region: HTMLElement; readonly text: string; readonly at: number } | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;

/** A region for announcements, present from the first paint. */
export function Announcer(): ReactNode {
  const ref = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const region = ref.current!;
    regions.push(region);
    return () => {
      regions.splice(regions.indexOf(region), 1);
      // What the last action of a dialog has announced is lost with its region: the page says it.
      if (last?.region === region && Date.now() - last.at < UNREAD_MS) announce(last.text);
    };
  }, []);
  return <div ref={ref} className="visually-hidden" role="status" aria-live="polite" data-announcer />;
}

/** Announces the result of an action at once. */
export function announce(text: string): void {
  clearTimeout(timer);
  const region = regions.at(-1);
  if (!region) return;
  last = { region, text, at: Date.now() };
  // An equal text is not announced again: an invisible space makes it another one.
  region.textContent = region.textContent === text ? `${text}\u00a0` : text;
}

/** Announces what follows from typing, after a rest. */
export function announceLater(text: string): void {
  clearTimeout(timer);
  timer = setTimeout(() => announce(text), REST_MS);
}
