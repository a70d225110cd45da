// The client: the calls of the service, each with a driver of its own, and the state that they share.

/// <reference lib="esnext.disposable" preserve="true" />

import {
  BUDGET_CONCURRENT,
  BUDGET_DAY,
  BUDGET_LEFT,
  BUDGET_LIMIT,
  BUDGET_MINUTE,
  BUDGET_NEXT_SLOT_IN_MS,
  BUDGET_SECOND,
  BUDGET_USED,
  BUDGET_WAITING,
  DOCUMENT_DETAILS,
  DOCUMENT_PAGE,
  DOCUMENT_SUMMARY,
  ENVIRONMENT_TOKEN_CACHE,
  ENVIRONMENT_PAGE,
  ENVIRONMENT_PROVIDER,
  PAGE_OUTCOME_CASES,
  PAGE_OUTCOME_ERROR,
} from "../generated/boundary.js";
import { DEFAULT_TIMEOUT_MS } from "../generated/tables.js";
import type {
  CaseDetail,
  CaseDetailsParams,
  CasesByContractParams,
  CasesByUserParams,
  CaseSummaryParams,
} from "../generated/types.js";
import { changes, allDetails, allCases } from "./bulk.js";
import type {
  Changes,
  ChangesOptions,
  ChangesParams,
  Estimate,
  AllDetailsOptions,
  AllDetails,
  AllCases,
  AllCasesOptions,
  AllCasesParams,
} from "./bulk-options.js";
import {
  type CallOutcome,
  type CaseCall,
  type CasesCall,
  createCall,
  createListCall,
  type CasesPage,
} from "./case-call.js";
import type { RawClient, RawPaginator } from "../wasm/client.js";
import type { CallInput, ClientInput } from "./call-input.js";
import { callProblems, initialBudget, withMessages, type Json, optionProblems, problemOf } from "./check-options.js";
import { budgetOf, drive, freeHost, retainHost, createHost, releaseHost } from "./driver.js";
import { invalid, clientError, withTexts } from "./errors.js";
import type { Host } from "./host.js";
import { readCallOptions, readClientOptions, environmentOf, toJson, MAX_BULK_IDS, plainObject } from "./input.js";
import { nextPageIndex } from "./pure-functions.js";
import {
  bulkWithin,
  clientExports,
  callWasm,
  generation,
  freeIfCurrent,
  isLoaded,
  readyWithin,
} from "./wasm-instance.js";
import type { Budget, ClientOptions, ListOptions, RequestOptions } from "./options.js";
import { attemptsOf, materialize, type Document, writeBody, takeDocument, waitedMsOf } from "./materialize.js";
import { monotonicMs, unixMs } from "./timer.js";
import type { CasesPageData, CaseSummaryResult, Problem } from "./types.js";

type Endpoint = "caseSummary" | "caseDetails" | "casesByContract" | "casesByUser";

const DOCUMENTS: Record<Endpoint, number> = {
  caseSummary: DOCUMENT_SUMMARY,
  caseDetails: DOCUMENT_DETAILS,
  casesByContract: DOCUMENT_PAGE,
  casesByUser: DOCUMENT_PAGE,
};

/** A call with its parameters and options, copied when it was created, so that later changes have no effect. */
interface PreparedCall {
  endpoint: Endpoint;
  params: string;
  input: CallInput;
}

/**
 * The state of a client. It is a separate object, so that a Proxy around the client shares it.
 *
 * @internal
 */
class ClientCore {
  readonly input: ClientInput;
  /** Problems of the options that depend on the runtime. The first call fails with them. */
  private readonly deferred: readonly Problem[];
  private last: Host | undefined;
  private isFreed = false;

  constructor(options: unknown) {
    // Vue does not proxy objects with this property.
    Object.defineProperty(this, "__v_skip", { value: true });
    this.input = readClientOptions(options);
    const deferred = new Set<Problem>();
    const problems = problemsOf(this.input, deferred);
    if (problems.some((problem) => !deferred.has(problem))) throw invalid(problems);
    this.deferred = problems;
  }

