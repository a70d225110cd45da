// How numbers, dates and words are written.

import { el } from "./dom.js";

const NUMBER = new Intl.NumberFormat("en");
// In UTC: the service's days are, and the dates one searches by.
const DATE = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" });

export const count = (number: number): string => NUMBER.format(number);

/** "1 case", "1,143 cases". */
export const counted = (number: number, one: string, many = `${one}s`): string =>
  `${count(number)} ${number === 1 ? one : many}`;

/** A date of the service's; what cannot be read stays as it came. */
export function date(text: string | null): Node | string {
  if (text === null) return "–";
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) return text;
  return el("time", { datetime: text, title: text }, DATE.format(time));
}

/** "2 s", "5 min". */
export function duration(ms: number): string {
  return ms < 90_000 ? `${count(Math.ceil(ms / 1000))} s` : `${count(Math.ceil(ms / 60_000))} min`;
}

/** A severity; what the service did not send is 0. */
export function severity(level: number): HTMLElement {
  const text = level === 0 ? "–" : String(level);
  return el("span", { class: `severity severity-${level}`, title: level === 1 ? "1 is the highest" : null }, text);
}

const STATUS_LOOKS: Record<string, string> = {
  "Cisco Pending": "vendor",
  "Cisco Release Pending": "release",
  "Close Pending": "closing",
  Closed: "closed",
  "Customer Pending": "customer",
  "Service Order Pending": "order",
};

/** A status. The set is open: one that is not known here is shown as it came. */
export function status(text: string): HTMLElement | string {
  if (!text) return "–";
  return el(
    "span",
    { class: `status status-${Object.hasOwn(STATUS_LOOKS, text) ? STATUS_LOOKS[text] : "other"}` },
    text,
  );
}
