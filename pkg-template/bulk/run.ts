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
  PROGRESS_LEFT,
  PROGRESS_PAGES,
  PROGRESS_REQUESTS,
  PROGRESS_RETRIES,
  VERDICT_HANDLED,
  VERDICT_STOP,
} from "../generated/bulk-boundary.js";
import type { CaseDetail, CaseRecord } from "../generated/types.js";
import type { RawBulk } from "../wasm/bulk.js";
import type { Asked, OpenHost } from "../client/bulk.js";
import type { BulkFailure, BulkProgress, CaseChange } from "../client/bulk-options.js";
import type { Purpose } from "../client/bulk-part.js";
import type { Json } from "../client/check-options.js";
import type { CaseApiError } from "../client/errors.js";
import type { Host } from "../client/driver.js";
import type { BulkInput } from "../client/input.js";
import type { Issue } from "../client/types.js";
import type { ErrorCode } from "../generated/types.js";
import { bare, checkOptions, checkParams, linesOf } from "./check.js";
import { client } from "./client.js";
import { limitsOf } from "./limits.js";
import { type Minute, minuteOf } from "./minute.js";
import { enterBulk, putRows } from "./module.js";

/** Records of a delivery: cases, or the details of one. */
export interface Cases {
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
export class Run {
  readonly failures: BulkFailure[];
  /** Whether everything was taken, so that there is nothing to go on with. */
  isDone = false;
  /** Whether anything that was asked for was read. */
  hasRead = false;
  readonly input: BulkInput;
  private readonly open: OpenHost;
  private readonly given: readonly [purpose: Purpose, params: string];
  private readonly cursor: string | undefined;
  private readonly byIds: boolean;
  private isStarted = false;
  /** Frozen: what is in it comes out of every Proxy as it is, and is freed once. */
  private begun: { readonly host: Host; readonly raw: RawBulk } | undefined;
  /** The number of things of the delivery that were taken. */
  private taken = 0;
  private notedAt = 0;
  private lastToken: string | null;
  private began = 0;
  /** The handles of records that the client keeps for this call. */
  private readonly kept = new Set<number>();

  constructor(open: OpenHost, { purpose, params, cursor, input, failures, token }: Asked) {
    // Vue makes no proxy of what says so.
    Object.defineProperty(this, "__v_skip", { value: true });
    this.open = open;
    this.input = input;
    this.failures = failures;
    this.given = [purpose, params];
    this.cursor = cursor;
    this.byIds = Array.isArray((JSON.parse(params) as { case_ids?: unknown } | null)?.case_ids);
    this.lastToken = token;
  }