  /** The host of calls in the current instance of the module. */
  host(): Host {
    clientExports();
    if (this.deferred.length > 0) throw invalid(this.deferred);
    if (this.last?.generation !== generation || this.last.isFreed) {
      const { input } = this;
      const seed = (Math.random() * 2 ** 32) >>> 0;
      const [place, origin] = environmentOf(input);
      this.last = createHost(
        callWasm(({ RawClient }) => new RawClient(`${origin}\n${input.text}`, place, seed)),
        generation,
        input,
      );
      if (this.isFreed) this.last.isFreed = true;
    }
    return this.last;
  }

  /** Resolves to the host for a bulk call, once the module is loaded. */
  readonly open = async (signal?: AbortSignal): Promise<Host> => {
    this.assertOpen();
    if (!isLoaded()) await readyWithin(signal, 0);
    return this.host();
  };

  /** Throws if the client was freed. */
  assertOpen(): void {
    if (this.isFreed) throw clientError("CLIENT_CLOSED");
  }

  /** Copies the parameters and options of a call. The result throws if that failed or the client was freed. */
  prepare(endpoint: Endpoint, params: unknown, options: unknown): () => PreparedCall {
    try {
      this.assertOpen();
      const prepared = { endpoint, params: toJson(params), input: readCallOptions(options) };
      return () => prepared;
    } catch (error) {
      // A call does not throw, its promise rejects.
      return () => {
        throw error;
      };
    }
  }

  /** Begins a call and drives it to its end. */
  async call<T extends Document>(prepared: () => PreparedCall): Promise<CallOutcome<T>> {
    let { endpoint, params, input } = prepared();
    // No `await` once the module is loaded: it would delay the call by a microtask.
    if (!isLoaded()) input = await this.whenLoaded(input);
    const host = this.host();
    const { raw } = host;
    let id = 0;
    try {
      id = callWasm(() => beginCall(raw, { endpoint, params, input }), host.generation);
    } catch (error) {
      throw await withTexts(error);
    }
    const { value, httpResult } = await drive(host, id, input.signal, input.provider, () => {
      const address = raw.header();
      const data = materialize(DOCUMENTS[endpoint], address, raw) as T;
      return { data, attempts: attemptsOf(address), waitedMs: waitedMsOf(address) };
    });
    return { ...value, response: httpResult.response, body: httpResult.body, receivedAtMs: unixMs() };
  }

  /** Waits for the module; the wait counts against the timeout of the call. Returns its options with the remaining timeout. */
  async whenLoaded(input: CallInput): Promise<CallInput> {
    if (isLoaded()) return input;
    const callOptions = (JSON.parse(input.text) ?? {}) as Record<string, unknown>;
    const own = (JSON.parse(this.input.text) as { timeoutMs?: unknown } | null)?.timeoutMs;
    const timeoutMs = (callOptions["timeoutMs"] ?? own ?? DEFAULT_TIMEOUT_MS) as number;
    // The option check rejects an invalid timeout later.
    const isTime = Number.isInteger(timeoutMs) && timeoutMs > 0 && timeoutMs < 2 ** 31;
    const since = unixMs();
    await readyWithin(input.signal, isTime ? timeoutMs : 0);
    if (!isTime || Object.getPrototypeOf(callOptions) !== Object.prototype) return input;
    const left = Math.max(Math.ceil(timeoutMs - (unixMs() - since)), 1);
    return { ...input, text: JSON.stringify({ ...callOptions, timeoutMs: left }) };
  }

  single<T extends Document>(endpoint: Endpoint, params: unknown, options: unknown): CaseCall<T> {
    const prepared = this.prepare(endpoint, params, options);
    return createCall(() => this.call<T>(prepared));
  }

  list(endpoint: Endpoint, params: unknown, options: unknown): CasesCall {
    return this.listOf(this.prepare(endpoint, params, options));
  }

  private listOf(prepared: () => PreparedCall): CasesCall {
    const send = async (): Promise<CallOutcome<CasesPage>> => {
      const outcome = await this.call<CasesPageData>(prepared);
      return { ...outcome, data: this.withNext(outcome.data, prepared) };
    };
    return createListCall(send, (first) => this.pages(prepared, first));
  }

