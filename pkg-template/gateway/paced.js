// A client's way to the service where the gateway's keeper has quota and token: a `fetch` that waits for a slot of the one
// quota, and a token provider that has none. The token itself is put in here and never enters the client.

import { paceOf } from "../wasm/gateway.js";
import { bytes, Failure } from "./exchange.js";
import { enter } from "./module.js";

/** For a slot it is waited so long. Those who sit before a page go first where the quota is scarce. */
const PATIENCE_MS = 60_000;

/** What of a refusal's headers a client reads. */
const HEADERS = ["x-mashery-error-code", "x-mashery-message-id", "retry-after", "date", "content-type"];

export class Paced {
  requests = 0;
  #exchange;
  #tenant;
  #send;
  #env;
  #ctx;
  /** The token's number that the service may have refused last, and that of which the client says so. */
  #doubted = null;
  #refused = null;
  #asked = 0;

  constructor(exchange, tenant, send, env, ctx) {
    this.#exchange = exchange;
    this.#tenant = tenant;
    this.#send = send;
    this.#env = env;
    this.#ctx = ctx;
  }

  /** The client asks once, and again when it finds its token refused. What it gets is a number, another each time. */
  token = () => {
    if (this.#asked > 0) this.#refused = this.#doubted;
    this.#asked += 1;
    return `token-of-the-gateway-${this.#asked}`;
  };

  fetch = async (url, init) => {
    let token;
    const refused = this.#refused;
    this.#refused = null;
    try {
      token = await this.#exchange.one(this.#env, this.#tenant, Date.now() + PATIENCE_MS, refused);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      // As a gateway says it: the client reads when to come back.
      const { status } = JSON.parse(error.body).error;
      // A quota that is spent has no status of its own.
      return new Response(error.body, { status: status || 429, headers: { "content-type": "application/json" } });
    }
    init.signal?.throwIfAborted();
    this.requests += 1;
    const headers = new Headers(init.headers);
    headers.set("authorization", `Bearer ${token.accessToken}`);
    const response = await this.#send(url, { ...init, headers, redirect: "manual" });
    token.landed();
    if (response.status === 200) {
      this.#exchange.wasAnswered();
      return response;
    }
    if (response.status === 401 || response.status === 403) this.#doubted = token.generation;
    return this.#heard(response);
  };

  /** A refusal, of which the keeper hears what it says of the pace. */
  async #heard(response) {
    const { status } = response;
    const body = await bytes(response);
    const given = HEADERS.map((name) => [name, response.headers.get(name) ?? undefined]).filter(([, value]) => value !== undefined);
    const { [HEADERS[0]]: code, "retry-after": retryAfter, date } = Object.fromEntries(given);
    const pace = enter(() => paceOf(status, code, retryAfter, date, body, Date.now()));
    if (pace) this.#exchange.tell(this.#env, this.#ctx, pace);
    return new Response(body.length > 0 ? body : null, { status, headers: given });
  }
}