  /** The deliveries, one after the other. */
  async *deliveries(): AsyncGenerator<Delivery, void, undefined> {
    if (this.isStarted)
      throw client.ownError(
        "INVALID_PARAMETER",
        "A bulk call is iterated once: make another, with its token to go on.",
      );
    this.isStarted = true;
    const { signal, partial } = this.input;
    const stop = new AbortController();
    const aborted = () => stop.abort(signal?.reason);
    if (signal?.aborted) aborted();
    else signal?.addEventListener("abort", aborted);
    let work: Work | undefined;
    let held: Host | undefined;
    try {
      const host = await this.open(stop.signal);
      client.hold(host);
      held = host;
      const { text, own, provider } = this.input;
      const [purpose, params] = this.given;
      const [ofParams, asked] = checkParams(params, purpose);
      const [perSecond, , , unixMs] = limitsOf(host);
      const [ofOwn, options] = checkOptions(own, perSecond);
      const problems = [...ofParams, ...client.callProblems(JSON.parse(text) as Json, !!provider), ...ofOwn];
      if (problems.length > 0) throw client.invalid(problems);
      // Of no ids there is nothing to read.
      this.isDone = asked.ids.length === 0;
      if (this.isDone) return;
      const { cursor } = this;
      const checked = linesOf(purpose, asked, cursor === undefined ? options : { ...options, resume: bare(cursor) });
      const [raw, expected] = enterBulk(({ RawBulk }) => {
        const raw = new RawBulk(checked, unixMs);
        return [raw, raw.text()] as const;
      }, host.generation);
      if (expected) {
        client.giveBack(raw, host.generation);
        const field = purpose === "changes" ? "cursor" : "resume";
        throw client.invalid([client.problemOf(field, "INVALID_OPTION", expected, "(another text)")]);
      }
      this.begun = Object.freeze({ host, raw });
      this.began = client.unixMs();
      work = new Work(this, host, raw, stop.signal);
      work.pump();
      for (;;) {
        const delivery = this.deliver(host, raw);
        this.taken = 0;
        if (delivery) {
          this.hasRead = true;
          this.note();
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
      throw await client.worded(error);
    } finally {
      signal?.removeEventListener("abort", aborted);
      work?.end();
      this.end();
      if (held) client.letGo(held);
      stop.abort();
    }
    for (const { error } of this.failures) await client.worded(error);
    const [first] = this.failures;
    if (first && !partial) {
      // Nothing came, for one reason: that is the error, and no part of it is missing.
      if (!this.hasRead && this.failures.every(({ error }) => error.code === first.error.code)) throw first.error;
      const ids = this.failures.flatMap((failure) => failure.ids);
      const shown = ids.slice(0, 10).join(", ") + (ids.length > 10 ? " …" : "");
      const detail = `(${this.failures.length} parts: ${shown})`;
      const error = client.ownError("INCOMPLETE", detail, { cause: first.error });
      throw await client.worded(error);
    }
  }

  private deliver(host: Host, raw: RawBulk): Delivery | undefined {
    return enterBulk(() => {
      const kind = raw.deliver();
      this.discard(host, raw);
      if (kind === DELIVERY_NONE) return undefined;
      if (kind === DELIVERY_GONE) {
        const ids = raw.text().split("\n");
        return { items: ids.map((case_id) => ({ type: "gone", case_id, case: null })), issues: [] };
      }
      const handle = raw.handle();
      const places = raw.cases();
      this.kept.delete(handle);
      host.raw.take(
        handle,
        places.map((place) => place % DELIVERY_LEFT),
      );
      if (kind === DELIVERY_DETAILS) {
        return { items: [client.take(DOCUMENT_DETAILS, host.raw) as CaseDetail], issues: [] };
      }
      const isClosed = kind === DELIVERY_CLOSED;
      const { cases, issues } = client.take(
        isClosed || this.byIds ? DOCUMENT_SUMMARY : DOCUMENT_PAGE,
        host.raw,
      ) as Cases;
      if (this.given[0] !== "changes") return { items: cases, issues };
      const items = cases.map((one, at): CaseChange => {
        const type = isClosed ? "closed" : places[at]! < DELIVERY_LEFT ? "changed" : "left";
        return { type, case_id: one.case_id, case: one };
      });
      return { items, issues };
    }, host.generation);
  }

  /** Keeps the records of the call that was answered just now, and hands their rows in. Returns the verdict. */
  handIn(host: Host, raw: RawBulk, number: number): number {
    const handle = host.raw.keep(raw.owner());
    this.kept.add(handle);
    const length = host.raw.rowsLength();
    const address = raw.room(length);
    putRows(address, client.bytesAt(host.raw.rows(), length));
    const verdict = raw.answered(number, handle, client.unixMs());
    this.discard(host, raw);
    return verdict;
  }

  /** Gives back the records that will not be delivered. */
  private discard(host: Host, raw: RawBulk): void {
    for (let handle = raw.discarded(); handle !== 0; handle = raw.discarded()) {
      this.kept.delete(handle);
      host.raw.discard(handle);
    }
  }

  private end(): void {
    const token = this.token();
    const { begun, kept } = this;
    this.begun = undefined;
    if (!begun) return;
    // The token of ids says whether nothing of them is left.
    this.isDone = (JSON.parse(token as string) as { done?: boolean } | null)?.done === true;
    const { host, raw } = begun;
    client.giveBack(raw, host.generation);
    client.giveBack({ free: () => kept.forEach((handle) => host.raw.discard(handle)) }, host.generation);
  }

  /** Takes note of cases that were asked for by id and did not come. */
  miss(raw: RawBulk): void {
    if (raw.missing() === 0) {
      this.hasRead = true;
      return;
    }
    for (const id of raw.text().split("\n")) {
      this.leave({ ids: [id], from: null, to: null, error: client.notFound(id) });
    }
  }

  /** Notes now and then where to go on should the module break: it could not tell any more. */
  private note(): void {
    if (client.unixMs() - this.notedAt < NOTE_MS) return;
    this.notedAt = client.unixMs();
    this.token();
  }

  /** So many things of the delivery were taken. */
  take(count: number): void {
    this.taken = count;
  }

  /** The place to go on from; the last that is known if the module is not there any more. */
  token(): string | null {
    const { begun } = this;
    if (begun) {
      try {
        this.lastToken = enterBulk(() => {
          begun.raw.token(this.taken);
          return begun.raw.text();
        }, begun.host.generation);
      } catch (error) {
        if ((error as CaseApiError).kind !== "internal") throw error;
      }
    }
    return this.lastToken;
  }

  progress(): { told: Omit<BulkProgress, "waitMs">; left: number } {
    const { begun } = this;
    const told = enterBulk(() => (begun as { raw: RawBulk }).raw.progress(), begun?.host.generation);
    const at = (position: number) => told[position] ?? 0;
    const [pages, left] = [at(PROGRESS_PAGES), at(PROGRESS_LEFT)];
    const etaMs = pages > 0 ? Math.round(((client.unixMs() - this.began) / pages) * left) : null;
    const [cases, requests, retries] = [at(PROGRESS_CASES), at(PROGRESS_REQUESTS), at(PROGRESS_RETRIES)];
    return { told: { pages, cases, requests, retries, etaMs }, left };
  }

  leave(failure: BulkFailure): void {
    this.failures.push(failure);
    // Who looks at it before the end finds its texts there, as soon as they are.
    client.worded(failure.error);
  }
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
type Task = readonly [number: number, request: readonly string[]];

/** The calls of a bulk call that are in progress, each with its own driver. */
class Work {
  private readonly run: Run;
  private readonly host: Host;
  private readonly raw: RawBulk;
  private readonly signal: AbortSignal;
  private readonly minute: Minute;
  /** Requests that are not sent before the next minute. */
  private readonly held: Task[] = [];
  private stopTimer: (() => void) | undefined;
  private toldOf = 0;
  /** The number of requests that have not come to their end. */
  private flying = 0;
  private wake: () => void = () => {};
  /** The error that ends it all, in a holder: anything may be thrown by the caller's own code. */
  private fatal: { error: unknown } | undefined;
  private isEnded = false;

  constructor(run: Run, host: Host, raw: RawBulk, signal: AbortSignal) {
    this.run = run;
    this.host = host;
    this.raw = raw;
    this.signal = signal;
    this.minute = minuteOf(host);
    // What waits is begun, and ends as what is under way does.
    signal.addEventListener("abort", () => this.come());
  }

  private next(): Task | undefined {
    const { host, raw } = this;
    const number = enterBulk(() => raw.ask(), host.generation);
    if (number === 0) return undefined;
    this.flying += 1;
    return [number, enterBulk(() => raw.text(), host.generation).split("\n")];
  }

  /** Begins the calls that can be made. */
  pump(): void {
    const { host } = this;
    while (!this.fatal && !this.isEnded) {
      const task = this.held.shift() ?? this.next();
      if (!task) return;
      const { error } = this.minute;
      if (error) {
        this.land(() => this.failed(task, error));
        return;
      }
      const ms = this.signal.aborted ? 0 : this.minute.take();
      if (ms > 0) {
        this.held.unshift(task);
        this.rest(task, ms);
        return;
      }
      const [number, request] = task;
      const { text, provider } = this.run.input;
      const id = client.enter(() => {
        const id = host.raw.begin(
          `${callText(request)}\n${text}`,
          !!provider,
          true,
          client.steadyMs(),
          client.unixMs(),
        );
        if (id === 0) throw host.raw.text();
        return id;
      }, host.generation);
      client
        .drive(host, id, this.signal, provider, () => this.answered(number))
        .then(
          ({ value }) => this.land(() => value),
          (error: CaseApiError) => this.land(() => this.failed(task, error)),
        );
    }
  }

  /** Comes back in so many milliseconds, or to see before whether another call has found the minute over. */
  private rest([, [operation, , , , , ...ids]]: Task, ms: number): void {
    const { until } = this.minute;
    if (this.toldOf !== until) {
      this.toldOf = until;
      const event = { hook: "onWait", call: 0, operation, ids, attempt: 1, text: "pace", ms: Math.ceil(ms) };
      this.host.input.watch?.(JSON.stringify(event));
    }
    this.stopTimer ??= client.wakeAfter(Math.min(ms, LOOK_MS), () => this.come());
  }

  private come(): void {
    this.stopTimer?.();
    this.stopTimer = undefined;
    this.flying += 1;
    this.land(() => undefined);
  }

  private answered(number: number): BulkProgress | undefined {
    this.minute.answered();
    if (this.isEnded) return undefined;
    const verdict = this.run.handIn(this.host, this.raw, number);
    if (verdict !== VERDICT_HANDLED) {
      const [code, detail, ...told] = this.raw.text().split("\n");
      this.leave(verdict, told, client.ownError(code as ErrorCode, detail));
    } else this.run.miss(this.raw);
    return this.progress();
  }

  private progress(): BulkProgress | undefined {
    const waitMs = this.minute.waitMs();
    return this.run.input.onProgress && { ...this.run.progress().told, waitMs: waitMs > 0 ? Math.ceil(waitMs) : null };
  }

  private failed(task: Task, error: CaseApiError): BulkProgress | undefined {
    const { raw, host } = this;
    const [number] = task;
    if (error.kind === "quota" && this.minute.isSpent(host, error)) {
      this.flying += 1;
      this.held.push(task);
      return this.progress();
    }
    const verdict = enterBulk(
      () => raw.failed(number, `${error.kind}\n${error.code}`, error.attempts),
      host.generation,
    );
    if (verdict !== VERDICT_HANDLED) {
      const told = enterBulk(() => raw.text(), host.generation).split("\n");
      this.leave(verdict, told, error);
    }
    return this.progress();
  }

  private leave(verdict: number, [from, to, ...ids]: readonly string[], error: CaseApiError): void {
    if (verdict === VERDICT_STOP) this.fatal ??= { error };
    else this.run.leave({ ids, from: dateOf(from) ?? null, to: dateOf(to) ?? null, error });
  }

  private land(report: () => BulkProgress | undefined): void {
    this.flying -= 1;
    if (this.isEnded) return;
    try {
      const progress = report();
      if (progress) this.run.input.onProgress?.(progress);
      this.pump();
    } catch (error) {
      this.fatal ??= { error };
    }
    this.wake();
  }

  /** What is still in flight is of no use. */
  end(): void {
    this.isEnded = true;
    this.stopTimer?.();
  }

  /** Resolves when a call has ended. */
  async landing(): Promise<void> {
    if (!this.fatal) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    this.check();
  }

  private check(): void {
    if (!this.fatal) return;
    this.isEnded = true;
    throw this.fatal.error;
  }

  isDone(): boolean {
    this.check();
    this.isEnded = this.flying === 0;
    return this.isEnded;
  }
}
