// The execution of a bulk call. The bulk module decides which requests to send and what to deliver; this file sends them,
// several at a time, and converts deliveries into JavaScript objects. Each module has a memory of its own: the client's module
// stores the records of a response under a handle until they are delivered; the rows that the bulk module decides from, one for
// each case, are copied into its memory.

import {
  DELIVERY_CLOSED,
  DELIVERY_DETAILS,
  DELIVERY_GONE,
  DELIVERY_LEFT,
  DELIVERY_NONE,
  DOCUMENT_CASES,
  DOCUMENT_DETAILS,
  PROGRESS_CASES,
  PROGRESS_PAGES_LEFT,
  PROGRESS_PAGES,
  PROGRESS_REQUESTS,
  PROGRESS_RETRIES,
  FAILURE_HANDLED,
  FAILURE_STOP,
} from "../generated/bulk-boundary.js";
import type { RawBulkJob } from "../wasm/bulk.js";
import type { BulkFailure, BulkProgress } from "../client/bulk-options.js";
import type { BulkArguments, BulkRun, CasesWithIssues, Delivery, OpenHost } from "../client/bulk-part.js";
import type { Json } from "../client/check-options.js";
import type { CaseApiError } from "../client/errors.js";
import type { Host } from "../client/host.js";
import type { ErrorCode } from "../generated/types.js";
import { withoutWhitespace, checkOptions, checkParams, encodeCall } from "./check.js";
import { client } from "./client.js";
import { limitsOf } from "./limits.js";
import { minuteQuotaOf } from "./minute-quota.js";
import { callBulkWasm, copyRows } from "./module.js";

/** The minimum interval between two checkpoints that are taken in case the module fails, in milliseconds. */
const NOTE_MS = 250;
/** The maximum interval at which a waiting call checks whether it may continue, in milliseconds. */
const LOOK_MS = 1000;

/** Creates the run of a bulk call. It is a closure so that no Proxy wraps it: the module's objects must be freed once. */
export function createRun(open: OpenHost, args: BulkArguments): BulkRun {
  const { operation, params, cursor, input, failures } = args;
  let isDone = false;
  let isStarted = false;
  let begun: { readonly host: Host; readonly raw: RawBulkJob } | undefined;
  /** The number of items of the current delivery that were taken. */
  let taken = 0;
  let notedAt = 0;
  let lastCheckpoint = args.checkpoint;
  let pump: RequestPump | undefined;

  async function* deliveries(): AsyncGenerator<Delivery, void, undefined> {
    if (isStarted)
      throw client.clientError(
        "INVALID_PARAMETER",
        "A bulk call can be iterated once. To resume it, make another call with its token.",
      );
    isStarted = true;
    const { signal, partial } = input;
    const stop = new AbortController();
    const aborted = () => stop.abort(client.readSignal(signal, "reason"));
    const stopListening = signal && client.onAbort(signal, aborted);
    if (client.readSignal(signal, "aborted")) aborted();
    let held: Host | undefined;
    try {
      const host = await open(stop.signal);
      client.retainHost(host);
      held = host;
      const { text, own, provider } = input;
      const [ofParams, wanted] = checkParams(params, operation);
      const [perSecond, , , unixMs] = limitsOf(host);
      const [ofOwn, options] = checkOptions(own, perSecond);
      const problems = [
        ...ofParams,
        ...client.callProblems(JSON.parse(text) as Json, !!provider, input.names),
        ...ofOwn,
      ];
      if (problems.length > 0) throw client.invalid(problems);
      // Without ids there is nothing to read.
      isDone = wanted.ids.length === 0;
      if (isDone) return;
      const checked = encodeCall(
        operation,
        wanted,
        cursor === undefined ? options : { ...options, resume: withoutWhitespace(cursor) },
      );
      const [raw, expected] = callBulkWasm(({ RawBulkJob }) => {
        const raw = new RawBulkJob(checked, unixMs);
        return [raw, raw.takeText()] as const;
      }, host.generation);
      if (expected) {
        client.freeIfCurrent(raw, host.generation);
        const field = operation === "changes" ? "cursor" : "resume";
        throw client.invalid([client.problemOf(field, "INVALID_OPTION", expected, "(another text)")]);
      }
      begun = { host, raw };
      pump = createPump(args, host, raw, stop.signal);
      pump.send();
      for (;;) {
        const delivery = pump.deliver();
        taken = 0;
        if (delivery) {
          note();
          // The previous delivery was taken: another request can be sent.
          pump.send();
          yield delivery;
          continue;
        }
        pump.send();
        if (pump.isDone()) break;
        await pump.settled();
      }
    } catch (error) {
      throw await client.withTexts(error);
    } finally {
      stopListening?.();
      pump?.end();
      end();
      if (held) client.releaseHost(held);
      stop.abort();
    }
    for (const { error } of failures) await client.withTexts(error);
    const [first] = failures;
    if (first && !partial) {
      // Nothing was read and every part failed by one error: that error is thrown, not INCOMPLETE.
      if (!pump?.hasRead() && failures.every(({ error }) => error.code === first.error.code)) throw first.error;
      const ids = failures.flatMap((failure) => failure.ids);
      const shown = ids.slice(0, 10).join(", ") + (ids.length > 10 ? " …" : "");
      const detail = `(${failures.length} parts: ${shown})`;
      const error = client.clientError("INCOMPLETE", detail, { cause: first.error });
      throw await client.withTexts(error);
    }
  }

  function end(): void {
    const last = checkpoint();
    if (!begun) return;
    const { host, raw } = begun;
    begun = undefined;
    // The checkpoint of a call by ids contains whether none is left.
    isDone = (JSON.parse(last as string) as { done?: boolean } | null)?.done === true;
    client.freeIfCurrent(raw, host.generation);
    const { storedHandles } = pump ?? {};
    client.freeIfCurrent({ free: () => storedHandles?.forEach((handle) => host.raw.discard(handle)) }, host.generation);
  }

  /** Takes a checkpoint at intervals, since a module that fails cannot return one. */
  function note(): void {
    if (client.unixMs() - notedAt < NOTE_MS) return;
    notedAt = client.unixMs();
    checkpoint();
  }

  function checkpoint(): string | null {
    if (begun) {
      const { host, raw } = begun;
      try {
        lastCheckpoint = callBulkWasm(() => {
          raw.writeCheckpoint(taken);
          return raw.takeText();
        }, host.generation);
      } catch (error) {
        if ((error as CaseApiError).kind !== "internal") throw error;
      }
    }
    return lastCheckpoint;
  }

  return {
    isDone: () => isDone,
    deliveries,
    take(count) {
      taken = count;
    },
    checkpoint,
  };
}

