// The options of clients and calls, and the events that hooks get.

import type { ErrorCode, ErrorKind } from "../generated/types.js";

/** What a token provider may give: the token, or what a token endpoint answers. */
export type TokenReply =
  | string
  | {
      /** The token. */
      access_token: string;
      /** How many seconds it is good for, from now. Left out: until it is refused. */
      expires_in?: number | undefined;
    };

/** The part of `fetch` that the client uses: an address and a plain object, a response. */
export type FetchLike = (
  url: string,
  init: {
    /** `"GET"`; `"POST"` to the token endpoint. */
    method: string;
    /** What is sent, the token among it. */
    headers: Record<string, string>;
    /** Aborted when nobody waits for the response any more. */
    signal: AbortSignal;
    /** A request with a token follows no redirect. */
    redirect: "manual";
    /** The form for the token endpoint. */
    body?: string;
    /** Whether cookies go along, where the option `fetchCredentials` says so. */
    credentials?: "same-origin" | "include" | "omit";
  },
) => Promise<Response> | Response;

/** What a client is made with. A name that is not listed here is refused. */
export interface ClientOptions {
  /**
   * Where the service or a gateway answers: `https`, `http` on localhost, or a path such as `"/api/case"` on the page's
   * own origin. Default: `https://apix.cisco.com/case/v3`, which no browser page can call (it sends no CORS headers).
   */
  baseUrl?: string | undefined;
  /**
   * Whether `baseUrl` and `tokenUrl` may be `http` on other hosts than this machine, for a sandbox in a container or
   * a network of one's own: tokens and cases then cross the network in plain text. Default `false`.
   */
  allowHttp?: boolean | undefined;
  /**
   * Sent as `Bearer` to `baseUrl`: the service's token, or a portal's own for its gateway. A function is asked when
   * there is no token or when it has expired or was refused; however many calls wait, it is asked once, for all calls of
   * the client. A server that acts for many users gives each call the `token` of its user instead.
   */
  token?: string | (() => TokenReply | Promise<TokenReply>) | undefined;
  /**
   * Client credentials, changed for a token at the token endpoint and renewed before it expires. On servers only: in a
   * page and its workers they are refused, since every visitor of the page could read the secret.
   */
  credentials?:
    | {
        /** The application's client id. */
        clientId: string;
        /** Its secret. It is shown nowhere: in no error, line or address. */
        clientSecret: string;
        /** The token endpoint: https, http on localhost. Default: `https://id.cisco.com/oauth2/default/v1/token`. */
        tokenUrl?: string | undefined;
      }
    | undefined;
  /** Sent with every request. */
  headers?: Record<string, string> | undefined;
  /** Used instead of the runtime's `fetch`. */
  fetch?: FetchLike | undefined;
  /**
   * Whether cookies go along: `"include"` for a gateway on a sibling host that knows its users by a session's cookie, and
   * says `cors.credentials`. Left out, it is what `fetch` does: to the page's own origin alone.
   */
  fetchCredentials?: "same-origin" | "include" | "omit" | undefined;
  /**
   * How long a call may take in milliseconds, all of it: the wait for its turn, token, headers, body, retries. Default
   * 30 000; 0 is for ever.
   */
  timeoutMs?: number | undefined;
  /**
   * How often a call that failed is made again, 0 to 10. Default 2. The error table says which errors are
   * (`retryable`); a connection that broke and a body that broke on its way are as well. Of its own answers a gateway says
   * which are, since it has asked the service again already. A retry never begins after
   * `timeoutMs`, and in an outage a client makes few: ten, and one more for every ten calls that succeed.
   */
  maxRetries?: number | undefined;
  /**
   * How long to wait before that: any time up to `baseMs`, doubled for each retry up to `capMs`. Where the service says
   * how long (`Retry-After`), that comes first.
   */
  backoff?:
    | {
        /** Milliseconds at most before the first retry. Default 500. */
        baseMs?: number | undefined;
        /** Milliseconds at most before any. Default 8000. */
        capMs?: number | undefined;
      }
    | undefined;
  /**
   * Limits on the requests of all calls of this client; `false` switches all of them off, and 0 a single one. Calls wait
   * for their turn in order; an aborted call leaves the queue. The service publishes no limits: the defaults are those of
   * a sibling API and what other clients assume. After a `rate_limited` error of the service the client slows down for a
   * while by itself, with `false` as well.
   */
  rateLimit?:
    | {
        /** Requests in any second. Default 5. */
        perSecond?: number | undefined;
        /** Requests in any minute. Default 0: no limit. */
        perMinute?: number | undefined;
        /** Requests in any 24 hours. Default 5000. A call that would have to wait for the limit to renew fails with kind `quota`. */
        perDay?: number | undefined;
        /** Requests at the same time. Default 10. */
        maxConcurrent?: number | undefined;
      }
    | false
    | undefined;
  /**
   * What to do with a record that breaks a documented rule: `"report"` (the default) lists it in `issues`, `"strict"`
   * fails the call.
   */
  validation?: "report" | "strict" | undefined;
  /**
   * Where a token that `credentials` gave is kept for others as well: other isolates of a Worker, other processes. It is
   * asked when there is no token here, for two seconds at most, and told each new one. What goes wrong in it is logged
   * and breaks nothing.
   */
  tokenCache?: TokenCache | undefined;
  /** What happens on the way of each call. A hook that throws breaks nothing: the logger, or the console, is told. */
  hooks?: Hooks | undefined;
  /** What is told the same in lines, such as `console`. No line holds a token, a secret or a header. */
  logger?: Logger | undefined;
  /** The least that is told. Default `"info"`: retries, refusals and failures. */
  logLevel?: LogLevel | undefined;
}

