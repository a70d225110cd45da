// Calls as callers receive them. A call is a promise that sends its request by itself; a call for a list is an async iterable
// as well. Each object here is a thin wrapper around a `CallState`.

import type { CaseRecord } from "../generated/types.js";
import { clientError, withTexts } from "./errors.js";
import { plainObject, rejectOption } from "./input.js";
import type { CasesPageData } from "./types.js";

/** The result of a call with its response and statistics. */
export interface WithResponse<T> {
  /** The result of the call. */
  data: T;
  /** The response of `fetch`. Its body has been read. */
  response: Response;
  /** The number of requests sent for the call. */
  attempts: number;
  /** The milliseconds spent waiting: in the queue, for a token, and between attempts. */
  waitedMs: number;
}

/**
 * A call, as a promise of its result.
 *
 * Its request is sent one microtask after creation, or at once by `then`, and keeps the caller's `AsyncLocalStorage` context.
 * An iteration that begins first sends its own requests instead.
 */
export interface CaseCall<T> extends Promise<T> {
  /** Resolves to the result together with the raw response. */
  withResponse(): Promise<WithResponse<T>>;
}

/**
 * The page that a call for a list resolves to. Its two methods are not enumerable, so it is cloned and serialized as
 * {@link CasesPageData}.
 */
export interface CasesPage extends CasesPageData {
  /** Whether there is a next page. */
  hasNextPage(): boolean;
  /** Returns the call for the next page, or `null` on the last page. */
  nextPage(): CasesCall | null;
}

/**
 * A call for a list. Awaited, it resolves to one page: `page_index`, or the first. Iterated, it yields every case of the
 * list, with one page in memory at a time.
 *
 * If the call was awaited before, its page replaces the first request of the iteration. In the order `"newest"` page 1 is
 * requested again at the end. An `async` function that returns the call awaits it: to return it for iteration, wrap it in an
 * object, as in `return { call }`.
 *
 * @example
 * ```ts
 * for await (const one of cases.casesByContract({ contract_ids: ["1234567"] })) console.log(one.case_id, one.title);
 * ```
 */
export interface CasesCall extends CaseCall<CasesPage>, AsyncIterable<CaseRecord> {
  /** Iterates every case, page by page. A case is yielded once, and again if the read meets a newer version. */
  pages(): AsyncIterableIterator<CasesPageData>;
  /** Resolves to an array of every case. */
  toArray(options: {
    /** The maximum number of cases, 1 or more. With more cases the call fails with the code `LIMIT_REACHED`. */
    limit: number;
  }): Promise<CaseRecord[]>;
}

/** The outcome of a call, with everything that the iteration of a list needs to use it as its first page. */
export interface CallOutcome<T> extends WithResponse<T> {
  /** The body of the response. */
  body: Uint8Array;
  /** The time at which the response was received, in milliseconds since 1970 (UTC). */
  receivedAtMs: number;
}

/** The state of a call. It is a separate object, so that a Proxy around the call shares it. */
interface CallState<T> {
  /** The call, without a Proxy around it. */
  readonly promise: Promise<T>;
  /** Sends the request of the call. Called at most once. */
  readonly send: () => Promise<CallOutcome<T>>;
  /** Resolves or rejects `promise` as soon as the outcome is known. */
  readonly settleWith: (outcome: Promise<CallOutcome<T>>) => void;
  /** The outcome; `undefined` until the request is sent. */
  outcome: Promise<CallOutcome<T>> | undefined;
  /** Whether the call sends no request by itself, since an iteration sends its own. */
  skipsOwnRequest: boolean;
}

class CaseCallPromise<T> extends Promise<T> implements CaseCall<T> {
  // `then`, `catch` and `finally` return plain promises. They would construct this class with an executor otherwise.
  static override get [Symbol.species]() {
    return Promise;
  }

  /** @internal */
  readonly state: CallState<T>;

  constructor(send: () => Promise<CallOutcome<T>>) {
    let settleWith!: CallState<T>["settleWith"];
    super((resolve, reject) => {
      settleWith = (outcome) => outcome.then(({ data }) => resolve(data), reject);
    });
    const state: CallState<T> = { promise: this, send, settleWith, outcome: undefined, skipsOwnRequest: false };
    // Keeps Vue from wrapping `state.promise` in a Proxy.
    Object.defineProperty(state, "__v_skip", { value: true });
    this.state = state;
    // A microtask later the caller has had the chance to iterate the call.
    Promise.resolve().then(() => {
      if (!state.skipsOwnRequest) sendOnce(state);
    });
  }