  /** Adds the methods of `CasesPage` to a page. They are not enumerable, so that the page can be cloned. */
  private withNext(page: CasesPageData, prepared: () => PreparedCall): CasesPage {
    const { page_index, last_index } = page.pagination_response_record;
    const { params, ...rest } = prepared();
    const given = JSON.parse(params) as { readonly page_index?: unknown };
    // A service that repeats page 1 must not be read for ever.
    const next = nextPageIndex(Math.max(page_index, Number(given.page_index) || 1), last_index);
    const nextPage = () =>
      next && this.listOf(() => ({ ...rest, params: JSON.stringify({ ...given, page_index: next }) }));
    return Object.defineProperties(page as CasesPage, {
      hasNextPage: { value: () => next !== null },
      nextPage: { value: nextPage },
    });
  }

  private async *pages(
    prepared: () => PreparedCall,
    first: Promise<CallOutcome<CasesPage>> | undefined,
  ): AsyncGenerator<CasesPageData, void, undefined> {
    const { endpoint, params, input } = prepared();
    // The timeout holds for each page.
    await this.whenLoaded(input);
    const known = await first;
    const host = this.host();
    const { raw } = host;
    let list: RawPaginator;
    try {
      list = callWasm(() => beginList(raw, { endpoint, params, input }), host.generation);
    } catch (error) {
      throw await withTexts(error);
    }
    retainHost(host);
    const page = (taken: number) => {
      if (taken === PAGE_OUTCOME_ERROR) throw raw.takeText();
      return taken === PAGE_OUTCOME_CASES ? (takeDocument(DOCUMENT_PAGE, raw) as CasesPageData) : undefined;
    };
    try {
      if (known && isCurrent(known)) {
        const { body, receivedAtMs } = known;
        const taken = callWasm(() => {
          writeBody(raw.alloc(body.length), body);
          // The body was decoded before, and its page is the first.
          return raw.decode(DOCUMENT_PAGE, false) ? page(list.take(raw, receivedAtMs)) : undefined;
        }, host.generation);
        if (taken) yield taken;
      }
      for (;;) {
        const id = callWasm(() => list.begin(raw, monotonicMs(), unixMs()), host.generation);
        if (id === 0) return;
        const take = () => page(list.take(raw, unixMs()));
        const { value } = await drive(host, id, input.signal, input.provider, take);
        if (value) yield value;
      }
    } finally {
      freeIfCurrent(list, host.generation);
      releaseHost(host);
    }
  }

  budget(): Budget {
    this.assertOpen();
    if (!isLoaded() || this.deferred.length > 0) return initialBudget(JSON.parse(this.input.text) as Json);
    const host = this.host();
    const numbers = budgetOf(host);
    const at = (position: number) => numbers[position] ?? 0;
    const number = (position: number) => (at(position) < 0 ? null : at(position));
    const used = (limit: number) => ({
      limit: number(limit + BUDGET_LIMIT),
      used: at(limit + BUDGET_USED),
      left: number(limit + BUDGET_LEFT),
    });
    return {
      second: used(BUDGET_SECOND),
      minute: used(BUDGET_MINUTE),
      day: used(BUDGET_DAY),
      concurrent: used(BUDGET_CONCURRENT),
      waiting: at(BUDGET_WAITING),
      nextSlotInMs: number(BUDGET_NEXT_SLOT_IN_MS),
    };
  }

  async estimate(client: CaseClient, params: unknown, options: unknown): Promise<Estimate> {
    const given = toJson(params, MAX_BULK_IDS);
    const estimateOptions = plainObject(options);
    this.assertOpen();
    const [part, host] = await Promise.all([bulkWithin(undefined), this.open()]);
    try {
      return await part.estimate(host, client, given, estimateOptions);
    } catch (error) {
      throw await withTexts(error);
    }
  }

  free(): void {
    this.isFreed = true;
    const host = this.last;
    // After a microtask, since a hook may call this from inside the wasm, and calls created just now are about to start.
    if (host) Promise.resolve().then(() => freeHost(host));
  }
}

/** Whether a result is the first page and fresh: a gateway sends the `Age` of a cached response. */
function isCurrent({ data, response }: CallOutcome<CasesPage>): boolean {
  const { page_index } = data.pagination_response_record;
  return page_index === 1 && !(Number(response.headers.get("age")) > 0);
}

