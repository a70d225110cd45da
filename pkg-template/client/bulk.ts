// Calls in bulk. The wasm says which requests to make and what to deliver; this file makes the calls, several at a time,
// and gives what comes the shape of JavaScript.

import {
  DELIVERY_CASES,
  DELIVERY_CLOSED,
  DELIVERY_DETAILS,
  DELIVERY_GONE,
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
} from "../generated/boundary.js";
import type { CaseDetail, CaseRecord } from "../generated/types.js";
import type { RawBulk } from "../wasm/client.js";
import type {
  BulkFailure,
  BulkProgress,
  CaseChange,
  Changes,
  ChangesOptions,
  ChangesParams,
  HydrateOptions,
  Hydration,
  Sweep,
  SweepOptions,
  SweepParams,
} from "./bulk-options.js";
import { type CaseApiError, errorFromWasm, notFound, ownError } from "./errors.js";
import { drive, type Host, hold, letGo } from "./driver.js";
import { type BulkInput, bulkInput, json, refuseOption } from "./input.js";
import { enter, giveBack } from "./module.js";
import { take } from "./records.js";
import { steadyMs } from "./timer.js";
import type { Issue } from "./types.js";

/** Gives the host of a client's calls, once the module is there. */
export type OpenHost = (signal?: AbortSignal) => Promise<Host>;

/** Records of a delivery: cases, or the details of one. */
interface Cases {
  cases: CaseRecord[];
  issues: Issue[];
}
type Delivery =
  | { kind: typeof DELIVERY_CASES | typeof DELIVERY_CLOSED; cases: CaseRecord[]; issues: Issue[] }
  | { kind: typeof DELIVERY_GONE; ids: string[] }
  | { kind: typeof DELIVERY_DETAILS; detail: CaseDetail };

/** The interval at which the place of a call is noted. */
const NOTE_MS = 250;

/** A call in bulk, which begins when it is first iterated. */
class Run {
  readonly failures: BulkFailure[] = [];
  isDone = false;
  readonly input: BulkInput;
  private readonly open: OpenHost;
  private readonly given: readonly [purpose: string, params: string];
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

  constructor(
    purpose: "sweep" | "changes" | "hydrate",
    open: OpenHost,
    params: unknown,
    options: unknown,
    names: readonly string[],
    cursor?: unknown,
  ) {
    // Vue makes no proxy of what says so.
    Object.defineProperty(this, "__v_skip", { value: true });
    this.open = open;
    this.input = bulkInput(options, names);
    if (cursor !== undefined && cursor !== null && typeof cursor !== "string") {
      refuseOption("cursor", "a text that cursor() gave", typeof cursor);
    }
    const given = json(params);
    this.given = [purpose, given];
    this.cursor = (cursor as string | null) ?? undefined;
    this.byIds = Array.isArray((JSON.parse(given) as { case_ids?: unknown } | null)?.case_ids);
    this.lastToken = this.cursor ?? (JSON.parse(this.input.own) as { resume?: string }).resume ?? null;
  }

