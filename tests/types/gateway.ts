// A partner's typed Worker, and code that must not compile.

import {
  type AuditEntry,
  CaseQuota,
  createGateway,
  type GatewayOptions,
  type JwtOptions,
  type Permissions,
} from "cisco-support-case/gateway";
import type { CopyOptions } from "cisco-support-case/gateway/copy";
import type { CopySyncOptions, SyncOptions } from "cisco-support-case/gateway/sync";

export { CaseQuota };

interface Env {
  CISCO_CLIENT_ID: string;
  CISCO_CLIENT_SECRET: string;
  CASE_QUOTA: DurableObjectNamespace<CaseQuota>;
  ISSUER: string;
}

const lines: AuditEntry[] = [];

const gateway = createGateway<Env>({
  prefix: "/api/case",
  credentials: (env) => ({ clientId: env.CISCO_CLIENT_ID, clientSecret: env.CISCO_CLIENT_SECRET }),
  jwt: (env) => ({ issuer: env.ISSUER, audience: "cases", jwksUri: `${env.ISSUER}/jwks`, algorithms: ["RS256"] }),
  permissions: async ({ subject, claims }, env): Promise<Permissions> => ({
    contract_ids: claims?.["admin"] === true && env.ISSUER !== "" ? "*" : [subject],
    user_ids: [],
  }),
  quota: (env) => env.CASE_QUOTA,
  rateLimit: { perSecond: 5, perDay: 5000 },
  cache: { openSeconds: 10 },
  cors: {
    origins: ["https://portal.example", /https:..pr-\d+\.portal\.example/],
    headers: "*",
    credentials: true,
    maxAge: 60,
  },
  audit: (line) => void lines.push(line),
});

export default {
  async fetch(request, env, ctx): Promise<Response> {
    await gateway.purge(env, { contract_ids: ["1234567"] });
    await gateway.revoke(env, { subject: "somebody" });
    const { day } = await env.CASE_QUOTA.get(env.CASE_QUOTA.idFromName("default")).budget("default");
    const left: number | undefined = day.left;
    return left === 0 ? new Response(null, { status: 503 }) : gateway.fetch(request, env, ctx);
  },
} satisfies ExportedHandler<Env>;

// A gateway is a handler as it is.
export const handler: ExportedHandler<Env> = gateway;

const rest = { credentials: () => ({ clientId: "", clientSecret: "" }), quota: (env: Env) => env.CASE_QUOTA };

// @ts-expect-error: permissions are required
createGateway<Env>({ ...rest });
// @ts-expect-error: a wildcard is "*" and no other word
createGateway<Env>({ ...rest, permissions: () => ({ contract_ids: "all" }) });
// @ts-expect-error: an unknown member of env
createGateway<Env>({ ...rest, permissions: () => null, upstream: (env) => ({ baseUrl: env.NOWHERE }) });
// @ts-expect-error: an unknown target
void gateway.revoke({} as Env, "nobody");

/** The optional members of a type that do not accept `undefined`, as values of an environment are. */
type Strict<T> = {
  [Name in keyof T]-?: Partial<Pick<T, Name>> extends Pick<T, Name>
    ? { [_ in Name]: undefined } extends Pick<T, Name>
      ? never
      : Name
    : never;
}[keyof T];

/** Whether all optional members of the types accept `undefined`. */
export const acceptsUndefined: [
  Strict<GatewayOptions>,
  Strict<JwtOptions>,
  Strict<NonNullable<GatewayOptions["cors"]>>,
  Strict<Exclude<GatewayOptions["cache"], false | undefined>>,
  Strict<Exclude<GatewayOptions["rateLimit"], false | undefined>>,
  Strict<ReturnType<NonNullable<GatewayOptions["upstream"]>>>,
  Strict<Permissions>,
  Strict<CopyOptions>,
  Strict<SyncOptions>,
  Strict<CopySyncOptions>,
] extends never[]
  ? true
  : false = true;
