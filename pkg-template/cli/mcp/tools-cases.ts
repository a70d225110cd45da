// The tools about many cases: search, changes, related cases and the overview.

import { type CaseQuery, type CaseRecord, CaseStore, type OpenStore, type StoreChange } from "../library.js";
import { UsageError } from "../exit-codes.js";
import { QUERY_MAX_VALUES } from "../../generated/boundary.js";
import { readDate } from "../option-values.js";
import {
  CASE_ROW,
  type CaseList,
  caseRow,
  casesPage,
  CUT_NOTE,
  idsOf,
  MAX_LIST,
  PAGE_ARGUMENTS,
  QUERY_PROPERTIES,
  type QueryArguments,
  queryOf,
  SORT_PROPERTY,
} from "./case-lists.js";
import type { Cursors } from "./cursors.js";
import type { HeldCases } from "./held-cases.js";
import { compactRow } from "./token-budget.js";
import { FRESHNESS_PROPERTIES, freshnessOf, PAGE_PROPERTIES, takeRows, type Tool, toolResult } from "./tool.js";
import { listSchema, objectSchema, simpleSchema, type ToolSchema } from "./tool-schema.js";

interface PageArguments {
  readonly limit?: number;
  readonly cursor?: string;
}

interface SearchArguments extends QueryArguments, PageArguments {
  readonly sort?: CaseQuery["sort"];
}

const TOTAL = simpleSchema("integer", "Number of matching cases.");

const CASES_OUTPUT: ToolSchema = objectSchema(
  { total: TOTAL, ...FRESHNESS_PROPERTIES, cases: listSchema(CASE_ROW, "The cases of this page."), ...PAGE_PROPERTIES },
  ["total", "is_complete", "cases"],
);

export const searchCases: Tool<SearchArguments> = {
  name: "search_cases",
  title: "Search cases",
  description:
    "Lists support cases that match conditions (status, severity, dates, age, technology, serial number, bug, RMA, words), " +
    "in any order, with the total. Answers come from cases that the server holds and keeps up to date, so that asking costs " +
    "few requests. Details and notes are in read_case.",
  input: objectSchema({ ...QUERY_PROPERTIES, ...SORT_PROPERTY, ...PAGE_ARGUMENTS }),
  output: CASES_OUTPUT,
  isOpenWorld: true,
  async call({ args, serving, principal, context }) {
    const { limit, cursor } = args;
    if (cursor !== undefined) {
      const { id, list, position } = serving.cursors.read<CaseList>(this.name, principal.key, cursor);
      return casesPage(this.name, list, { id, from: Number(position), limit }, serving, principal);
    }
    const asked = { ...queryOf(args, serving), ...(args.sort && { sort: args.sort }) };
    const { held, freshness, query } = await serving.read(asked, principal, context);
    const total = held.store.count(query);
    const { members, sentences } = freshnessOf(freshness);
    const list = {
      held,
      case_ids: idsOf(held, query),
      head: [`${total} matching cases.`, ...sentences],
      more: { total, ...members },
    };
    return casesPage(this.name, list, { from: 0, limit }, serving, principal);
  },
};

interface RelatedArguments extends PageArguments {
  readonly serial_number?: string;
  readonly bug?: string;
  readonly rma?: string;
  readonly case_id?: string;
  readonly contract_id?: readonly string[];
}

