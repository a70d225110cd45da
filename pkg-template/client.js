// The package's face. Decisions are made in the wasm; this file gives them the shape of JavaScript.

import { CaseCall, CasesCall } from "./call.js";
import { ownError } from "./errors.js";
import * as wasmModule from "./module.js";

export * from "./errors.js";
export { CaseCall, CasesCall } from "./call.js";
export { ready, reset } from "./module.js";
export { CASE_STATUSES, LIMITS } from "./tables.js";

const { enter, enterAsync } = wasmModule;

export class CaseClient {
  #options;
  #raw;
  #generation;
  #freed = false;

  constructor(options = {}) {
    // A copy: what is changed afterwards changes nothing.
    this.#options = typeof options === "object" && options !== null ? { ...options } : options;
    this.#open(false);
  }

  /** The wasm's client. Where the module is still loading it is made later, and options are refused at the first call. */
  #open(must) {
    if (this.#freed) throw ownError("FREED");
    if (this.#raw && this.#generation === wasmModule.generation) return this.#raw;
    try {
      this.#raw = enter((wasm) => new wasm.RawClient(this.#options));
    } catch (error) {
      if (must || error.code !== "NOT_LOADED") throw error;
    }
    this.#generation = wasmModule.generation;
    return this.#raw;
  }

  #start(endpoint, params, options) {
    return () => enterAsync(() => this.#open(true).call(endpoint, params, options));
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
      const [page, response, attempts] = await start();
      return [this.#withNext(page, endpoint, params, options), response, attempts];
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
        value: () => (next === undefined ? null : this.#list(endpoint, { ...params, page_index: next }, options)),
      },
    });
  }

  async *#pages(endpoint, params, options) {
    await wasmModule.ready();
    const list = enter(() => this.#open(true).list(endpoint, params, options));
    try {
      for (;;) {
        const page = await enterAsync(() => list.nextPage());
        if (page === undefined) return;
        yield page;
      }
    } finally {
      // After a reset the object went with its module.
      if (this.#generation === wasmModule.generation) list.free();
    }
  }

  free() {
    if (this.#raw && this.#generation === wasmModule.generation) this.#raw.free();
    this.#raw = undefined;
    this.#freed = true;
  }

  [Symbol.dispose ?? Symbol.for("Symbol.dispose")]() {
    this.free();
  }
}

export const checkCaseSummary = (params) => enter((wasm) => wasm.check("caseSummary", params));
export const checkCaseDetails = (params) => enter((wasm) => wasm.check("caseDetails", params));
export const checkCasesByContract = (params) => enter((wasm) => wasm.check("casesByContract", params));
export const checkCasesByUser = (params) => enter((wasm) => wasm.check("casesByUser", params));
export const checkClientOptions = (options) => enter((wasm) => wasm.checkClientOptions(options));

export const explainError = (code, status) => enter((wasm) => wasm.explain(String(code), status));

export const decodeCaseSummary = (body) => enter((wasm) => wasm.decode("caseSummary", bytes(body)));
export const decodeCaseDetails = (body) => enter((wasm) => wasm.decode("caseDetails", bytes(body)));
export const decodeCasesPage = (body) => enter((wasm) => wasm.decode("casesByContract", bytes(body)));

function bytes(body) {
  if (body instanceof Uint8Array) return body;
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
  if (typeof body === "object" && body !== null && typeof body.byteLength === "number") return new Uint8Array(body);
  throw ownError("INVALID_PARAMETER", "A body is decoded from its bytes: a Uint8Array or an ArrayBuffer.");
}

export const nextPageIndex = (record) =>
  enter((wasm) => wasm.nextPageIndex(record.page_index, record.last_index)) ?? null;
export const previousPageIndex = (record) =>
  enter((wasm) => wasm.previousPageIndex(record.page_index, record.last_index)) ?? null;
export const hasNextPage = (record) => nextPageIndex(record) !== null;
export const hasPreviousPage = (record) => previousPageIndex(record) !== null;

export const parseIds = (text) => enter((wasm) => wasm.parseIds(String(text)));

export const isOpen = (record) =>
  record.status_flag ? record.status_flag === "O" : record.status !== "Closed";