  override then<R = T, E = never>(
    onFulfilled?: ((value: T) => R | PromiseLike<R>) | null,
    onRejected?: ((reason: unknown) => E | PromiseLike<E>) | null,
  ): Promise<R | E> {
    sendOnce(this.state);
    // Native promise methods reject a Proxy as `this`, so they run on `state.promise`.
    return Promise.prototype.then.call(this.state.promise, onFulfilled, onRejected) as Promise<R | E>;
  }

  withResponse(): Promise<WithResponse<T>> {
    return outcomeForConsumer(this.state).then(({ data, response, attempts, waitedMs }) => ({
      data,
      response,
      attempts,
      waitedMs,
    }));
  }
}

/** Sends the request of a call, unless it was sent before. */
function sendOnce<T>(state: CallState<T>): Promise<CallOutcome<T>> {
  if (!state.outcome) {
    state.outcome = state.send();
    state.settleWith(state.outcome);
  }
  return state.outcome;
}

/** As `sendOnce`, for a consumer that handles the error: the call's own rejection is then not reported as unhandled. */
function outcomeForConsumer<T>(state: CallState<T>): Promise<CallOutcome<T>> {
  const outcome = sendOnce(state);
  Promise.prototype.then.call(state.promise, undefined, () => {});
  return outcome;
}

/** Creates a call. `send` sends its request and is called at most once. */
export const createCall = <T>(send: () => Promise<CallOutcome<T>>): CaseCall<T> => new CaseCallPromise(send);

/** Reads every case of a list, page by page. `first` is the outcome of the call, if its request was sent. */
export type ReadPages = (
  first: Promise<CallOutcome<CasesPage>> | undefined,
) => AsyncGenerator<CasesPageData, void, undefined>;

class CasesCallPromise extends CaseCallPromise<CasesPage> implements CasesCall {
  /** @internal */
  readonly readPages: ReadPages;

  constructor(send: () => Promise<CallOutcome<CasesPage>>, readPages: ReadPages) {
    super(send);
    this.readPages = readPages;
  }

  /** @internal */
  iterate(): AsyncGenerator<CasesPageData, void, undefined> {
    const { state } = this;
    state.skipsOwnRequest = true;
    return this.readPages(state.outcome && outcomeForConsumer(state));
  }

  pages(): AsyncIterableIterator<CasesPageData> {
    return disposableIterator(this.iterate());
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<CaseRecord> {
    // Not inside the generator: its body runs at the first `next()`, after the call would have sent.
    const pages = this.iterate();
    return disposableIterator(
      (async function* () {
        for await (const page of pages) yield* page.cases;
      })(),
    );
  }

  toArray(options?: unknown): Promise<CaseRecord[]> {
    // Even if `options` are invalid, no request is sent.
    this.state.skipsOwnRequest = true;
    return collect(this, options);
  }
}

/** Resolves to an array of all items; rejects if there are more than the option `limit`. */
export async function collect<T>(items: AsyncIterable<T>, options: unknown): Promise<T[]> {
  const { limit } = plainObject(options) as { limit?: number };
  if (!Number.isInteger(limit) || (limit as number) < 1) {
    rejectOption("limit", "a whole number of at least 1, as in toArray({ limit: 1000 })", limit);
  }
  const collected: T[] = [];
  for await (const item of items) {
    if (collected.length === limit) throw await withTexts(clientError("LIMIT_REACHED", `(limit ${limit})`));
    collected.push(item);
  }
  return collected;
}

/** Creates a call for a list. `send` sends the request for one page and is called at most once. */
export const createListCall = (send: () => Promise<CallOutcome<CasesPage>>, readPages: ReadPages): CasesCall =>
  new CasesCallPromise(send, readPages);

/**
 * Returns an iterator for `for await`, `await using` and concurrent calls of `next`, which an async generator queues in
 * order. Adds `Symbol.asyncDispose`, which older runtimes lack.
 */
function disposableIterator<T>(generator: AsyncGenerator<T, void, undefined>): AsyncIterableIterator<T> {
  const iterator = {
    next: () => generator.next(),
    return: (value: unknown) => generator.return(value as undefined),
    throw: (error: unknown) => generator.throw(error),
    [Symbol.asyncIterator]() {
      return this;
    },
    async [Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose")]() {
      await generator.return(undefined);
    },
  };
  return iterator as unknown as AsyncIterableIterator<T>;
}