export const relatedCases: Tool<RelatedArguments> = {
  name: "related_cases",
  title: "Related cases",
  description:
    "Lists the cases that share a serial number, a bug or an RMA, the last updated first: those of one identifier, or those " +
    "related to a case. It looks among the cases created since created_from of server_status.",
  input: objectSchema({
    case_id: simpleSchema("string", "A case: the others with its serial number, bugs or RMAs."),
    serial_number: simpleSchema("string", "A serial number."),
    bug: simpleSchema("string", "A bug id, such as CSCab12345."),
    rma: simpleSchema("string", "An RMA number."),
    contract_id: listSchema(
      simpleSchema("string", "A contract id."),
      "Contracts to look in; default: those of the server.",
    ),
    ...PAGE_ARGUMENTS,
  }),
  output: CASES_OUTPUT,
  isOpenWorld: true,
  async call({ args, serving, principal, context }) {
    const { case_id, serial_number, bug, rma, contract_id, limit, cursor } = args;
    if (cursor !== undefined) {
      const { id, list, position } = serving.cursors.read<CaseList>(this.name, principal.key, cursor);
      return casesPage(this.name, list, { id, from: Number(position), limit }, serving, principal);
    }
    if ([case_id, serial_number, bug, rma].filter((value) => value !== undefined).length !== 1) {
      throw new UsageError("expected one of case_id, serial_number, bug and rma");
    }
    const { held, freshness } = await serving.read(
      { where: { ...(contract_id && { contract_id }) } },
      principal,
      context,
    );
    const identifiers = case_id === undefined ? [{ serial_number, bug, rma }] : identifiersOf(held, case_id);
    const found = identifiers.flatMap((by) => held.store.related(by));
    const case_ids = [...new Set(found.map((record) => record.case_id))].filter((id) => id !== case_id);
    const total = case_ids.length;
    const { members, sentences } = freshnessOf(freshness);
    const list = { held, case_ids, head: [`${total} related cases.`, ...sentences], more: { total, ...members } };
    return casesPage(this.name, list, { from: 0, limit }, serving, principal);
  },
};

function identifiersOf({ store }: HeldCases, case_id: string) {
  const record = store.get(case_id);
  if (!record)
    throw new UsageError(`case_id: ${case_id} is not among the cases that were read; read_case shows its identifiers`);
  const { serial_number, bugs, rmas } = record;
  return [
    ...(serial_number ? [{ serial_number }] : []),
    ...bugs.map((bug) => ({ bug })),
    ...rmas.map((rma) => ({ rma })),
  ];
}

interface ChangesArguments extends QueryArguments, PageArguments {
  readonly since?: string;
}

/** A change as a row: the case with the kind of the change. */
interface ChangeRow {
  readonly change: string;
  readonly case_id: string;
  readonly changed?: Pick<StoreChange, "fields" | "before" | "after">;
}

interface ChangeList {
  readonly held: HeldCases;
  readonly changes: readonly ChangeRow[];
  /** The number of changes, also of those that a list does not hold. */
  readonly total: number;
  readonly head: readonly string[];
  readonly more: Readonly<Record<string, unknown>>;
}

const CHANGE_ROW: ToolSchema = {
  ...CASE_ROW,
  properties: {
    change: simpleSchema("string", "The kind of the change.", {
      enum: ["new", "updated", "closed", "reopened", "gone"],
    }),
    fields: listSchema(simpleSchema("string", "A field."), "Fields that changed, as far as they are known."),
    ...CASE_ROW.properties,
  },
  required: ["change", "case_id"],
};

/** The state of a set after a result of list_changes. */
interface ChangeState {
  readonly held: HeldCases;
  readonly version: number;
}

/** The tokens of {@link ChangeState} have a dot, which no time has. */
const isState = (since: string) => since.length > 20 && since.includes(".") && !/^\d{4}-\d{2}-/.test(since);

