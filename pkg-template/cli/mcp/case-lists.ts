// What tools that list cases share: the arguments of a query, the rows of cases, and pages of a remembered list.

import type { CallToolResult } from "@modelcontextprotocol/server";
import type { CaseConditions, CaseQuery } from "../library.js";
import { QUERY_MAX_LIMIT } from "../../generated/boundary.js";
import type { HeldCases } from "./held-cases.js";
import { type Principal, type Serving, resolvedConditions } from "./serving.js";
import { CASE_FIELDS, CONDITIONS, SORT } from "./table-schemas.js";
import { compactRow } from "./token-budget.js";
import { type ToolAnswer, takeRows, toolResult } from "./tool.js";
import { objectSchema, simpleSchema, type ToolProperties, type ToolSchema } from "./tool-schema.js";

/** The cases of a page without `limit`. */
const DEFAULT_LIMIT = 50;

/** The most cases of a page. */
const MAX_LIMIT = 200;

/** The cases of a list that a cursor can reach. The store answers at most so many at a time. */
export const MAX_LIST = QUERY_MAX_LIMIT;

/** The note on a list that leaves out the cases beyond {@link MAX_LIST}. */
export const CUT_NOTE = ", which are all that a list has; narrow the conditions for others";

/** The fields of a case in results. */
const { item_entry_id: _number, ...FIELDS } = CASE_FIELDS;

/** The schema of a case in results. Fields without a value are absent. */
export const CASE_ROW: ToolSchema = {
  ...objectSchema(FIELDS, ["case_id"], "A case. Fields without a value are absent."),
  additionalProperties: true,
};

/** The arguments that select cases. */
export interface QueryArguments {
  readonly where?: CaseConditions;
  readonly not?: CaseConditions;
}

/** The schemas of the arguments that select cases. */
export const QUERY_PROPERTIES: ToolProperties = {
  where: objectSchema(
    CONDITIONS,
    [],
    'Conditions, all of which a case must match. where.status_flag ["O"] alone reads all open cases; otherwise the cases ' +
      "created since where.created.from are read, by default since created_from of server_status. where.contract_id or where.user_id may " +
      "name any contracts or users of the account. Lists of the service do not have technologies: technology_name then matches no case.",
  ),
  not: objectSchema(CONDITIONS, [], "Conditions of which a case must match none."),
};

/** The schemas of the arguments of pages. */
export const PAGE_ARGUMENTS: ToolProperties = {
  limit: simpleSchema("integer", `Most rows of a page; default ${DEFAULT_LIMIT}.`, { minimum: 1, maximum: MAX_LIMIT }),
  cursor: simpleSchema("string", "next_cursor of the result before; the other arguments then do not count."),
};

/** The schema of the order. */
export const SORT_PROPERTY: ToolProperties = { sort: SORT };

/** Returns the query of arguments. */
export function queryOf({ where, not }: QueryArguments, serving: Serving): CaseQuery {
  return {
    where: resolvedConditions(where, "where", serving),
    ...(not && { not: resolvedConditions(not, "not", serving) }),
  };
}

/** A remembered list of cases. */
export interface CaseList {
  readonly held: HeldCases;
  readonly case_ids: readonly string[];
  readonly head: readonly string[];
  readonly more: Readonly<Record<string, unknown>>;
}

/** Returns the ids of the cases that match a query, in its order. */
export const idsOf = (held: HeldCases, query: CaseQuery): string[] =>
  held.store.query({ ...query, offset: 0, limit: MAX_LIST }).cases.map(({ case_id }) => case_id);

/** Returns a page of a list of cases. `id` is that of a list that is remembered already. */
export async function casesPage(
  tool: string,
  list: CaseList,
  page: { readonly id?: string; readonly from: number; readonly limit: number | undefined },
  serving: Serving,
  principal: Principal,
): Promise<CallToolResult> {
  const { held, case_ids } = list;
  const { rows, next } = await takeRows(case_ids, page.from, page.limit ?? DEFAULT_LIMIT, async (ids) => {
    // A case that has gone since the first page stays in the list as its number.
    const records = ids.map((case_id) => (held.isClosed ? undefined : held.store.get(case_id)));
    const found = await serving.presented(records.filter((record) => record !== undefined));
    const byId = new Map(found.map((record) => [(record as { case_id: string }).case_id, record]));
    return ids.map((case_id) => caseRow(byId.get(case_id) ?? { case_id }));
  });
  const id = page.id ?? (next < case_ids.length ? serving.cursors.remember(tool, principal.key, list) : "");
  const nextCursor = next < case_ids.length ? serving.cursors.cursor(id, String(next)) : undefined;
  const cut = case_ids.length === MAX_LIST ? CUT_NOTE : "";
  const range = rows.length > 0 ? [`Cases ${page.from + 1} to ${next} of ${case_ids.length}${cut}:`] : [];
  const answer: ToolAnswer = { head: [...list.head, ...range], name: "cases", rows, more: list.more, nextCursor };
  return toolResult(answer, tool);
}

/** Returns a case as a row of a result. */
export function caseRow(record: object): Record<string, unknown> {
  const row = compactRow(record as Record<string, unknown>);
  return Object.fromEntries(Object.entries(row).filter(([name]) => Object.hasOwn(FIELDS, name)));
}
