/// <reference lib="esnext.disposable" preserve="true" />

// The sandbox: the Case API v3 itself, over a synthetic case base, as a `fetch`.

import type { TokenReply } from "../client/options.js";
import type { CaseDetail, CaseNote, ErrorCode, StatusFlag } from "../generated/types.js";

/** What a sandbox is made with. A name that is not listed here is refused. */
export interface SandboxOptions {
  /** How many cases, 1 to 1 000 000. Default 1000. A million take about a second to make and some 100 MB. */
  cases?: number | undefined;
  /** What the cases are made from, a whole number. Default 1. The same seed, number and `now` give the same bytes. */
  seed?: number | undefined;
  /** Where the clock stands; the newest case is from shortly before. Default `2026-06-01T12:00:00Z`. */
  now?: string | Date | undefined;
  /**
   * Which tokens are accepted: `"any"` (the default) takes every Bearer token that is not empty, `"strict"` only those
   * that this sandbox's token endpoint gave out and that have not expired on its clock.
   */
  auth?: "any" | "strict" | undefined;
  /** Whether the clock goes with the real one, from `now` or the present time on. Default: it stands still. */
  live?: boolean | undefined;
  /**
   * How many times in an hour of the clock a case moves, 0 to 3 600 000: is created, gets a note, another status or
   * severity, is closed or reopened. Default 0: nothing moves. Which cases move and when hangs on the seed, and not on
   * the steps that the clock makes: an hour at once and 3600 seconds end in the same case base. One step makes a
   * million moves at most, the last ones before where it leads to; they take a few seconds, and up to some 40 MB. A
   * million cases are created in all at most; from then on cases are updated instead. A case that was `put` moves no
   * more.
   */
  movesPerHour?: number | undefined;
  /**
   * How far each request to one of the four endpoints moves the clock on before it is answered, in whole milliseconds,
   * 0 to 3 600 000. Default 0. With `movesPerHour` a list moves between the requests of its reader.
   */
  msPerRequest?: number | undefined;
  /**
   * Names under which `POST /__sandbox` is taken over a network, besides `localhost` and IP addresses. A page of another
   * origin cannot steer a sandbox under any of them.
   */
  hosts?: readonly string[] | undefined;
}

/** The faults that have a name of their own. */
export type NamedFault =
  /** 403 Developer Over Qps with `Retry-After: 1`. */
  | "over_qps"
  /** 403 Developer Over Rate, without `Retry-After`. */
  | "over_rate"
  /** The same with HTTP status 429. */
  | "over_rate_429"
  /** 403 Rate Limit Exceeded. */
  | "over_capacity"
  /** 401 Not Authorized. */
  | "not_authorized_401"
  /** 403 Not Authorized, as for an expired token. */
  | "not_authorized_403"
  /** EXCEEDED_INPUTS to every request with more than one contract id, as the service's error table says. */
  | "one_contract"
  /** Every answer waits. */
  | "latency"
  /** The body comes in pieces. */
  | "slow_body"
  /** The connection breaks before anything is sent: `fetch` rejects with a `TypeError`. */
  | "reset"
  /** The connection breaks in the middle of the body: reading it rejects with a `TypeError`. */
  | "truncated_body"
  /** The status of success and half a body that is no JSON. */
  | "garbage_json"
  /** 502 with an HTML page, without `X-Mashery-Error-Code`. */
  | "html_error"
  /** Status 200 with an error as its body, in one of two shapes. */
  | "api_error_200"
  /** The token endpoint refuses the client, as it now and then does. */
  | "invalid_client";

/**
 * What can be switched on: a fault with a name of its own, or a code of the service's error table, however a gateway
 * spells it. Where a code has several rows, `"404:API_UNAVAILABLE"` says the status and `"SYSTEM_ERROR#2"` which one.
 */
export type FaultName = NamedFault | ErrorCode | (string & {});

/** How often and where a fault strikes. */
export interface FaultOptions {
  /** How often, from 0 to 1. Default 1. Which requests it strikes hangs on the seed: it is the same every time. */
  rate?: number | undefined;
  /** How many times at most. Default: without end. */
  times?: number | undefined;
  /** Where. Default: on the four endpoints. The token endpoint, another server, has to be named. */
  route?: "caseSummary" | "caseDetails" | "casesByContract" | "casesByUser" | "token" | undefined;
  /**
   * Milliseconds, of `latency` before anything is sent, of `slow_body` from the first piece to the last. Default 1000.
   */
  ms?: number | undefined;
}

/** A fault that is on. */
export interface ActiveFault {
  /** Its name, as it was given. */
  name: string;
  /** How often it strikes. */
  rate: number;
  /** How many times at most; `null` is without end. */
  times: number | null;
  /** Where; `null` is on the four endpoints. */
  route: string | null;
  /** How many times it has struck. */
  fired: number;
}

/** How much `info` says. */
export interface InfoOptions {
  /**
   * How many contract ids and how many user ids it names. Default 100; a number larger than there are names them all.
   */
  holders?: number | undefined;
}

/**
 * What is in a sandbox and what it has done. The same as `GET /__sandbox` answers (`?holders=` says how many it names).
 */
