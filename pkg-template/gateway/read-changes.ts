// The reader of scheduled runs: it reads what has changed since a cursor, with the quota of the Durable Object.

import type { BulkFailure, ChangesOptions } from "../client/index.js";
// The client as a Worker gets it, with its wasm.
import { CaseClient, isCaseApiError } from "../entry/workerd.js";
import { messageOf } from "./error-message.js";
import type { ChangesConsumer, Context } from "./options.js";
import { QuotaFetch } from "./quota-fetch.js";
import { changesParams, type RunSettings } from "./run-options.js";
import { SyncError } from "./sync-error.js";
import { withTimeout } from "./timeout.js";
import { GatewayError, type SyncHost } from "./upstream-client.js";

/** The tenant whose share of the quota runs use. */
const TENANT = "sync";

/** Duration of reading, at most. Cloudflare ends a scheduled run after 15 minutes. */
export const MAX_READ_MS = 9 * 60_000;

/** Timeout of the option `log`. */
const LOG_TIMEOUT_MS = 30_000;

/** Timeout of a request, which includes its wait for the quota. */
const REQUEST_TIMEOUT_MS = 120_000;

/** The place in a gateway and an invocation at which a run takes place. */
export interface RunPlace<Env> {
  host: SyncHost<Env>;
  env: Env;
  ctx: Context;
}

/** The outcome of a reading. */
export interface ReadOutcome {
  /** The error that ended it, if one did. */
  error: unknown;
  /** The lists that could not be read. */
  failures: readonly BulkFailure[];
  /** Whether it has ended early: no time or no request was left. */
  isCut: boolean;
}

/** Returns the contracts of a run. Throws `CONTRACTS_UNAVAILABLE`. */
export async function contractIds<Env>(
  { contract_ids }: Pick<RunSettings<Env, never>, "contract_ids">,
  env: Env,
): Promise<string[]> {
  try {
    const ids: unknown = await contract_ids(env);
    if (!Array.isArray(ids)) throw new TypeError("contract_ids: expected a list of texts");
    const wrong = ids.findIndex((id) => typeof id !== "string");
    if (wrong >= 0) throw new TypeError(`contract_ids[${wrong}]: expected a text, got ${typeof ids[wrong]}`);
    // As the requests for them are: without white space around them, each once.
    return [...new Set((ids as string[]).map((id) => id.trim()))];
  } catch (cause) {
    throw new SyncError("CONTRACTS_UNAVAILABLE", cause);
  }
}

/** A client of the service with the quota of the Durable Object, and the `fetch` that counts its requests. */
export interface ServiceClient {
  client: CaseClient;
  sent: { readonly requests: number };
}

/** Returns a client of the service for a run. Its memory is to be freed. */
export function serviceClient<Env>({ host, env, ctx }: RunPlace<Env>, maxRetries?: number): ServiceClient {
  const { upstream, fetch, baseUrl } = host;
  const sent = new QuotaFetch(upstream, TENANT, fetch, env, ctx);
  const client = new CaseClient({
    token: sent.token,
    fetch: sent.fetch,
    // The Durable Object limits the rate.
    rateLimit: false,
    timeoutMs: REQUEST_TIMEOUT_MS,
    // The option `upstream` has checked it.
    ...(baseUrl !== undefined && { baseUrl, allowHttp: true }),
    ...(maxRetries !== undefined && { maxRetries }),
  });
  return { client, sent };
}

/** Reads what has changed since a cursor, up to the run's number of requests, which is counted in its report. */
export async function readChanges<Env>(
  place: RunPlace<Env>,
  settings: RunSettings<Env, never> & Pick<ChangesOptions, "older">,
  contract_ids: readonly string[],
  cursor: string | null,
  consumer: ChangesConsumer,
  report: { requests: number },
): Promise<ReadOutcome> {
  const { maxRequests, older } = settings;
  const { client, sent } = serviceClient(place);
  try {
    const signal = AbortSignal.timeout(MAX_READ_MS);
    const limits = { maxRequests, older, signal, concurrency: 4, partial: true };
    const changes = client.changes(changesParams(contract_ids, settings), cursor, limits);
    const position = () => changes.cursor();
    let ended: unknown;
    try {
      for await (const change of changes) {
        if (!(await consumer.take(change, position))) break;
      }
    } catch (error) {
      if (!isCaseApiError(error)) throw error;
      if (!signal.aborted) ended = error;
    }
    report.requests = sent.requests;
    await consumer.end(position());
    const isCut = signal.aborted || sent.requests >= maxRequests;
    return { error: ended, failures: changes.failures, isCut };
  } finally {
    report.requests = sent.requests;
    client.free();
  }
}

/**
 * Adds the code of an error to the report of a run; `defect` is that of an unexpected error. The message is only logged: it may
 * quote anything.
 */
export function recordError(report: { errors?: string[] }, error: unknown, name: string, defect: string): void {
  const { code, cause } = codeOf(error, defect);
  const { errors = [] } = report;
  report.errors = errors.includes(code) ? errors : [...errors, code];
  if (cause) console.error(`cisco-support-case gateway: ${name}: ${code}.`, messageOf(cause));
}

function codeOf(error: unknown, defect: string): { code: string; cause?: unknown } {
  if (error instanceof SyncError) return { code: error.code, cause: error.cause };
  if (isCaseApiError(error)) return { code: error.code };
  if (error instanceof GatewayError) {
    return { code: (JSON.parse(error.body) as { error: { code: string } }).error.code };
  }
  return { code: defect, cause: error };
}

/** Gives the report of a run to the option `log`, and waits for it: what goes on after a scheduled event is cancelled. */
export async function writeReport<Report>(
  log: RunSettings<never, Report>["log"],
  report: Report,
  name: string,
): Promise<void> {
  try {
    if (log) await withTimeout(log(report), LOG_TIMEOUT_MS);
  } catch (error) {
    console.error(`cisco-support-case gateway: ${name}: log failed.`, messageOf(error));
  }
}