/** Throws if the options of a call have problems, together with the problems of its parameters. */
function checkCall({ endpoint, params, input: { text, provider } }: PreparedCall): void {
  // Most calls have no options.
  if (text === "null") return;
  const options = JSON.parse(text) as { readonly order?: Json };
  const problems = callProblems(options, provider !== undefined);
  if (options.order != null && !endpoint.startsWith("casesBy")) {
    problems.push(problemOf("order", "INVALID_OPTION", "no order, which only lists have", options.order));
  }
  if (problems.length === 0) return;
  const ofParams = withMessages(JSON.parse(clientExports().check(`${endpoint}\n${params}`)) as Problem[]);
  throw invalid([...ofParams, ...problems], endpoint);
}

/** Encodes a call for the wasm, as lines. JSON text contains no line break. */
const linesOf = ({ endpoint, params, input }: PreparedCall): string => [endpoint, params, input.text].join("\n");

/** Begins a call and returns its id. Throws the JSON text of an error. */
function beginCall(raw: RawClient, prepared: PreparedCall): number {
  checkCall(prepared);
  const id = raw.begin(linesOf(prepared), prepared.input.provider !== undefined, false, monotonicMs(), unixMs());
  if (id === 0) throw raw.takeText();
  return id;
}

/** Creates the paginator of a list. Throws the JSON text of an error. */
function beginList(raw: RawClient, prepared: PreparedCall): RawPaginator {
  checkCall(prepared);
  const list = raw.paginator(linesOf(prepared), prepared.input.provider !== undefined);
  if (!list) throw raw.takeText();
  return list;
}

/**
 * The problems of a client's options. Problems that depend on the runtime are added to `deferred` as well.
 *
 * @internal
 */
export function problemsOf(input: ClientInput, deferred?: Set<Problem>): Problem[] {
  const [properties, origin] = environmentOf(input);
  const has = (property: number) => (properties & property) !== 0;
  const place = {
    inPage: has(ENVIRONMENT_PAGE),
    origin,
    hasProvider: has(ENVIRONMENT_PROVIDER),
    hasCache: has(ENVIRONMENT_TOKEN_CACHE),
  };
  return optionProblems(JSON.parse(input.text) as Json, place, deferred);
}

/**
 * A client of the Case API v3. Failed calls reject with a {@link CaseApiError}. The client checks parameters before it sends
 * a request, and lists all problems in `problems`.
 *
 * @example
 * ```ts
 * const cases = new CaseClient({ baseUrl: "/api/case", token: () => signIn() }); // a page, before a gateway
 * const { cases: list } = await cases.caseSummary({ case_ids: ["612345678"] });
 * for await (const one of cases.casesByContract({ contract_ids: ["1234567"], status_flag: "O" })) console.log(one.title);
 * ```
 */
export class CaseClient {
  /** @internal */
  readonly core: ClientCore;

  /**
   * Creates a client. Throws `INVALID_OPTION` with all problems of the options. Problems that depend on the runtime (a
   * path without a page's origin, credentials that are not set) fail the first call instead.
   */
  constructor(options: ClientOptions = {}) {
    this.core = new ClientCore(options);
  }

  /**
   * Returns summaries of up to 30 cases, including technology names. The service does not document its response to an
   * unknown id among known ones; the sandbox omits it. (Case API v3, "GET Case Summary".)
   */
  caseSummary(params: CaseSummaryParams, options?: RequestOptions): CaseCall<CaseSummaryResult> {
    return this.core.single("caseSummary", params, options);
  }

  /**
   * Returns all details of one case, including notes. An unknown case is `not_found`. (Case API v3, "GET Case Details".)
   */
  caseDetails(params: CaseDetailsParams, options?: RequestOptions): CaseCall<CaseDetail> {
    return this.core.single("caseDetails", params, options);
  }

  /**
   * Returns the cases of up to 10 contracts, created within at most 90 × 24 hours. Awaited, the call resolves to one page of
   * at most 100 cases; iterated, it yields every case. (Case API v3, "GET Cases by Contract ID".)
   *
   * @example
   * ```ts
   * const page = await cases.casesByContract({ contract_ids: ["1234567"], status_flag: "O" });
   * for await (const one of cases.casesByContract({ contract_ids: ["1234567"] })) console.log(one.case_id, one.severity);
   * ```
   */
  casesByContract(params: CasesByContractParams, options?: ListOptions): CasesCall {
    return this.core.list("casesByContract", params, options);
  }

