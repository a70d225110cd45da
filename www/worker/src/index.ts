// The gateway between a portal's pages and the service, as a Worker. Set it up in wrangler.jsonc; nobody is let in
// before the identity provider there is yours.

import { CaseQuota, createGateway } from "cisco-support-case/gateway";

// The Durable Object that keeps the one quota, the service's token and the identity provider's keys.
export { CaseQuota };

export interface Env {
  // By `wrangler secret put`: of your application in Cisco's API console.
  CISCO_CLIENT_ID: string;
  CISCO_CLIENT_SECRET: string;
  // From wrangler.jsonc.
  JWT_ISSUER: string;
  JWT_AUDIENCE: string;
  JWKS_URI: string;
  CASE_QUOTA: DurableObjectNamespace<CaseQuota>;
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
  // What somebody may see stands in these claims of the sign-in. Where a database says it instead:
  // permissions: async ({ subject, claims }, env) => ({ contract_ids: ["1234567"], user_ids: [] }),
  permissions: { contract_ids: "contract_ids", user_ids: "user_ids" },
  quota: (env) => env.CASE_QUOTA,
  // Pages of other origins that may ask. A page of this Worker's own origin needs no entry.
  cors: { origins: ["https://portal.example.com"] },
});