export const listChanges: Tool<ChangesArguments> = {
  name: "list_changes",
  title: "List changes",
  description:
    "Lists what has changed: new, updated and closed cases since a time (since: 24h, 7d, 2026-01-31), or exactly since an " +
    "earlier result (since: its continue_from), then with the changed fields, and also of cases whose status, status_flag, " +
    "severity or title does not match any more. Other conditions are compared with the case as it is now.",
  input: objectSchema({
    since: simpleSchema(
      "string",
      "A time, an age such as 24h or 7d (default 24h), or continue_from of an earlier result.",
    ),
    where: QUERY_PROPERTIES["where"] as ToolSchema,
    ...PAGE_ARGUMENTS,
  }),
  output: objectSchema(
    {
      total: simpleSchema("integer", "Number of changes."),
      since: simpleSchema("string", "Time from which changes are listed; absent after continue_from."),
      continue_from: simpleSchema(
        "string",
        "Value of since for a later call that lists what has changed after this one.",
      ),
      ...FRESHNESS_PROPERTIES,
      changes: listSchema(CHANGE_ROW, "The changes of this page."),
      ...PAGE_PROPERTIES,
    },
    ["total", "is_complete", "changes"],
  ),
  isOpenWorld: true,
  async call({ args, serving, principal, context }) {
    const { limit, cursor, since = "24h" } = args;
    const page = async (list: ChangeList, from: number, id?: string) => {
      const { changes, held, total } = list;
      const { rows, next } = await takeRows(changes, from, limit ?? 50, async (some) => {
        const records = some.map(({ case_id }) => (held.isClosed ? undefined : held.store.get(case_id)));
        const shown = await serving.presented(records.filter((record) => record !== undefined));
        const byId = new Map(shown.map((record) => [(record as { case_id: string }).case_id, record]));
        return some.map(({ change, case_id, changed }) => ({
          change,
          ...(changed && compactRow({ fields: changed.fields })),
          ...caseRow(byId.get(case_id) ?? { case_id }),
        }));
      });
      const isEnd = next >= changes.length;
      const listId = id ?? (isEnd ? "" : serving.cursors.remember(this.name, principal.key, list));
      const nextCursor = isEnd ? undefined : serving.cursors.cursor(listId, String(next));
      const cut = changes.length < total ? CUT_NOTE : "";
      const range = rows.length > 0 ? [`Changes ${from + 1} to ${next} of ${changes.length}${cut}:`] : [];
      return toolResult(
        { head: [...list.head, ...range], name: "changes", rows, more: list.more, nextCursor },
        this.name,
      );
    };
    if (cursor !== undefined) {
      const { id, list, position } = serving.cursors.read<ChangeList>(this.name, principal.key, cursor);
      return page(list, Number(position), id);
    }
    const asked = queryOf(args, serving);
    const date = isState(since) ? undefined : readDate("since", since, serving.now);
    const state = date === undefined ? stateOf(serving.states, principal.key, since) : undefined;
    const { held, freshness, query } = state
      ? await serving.readAgain(state.held, asked, principal, context)
      : await serving.read(asked, principal, context);
    // Another round may apply changes while these are collected: they belong to the next result.
    const { version } = held.store;
    const { changes, total } = state
      ? await exactChanges(state, query, serving.now)
      : changesSince(held, String(date), query);
    const { members, sentences } = freshnessOf(freshness);
    // A set that was not filled yet would report every case as new.
    const continue_from = freshness.isComplete
      ? serving.states.cursor(serving.states.remember(STATE, principal.key, { held, version }), "0")
      : undefined;
    const more = {
      total,
      ...(date !== undefined && { since: date }),
      ...(continue_from && { continue_from }),
      ...members,
    };
    const what = date === undefined ? "since the earlier result" : `since ${date}`;
    const later = continue_from
      ? [`For what changes after this, call ${this.name} later with since "${continue_from}".`]
      : [];
    return page({ held, changes, total, head: [`${total} changes ${what}.`, ...sentences, ...later], more }, 0);
  },
};

const STATE = "list_changes";

/** Returns the state of an earlier result. */
function stateOf(states: Cursors, principal: string, since: string): ChangeState {
  const failure = new UsageError("since: continue_from is too old, or of another server; give a time, such as 24h");
  let state: ChangeState;
  try {
    ({ list: state } = states.read<ChangeState>(STATE, principal, since));
  } catch {
    throw failure;
  }
  if (state.held.isClosed) throw failure;
  return state;
}

