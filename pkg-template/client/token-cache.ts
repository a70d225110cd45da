// Access to a client's `tokenCache`. It is the caller's code: its failures go to the logger, and never fail a call.

import { callGuarded } from "./hooks.js";
import type { Logger, TokenCache } from "./options.js";
import { unixMs } from "./timer.js";

/** Reads the token of a cache and its remaining lifetime in seconds; an empty token if there is none or the cache fails. */
export async function readTokenCache(
  cache: TokenCache,
  logger: Logger | undefined,
): Promise<{ access_token: string; expires_in: number | undefined }> {
  const token = await callGuarded(logger, "tokenCache.get", () => cache.get());
  const { access_token = "", expires_at = null } = (token ?? {}) as { access_token?: string; expires_at?: unknown };
  if (expires_at === null) return { access_token, expires_in: undefined };
  // A `Date` or its text is accepted as well; any other value counts as expired.
  const seconds = (Number(typeof expires_at === "string" ? Date.parse(expires_at) : expires_at) - unixMs()) / 1000;
  return { access_token, expires_in: Number.isNaN(seconds) ? 0 : seconds };
}

/** Writes a token to a cache. */
export function storeToken(cache: TokenCache, logger: Logger | undefined, access_token: string, lifeMs: number): void {
  const expires_at = Number.isNaN(lifeMs) ? null : unixMs() + lifeMs;
  callGuarded(logger, "tokenCache.set", () => cache.set({ access_token, expires_at }));
}
