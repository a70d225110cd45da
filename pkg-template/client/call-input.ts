// The options of clients, calls and bulk calls, as copied from the objects of the caller.

import type { EventSink } from "./hooks.js";
import type { ClientOptions, FetchLike, Logger, TokenCache } from "./options.js";
import type { TokenProvider, TokenSource } from "./token-source.js";

/** The options of a client: plain values as JSON text, and the functions. */
export interface ClientInput {
  text: string;
  fetch: FetchLike | undefined;
  credentials: ClientOptions["fetchCredentials"];
  provider: TokenProvider | undefined;
  cache: TokenCache | undefined;
  watch: EventSink | undefined;
  logger: Logger | undefined;
}

/** The options of a call: plain values as JSON text, the signal and the tokens of its own provider. */
export interface CallInput {
  text: string;
  signal: AbortSignal | undefined;
  provider: TokenSource | undefined;
}

/** The options of a bulk call: those of its requests and its own as JSON text, and those used in TypeScript. */
export interface BulkInput extends CallInput {
  own: string;
  /** The names of its own options. */
  names: readonly string[];
  onProgress: ((progress: unknown) => void) | undefined;
  partial: boolean;
}