/** The changes that the store has seen since a state, of cases that match a query now or matched it then, and of those that have gone. */
async function exactChanges(
  { held: { store }, version }: ChangeState,
  query: CaseQuery,
  now: number,
): Promise<Pick<ChangeList, "changes" | "total">> {
  const changes = store.changesSince(version);
  const former = formerRecords(store, changes);
  const matching = matchingIds(
    store,
    query,
    changes.map(({ case_id }) => case_id),
  );
  const then = await CaseStore.open({ now: new Date(now) });
  try {
    then.apply([...former.values()]);
    for (const case_id of matchingIds(then, query, [...former.keys()])) matching.add(case_id);
  } finally {
    await then.close();
  }
  const rows = changes
    .filter(({ case_id, type }) => type === "gone" || matching.has(case_id))
    .map(({ type, case_id, fields, before, after }) => ({ change: type, case_id, changed: { fields, before, after } }));
  return { changes: rows, total: rows.length };
}

/** Returns the cases as they were before changes, as far as these tell it; those that were not there are left out. */
function formerRecords(store: OpenStore, changes: readonly StoreChange[]): Map<string, CaseRecord> {
  const found = new Map<string, CaseRecord | undefined>();
  for (const { case_id, type, before } of [...changes].reverse()) {
    const after = found.has(case_id) ? found.get(case_id) : store.get(case_id);
    const flag = type === "closed" ? "O" : type === "reopened" ? "C" : undefined;
    const { status, severity, title } = before;
    const values = {
      ...(status !== undefined && { status }),
      ...(severity !== undefined && { severity: severity as CaseRecord["severity"] }),
      ...(title !== undefined && { title }),
      ...(flag && { status_flag: flag }),
    };
    found.set(case_id, type === "new" || type === "gone" || !after ? undefined : { ...after, ...(values as object) });
  }
  return new Map([...found].flatMap(([case_id, record]) => (record ? [[case_id, record] as const] : [])));
}

/** Returns those ids whose cases match a query. */
function matchingIds(store: OpenStore, query: CaseQuery, ids: readonly string[]): Set<string> {
  const { case_id: given } = query.where ?? {};
  const wanted =
    given === undefined || given.length === 0 ? undefined : new Set(typeof given === "string" ? [given] : given);
  const asked = [...new Set(ids)].filter((id) => wanted?.has(id) ?? true);
  const found = new Set<string>();
  for (let at = 0; at < asked.length; at += QUERY_MAX_VALUES) {
    const where = { ...query.where, case_id: asked.slice(at, at + QUERY_MAX_VALUES) };
    const { cases } = store.query({ ...query, where, offset: 0, limit: QUERY_MAX_VALUES });
    for (const { case_id } of cases) found.add(case_id);
  }
  return found;
}

/** The cases that were updated since a time, the last updated first. */
function changesSince({ store }: HeldCases, since: string, query: CaseQuery): Pick<ChangeList, "changes" | "total"> {
  const { updated } = query.where ?? {};
  const from = updated?.from !== undefined && String(updated.from) > since ? updated.from : since;
  const where = { ...query.where, updated: { ...updated, from } };
  const sort = { by: "updated_date", order: "desc" } as const;
  const { cases, total } = store.query({ ...query, where, sort, limit: MAX_LIST });
  const changes = cases.map(({ case_id, creation_date, status_flag }) => ({
    case_id,
    change:
      creation_date !== null && Date.parse(creation_date) >= Date.parse(since)
        ? "new"
        : status_flag === "C"
          ? "closed"
          : "updated",
  }));
  return { changes, total };
}

interface OverviewArguments extends QueryArguments {
  readonly weeks?: number;
  readonly top?: number;
}

const count = (description: string) => simpleSchema("integer", description);
const row = (description: string, properties: Record<string, ToolSchema>, required: string[]) =>
  listSchema(objectSchema(properties, required, "A row."), description);
const BUCKET = {
  from_days: count("First day; absent for the first bucket."),
  to_days: count("Day after the last one; absent for the last bucket."),
  count: count("Number of cases."),
};

