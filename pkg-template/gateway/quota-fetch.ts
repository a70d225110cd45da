// A client's way to the service where the gateway's keeper has quota and token: a `fetch` that waits for a permit of the one
// quota, and a token provider that has none. The token itself is put in here and never enters the client.
//
// The client's renewal of tokens is how a refused token is told from one that was answered with 401 or 403 for another
// reason. The client alone decides that, by the response's body and by how often it has retried:
//
// 1. `token()` gives the client a placeholder, another each time, which stands for the keeper's token.
// 2. `fetch()` sends with the keeper's token in its place. A 401 or 403 goes to the client as it came, and the number of
//    the token that it was sent with is noted as doubted.
// 3. If the client takes it for a refusal of the token, it asks its provider once more before it retries. Every call of
//    `token()` but the first therefore says: the doubted token is refused.
// 4. The next `fetch()` hands that number to the keeper, which replaces the token, unless another request has had it
//    replaced already: then the number is an older one, and the keeper does nothing.
//
// Requests of several lists run at once, and the note is one for all of them: they are sent with the same token, the
// keeper's. If a token has been replaced between, the number is an older one, as above.

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

/** For a permit it is waited so long. Those who sit before a page go first where the quota is scarce. */
const MAX_WAIT_MS = 60_000;

/** The largest refusal that is read, in bytes; one is a sentence. */
const MAX_ERROR_BYTES = 1024 * 1024;

/** What of a refusal's headers a client reads. */
const ERROR_HEADERS = [...RESPONSE_HEADERS, "content-type"];

/** A `fetch` and a token provider for one client. */
export class QuotaFetch<Env> {
  /** How many requests were sent. */
  requests = 0;
  #upstream: UpstreamClient<Env>;
  #tenant: string;
  #fetch: FetchLike;
  #env: Env;
  #ctx: Context;
  /** The number of the token that a response may have refused. */
  #suspectGeneration: number | null = null;
  /** The number of the token that the client has said to be refused, until the keeper knows. */
  #rejectedGeneration: number | null = null;
  /** How often the client has asked for a token. */
  #tokenRequests = 0;

  constructor(exchange: UpstreamClient<Env>, tenant: string, send: FetchLike, env: Env, ctx: Context) {
    this.#upstream = exchange;
    this.#tenant = tenant;
    this.#fetch = send;
    this.#env = env;
    this.#ctx = ctx;
  }

  /** The client's token provider. */
  token = (): string => {
    if (this.#tokenRequests > 0) this.#rejectedGeneration = this.#suspectGeneration;
    this.#tokenRequests += 1;
    return `gateway-placeholder-token-${this.#tokenRequests}`;
  };

  /** The client's `fetch`. */
  fetch = async (url: string, init: RequestInit = {}): Promise<Response> => {
    let permit: { token: ServiceToken; onCompleted: () => void };
    const refused = this.#rejectedGeneration;
    this.#rejectedGeneration = null;
    try {
      permit = await this.#upstream.acquireBackgroundPermit(this.#env, this.#tenant, Date.now() + MAX_WAIT_MS, refused);
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      // As a gateway says it: the client reads when to come back.
      const { status } = (JSON.parse(error.body) as { error: { status?: number } }).error;
      // A quota that is spent has no status of its own.
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
   * A refusal, of which the keeper hears what it says of the pace. The client does not know the token, and cannot leave it
   * out where the service echoes it: headers and bodies that hold it are left out here.
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
