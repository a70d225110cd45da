// A call in bulk. The module of bulk calls says which requests to make and what to deliver; this file makes the calls, several
// at a time, and gives what comes the shape of JavaScript. Each module has a memory of its own: the client's keeps the records
// of an answer under a handle until they are delivered, and what the other decides from, a row for each case, is copied over.

import {
  DELIVERY_CLOSED,
  DELIVERY_DETAILS,
  DELIVERY_GONE,
  DELIVERY_LEFT,
  DELIVERY_NONE,
  DOCUMENT_DETAILS,
  DOCUMENT_PAGE,
  DOCUMENT_SUMMARY,
  PROGRESS_CASES,
  PROGRESS_PAGES_LEFT,
  PROGRESS_PAGES,
  PROGRESS_REQUESTS,
  PROGRESS_RETRIES,
  FAILURE_HANDLED,
  FAILURE_STOP,
} from "../generated/bulk-boundary.js";
import type { CaseDetail, CaseRecord } from "../generated/types.js";
import type { RawBulkJob } from "../wasm/bulk.js";
import type { BulkArguments, OpenHost } from "../client/bulk.js";
import type { BulkFailure, BulkProgress, CaseChange } from "../client/bulk-options.js";
import type { Json } from "../client/check-options.js";
import type { CaseApiError } from "../client/errors.js";
import type { Host } from "../client/driver.js";
import type { Issue } from "../client/types.js";
import type { ErrorCode } from "../generated/types.js";
import { withoutWhitespace, checkOptions, checkParams, encodeCall } from "./check.js";
import { client } from "./client.js";
import { limitsOf } from "./limits.js";
import { minuteQuotaOf } from "./minute-quota.js";
import { callBulkWasm, copyRows } from "./module.js";

/** Records of a delivery: cases, or the details of one. */
export interface CasesWithIssues {
  cases: CaseRecord[];
  issues: Issue[];
}
/** What a call in bulk has read: cases, changes or details, by what it was asked for. */
export interface Delivery {
  items: readonly (CaseRecord | CaseChange | CaseDetail)[];
  issues: Issue[];
}

/** The interval at which the place of a call is noted. */
const NOTE_MS = 250;
/** The interval at which a call that waits looks whether it may go on. */
const LOOK_MS = 1000;

/** A call in bulk, which begins when it is first iterated. */
export interface BulkRun {
  /** Whether everything was taken, so that there is nothing to go on with. */
  isDone(): boolean;
  /** The deliveries, one after the other. */
  deliveries(): AsyncGenerator<Delivery, void, undefined>;
  /** So many things of the delivery were taken. */
  take(count: number): void;
  /** The place to go on from; the last that is known if the module is not there any more. */
  checkpoint(): string | null;
}