  /**
   * Returns the cases of up to 10 users, created within at most 90 × 24 hours. Awaited, the call resolves to one page of at
   * most 100 cases; iterated, it yields every case. (Case API v3, "GET Cases by User ID".)
   *
   * @example
   * ```ts
   * const page = await cases.casesByUser({ user_ids: ["directcust4"], status_flag: "O" });
   * for await (const one of cases.casesByUser({ user_ids: ["directcust4"] })) console.log(one.case_id, one.severity);
   * ```
   */
  casesByUser(params: CasesByUserParams, options?: ListOptions): CasesCall {
    return this.core.list("casesByUser", params, options);
  }

  /**
   * Reads every case of any number of contracts or users within any range of dates, or any number of cases by their ids. The
   * read is split into concurrent requests within the limits of the service. It yields every case that is in the lists
   * throughout the read. A case that is updated during the read can be yielded again, in a newer version, never in an
   * older or equal one: store cases by `case_id`. If parts cannot be read, the iteration ends with the error `INCOMPLETE`,
   * unless `partial` is set.
   *
   * @example
   * ```ts
   * const allCases = cases.allCases({ contract_ids, date_created_from: "2025-01-01T00:00:00Z", where: { severity: [1, 2] } });
   * for await (const one of allCases) cached.set(one.case_id, one);
   * ```
   */
  allCases(params: AllCasesParams, options?: AllCasesOptions): AllCases {
    return allCases(this.core.open, params, options);
  }

  /**
   * Reads the changes since the cursor of an earlier round, or every case without a cursor; `cursor()` of the result returns
   * the new cursor. A list without changes takes one request.
   *
   * @example
   * ```ts
   * const changes = cases.changes({ contract_ids, status_flag: "O" }, cursor);
   * for await (const { type, case_id, case: one } of changes) {
   *   if (type === "changed") cached.set(case_id, one);
   *   else cached.delete(case_id); // "closed", "left" (it does not match `where` any more) or "gone"
   * }
   * cursor = changes.cursor();
   * ```
   */
  changes(params: ChangesParams, cursor?: string | null, options?: ChangesOptions): Changes {
    return changes(this.core.open, params, cursor, options);
  }

  /**
   * Reads the details of many cases, one request each, within a budget of requests and bytes. An unknown case is listed in
   * `failures` and does not end the read.
   */
  allDetails(case_ids: readonly string[], options?: AllDetailsOptions): AllDetails {
    return allDetails(this.core.open, case_ids, options);
  }

  /**
   * Estimates the cost of a bulk call. The number of cases is unknown, so the estimate counts one request per list, unless
   * `sample` allows requests that count the pages of lists.
   */
  estimate(
    params: AllCasesParams | ChangesParams,
    options?: {
      /** The bulk call to estimate. Default `"allCases"`. */
      of?: "allCases" | "changes" | "allDetails" | undefined;
      /** The number of ids per request, if fewer than documented (30 cases, 10 contracts, 10 users). */
      batchSize?: number | undefined;
      /** The maximum number of requests that count the pages of lists. Default 0. */
      sample?: number | undefined;
    },
  ): Promise<Estimate> {
    return this.core.estimate(this, params, options);
  }

  /** Returns the usage of `rateLimit` by all calls of this client, and the time until the next request may be sent. */
  budget(): Budget {
    return this.core.budget();
  }

  /** Frees the memory of the client. Pending calls continue; new calls fail with `CLIENT_CLOSED`. */
  free(): void {
    this.core.free();
  }

  /** Frees the client at the end of a `using` block. */
  declare readonly [Symbol.dispose]: () => void;
}

// Older runtimes have no `Symbol.dispose`.
Object.defineProperty(CaseClient.prototype, Symbol.dispose ?? Symbol.for("Symbol.dispose"), {
  value(this: CaseClient) {
    this.free();
  },
  configurable: true,
  writable: true,
});