export const overview: Tool<OverviewArguments> = {
  name: "overview",
  title: "Overview of cases",
  description:
    "Counts cases by severity and status, age, days without an update, the party that open cases wait for, week (opened, " +
    "closed, backlog), technology, and serial numbers with several cases.",
  input: objectSchema({
    ...QUERY_PROPERTIES,
    weeks: simpleSchema("integer", "Number of weeks; default 8.", { minimum: 0, maximum: 104 }),
    top: simpleSchema("integer", "Number of technologies and serial numbers; default 10.", { minimum: 0, maximum: 50 }),
  }),
  output: objectSchema(
    {
      total: TOTAL,
      open: count("Number of open cases among them."),
      ...FRESHNESS_PROPERTIES,
      by_severity_and_status: row(
        "Counts by severity and status.",
        {
          severity: count("Severity; absent for cases without one."),
          status: simpleSchema("string", "Detailed status."),
          open: count("Open cases."),
          closed: count("Closed cases."),
        },
        ["status", "open", "closed"],
      ),
      age_of_open: row("Open cases by days since their creation.", BUCKET, ["count"]),
      quiet: row("Open cases by days since the last update.", BUCKET, ["count"]),
      waiting_on: row(
        "Open cases by the party that they wait for.",
        { party: simpleSchema("string", "The party."), count: count("Number of cases.") },
        ["party", "count"],
      ),
      weeks: row(
        "Weeks (ISO, UTC).",
        {
          week: simpleSchema("string", "Week, such as 2026-W01."),
          opened: count("Cases created."),
          closed: count("Cases closed."),
          backlog: count("Cases open at its end."),
        },
        ["week", "opened", "closed", "backlog"],
      ),
      counts: row(
        "Technologies, and serial numbers with several cases.",
        {
          kind: simpleSchema("string", "technology or serial_number.", { enum: ["technology", "serial_number"] }),
          value: simpleSchema("string", "The value; absent for none."),
          count: count("Number of cases."),
        },
        ["kind", "count"],
      ),
      ...PAGE_PROPERTIES,
    },
    ["total", "open", "is_complete"],
  ),
  isOpenWorld: true,
  async call({ args, serving, principal, context }) {
    const { held, freshness, query } = await serving.read(queryOf(args, serving), principal, context);
    const found = held.store.overview(query, { weeks: args.weeks ?? 8, top: args.top ?? 10 });
    const { members, sentences } = freshnessOf(freshness);
    const buckets = (list: typeof found.ageing) =>
      list.map(({ fromDays, toDays, count }) => compactRow({ from_days: fromDays, to_days: toDays, count }));
    const parts = {
      by_severity_and_status: found.bySeverityAndStatus.map((one) => compactRow({ ...one })),
      age_of_open: buckets(found.ageing),
      quiet: buckets(found.quiet),
      waiting_on: Object.entries(found.waitingOn).map(([party, number]) => ({ party, count: number })),
      weeks: found.weeks.map(({ week, opened, closed, backlog }) => ({ week, opened, closed, backlog })),
    };
    const values = (kind: string, list: typeof found.technologies) =>
      list.map(({ value, count: number }) => compactRow({ kind, value, count: number }));
    const counts = [...values("technology", found.technologies), ...values("serial_number", found.serialNumbers)];
    const { rows } = await takeRows([...counts], 0, counts.length, async (some) => some);
    const more = { total: found.total, open: found.open, ...members, ...parts };
    // Statuses are texts of the service.
    const lines = [{ total: found.total, open: found.open, ...parts }, ...rows];
    const { content } = toolResult(
      {
        head: [`${found.total} cases, ${found.open} of them open.`, ...sentences],
        name: "counts",
        rows: lines,
        more,
        nextCursor: undefined,
      },
      this.name,
    );
    const structured = toolResult({ head: [], name: "counts", rows, more, nextCursor: undefined }, this.name);
    return { ...structured, content };
  },
};