  /** The deliveries, one after the other. */
  async *deliveries(): AsyncGenerator<Delivery, void, undefined> {
    if (this.isStarted) throw ownError("INVALID_PARAMETER", "A bulk call is iterated once; its token starts another.");
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
      hold(host);
      held = host;
      const raw = enter(
        () =>
          host.raw.bulk(...this.given, this.input.text, this.input.own, this.cursor, !!this.input.provider, Date.now()),
        host.generation,
      );
      this.begun = Object.freeze({ host, raw });
      this.began = Date.now();
      work = new Work(this, host, raw, stop.signal);
      work.pump();
      for (;;) {
        const delivery = this.deliver(host, raw);
        this.taken = 0;
        if (delivery) {
          this.note();
          // The place of what was delivered before is free again.
          work.pump();
          yield delivery;
          continue;
        }
        this.miss(host, raw);
        work.pump();
        if (work.isDone()) break;
        await work.landing();
      }
    } finally {
      signal?.removeEventListener("abort", aborted);
      work?.end();
      this.end();
      if (held) letGo(held);
      stop.abort();
    }
    if (this.failures.length > 0 && !partial) {
      const ids = this.failures.flatMap((failure) => failure.ids);
      const shown = ids.slice(0, 10).join(", ") + (ids.length > 10 ? " …" : "");
      const detail = `(${this.failures.length} parts: ${shown})`;
      throw ownError("INCOMPLETE", detail, { cause: this.failures[0]?.error });
    }
  }

  private deliver(host: Host, raw: RawBulk): Delivery | undefined {
    return enter(() => {
      const kind = raw.deliver();
      switch (kind) {
        case DELIVERY_NONE:
          return undefined;
        case DELIVERY_GONE:
          return { kind, ids: raw.text().split("\n") };
        case DELIVERY_DETAILS:
          return { kind, detail: take(DOCUMENT_DETAILS, raw) as CaseDetail };
        default: {
          const document = kind === DELIVERY_CLOSED || this.byIds ? DOCUMENT_SUMMARY : DOCUMENT_PAGE;
          const { cases, issues } = take(document, raw) as Cases;
          return { kind: kind === DELIVERY_CLOSED ? DELIVERY_CLOSED : DELIVERY_CASES, cases, issues };
        }
      }
    }, host.generation);
  }

  private end(): void {
    this.lastToken = this.token();
    try {
      this.isDone = this.begun !== undefined && this.progress().left === 0;
    } catch {
      // A module that has panicked tells nothing.
    }
    const { begun } = this;
    this.begun = undefined;
    if (begun) giveBack(begun.raw, begun.host.generation);
  }

  private miss(host: Host, raw: RawBulk): void {
    for (const id of JSON.parse(enter(() => raw.missing(), host.generation)) as string[]) {
      this.failures.push({ ids: [id], from: null, to: null, error: notFound(id) });
    }
  }

  /** Notes now and then where to go on should the module break: it could not tell any more. */
  private note(): void {
    if (Date.now() - this.notedAt < NOTE_MS) return;
    this.notedAt = Date.now();
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
        this.lastToken = enter(() => begun.raw.token(this.taken), begun.host.generation);
      } catch (error) {
        if ((error as CaseApiError).kind !== "internal") throw error;
      }
    }
    return this.lastToken;
  }

  progress(): { told: BulkProgress; left: number } {
    const { begun } = this;
    const told = enter(() => (begun as { raw: RawBulk }).raw.progress(), begun?.host.generation);
    const at = (position: number) => told[position] ?? 0;
    const [pages, left] = [at(PROGRESS_PAGES), at(PROGRESS_LEFT)];
    const etaMs = pages > 0 ? Math.round(((Date.now() - this.began) / pages) * left) : null;
    const [cases, requests, retries] = [at(PROGRESS_CASES), at(PROGRESS_REQUESTS), at(PROGRESS_RETRIES)];
    return { told: { pages, cases, requests, retries, etaMs }, left };
  }

  fail(told: string, error: CaseApiError): void {
    this.failures.push({ ...(JSON.parse(told) as Omit<BulkFailure, "error">), error });
  }
}