/** The id parameters, by call. */
const FIELDS: Readonly<Record<string, string>> = {
  casesByContract: "contract_ids",
  casesByUser: "user_ids",
  caseSummary: "case_ids",
};

/** Returns the date of a line with milliseconds since 1970 (UTC); `undefined` for an empty line. */
const dateOf = (ms: string | undefined): string | undefined =>
  ms ? new Date(Number(ms)).toISOString().replace(".000", "") : undefined;

/** The index of the first id in the lines of a request. */
const FIRST_ID = 5;

/** Converts a request of the bulk module into a call of the client's module. */
function callText([call, from, to, flag, page, ...ids]: readonly string[]): string {
  const field = FIELDS[call as string];
  const params = {
    ...(field ? { [field]: ids } : { case_id: ids[0] }),
    date_created_from: dateOf(from),
    date_created_to: dateOf(to),
    status_flag: flag || undefined,
    page_index: page ? Number(page) : undefined,
  };
  return `${call}\n${JSON.stringify(params)}`;
}

/** A request of a bulk call: its id and its lines from the bulk module. */
type PendingRequest = readonly [number: number, request: readonly string[]];

/**
 * The state of a pump.
 *
 *     open ──▶ failed ──▶ closed
 *       └────────────────────▲
 *
 * An open pump sends requests. A failed one sends none, still processes the outcomes of those in flight, and closes when its
 * error is thrown. A closed one ignores outcomes.
 */
type PumpState =
  | { readonly type: "open" }
  /** The error may be any value, since the caller's own code can throw it. */
  | { readonly type: "failed"; readonly error: unknown }
  | { readonly type: "closed" };

const OPEN: PumpState = { type: "open" };
const CLOSED: PumpState = { type: "closed" };

