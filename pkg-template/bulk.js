// Calls in bulk. The wasm says which requests to make and what to deliver; this file makes the calls, several at a time,
// and gives what comes the shape of JavaScript.

import { isCaseApiError, notFound, ownError, toError } from "./errors.js";
import { bulkOptions, json, refuseOption } from "./handed-in.js";
import * as wasmModule from "./module.js";
import { DETAILS, PAGE, SUMMARY, take } from "./records.js";

const { enter, enterAsync } = wasmModule;

/** What is delivered, by its number in the wasm. */
const [CASES, CLOSED, GONE] = [0, 1, 2];

/** How often is noted where a call is. */
const NOTE_MS = 250;

/** A call in bulk, which starts when it is first iterated. */
class Run {
  failures = [];
  done = false;

  #open;
  #given;
  #byIds;
  #options;
  #started = false;
  #raw;
  #generation;
  /** How many things of the delivery were taken, and of how many. */
  #taken = 0;
  /** When was noted where it is. */
  #notedAt = 0;
  #token;
  #began;

  constructor(purpose, open, params, options, names, cursor) {
    this.#open = open;
    this.#options = bulkOptions(options, names);
    if (cursor !== undefined && cursor !== null && typeof cursor !== "string") {
      refuseOption("cursor", "a text that cursor() gave", typeof cursor);
    }
    const { call, own } = this.#options;
    const given = json(params);
    this.#given = [purpose, given, call, own, cursor ?? undefined];
    this.#byIds = Array.isArray(JSON.parse(given)?.case_ids);
    this.#token = cursor ?? JSON.parse(own).resume ?? undefined;
  }

