// A partner's Worker with a copy of cases and live connections, for the tests of pages. The header x-session signs in.

import { env } from "cloudflare:workers";
import { CaseLive, CaseQuota, createGateway } from "cisco-support-case/gateway";
import { copyTo } from "cisco-support-case/gateway/copy";

export { CaseLive, CaseQuota };

const reports = [];
const audits = [];
/** Number of requests to the service, without those for a token. */
let requests = 0;
let permissions = env.PERMISSIONS;

const gateway = createGateway({
  credentials: (env) => ({ clientId: env.CISCO_CLIENT_ID, clientSecret: env.CISCO_CLIENT_SECRET }),
  upstream: (env) => ({ baseUrl: env.UPSTREAM, tokenUrl: env.TOKEN_URL }),
  authorize: (request) => {
    const subject = request.headers.get("x-session");
    return subject && { subject, tenant: subject.split("@")[1] };
  },
  permissions: ({ subject }) => permissions[subject] ?? {},
  permissionsTtlSeconds: 1,
  noticeSeconds: 1,
  quota: (env) => env.CASE_QUOTA,
  cors: { origins: ["https://portal.example"], headers: ["x-session"] },
  fetch: (url, init) => {
    if (init?.method !== "POST") requests += 1;
    return fetch(url, init);
  },
  audit: (entry) => audits.push(entry),
  rateLimit: false,
  copy: copyTo({
    database: (env) => env.CASES,
    live: (env) => env.CASE_LIVE,
    contract_ids: (env) => env.CONTRACTS,
    status_flag: "O",
    log: (report) => reports.push(report),
  }),
});

export default {
  async fetch(request, env, ctx) {
    const { pathname } = new URL(request.url);
    if (!pathname.startsWith("/test/")) return gateway.fetch(request, env, ctx);
    const body = request.method === "POST" ? await request.json() : undefined;
    if (pathname === "/test/run") {
      await gateway.scheduled({}, env, ctx);
      return Response.json(reports.pop());
    }
    if (pathname === "/test/requests") return Response.json(requests);
    if (pathname === "/test/audit") return Response.json(audits.splice(0));
    if (pathname === "/test/revoke") {
      await gateway.revoke(env, body);
      return Response.json({});
    }
    permissions = { ...permissions, ...body };
    return Response.json({});
  },
};
