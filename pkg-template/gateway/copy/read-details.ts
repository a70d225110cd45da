// The details of open cases in a run of the copy: a number of them at a time is requested and committed.
//
// Claim: the requests of a day never exceed the budget, wherever a run ends. Requests are counted in the database before they are
// sent, and the difference to those that were sent is given back with their results. A run that is killed between both has used
// what it has counted, and its cases are requested again: they are in the index of what is due until their details are written.

import { type CaseDetail, isCaseApiError } from "../../client/index.js";
import { copyDueDetails, copyProgress, RawDetailsBatch } from "../../wasm/gateway.js";
import { MAX_READ_MS, recordError, type RunPlace, serviceClient } from "../read-changes.js";
import { callWasm } from "../wasm-instance.js";
import type { CopyReport } from "./copy-options.js";
import type { CopyStatementResult } from "./d1-types.js";
import { type DetailsUsage, leftOf, withRequests } from "./details-budget.js";

/** Number of cases that are requested and committed together. */
const CASES_PER_STEP = 40;

/** Number of requests in flight. */
const CONCURRENCY = 4;

/** Number of failures in a row after which a run requests no further details: then it is not the cases. */
const MAX_FAILURES = 8;

/** The part of a run's requests and time that details have, however much its lists have taken. */
const LEAST_SHARE = 0.1;
const LEAST_MS = 120_000;

/** The kinds of errors that are about the account, and not about a case. */
const OF_ACCOUNT = ["quota", "rate_limited", "authentication", "aborted"];

/** The parts of a run that reading details needs. */
export interface DetailsRun {
  readonly writer: number;
  readonly report: CopyReport;
  /** The requests of the last 24 hours, as they are committed. */
  readonly usage: DetailsUsage;
  /** The text of the progress with other requests. */
  progressText(usage: DetailsUsage): string;
  /** Runs statements in a transaction. */
  query(statements: string): Promise<CopyStatementResult[]>;
  /** Runs the statements of a batch with a progress, the last of which selects the newest version. */
  commit(statements: string, usage: DetailsUsage): Promise<void>;
  /** Whether the run may send and write more. */
  hasTime(): boolean;
}

/** The outcome of a step: the details of cases, and those that could not be read. */
interface StepOutcome {
  details: CaseDetail[];
  failed: string[];
  /** The error after which nothing more is to be requested. */
  error: unknown;
}

/** Reads and commits details until nothing is due, or the budget or the run's requests are used up. */
export async function readDetails<Env>(
  place: RunPlace<Env>,
  { detailsPerDay, maxRequests }: { detailsPerDay: number; maxRequests: number },
  startedAt: number,
  run: DetailsRun,
): Promise<void> {
  const { report } = run;
  const left = () => leftOf(detailsPerDay, run.usage, Date.now());
  const of = { requests: 0, read: 0, failed: 0, left: left() };
  report.details = of;
  // Without retries a case is a request. Those that may pass are made by a later run.
  const { client, sent } = serviceClient(place, 0);
  const listRequests = report.requests;
  const mayRequest = Math.max(maxRequests - listRequests, Math.ceil(maxRequests * LEAST_SHARE));
  const signal = AbortSignal.timeout(Math.max(startedAt + MAX_READ_MS - Date.now(), LEAST_MS));
  try {
    while (run.hasTime() && !signal.aborted) {
      const most = Math.min(CASES_PER_STEP, left(), mayRequest - of.requests);
      if (most <= 0) return;
      const found = await run.query(callWasm(() => copyDueDetails(run.writer, most, Date.now())));
      const case_ids = ((found.at(-1)?.results ?? []) as { case_id: string }[]).map(({ case_id }) => case_id);
      if (case_ids.length === 0) return;
      const before = sent.requests;
      const reserved = withRequests(run.usage, case_ids.length, Date.now());
      await run.commit(
        callWasm(() => copyProgress(run.writer, run.progressText(reserved))),
        reserved,
      );
      const outcome = await readStep(client, case_ids, signal);
      const requests = sent.requests - before;
      of.requests += requests;
      report.requests = listRequests + of.requests;
      const usage = withRequests(run.usage, requests - case_ids.length, Date.now());
      const failed = await commitStep(run, outcome, usage);
      of.read += outcome.details.length - (failed - outcome.failed.length);
      of.failed += failed;
      if (outcome.error !== undefined) {
        // The cases are there: it is no failure of the copy.
        if (!signal.aborted) recordError(report, outcome.error, "copy", "COPY_FAILED");
        return;
      }
    }
  } finally {
    of.left = left();
    client.free();
  }
}

/** Commits the outcome of a step. Returns the number of cases that failed. */
async function commitStep(run: DetailsRun, { details, failed }: StepOutcome, usage: DetailsUsage): Promise<number> {
  const batch = callWasm(() => new RawDetailsBatch(run.writer));
  try {
    let failures = 0;
    const fail = (case_id: string) => {
      failures += 1;
      callWasm(() => batch.pushFailed(case_id));
    };
    for (const detail of details) {
      const { case_id } = detail;
      if (!callWasm(() => batch.pushDetails(case_id, bodyOf(detail)))) fail(case_id);
    }
    for (const case_id of failed) fail(case_id);
    await run.commit(
      callWasm(() => batch.statements(run.progressText(usage), Date.now())),
      usage,
    );
    return failures;
  } finally {
    batch.free();
  }
}

/** Requests the details of cases, a few at a time. */
async function readStep(
  client: { caseDetails(params: { case_id: string }, options: { signal: AbortSignal }): PromiseLike<CaseDetail> },
  case_ids: readonly string[],
  signal: AbortSignal,
): Promise<StepOutcome> {
  const outcome: StepOutcome = { details: [], failed: [], error: undefined };
  const waiting = [...case_ids];
  let failuresInRow = 0;
  const work = async () => {
    for (let id = waiting.shift(); id !== undefined && outcome.error === undefined; id = waiting.shift()) {
      try {
        const detail = await client.caseDetails({ case_id: id }, { signal });
        if (detail.case_id === id) outcome.details.push(detail);
        else outcome.failed.push(id);
        failuresInRow = 0;
      } catch (error) {
        if (!isCaseApiError(error)) throw error;
        if (OF_ACCOUNT.includes(error.kind)) {
          outcome.error ??= error;
          return;
        }
        outcome.failed.push(id);
        failuresInRow += 1;
        if (failuresInRow >= MAX_FAILURES) outcome.error ??= error;
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  return outcome;
}

/** Returns details as the body of a response of the service. */
function bodyOf(detail: object): string {
  const { extra, issues: _, ...fields } = detail as Record<string, unknown>;
  return JSON.stringify({ caseDetail: { ...(extra as object), ...fields } });
}
