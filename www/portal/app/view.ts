// The address model: everything that a view shows is in the query of the page's address, so that a link shows the same.
//
//   ?page=overview                         the overview
//   ?severity=1&severity=2&-status=Closed  cases of severity 1 or 2 whose status is not "Closed"
//   ?quiet_for_days=7-&sort=-updated_date  quiet for a week or longer, the last updated first
//   ?page=case&case=612345678&severity=1   a case, within the list that it was opened from

import type { CaseConditions, CaseQuery, CaseSortKey, DateInterval } from "cisco-support-case/store";

/** The pages of the portal. */
export const PAGES = ["cases", "overview", "news", "case"] as const;
export type PageName = (typeof PAGES)[number];

/** Fields of which a condition lists values. */
export const LIST_FIELDS = [
  "status_flag",
  "status",
  "severity",
  "contract_id",
  "user_id",
  "technology_name",
  "sub_technology_name",
  "serial_number",
  "bug",
  "rma",
  "case_id",
] as const;
export type ListField = (typeof LIST_FIELDS)[number];

/** Fields with a range of dates. */
export const DATE_FIELDS = ["created", "updated"] as const;
export type DateField = (typeof DATE_FIELDS)[number];

/** Fields with a range of days. */
export const AGE_FIELDS = ["open_for_days", "quiet_for_days", "in_status_for_days"] as const;
export type AgeField = (typeof AGE_FIELDS)[number];

/** A range of dates: the last days up to now, or fixed instants (RFC 3339), the second one excluded. */
export type DateRange = { readonly lastDays: number } | { readonly from?: string; readonly to?: string };

/** A range of whole days, both ends included. */
export interface DayRange {
  readonly min?: number;
  readonly max?: number;
}

/** Conditions of a view. Values of lists are texts; `""` means that a case has no value. */
export type Conditions = { readonly [field in ListField]?: readonly string[] } & {
  readonly [field in DateField]?: DateRange;
} & { readonly [field in AgeField]?: DayRange };

export const SORT_KEYS = [
  "updated_date",
  "creation_date",
  "status_since",
  "last_note_date",
  "severity",
  "status",
  "title",
  "case_id",
  "contract_id",
  "user_id",
  "technology_name",
] as const satisfies readonly CaseSortKey[];
export type SortKey = (typeof SORT_KEYS)[number];

/** A term of the order. */
export interface SortTerm {
  readonly by: SortKey;
  readonly order: "asc" | "desc";
}

/** Fields by which a list can be grouped: those that a list can be sorted by. */
export const GROUP_FIELDS = ["severity", "status", "contract_id", "user_id", "technology_name"] as const;
export type GroupField = (typeof GROUP_FIELDS)[number];

/** The reader's own marks of cases, which are kept in the browser. */
export const MARKS = ["unread", "pinned", "snoozed"] as const;
export type Mark = (typeof MARKS)[number];

/** A view of the portal. */
export interface View {
  readonly page: PageName;
  /** The case of the page `case`, or the one that is peeked at. */
  readonly caseId: string | null;
  /** The text to search for. */
  readonly text: string;
  readonly where: Conditions;
  readonly not: Conditions;
  /** The order; empty for that of the engine: the best match, or the last update first. */
  readonly sort: readonly SortTerm[];
  /** The columns; `null` for those of the settings. */
  readonly columns: readonly string[] | null;
  /** The density; `null` for that of the settings. */
  readonly density: "comfortable" | "compact" | null;
  readonly group: GroupField | null;
  /** The values of groups that are collapsed. */
  readonly collapsed: readonly string[];
  /** The reader's mark that cases must have. */
  readonly mark: Mark | null;
  /** The id of the saved view from which this one was made. */
  readonly base: string | null;
  /** The time zone that the link asks for; `null` for the reader's. */
  readonly zone: "UTC" | null;
  /** The instant from which ages are counted (RFC 3339); `null` for the present. */
  readonly now: string | null;
}

export const EMPTY_VIEW: View = Object.freeze({
  page: "cases",
  caseId: null,
  text: "",
  where: {},
  not: {},
  sort: [],
  columns: null,
  density: null,
  group: null,
  collapsed: [],
  mark: null,
  base: null,
  zone: null,
  now: null,
});

const includes = <T extends string>(list: readonly T[], value: string): value is T =>
  (list as readonly string[]).includes(value);

/** Returns a view whose other members are those of an empty view: for links. */
export const viewOf = (members: Partial<View>): View => ({ ...EMPTY_VIEW, ...members });

