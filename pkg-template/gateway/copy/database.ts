// The database of the copy: batches of prepared statements, which are transactions.

import { copySynced, errorBody } from "../../wasm/gateway.js";
import { messageOf } from "../error-message.js";
import { SyncError } from "../sync-error.js";
import { sleep } from "../timeout.js";
import { GatewayError } from "../upstream-client.js";
import { callWasm } from "../wasm-instance.js";
import type { CopyDatabase, CopyStatementResult } from "./d1-types.js";

/** A statement as the wasm gives it. */
export interface CopyStatement {
  sql: string;
  params: (string | number)[];
}

/** The rows of a statement without their columns `record` and `details`, and these. */
export interface CopyRows {
  rows: unknown[][];
  records: string[];
  /** What details add to the record, as JSON text; empty if they were not read. */
  details: string[];
}

/** Messages of D1 after which the same batch may succeed. */
const TRANSIENT =
  /network connection lost|code was updated|overloaded|storage operation exceeded|object to be reset|internal error/i;

/** Messages of a database to which a migration was not applied; the last one is that of an `INSERT`. */
const NOT_MIGRATED = /no such (table|column)|has no column named/i;

/** The greatest wait before a batch is repeated, in milliseconds. */
const MAX_RETRY_WAIT_MS = 250;

/** Returns the database of an env. Throws `COPY_UNAVAILABLE` if the function of the options fails, or the binding is missing. */
export function databaseOf<Env>(database: (env: Env) => CopyDatabase, env: Env): CopyDatabase {
  try {
    const found = database(env) as CopyDatabase | undefined;
    if (found) return found;
    console.error("cisco-support-case gateway: the option database of the copy returned nothing.");
  } catch (error) {
    console.error("cisco-support-case gateway: the option database of the copy failed.", messageOf(error));
  }
  throw new GatewayError(errorBody("COPY_UNAVAILABLE", ""));
}

/** Returns a session that sees every committed batch: a replica could be older than what was announced. */
export const primarySession = (database: CopyDatabase): Pick<CopyDatabase, "prepare" | "batch"> =>
  database.withSession?.("first-primary") ?? database;

/**
 * Runs statements in one transaction, and once more after an error that may pass: every batch of the copy may be repeated.
 * Throws a {@link GatewayError}, or `WRITER_OVERTAKEN`.
 */
export async function runBatch(
  database: Pick<CopyDatabase, "prepare" | "batch">,
  statements: readonly CopyStatement[],
): Promise<CopyStatementResult[]> {
  const run = () => database.batch(statements.map(({ sql, params }) => database.prepare(sql).bind(...params)));
  try {
    try {
      return await run();
    } catch (error) {
      if (!TRANSIENT.test(messageOf(error))) throw error;
      await sleep(Math.random() * MAX_RETRY_WAIT_MS);
      return await run();
    }
  } catch (error) {
    const message = messageOf(error);
    // The first statement of an overtaken writer's batch lacks a value on purpose.
    if (/constraint failed: copy_state/i.test(message)) throw new SyncError("WRITER_OVERTAKEN");
    console.error("cisco-support-case gateway: the copy's database failed.", message);
    throw new GatewayError(errorBody(NOT_MIGRATED.test(message) ? "COPY_NOT_READY" : "COPY_UNAVAILABLE", ""));
  }
}

/** Returns the contracts that the service refuses, by the progress of the last batch; none if the database does not respond. */
export async function lostContracts(database: () => CopyDatabase): Promise<string[]> {
  const sql =
    "SELECT progress ->> '$.lostIds' AS lost FROM copy_state WHERE id = 1 AND progress <> '' AND json_valid(progress)";
  try {
    const [found] = await runBatch(database(), [{ sql, params: [] }]);
    const { lost } = (found?.results[0] ?? {}) as { lost?: string | null };
    return lost ? (JSON.parse(lost) as string[]) : [];
  } catch (error) {
    // The others are what a page needs to begin.
    if (error instanceof GatewayError) return [];
    throw error;
  }
}

/**
 * Returns the time up to which the copy has everything, in milliseconds since 1970 (0: not yet), and the number of some contracts
 * that the last complete round did not have: they are new, not copied, or the service refuses them.
 */
export async function syncedState(
  database: Pick<CopyDatabase, "prepare" | "batch">,
  contract_ids: readonly string[],
): Promise<{ syncedMs: number; missing: number }> {
  const statements = callWasm(() => copySynced([...contract_ids]));
  const [state] = await runBatch(database, JSON.parse(statements) as CopyStatement[]);
  const { synced_ms = 0, missing = 0 } = (state?.results[0] ?? {}) as { synced_ms?: number; missing?: number };
  return { syncedMs: synced_ms, missing };
}

/** Returns the rows of a result as the wasm takes them. */
export function rowsOf({ results }: CopyStatementResult): CopyRows {
  const rows: unknown[][] = [];
  const texts = { records: [] as string[], details: [] as string[] };
  const textOf = (value: unknown) => (typeof value === "string" ? value : "");
  for (const result of results) {
    const { record, details, ...values } = result as { record?: unknown; details?: unknown };
    rows.push(Object.values(values));
    texts.records.push(textOf(record));
    texts.details.push(textOf(details));
  }
  return { rows, ...texts };
}
