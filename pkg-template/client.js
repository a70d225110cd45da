// The package's face. Decisions are made in the wasm; this file gives them the shape of JavaScript.

import { Changes, Hydration, Sweep } from "./bulk.js";
import { CaseCall, CasesCall } from "./call.js";
import { ownError, rowsOf } from "./errors.js";
import * as handedIn from "./handed-in.js";
import * as wasmModule from "./module.js";
import { build, DETAILS, PAGE, put, SUMMARY, take } from "./records.js";
import { DEFAULT_TIMEOUT_MS } from "./tables.js";

export {
  AbortedError,
  AuthenticationError,
  CaseApiError,
  DecodeError,
  ERROR_TABLE,
  errorFromJSON,
  InternalError,
  InvalidRequestError,
  isCaseApiError,
  NetworkError,
  NotFoundError,
  PermissionError,
  QuotaError,
  RateLimitedError,
  TimeoutError,
  UnavailableError,
} from "./errors.js";
export { ready, reset } from "./module.js";
export { CASE_STATUSES, LIMITS } from "./tables.js";

const { enter, enterAsync } = wasmModule;

const SHAPES = { caseSummary: SUMMARY, caseDetails: DETAILS, casesByContract: PAGE, casesByUser: PAGE };

export class CaseClient {
  #options;
  #raw;
  #generation;
  #freed = false;

  constructor(options = {}) {
    // A copy: what is changed afterwards changes nothing.
    this.#options = handedIn.clientOptions(options);
    this.#open(false);
  }

  /** The wasm's client. Where the module is still loading it is made later, and options are refused at the first call. */
  #open(must) {
    if (this.#freed) throw ownError("FREED");
    if (this.#raw && this.#generation === wasmModule.generation) return this.#raw;
    try {
      this.#raw = enter((wasm) => new wasm.RawClient(...this.#options, ...handedIn.here()));
    } catch (error) {
      if (must || error.code !== "NOT_LOADED") throw error;
    }
    this.#generation = wasmModule.generation;
    return this.#raw;
  }

  #start(endpoint, params, options) {
    return async () => {
      const taken = this.#handedIn(params, options);
      // Without waiting where there is nothing to wait for: a client that is freed next has begun its call.
      const [given, how] = wasmModule.isThere() ? taken : await this.#whenThere(taken);
      const [records, ...more] = await enterAsync(() => this.#open(true).call(endpoint, given, ...how));
      // The module may have broken since it answered.
      return [enter(() => take(SHAPES[endpoint], records)), ...more];
    };
  }

  #handedIn(params, options) {
    return [handedIn.json(params), handedIn.callOptions(options)];
  }

  /** A call's parameters and options, once the module is there. Waiting for it is part of the call. */
  async #whenThere([given, how]) {
    if (wasmModule.isThere()) return [given, how];
    const [text, signal] = how;
    const asked = JSON.parse(text) ?? {};
    const timeoutMs = asked.timeoutMs ?? JSON.parse(this.#options[0])?.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    // What is no time is for the wasm to refuse.
    const isTime = Number.isInteger(timeoutMs) && timeoutMs > 0 && timeoutMs < 2 ** 31;
    const since = Date.now();
    await wasmModule.readyWithin(signal, isTime ? timeoutMs : 0);
    if (!isTime || Object.getPrototypeOf(asked) !== Object.prototype) return [given, how];
    const left = Math.max(Math.ceil(timeoutMs - (Date.now() - since)), 1);
    return [given, [JSON.stringify({ ...asked, timeoutMs: left }), signal]];
  }

