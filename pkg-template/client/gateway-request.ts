// Requests to the routes that only a gateway has, with the address, headers and token of a client. They are not calls of the
// engine: each is one request, and its caller decides whether to repeat it.

import { readBody } from "../util/body.js";
import type { ClientInput, TokenProvider } from "./call-input.js";
import { clientError, errorFromJSON } from "./errors.js";
import type { FetchLike, TokenReply } from "./options.js";
import { setTimer } from "./timer.js";

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
  readonly headers?: Readonly<Record<string, string>> | null;
  readonly timeoutMs?: number | null;
}

/** A response of a gateway. */
export interface GatewayReply {
  readonly status: number;
  /** The parsed body; `null` if there is none, or one that is no JSON. */
  readonly body: unknown;
  /** The entity tag; `null` without one. */
  readonly etag: string | null;
}

/** Requests to a gateway. */
export class GatewayRequests {
  private readonly input: ClientInput;
  private readonly options: PlainOptions;
  /** The address of the gateway with its prefix, without a slash at its end. */
  readonly baseUrl: string;

  private constructor(input: ClientInput, options: PlainOptions, baseUrl: string) {
    this.input = input;
    this.options = options;
    this.baseUrl = baseUrl;
  }

  /**
   * Returns the requests of a client, with further headers; `undefined` if it has no address of a gateway, or is no client of
   * this package.
   */
  static of(client: unknown, headers?: Readonly<Record<string, string>>): GatewayRequests | undefined {
    const input = (client as { core?: { input?: ClientInput } } | null | undefined)?.core?.input;
    if (typeof input?.text !== "string") return undefined;
    const options = (JSON.parse(input.text) ?? {}) as PlainOptions;
    // Without an address it is that of the service itself.
    if (typeof options.baseUrl !== "string") return undefined;
    try {
      const { href, hostname } = new URL(options.baseUrl, globalThis.location?.href);
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
    const reply = await this.send(path, { signal, etag });
    // A token may have been revoked or have expired since it was given; its provider is asked once more.
    const again = reply.status === 401 && this.input.provider !== undefined;
    const last = again ? await this.send(path, { signal, etag }) : reply;
    if (last.status === 200 || last.status === 304) return last;
    throw errorOf(last);
  }

  private async send(
    path: string,
    { signal, etag }: { signal?: AbortSignal | undefined; etag?: string | null | undefined },
  ): Promise<GatewayReply> {
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
      const token = await Promise.race([tokenOf(this.input.provider, this.options.token), aborted]);
      const headers: Record<string, string> = { accept: "application/json", ...this.options.headers };
      if (token) headers["authorization"] = `Bearer ${token}`;
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
      const response = await Promise.race([send(`${this.baseUrl}${path}`, init), aborted]);
      const header = (name: string) => response.headers.get(name);
      const bytes = await readBody(response, header("content-length"), MAX_BODY_BYTES, controller.signal);
      if (!bytes) throw clientError("BODY_TOO_LARGE");
      return { status: response.status, body: parse(bytes), etag: header("etag") };
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

/** Headers by names in lower case: one name that is written in two ways would be sent with both values. */
const lowerCased = (headers: Readonly<Record<string, string>> | null | undefined): Record<string, string> =>
  Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]));

const isOwn = (thrown: unknown): boolean => typeof Object(thrown).kind === "string";

/** Returns a token of the provider, or the client's own. */
async function tokenOf(provider: TokenProvider | undefined, own: string | null | undefined): Promise<string | null> {
  if (!provider) return own ?? null;
  try {
    const reply: TokenReply = await provider();
    return typeof reply === "string" ? reply : reply.access_token;
  } catch (cause) {
    throw clientError("NO_TOKEN", "", { cause });
  }
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return null;
  }
}

/** Whether a response is an error of a gateway of this package. */
export const isGatewayError = ({ body }: Pick<GatewayReply, "body">): boolean =>
  typeof Object(Object(body).error).kind === "string";

/** Returns the error of a response: the gateway's own, or one that names the status. */
function errorOf(reply: GatewayReply): unknown {
  if (isGatewayError(reply)) {
    const { error } = reply.body as { error: object };
    return errorFromJSON({ ...error, status: reply.status });
  }
  return reply.status === 0 || reply.status === 200
    ? clientError("ILLEGAL_JSON")
    : clientError("UNDOCUMENTED_STATUS", `(${reply.status})`);
}