/** A token as a {@link TokenCache} keeps it. It is a secret. */
export interface CachedToken {
  /** The token. */
  access_token: string;
  /** When it expires, in milliseconds since 1970 (UTC); `null` where that is not known. */
  expires_at: number | null;
}

/** A cache of one token, over any store: for one pair of credentials. */
export interface TokenCache {
  /** What it has, if anything. */
  get(): CachedToken | null | undefined | Promise<CachedToken | null | undefined>;
  /** Keeps a token, until it expires or another comes. */
  set(token: CachedToken): unknown;
}

/** What an event is about. */
export interface CallEvent {
  /** Which of the client's calls, counted from 1; 0 is a request to the token endpoint. */
  call: number;
  /** The call's name, such as `"caseSummary"`, or `"token"`. */
  operation: string;
  /** The ids that it is for. */
  ids: string[];
  /** Which of the call's requests, from 1. */
  attempt: number;
}

/** A request is sent. */
export interface RequestEvent extends CallEvent {
  /** Where to. It holds ids, and no secret. */
  url: string;
}

/** A request has ended. */
export interface ResponseEvent extends CallEvent {
  /** HTTP status; `null` where there was no response. */
  status: number | null;
  /** What it failed with; `null` for an answer. */
  kind: ErrorKind | null;
  /** The code of the same. */
  code: ErrorCode | null;
  /** Milliseconds from sending it to the last byte. */
  ms: number;
  /** The id to quote to Cisco's support, where it failed. */
  messageId: string | null;
}

/** A request will be sent again. */
export interface RetryEvent extends CallEvent {
  /** What the one before failed with. */
  kind: ErrorKind;
  /** The code of the same. */
  code: ErrorCode;
  /** Its HTTP status. */
  status: number | null;
  /** In how many milliseconds; 0 with a new token. */
  waitMs: number;
}

/** A call cannot be sent yet. */
export interface WaitEvent extends CallEvent {
  /** A limit of `rateLimit` over time, its `maxConcurrent`, or the token. */
  waitsFor: "rateLimit" | "maxConcurrent" | "token";
  /** For how many milliseconds at least, where that is known. */
  waitMs: number | null;
}

/** Functions that are called as it happens; what they return is not used. */
export interface Hooks {
  /** A request is sent. */
  onRequest?: ((event: RequestEvent) => unknown) | undefined;
  /** A request has ended, with an answer or an error. */
  onResponse?: ((event: ResponseEvent) => unknown) | undefined;
  /** A request will be sent again. */
  onRetry?: ((event: RetryEvent) => unknown) | undefined;
  /** A call cannot be sent yet. */
  onWait?: ((event: WaitEvent) => unknown) | undefined;
}

/** A level of the log. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** What takes lines of the log, each with its event or error; a level that it has no function for is left out. */
export type Logger = { [level in LogLevel]?: ((line: string, about?: unknown) => unknown) | undefined };

/** What a call may be given beyond its parameters. */
export interface RequestOptions {
  /** Ends the call. Its error has `kind: "aborted"`, `name: "AbortError"` and the signal's reason as `cause`. */
  signal?: AbortSignal | null | undefined;
  /** How long the call may take in milliseconds, instead of the client's `timeoutMs`; 0 is for ever. */
  timeoutMs?: number | undefined;
  /** How often it is made again if it fails, 0 to 10, instead of the client's `maxRetries`. */
  maxRetries?: number | undefined;
  /** Sent besides the client's headers, and before them. */
  headers?: Record<string, string> | undefined;
  /**
   * Sent instead of the client's token, for a server that acts for many users: a token, or a function that is asked for
   * this call alone, in its context, and once more if its token is refused.
   */
  token?: string | (() => TokenReply | Promise<TokenReply>) | undefined;
  /** The trace that the call belongs to, passed on as it is (W3C Trace Context). */
  traceparent?: string | undefined;
  /**
   * How old an answer may be that a gateway or the browser has kept, in milliseconds: whole seconds of it count, and 0 is an
   * answer of now. Left out, it is whatever a cache allows for a call that is awaited, and 0 for a list that is iterated and
   * for calls in bulk: that no case is missed holds for a list as it is now.
   */
  maxAgeMs?: number | undefined;
}

/** What a call for a list may be given beyond its parameters. */
export interface ListOptions extends RequestOptions {
  /**
   * In which direction iterating reads. `"newest"` (the default) reads the pages downwards and misses no case while the
   * list moves: a case that is updated meanwhile comes again, newer. `"oldest"` reads upwards; a case updated meanwhile
   * moves all behind it forward, so that one case can be missed at each page's boundary. A list sorted by `STATUS` is
   * always read upwards.
   */
  order?: "newest" | "oldest" | undefined;
}

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

/** The usage of one limit. */
export interface LimitUsage {
  /** The limit; `null` without one. */
  limit: number | null;
  /** The used part of the limit. */
  used: number;
  /** The unused part of the limit; `null` without one. */
  left: number | null;
}

/** What a client has used of its limits. */
export interface Budget {
  /** In the last second. */
  second: LimitUsage;
  /** In the last minute. */
  minute: LimitUsage;
  /** In the last 24 hours. */
  day: LimitUsage;
  /** At the moment, under `maxConcurrent`. */
  concurrent: LimitUsage;
  /** How many calls wait for their turn. */
  waiting: number;
  /** In how many milliseconds a slot is free; `null` while as many are in flight as may be. */
  nextSlotInMs: number | null;
}
