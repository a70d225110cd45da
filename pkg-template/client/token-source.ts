// The token of a provider, for everything that shares it: the requests of one call, or those to the routes of a gateway.

import { TOKEN_EXPIRY_MARGIN_MS, TOKEN_MIN_USE_MS } from "../generated/boundary.js";
import type { TokenReply } from "./options.js";
import { monotonicMs } from "./timer.js";

/** A function that returns a token. */
export type TokenProvider = () => TokenReply | Promise<TokenReply>;

/** A token of a provider, while it is in use. */
export interface ProvidedToken {
  /** The token; the provider may have returned any value. */
  readonly access_token: unknown;
  /** The monotonic time from which another one is requested. */
  readonly refreshAt: number;
}

/** The tokens of a provider, each used until it is about to expire or is rejected. */
export class TokenSource {
  private readonly provider: TokenProvider;
  private token: ProvidedToken | undefined;
  private asked: Promise<ProvidedToken> | undefined;

  constructor(provider: TokenProvider) {
    this.provider = provider;
  }

  /** Returns the token in use, unless it is the rejected one. Requests that need one at the same time share the reply. */
  async get(rejected?: ProvidedToken): Promise<ProvidedToken> {
    const { token } = this;
    if (token && token !== rejected && monotonicMs() < token.refreshAt) return token;
    this.asked ??= this.ask().finally(() => {
      this.asked = undefined;
    });
    return this.asked;
  }

  private async ask(): Promise<ProvidedToken> {
    const since = monotonicMs();
    const reply: unknown = await this.provider();
    const { access_token, expires_in } = typeof reply === "string" ? { access_token: reply } : Object(reply);
    const ms = (expires_in ?? Number.NaN) * 1000;
    // Without a usable lifetime it is used until it is rejected.
    const refreshAt =
      ms < Number.POSITIVE_INFINITY ? since + Math.max(ms - TOKEN_EXPIRY_MARGIN_MS, ms / 2, TOKEN_MIN_USE_MS) : ms;
    return (this.token = { access_token, refreshAt: refreshAt || Number.POSITIVE_INFINITY });
  }
}