export interface SandboxInfo {
  /** What its clock says (RFC 3339). */
  now: string;
  /** Whether the clock goes with the real one. */
  live: boolean;
  /** What the cases were made from. */
  seed: number;
  /** Which tokens are accepted. */
  auth: "any" | "strict";
  /** How many cases there are. */
  cases: number;
  /** How many of them are open. */
  open: number;
  /** How many of them are closed. */
  closed: number;
  /** How many contracts have cases. */
  contracts: number;
  /** The contracts with most cases, at most 100 unless more are asked for. */
  contract_ids: string[];
  /** How many users have cases. */
  users: number;
  /** The users with most cases, at most 100 unless more are asked for. */
  user_ids: string[];
  /** Some case ids from all over the base, among them the documentation's sample. */
  case_ids: string[];
  /** How many times in an hour of the clock a case moves. */
  movesPerHour: number;
  /** How far each request moves the clock on. */
  msPerRequest: number;
  /** The moves that were made. */
  moves: {
    /** How many cases were created. */
    created: number;
    /** How many times a case got a note, another status or another severity. */
    updated: number;
    /** How many times a case was closed. */
    closed: number;
    /** How many times a closed case was opened again. */
    reopened: number;
  };
  /** The requests to the service and to the token endpoint. */
  requests: {
    /** How many came. */
    received: number;
    /** How many of them were refused or broken off. */
    refused: number;
    /**
     * The most that came to the service in any second of the sandbox's clock, however it is cut: what a client's rate limit
     * is to be held against. While the clock stands still, all of them do.
     */
    busiestSecond: number;
    /** The same in any minute. */
    busiestMinute: number;
  };
  /** The faults that are on and not yet spent. */
  faults: ActiveFault[];
  /** Where the API is described (OpenAPI 3.1), with this sandbox as its server. */
  openapi: string;
}

/** A case to put into a sandbox. Severity may be a number or text, as the documentation and the wire have it. */
export type SandboxCase = Omit<Partial<CaseDetail>, "case_id" | "severity" | "notes"> & {
  /** Identifier of the case. */
  case_id: string;
  /** Severity, 1 (highest) to 4. */
  severity?: 1 | 2 | 3 | 4 | "1" | "2" | "3" | "4";
  /** Whether it is open; has to agree with the status. A status that is left out follows it. */
  status_flag?: StatusFlag | "" | null;
  /** The notes, newest first. */
  notes?: Partial<CaseNote>[];
};

/** Options of a client that asks a sandbox. */
export interface SandboxClientOptions {
  /** The sandbox's `fetch`. */
  fetch: Sandbox["fetch"];
  /** The sandbox's `baseUrl`. */
  baseUrl: string;
  /** Any text, or with `auth: "strict"` a provider that asks the sandbox's token endpoint. */
  token: string | (() => Promise<TokenReply>);
  /** No limit: a client of a sandbox waits for nothing. */
  rateLimit: false;
}

/** The Case API v3 over a synthetic case base, without a socket. */
export interface Sandbox {
  /**
   * A `fetch` that this sandbox answers, whatever host the address names: the four endpoints below `/case/v3`, the
   * token endpoint at `/oauth2/default/v1/token`, `/__sandbox`, and `/__sandbox/openapi.json`. Needs no `this`: `new
   * CaseClient({ fetch: sandbox.fetch })`. Nothing leaves the process.
   */
  readonly fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
  /** A base address for clients that want one: `https://sandbox.invalid/case/v3`. Such a host can never exist. */
  readonly baseUrl: string;
  /** The token endpoint on the same host. Any id and secret get a token, except an id that begins with `bad`. */
  readonly tokenUrl: string;
  /**
   * Options for a client that asks this sandbox, without a rate limit: `new CaseClient({ ...sandbox.clientOptions })`.
   * What is named after the spread replaces them. With `auth: "strict"` the token comes from the sandbox's token
   * endpoint.
   */
  readonly clientOptions: SandboxClientOptions;
  /** What is in the sandbox and what it has done. A `TypeError` names what is wrong with an option. */
  info(options?: InfoOptions): SandboxInfo;
  /**
   * Puts a case in place of the one with its id, or adds it. Fields that are left out stay as they are, or are empty in
   * a new case; without `updated_date` it is updated now. It moves no more (`movesPerHour`). A `TypeError` names a
   * field that is not as it should be.
   */
  put(record: SandboxCase): void;
  /** Moves the clock on by whole milliseconds: tokens expire, and cases move if they do (`movesPerHour`). */
  advance(ms: number): void;
  /** Switches a fault on, in place of one of the same name and route. A `TypeError` names what is wrong with it. */
  fault(name: FaultName, options?: FaultOptions): void;
  /** Switches all faults off. */
  clearFaults(): void;
  /** Gives its memory back. It answers nothing afterwards. Needless unless many are made. */
  free(): void;
  /** The same, for `using`. */
  [Symbol.dispose](): void;
}

/**
 * Makes a sandbox. Several may live side by side; they share nothing but the WebAssembly module, which is loaded once.
 * What is wrong with an option is a `TypeError` that names it.
 *
 * ```js
 * const sandbox = await createSandbox({ cases: 5000 });
 * const cases = new CaseClient({ ...sandbox.clientOptions });
 * ```
 */
export declare function createSandbox(options?: SandboxOptions): Promise<Sandbox>;
