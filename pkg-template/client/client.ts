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
import { type Answered, type CaseCall, type CasesCall, caseCall, casesCall, type CasesPage } from "./case-call.js";
import type { RawClient, RawPaginator } from "../wasm/client.js";
import { callProblems, initialBudget, withMessages, type Json, optionProblems, problemOf } from "./check-options.js";
import { budgetOf, drive, freeHost, type Host, retainHost, createHost, releaseHost } from "./driver.js";
import { invalid, clientError, withTexts } from "./errors.js";
import {
  type CallInput,
  type ClientInput,
  readCallOptions,
  readClientOptions,
  environmentOf,
  toJson,
  MAX_BULK_IDS,
  plainObject,
} from "./input.js";
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

/** A request as it was handed in: read at once, so that what is changed afterwards changes nothing. */
interface PreparedCall {
  endpoint: Endpoint;
  params: string;
  input: CallInput;
}

/** An answer whose page may begin the reading of its list. */
interface FirstPage extends Answered<CasesPage> {
  /** The body, and when it came. */
  body: Uint8Array;
  at: number;
}

/**
 * The state of a client: an object of its own, so that a proxy around the client is as good as the client.
 *
 * @internal
 */
class ClientCore {
  readonly input: ClientInput;
  /** The problems of its options that only this runtime has: its first call fails for them. */
  private readonly deferred: readonly Problem[];
  private last: Host | undefined;
  private isFreed = false;

  constructor(options: unknown) {
    // Vue makes no proxy of what says so.
    Object.defineProperty(this, "__v_skip", { value: true });
    this.input = readClientOptions(options);
    const deferred = new Set<Problem>();
    const problems = problemsOf(this.input, deferred);
    if (problems.some((problem) => !deferred.has(problem))) throw invalid(problems);
    this.deferred = problems;
  }

  /** The host of calls in the module that there is now. */
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

  /** The host for a bulk call, once the module is there. */
  readonly open = async (signal?: AbortSignal): Promise<Host> => {
    this.assertOpen();
    if (!isLoaded()) await readyWithin(signal, 0);
    return this.host();
  };

  /** Throws if the client was freed. */
  assertOpen(): void {
    if (this.isFreed) throw clientError("CLIENT_CLOSED");
  }

  /** Reads a request. A client that was freed has none. */
  prepare(endpoint: Endpoint, params: unknown, options: unknown): () => PreparedCall {
    try {
      this.assertOpen();
      const asked = { endpoint, params: toJson(params), input: readCallOptions(options) };
      return () => asked;
    } catch (error) {
      // A call does not throw: it is rejected.
      return () => {
        throw error;
      };
    }
  }

  /** Makes a request and drives it to its end. */
  async call<T extends Document>(asked: () => PreparedCall): Promise<Answered<T> & { body: Uint8Array }> {
    let { endpoint, params, input } = asked();
    // Without waiting where there is nothing to wait for.
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
    return { ...value, response: httpResult.response, body: httpResult.body };
  }

  /** The options of a call, once the module is there. Waiting for it is part of the call. */
  async whenLoaded(input: CallInput): Promise<CallInput> {
    if (isLoaded()) return input;
    const asked = (JSON.parse(input.text) ?? {}) as Record<string, unknown>;
    const own = (JSON.parse(this.input.text) as { timeoutMs?: unknown } | null)?.timeoutMs;
    const timeoutMs = (asked["timeoutMs"] ?? own ?? DEFAULT_TIMEOUT_MS) as number;
    // What is no time is for the wasm to refuse.
    const isTime = Number.isInteger(timeoutMs) && timeoutMs > 0 && timeoutMs < 2 ** 31;
    const since = unixMs();
    await readyWithin(input.signal, isTime ? timeoutMs : 0);
    if (!isTime || Object.getPrototypeOf(asked) !== Object.prototype) return input;
    const left = Math.max(Math.ceil(timeoutMs - (unixMs() - since)), 1);
    return { ...input, text: JSON.stringify({ ...asked, timeoutMs: left }) };
  }

  single<T extends Document>(endpoint: Endpoint, params: unknown, options: unknown): CaseCall<T> {
    const asked = this.prepare(endpoint, params, options);
    return caseCall(() => this.call<T>(asked));
  }

