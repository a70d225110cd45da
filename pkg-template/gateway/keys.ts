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
import { bytes, type FetchLike } from "./exchange.js";
import type { JwtOptions } from "./options.js";
import { limited, SharedWork, within } from "./time.js";

/** Their host has so long for an answer. */
const KEYS_MS = 5000;
/** The largest set of keys that is read, in bytes; they have some thousand. */
const KEYS_BYTES = 256 * 1024;
/** An isolate asks for the keys again after this time … */
const FRESH_MS = 300_000;
/** … for a key that it does not know, no sooner than this after the last look-up: an invented key costs nothing … */
const UNKNOWN_MS = 5000;
/** … and where there were none at all, no sooner than this. */
const NONE_MS = 1000;
/** A look-up that takes longer than this is lost with the request that began it. */
const LOST_MS = 2 * KEYS_MS;

/** A token that was verified is not verified again for so long, nor beyond its own end; so many of them are remembered. */
const VERIFIED_MS = 60_000;
const MOST_VERIFIED = 1000;

/** The longest token that is looked at. What is longer is none that an identity provider gives. */
const MOST_TOKEN = 16_384;

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
  /** When the sign-in was made, in milliseconds since 1970; left out where it is always of now. */
  signedInMs?: number | undefined;
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
  #lookup = new SharedWork(NONE_MS, LOST_MS);
  #unknownLookup = new SharedWork(UNKNOWN_MS, LOST_MS);
  #verified = new Map<string, { found: FoundIdentity; until: number; jwt: JwtOptions }>();

  /**
   * The identity that a request's token stands for, or why there is none. `sent` is the header that holds it, and in
   * `Authorization` it comes after `Bearer`. `fetchKeys(isUnknown)` asks the keeper, once for
   * all requests; each waits for that until its own deadline.
   */
  async identify(
    sent: string | null,
    jwt: JwtOptions,
    clockTolerance: number,
    fetchKeys: FetchKeys,
    deadline: number,
  ): Promise<FoundIdentity | RefusedIdentity> {
    if (!sent) return refused("IDENTITY_MISSING");
    const { header = "authorization" } = jwt;
    const form =
      header.toLowerCase() === "authorization"
        ? /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i
        : /^(?:Bearer )?([\w-]+\.[\w-]+\.[\w-]+)$/i;
    const token = sent.length > MOST_TOKEN ? undefined : form.exec(sent)?.[1];
    if (!token) return refused("IDENTITY_INVALID");
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
      if (jwks) this.#use(jwks);
      else if (!this.#set || Date.now() - this.#asked > FRESH_MS) await this.#look(fetchKeys, false, deadline);
      const set = this.#set;
      let verified = await this.#verify(token, rules);
      if (!verified && !jwks) {
        await this.#look(fetchKeys, true, deadline);
        if (this.#set !== set) verified = await this.#verify(token, rules);
      }
      if (!verified) return refused("IDENTITY_INVALID");
      if (audienceClaim !== "aud" && !isFor(audience, verified.payload[audienceClaim]))
        return refused("IDENTITY_INVALID");
      // One that does not say when it was made may be of any time.
      const found = { identity: identityOf(verified.payload), signedInMs: (verified.payload.iat ?? 0) * 1000 };
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

  /** Looks for newer keys, together with all who do so at the same time. There may be none. */
  async #look(fetchKeys: FetchKeys, isUnknown: boolean, deadline: number): Promise<void> {
    const shared = isUnknown ? this.#unknownLookup : this.#lookup;
    const looking = shared.join(() => this.#ask(fetchKeys, isUnknown));
    // Whoever cannot wait for it goes on with the keys that there are.
    if (looking) await within(looking, deadline - Date.now()).catch(() => {});
  }

  async #ask(fetchKeys: FetchKeys, isUnknown: boolean): Promise<void> {
    const text = await fetchKeys(isUnknown);
    if (text && text !== this.#jwks) {
      this.#set = createLocalJWKSet(JSON.parse(text) as JSONWebKeySet);
      this.#jwks = text;
    }
    if (this.#set) this.#asked = Date.now();
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

/** Whether a claim, one text or several, names an audience. */
const isFor = (audience: string | string[], claim: unknown): boolean =>
  [claim].flat().some((name) => typeof name === "string" && [audience].flat().includes(name));

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
    const body = await bytes(response, KEYS_BYTES);
    if (!body) throw new Error("too large");
    return new TextDecoder().decode(body);
  });
  const jwks = JSON.parse(text) as JSONWebKeySet | null;
  if (!Array.isArray(jwks?.keys) || jwks.keys.length === 0) throw new Error("no keys in it");
  createLocalJWKSet(jwks);
  // The public half only, whatever the host sends.
  return JSON.stringify({ keys: jwks.keys.map(({ d, p, q, dp, dq, qi, k, oth, ...open }) => open) });
}
