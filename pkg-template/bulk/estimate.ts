// The estimate of a bulk call's cost.

import type { Estimate } from "../client/bulk-options.js";
import type { BulkOperation, ListCalls } from "../client/bulk-part.js";
import type { Host } from "../client/host.js";
import { BULK_IDS, EARLIEST_MS, LAST_MS, LEAST_NOW_MS, WINDOW_MS } from "../generated/bulk-params.js";
import type { CasesByContractParams } from "../generated/types.js";
import { type CheckedParams, checkOptions, checkParams } from "./check.js";
import { client as lent } from "./client.js";
import { limitsOf } from "./limits.js";

/** Estimates a bulk call, with a sample of lists that are requested. Parameters are JSON text, options plain values. */
export async function estimate(
  host: Host,
  client: ListCalls,
  params: string,
  { of: operation = "allCases", sample = 0, batchSize, ...unknown }: Record<string, unknown>,
): Promise<Estimate> {
  for (const name of Object.keys(unknown)) lent.rejectOption(name, "of, sample or batchSize", name);
  if (operation !== "allCases" && operation !== "changes" && operation !== "allDetails") {
    return lent.rejectOption("of", '"allCases", "changes" or "allDetails"', operation);
  }
  if (!isCount(sample)) return lent.rejectOption("sample", "a whole number of requests from 0 to 1000", sample);
  const [problems, asked] = checkParams(params, operation);
  const [others, { batch_size }] = checkOptions(JSON.stringify({ batchSize }), 0);
  if (problems.length + others.length > 0) throw lent.invalid([...problems, ...others]);
  const limits = limitsOf(host);
  const lists = planLists(asked, operation, batch_size, limits[3]);
  let pages = 1;
  const chosen = sampleLists(asked, lists, sample);
  let count = 0;
  // One after another, so that none times out while it waits for the rate limit.
  for (const list of chosen) {
    const { pagination_response_record } = await (client[lists.call] as ListCalls["casesByContract"])(list);
    // An empty list has one page.
    count += Math.max(pagination_response_record.last_index, 1);
  }
  if (chosen.length > 0) pages = count / chosen.length;
  return estimateOf(lists, limits, pages);
}

const isCount = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 1000;

/** The lists that a call reads, or the batches of ids that it requests. */
export interface ListPlan {
  call: "casesByContract" | "casesByUser";
  /** Whether the call reads lists with pages. */
  isList: boolean;
  /** The number of ids per request. */
  batch: number;
  batches: number;
  windows: number;
  from_ms: number;
  to_ms: number;
}

export function planLists(
  asked: CheckedParams,
  operation: BulkOperation,
  batchSize: number | undefined,
  unixMs: number,
): ListPlan {
  const [field, , most] = BULK_IDS.find(([name]) => name === asked.field)!;
  const batch = operation === "allDetails" ? 1 : Math.min(batchSize ?? most, most);
  const isList = field !== "case_ids";
  const { is_undated } = asked;
  // Dates are sent in whole seconds.
  const from_ms = Math.floor((asked.from_ms ?? EARLIEST_MS) / 1000) * 1000;
  // A range without an end has full windows and ends a day ahead: this machine's clock may be behind.
  const end = asked.to_ms ?? Math.max(from_ms, Math.max(unixMs, LEAST_NOW_MS) + 86_400_000);
  const windows = isList && !is_undated ? Math.max(0, Math.floor((end - from_ms) / WINDOW_MS) + 1) : 1;
  const to_ms = asked.to_ms ?? Math.min(from_ms + windows * WINDOW_MS - 1, LAST_MS);
  const call = field === "contract_ids" ? "casesByContract" : "casesByUser";
  return { call, isList, batch, batches: Math.ceil(asked.ids.length / batch), windows, from_ms, to_ms };
}

/** Returns the number of requests and the minimum time at these limits. The first burst is sent at once. */
export function estimateOf(lists: ListPlan, limits: readonly number[], pages: number): Estimate {
  const { isList, batches, windows } = lists;
  const requests = Math.min(Math.ceil(batches * windows * (isList ? pages : 1)), 2 ** 32 - 1);
  const [perSecond = 0, perMinute = 0, perDay = 0] = limits;
  const days = perDay ? Math.max(Math.ceil(requests / perDay), 1) : 1;
  const waits = (limit: number, seconds: number) =>
    limit ? Math.floor(Math.max(requests - 1, 0) / limit) * seconds : 0;
  return { requests, atLeastSeconds: Math.max(waits(perSecond, 1), waits(perMinute, 60), (days - 1) * 86_400), days };
}

/** Returns the parameters of a sample of the lists, evenly distributed. */
export function sampleLists(asked: CheckedParams, lists: ListPlan, count: number): CasesByContractParams[] {
  const { isList, batch, batches, windows } = lists;
  const all = batches * windows;
  const length = isList ? Math.min(count, all) : 0;
  const date = (ms: number) => new Date(ms).toISOString().replace(".000", "");
  return Array.from({ length }, (_, nth) => {
    const at = Math.floor((nth * all) / length);
    const first = (at % batches) * batch;
    const params: Record<string, unknown> = { [asked.field]: asked.ids.slice(first, first + batch) };
    if (!asked.is_undated) {
      const from = lists.from_ms + Math.floor(at / batches) * WINDOW_MS;
      params["date_created_from"] = date(from);
      params["date_created_to"] = date(Math.min(lists.to_ms, from + WINDOW_MS - 1));
    }
    if (asked.status_flag) params["status_flag"] = asked.status_flag;
    return params as unknown as CasesByContractParams;
  });
}
