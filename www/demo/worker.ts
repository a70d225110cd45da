// The demo's Worker, for `cargo xtask demo`: the page, the gateway as a partner deploys it, and the demo's own routes below
// /demo/, on one origin. Its sign-in requires no credentials, so it serves this machine only and calls a sandbox only.

import { CaseLive, CaseQuota, createGateway, type GatewayOptions } from "cisco-support-case/gateway";
import { copyTo } from "cisco-support-case/gateway/copy";
import { importJWK, type JWK, SignJWT } from "jose";
import { HEADERS } from "../csp";

export { CaseLive, CaseQuota };

/** A customer of the portal, with the ids that its users may see. */
interface Tenant {
  id: string;
  name: string;
  contract_ids: string[];
  user_ids: string[];
  case_ids: string[];
}

/** The bindings that run.mjs sets. */
interface Env {
  /** The files of the built page. */
  ASSETS: { fetch(request: Request): Promise<Response> };
  CASE_QUOTA: DurableObjectNamespace<CaseQuota>;
  CASE_LIVE: DurableObjectNamespace<CaseLive>;
  /** The database of the copy. Without it pages follow the service, as in the portal's tests. */
  CASES?: D1Database;
  /** The sandbox's origin. */
  SANDBOX: string;
  /** The sandbox's request count before the demo started, caused by dividing the tenants. */
  BEFORE: number;
  /** Signs the users' tokens. Generated at each start, shared by all isolates, never sent off this machine. */
  SIGNING_KEY: JWK;
  TENANTS: Tenant[];
}

/** The first day of the cases in the copy. A Worker has no clock while it starts, so run.mjs defines it. */
declare const START_OF_HISTORY: string;

const ISSUER = "https://login.demo.invalid";
const AUDIENCE = "case-portal";
const SIGN_IN_SECONDS = 300;

let jwks: { keys: JWK[] } | undefined;

/** The public part of the signing key. */
function publicKeys({ SIGNING_KEY: { d, ...open } }: Env): { keys: JWK[] } {
  return (jwks ??= { keys: [open] });
}

const OPTIONS: GatewayOptions<Env> = {
  prefix: "/api/case",
  // The sandbox accepts any id and secret.
  credentials: () => ({ clientId: "demo", clientSecret: "demo" }),
  upstream: (env) => ({ baseUrl: `${env.SANDBOX}/case/v3`, tokenUrl: `${env.SANDBOX}/oauth2/default/v1/token` }),
  jwt: (env) => ({
    issuer: ISSUER,
    audience: AUDIENCE,
    jwks: publicKeys(env),
    algorithms: ["ES256"],
    tenant: "tenant",
  }),
  // A real gateway reads this from a database.
  permissions: async ({ claims }, env) => {
    const tenant = env.TENANTS.find(({ id }) => id === claims?.["tenant"]);
    return tenant ? { contract_ids: tenant.contract_ids, user_ids: tenant.user_ids } : null;
  },
  quota: (env) => env.CASE_QUOTA,
  // The sandbox has no quota of a day: that of the service would be spent within an hour, by runs every 20 seconds.
  rateLimit: { perDay: 0 },
};

const gateway = createGateway<Env>(OPTIONS);
/** The gateway with a copy of the cases, which run.mjs lets bring up to date. */
const copyGateway = createGateway<Env>({
  ...OPTIONS,
  copy: copyTo<Env>({
    database: (env) => env.CASES as D1Database,
    live: (env) => env.CASE_LIVE,
    contract_ids: (env) => env.TENANTS.flatMap(({ contract_ids }) => contract_ids),
    date_created_from: START_OF_HISTORY,
    older: "rotate",
    // One run fills the copy. Pages see each batch of it when it is committed.
    maxRequests: 2000,
  }),
});

