// Requests to the routes that only a gateway has, with the address, headers and token of a client. They are not calls of the
// engine: each is one request, and its caller decides whether to repeat it.

import { STATUS_ERRORS } from "../generated/status-errors.js";
import { readBody } from "../util/body.js";
import type { ClientInput } from "./call-input.js";
import { TOKEN_TEXT } from "./check-options.js";
import { clientError, errorFromJSON, errorFromWasm, withTexts } from "./errors.js";
import { encodeDate, leavesHost } from "./http-call.js";
import type { FetchLike, RequestOptions } from "./options.js";
import { setTimer, unixMs } from "./timer.js";
import { type ProvidedToken, TokenSource } from "./token-source.js";

/** The timeout of a request in milliseconds, if the client has none. */
const TIMEOUT_MS = 25_000;
/** The largest body in bytes: a page of the feed with 1000 cases has less than a megabyte. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;

/** The hosts of the service. */
const SERVICE_HOST = /(^|\.)cisco\.com$/;

/** The members of a client's options that are used here. */
interface PlainOptions {
  readonly baseUrl?: string | null;
  readonly token?: string | null;
  readonly headers?: Record<string, string> | null;
  readonly timeoutMs?: number | null;
}

/** A response of a gateway. */
export interface GatewayReply {
  readonly status: number;
  /** The parsed body; `null` if there is none, or one that is no JSON. */
  readonly body: unknown;
  /** The entity tag; `null` without one. */
  readonly etag: string | null;
  /** Whether it is the page of a sign-in proxy, or a redirect to one. */
  readonly isSignIn: boolean;
  /** The `Retry-After` in milliseconds; `null` without one. */
  readonly retryAfterMs: number | null;
}

/** The largest `Retry-After` in milliseconds: a longer one is a mistake or a ban. */
const DAY_MS = 24 * 60 * 60_000;

interface SendOptions {
  readonly signal?: AbortSignal | undefined;
  readonly etag?: string | null | undefined;
  /** The token that was rejected. */
  readonly rejected?: ProvidedToken;
}

/** Requests to a gateway. */
export class GatewayRequests {
  private readonly input: ClientInput;
  private readonly options: PlainOptions;
  /** The address of the gateway with its prefix, without a slash at its end. */
  readonly baseUrl: string;
  private readonly tokens: TokenSource | undefined;

  private constructor(input: ClientInput, options: PlainOptions, baseUrl: string) {
    this.input = input;
    this.options = options;
    this.baseUrl = baseUrl;
    this.tokens = input.provider && new TokenSource(input.provider);
  }

  /**
   * Returns the requests of a client, with further headers; `undefined` if it has no address of a gateway, or is no client of
   * this package.
   */
  static of(client: unknown, headers?: RequestOptions["headers"]): GatewayRequests | undefined {
    const input = (client as { core?: { input?: ClientInput } } | null | undefined)?.core?.input;
    if (typeof input?.text !== "string") return undefined;
    const options = (JSON.parse(input.text) ?? {}) as PlainOptions;
    // Without an address it is that of the service itself.
    if (typeof options.baseUrl !== "string") return undefined;
    try {
      // Only a path needs an origin, which is "null" in some documents.
      const origin = /^\s*\//.test(options.baseUrl) ? globalThis.location?.origin : undefined;
      const { href, hostname } = new URL(options.baseUrl, origin);
      // The hosts of the service itself, by whichever address, are no gateway.
      if (SERVICE_HOST.test(hostname)) return undefined;
      const all = { ...options, headers: { ...lowerCased(options.headers), ...lowerCased(headers) } };
      return new GatewayRequests(input, all, href.replace(/\/+$/, ""));
    } catch {
      return undefined;
    }
  }

  /** Sends a request. Rejects with an error of this package if there is no response, or one that is no success. */
  async get(
    path: string,
    { signal, etag }: { signal?: AbortSignal; etag?: string | null } = {},
  ): Promise<GatewayReply> {
    try {
      const reply = await this.send(path, { signal, etag });
      // A token may have been revoked or have expired since it was given; its provider is asked once more.
      const last =
        reply.status === 401 && reply.token ? await this.send(path, { signal, etag, rejected: reply.token }) : reply;
      if ((last.status === 200 && !last.isSignIn) || last.status === 304) return last;
      throw errorOf(last);
    } catch (error) {
      throw await withTexts(error);
    }
  }

