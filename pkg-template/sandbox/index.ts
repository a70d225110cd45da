/// <reference lib="esnext.disposable" preserve="true" />

// Public types of the sandbox: a simulation of the Case API v3 over synthetic cases, used through a `fetch`.

import type { TokenReply } from "../client/options.js";
import type { CaseDetail, CaseNote, ErrorCode, StatusFlag } from "../generated/types.js";

/** Options of {@link createSandbox}. Unknown names are rejected. */
export interface SandboxOptions {
  /** Number of cases, 1 to 1 000 000. Default 1000. A million take about a second to create and about 100 MB. */
  cases?: number | undefined;
  /** Seed of the synthetic cases, a whole number. Default 1. Equal seed, number and `now` give equal bytes. */
  seed?: number | undefined;
  /** Initial time of the virtual clock; the newest case is slightly older. Default `2026-06-01T12:00:00Z`. */
  now?: string | Date | undefined;
  /**
   * Tokens that the sandbox accepts: `"any"` (default) accepts every non-empty Bearer token, `"strict"` only unexpired
   * tokens of this sandbox's token endpoint.
   */
  auth?: "any" | "strict" | undefined;
  /**
   * Whether the virtual clock follows the real one, starting at `now` or the current time. Default `false`: only
   * `advance` and `msPerRequest` move the clock.
   */
  live?: boolean | undefined;
  /**
   * Mutations per hour of the virtual clock, 0 to 3 600 000. Default 0. A mutation creates, closes or reopens a case,
   * or adds a note, another status or severity. The seed determines cases and times, independently of the clock's
   * steps: one hour in one step and in 3600 steps give the same cases. One step applies at most a million mutations,
   * its last ones; they take a few seconds and up to about 40 MB. At most a million cases are created in total; further
   * ones become updates. A case inserted by `put` no longer mutates.
   */
  movesPerHour?: number | undefined;
  /**
   * Milliseconds by which each request to one of the four endpoints advances the clock before its response, a whole
   * number, 0 to 3 600 000. Default 0. Together with `movesPerHour`, lists change between the requests of one reader.
   */
  msPerRequest?: number | undefined;
  /**
   * Words of the titles: `"plain"` (default) has some hundred, `"varied"` about 30 000 further ones, most of them rare, as
   * real titles have. Other fields do not depend on it.
   */
  titles?: "plain" | "varied" | undefined;
  /**
   * Host names under which `POST /__sandbox` is accepted over a network, besides `localhost` and IP addresses. Pages of
   * other origins are always rejected.
   */
  hosts?: readonly string[] | undefined;
}

/** Faults with a name of their own. */
export type NamedFault =
  /** 403 Developer Over Qps with `Retry-After: 1`. */
  | "over_qps"
  /** 403 Developer Over Rate, without `Retry-After`. */
  | "over_rate"
  /** 429 Developer Over Rate, without `Retry-After`. */
  | "over_rate_429"
  /** 403 Rate Limit Exceeded. */
  | "over_capacity"
  /** 401 Not Authorized. */
  | "not_authorized_401"
  /** 403 Not Authorized, the response to an expired token. */
  | "not_authorized_403"
  /** EXCEEDED_INPUTS for every request with more than one contract id, as in the service's error table. */
  | "one_contract"
  /** Delay before every response. */
  | "latency"
  /** The body arrives in pieces. */
  | "slow_body"
  /** The connection breaks before anything is sent: `fetch` rejects with a `TypeError`. */
  | "reset"
  /** The connection breaks in the middle of the body: reading it rejects with a `TypeError`. */
  | "truncated_body"
  /** Status 200 with half of a body, which is not valid JSON. */
  | "garbage_json"
  /** 502 with an HTML page, without `X-Mashery-Error-Code`. */
  | "html_error"
  /** Status 200 with an error as its body, in one of two formats. */
  | "api_error_200"
  /** The token endpoint rejects the client, as the real one sporadically does. */
  | "invalid_client";

/**
 * Name of a fault: a named one, or a code of the service's error table in any spelling of a gateway. Where a code has
 * several rows, `"404:API_UNAVAILABLE"` selects by status and `"SYSTEM_ERROR#2"` by position.
 */
export type FaultName = NamedFault | ErrorCode | (string & {});

/** Frequency and target of a fault. */
export interface FaultOptions {
  /** Probability per request, 0 to 1. Default 1. The seed determines which requests the fault affects. */
  rate?: number | undefined;
  /** Maximum number of affected requests. Default: no limit. */
  times?: number | undefined;
  /**
   * Affected route. Default: the four endpoints. Name `"token"` for the token endpoint, which belongs to another
   * server.
   */
  route?: "caseSummary" | "caseDetails" | "casesByContract" | "casesByUser" | "token" | undefined;
  /**
   * Milliseconds of `latency` before anything is sent, or of `slow_body` from the first piece to the last. Default
   * 1000.
   */
  ms?: number | undefined;
}

/** A fault that is switched on. */
export interface ActiveFault {
  /** Name of the fault. */
  name: string;
  /** Probability per request. */
  rate: number;
  /** Maximum number of affected requests; `null` for no limit. */
  times: number | null;
  /** Affected route; `null` for the four endpoints. */
  route: string | null;
  /** Number of requests affected so far. */
  fired: number;
}

/** Options of {@link Sandbox.info}. */
export interface InfoOptions {
  /** Maximum number of contract ids, and of user ids. Default 100. */
  holders?: number | undefined;
}

