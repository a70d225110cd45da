// What a call returns: a promise that starts when it is first awaited, and for lists can be iterated as well.

import { ownError } from "./errors.js";
import { refuseOption } from "./handed-in.js";

/** A promise of an answer. Nothing is sent before it is awaited, and once only. */
export class CaseCall extends Promise {
  // Promises derived from this one are ordinary.
  static get [Symbol.species]() {
    return Promise;
  }

  #start;
  #started;

  constructor(start) {
    super(() => {});
    this.#start = start;
  }

  #answer() {
    this.#started ??= this.#start();
    return this.#started;
  }

  then(onFulfilled, onRejected) {
    return this.#answer()
      .then(([data]) => data)
      .then(onFulfilled, onRejected);
  }

  catch(onRejected) {
    return this.then(undefined, onRejected);
  }

  finally(onFinally) {
    return this.then().finally(onFinally);
  }

  withResponse() {
    return this.#answer().then(([data, response, attempts, waitedMs]) => ({ data, response, attempts, waitedMs }));
  }
}

/** A call whose answer is a page of a list: awaited it is that page, iterated it is every case. */
export class CasesCall extends CaseCall {
  #pages;

  constructor(start, pages) {
    super(start);
    this.#pages = pages;
  }

  pages() {
    return serial(this.#pages());
  }

  [Symbol.asyncIterator]() {
    const pages = this.#pages();
    return serial(
      (async function* () {
        for await (const page of pages) yield* page.cases;
      })(),
    );
  }

  async toArray({ limit } = {}) {
    if (!Number.isInteger(limit) || limit < 1) {
      refuseOption("limit", "a whole number of at least 1, as in toArray({ limit: 1000 })", limit);
    }
    const cases = [];
    for await (const one of this) {
      if (cases.length === limit) throw ownError("LIMIT_REACHED", `(limit ${limit})`);
      cases.push(one);
    }
    return cases;
  }
}

/** An iterator whose `next` may be called without waiting: an async generator keeps the order by itself. */
function serial(generator) {
  return {
    next: () => generator.next(),
    return: (value) => generator.return(value),
    throw: (error) => generator.throw(error),
    [Symbol.asyncIterator]() {
      return this;
    },
    async [Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose")]() {
      await generator.return(undefined);
    },
  };
}