/** The pump of a bulk call: it sends requests, several at a time, and processes their outcomes. */
interface RequestPump {
  /** Sends the requests that can be sent. */
  send(): void;
  /** Returns the next delivery. The previous one counts as taken. */
  deliver(): Delivery | undefined;
  /** Whether any response was read. */
  hasRead(): boolean;
  /** The handles of records that the client stores for this call. */
  readonly storedHandles: ReadonlySet<number>;
  /** Resolves when a request has ended. */
  settled(): Promise<void>;
  /** Whether all requests have ended; throws the error of a failed pump. */
  isDone(): boolean;
  /** Closes the pump. Outcomes of requests in flight are ignored. */
  end(): void;
}

function createPump(
  { operation, input, failures }: BulkArguments,
  host: Host,
  raw: RawBulkJob,
  signal: AbortSignal,
): RequestPump {
  const { text, provider, onProgress } = input;
  const began = client.unixMs();
  let hasRead = false;
  const storedHandles = new Set<number>();
  const minute = minuteQuotaOf(host);
  /** Requests that wait for the next minute's quota. */
  const deferred: PendingRequest[] = [];
  let stopTimer: (() => void) | undefined;
  let isWaitReported = false;
  /** The number of requests in flight or waiting. */
  let inFlight = 0;
  let wake: () => void = () => {};
  let state: PumpState = OPEN;
  /** Fails the pump; the first error counts. */
  const fail = (error: unknown): void => {
    if (state.type === "open") state = { type: "failed", error };
  };

  const inWasm = <T>(work: () => T): T => callBulkWasm(work, host.generation);
  const lines = () => inWasm(() => raw.takeText()).split("\n");

  const deliver = (): Delivery | undefined =>
    inWasm(() => {
      const kind = raw.nextDelivery();
      discard();
      if (kind === DELIVERY_NONE) return undefined;
      hasRead = true;
      if (kind === DELIVERY_GONE) {
        const gone = raw.takeText().split("\n");
        return { page: { cases: [], issues: [] }, count: gone.length, gone };
      }
      const handle = raw.deliveryHandle();
      const places = raw.takeCases();
      storedHandles.delete(handle);
      host.raw.take(
        handle,
        places.map((place) => place % DELIVERY_LEFT),
      );
      const count = places.length;
      if (kind === DELIVERY_DETAILS) {
        return { page: { cases: [client.takeDocument(DOCUMENT_DETAILS, host.raw) as never], issues: [] }, count };
      }
      const page = client.takeDocument(DOCUMENT_CASES, host.raw) as CasesWithIssues;
      // Those of other cases of the response are delivered with these cases, or not at all. The cases are made only for that.
      if (page.issues.length > 0) {
        const ids = new Set(page.cases.map(({ case_id }) => case_id));
        page.issues = page.issues.filter(({ case_id }) => !case_id || ids.has(case_id));
      }
      if (operation !== "changes") return { page, count };
      const isClosed = kind === DELIVERY_CLOSED;
      const types = Array.from(places, (place) => (isClosed ? "closed" : place < DELIVERY_LEFT ? "changed" : "left"));
      return { page, count, types };
    });

  /** Stores the records of the current response and passes their rows to the bulk module. Returns a failure outcome. */
  const passRows = (number: number): number => {
    const handle = host.raw.retain(raw.owner());
    storedHandles.add(handle);
    const length = host.raw.rowsLength();
    const address = raw.allocRows(length);
    copyRows(address, client.bytesAt(host.raw.rows(), length));
    const outcome = raw.onResponse(number, handle, client.unixMs());
    discard();
    return outcome;
  };

  /** Discards the records that are not delivered. */
  const discard = () => {
    for (let handle = raw.nextDiscarded(); handle !== 0; handle = raw.nextDiscarded()) {
      storedHandles.delete(handle);
      host.raw.discard(handle);
    }
  };

  /** Records failures for requested ids without a case. */
  const reportMissing = (requested: number) => {
    const missing = raw.takeMissing();
    if (missing < requested) hasRead = true;
    if (missing === 0) return;
    for (const id of raw.takeText().split("\n")) {
      reportFailure({ ids: [id], date_created_from: null, date_created_to: null, error: client.notFound(id) });
    }
  };

  const reportFailure = (failure: BulkFailure) => {
    failures.push(failure);
    // The texts of the error are loaded now, for callers that read the failures before the end.
    client.withTexts(failure.error);
  };

  const next = (): PendingRequest | undefined => {
    const number = inWasm(() => raw.nextRequest());
    if (number === 0) return undefined;
    inFlight += 1;
    return [number, lines()];
  };

  const send = () => {
    while (state.type === "open") {
      const { error } = minute;
      if (error) {
        fail(error);
        return;
      }
      const task = deferred.shift() ?? next();
      if (!task) return;
      const [, request] = task;
      const ms = signal.aborted ? 0 : minute.take();
      if (ms > 0) {
        deferred.unshift(task);
        if (!isWaitReported) {
          const [operation, , , , , ...ids] = request;
          const event = { hook: "onWait", call: 0, operation, ids, attempt: 1, text: "rateLimit", ms };
          host.input.watch?.(JSON.stringify(event));
        }
        isWaitReported = true;
        // Another call may find out earlier that the minute is over.
        stopTimer ??= client.setTimer(Math.min(ms, LOOK_MS), onWake);
        return;
      }
      isWaitReported = false;
      const id = client.callWasm(() => {
        const id = host.raw.begin(
          `${callText(request)}\n${text}`,
          !!provider,
          true,
          client.monotonicMs(),
          client.unixMs(),
        );
        if (id === 0) throw host.raw.takeText();
        return id;
      }, host.generation);
      client
        .drive(host, id, signal, provider, () => answered(task))
        .then(
          ({ value }) => settle(() => value),
          (error: CaseApiError) => settle(() => failed(task, error)),
        );
    }
  };

  const onWake = () => {
    stopTimer?.();
    stopTimer = undefined;
    inFlight += 1;
    settle(() => undefined);
  };

  const answered = ([number, request]: PendingRequest): BulkProgress | undefined => {
    minute.answered();
    if (state.type === "closed") return undefined;
    const outcome = passRows(number);
    if (outcome !== FAILURE_HANDLED) {
      const [code, detail, ...values] = raw.takeText().split("\n");
      applyOutcome(outcome, values, client.clientError(code as ErrorCode, detail));
    } else reportMissing(request.length - FIRST_ID);
    return progress();
  };

  const progress = (): BulkProgress | undefined => {
    if (!onProgress) return undefined;
    const values = inWasm(() => raw.progress());
    const at = (position: number) => values[position] ?? 0;
    const [pages, left] = [at(PROGRESS_PAGES), at(PROGRESS_PAGES_LEFT)];
    const etaMs = pages > 0 ? Math.round(((client.unixMs() - began) / pages) * left) : null;
    const [cases, requests, retries] = [at(PROGRESS_CASES), at(PROGRESS_REQUESTS), at(PROGRESS_RETRIES)];
    return { pages, cases, requests, retries, etaMs, waitMs: minute.waitMs() || null };
  };

  const failed = (task: PendingRequest, error: CaseApiError): BulkProgress | undefined => {
    if (error.kind === "quota" && minute.isSpent(error)) {
      inFlight += 1;
      deferred.push(task);
      inWasm(() => raw.onDeferred(error.attempts));
    } else {
      const outcome = inWasm(() => raw.onFailure(task[0], `${error.kind}\n${error.code}`, error.attempts));
      if (outcome !== FAILURE_HANDLED) applyOutcome(outcome, lines(), error);
    }
    return progress();
  };

  const applyOutcome = (outcome: number, [from, to, ...ids]: readonly string[], error: CaseApiError) => {
    if (outcome === FAILURE_STOP) fail(error);
    else reportFailure({ ids, date_created_from: dateOf(from) ?? null, date_created_to: dateOf(to) ?? null, error });
  };

  const settle = (report: () => BulkProgress | undefined) => {
    inFlight -= 1;
    if (state.type === "closed") return;
    try {
      const progress = report();
      if (progress) client.callGuarded(host.input.logger, "onProgress", () => onProgress?.(progress));
      send();
    } catch (error) {
      fail(error);
    }
    wake();
  };

  /** Throws the error of a failed pump and closes it. */
  const check = () => {
    if (state.type !== "failed") return;
    const { error } = state;
    state = CLOSED;
    throw error;
  };

  // After an abort, waiting requests are sent, and end as those in flight do.
  signal.addEventListener("abort", onWake);
  return {
    send,
    deliver,
    hasRead: () => hasRead,
    storedHandles,
    async settled() {
      if (state.type !== "failed") {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      check();
    },
    isDone() {
      check();
      if (inFlight === 0) state = CLOSED;
      return state.type === "closed";
    },
    end() {
      state = CLOSED;
      stopTimer?.();
    },
  };
}
