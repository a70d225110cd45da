// Reading many cases into a store, with progress.

import { type AllCases, type CaseRecord, CaseStore, isCaseApiError, type OpenStore } from "./library.js";
import type { Connection } from "./connection.js";
import type { CommandContext } from "./context.js";
import { escapeLine } from "./escape.js";
import type { ProgressState } from "./progress.js";
import type { ReadTarget } from "./targets.js";

/** Opens a store that counts ages up to the time of what is read. */
export function openStore({ now }: Connection): Promise<OpenStore> {
  return CaseStore.open({ now: new Date(now ?? Date.now()).toISOString() });
}

/** The progress of a bulk call. */
export function bulkProgress(
  {
    cases,
    requests,
    etaMs,
    pages,
  }: {
    cases: number;
    requests: number;
    pages: number;
    etaMs: number | null;
  },
  elapsedMs: number,
): ProgressState {
  const done = etaMs === null || pages === 0 ? undefined : elapsedMs / Math.max(1, elapsedMs + etaMs);
  return { text: `${cases} cases, ${requests} requests`, done, ...(etaMs !== null && { leftMs: etaMs }) };
}

/**
 * Reads the cases of a target into a store. Parts that cannot be read are listed on standard error, and the exit code says
 * that the result is incomplete.
 */
export async function readIntoStore(
  store: OpenStore,
  connection: Connection,
  { params }: ReadTarget,
  context: CommandContext,
): Promise<void> {
  const start = performance.now();
  const all = connection.client.allCases(params, {
    signal: context.signal,
    onProgress: (progress) => context.progress.show(bulkProgress(progress, performance.now() - start)),
  });
  try {
    for await (const { cases } of all.pages()) store.apply(cases);
  } catch (error) {
    if (!isCaseApiError(error) || error.code !== "INCOMPLETE") throw error;
    reportFailures(all, context);
  } finally {
    context.progress.clear();
  }
}

/** Lists the failed parts of a bulk call. */
export function reportFailures({ failures }: Pick<AllCases, "failures">, context: CommandContext): void {
  context.exitWith(7);
  const { errors } = context;
  for (const { ids, date_created_from, date_created_to, error } of failures) {
    const dates = date_created_from ? `, created from ${date_created_from} to ${date_created_to ?? "now"}` : "";
    void errors.write(`${errors.style("yellow", "missing")} ${ids.join(", ")}${dates}: ${escapeLine(error.message)}\n`);
  }
}

/** The record of a case as one line of JSON. */
export const jsonLine = (record: CaseRecord | object): string => `${JSON.stringify(record)}\n`;
