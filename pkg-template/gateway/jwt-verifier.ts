// Verification of JWTs. The Durable Object caches the identity provider's keys for all isolates, so that an isolate that
// starts during an outage of the provider has them.

import {
  createLocalJWKSet,
  errors,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyOptions,
  type JWTVerifyResult,
  jwtVerify,
} from "jose";
import { isSafeAddress, readLimited, type FetchLike } from "./upstream-client.js";
import type { JwtOptions } from "./options.js";
import { withAbortTimeout, SingleFlight, withTimeout } from "./timeout.js";

/** Timeout of a request to the identity provider. */
const JWKS_TIMEOUT_MS = 5000;
/** Number of redirects of a request to the identity provider. */
const MAX_JWKS_REDIRECTS = 5;
/** The largest JWK Set that is read, in bytes. Usual ones have a few thousand. */
const MAX_JWKS_BYTES = 256 * 1024;
/** Age after which an isolate requests the keys again. */
const JWKS_FRESH_MS = 300_000;
/** Minimum interval between requests for unknown keys: tokens with invented key ids cause no further ones. */
const UNKNOWN_KEY_INTERVAL_MS = 5000;
/** Minimum interval between requests while there are no keys. */
const NO_KEYS_INTERVAL_MS = 1000;
/** Duration after which a request for keys counts as canceled, together with the request that started it. */
const ABANDONED_MS = 2 * JWKS_TIMEOUT_MS;

/** Time for which a verified token is cached, at most until it expires. */
const VERIFIED_MS = 60_000;
/** Number of verified tokens that are cached. */
const MAX_VERIFIED = 1000;
/** Number of their characters: a token has up to 16 384, and what is cached of it is some four times as large. */
const MAX_VERIFIED_CHARS = 2_000_000;

/** The longest token that is parsed. Tokens of identity providers are shorter. */
const MAX_TOKEN_CHARS = 16_384;

/** Claims that differ between the tokens of one identity. */
const PER_TOKEN_CLAIMS = ["exp", "iat", "nbf", "jti", "auth_time", "at_hash", "c_hash", "nonce", "sid"];

/** An identity whose members the wasm has not checked yet. */
export interface UncheckedIdentity {
  subject?: unknown;
  issuer?: unknown;
  tenant?: unknown;
  claims?: Record<string, unknown>;
}

/** An authenticated identity. */
export interface VerifiedIdentity {
  identity: UncheckedIdentity;
  /** The identity as JSON text, once it was serialized. */
  text?: string;
  /** The time of the sign-in (`iat`), in milliseconds since 1970; `undefined` counts as now. */
  issuedAtMs?: number | undefined;
  /** Whether the wasm has checked it. */
  isChecked?: boolean;
}

/** The error of a request without an identity: a code of the error tables, and a detail. */
export interface IdentityError {
  code: string;
  detail: string;
}

/** The JWT verifier of one isolate, with its copy of the keys and a cache of verified tokens. */
export class JwtVerifier {
  #keySet: ReturnType<typeof createLocalJWKSet> | undefined;
  #jwks: string | JwtOptions["jwks"];
  #fetchedAt = 0;
  #lookup = new SingleFlight(NO_KEYS_INTERVAL_MS, ABANDONED_MS);
  #unknownLookup = new SingleFlight(UNKNOWN_KEY_INTERVAL_MS, ABANDONED_MS);
  #verified = new Map<string, { found: VerifiedIdentity; until: number; jwt: JwtOptions }>();
  #verifiedChars = 0;

