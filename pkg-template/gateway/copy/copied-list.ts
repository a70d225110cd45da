// Lists of `casesByContract` that the copy answers in the form of the service: a page whose request permits an age needs no
// request to the service, if the copy has all cases of the list and is young enough.

import type { StatusFlag } from "../../client/index.js";
import { LIMITS } from "../../generated/tables.js";
import { copiedList, type RawRequest } from "../../wasm/gateway.js";
import { callWasm } from "../wasm-instance.js";

/** The title of the service's pages. */
const TITLE = "Get Cases By Contract Id";

/** A requested list, as far as the copy can answer it. */
export interface CopiedList {
  /** The contracts of the list. */
  contract_ids: readonly string[];
  /** Only open or only closed cases. */
  status_flag?: StatusFlag;
  /** Bounds of the creation date, both inclusive, in milliseconds since 1970. */
  created?: { from: number; to: number };
  /** Number of the page, from 1. */
  page_index: number;
  /** The greatest permitted age, in milliseconds. */
  maxAgeMs: number;
}

/** The checked parameters of a list, as the wasm gives them. */
interface ListParams {
  contract_ids: string[];
  sort_by: string;
  status_flag?: StatusFlag;
  from_ms?: number;
  to_ms?: number;
  page_index: number;
  maxAgeMs: number;
}

/**
 * Returns the list that a valid request asks for; `undefined` if only the service may answer it: it is no list of contracts, it
 * permits no age, or it leaves open a date range that the service limits to 90 days. Parameters are those that the service would
 * get: a date alone is a whole day.
 */
export function copiedListOf(parsed: unknown): CopiedList | undefined {
  const params = callWasm(() => copiedList(parsed as RawRequest));
  if (params === undefined) return undefined;
  const { contract_ids, sort_by, status_flag, from_ms, to_ms, page_index, maxAgeMs } = JSON.parse(params) as ListParams;
  if (maxAgeMs === 0 || sort_by !== "UPDATED_DATE") return undefined;
  const hasNoDates = from_ms === undefined && to_ms === undefined;
  if (hasNoDates ? status_flag !== "O" : from_ms === undefined || to_ms === undefined) return undefined;
  return {
    contract_ids,
    page_index,
    maxAgeMs,
    ...(status_flag && { status_flag }),
    ...(from_ms !== undefined && to_ms !== undefined && { created: { from: from_ms, to: to_ms } }),
  };
}

/** Returns the query of a list, as JSON text. */
export function queryOfList({ contract_ids, status_flag, created, page_index }: CopiedList): string {
  return JSON.stringify({
    where: {
      contract_id: contract_ids,
      status_flag,
      // The end of a query's range is exclusive.
      created: created && { from: created.from, to: created.to + 1 },
    },
    sort: { by: "updated_date", order: "asc" },
    offset: (page_index - 1) * LIMITS.pageSize,
    limit: LIMITS.pageSize,
  });
}

/** Returns the page of a list in the form of the service; `undefined` if the answer of its query has no total. */
export function pageOfList({ page_index }: CopiedList, address: string, answer: string): string | undefined {
  const { total, cases } = JSON.parse(answer) as { total: number | null; cases: Record<string, unknown>[] };
  if (total === null) return undefined;
  return JSON.stringify({
    pagination_response_record: {
      last_index: Math.max(Math.ceil(total / LIMITS.pageSize), 1),
      page_index,
      page_records: cases.length,
      self_link: address,
      title: TITLE,
      total_records: total,
    },
    cases: cases.map((record, index) => recordOfService(record, index + 1)),
  });
}

/** Returns a case with the fields and forms of the service. */
function recordOfService(record: Record<string, unknown>, item_entry_id: number): Record<string, unknown> {
  const { extra, issues: _, severity, ...fields } = record;
  return {
    ...(extra as object),
    ...fields,
    item_entry_id,
    ...(severity !== null && { severity: String(severity) }),
  };
}
