// Formats of numbers, dates and durations in the reader's locale and time zone. A page has a few formatters, each with its
// `Intl` objects: creating one of those costs more than a hundred calls of it.

/** The time zone of dates: the reader's own, or UTC. */
export type ZoneChoice = "local" | "utc";

/** The formats of a locale and a time zone. */
export interface Formatter {
  /** The locale, as a BCP 47 tag. */
  readonly locale: string;
  /** The choice of the time zone. */
  readonly zone: ZoneChoice;
  /** The formats in UTC: for days that are those of UTC, as of conditions and weeks. */
  readonly utc: Formatter;
  /** Returns the time zone of an instant as people read it: `UTC`, or such as `GMT+1`. */
  zoneName(date: DateInput): string;
  /** Formats a count: `1,143`. */
  count(value: number): string;
  /** Formats a count with its noun: `1 case`, `1,143 cases`. */
  counted(value: number, one: string, many?: string): string;
  /** Formats a ratio from 0 to 1 as a percentage. */
  percent(ratio: number): string;
  /** Formats a day: `28 Nov 2026`. */
  day(date: DateInput): string;
  /** Formats a day without its year: `28 Nov`. */
  shortDay(date: DateInput): string;
  /** Formats a day and a time: `28 Nov 2026, 12:04`. */
  dateTime(date: DateInput): string;
  /** Formats a time: `12:04`. */
  time(date: DateInput): string;
  /** Formats a time of today as {@link time}, and any other instant as {@link dateTime}. */
  moment(date: DateInput, nowMs: number): string;
  /** Formats the distance to an instant: `3 hours ago`. Dates in the future are `now`, as a reader's clock may be wrong. */
  ago(date: DateInput, nowMs: number): string;
  /** Formats the distance as {@link ago}, in few letters: `3h ago`. */
  shortAgo(date: DateInput, nowMs: number): string;
  /** Formats a duration: `40 seconds`, `5 minutes`. */
  duration(ms: number): string;
  /** Formats a number of days: `1 day`, `12 days`. */
  days(value: number): string;
  /** Formats texts as a list: `a, b and c`. */
  list(texts: readonly string[]): string;
}

/** A date: RFC 3339, milliseconds since 1970, or missing. */
export type DateInput = string | number | Date | null | undefined;

/** The text for what is missing. */
export const NOTHING = "–";

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
/** The length of a day in milliseconds. */
export const DAY_MS = 24 * HOUR_MS;

/** The units of distances, from the largest: each applies from its length. */
const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["year", 365 * DAY_MS],
  ["month", 30 * DAY_MS],
  ["week", 7 * DAY_MS],
  ["day", DAY_MS],
  ["hour", HOUR_MS],
  ["minute", MINUTE_MS],
];

const formatters = new Map<string, Formatter>();

/** Returns the formatter of a locale and a time zone: the same object for the same ones. */
export function formatterOf(locale: string, zone: ZoneChoice): Formatter {
  const key = `${zone} ${locale}`;
  const known = formatters.get(key);
  if (known) return known;
  const formatter = createFormatter(locale, zone);
  formatters.set(key, formatter);
  return formatter;
}

/** Returns the locale of the reader: the first that the browser names and can format. */
export function readerLocale(languages: readonly string[]): string {
  for (const language of languages) {
    try {
      const [found] = Intl.DateTimeFormat.supportedLocalesOf([language]);
      if (found) return found;
    } catch {
      // No BCP 47 tag, such as `C` on a server.
    }
  }
  return "en";
}

function createFormatter(locale: string, zone: ZoneChoice): Formatter {
  const timeZone = zone === "utc" ? "UTC" : undefined;
  const dates = (options: Intl.DateTimeFormatOptions) => {
    const format = lazy(() => new Intl.DateTimeFormat(locale, { ...options, timeZone }));
    return (date: DateInput): string => {
      const ms = instantOf(date);
      // A text that is no date is shown as the service sent it.
      return ms === undefined ? String(date || NOTHING) : format().format(ms);
    };
  };
  const numbers = new Intl.NumberFormat(locale);
  const plural = lazy(() => new Intl.PluralRules("en"));
  const percent = lazy(() => new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 0 }));
  const distances = (style: Intl.RelativeTimeFormatStyle) => {
    // "Yesterday" and "last year" are those of the calendar: a distance is counted. Only 0 seconds are "now".
    const format = lazy(() => new Intl.RelativeTimeFormat(locale, { style }));
    const now = lazy(() => new Intl.RelativeTimeFormat(locale, { numeric: "auto", style }));
    return (date: DateInput, nowMs: number): string => {
      const ms = instantOf(date);
      if (ms === undefined) return String(date || NOTHING);
      const passed = Math.max(0, nowMs - ms);
      for (const [unit, length] of UNITS) {
        if (passed >= length) return format().format(-Math.floor(passed / length), unit);
      }
      return now().format(0, "second");
    };
  };
  const lists = lazy(() => new Intl.ListFormat(locale, { type: "conjunction" }));
  const units = new Map<string, Intl.NumberFormat>();
  const inUnit = (value: number, unit: string) => {
    let format = units.get(unit);
    if (!format)
      units.set(unit, (format = new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "long" })));
    return format.format(value);
  };
  const zoneName = (date: DateInput) => {
    if (zone === "utc") return "UTC";
    const parts = new Intl.DateTimeFormat(locale, { timeZoneName: "short" }).formatToParts(instantOf(date));
    return parts.find(({ type }) => type === "timeZoneName")?.value ?? "";
  };
  const [day, dateTime, time] = [
    dates({ dateStyle: "medium" }),
    dates({ dateStyle: "medium", timeStyle: "short" }),
    dates({ timeStyle: "short" }),
  ];
  return {
    locale,
    zone,
    get utc() {
      return formatterOf(locale, "utc");
    },
    zoneName,
    count: (value) => numbers.format(value),
    counted: (value, one, many = `${one}s`) =>
      `${numbers.format(value)} ${plural().select(value) === "one" ? one : many}`,
    percent: (ratio) => percent().format(ratio),
    day,
    shortDay: dates({ day: "numeric", month: "short" }),
    dateTime,
    time,
    moment: (date, nowMs) => (day(date) === day(nowMs) ? time(date) : dateTime(date)),
    ago: distances("long"),
    shortAgo: distances("narrow"),
    duration(ms) {
      if (ms < 90 * SECOND_MS) return inUnit(Math.max(1, Math.ceil(ms / SECOND_MS)), "second");
      if (ms < 90 * MINUTE_MS) return inUnit(Math.ceil(ms / MINUTE_MS), "minute");
      return inUnit(Math.ceil(ms / HOUR_MS), "hour");
    },
    days: (value) => inUnit(value, "day"),
    list: (texts) => lists().format(texts),
  };
}

/** Returns the instant of a date in milliseconds since 1970, or `undefined` if it is none. */
export function instantOf(date: DateInput): number | undefined {
  if (date === null || date === undefined || date === "") return undefined;
  const ms = typeof date === "number" ? date : new Date(date).getTime();
  return Number.isFinite(ms) ? ms : undefined;
}

function lazy<T>(create: () => T): () => T {
  let value: T | undefined;
  return () => (value ??= create());
}