/** A call in bulk. It is behind no Proxy: what it frees is freed once. */
export function createRun(open: OpenHost, args: BulkArguments): BulkRun {
  const { operation, params, cursor, input, failures } = args;
  let isDone = false;
  let isStarted = false;
  let begun: { readonly host: Host; readonly raw: RawBulkJob } | undefined;
  /** The number of things of the delivery that were taken. */
  let taken = 0;
  let notedAt = 0;
  let lastCheckpoint = args.checkpoint;
  let work: RequestPump | undefined;

  async function* deliveries(): AsyncGenerator<Delivery, void, undefined> {
    if (isStarted)
      throw client.clientError(
        "INVALID_PARAMETER",
        "A bulk call is iterated once: make another, with its token to go on.",
      );
    isStarted = true;
    const { signal, partial } = input;
    const stop = new AbortController();
    const aborted = () => stop.abort(signal?.reason);
    if (signal?.aborted) aborted();
    else signal?.addEventListener("abort", aborted);
    let held: Host | undefined;
    try {
      const host = await open(stop.signal);
      client.retainHost(host);
      held = host;
      const { text, own, provider } = input;
      const [ofParams, wanted] = checkParams(params, operation);
      const [perSecond, , , unixMs] = limitsOf(host);
      const [ofOwn, options] = checkOptions(own, perSecond);
      const problems = [...ofParams, ...client.callProblems(JSON.parse(text) as Json, !!provider), ...ofOwn];
      if (problems.length > 0) throw client.invalid(problems);
      // Of no ids there is nothing to read.
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
      work = createPump(args, wanted.field === "case_ids", host, raw, stop.signal);
      work.pump();
      for (;;) {
        const delivery = work.deliver();
        taken = 0;
        if (delivery) {
          note();
          // The place of what was delivered before is free again.
          work.pump();
          yield delivery;
          continue;
        }
        work.pump();
        if (work.isDone()) break;
        await work.landing();
      }
    } catch (error) {
      throw await client.withTexts(error);
    } finally {
      signal?.removeEventListener("abort", aborted);
      work?.end();
      end();
      if (held) client.releaseHost(held);
      stop.abort();
    }
    for (const { error } of failures) await client.withTexts(error);
    const [first] = failures;
    if (first && !partial) {
      // Nothing came, for one reason: that is the error, and no part of it is missing.
      if (!work?.hasRead() && failures.every(({ error }) => error.code === first.error.code)) throw first.error;
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
    // The token of ids says whether nothing of them is left.
    isDone = (JSON.parse(last as string) as { done?: boolean } | null)?.done === true;
    client.freeIfCurrent(raw, host.generation);
    const { kept } = work ?? {};
    client.freeIfCurrent({ free: () => kept?.forEach((handle) => host.raw.discard(handle)) }, host.generation);
  }

  /** Notes now and then where to go on should the module break: it could not tell any more. */
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

/** The parameters of ids, by the names of their calls. */
const FIELDS: Readonly<Record<string, string>> = {
  casesByContract: "contract_ids",
  casesByUser: "user_ids",
  caseSummary: "case_ids",
};

/** The date of a line of milliseconds, with milliseconds only where there are any; `undefined` for an empty line. */
const dateOf = (ms: string | undefined): string | undefined =>
  ms ? new Date(Number(ms)).toISOString().replace(".000", "") : undefined;

/** A call and its parameters, as the client's module takes them, of the lines that the module of bulk calls gives. */
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

/** A request of a bulk call: its number, and the lines that the module gave of it. */
type PendingRequest = readonly [number: number, request: readonly string[]];

/** The calls of a bulk call that are in progress, each with its own driver. */
interface RequestPump {
  /** Begins the calls that can be made. */
  pump(): void;
  deliver(): Delivery | undefined;
  /** Whether anything that was asked for was read. */
  hasRead(): boolean;
  /** The handles of records that the client keeps for this call. */
  readonly kept: ReadonlySet<number>;
  /** Resolves when a call has ended. */
  landing(): Promise<void>;
  isDone(): boolean;
  /** What is still in flight is of no use. */
  end(): void;
}

function createPump(
  { operation, input, failures }: BulkArguments,
  byIds: boolean,
  host: Host,
  raw: RawBulkJob,
  signal: AbortSignal,
): RequestPump {
  const { text, provider, onProgress } = input;
  const began = client.unixMs();
  let hasRead = false;
  const kept = new Set<number>();
  const minute = minuteQuotaOf(host);
  /** Requests that are not sent before the next minute. */
  const held: PendingRequest[] = [];
  let stopTimer: (() => void) | undefined;
  let isWaitTold = false;
  /** The number of requests that have not come to their end. */
  let flying = 0;
  let wake: () => void = () => {};
  /** The error that ends it all, in a holder: anything may be thrown by the caller's own code. */
  let fatal: { error: unknown } | undefined;
  let isEnded = false;

  const within = <T>(work: () => T): T => callBulkWasm(work, host.generation);
  const lines = () => within(() => raw.takeText()).split("\n");

  const deliver = (): Delivery | undefined =>
    within(() => {
      const kind = raw.nextDelivery();
      discard();
      if (kind === DELIVERY_NONE) return undefined;
      hasRead = true;
      if (kind === DELIVERY_GONE) {
        const ids = raw.takeText().split("\n");
        return { items: ids.map((case_id) => ({ type: "gone", case_id, case: null })), issues: [] };
      }
      const handle = raw.deliveryHandle();
      const places = raw.takeCases();
      kept.delete(handle);
      host.raw.take(
        handle,
        places.map((place) => place % DELIVERY_LEFT),
      );
      if (kind === DELIVERY_DETAILS) {
        return { items: [client.takeDocument(DOCUMENT_DETAILS, host.raw) as CaseDetail], issues: [] };
      }
      const isClosed = kind === DELIVERY_CLOSED;
      const { cases, issues } = client.takeDocument(
        isClosed || byIds ? DOCUMENT_SUMMARY : DOCUMENT_PAGE,
        host.raw,
      ) as CasesWithIssues;
      if (operation !== "changes") return { items: cases, issues };
      const items = cases.map((one, at): CaseChange => {
        const type = isClosed ? "closed" : places[at]! < DELIVERY_LEFT ? "changed" : "left";
        return { type, case_id: one.case_id, case: one };
      });
      return { items, issues };
    });

  /** Keeps the records of the call that was answered just now, and hands their rows in. Returns the verdict. */
  const handIn = (number: number): number => {
    const handle = host.raw.retain(raw.owner());
    kept.add(handle);
    const length = host.raw.rowsLength();
    const address = raw.allocRows(length);
    copyRows(address, client.bytesAt(host.raw.rows(), length));
    const verdict = raw.onResponse(number, handle, client.unixMs());
    discard();
    return verdict;
  };

  /** Gives back the records that will not be delivered. */
  const discard = () => {
    for (let handle = raw.nextDiscarded(); handle !== 0; handle = raw.nextDiscarded()) {
      kept.delete(handle);
      host.raw.discard(handle);
    }
  };

  /** Takes note of cases that were asked for by id and did not come. */
  const miss = () => {
    if (raw.takeMissing() === 0) {
      hasRead = true;
      return;
    }
    for (const id of raw.takeText().split("\n")) {
      leaveOut({ ids: [id], date_created_from: null, date_created_to: null, error: client.notFound(id) });
    }
  };

  const leaveOut = (failure: BulkFailure) => {
    failures.push(failure);
    // Who looks at it before the end finds its texts there, as soon as they are.
    client.withTexts(failure.error);
  };

  const next = (): PendingRequest | undefined => {
    const number = within(() => raw.nextRequest());
    if (number === 0) return undefined;
    flying += 1;
    return [number, lines()];
  };

  const pump = () => {
    while (!fatal && !isEnded) {
      const { error } = minute;
      if (error) {
        fatal = { error };
        return;
      }
      const task = held.shift() ?? next();
      if (!task) return;
      const [number, request] = task;
      const ms = signal.aborted ? 0 : minute.take();
      if (ms > 0) {
        held.unshift(task);
        if (!isWaitTold) {
          const [operation, , , , , ...ids] = request;
          const event = { hook: "onWait", call: 0, operation, ids, attempt: 1, text: "rateLimit", ms };
          host.input.watch?.(JSON.stringify(event));
        }
        isWaitTold = true;
        // Another call may find before that the minute is over.
        stopTimer ??= client.setTimer(Math.min(ms, LOOK_MS), come);
        return;
      }
      isWaitTold = false;
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
        .drive(host, id, signal, provider, () => answered(number))
        .then(
          ({ value }) => land(() => value),
          (error: CaseApiError) => land(() => failed(task, error)),
        );
    }
  };

  const come = () => {
    stopTimer?.();
    stopTimer = undefined;
    flying += 1;
    land(() => undefined);
  };

  const answered = (number: number): BulkProgress | undefined => {
    minute.answered();
    if (isEnded) return undefined;
    const verdict = handIn(number);
    if (verdict !== FAILURE_HANDLED) {
      const [code, detail, ...told] = raw.takeText().split("\n");
      leave(verdict, told, client.clientError(code as ErrorCode, detail));
    } else miss();
    return progress();
  };

  const progress = (): BulkProgress | undefined => {
    if (!onProgress) return undefined;
    const told = within(() => raw.progress());
    const at = (position: number) => told[position] ?? 0;
    const [pages, left] = [at(PROGRESS_PAGES), at(PROGRESS_PAGES_LEFT)];
    const etaMs = pages > 0 ? Math.round(((client.unixMs() - began) / pages) * left) : null;
    const [cases, requests, retries] = [at(PROGRESS_CASES), at(PROGRESS_REQUESTS), at(PROGRESS_RETRIES)];
    return { pages, cases, requests, retries, etaMs, waitMs: minute.waitMs() || null };
  };

  const failed = (task: PendingRequest, error: CaseApiError): BulkProgress | undefined => {
    if (error.kind === "quota" && minute.isSpent(error)) {
      flying += 1;
      held.push(task);
    } else {
      const verdict = within(() => raw.onFailure(task[0], `${error.kind}\n${error.code}`, error.attempts));
      if (verdict !== FAILURE_HANDLED) leave(verdict, lines(), error);
    }
    return progress();
  };

  const leave = (verdict: number, [from, to, ...ids]: readonly string[], error: CaseApiError) => {
    if (verdict === FAILURE_STOP) fatal ??= { error };
    else leaveOut({ ids, date_created_from: dateOf(from) ?? null, date_created_to: dateOf(to) ?? null, error });
  };

  const land = (report: () => BulkProgress | undefined) => {
    flying -= 1;
    if (isEnded) return;
    try {
      const progress = report();
      if (progress) onProgress?.(progress);
      pump();
    } catch (error) {
      fatal ??= { error };
    }
    wake();
  };

  const check = () => {
    if (!fatal) return;
    isEnded = true;
    throw fatal.error;
  };

  // What waits is begun, and ends as what is under way does.
  signal.addEventListener("abort", come);
  return {
    pump,
    deliver,
    hasRead: () => hasRead,
    kept,
    async landing() {
      if (!fatal) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      check();
    },
    isDone() {
      check();
      isEnded = flying === 0;
      return isEnded;
    },
    end() {
      isEnded = true;
      stopTimer?.();
    },
  };
}