/** Reads the query of an address. What it does not understand it leaves out. */
export function parseView(search: string): View {
  const params = new URLSearchParams(search);
  const caseId = params.get("case") || null;
  const named = params.get("page") ?? "cases";
  // Without a case its page would have nothing to show.
  const page = named === "case" && caseId === null ? "cases" : named;
  const group = params.get("group") ?? "";
  const mark = params.get("mark") ?? "";
  const density = params.get("density");
  return {
    page: includes(PAGES, page) ? page : "cases",
    caseId,
    text: params.get("text") ?? "",
    where: readConditions(params, ""),
    not: readConditions(params, "-"),
    sort: readSort(params.get("sort") ?? ""),
    columns: params.has("columns") ? params.get("columns")!.split(",").filter(Boolean) : null,
    density: density === "compact" || density === "comfortable" ? density : null,
    group: includes(GROUP_FIELDS, group) ? group : null,
    collapsed: params.getAll("collapsed"),
    mark: includes(MARKS, mark) ? mark : null,
    base: params.get("base"),
    zone: params.get("zone") === "UTC" ? "UTC" : null,
    now: readNow(params.get("now")),
  };
}

/** Writes a view as the query of an address, `""` for an empty view. Equal views give equal texts. */
export function formatView(view: View): string {
  const params = new URLSearchParams();
  if (view.page !== "cases") params.set("page", view.page);
  if (view.caseId !== null) params.set("case", view.caseId);
  if (view.text.trim() !== "") params.set("text", view.text.trim());
  writeConditions(params, view.where, "");
  writeConditions(params, view.not, "-");
  if (view.sort.length > 0) {
    params.set("sort", view.sort.map(({ by, order }) => (order === "desc" ? `-${by}` : by)).join(","));
  }
  if (view.columns) params.set("columns", view.columns.join(","));
  if (view.density) params.set("density", view.density);
  if (view.group) params.set("group", view.group);
  for (const value of [...view.collapsed].sort()) params.append("collapsed", value);
  if (view.mark) params.set("mark", view.mark);
  if (view.base !== null) params.set("base", view.base);
  if (view.zone) params.set("zone", view.zone);
  if (view.now !== null) params.set("now", view.now);
  const text = params.toString().replaceAll("%2C", ",").replaceAll("%3A", ":");
  return text === "" ? "" : `?${text}`;
}

/** Reads the instant from which ages are counted, in one form. */
function readNow(text: string | null): string | null {
  const instant = readInstant(text);
  return instant === null ? null : new Date(instant).toISOString();
}

/** A day, or an instant (RFC 3339). `Date.parse` alone also takes such as `5`, in a way of each browser's own. */
const INSTANT = /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2}))?$/;

/** Reads an instant, or the beginning of a day (UTC); `null` for a text that is neither. */
function readInstant(text: string | null): string | null {
  const [, day, time] = INSTANT.exec(text ?? "") ?? [];
  if (day === undefined || new Date(`${day}T00:00:00Z`).toJSON()?.slice(0, 10) !== day) return null;
  const instant = `${day}${time ?? "T00:00:00Z"}`;
  return Number.isNaN(Date.parse(instant)) ? null : instant;
}

function readConditions(params: URLSearchParams, prefix: "" | "-"): Conditions {
  const found: Record<string, unknown> = {};
  for (const field of LIST_FIELDS) {
    const values = params.getAll(prefix + field);
    const known = values.filter((value) => isPossible(field, value));
    if (known.length > 0) found[field] = [...new Set(known)].sort();
  }
  for (const field of DATE_FIELDS) {
    const range = readDates(params.get(prefix + field) ?? "");
    if (range) found[field] = range;
  }
  for (const field of AGE_FIELDS) {
    const range = readDays(params.get(prefix + field) ?? "");
    if (range) found[field] = range;
  }
  return found as Conditions;
}

const isPossible = (field: ListField, value: string): boolean =>
  field === "severity" ? /^[1-4]?$/.test(value) : field === "status_flag" ? /^[OC]?$/.test(value) : true;

function writeConditions(params: URLSearchParams, conditions: Conditions, prefix: "" | "-"): void {
  for (const field of LIST_FIELDS) {
    for (const value of [...(conditions[field] ?? [])].sort()) params.append(prefix + field, value);
  }
  for (const field of DATE_FIELDS) {
    const range = conditions[field];
    if (!range) continue;
    params.set(prefix + field, "lastDays" in range ? `${range.lastDays}d` : `${range.from ?? ""}~${range.to ?? ""}`);
  }
  for (const field of AGE_FIELDS) {
    const range = conditions[field];
    if (range) params.set(prefix + field, `${range.min ?? ""}-${range.max ?? ""}`);
  }
}

function readDates(text: string): DateRange | undefined {
  const [, days] = /^([1-9]\d{0,4})d$/.exec(text) ?? [];
  if (days) return { lastDays: Number(days) };
  const ends = text.split("~");
  const [from = null, to = null] = ends.map(readInstant);
  const isWrong = ends.length > 2 || [from, to].some((end, at) => end === null && (ends[at] ?? "") !== "");
  if (isWrong || (from === null && to === null)) return undefined;
  return { ...(from !== null && { from }), ...(to !== null && { to }) };
}