  /**
   * Returns the identity of a token, or the error. `value` is the value of the header with the token, which follows
   * `Bearer` in `Authorization`. `fetchKeys(isUnknown)` requests keys from the Durable Object, once for concurrent
   * requests; each waits until its own deadline.
   */
  async verify(
    value: string | null,
    jwt: JwtOptions,
    clockTolerance: number,
    fetchKeys: FetchKeys,
    deadline: number,
  ): Promise<VerifiedIdentity | IdentityError> {
    if (!value) return identityError("IDENTITY_MISSING");
    const { header = "authorization" } = jwt;
    const form =
      header.toLowerCase() === "authorization"
        ? /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i
        : /^(?:Bearer )?([\w-]+\.[\w-]+\.[\w-]+)$/i;
    const token = value.length > MAX_TOKEN_CHARS ? undefined : form.exec(value)?.[1];
    if (!token) return identityError("IDENTITY_INVALID");
    const known = this.#verified.get(token);
    if (known && Date.now() < known.until && known.jwt === jwt) return known.found;
    const { issuer, audience, audienceClaim = "aud", algorithms, jwks } = jwt;
    const rules: JWTVerifyOptions = {
      issuer,
      algorithms: [algorithms].flat(),
      clockTolerance,
      requiredClaims: ["sub", "exp"],
    };
    if (audienceClaim === "aud") rules.audience = audience;
    try {
      if (jwks) this.#setKeys(jwks);
      else if (!this.#keySet || Date.now() - this.#fetchedAt > JWKS_FRESH_MS)
        await this.#refresh(fetchKeys, false, deadline);
      const set = this.#keySet;
      let verified = await this.#verifySignature(token, rules);
      if (!verified && !jwks) {
        await this.#refresh(fetchKeys, true, deadline);
        if (this.#keySet !== set) verified = await this.#verifySignature(token, rules);
      }
      if (!verified) return identityError("IDENTITY_INVALID");
      if (audienceClaim !== "aud" && !hasAudience(audience, verified.payload[audienceClaim]))
        return identityError("IDENTITY_INVALID");
      // A token without `iat` may be of any time, so it counts as the oldest.
      const issuedAtMs = issuedAt(verified.payload.iat ?? 0, clockTolerance);
      const found = { identity: identityOf(verified.payload), issuedAtMs };
      const until = Math.min(Date.now() + VERIFIED_MS, (verified.payload.exp ?? 0) * 1000);
      this.#remember(token, { found, until, jwt });
      return found;
    } catch (error) {
      if (error instanceof errors.JWTExpired) return identityError("IDENTITY_EXPIRED");
      if (error instanceof errors.JOSEError) return identityError("IDENTITY_INVALID");
      if (error instanceof NoKeysError) return identityError("IDENTITY_UNAVAILABLE");
      throw error;
    }
  }

  #remember(token: string, entry: { found: VerifiedIdentity; until: number; jwt: JwtOptions }): void {
    if (!this.#verified.has(token)) this.#verifiedChars += token.length;
    if (this.#verified.size >= MAX_VERIFIED || this.#verifiedChars > MAX_VERIFIED_CHARS) {
      this.#verified.clear();
      this.#verifiedChars = token.length;
    }
    this.#verified.set(token, entry);
  }

  #setKeys(jwks: NonNullable<JwtOptions["jwks"]>): void {
    if (this.#jwks === jwks) return;
    this.#keySet = createLocalJWKSet(jwks as JSONWebKeySet);
    this.#jwks = jwks;
  }

  /** Requests newer keys, once for concurrent callers. */
  async #refresh(fetchKeys: FetchKeys, isUnknown: boolean, deadline: number): Promise<void> {
    const shared = isUnknown ? this.#unknownLookup : this.#lookup;
    const looking = shared.join(() => this.#fetch(fetchKeys, isUnknown));
    // After its deadline a caller continues with the current keys.
    if (looking) await withTimeout(looking, deadline - Date.now()).catch(() => {});
  }

  async #fetch(fetchKeys: FetchKeys, isUnknown: boolean): Promise<void> {
    const text = await fetchKeys(isUnknown);
    if (text && text !== this.#jwks) {
      this.#keySet = createLocalJWKSet(JSON.parse(text) as JSONWebKeySet);
      this.#jwks = text;
    }
    if (this.#keySet) this.#fetchedAt = Date.now();
  }

  /** Returns `undefined` if there is no key with the token's key id. */
  async #verifySignature(token: string, rules: JWTVerifyOptions): Promise<JWTVerifyResult | undefined> {
    if (!this.#keySet) throw new NoKeysError();
    try {
      return await jwtVerify(token, this.#keySet, rules);
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey) return undefined;
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
      // The token has no key id: one of the keys must have signed it.
      for await (const key of error) {
        try {
          return await jwtVerify(token, key, rules);
        } catch (other) {
          if (!(other instanceof errors.JWSSignatureVerificationFailed)) throw other;
        }
      }
      throw new errors.JWSSignatureVerificationFailed();
    }
  }
}

/** Requests the JWK Set as JSON text; `isUnknown`: because a key is missing. */
type FetchKeys = (isUnknown: boolean) => Promise<string | undefined>;

class NoKeysError extends Error {}

/**
 * Returns the time of the sign-in of an `iat`, in milliseconds since 1970. One in the future, such as that of an issuer that counts
 * milliseconds, is none: it counts as the oldest, or no revocation would ever apply to it.
 */
export function issuedAt(iat: number, clockTolerance: number): number {
  const ms = iat * 1000;
  return ms <= Date.now() + clockTolerance * 1000 ? ms : 0;
}

/** Whether a claim, a string or a list, contains an audience. */
const hasAudience = (audience: string | string[], claim: unknown): boolean =>
  [claim].flat().some((name) => typeof name === "string" && [audience].flat().includes(name));

const identityError = (code: string): IdentityError => ({ code, detail: "" });

function identityOf(payload: JWTPayload): UncheckedIdentity {
  const claims: Record<string, unknown> = { ...payload };
  for (const name of PER_TOKEN_CLAIMS) delete claims[name];
  return { subject: payload.sub, issuer: payload.iss, claims };
}

/**
 * Requests keys, also by redirects. Throws if one leads to an address without encryption, wherever the last one leads: who can change
 * keys or a redirect on their way can sign in as anybody.
 */
async function fetchSafely(fetch: FetchLike, uri: string, signal: AbortSignal): Promise<Response> {
  let address = uri;
  for (let redirects = 0; redirects <= MAX_JWKS_REDIRECTS; redirects += 1) {
    const response = await fetch(address, { headers: { accept: "application/json" }, redirect: "manual", signal });
    const location = response.headers.get("location");
    const isRedirect = response.status >= 300 && response.status < 400 && location !== null;
    // A `fetch` of the options may follow redirects all the same.
    address = isRedirect ? new URL(location, address).href : response.url || address;
    if (!isSafeAddress(address)) throw new Error("a redirect to an address without encryption");
    if (!isRedirect) return response;
    await response.body?.cancel();
  }
  throw new Error("too many redirects");
}

/** Fetches a JWK Set for the Durable Object. Throws if it is invalid or too large. */
export async function fetchJwks(fetch: FetchLike, uri: string): Promise<string> {
  const text = await withAbortTimeout(JWKS_TIMEOUT_MS, async (signal) => {
    const response = await fetchSafely(fetch, uri, signal);
    if (response.status !== 200) throw new Error(`HTTP ${response.status}`);
    const body = await readLimited(response, MAX_JWKS_BYTES);
    if (!body) throw new Error("too large");
    return new TextDecoder().decode(body);
  });
  const jwks = JSON.parse(text) as JSONWebKeySet | null;
  if (!Array.isArray(jwks?.keys) || jwks.keys.length === 0) throw new Error("no keys in it");
  createLocalJWKSet(jwks);
  // Private members are removed, in case the provider sends them.
  return JSON.stringify({ keys: jwks.keys.map(({ d, p, q, dp, dq, qi, k, oth, ...open }) => open) });
}