/** The calls of a bulk call that are in progress, each with its own driver. */
class Work {
  private readonly run: Run;
  private readonly host: Host;
  private readonly raw: RawBulk;
  private readonly signal: AbortSignal;
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
  }

  /** Begins the calls that can be made. */
  pump(): void {
    const { host, raw } = this;
    while (!this.fatal && !this.isEnded) {
      const id = enter(() => raw.ask(host.raw, steadyMs(), Date.now()), host.generation);
      if (id === 0) return;
      this.flying += 1;
      drive(host, id, this.signal, this.run.input.provider, () => this.answered(id)).then(
        ({ value }) => this.land(() => value),
        (error: CaseApiError) => this.land(() => this.failed(id, error)),
      );
    }
  }

  private answered(id: number): BulkProgress | undefined {
    if (this.isEnded) return undefined;
    const verdict = this.raw.answered(id, this.host.raw, Date.now());
    if (verdict !== VERDICT_HANDLED) {
      const [error = "", told = ""] = this.raw.text().split("\n");
      this.leave(verdict, told, errorFromWasm(error));
    }
    return this.progress();
  }

  private progress(): BulkProgress | undefined {
    return this.run.input.onProgress && this.run.progress().told;
  }

  private failed(id: number, error: CaseApiError): BulkProgress | undefined {
    const { raw } = this;
    const verdict = enter(() => raw.failed(id, error.kind, error.code, error.attempts), this.host.generation);
    if (verdict !== VERDICT_HANDLED)
      this.leave(
        verdict,
        enter(() => raw.text(), this.host.generation),
        error,
      );
    return this.progress();
  }

  private leave(verdict: number, told: string, error: CaseApiError): void {
    if (verdict === VERDICT_STOP) this.fatal ??= { error };
    else this.run.fail(told, error);
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

const OWN = ["concurrency", "partial"];

/** An iterator over the items of each delivery. */
async function* each<T>(run: Run, items: (delivery: Delivery) => readonly T[]): AsyncGenerator<T, void, undefined> {
  for await (const delivery of run.deliveries()) {
    let taken = 0;
    for (const item of items(delivery)) {
      taken += 1;
      run.take(taken);
      yield item;
    }
  }
}

/** The parts that bulk calls share. */
class BulkCall {
  protected readonly run: Run;

  constructor(run: Run) {
    this.run = run;
  }

  get failures(): BulkFailure[] {
    return this.run.failures;
  }
}

class SweepCall extends BulkCall implements Sweep {
  resumeToken(): string | undefined {
    return this.run.token() ?? undefined;
  }

  async *pages(): AsyncGenerator<Cases, void, undefined> {
    for await (const delivery of this.run.deliveries()) {
      const { cases, issues } = delivery as Cases;
      this.run.take(cases.length);
      yield { cases, issues };
    }
  }

  [Symbol.asyncIterator](): AsyncGenerator<CaseRecord, void, undefined> {
    return each(this.run, (delivery) => (delivery as Cases).cases);
  }
}

class ChangesCall extends BulkCall implements Changes {
  cursor(): string | null {
    return this.run.token();
  }

  [Symbol.asyncIterator](): AsyncGenerator<CaseChange, void, undefined> {
    return each(this.run, (delivery): CaseChange[] => {
      if (delivery.kind === DELIVERY_GONE) {
        return delivery.ids.map((case_id) => ({ type: "gone", case_id, case: null }));
      }
      const type = delivery.kind === DELIVERY_CLOSED ? "closed" : "changed";
      return (delivery as Cases).cases.map((one) => ({ type, case_id: one.case_id, case: one }));
    });
  }
}

class HydrationCall extends BulkCall implements Hydration {
  get done(): boolean {
    return this.run.isDone;
  }

  resumeToken(): string | undefined {
    return this.run.token() ?? undefined;
  }

  [Symbol.asyncIterator](): AsyncGenerator<CaseDetail, void, undefined> {
    return each(this.run, (delivery) => [(delivery as { detail: CaseDetail }).detail]);
  }
}

export const sweep = (open: OpenHost, params: SweepParams, options?: SweepOptions): Sweep =>
  new SweepCall(new Run("sweep", open, params, options, [...OWN, "order", "batchSize", "resume"]));

export const changes = (
  open: OpenHost,
  params: ChangesParams,
  cursor?: string | null,
  options?: ChangesOptions,
): Changes => new ChangesCall(new Run("changes", open, params, options, [...OWN, "batchSize", "maxRequests"], cursor));

export const hydrate = (open: OpenHost, case_ids: readonly string[], options?: HydrateOptions): Hydration =>
  new HydrationCall(new Run("hydrate", open, { case_ids }, options, [...OWN, "maxRequests", "maxBytes", "resume"]));
