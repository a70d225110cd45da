// The whole chain on one origin, for `cargo xtask demo`: the page, the gateway as a partner deploys it, and what only a
// demo has, below /demo/. Somebody is signed in here who has only said which tenant is wanted; so it runs on this machine
// alone, and before a sandbox alone.

import { CaseQuota, createGateway } from "cisco-support-case/gateway";
import { importJWK, type JWK, SignJWT } from "jose";
import { HEADERS } from "../policy";

export { CaseQuota };

/** A customer of the portal, and what its people may see. */
interface Tenant {
  id: string;
  name: string;
  contract_ids: string[];
  user_ids: string[];
  case_ids: string[];
}

/** What run.mjs hands in. */
interface Env {
  /** The built page. */
  ASSETS: { fetch(request: Request): Promise<Response> };
  CASE_QUOTA: DurableObjectNamespace<CaseQuota>;
  /** Where the sandbox answers. */
  SANDBOX: string;
  /** How many requests it had before the demo began: those that the tenants were made by. */
  BEFORE: number;
  /** Signs people in. It is made at each start, the same for all isolates, and never leaves this machine. */
  SIGNING_KEY: JWK;
  TENANTS: Tenant[];
}

const ISSUER = "https://login.demo.invalid";
const AUDIENCE = "case-portal";
const SIGN_IN_SECONDS = 300;

let jwks: { keys: JWK[] } | undefined;

/** The half of the key that is not secret. */
function publicKeys({ SIGNING_KEY: { d, ...open } }: Env): { keys: JWK[] } {
  return (jwks ??= { keys: [open] });
}

const gateway = createGateway<Env>({
  prefix: "/api/case",
  // The sandbox gives any id and secret a token.
  credentials: () => ({ clientId: "demo", clientSecret: "demo" }),
  upstream: (env) => ({ baseUrl: `${env.SANDBOX}/case/v3`, tokenUrl: `${env.SANDBOX}/oauth2/default/v1/token` }),
  jwt: (env) => ({
    issuer: ISSUER,
    audience: AUDIENCE,
    jwks: publicKeys(env),
    algorithms: ["ES256"],
    tenant: "tenant",
  }),
  // A database's place.
  permissions: async ({ claims }, env) => {
    const tenant = env.TENANTS.find(({ id }) => id === claims?.["tenant"]);
    return tenant ? { contract_ids: tenant.contract_ids, user_ids: tenant.user_ids } : null;
  },
  quota: (env) => env.CASE_QUOTA,
});

export default {
  async fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
    const { hostname, origin, pathname } = new URL(request.url);
    if (!isLoopback(hostname)) return refused(403, "The demo answers on this machine only.");
    if (!isLoopback(new URL(env.SANDBOX).hostname))
      return refused(500, "The demo asks a sandbox on this machine only.");
    if (pathname.startsWith("/api/case")) return gateway.fetch(request, env, ctx);
    if (!pathname.startsWith("/demo/")) return page(await env.ASSETS.fetch(request));
    // No other page that is open in the browser has a say here.
    if ((request.headers.get("origin") ?? origin) !== origin) return refused(403, "Another origin's page.");
    return demo(`${request.method} ${pathname}`, request, env);
  },
};

function page(file: Response): Response {
  const response = new Response(file.body, file);
  for (const [name, value] of Object.entries(HEADERS)) response.headers.set(name, value);
  return response;
}

function demo(what: string, request: Request, env: Env): Promise<Response> | Response {
  switch (what) {
    case "GET /demo/tenants":
      return answer({ tenants: env.TENANTS });
    case "POST /demo/sign-in":
      return signIn(request, env);
    case "GET /demo/sandbox":
      return countRequests(env);
    case "POST /demo/sandbox":
      return setFaults(request, env);
    default:
      return refused(404, "The demo has no such address.");
  }
}

/** As somebody of a tenant's. One that has expired long since can be had too, to see what becomes of it. */
async function signIn(request: Request, { SIGNING_KEY, TENANTS }: Env): Promise<Response> {
  const { tenant, expired = false } = (await request.json()) as { tenant?: string; expired?: boolean };
  if (!TENANTS.some(({ id }) => id === tenant)) return refused(400, "There is no such tenant.");
  const now = Math.floor(Date.now() / 1000) - (expired ? 2 * SIGN_IN_SECONDS : 0);
  const access_token = await new SignJWT({ tenant })
    .setProtectedHeader({ alg: "ES256", kid: SIGNING_KEY.kid ?? "demo" })
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setSubject(`somebody-of-${tenant}`)
    .setIssuedAt(now)
    .setExpirationTime(now + SIGN_IN_SECONDS)
    .sign(await importJWK(SIGNING_KEY, "ES256"));
  return answer({ access_token, expires_in: SIGN_IN_SECONDS });
}

async function countRequests({ SANDBOX, BEFORE }: Env): Promise<Response> {
  const response = await fetch(`${SANDBOX}/__sandbox`);
  const { requests } = (await response.json()) as { requests: { received: number; refused: number } };
  return answer({ requests: { received: requests.received - BEFORE, refused: requests.refused } });
}

/** One fault, or none: everything else that a sandbox can be told is none of the page's business. */
async function setFaults(request: Request, { SANDBOX }: Env): Promise<Response> {
  const { fault } = (await request.json()) as { fault?: string };
  const order = { clear: true, faults: fault ? [{ name: fault }] : [] };
  return fetch(`${SANDBOX}/__sandbox`, { method: "POST", body: JSON.stringify(order) });
}

const isLoopback = (host: string): boolean => ["localhost", "127.0.0.1", "[::1]"].includes(host);

const answer = (value: unknown, status = 200): Response =>
  Response.json(value, { status, headers: { "cache-control": "no-store" } });

const refused = (status: number, message: string): Response => answer({ error: message }, status);
