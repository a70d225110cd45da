// Reading many cases into a store, with progress.

import {
  type BulkFailure,
  type CaseQuery,
  type CaseRecord,
  CaseStore,
  isCaseApiError,
  type OpenStore,
} from "./library.js";
import { type Connection, type ConnectionOptions, connect } from "./connection.js";
import type { CommandContext } from "./context.js";
import { escapeLine } from "./escape.js";
import type { ProgressState } from "./progress.js";
import { type QueryOptions, readQuery } from "./query-options.js";
import { noteDefault, type ReadTarget, readTarget, type TargetOptions } from "./targets.js";

/** The options of a question about many cases. */
export type QuestionOptions = ConnectionOptions & TargetOptions & QueryOptions;

/** A question about many cases, and an empty store for them. */
export interface OpenQuestion {
  readonly connection: Connection;
  readonly target: ReadTarget;
  readonly query: CaseQuery;
  readonly store: OpenStore;
}

/** Calls a function with a checked question. Throws for an invalid one: nothing was sent then. */
export async function withStore(
  options: QuestionOptions,
  context: CommandContext,
  use: (question: OpenQuestion) => Promise<void>,
): Promise<void> {
  const connection = await connect(options, context);
  const target = await readTarget(options, connection, context);
  const now = connection.now ?? Date.now();
  const query = readQuery(options, now, target.user_ids);
  // Ages are counted up to the time of what is read.
  const store = await CaseStore.open({ now: new Date(now) });
  try {
    // The store names what is wrong with a query.
    store.count(query);
    noteDefault(target, context);
    await use({ connection, target, query, store });
  } finally {
    await store.close();
  }
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
  { store, connection, target }: OpenQuestion,
  context: CommandContext,
): Promise<void> {
  const start = performance.now();
  const all = connection.client.allCases(target.params, {
    signal: context.signal,
    onProgress: (progress) => context.progress.show(bulkProgress(progress, performance.now() - start)),
  });
  try {
    for await (const { cases } of all.pages()) store.apply(cases);
  } catch (error) {
    if (!isCaseApiError(error) || error.code !== "INCOMPLETE") throw error;
    reportFailures(all.failures, context);
  } finally {
    context.progress.clear();
  }
}

/** A part of a bulk call that could not be read, as far as it is reported. */
export type MissingPart = Pick<BulkFailure, "ids" | "date_created_from" | "date_created_to"> & {
  readonly error: { readonly message: string };
};

/** Lists the failed parts of a bulk call. */
export function reportFailures(failures: readonly MissingPart[], context: CommandContext): void {
  context.exitWith(7);
  const { errors } = context;
  for (const { ids, date_created_from, date_created_to, error } of failures) {
    const dates = date_created_from ? `, created from ${date_created_from} to ${date_created_to ?? "now"}` : "";
    void errors.write(`${errors.style("yellow", "missing")} ${ids.join(", ")}${dates}: ${escapeLine(error.message)}\n`);
  }
}

/** The record of a case as one line of JSON. */
export const jsonLine = (record: CaseRecord | object): string => `${JSON.stringify(record)}\n`;
