// Who asks, by a JWT. The keys are the identity provider's; the Durable Object keeps them for all isolates, so that an
// isolate which begins while their host is down has them all the same.

import {
  createLocalJWKSet,
  errors,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyOptions,
  type JWTVerifyResult,
  jwtVerify,
} from "jose";
import { readLimited, type FetchLike } from "./upstream-client.js";
import type { JwtOptions } from "./options.js";
import { withAbortTimeout, SingleFlight, withTimeout } from "./timeout.js";

/** Their host has so long for an answer. */
const JWKS_TIMEOUT_MS = 5000;
/** The largest set of keys that is read, in bytes; they have some thousand. */
const MAX_JWKS_BYTES = 256 * 1024;
/** An isolate asks for the keys again after this time … */
const JWKS_FRESH_MS = 300_000;
/** … for a key that it does not know, no sooner than this after the last look-up: an invented key costs nothing … */
const UNKNOWN_KEY_INTERVAL_MS = 5000;
/** … and where there were none at all, no sooner than this. */
const NO_KEYS_INTERVAL_MS = 1000;
/** A look-up that takes longer than this is lost with the request that began it. */
const ABANDONED_MS = 2 * JWKS_TIMEOUT_MS;

/** A token that was verified is not verified again for so long, nor beyond its own end; so many of them are remembered. */
const VERIFIED_MS = 60_000;
const MAX_VERIFIED = 1000;

/** The longest token that is looked at. What is longer is none that an identity provider gives. */
const MAX_TOKEN_CHARS = 16_384;

/** What changes from token to token of one and the same identity. */
const PER_TOKEN_CLAIMS = ["exp", "iat", "nbf", "jti", "auth_time", "at_hash", "c_hash", "nonce", "sid"];

/** An identity on its way to the permissions; what it is made of is checked in the wasm. */
export interface UncheckedIdentity {
  subject?: unknown;
  issuer?: unknown;
  tenant?: unknown;
  claims?: Record<string, unknown>;
}

/** An identity that was found. */
export interface VerifiedIdentity {
  identity: UncheckedIdentity;
  /** The text by which it is known, as soon as that was made. */
  text?: string;
  /** When the sign-in was made, in milliseconds since 1970; left out where it is always of now. */
  issuedAtMs?: number | undefined;
  /** Whether the wasm has looked at it. */
  isChecked?: boolean;
}

/** Why there is no identity: a code of the tables, and a detail. */
export interface IdentityError {
  code: string;
  detail: string;
}

/** The keys as one isolate has them. */
export class JwtVerifier {
  #keySet: ReturnType<typeof createLocalJWKSet> | undefined;
  #jwks: string | JwtOptions["jwks"];
  #fetchedAt = 0;
  #lookup = new SingleFlight(NO_KEYS_INTERVAL_MS, ABANDONED_MS);
  #unknownLookup = new SingleFlight(UNKNOWN_KEY_INTERVAL_MS, ABANDONED_MS);
  #verified = new Map<string, { found: VerifiedIdentity; until: number; jwt: JwtOptions }>();

  /**
   * The identity that a request's token stands for, or why there is none. `sent` is the header that holds it, and in
   * `Authorization` it comes after `Bearer`. `fetchKeys(isUnknown)` asks the keeper, once for
   * all requests; each waits for that until its own deadline.
   */
  async verify(
    sent: string | null,
    jwt: JwtOptions,
    clockTolerance: number,
    fetchKeys: FetchKeys,
    deadline: number,
  ): Promise<VerifiedIdentity | IdentityError> {
    if (!sent) return identityError("IDENTITY_MISSING");
    const { header = "authorization" } = jwt;
    const form =
      header.toLowerCase() === "authorization"
        ? /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i
        : /^(?:Bearer )?([\w-]+\.[\w-]+\.[\w-]+)$/i;
    const token = sent.length > MAX_TOKEN_CHARS ? undefined : form.exec(sent)?.[1];
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
      // One that does not say when it was made may be of any time.
      const found = { identity: identityOf(verified.payload), signedInMs: (verified.payload.iat ?? 0) * 1000 };
      if (this.#verified.size >= MAX_VERIFIED) this.#verified.clear();
      const until = Math.min(Date.now() + VERIFIED_MS, (verified.payload.exp ?? 0) * 1000);
      this.#verified.set(token, { found, until, jwt });
      return found;
    } catch (error) {
      if (error instanceof errors.JWTExpired) return identityError("IDENTITY_EXPIRED");
      if (error instanceof errors.JOSEError) return identityError("IDENTITY_INVALID");
      if (error instanceof NoKeysError) return identityError("IDENTITY_UNAVAILABLE");
      throw error;
    }
  }

  #setKeys(jwks: NonNullable<JwtOptions["jwks"]>): void {
    if (this.#jwks === jwks) return;
    this.#keySet = createLocalJWKSet(jwks as JSONWebKeySet);
    this.#jwks = jwks;
  }

  /** Looks for newer keys, together with all who do so at the same time. There may be none. */
  async #refresh(fetchKeys: FetchKeys, isUnknown: boolean, deadline: number): Promise<void> {
    const shared = isUnknown ? this.#unknownLookup : this.#lookup;
    const looking = shared.join(() => this.#fetch(fetchKeys, isUnknown));
    // Whoever cannot wait for it goes on with the keys that there are.
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

  /** `undefined` where there is no such key. */
  async #verifySignature(token: string, rules: JWTVerifyOptions): Promise<JWTVerifyResult | undefined> {
    if (!this.#keySet) throw new NoKeysError();
    try {
      return await jwtVerify(token, this.#keySet, rules);
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey) return undefined;
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
      // A token that does not say which key it is signed with: one of them has to be the one.
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

/** Asks the keeper for the keys, as JSON text; for one that is not known besides. */
type FetchKeys = (isUnknown: boolean) => Promise<string | undefined>;

class NoKeysError extends Error {}

/** Whether a claim, one text or several, names an audience. */
const hasAudience = (audience: string | string[], claim: unknown): boolean =>
  [claim].flat().some((name) => typeof name === "string" && [audience].flat().includes(name));

const identityError = (code: string): IdentityError => ({ code, detail: "" });

function identityOf(payload: JWTPayload): UncheckedIdentity {
  const claims: Record<string, unknown> = { ...payload };
  for (const name of PER_TOKEN_CLAIMS) delete claims[name];
  return { subject: payload.sub, issuer: payload.iss, claims };
}

/** A host's keys, for the keeper. What is none of them, or too large, is refused. */
export async function fetchJwks(fetch: FetchLike, uri: string): Promise<string> {
  const text = await withAbortTimeout(JWKS_TIMEOUT_MS, async (signal) => {
    const response = await fetch(uri, { headers: { accept: "application/json" }, signal });
    if (response.status !== 200) throw new Error(`HTTP ${response.status}`);
    const body = await readLimited(response, MAX_JWKS_BYTES);
    if (!body) throw new Error("too large");
    return new TextDecoder().decode(body);
  });
  const jwks = JSON.parse(text) as JSONWebKeySet | null;
  if (!Array.isArray(jwks?.keys) || jwks.keys.length === 0) throw new Error("no keys in it");
  createLocalJWKSet(jwks);
  // The public half only, whatever the host sends.
  return JSON.stringify({ keys: jwks.keys.map(({ d, p, q, dp, dq, qi, k, oth, ...open }) => open) });
}
