// The rate limits of a client and the time, for the bulk module.

import type { Host } from "../client/host.js";
import {
  BUDGET_DAY,
  BUDGET_LIMIT,
  BUDGET_MINUTE,
  BUDGET_SECOND,
  BUDGET_SERVICE_MS,
} from "../generated/bulk-boundary.js";
import { client } from "./client.js";

/**
 * Returns the client's limits per second, minute and day, 0 for none, and the time in milliseconds since 1970 (UTC): that of the
 * service if known.
 */
export function limitsOf(host: Host): [perSecond: number, perMinute: number, perDay: number, unixMs: number] {
  const budget = client.budgetOf(host);
  const limit = (at: number) => Math.max(0, budget[at + BUDGET_LIMIT] ?? 0);
  return [limit(BUDGET_SECOND), limit(BUDGET_MINUTE), limit(BUDGET_DAY), budget[BUDGET_SERVICE_MS]!];
}