  private async send(
    path: string,
    { signal, etag, rejected }: SendOptions,
  ): Promise<GatewayReply & { readonly token: ProvidedToken | undefined }> {
    const controller = new AbortController();
    // A token's provider or a replaced `fetch` may ignore the signal, or never answer.
    let onAbort = () => {};
    const aborted = new Promise<never>((_, reject) => {
      onAbort = () => {
        controller.abort();
        reject(controller.signal.reason);
      };
    });
    aborted.catch(() => {});
    signal?.addEventListener("abort", onAbort);
    if (signal?.aborted) onAbort();
    let isLate = false;
    const stopTimer = setTimer(this.options.timeoutMs || TIMEOUT_MS, () => {
      isLate = true;
      onAbort();
    });
    try {
      const token = this.tokens && (await Promise.race([tokenOf(this.tokens, rejected), aborted]));
      const bearer = token ? token.access_token : this.options.token;
      const headers: Record<string, string> = { accept: "application/json", ...this.options.headers };
      if (bearer) headers["authorization"] = `Bearer ${bearer}`;
      if (etag) headers["if-none-match"] = etag;
      const send = this.input.fetch ?? (fetch as FetchLike);
      const init: Parameters<FetchLike>[1] & { cache?: "no-store" } = {
        method: "GET",
        headers,
        signal: controller.signal,
        redirect: "manual",
        cache: "no-store",
      };
      if (this.input.credentials) init.credentials = this.input.credentials;
      const url = `${this.baseUrl}${path}`;
      const response = await Promise.race([send(url, init), aborted]);
      const header = (name: string) => response.headers.get(name);
      const bytes = await readBody(response, header("content-length"), MAX_BODY_BYTES, controller.signal);
      if (!bytes) throw clientError("BODY_TOO_LARGE");
      const { status } = response;
      const text = new TextDecoder().decode(bytes);
      return {
        status,
        token,
        body: parse(text),
        etag: header("etag"),
        isSignIn: isSignIn(status, text) || (status > 299 && status < 400 && leavesHost(url, header("location") ?? "")),
        retryAfterMs: retryAfterMs(header("retry-after"), header("date")),
      };
    } catch (cause) {
      if (signal?.aborted) throw clientError("ABORTED", "", { cause: signal.reason });
      if (isLate) throw clientError("TIMEOUT", `(${path.split("?")[0]})`);
      throw isOwn(cause) ? cause : clientError("NETWORK", "", { cause });
    } finally {
      stopTimer();
      signal?.removeEventListener("abort", onAbort);
    }
  }
}

/** The names and values of an object, a `Headers` or a `Map`. */
const headerEntries = (headers: NonNullable<RequestOptions["headers"]>): [string, string][] =>
  Symbol.iterator in headers ? [...headers] : Object.entries(headers);

/** Headers by names in lower case: one name that is written in two ways would be sent with both values. */
const lowerCased = (headers: RequestOptions["headers"] | null): Record<string, string> =>
  Object.fromEntries(headerEntries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]));

const isOwn = (thrown: unknown): boolean => typeof Object(thrown).kind === "string";

/** Returns a token that can be sent. The platform's error for a header of other characters would quote it. */
async function tokenOf(tokens: TokenSource, rejected: ProvidedToken | undefined): Promise<ProvidedToken> {
  const token = await tokens.get(rejected).catch((cause: unknown) => {
    throw clientError("NO_TOKEN", "", { cause });
  });
  const { access_token } = token;
  if (typeof access_token === "string" && TOKEN_TEXT.test(access_token)) return token;
  throw clientError("NO_TOKEN", "The returned value cannot be sent in a header.");
}

/** Reads JSON text; `null` if it is none. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Whether a response is a page in place of data, or a redirect that a browser hides (`read_response` of the engine). */
const isSignIn = (status: number, text: string): boolean =>
  status === 0 || (status === 200 && /^[\t\n\f\r ]*<[^?]/.test(text));

/** Returns the delay of a `Retry-After`, seconds or a date, in milliseconds (`retry_after_ms` of the engine). */
function retryAfterMs(text: string | null, date: string | null): number | null {
  const value = text?.trim() ?? "";
  const at = (text: string): number => Number(/^@(\d+)$/.exec(encodeDate(text))?.[1] ?? Number.NaN);
  // The local clock may be wrong.
  const theirs = at(date ?? "");
  const now = Number.isNaN(theirs) ? unixMs() : theirs;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : at(value) - now;
  return Number.isNaN(ms) ? null : Math.min(Math.max(ms, 0), DAY_MS);
}

/** Whether a response is an error of a gateway of this package. */
export const isGatewayError = ({ body }: Pick<GatewayReply, "body">): boolean =>
  typeof Object(Object(body).error).kind === "string";

/** Returns the error of a response: the gateway's own, or that of a proxy by its status, as a call of the client has it. */
function errorOf(reply: GatewayReply): unknown {
  const { status, retryAfterMs } = reply;
  if (status !== 200 && isGatewayError(reply)) {
    const { error } = reply.body as { error: { retryAfterMs?: number | null } };
    return errorFromJSON({ ...error, status, retryAfterMs: error.retryAfterMs ?? retryAfterMs });
  }
  // The status of a hidden redirect is 0, and the error of each sign-in page is the same.
  const name = reply.isSignIn ? "000" : String(status);
  const [code, kind, retryable, row] = STATUS_ERRORS[name] ?? (STATUS_ERRORS[name.charAt(0)] as StatusError);
  const named = code.endsWith("_") ? code + status : code;
  const of = {
    kind,
    code: named,
    retryable,
    row,
    source: "service",
    status: status || null,
    retryAfterMs,
    attempts: 1,
  };
  const before = status === 200 ? "" : `The service responded with ${named} (HTTP ${status}): `;
  return errorFromWasm(JSON.stringify({ ...of, before, detail: "", operation: "", ids: [], problems: [] }));
}

type StatusError = (typeof STATUS_ERRORS)[string];