  caseSummary(params, options) {
    return new CaseCall(this.#start("caseSummary", params, options));
  }

  caseDetails(params, options) {
    return new CaseCall(this.#start("caseDetails", params, options));
  }

  casesByContract(params, options) {
    return this.#list("casesByContract", params, options);
  }

  casesByUser(params, options) {
    return this.#list("casesByUser", params, options);
  }

  #list(endpoint, params, options) {
    const start = this.#start(endpoint, params, options);
    const live = async () => {
      const [page, ...more] = await start();
      return [this.#withNext(page, endpoint, params, options), ...more];
    };
    return new CasesCall(live, () => this.#pages(endpoint, params, options));
  }

  /** A page as it is awaited: it knows the way to the next. Its methods are not enumerable, so that it clones. */
  #withNext(page, endpoint, params, options) {
    const { page_index, last_index } = page.pagination_response_record;
    const next = enter((wasm) => wasm.nextPageIndex(page_index, last_index));
    return Object.defineProperties(page, {
      hasNextPage: { value: () => next !== undefined },
      nextPage: {
        value: () => (next === undefined ? null : this.#list(endpoint, { ...handedIn.membersOf(params), page_index: next }, options)),
      },
    });
  }

  async *#pages(endpoint, params, options) {
    const taken = this.#handedIn(params, options);
    await this.#whenThere(taken);
    // Each page has all of the time.
    const [given, how] = taken;
    const list = enter(() => this.#open(true).list(endpoint, given, ...how));
    const generation = this.#generation;
    try {
      for (;;) {
        const answer = await enterAsync(() => list.next());
        if (answer === undefined) return;
        const fresh = enter(() => list.take(answer[0]));
        if (fresh) yield take(PAGE, fresh);
      }
    } finally {
      wasmModule.giveBack(list, generation);
    }
  }

  sweep(params, options) {
    return new Sweep(this.#bulk, params, options);
  }

  changes(params, cursor, options) {
    return new Changes(this.#bulk, params, options, cursor);
  }

  hydrate(case_ids, options) {
    return new Hydration(this.#bulk, { case_ids }, options);
  }

  /** What a bulk call is made with: the wasm's client, when the module is there. */
  #bulk = async (signal) => {
    if (!wasmModule.isThere()) await wasmModule.readyWithin(signal, 0);
    return this.#open(true);
  };

  async estimate(params, options) {
    const [given, { of = "sweep", sample = 0, batchSize, ...others }] = [handedIn.json(params), handedIn.plainObject(options)];
    for (const name of Object.keys(others)) handedIn.refuseOption(name, "of, sample or batchSize", name);
    if (!["sweep", "changes", "hydrate"].includes(of)) handedIn.refuseOption("of", '"sweep", "changes" or "hydrate"', of);
    if (!Number.isInteger(sample) || sample < 0 || sample > 1000) {
      handedIn.refuseOption("sample", "how many requests may be spent on it, 0 to 1000", sample);
    }
    const raw = await this.#bulk();
    const text = JSON.stringify({ batchSize });
    let pages = 1;
    if (sample > 0) {
      const lists = JSON.parse(enter(() => raw.sample(of, given, text, sample)));
      let count = 0;
      // One after another: none is to wait so long for its turn that its time is over.
      for (const [call, list] of lists) count += (await this[call](list)).pagination_response_record.last_index;
      if (lists.length > 0) pages = count / lists.length;
    }
    const [requests, atLeastSeconds, days] = enter(() => raw.estimate(of, given, text, pages));
    return { requests, atLeastSeconds, days };
  }

  budget() {
    const told = enter(() => this.#open(true).budget());
    const number = (at) => (told[at] < 0 ? null : told[at]);
    const used = (at) => ({ limit: number(at), used: told[at + 1], left: number(at + 2) });
    return {
      second: used(0),
      minute: used(3),
      day: used(6),
      inFlight: used(9),
      waiting: told[12],
      nextSlotInMs: number(13),
    };
  }

  free() {
    const raw = this.#generation === wasmModule.generation ? this.#raw : undefined;
    this.#raw = undefined;
    this.#freed = true;
    // Later, since a hook may say so in the middle of a call into it.
    const generation = this.#generation;
    if (raw) queueMicrotask(() => wasmModule.giveBack(raw, generation));
  }

  [Symbol.dispose ?? Symbol.for("Symbol.dispose")]() {
    this.free();
  }
}

const check = (endpoint) => (params) => {
  const given = handedIn.json(params);
  return JSON.parse(enter((wasm) => wasm.check(endpoint, given)));
};
export const checkCaseSummary = check("caseSummary");
export const checkCaseDetails = check("caseDetails");
export const checkCasesByContract = check("casesByContract");
export const checkCasesByUser = check("casesByUser");

export function checkSweep(params) {
  const given = handedIn.json(params);
  return JSON.parse(enter((wasm) => wasm.checkBulk("sweep", given)));
}

export function checkClientOptions(options) {
  const [given, , provider, cache] = handedIn.clientOptions(options);
  const has = [provider !== undefined, cache !== undefined];
  return JSON.parse(enter((wasm) => wasm.checkClientOptions(given, ...has, ...handedIn.here())));
}

export function explainError(code, status) {
  const [given, number] = [handedIn.text(code, "code"), Number.isInteger(status) ? status : 0];
  return rowsOf(enter((wasm) => wasm.explain(given, number)));
}

/** What is off in the last body that was decoded. */
const DECODED = { issues: () => enter((wasm) => wasm.decodedIssues()) };

const decode = (shape) => (body, options) => {
  const given = handedIn.bytes(body);
  const strict = options !== undefined && handedIn.isStrict(options);
  return enter((wasm) => {
    put(wasm.room(handedIn.lengthOf(given)), given);
    const header = wasm.decode(shape, strict);
    if (header === 0) throw wasm.decodeError();
    return build(shape, header, DECODED);
  });
};
export const decodeCaseSummary = decode(SUMMARY);
export const decodeCaseDetails = decode(DETAILS);
export const decodeCasesPage = decode(PAGE);

export function detach(value) {
  // Whatever way an engine keeps a text that was cut out of another, one that was parsed on its own is on its own.
  return value === undefined ? value : JSON.parse(JSON.stringify(value));
}

export function nextPageIndex(record) {
  const place = handedIn.place(record);
  return enter((wasm) => wasm.nextPageIndex(...place)) ?? null;
}

export function previousPageIndex(record) {
  const place = handedIn.place(record);
  return enter((wasm) => wasm.previousPageIndex(...place)) ?? null;
}

export const hasNextPage = (record) => nextPageIndex(record) !== null;
export const hasPreviousPage = (record) => previousPageIndex(record) !== null;

export function parseIds(text) {
  const given = handedIn.text(text, "text");
  return enter((wasm) => wasm.parseIds(given)).split("\n").filter(Boolean);
}

export const isOpen = (record) =>
  record.status_flag ? record.status_flag === "O" : record.status !== "Closed";
