// The figures of the overview, each with the query of the cases that it counts. Charts and tables show the same models.

import type { AgeBucket, CaseConditions, CaseOverview, CaseQuery, CaseStore } from "cisco-support-case/store";

/** A number with the query of the cases that it counts. */
export interface Figure {
  /** The number of cases. */
  readonly count: number;
  /** The query that gives these cases. */
  readonly query: CaseQuery;
}

/** A figure with a name for people. */
export interface NamedFigure extends Figure {
  /** The identifier, for keys and styles. */
  readonly id: string;
  /** The name for people. */
  readonly label: string;
}

/** The figures of a week. The backlog has two parts, as the cases that were open then are open or closed today. */
export interface WeekFigures {
  /** The week, such as `2026-W01`. */
  readonly week: string;
  /** The first instant of the week, in milliseconds since 1970. */
  readonly startMs: number;
  /** The cases created in the week. */
  readonly opened: Figure;
  /** The cases closed in the week. */
  readonly closed: Figure;
  /** The number of cases that were open at the end of the week. */
  readonly backlog: number;
  /** Of the backlog, the cases that are open today. */
  readonly stillOpen: Figure;
  /** Of the backlog, the cases that were closed after the week. */
  readonly closedSince: Figure;
}

/** The table of severities and statuses. */
export interface SeverityTable {
  /** The statuses, in the order of a case's course. */
  readonly statuses: readonly NamedFigure[];
  /** The severities with a cell for each status. */
  readonly rows: readonly {
    readonly severity: number | null;
    readonly label: string;
    readonly cells: readonly NamedFigure[];
    readonly total: Figure;
  }[];
  /** All cases of the table. */
  readonly total: Figure;
  /** The largest number of a cell. */
  readonly max: number;
}

/** All figures of an overview. */
export interface OverviewModel {
  readonly tiles: readonly NamedFigure[];
  readonly severities: SeverityTable;
  readonly ageing: readonly NamedFigure[];
  /** The cases that have been open for half a year or longer. */
  readonly old: NamedFigure;
  readonly weeks: readonly WeekFigures[];
  readonly technologies: readonly NamedFigure[];
  /** The open cases whose technology is not known: lists do not have it, summaries and details do. */
  readonly withoutTechnology: NamedFigure;
  readonly serialNumbers: readonly NamedFigure[];
  /** The cases, open and closed. */
  readonly total: NamedFigure;
}

/** The number of weeks that the overview offers, and the first of them by default. */
export const WEEKS = [13, 26, 52] as const;

/** The days from which a case is old: a bound of the ages. */
const HALF_A_YEAR = 180;

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
const OPEN: CaseConditions = { status_flag: "O" };

/** The statuses in the order of a case's course; others follow. */
const STATUSES = [
  "Cisco Pending",
  "Customer Pending",
  "Cisco Release Pending",
  "Service Order Pending",
  "Close Pending",
];

/** The statuses in which a case waits for a party (rule 8.1 of queries). */
const WAITING_ON_US = ["Customer Pending", "Close Pending"];
const WAITING_ON_CISCO = ["Cisco Pending"];

/** The conditions to which an overview can be restricted: those that none of its figures sets. */
export type OverviewScope = Pick<CaseConditions, "contract_id" | "user_id" | "text">;

/** Returns the figures of the cases that match conditions. */
export function overviewOf(
  store: Pick<CaseStore, "overview" | "count">,
  weeks: number,
  where: OverviewScope = {},
): OverviewModel {
  const all = store.overview({ where }, { weeks, top: 10 });
  // One more than the ten that are shown, as cases without a technology are counted too.
  const open = store.overview({ where: { ...where, ...OPEN } }, { weeks, top: 11 });
  const query = (own: CaseConditions): CaseQuery => ({ where: { ...where, ...own } });
  const named = (id: string, label: string, count: number, own: CaseConditions): NamedFigure => ({
    id,
    label,
    count,
    query: query(own),
  });
  return {
    total: named("total", "All", all.total, {}),
    tiles: tilesOf(all, open, named, where),
    severities: severityTable(open, named),
    ageing: open.ageing.map((bucket) =>
      named(`${bucket.fromDays ?? 0}`, bucketLabel(bucket), bucket.count, {
        ...OPEN,
        open_for_days: range(bucket),
      }),
    ),
    old: named(
      "old",
      "Open for half a year or longer",
      sum(open.ageing.filter(({ fromDays }) => (fromDays ?? 0) >= HALF_A_YEAR).map(({ count }) => count)),
      { ...OPEN, open_for_days: { min: HALF_A_YEAR } },
    ),
    weeks: weeksOf(all, open, where),
    technologies: open.technologies
      .filter(({ value }) => value !== "")
      .slice(0, 10)
      .map(({ value, count }) =>
        named(String(value), String(value), count, { ...OPEN, technology_name: String(value) }),
      ),
    withoutTechnology: named("unknown", "Technology not known", store.count(query({ ...OPEN, technology_name: "" })), {
      ...OPEN,
      technology_name: "",
    }),
    serialNumbers: all.serialNumbers
      .filter(({ value }) => value !== "")
      .map(({ value, count }) => named(String(value), String(value), count, { serial_number: String(value) })),
  };
}

type Named = (id: string, label: string, count: number, own: CaseConditions) => NamedFigure;