/** Contents and statistics of a sandbox, as `GET /__sandbox` returns them (`?holders=` limits the ids). */
export interface SandboxInfo {
  /** Time of the virtual clock (RFC 3339). */
  now: string;
  /** Whether the virtual clock follows the real one. */
  live: boolean;
  /** Seed of the synthetic cases. */
  seed: number;
  /** Tokens that the sandbox accepts. */
  auth: "any" | "strict";
  /** Number of cases. */
  cases: number;
  /** Number of open cases. */
  open: number;
  /** Number of closed cases. */
  closed: number;
  /** Number of contracts that have cases. */
  contracts: number;
  /** Contracts with most cases, at most 100 by default. */
  contract_ids: string[];
  /** Number of users that have cases. */
  users: number;
  /** Users with most cases, at most 100 by default. */
  user_ids: string[];
  /** Example case ids from the whole range, including the documentation's sample. */
  case_ids: string[];
  /** Mutations per hour of the virtual clock. */
  movesPerHour: number;
  /** Milliseconds by which each request advances the clock. */
  msPerRequest: number;
  /** Number of mutations so far. */
  moves: {
    /** Cases that were created. */
    created: number;
    /** Notes, status changes and severity changes. */
    updated: number;
    /** Cases that were closed. */
    closed: number;
    /** Closed cases that were reopened. */
    reopened: number;
  };
  /** Requests to the service and to the token endpoint. */
  requests: {
    /** Number of requests. */
    received: number;
    /** Requests that failed with an error status or a broken connection. */
    refused: number;
    /**
     * Maximum number of requests to the service in any second of the virtual clock, for comparison with a client's rate
     * limit. While the clock stands still, this is the number of all requests.
     */
    busiestSecond: number;
    /** Maximum number of requests to the service in any minute of the virtual clock. */
    busiestMinute: number;
  };
  /** Active faults that have not reached their `times`. */
  faults: ActiveFault[];
  /** Path of the OpenAPI 3.1 document, in which this sandbox is the server. */
  openapi: string;
}

/** A case to insert. The severity may be a number or a string, since documentation and service differ. */
export type SandboxCase = {
  [Name in Exclude<keyof CaseDetail, "case_id" | "severity" | "notes">]?: CaseDetail[Name] | undefined;
} & {
  /** Identifier of the case. */
  case_id: string;
  /** Severity, 1 (highest) to 4. */
  severity?: 1 | 2 | 3 | 4 | "1" | "2" | "3" | "4" | null | undefined;
  /** Open or closed; must agree with the status. A missing status is derived from it. */
  status_flag?: StatusFlag | "" | null | undefined;
  /** Notes, newest first. */
  notes?: { [Name in keyof CaseNote]?: CaseNote[Name] | undefined }[] | undefined;
};

/** Options of a client that uses a sandbox. */
export interface SandboxClientOptions {
  /** The sandbox's `fetch`. */
  fetch: Sandbox["fetch"];
  /** The sandbox's `baseUrl`. */
  baseUrl: string;
  /** Any string, or with `auth: "strict"` a function that requests a token from the sandbox's token endpoint. */
  token: string | (() => Promise<TokenReply>);
  /** Disables the rate limit. */
  rateLimit: false;
}

/** A simulation of the Case API v3 over synthetic cases, without a socket. */
export interface Sandbox {
  /**
   * A `fetch` that the sandbox responds to, whatever host the URL names: the four endpoints below `/case/v3`, the token
   * endpoint at `/oauth2/default/v1/token`, `/__sandbox`, and `/__sandbox/openapi.json`. It needs no `this`: `new
   * CaseClient({ fetch: sandbox.fetch })`. No request leaves the process.
   */
  readonly fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
  /** Base URL for clients that need one: `https://sandbox.invalid/case/v3`. Such a host can never exist. */
  readonly baseUrl: string;
  /** URL of the token endpoint. It accepts any client id and secret, except ids that begin with `bad`. */
  readonly tokenUrl: string;
  /**
   * Options for a client that uses this sandbox, without a rate limit: `new CaseClient({ ...sandbox.clientOptions })`.
   * Options after the spread override them. With `auth: "strict"` the token comes from the sandbox's token endpoint.
   */
  readonly clientOptions: SandboxClientOptions;
  /** Returns contents and statistics. Throws a `TypeError` for an invalid option. */
  info(options?: InfoOptions): SandboxInfo;
  /**
   * Inserts a case, or replaces the one with its id. Omitted fields keep their values, or are empty in a new case;
   * without `updated_date` the case is updated now. It no longer mutates (`movesPerHour`). Throws a `TypeError` for an
   * invalid field.
   */
  put(record: SandboxCase): void;
  /** Advances the clock by whole milliseconds: tokens expire, and due mutations are applied (`movesPerHour`). */
  advance(ms: number): void;
  /**
   * Switches a fault on. It replaces an active fault of the same name and route. Throws a `TypeError` for an invalid
   * name or option.
   */
  fault(name: FaultName, options?: FaultOptions): void;
  /** Switches all faults off. */
  clearFaults(): void;
  /**
   * Releases the sandbox's memory; it cannot be used afterwards. Only necessary if a program creates many sandboxes.
   */
  free(): void;
  /** Calls `free()`, for `using`. */
  [Symbol.dispose](): void;
}

/**
 * Creates a sandbox. Sandboxes are independent of each other; they share only the WebAssembly module, which is loaded
 * once. Rejects with a `TypeError` for an invalid option.
 *
 * ```js
 * const sandbox = await createSandbox({ cases: 5000 });
 * const cases = new CaseClient({ ...sandbox.clientOptions });
 * ```
 */
export declare function createSandbox(options?: SandboxOptions): Promise<Sandbox>;