  /** What comes, delivery by delivery: its kind, and the records' object or the ids. */
  async *deliveries() {
    if (this.#started) throw ownError("INVALID_PARAMETER", "A bulk call is iterated once; its token starts another.");
    this.#started = true;
    const { signal, partial } = this.#options;
    const stop = new AbortController();
    const aborted = () => stop.abort(signal.reason);
    if (signal?.aborted) aborted();
    else signal?.addEventListener("abort", aborted);
    const work = new Work(this, this.#options.onProgress);
    try {
      await this.#begin(stop.signal);
      work.raw = this.#raw;
      work.pump();
      for (;;) {
        const delivery = enter(() => this.#raw.deliver());
        this.#taken = 0;
        if (delivery) {
          const [kind, what] = delivery;
          this.#note();
          // The place of what was delivered before is free again.
          work.pump();
          yield [kind, kind === GONE ? what : take(this.#shape(kind), what)];
          continue;
        }
        this.#miss();
        work.pump();
        if (work.isDone()) break;
        await work.landing();
      }
    } finally {
      signal?.removeEventListener("abort", aborted);
      work.end();
      this.#end();
      stop.abort();
    }
    if (this.failures.length > 0 && !partial) {
      const ids = this.failures.flatMap((failure) => failure.ids);
      const shown = ids.slice(0, 10).join(", ") + (ids.length > 10 ? " …" : "");
      throw ownError("INCOMPLETE", `(${this.failures.length} parts: ${shown})`, { cause: this.failures[0].error });
    }
  }

  #shape(kind) {
    if (kind > GONE) return DETAILS;
    return kind === CLOSED || this.#byIds ? SUMMARY : PAGE;
  }

  async #begin(signal) {
    if (this.#raw) return;
    const client = await this.#open(signal);
    this.#generation = wasmModule.generation;
    this.#raw = enter(() => client.bulk(...this.#given, signal));
    this.#began = Date.now();
  }

  #end() {
    this.#token = this.token();
    try {
      this.done = this.#raw !== undefined && this.progress().left === 0;
    } catch {
      // A module that has panicked tells nothing.
    }
    const raw = this.#raw;
    this.#raw = undefined;
    if (raw) wasmModule.giveBack(raw, this.#generation);
  }

  #miss() {
    for (const id of JSON.parse(enter(() => this.#raw.missing()))) {
      this.failures.push({ ids: [id], from: null, to: null, error: notFound(id) });
    }
  }

  /** Now and then, where to go on should the module break: it could not tell any more. */
  #note() {
    if (Date.now() - this.#notedAt < NOTE_MS) return;
    this.#notedAt = Date.now();
    this.token();
  }

  /** So many things of the delivery were taken. */
  take(count) {
    this.#taken = count;
  }

  /** Where to go on; what was last known if the module is not there any more. */
  token() {
    if (this.#raw && this.#generation === wasmModule.generation) {
      try {
        this.#token = enter(() => this.#raw.token(this.#taken));
      } catch (error) {
        if (error.kind !== "internal") throw error;
      }
    }
    return this.#token;
  }

  progress() {
    const [pages, cases, requests, retries, left] = enter(() => this.#raw.progress());
    const etaMs = pages > 0 ? Math.round(((Date.now() - this.#began) / pages) * left) : null;
    return { told: { pages, cases, requests, retries, etaMs }, left };
  }

  fail(told, error) {
    const { ids, from, to } = JSON.parse(told);
    this.failures.push({ ids, from, to, error });
  }
}

/** The calls under way. */
class Work {
  raw;
  #run;
  #onProgress;
  #flying = 0;
  #wake = () => {};
  #fatal;
  #ended = false;

  constructor(run, onProgress) {
    this.#run = run;
    this.#onProgress = onProgress;
  }

  /** Makes the calls that can be made. */
  pump() {
    if (this.#fatal || this.#ended) return;
    for (let ask; (ask = enter(() => this.raw.ask())); ) {
      const [id, promise] = ask;
      this.#flying += 1;
      enterAsync(() => promise).then(
        ([records, , attempts, , bytes]) => this.#land(() => this.#answered(id, records, attempts, bytes)),
        (error) => this.#land(() => this.#failed(id, error)),
      );
    }
  }

  #answered(id, records, attempts, bytes) {
    const off = enter(() => this.raw.answered(id, records, attempts, bytes));
    if (off) this.#left(off[0], toError(off[1]));
  }

  #failed(id, thrown) {
    const error = toError(thrown);
    const told = enter(() => this.raw.failed(id, error.kind, error.code, error.attempts));
    if (told !== undefined) this.#left(told, error);
  }

  #left(told, error) {
    if (told === "") this.#fatal ??= error;
    else this.#run.fail(told, error);
  }

  #land(work) {
    this.#flying -= 1;
    if (this.#ended) return;
    try {
      work();
      this.#onProgress?.(this.#run.progress().told);
      this.pump();
    } catch (error) {
      this.#fatal ??= isCaseApiError(error) ? error : { thrown: error };
    }
    this.#wake();
  }

  /** What is still under way is of no use. */
  end() {
    this.#ended = true;
  }

  /** Resolves when a call has ended. */
  async landing() {
    if (!this.#fatal) {
      await new Promise((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#check();
  }

  #check() {
    if (!this.#fatal) return;
    this.#ended = true;
    throw isCaseApiError(this.#fatal) ? this.#fatal : this.#fatal.thrown;
  }

  isDone() {
    this.#check();
    this.#ended = this.#flying === 0;
    return this.#ended;
  }
}

const OWN = ["concurrency", "partial"];

/** An iterator over what is in each delivery. */
async function* each(run, items) {
  for await (const delivery of run.deliveries()) {
    let taken = 0;
    for (const item of items(delivery)) {
      taken += 1;
      run.take(taken);
      yield item;
    }
  }
}

export class Sweep {
  #run;

  constructor(open, params, options) {
    this.#run = new Run("sweep", open, params, options, [...OWN, "order", "batchSize", "resume"]);
  }

  get failures() {
    return this.#run.failures;
  }

  resumeToken() {
    return this.#run.token();
  }

  async *pages() {
    for await (const [, { cases, issues }] of this.#run.deliveries()) {
      this.#run.take(cases.length);
      yield { cases, issues };
    }
  }

  [Symbol.asyncIterator]() {
    return each(this.#run, ([, page]) => page.cases);
  }
}

export class Changes {
  #run;

  constructor(open, params, options, cursor) {
    this.#run = new Run("changes", open, params, options, [...OWN, "batchSize", "maxRequests"], cursor);
  }

  get failures() {
    return this.#run.failures;
  }

  cursor() {
    return this.#run.token() ?? null;
  }

  [Symbol.asyncIterator]() {
    return each(this.#run, ([kind, what]) => {
      if (kind === GONE) return what.map((case_id) => ({ type: "gone", case_id, case: null }));
      const type = kind === CASES ? "changed" : "closed";
      return what.cases.map((one) => ({ type, case_id: one.case_id, case: one }));
    });
  }
}

export class Hydration {
  #run;

  constructor(open, params, options) {
    this.#run = new Run("hydrate", open, params, options, [...OWN, "maxRequests", "maxBytes", "resume"]);
  }

  get failures() {
    return this.#run.failures;
  }

  get done() {
    return this.#run.done;
  }

  resumeToken() {
    return this.#run.token();
  }

  [Symbol.asyncIterator]() {
    return each(this.#run, ([, detail]) => [detail]);
  }
}
