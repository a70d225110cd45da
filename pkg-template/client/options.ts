// Options of clients and calls, and events of hooks.

import type { ErrorCode, ErrorKind } from "../generated/types.js";

/** The result of a token provider: the token, or the response of a token endpoint. */
export type TokenReply =
  | string
  | {
      /** The access token. */
      access_token: string;
      /** The lifetime of the token in seconds. Left out: the token is used until the service rejects it. */
      expires_in?: number | undefined;
    };

/** The part of `fetch` that the client uses: takes a URL and a plain object, and returns a response. */
export type FetchLike = (
  url: string,
  init: {
    /** `"GET"`, or `"POST"` to the token endpoint. */
    method: string;
    /** The request headers, including the token. */
    headers: Record<string, string>;
    /** Aborted when the call ends before the response. */
    signal: AbortSignal;
    /** `"manual"`, since a request with a token must not follow a redirect. */
    redirect: "manual";
    /** The form body for the token endpoint. */
    body?: string;
    /** The value of the option `fetchCredentials`, if it is set. */
    credentials?: "same-origin" | "include" | "omit";
  },
) => Promise<Response> | Response;

/** Options of a client. The constructor throws for names that are not listed here. */
export interface ClientOptions {
  /**
   * The base URL of the service or of a gateway: `https`, `http` on localhost, or a path such as `"/api/case"` on the
   * page's own origin. Default: `https://apix.cisco.com/case/v3`, which browser pages cannot call (it sends no CORS
   * headers).
   */
  baseUrl?: string | undefined;
  /**
   * Whether `baseUrl` and `tokenUrl` may use `http` on hosts other than localhost, for a sandbox in a container or in a
   * private network. Tokens and cases then cross the network in plain text. Default `false`.
   */
  allowHttp?: boolean | undefined;
  /**
   * The bearer token sent to `baseUrl`: the service's token, or a portal's own token for its gateway. A function is
   * called when there is no token, when the token has expired, and when it was rejected: once for all waiting calls of the
   * client. A server that acts for many users sets the option `token` of each call instead.
   */
  token?: string | (() => TokenReply | Promise<TokenReply>) | undefined;
  /**
   * Client credentials. The client exchanges them for a token at the token endpoint and refreshes the token before it
   * expires. Servers only: in a page and its workers the constructor throws, since every visitor of the page could read
   * the secret.
   */
  credentials?:
    | {
        /** The application's client id. If it is `undefined`, as an unset environment variable is, calls are rejected. */
        clientId: string | undefined;
        /** The application's client secret. It never appears in errors, log lines or URLs. */
        clientSecret: string | undefined;
        /** The token endpoint, `https` or `http` on localhost. Default: `https://id.cisco.com/oauth2/default/v1/token`. */
        tokenUrl?: string | undefined;
      }
    | undefined;
  /** Headers added to every request. */
  headers?: Record<string, string> | Headers | ReadonlyMap<string, string> | undefined;
  /** Replacement for the runtime's `fetch`. */
  fetch?: FetchLike | undefined;
  /**
   * The `credentials` of `fetch`: `"include"` sends cookies to a gateway on a sibling host that authenticates users by a
   * session cookie and sets `cors.credentials`. Default: as `fetch` does, to the page's own origin only.
   */
  fetchCredentials?: "same-origin" | "include" | "omit" | undefined;
  /**
   * The timeout of a whole call in milliseconds: queueing, token, headers, body and retries. Default 30 000; 0 switches
   * the timeout off, except for the requests that `store.follow` sends to a gateway's copy, which have 25 000.
   */
  timeoutMs?: number | undefined;
  /**
   * The maximum number of retries of a call, 0 to 10. Default 2. The client retries errors that the error table marks as
   * `retryable`, failed connections and truncated bodies. For its own errors a gateway decides, since it has retried
   * already. A retry never begins after `timeoutMs`. In an outage the client limits its retries to ten, plus one for every
   * ten calls that succeed.
   */
  maxRetries?: number | undefined;
  /**
   * The delay before a retry: a random time up to `baseMs`, which doubles with each retry, up to `capMs`. A `Retry-After`
   * of the service takes precedence.
   */
  backoff?:
    | {
        /** The maximum delay before the first retry, in milliseconds. Default 500. */
        baseMs?: number | undefined;
        /** The maximum delay before any retry, in milliseconds. Default 8000. */
        capMs?: number | undefined;
      }
    | undefined;
  /**
   * Limits on the requests of all calls of this client; `false` switches all of them off, and 0 a single one. Calls wait
   * for their turn in order; an aborted call leaves the queue. The service publishes no limits: the defaults are those of
   * a sibling API and of other clients. After the service answers that requests come too fast, the client slows down for
   * a while, with `false` as well.
   */
  rateLimit?:
    | {
        /** Requests in any second. Default 5. */
        perSecond?: number | undefined;
        /** Requests in any minute. Default 0: no limit. */
        perMinute?: number | undefined;
        /**
         * Requests in any 24 hours. Default 5000. A call that would wait for the renewal beyond its timeout, or for more than
         * a minute, fails at once, with kind `quota`.
         */
        perDay?: number | undefined;
        /** Requests at the same time. Default 10. */
        maxConcurrent?: number | undefined;
      }
    | false
    | undefined;
  /**
   * The handling of records that break a documented rule: `"report"` (the default) lists them in `issues`, `"strict"`
   * fails the call.
   */
  validation?: "report" | "strict" | undefined;
  /**
   * A cache that shares the token of `credentials` with other isolates of a Worker or other processes. The client reads
   * it when it has no token, with a timeout of two seconds, and writes each new token. Its failures are logged and ignored.
   */
  tokenCache?: TokenCache | undefined;
  /** Functions called on events of each call. Errors they throw go to the logger, or to the console. */
  hooks?: Hooks | undefined;
  /** A logger of the same events, such as `console`. No line contains a token, a secret or a header. */
  logger?: Logger | undefined;
  /** The minimum level of log lines. Default `"info"`: retries, error responses and failures. */
  logLevel?: LogLevel | undefined;
}

