// Access to a client's `tokenCache`. It is the caller's code: its failures go to the logger, and never fail a call.

import { callGuarded } from "./hooks.js";
import type { Logger, TokenCache } from "./options.js";
import { unixMs } from "./timer.js";

/** The token in a cache and the seconds to its expiry; no text where there is none or the cache fails. */
export async function readTokenCache(
  cache: TokenCache,
  logger: Logger | undefined,
): Promise<{ access_token: string; expires_in: number | undefined }> {
  const token = await callGuarded(logger, "tokenCache.get", () => cache.get());
  const { access_token = "", expires_at = null } = (token ?? {}) as { access_token?: string; expires_at?: unknown };
  if (expires_at === null) return { access_token, expires_in: undefined };
  // A date or its text as well; anything that is no time counts as past.
  const seconds = (Number(typeof expires_at === "string" ? Date.parse(expires_at) : expires_at) - unixMs()) / 1000;
  return { access_token, expires_in: Number.isNaN(seconds) ? 0 : seconds };
}

/** Puts a token into a cache. */
export function storeToken(cache: TokenCache, logger: Logger | undefined, access_token: string, lifeMs: number): void {
  const expires_at = Number.isNaN(lifeMs) ? null : unixMs() + lifeMs;
  callGuarded(logger, "tokenCache.set", () => cache.set({ access_token, expires_at }));
}