function readDays(text: string): DayRange | undefined {
  const [, min = "", max = ""] = /^(\d{0,6})-(\d{0,6})$/.exec(text) ?? [];
  if (min === "" && max === "") return undefined;
  return { ...(min !== "" && { min: Number(min) }), ...(max !== "" && { max: Number(max) }) };
}

function readSort(text: string): SortTerm[] {
  const terms: SortTerm[] = [];
  for (const term of text.split(",")) {
    const by = term.replace(/^-/, "");
    if (includes(SORT_KEYS, by) && !terms.some((one) => one.by === by)) {
      terms.push({ by, order: term.startsWith("-") ? "desc" : "asc" });
    }
  }
  return terms;
}

const DAY_MS = 86_400_000;

/** Returns the interval of a range of dates. Relative ranges begin with a day (UTC), so that answers change once a day. */
export function intervalOf(range: DateRange, nowMs: number): DateInterval {
  if (!("lastDays" in range)) return range;
  return { from: new Date((Math.floor(nowMs / DAY_MS) + 1 - range.lastDays) * DAY_MS).toISOString() };
}

/** Returns a view whose relative ranges and ages are fixed: the same link shows the same cases later. */
export function withFixedTimes(view: View, nowMs: number): View {
  const fixed = (conditions: Conditions): Conditions => {
    const result: Record<string, unknown> = { ...conditions };
    for (const field of DATE_FIELDS) {
      const range = conditions[field];
      if (range) result[field] = intervalOf(range, nowMs);
    }
    return result as Conditions;
  };
  const now = view.now ?? (hasAges(view) ? new Date(nowMs).toISOString() : null);
  return { ...view, where: fixed(view.where), not: fixed(view.not), now };
}

const hasAges = ({ where, not }: View): boolean => AGE_FIELDS.some((field) => where[field] || not[field]);

/** Whether a view has a range that moves with the time. */
export const hasRelativeTimes = (view: View): boolean =>
  (view.now === null && hasAges(view)) ||
  [view.where, view.not].some((conditions) =>
    DATE_FIELDS.some((field) => conditions[field] !== undefined && "lastDays" in conditions[field]!),
  );

/** Returns conditions as those of a query. */
export function conditionsOf(conditions: Conditions, nowMs: number): CaseConditions {
  const result: Record<string, unknown> = { ...conditions };
  if (conditions.severity)
    result["severity"] = conditions.severity.map((value) => (value === "" ? null : Number(value)));
  for (const field of DATE_FIELDS) {
    const range = conditions[field];
    if (range) result[field] = intervalOf(range, nowMs);
  }
  return result as CaseConditions;
}

/** Returns the query of a view, without a window. `marked` are the ids of the cases with the view's mark. */
export function queryOf(view: View, nowMs: number, marked?: readonly string[]): CaseQuery {
  const where: CaseConditions = conditionsOf(view.where, nowMs);
  if (view.text.trim() !== "") where.text = view.text.trim();
  if (marked) restrictTo(where, marked);
  const not = conditionsOf(view.not, nowMs);
  const grouping: SortTerm[] = view.group
    ? [view.sort.find(({ by }) => by === view.group) ?? { by: view.group, order: "asc" }]
    : [];
  const rest = view.sort.filter(({ by }) => by !== view.group);
  // In groups the engine's own order must be named.
  const implied: CaseQuery["sort"] =
    where.text === undefined ? [{ by: "updated_date", order: "desc" }] : [{ by: "text" }];
  const sort = [...grouping, ...(rest.length > 0 || !view.group ? rest : implied)];
  return {
    ...(Object.keys(where).length > 0 && { where }),
    ...(Object.keys(not).length > 0 && { not }),
    ...(sort.length > 0 && { sort }),
    ...(view.now !== null && { now: view.now }),
  };
}

/** The maximum number of case numbers in a condition, which is a limit of the store. */
export const MAX_IDS = 1000;

function restrictTo(where: CaseConditions, ids: readonly string[]): void {
  const own = (where as { case_id?: readonly string[] }).case_id;
  const both = own ? ids.filter((id) => own.includes(id)) : ids;
  // No case has an empty number: nothing matches. A query names at most 1000: of more, the first are listed.
  (where as { case_id?: readonly string[] }).case_id = both.length > 0 ? both.slice(0, MAX_IDS) : [""];
}

/** Whether two views show the same list: page, case, base and zone aside. */
export const showSameList = (a: View, b: View): boolean => formatView(listOf(a)) === formatView(listOf(b));

/** The part of a view that says which rows its list has, and in which order. */
export const rowsOf = (view: View): string => formatView({ ...listOf(view), columns: null, density: null });

/** Whether the lists of two views have the same rows in the same order. */
export const showSameRows = (a: View, b: View): boolean => rowsOf(a) === rowsOf(b);

/** Returns the part of a view that a saved view consists of. */
export const listOf = (view: View): View => ({
  ...view,
  page: "cases",
  caseId: null,
  base: null,
  zone: null,
  collapsed: [],
});