/** A token in a {@link TokenCache}. It is a secret. */
export interface CachedToken {
  /** The access token. */
  access_token: string;
  /** The time of expiry in milliseconds since 1970 (UTC); `null` if unknown. */
  expires_at: number | null;
}

/** A cache for the token of one pair of credentials, over any store. */
export interface TokenCache {
  /** Returns the cached token, if there is one. */
  get(): CachedToken | null | undefined | Promise<CachedToken | null | undefined>;
  /** Stores a token, until it expires or is replaced. */
  set(token: CachedToken): unknown;
}

/** The call of an event. */
export interface CallEvent {
  /** The number of the call within its client, from 1; 0 for a request to the token endpoint or a wait of a bulk call. */
  call: number;
  /** The name of the call, such as `"caseSummary"`, or `"token"`. */
  operation: string;
  /** The ids in the parameters of the call. */
  ids: string[];
  /** The number of the request within its call, from 1. */
  attempt: number;
}

/** Emitted when a request is sent. */
export interface RequestEvent extends CallEvent {
  /** The URL of the request. It contains ids, and no secret. */
  url: string;
}

/** Emitted when a request has ended. */
export interface ResponseEvent extends CallEvent {
  /** The HTTP status; `null` without a response. */
  status: number | null;
  /** The kind of its error; `null` on success. */
  kind: ErrorKind | null;
  /** The code of its error; `null` on success. */
  code: ErrorCode | null;
  /** The milliseconds from sending the request to the last byte. */
  ms: number;
  /** The message id to quote to Cisco support, for error responses. */
  messageId: string | null;
}

/** Emitted before a retry. */
export interface RetryEvent extends CallEvent {
  /** The kind of the error that is retried. */
  kind: ErrorKind;
  /** The code of the error that is retried. */
  code: ErrorCode;
  /** The HTTP status of the error; `null` without a response. */
  status: number | null;
  /** The delay before the retry in milliseconds; 0 after a token refresh. */
  waitMs: number;
}