function tilesOf(all: CaseOverview, open: CaseOverview, named: Named, where: CaseConditions): readonly NamedFigure[] {
  const severe = (severity: 1 | 2) =>
    sum(open.bySeverityAndStatus.filter((one) => one.severity === severity).map((one) => one.open));
  const week = weeksOf(all, open, where).at(-1);
  const waiting = (statuses: readonly string[]) =>
    sum(open.bySeverityAndStatus.filter(({ status }) => statuses.includes(status)).map((one) => one.open));
  const quiet = sum(open.quiet.filter(({ fromDays }) => (fromDays ?? 0) >= 7).map(({ count }) => count));
  const tiles = [
    named("open", "Open", open.open, OPEN),
    named("severity-1", "Severity 1", severe(1), { ...OPEN, severity: 1 }),
    named("severity-2", "Severity 2", severe(2), { ...OPEN, severity: 2 }),
    named("us", "Waiting on us", waiting(WAITING_ON_US), { ...OPEN, status: WAITING_ON_US }),
    named("cisco", "Waiting on Cisco", waiting(WAITING_ON_CISCO), { ...OPEN, status: WAITING_ON_CISCO }),
    named("quiet", "Quiet for a week", quiet, { ...OPEN, quiet_for_days: { min: 7 } }),
  ];
  if (!week) return tiles;
  return [
    ...tiles,
    { id: "opened", label: "Opened this week", ...week.opened },
    { id: "closed", label: "Closed this week", ...week.closed },
  ];
}

function severityTable(open: CaseOverview, named: Named): SeverityTable {
  const counts = open.bySeverityAndStatus;
  const known = new Set(counts.map(({ status }) => status));
  const others = [...known].filter((status) => !STATUSES.includes(status)).sort();
  const names = [...STATUSES, ...others];
  const severities = counts.some(({ severity }) => severity === null) ? [1, 2, 3, 4, null] : [1, 2, 3, 4];
  const count = (isWanted: (one: (typeof counts)[number]) => boolean) =>
    sum(counts.filter(isWanted).map((one) => one.open));
  const rows = severities.map((severity) => {
    const own = { ...OPEN, severity: severity as 1 | 2 | 3 | 4 | null };
    const label = severity === null ? "Without a severity" : `Severity ${severity}`;
    const cells = names.map((status) =>
      named(
        status,
        `${label}, ${status || "without a status"}`,
        count((one) => one.severity === severity && one.status === status),
        {
          ...own,
          status,
        },
      ),
    );
    return {
      severity,
      label,
      cells,
      total: named(
        "total",
        label,
        count((one) => one.severity === severity),
        own,
      ),
    };
  });
  return {
    rows,
    statuses: names.map((status) =>
      named(
        status,
        status || "Without a status",
        count((one) => one.status === status),
        { ...OPEN, status },
      ),
    ),
    total: named("total", "Open", open.open, OPEN),
    max: Math.max(0, ...rows.flatMap(({ cells }) => cells.map((cell) => cell.count))),
  };
}

function weeksOf(all: CaseOverview, open: CaseOverview, where: CaseConditions): readonly WeekFigures[] {
  const last = all.weeks.at(-1);
  const endMs = last ? Date.parse(last.start) + WEEK_MS : 0;
  return all.weeks.map(({ week, start, opened, closed, backlog }, index) => {
    const startMs = Date.parse(start);
    const nextMs = startMs + WEEK_MS;
    const stillOpen = open.weeks[index]?.backlog ?? 0;
    const until = { to: iso(nextMs) };
    return {
      week,
      startMs,
      backlog,
      opened: { count: opened, query: { where: { ...where, created: { from: iso(startMs), ...until } } } },
      closed: { count: closed, query: closedQuery(where, startMs, nextMs) },
      stillOpen: { count: stillOpen, query: { where: { ...where, ...OPEN, created: until } } },
      closedSince: {
        count: backlog - stillOpen,
        query: closedQuery({ ...where, created: until }, nextMs, endMs),
      },
    };
  });
}

/**
 * Returns the query of the cases that were closed in an interval of whole days. A case is closed since it has its status, so the
 * query asks for the days in the status as they are in the last millisecond of the interval.
 */
function closedQuery(where: CaseConditions, fromMs: number, toMs: number): CaseQuery {
  const days = Math.round((toMs - fromMs) / DAY_MS);
  // No case was created in an empty interval.
  if (days === 0) return { where: { ...where, status_flag: "C", created: { from: iso(toMs), to: iso(toMs) } } };
  const in_status_for_days = { min: 0, max: days - 1 };
  return { where: { ...where, status_flag: "C", in_status_for_days }, now: new Date(toMs - 1).toISOString() };
}

const iso = (ms: number): string => new Date(ms).toISOString();
const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

function range({ fromDays, toDays }: AgeBucket): { min?: number; max?: number } {
  return {
    ...(fromDays === null ? {} : { min: fromDays }),
    ...(toDays === null ? {} : { max: toDays - 1 }),
  };
}

/** Returns the name of a range of days: `under 7 days`, `7 to 29 days`, `a year and longer`. */
function bucketLabel({ fromDays, toDays }: AgeBucket): string {
  if (fromDays === null) return `under ${toDays} days`;
  if (toDays === null) return `${fromDays} days and more`;
  return `${fromDays} to ${toDays - 1} days`;
}
