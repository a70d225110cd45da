// Formats of numbers, dates, severities and statuses.

import { el } from "./dom.js";

const NUMBER = new Intl.NumberFormat("en");
// In UTC, as the service's days and the search form's dates.
const DATE = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" });

export const count = (number: number): string => NUMBER.format(number);

/** Formats a count with its noun: "1 case", "1,143 cases". */
export const counted = (number: number, one: string, many = `${one}s`): string =>
  `${count(number)} ${number === 1 ? one : many}`;

/** Formats a date of the service. Text that is no date is returned unchanged. */
export function date(text: string | null): Node | string {
  if (text === null) return "–";
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) return text;
  return el("time", { datetime: text, title: text }, DATE.format(time));
}

/** Formats a duration as "2 s" or "5 min". */
export function duration(ms: number): string {
  return ms < 90_000 ? `${count(Math.ceil(ms / 1000))} s` : `${count(Math.ceil(ms / 60_000))} min`;
}

/** Formats a severity as a badge, and a missing one as a dash. */
export function severity(level: number | null): HTMLElement {
  const text = level === null ? "–" : String(level);
  return el(
    "span",
    { class: `severity severity-${level ?? "none"}`, title: level === 1 ? "1 is the highest" : null },
    text,
  );
}

const STATUS_CLASSES: Record<string, string> = {
  "Cisco Pending": "vendor",
  "Cisco Release Pending": "release",
  "Close Pending": "closing",
  Closed: "closed",
  "Customer Pending": "customer",
  "Service Order Pending": "order",
};

/** Formats a status. The set is open: an unknown status is shown unchanged. */
export function status(text: string): HTMLElement | string {
  if (!text) return "–";
  return el(
    "span",
    { class: `status status-${Object.hasOwn(STATUS_CLASSES, text) ? STATUS_CLASSES[text] : "other"}` },
    text,
  );
}
