// `fetch` and token provider of a client whose rate limit and token are in the Durable Object. `fetch` waits for a permit
// and replaces the placeholder token of the client by the real one, which never enters the client.
//
// Protocol of rejected tokens. Only the client decides whether a 401 or 403 means a rejected token, by the response's body
// and by the number of its retries. It reports that by its token refresh:
//
// 1. `token()` returns a placeholder, a new one each time.
// 2. `fetch()` sends the request with the real token. A response with 401 or 403 is passed on, and the number of the
//    token is stored in `#suspectGeneration`.
// 3. If the client decides that the token was rejected, it calls `token()` again before it retries. So every call of
//    `token()` but the first moves the number to `#rejectedGeneration`.
// 4. The next `fetch()` passes that number to the Durable Object, which replaces the token. If another request had it
//    replaced before, the number is older than the current token, and the Durable Object ignores it.
//
// Requests of several lists run concurrently and share the two fields. They are all sent with the current token, so the
// number is right for each of them, or older, as in step 4.

import { headerLines, headerPairs } from "../util/headers.js";
import { containsSecret, rateLimitSignalOf } from "../wasm/gateway.js";
import {
  readLimited,
  type UpstreamClient,
  GatewayError,
  type FetchLike,
  signalFrom,
  RESPONSE_HEADERS,
} from "./upstream-client.js";
import type { ServiceToken } from "./quota-object.js";
import { callWasm } from "./wasm-instance.js";
import type { Context } from "./options.js";

/** The longest wait for a permit. Requests of pages have a shorter one, so they come first when the quota is scarce. */
const MAX_WAIT_MS = 60_000;

/** The largest error body that is read, in bytes. */
const MAX_ERROR_BYTES = 1024 * 1024;

/** The headers of an error response that the client reads. */
const ERROR_HEADERS = [...RESPONSE_HEADERS, "content-type"];

/** A `fetch` and a token provider for one client. */
export class QuotaFetch<Env> {
  /** Number of requests sent to the service. */
  requests = 0;
  #upstream: UpstreamClient<Env>;
  #tenant: string;
  #fetch: FetchLike;
  #env: Env;
  #ctx: Context;
  /** The number of the token of the latest 401 or 403. */
  #suspectGeneration: number | null = null;
  /** The number of a rejected token that the Durable Object does not know yet. */
  #rejectedGeneration: number | null = null;
  /** Number of calls of `token`. */
  #tokenRequests = 0;

  constructor(upstream: UpstreamClient<Env>, tenant: string, fetch: FetchLike, env: Env, ctx: Context) {
    this.#upstream = upstream;
    this.#tenant = tenant;
    this.#fetch = fetch;
    this.#env = env;
    this.#ctx = ctx;
  }

  /** The client's token provider: returns a placeholder. */
  token = (): string => {
    if (this.#tokenRequests > 0) this.#rejectedGeneration = this.#suspectGeneration;
    this.#tokenRequests += 1;
    return `gateway-placeholder-token-${this.#tokenRequests}`;
  };

  /** The client's `fetch`: waits for a permit, and sends the request with the real token. */
  fetch = async (url: string, init: RequestInit = {}): Promise<Response> => {
    let permit: { token: ServiceToken; onCompleted: () => void };
    const rejected = this.#rejectedGeneration;
    this.#rejectedGeneration = null;
    try {
      permit = await this.#upstream.acquireBackgroundPermit(
        this.#env,
        this.#tenant,
        Date.now() + MAX_WAIT_MS,
        rejected,
      );
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      // The client reads the body as a gateway's error, which contains when to retry.
      const { status } = (JSON.parse(error.body) as { error: { status?: number } }).error;
      // The error of an exhausted quota has no status.
      return new Response(error.body, { status: status || 429, headers: { "content-type": "application/json" } });
    }
    init.signal?.throwIfAborted();
    this.requests += 1;
    const headers = new Headers(init.headers);
    headers.set("authorization", `Bearer ${permit.token.accessToken}`);
    const response = await this.#fetch(url, { ...init, headers, redirect: "manual" });
    permit.onCompleted();
    if (response.status === 200) {
      this.#upstream.reportSuccess();
      return response;
    }
    if (response.status === 401 || response.status === 403) this.#suspectGeneration = permit.token.generation;
    return this.#sanitizeError(response, permit.token.accessToken);
  };

  /**
   * Reports the rate-limit signal of an error response, and removes headers and a body that contain the token: the
   * client does not know the token, so it could not redact it.
   */
  async #sanitizeError(response: Response, token: string): Promise<Response> {
    const { status } = response;
    const body = (await readLimited(response, MAX_ERROR_BYTES)) ?? new Uint8Array();
    const lines = headerLines(response.headers, ERROR_HEADERS);
    const signal = callWasm(() => signalFrom(rateLimitSignalOf(status, lines, body, Date.now())));
    if (signal) this.#upstream.reportRateLimit(this.#env, this.#ctx, signal);
    const holds = (text: string) => callWasm(() => containsSecret(text, token));
    const headers = headerPairs(lines).filter(([, value]) => !holds(value));
    const isShown = body.length > 0 && !holds(new TextDecoder().decode(body));
    return new Response(isShown ? body : null, { status, headers });
  }
}
