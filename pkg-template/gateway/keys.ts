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
import type { FetchLike } from "./exchange.js";
import type { JwtOptions } from "./options.js";
import { limited } from "./time.js";

/** Their host has so long for an answer. */
const KEYS_MS = 5000;
/** An isolate asks for the keys again after so long … */
const FRESH_MS = 300_000;
/** … and for one that it does not know, no sooner than this: whoever invents keys costs nothing. */
const UNKNOWN_MS = 5000;

/** A token that was verified is not verified again for so long, nor beyond its own end; so many of them are remembered. */
const VERIFIED_MS = 60_000;
const MOST_VERIFIED = 1000;

/** What changes from token to token of one and the same identity. */
const OF_THE_TOKEN = ["exp", "iat", "nbf", "jti", "auth_time", "at_hash", "c_hash", "nonce", "sid"];

/** An identity on its way to the permissions; what it is made of is checked in the wasm. */
export interface AskingIdentity {
  subject?: unknown;
  issuer?: unknown;
  tenant?: unknown;
  claims?: Record<string, unknown>;
}

/** An identity that was found. */
export interface FoundIdentity {
  identity: AskingIdentity;
  /** The text by which it is known, as soon as that was made. */
  text?: string;
  /** Whether the wasm has looked at it. */
  isChecked?: boolean;
}

/** Why there is no identity: a code of the tables, and a detail. */
export interface RefusedIdentity {
  code: string;
  detail: string;
}

/** The keys as one isolate has them. */
export class Keys {
  #set: ReturnType<typeof createLocalJWKSet> | undefined;
  #jwks: string | JwtOptions["jwks"];
  #asked = 0;
  #askedUnknown = 0;
  #verified = new Map<string, { found: FoundIdentity; until: number; jwt: JwtOptions }>();
  #askingUnknown = 0;

  /** The identity that a request's token stands for, or why there is none. `fetchKeys(isUnknown)` asks the keeper. */
  async identify(
    authorization: string | null,
    jwt: JwtOptions,
    clockTolerance: number,
    fetchKeys: FetchKeys,
  ): Promise<FoundIdentity | RefusedIdentity> {
    if (!authorization) return refused("IDENTITY_MISSING");
    const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization)?.[1];
    if (!token) return refused("IDENTITY_INVALID");
    const known = this.#verified.get(token);
    if (known && Date.now() < known.until && known.jwt === jwt) return known.found;
    const { issuer, audience, algorithms, jwks } = jwt;
    const rules = { issuer, audience, algorithms: [algorithms].flat(), clockTolerance, requiredClaims: ["sub", "exp"] };
    try {
      if (jwks) this.#use(jwks);
      else if (!this.#set || Date.now() - this.#asked > FRESH_MS) await this.#ask(fetchKeys, false);
      const set = this.#set;
      let verified = await this.#verify(token, rules);
      if (!verified && !jwks) {
        // Whoever comes while they are asked for waits for them too: a new key brings many at once.
        if (this.#askingUnknown > 0 || Date.now() - this.#askedUnknown > UNKNOWN_MS) await this.#askUnknown(fetchKeys);
        if (this.#set !== set) verified = await this.#verify(token, rules);
      }
      if (!verified) return refused("IDENTITY_INVALID");
      const found = { identity: identityOf(verified.payload) };
      if (this.#verified.size >= MOST_VERIFIED) this.#verified.clear();
      const until = Math.min(Date.now() + VERIFIED_MS, (verified.payload.exp ?? 0) * 1000);
      this.#verified.set(token, { found, until, jwt });
      return found;
    } catch (error) {
      if (error instanceof errors.JWTExpired) return refused("IDENTITY_EXPIRED");
      if (error instanceof errors.JOSEError) return refused("IDENTITY_INVALID");
      if (error instanceof NoKeys) return refused("IDENTITY_UNAVAILABLE");
      throw error;
    }
  }

  #use(jwks: NonNullable<JwtOptions["jwks"]>): void {
    if (this.#jwks === jwks) return;
    this.#set = createLocalJWKSet(jwks as JSONWebKeySet);
    this.#jwks = jwks;
  }

  async #ask(fetchKeys: FetchKeys, isUnknown: boolean): Promise<void> {
    const text = await fetchKeys(isUnknown);
    if (text && text !== this.#jwks) {
      this.#set = createLocalJWKSet(JSON.parse(text) as JSONWebKeySet);
      this.#jwks = text;
    }
    if (!this.#set) throw new NoKeys();
    this.#asked = Date.now();
  }

  async #askUnknown(fetchKeys: FetchKeys): Promise<void> {
    this.#askedUnknown = Date.now();
    this.#askingUnknown += 1;
    try {
      await this.#ask(fetchKeys, true);
    } finally {
      this.#askingUnknown -= 1;
    }
  }

  /** `undefined` where there is no such key. */
  async #verify(token: string, rules: JWTVerifyOptions): Promise<JWTVerifyResult | undefined> {
    if (!this.#set) throw new NoKeys();
    try {
      return await jwtVerify(token, this.#set, rules);
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

class NoKeys extends Error {}

const refused = (code: string): RefusedIdentity => ({ code, detail: "" });

function identityOf(payload: JWTPayload): AskingIdentity {
  const claims: Record<string, unknown> = { ...payload };
  for (const name of OF_THE_TOKEN) delete claims[name];
  return { subject: payload.sub, issuer: payload.iss, claims };
}

/** A host's keys, for the keeper. What is none of them, or too large, is refused. */
export async function fetchJwks(fetch: FetchLike, uri: string): Promise<string> {
  const text = await limited(KEYS_MS, async (signal) => {
    const response = await fetch(uri, { headers: { accept: "application/json" }, signal });
    if (response.status !== 200) throw new Error(`HTTP ${response.status}`);
    return response.text();
  });
  if (text.length > 1_000_000) throw new Error("too large");
  const jwks = JSON.parse(text) as JSONWebKeySet | null;
  if (!Array.isArray(jwks?.keys) || jwks.keys.length === 0) throw new Error("no keys in it");
  createLocalJWKSet(jwks);
  // The public half only, whatever the host sends.
  return JSON.stringify({ keys: jwks.keys.map(({ d, p, q, dp, dq, qi, k, oth, ...open }) => open) });
}