  list(endpoint: Endpoint, params: unknown, options: unknown): CasesCall {
    return this.listOf(this.prepare(endpoint, params, options));
  }

  private listOf(asked: () => PreparedCall): CasesCall {
    const begin = async (): Promise<FirstPage> => {
      const { data, ...more } = await this.call<CasesPageData>(asked);
      return { ...more, data: this.withNext(data, asked), at: unixMs() };
    };
    return casesCall(begin, (first) => this.pages(asked, first));
  }

  /** A page as it is awaited: it knows the way to the next. Its methods are not enumerable, so that it clones. */
  private withNext(page: CasesPageData, asked: () => PreparedCall): CasesPage {
    const { page_index, last_index } = page.pagination_response_record;
    const next = nextPageIndex(page_index, last_index);
    const nextPage = () => {
      if (next === null) return null;
      const { params, ...rest } = asked();
      const given = { ...(JSON.parse(params) as object), page_index: next };
      return this.listOf(() => ({ ...rest, params: JSON.stringify(given) }));
    };
    return Object.defineProperties(page as CasesPage, {
      hasNextPage: { value: () => next !== null },
      nextPage: { value: nextPage },
    });
  }

  private async *pages(
    asked: () => PreparedCall,
    first: Promise<FirstPage> | undefined,
  ): AsyncGenerator<CasesPageData, void, undefined> {
    const { endpoint, params, input } = asked();
    // Each page has all of the time.
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
        const { body, at } = known;
        const taken = callWasm(() => {
          writeBody(raw.alloc(body.length), body);
          // It was read before, and its page was the first.
          return raw.decode(DOCUMENT_PAGE, false) ? page(list.take(raw, at)) : undefined;
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
    const told = budgetOf(host);
    const at = (position: number) => told[position] ?? 0;
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
    const asked = plainObject(options);
    this.assertOpen();
    const [part, host] = await Promise.all([bulkWithin(undefined), this.open()]);
    try {
      return await part.estimate(host, client, given, asked);
    } catch (error) {
      throw await withTexts(error);
    }
  }

  free(): void {
    this.isFreed = true;
    const host = this.last;
    // Later, since a hook may say so in the middle of a call into it, and calls of this moment are about to begin.
    if (host) Promise.resolve().then(() => freeHost(host));
  }
}

/** Whether an answer is the first page as the service has it now: a gateway tells the age of one that it kept. */
function isCurrent({ data, response }: FirstPage): boolean {
  const { page_index } = data.pagination_response_record;
  return page_index === 1 && !(Number(response.headers.get("age")) > 0);
}

/** Throws if the options of a call have problems. Its parameters may have some as well. */
function checkCall({ endpoint, params, input: { text, provider } }: PreparedCall): void {
  // Most have none.
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

/** A call as the wasm takes it. JSON text has no line break of its own. */
const linesOf = ({ endpoint, params, input }: PreparedCall): string => [endpoint, params, input.text].join("\n");

/** Begins a call; throws the text of an error. */
function beginCall(raw: RawClient, asked: PreparedCall): number {
  checkCall(asked);
  const id = raw.begin(linesOf(asked), asked.input.provider !== undefined, false, monotonicMs(), unixMs());
  if (id === 0) throw raw.takeText();
  return id;
}

/** Begins the reading of a list; throws the text of an error. */
function beginList(raw: RawClient, asked: PreparedCall): RawPaginator {
  checkCall(asked);
  const list = raw.paginator(linesOf(asked), asked.input.provider !== undefined);
  if (!list) throw raw.takeText();
  return list;
}

/**
 * The problems of a client's options; those that only this runtime has are in `deferred` as well.
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
 * A client of the Case API v3. Every call fails with a {@link CaseApiError}; parameters are checked before anything is
 * sent, and all that is wrong with them is in `problems`.
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
   * Options are checked here, all of them at once (`INVALID_OPTION`). For what only this runtime lacks (the origin of a
   * path, credentials that are not set) the first call fails.
   */
  constructor(options: ClientOptions = {}) {
    this.core = new ClientCore(options);
  }

  /**
   * Returns up to 30 cases in brief, technology names included. What comes of an unknown id among known ones is not
   * documented; the sandbox leaves it out. (Case API v3, "GET Case Summary".)
   */
  caseSummary(params: CaseSummaryParams, options?: RequestOptions): CaseCall<CaseSummaryResult> {
    return this.core.single("caseSummary", params, options);
  }

  /**
   * Returns one case with everything the service tells of it, notes included; a case that it does not know is
   * `not_found`. (Case API v3, "GET Case Details".)
   */
  caseDetails(params: CaseDetailsParams, options?: RequestOptions): CaseCall<CaseDetail> {
    return this.core.single("caseDetails", params, options);
  }

  /**
   * Returns the cases of up to 10 contracts, at most 100 a page; dates are of creation, at most 90 × 24 hours apart. Awaited
   * it is one page, iterated every case. (Case API v3, "GET Cases by Contract ID".)
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
   * Returns the cases of up to 10 users, at most 100 a page; dates are of creation, at most 90 × 24 hours apart. Awaited
   * it is one page, iterated every case. (Case API v3, "GET Cases by User ID".)
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
   * Every case of any number of contracts or users, in any range of dates, or any number of cases by their ids: split
   * into requests that the service takes, several at a time. Every case that is in the lists throughout the bulk read comes;
   * one that is updated meanwhile may come again, newer, never older and never the same twice: store by `case_id`. Where
   * parts could not be read, it throws at its end (`INCOMPLETE`), unless `partial` is set.
   *
   * @example
   * ```ts
   * const allCases = cases.allCases({ contract_ids, date_created_from: "2025-01-01T00:00:00Z", where: { severity: [1, 2] } });
   * for await (const one of allCases) kept.set(one.case_id, one);
   * ```
   */
  allCases(params: AllCasesParams, options?: AllCasesOptions): AllCases {
    return allCases(this.core.open, params, options);
  }

  /**
   * What has changed since a cursor of a round before, and a new cursor; without one, every case. A list in which nothing
   * has changed takes one request.
   *
   * @example
   * ```ts
   * const changes = cases.changes({ contract_ids, status_flag: "O" }, cursor);
   * for await (const { type, case_id, case: one } of changes) {
   *   if (type === "changed") kept.set(case_id, one);
   *   else kept.delete(case_id); // "closed", "left" (it does not match `where` any more) or "gone"
   * }
   * cursor = changes.cursor();
   * ```
   */
  changes(params: ChangesParams, cursor?: string | null, options?: ChangesOptions): Changes {
    return changes(this.core.open, params, cursor, options);
  }

  /**
   * The details of many cases, one request each, within a budget of requests and bytes. A case that the service does not
   * know is a failure of its own and hides no other.
   */
  allDetails(case_ids: readonly string[], options?: AllDetailsOptions): AllDetails {
    return allDetails(this.core.open, case_ids, options);
  }

  /**
   * What a bulk call takes, before it is made. Nothing is known of how many cases there are, so that it counts one
   * request a list, unless `sample` says how many requests may be spent to learn how many pages lists have.
   */
  estimate(
    params: AllCasesParams | ChangesParams,
    options?: {
      /** Which call it is about. Default `"allCases"`. */
      of?: "allCases" | "changes" | "allDetails" | undefined;
      /** How many ids one request takes, if fewer than documented (30 cases, 10 contracts, 10 users). */
      batchSize?: number | undefined;
      /** How many requests may be spent to learn how many pages lists have. Default 0: none. */
      sample?: number | undefined;
    },
  ): Promise<Estimate> {
    return this.core.estimate(this, params, options);
  }

  /**
   * What is used of the limits in `rateLimit`, by all calls of this client, and when the next request may go.
   */
  budget(): Budget {
    return this.core.budget();
  }

  /** Gives the client's memory back. Calls that are pending go on; new ones are refused. */
  free(): void {
    this.core.free();
  }

  /** The same, for `using`. */
  declare readonly [Symbol.dispose]: () => void;
}

// Older runtimes know no `using`.
Object.defineProperty(CaseClient.prototype, Symbol.dispose ?? Symbol.for("Symbol.dispose"), {
  value(this: CaseClient) {
    this.free();
  },
  configurable: true,
  writable: true,
});
