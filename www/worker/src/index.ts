// The gateway between a portal's pages and the Cisco Support Case API, as a Worker. Configure it in wrangler.jsonc: it
// refuses every request until your identity provider is named there.

import { CaseLive, CaseQuota, createGateway } from "cisco-support-case/gateway";
import { copyTo } from "cisco-support-case/gateway/copy";

// The Durable Objects: one with the shared quota, the service's token and the identity provider's keys, and those with the live
// connections of pages.
export { CaseLive, CaseQuota };

export interface Env {
  // Secrets of your application in Cisco's API console, set by `wrangler secret put`.
  CISCO_CLIENT_ID: string;
  CISCO_CLIENT_SECRET: string;
  // From wrangler.jsonc.
  JWT_ISSUER: string;
  JWT_AUDIENCE: string;
  JWKS_URI: string;
  CONTRACT_IDS: string[];
  CASES: D1Database;
  CASE_QUOTA: DurableObjectNamespace<CaseQuota>;
  CASE_LIVE: DurableObjectNamespace<CaseLive>;
}

export default createGateway<Env>({
  prefix: "/api/case",
  credentials: (env) => ({ clientId: env.CISCO_CLIENT_ID, clientSecret: env.CISCO_CLIENT_SECRET }),
  jwt: (env) => ({
    issuer: env.JWT_ISSUER,
    audience: env.JWT_AUDIENCE,
    jwksUri: env.JWKS_URI,
    algorithms: ["RS256", "ES256"],
  }),
  // The claims of a token that list the ids its user may see. To read them from a database instead:
  // permissions: async ({ subject, claims }, env) => ({ contract_ids: ["1234567"], user_ids: [] }),
  permissions: { contract_ids: "contract_ids", user_ids: "user_ids" },
  quota: (env) => env.CASE_QUOTA,
  // The copy of cases, which pages read without a request to the service. Who sees which of them is decided above.
  copy: copyTo<Env>({
    database: (env) => env.CASES,
    live: (env) => env.CASE_LIVE,
    contract_ids: (env) => env.CONTRACT_IDS,
    status_flag: "O",
  }),
  // Other origins whose pages may call the gateway. Pages of the Worker's own origin need no entry.
  cors: { origins: ["https://portal.example.com"] },
});
