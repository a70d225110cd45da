// A partner's Worker whose service is a sandbox in its own isolate: no request leaves the isolate, and the tests, which
// run there too, can inspect all requests.

import { CaseQuota, createGateway } from "cisco-support-case/gateway";

export { CaseQuota };

export const ISSUER = "https://login.portal.example";
export const AUDIENCE = "case-portal";
export const CLIENT_ID = "a-synthetic-client";
/** A client secret with characters that have to be URL-encoded. */
export const SECRET = "a synthetic/client+secret&=";
export const NOTICE_MS = 1000;

const JWKS_URI = `${ISSUER}/jwks`;

/** The service, the identity provider's keys, and the numbers of token requests and case requests. */
export const harness = { sandbox: undefined, keys: [], tokens: 0, cases: 0 };

async function fetch(url, init) {
  if (url === JWKS_URI) return Response.json({ keys: harness.keys });
  if (url === harness.sandbox.tokenUrl) harness.tokens += 1;
  else harness.cases += 1;
  return harness.sandbox.fetch(url, init);
}

const made = (name, rateLimit) =>
  createGateway({
    name,
    credentials: () => ({ clientId: CLIENT_ID, clientSecret: SECRET }),
    upstream: () => ({ baseUrl: harness.sandbox.baseUrl, tokenUrl: harness.sandbox.tokenUrl }),
    jwt: { issuer: ISSUER, audience: AUDIENCE, jwksUri: JWKS_URI, algorithms: ["ES256"] },
    permissions: { contract_ids: "contracts" },
    quota: (env) => env.CASE_QUOTA,
    noticeSeconds: NOTICE_MS / 1000,
    rateLimit,
    audit: false,
    fetch,
  });

// Gateways whose Durable Object alone is tested have a name and no handler.
made("plain", { perSecond: 0 });
made("slow", { perSecond: 2, perMinute: 0, perDay: 0 });
made("daily", { perSecond: 0, perDay: 100 });

export default made("default", {});
