// Calls as callers receive them: promises that start by themselves; calls for lists are async iterables as well.

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
 * A call, as a promise of its result. Its request is sent in the microtask after its creation, in the async context in which
 * it was created.
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
 * A call for a list. Awaited, it resolves to one page (`page_index`, or the first). Iterated, it yields every case of the
 * list, with one page in memory at a time. If the call was awaited before, its page stands in for the first request of the
 * iteration; newest first, page 1 is still requested again at the end. An `async` function that returns the call awaits it:
 * to return it for iteration, wrap it in an object.
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

/** The outcome of a call, from which its promise and `withResponse` take their parts. */
export type Answered<T> = WithResponse<T>;

/** The state of a call. It is a separate object, so that a Proxy around the call shares it. */
interface CallState<T, A extends Answered<T>> {
  /** The call itself, without a Proxy around it. */
  promise: Promise<T>;
  begin: () => Promise<A>;
  settle: (answer: Promise<A>) => void;
  /** The outcome, once the call was started. */
  answer: Promise<A> | undefined;
  /** Whether the list is iterated: the microtask then sends no request, since the iteration sends its own. */
  isIterated: boolean;
}

class Call<T, A extends Answered<T> = Answered<T>> extends Promise<T> implements CaseCall<T> {
  // Promises derived from this one are ordinary.
  static override get [Symbol.species]() {
    return Promise;
  }

  /** @internal */
  readonly state: CallState<T, A>;

  constructor(begin: () => Promise<A>) {
    let settle!: CallState<T, A>["settle"];
    super((resolve, reject) => {
      settle = (answer) => answer.then(({ data }) => resolve(data), reject);
    });
    const state: CallState<T, A> = { promise: this, begin, settle, answer: undefined, isIterated: false };
    // Vue does not proxy objects with this property.
    Object.defineProperty(state, "__v_skip", { value: true });
    this.state = state;
    Promise.resolve().then(() => {
      if (!state.isIterated) startCall(state);
    });
  }

  override then<R = T, E = never>(
    onFulfilled?: ((value: T) => R | PromiseLike<R>) | null,
    onRejected?: ((reason: unknown) => E | PromiseLike<E>) | null,
  ): Promise<R | E> {
    startCall(this.state);
    return Promise.prototype.then.call(this.state.promise, onFulfilled, onRejected) as Promise<R | E>;
  }

  withResponse(): Promise<WithResponse<T>> {
    return startHandled(this.state).then(({ data, response, attempts, waitedMs }) => ({
      data,
      response,
      attempts,
      waitedMs,
    }));
  }
}

/** Starts a call, unless it was started before. */
function startCall<T, A extends Answered<T>>(state: CallState<T, A>): Promise<A> {
  if (!state.answer) {
    state.answer = state.begin();
    state.settle(state.answer);
  }
  return state.answer;
}

/** Starts a call whose error is reported by another promise, so that its own rejection counts as handled. */
function startHandled<T, A extends Answered<T>>(state: CallState<T, A>): Promise<A> {
  const answer = startCall(state);
  Promise.prototype.then.call(state.promise, undefined, () => {});
  return answer;
}

/** Creates a call. `begin` sends its request and is called once. */
export const caseCall = <T>(begin: () => Promise<Answered<T>>): CaseCall<T> => new Call(begin);

/** Reads every case of a list, page by page. `first` is the outcome of the call, if it was started. */
export type ReadPages<A> = (first: Promise<A> | undefined) => AsyncGenerator<CasesPageData, void, undefined>;

class ListCall<A extends Answered<CasesPage>> extends Call<CasesPage, A> implements CasesCall {
  /** @internal */
  readonly read: ReadPages<A>;

  constructor(begin: () => Promise<A>, read: ReadPages<A>) {
    super(begin);
    this.read = read;
  }

  /** @internal */
  generate(): AsyncGenerator<CasesPageData, void, undefined> {
    const { state } = this;
    state.isIterated = true;
    return this.read(state.answer && startHandled(state));
  }

  pages(): AsyncIterableIterator<CasesPageData> {
    return serialIterator(this.generate());
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<CaseRecord> {
    const pages = this.generate();
    return serialIterator(
      (async function* () {
        for await (const page of pages) yield* page.cases;
      })(),
    );
  }

  async toArray(options: { limit?: number } = {}): Promise<CaseRecord[]> {
    this.state.isIterated = true;
    const { limit } = plainObject(options) as { limit?: number };
    if (!Number.isInteger(limit) || (limit as number) < 1) {
      rejectOption("limit", "a whole number of at least 1, as in toArray({ limit: 1000 })", limit);
    }
    const cases: CaseRecord[] = [];
    for await (const one of this) {
      if (cases.length === limit) throw await withTexts(clientError("LIMIT_REACHED", `(limit ${limit})`));
      cases.push(one);
    }
    return cases;
  }
}

/** Creates a call for a list. */
export const casesCall = <A extends Answered<CasesPage>>(begin: () => Promise<A>, read: ReadPages<A>): CasesCall =>
  new ListCall(begin, read);

/** An iterator whose `next` may be called concurrently: an async generator queues the calls in order. */
function serialIterator<T>(generator: AsyncGenerator<T, void, undefined>): AsyncIterableIterator<T> {
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