export default {
  async fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
    const { hostname, origin, pathname } = new URL(request.url);
    if (!isLoopback(hostname)) return refuse(403, "The demo answers on this machine only.");
    if (!isLoopback(new URL(env.SANDBOX).hostname))
      return refuse(500, "The demo calls a sandbox on this machine only.");
    if (pathname.startsWith("/api/case")) return (env.CASES ? copyGateway : gateway).fetch(request, env, ctx);
    if (!pathname.startsWith("/demo/")) return page(await env.ASSETS.fetch(request));
    // Requests of other origins' pages are refused.
    if ((request.headers.get("origin") ?? origin) !== origin) return refuse(403, "Another origin's page.");
    return demo(`${request.method} ${pathname}`, request, env);
  },
  /** Brings the copy up to date. */
  scheduled: copyGateway.scheduled,
};

/** The element by which the page knows that its origin has a gateway, without a request for it. */
const GATEWAY = '<meta name="gateway" content="/api/case">';

function page(file: Response): Response {
  const response = new Response(file.body, file);
  for (const [name, value] of Object.entries(HEADERS)) response.headers.set(name, value);
  const isPage = response.body !== null && response.headers.get("content-type")?.startsWith("text/html");
  if (!isPage) return response;
  return new HTMLRewriter()
    .on("head", { element: (head) => void head.append(GATEWAY, { html: true }) })
    .transform(response);
}

function demo(what: string, request: Request, env: Env): Promise<Response> | Response {
  switch (what) {
    case "GET /demo/tenants":
      return json({ tenants: env.TENANTS });
    case "POST /demo/sign-in":
      return signIn(request, env);
    case "GET /demo/sandbox":
      return countRequests(env);
    case "POST /demo/sandbox":
      return control(request, env);
    default:
      return refuse(404, "The demo has no such address.");
  }
}

/** Issues a token for a user of a tenant, or an expired token to demonstrate the refusal. */
async function signIn(request: Request, { SIGNING_KEY, TENANTS }: Env): Promise<Response> {
  const { tenant, expired = false } = (await request.json()) as { tenant?: string; expired?: boolean };
  if (!TENANTS.some(({ id }) => id === tenant)) return refuse(400, "There is no such tenant.");
  const now = Math.floor(Date.now() / 1000) - (expired ? 2 * SIGN_IN_SECONDS : 0);
  const access_token = await new SignJWT({ tenant })
    .setProtectedHeader({ alg: "ES256", kid: SIGNING_KEY.kid ?? "demo" })
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setSubject(`user-of-${tenant}`)
    .setIssuedAt(now)
    .setExpirationTime(now + SIGN_IN_SECONDS)
    .sign(await importJWK(SIGNING_KEY, "ES256"));
  return json({ access_token, expires_in: SIGN_IN_SECONDS });
}

async function countRequests({ SANDBOX, BEFORE }: Env): Promise<Response> {
  const response = await fetch(`${SANDBOX}/__sandbox`);
  const { requests } = (await response.json()) as { requests: { received: number; refused: number } };
  return json({ requests: { received: requests.received - BEFORE, refused: requests.refused } });
}

/** Sets one fault or none, or lets hours pass. The page has no access to the sandbox's other controls. */
async function control(request: Request, { SANDBOX }: Env): Promise<Response> {
  const { fault, hours } = (await request.json()) as { fault?: string; hours?: number };
  const order =
    hours === undefined
      ? { clear: true, faults: fault ? [{ name: fault }] : [] }
      : { advanceMs: Math.min(hours, 24) * 3_600_000 };
  return fetch(`${SANDBOX}/__sandbox`, { method: "POST", body: JSON.stringify(order) });
}

const isLoopback = (host: string): boolean => ["localhost", "127.0.0.1", "[::1]"].includes(host);

const json = (value: unknown, status = 200): Response =>
  Response.json(value, { status, headers: { "cache-control": "no-store" } });

const refuse = (status: number, message: string): Response => json({ error: message }, status);
