// Who may use the server over HTTP: the bearer of a shared token, or users of an identity provider, whose token also decides
// what the gateway shows them.

import { createHash, timingSafeEqual } from "node:crypto";
import { type AuthInfo, OAuthError, OAuthErrorCode, type OAuthTokenVerifier } from "@modelcontextprotocol/server";
import { createRemoteJWKSet, customFetch, type JWTPayload, jwtVerify } from "jose";
import type { FetchLike } from "../library.js";
import { CommandError } from "../exit-codes.js";
import type { Principal } from "./serving.js";

/** Signature algorithms of identity providers. Symmetric ones have no public keys. */
const ALGORITHMS = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
];

/** Claims that differ between the tokens of one identity with the same permissions. */
const PER_TOKEN_CLAIMS = ["exp", "iat", "nbf", "jti", "auth_time", "at_hash", "c_hash", "nonce", "sid"];

/** The tolerance for different clocks, in seconds. */
const CLOCK_TOLERANCE = 30;

/** How long a shared token counts as valid, in seconds: the SDK rejects tokens without an end. */
const SHARED_SECONDS = 3600;

/** Verifies tokens, and knows the identity of each. */
export interface Authorization extends OAuthTokenVerifier {
  /** The identity providers that issue tokens, for the metadata of the resource. */
  readonly issuers: readonly string[];
  principalOf(info: AuthInfo): Principal;
}

const digest = (text: string) => createHash("sha256").update(text).digest();

const invalid = (message: string) => new OAuthError(OAuthErrorCode.InvalidToken, message);

/** Returns the authorization of a shared token: everybody who has it sees everything. */
export function sharedToken(token: string): Authorization {
  const expected = digest(token);
  return {
    issuers: [],
    async verifyAccessToken(given) {
      if (!timingSafeEqual(digest(given), expected)) throw invalid("The token is not that of the server.");
      const expiresAt = Math.floor(Date.now() / 1000) + SHARED_SECONDS;
      return { token: given, clientId: "shared", scopes: [], expiresAt };
    },
    principalOf: () => ({ key: "shared", token: undefined }),
  };
}

/** The options of {@link issuedTokens}. */
export interface IssuerOptions {
  readonly issuer: string;
  readonly audience: string;
  readonly jwksUri: string | undefined;
  readonly fetch: FetchLike | undefined;
}

/** Returns the authorization by JWTs of an identity provider, with the audience of this server. */
export async function issuedTokens({
  issuer,
  audience,
  jwksUri,
  fetch = globalThis.fetch as FetchLike,
}: IssuerOptions): Promise<Authorization> {
  const keys = createRemoteJWKSet(new URL(jwksUri ?? (await discoverKeys(issuer, fetch))), {
    [customFetch]: (url, { headers, signal }) =>
      fetch(url, {
        method: "GET",
        headers: Object.fromEntries(headers),
        redirect: "manual",
        signal,
      }) as Promise<Response>,
  });
  return {
    issuers: [issuer],
    async verifyAccessToken(token) {
      let payload: JWTPayload;
      try {
        ({ payload } = await jwtVerify(token, keys, {
          issuer,
          audience,
          algorithms: ALGORITHMS,
          clockTolerance: CLOCK_TOLERANCE,
          requiredClaims: ["sub", "exp"],
        }));
      } catch (error) {
        // The message of jose names the claim or the key, and no part of the token.
        throw invalid(`The token is not valid: ${(error as Error).message}`);
      }
      const clientId = String(payload["client_id"] ?? payload["azp"] ?? payload.sub);
      const scopes = typeof payload["scope"] === "string" ? payload["scope"].split(" ") : [];
      return {
        token,
        clientId,
        scopes,
        ...(payload.exp !== undefined && { expiresAt: payload.exp }),
        extra: { payload },
      };
    },
    principalOf({ token, extra }) {
      const payload = Object(extra?.["payload"]) as JWTPayload;
      const lasting = Object.entries(payload).filter(([claim]) => !PER_TOKEN_CLAIMS.includes(claim));
      // Other claims may mean other permissions: what was read with these is not for them.
      const key = digest(JSON.stringify(lasting.sort(([one], [other]) => (one < other ? -1 : 1)))).toString(
        "base64url",
      );
      return { key, token };
    },
  };
}

/** Returns the address of the keys of an identity provider, from its metadata (RFC 8414, OpenID Connect Discovery). */
async function discoverKeys(issuer: string, fetch: FetchLike): Promise<string> {
  const url = new URL(issuer);
  const path = url.pathname.replace(/\/$/, "");
  const addresses = [
    `${url.origin}${path}/.well-known/openid-configuration`,
    `${url.origin}/.well-known/oauth-authorization-server${path}`,
  ];
  for (const address of addresses) {
    try {
      const response = await fetch(address, {
        method: "GET",
        headers: { accept: "application/json" },
        redirect: "manual",
        signal: AbortSignal.timeout(10_000),
      });
      const { jwks_uri } = Object(await response.json());
      if (response.ok && typeof jwks_uri === "string") return jwks_uri;
    } catch {
      // The other address may work.
    }
  }
  throw new CommandError(`--issuer: no jwks_uri in the metadata of ${issuer}; give --jwks-uri`, 3);
}
