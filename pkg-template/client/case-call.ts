// Calls as callers get them: promises that begin by themselves, and for lists can be iterated as well.

import type { CaseRecord } from "../generated/types.js";
import { clientError, withTexts } from "./errors.js";
import { plainObject, rejectOption } from "./input.js";
import type { CasesPageData } from "./types.js";

/** An answer with what came along. */
export interface WithResponse<T> {
  /** The answer. */
  data: T;
  /** The response as `fetch` gave it. Its body has been read. */
  response: Response;
  /** How many requests it took. */
  attempts: number;
  /** How many milliseconds it waited in all: for its turn, for a token, and between attempts. */
  waitedMs: number;
}

/**
 * A call: a promise. It begins by itself at the end of the current microtask, in the context in which it was made, or
 * when it is awaited before.
 */
export interface CaseCall<T> extends Promise<T> {
  /** The answer together with the raw response. */
  withResponse(): Promise<WithResponse<T>>;
}

/** The page that a call resolves to. Its two methods are not enumerable: it is cloned and serialized as {@link CasesPageData}. */
export interface CasesPage extends CasesPageData {
  /** Whether a page follows this one. */
  hasNextPage(): boolean;
  /** The call for the page that follows this one; `null` at the end. */
  nextPage(): CasesCall | null;
}

/**
 * A call for a list. Awaited it is one page (`page_index`, or the first). Iterated it is every case, whatever their
 * number, a page in memory at a time; the page of a call that was awaited before is not asked for again. Returning it from
 * an `async` function awaits it: return it wrapped, to iterate.
 */
export interface CasesCall extends CaseCall<CasesPage>, AsyncIterable<CaseRecord> {
  /** Every case, page by page. A case comes once, or again if a newer version of it is met. */
  pages(): AsyncIterableIterator<CasesPageData>;
  /** Every case in one array. */
  toArray(options: {
    /** How many cases there may be, 1 or more. More are an error with the code `LIMIT_REACHED`. */
    limit: number;
  }): Promise<CaseRecord[]>;
}

/** The answer of a call, as its promise and `withResponse` show it. */
export type Answered<T> = WithResponse<T>;

/** The state of a call: an object of its own, so that a proxy around the call is as good as the call. */
interface CallState<T, A extends Answered<T>> {
  /** The promise itself. */
  promise: Promise<T>;
  begin: () => Promise<A>;
  settle: (answer: Promise<A>) => void;
  /** The answer of a call that was begun. */
  answer: Promise<A> | undefined;
  /** Whether it is to begin in its own way, and not by itself. */
  isLazy: boolean;
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
    const state: CallState<T, A> = { promise: this, begin, settle, answer: undefined, isLazy: false };
    // Vue makes no proxy of what says so.
    Object.defineProperty(state, "__v_skip", { value: true });
    this.state = state;
    Promise.resolve().then(() => {
      if (!state.isLazy) startCall(state);
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

/** Begins a call, unless that has been done. */
function startCall<T, A extends Answered<T>>(state: CallState<T, A>): Promise<A> {
  if (!state.answer) {
    state.answer = state.begin();
    state.settle(state.answer);
  }
  return state.answer;
}

/** The same, where the error is reported elsewhere than by the promise itself. */
function startHandled<T, A extends Answered<T>>(state: CallState<T, A>): Promise<A> {
  const answer = startCall(state);
  Promise.prototype.then.call(state.promise, undefined, () => {});
  return answer;
}

/** Makes a call. `begin` makes its request, once. */
export const caseCall = <T>(begin: () => Promise<Answered<T>>): CaseCall<T> => new Call(begin);

/** A reader of every case of a list, page by page; `first` is the answer of the call, where it was begun. */
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
    state.isLazy = true;
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
    this.state.isLazy = true;
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

/** Makes a call for a list. */
export const casesCall = <A extends Answered<CasesPage>>(begin: () => Promise<A>, read: ReadPages<A>): CasesCall =>
  new ListCall(begin, read);

/** An iterator whose `next` may be called without waiting: an async generator keeps the order by itself. */
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