/** Emitted when a call has to wait before it is sent. */
export interface WaitEvent extends CallEvent {
  /** A limit of `rateLimit` over time, its `maxConcurrent`, or the token. */
  waitsFor: "rateLimit" | "maxConcurrent" | "token";
  /** The minimum wait in milliseconds; `null` if unknown. */
  waitMs: number | null;
}

/** Functions called on events. Their results are ignored. */
export interface Hooks {
  /** Called when a request is sent. */
  onRequest?: ((event: RequestEvent) => unknown) | undefined;
  /** Called when a request has ended, with a result or an error. */
  onResponse?: ((event: ResponseEvent) => unknown) | undefined;
  /** Called before a retry. */
  onRetry?: ((event: RetryEvent) => unknown) | undefined;
  /** Called when a call has to wait before it is sent. */
  onWait?: ((event: WaitEvent) => unknown) | undefined;
}

/** A severity of log lines. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** A logger, called with a line and its event or error. Levels without a function are skipped. */
export type Logger = { [level in LogLevel]?: ((line: string, about?: unknown) => unknown) | undefined };

/** Options of a single call. */
export interface RequestOptions {
  /** Aborts the call with an error of kind `"aborted"`, name `"AbortError"` and the signal's reason as `cause`. */
  signal?: AbortSignal | null | undefined;
  /** The timeout of the call in milliseconds, in place of the client's `timeoutMs`; 0 switches it off. */
  timeoutMs?: number | undefined;
  /** The maximum number of retries, 0 to 10, in place of the client's `maxRetries`. */
  maxRetries?: number | undefined;
  /** Headers added to those of the client; they override headers of the same name. */
  headers?: Record<string, string> | Headers | ReadonlyMap<string, string> | undefined;
  /**
   * The token of this call, in place of the client's, for a server that acts for many users: a token, or a function that
   * is called for this call alone, in its async context: once for all of its requests, and again if its token expires or is
   * rejected.
   */
  token?: string | (() => TokenReply | Promise<TokenReply>) | undefined;
  /** The `traceparent` header of the call (W3C Trace Context), passed on unchanged. */
  traceparent?: string | undefined;
  /**
   * The maximum age in milliseconds of a response from the cache of a gateway or of the browser, rounded down to seconds;
   * 0 requires a fresh response. Default: whatever the cache allows for calls that are awaited; 0 for lists that are
   * iterated and for bulk calls, which can guarantee completeness for fresh pages only.
   */
  maxAgeMs?: number | undefined;
}

/** Options of a call for a list. */
export interface ListOptions extends RequestOptions {
  /**
   * The order in which iteration reads the list. `"newest"` (the default) reads from the last page to the first and misses
   * no case while the list changes: a case that is updated during the read is yielded again, in its newer version.
   * `"oldest"` reads from the first page to the last; an update during the read moves later cases forward, so one case can
   * be missed at each page boundary. A list sorted by `STATUS` is always read from the first page.
   */
  order?: "newest" | "oldest" | undefined;
}

/** The usage of one limit. */
export interface LimitUsage {
  /** The limit; `null` without one. */
  limit: number | null;
  /** The used part of the limit. */
  used: number;
  /** The unused part of the limit; `null` without one. That of a day is 0 while a quota is spent, also without a limit. */
  left: number | null;
}

/** The usage of the rate limits of a client. */
export interface Budget {
  /** In the last second. */
  second: LimitUsage;
  /** In the last minute. */
  minute: LimitUsage;
  /** In the last 24 hours. */
  day: LimitUsage;
  /** At the moment, under `maxConcurrent`. */
  concurrent: LimitUsage;
  /** The number of queued calls. */
  waiting: number;
  /** The milliseconds until a request may be sent; `null` while `maxConcurrent` requests are in flight. */
  nextSlotInMs: number | null;
}
