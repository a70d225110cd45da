// A partner's Worker with a copy of cases and live connections, for the tests of pages. The header x-session signs in.

import { env } from "cloudflare:workers";
import { CaseLive, CaseQuota, createGateway } from "cisco-support-case/gateway";
import { copyTo } from "cisco-support-case/gateway/copy";

export { CaseLive, CaseQuota };

const reports = [];
const audits = [];
/** The simulated pages by their sessions. */
const pages = new Map();
/** Number of rows that statements have read. */
let rows = 0;
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
    database: (env) => ({
      prepare: (sql) => env.CASES.prepare(sql),
      async batch(statements) {
        const results = await env.CASES.batch(statements);
        for (const { meta } of results) rows += meta.rows_read;
        return results;
      },
    }),
    live: (env) => env.CASE_LIVE,
    contract_ids: (env) => env.CONTRACTS,
    status_flag: "O",
    log: (report) => reports.push(report),
  }),
});

/** A simulated page: it holds what the feed has sent. */
class Page {
  cases = new Map();
  cursor = "";
  etag = "";

  /** Reads the feed to its end. Returns whether there was anything new. */
  async read(session, env, ctx) {
    for (let isFirst = true; ; isFirst = false) {
      const since = this.cursor && `&since=${encodeURIComponent(this.cursor)}`;
      const request = new Request(`https://portal.example/api/case/feed?limit=1000${since}`, {
        headers: { "x-session": session, ...(this.etag && { "if-none-match": this.etag }) },
      });
      const response = await gateway.fetch(request, env, ctx);
      if (response.status === 304) return !isFirst;
      const page = await response.json();
      if (response.status !== 200) throw new Error(JSON.stringify(page));
      if (page.refill) this.cases.clear();
      for (const id of page.gone) this.cases.delete(id);
      for (const { case_id, contract_id, updated_date } of page.cases)
        this.cases.set(case_id, { contract_id, updated_date });
      for (const [id, { contract_id }] of this.cases)
        if (page.left.contract_ids.includes(contract_id)) this.cases.delete(id);
      this.cursor = page.cursor;
      this.etag = response.headers.get("etag");
      if (!page.has_more) return true;
    }
  }
}

/** Lets simulated pages read the feed, some at a time. */
async function readPages(sessions, env, ctx) {
  const found = { requests: sessions.length, unchanged: 0 };
  const left = [...sessions];
  const readNext = async () => {
    for (let session = left.pop(); session !== undefined; session = left.pop()) {
      const page = pages.get(session) ?? new Page();
      pages.set(session, page);
      if (!(await page.read(session, env, ctx))) found.unchanged += 1;
    }
  };
  await Promise.all(Array.from({ length: 20 }, readNext));
  return found;
}

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
    if (pathname === "/test/pages") return Response.json(await readPages(body, env, ctx));
    if (pathname === "/test/held") {
      const held = (session) =>
        Object.fromEntries([...pages.get(session).cases].map(([id, { updated_date }]) => [id, updated_date]));
      return Response.json(Object.fromEntries(body.map((session) => [session, held(session)])));
    }
    if (pathname === "/test/rows") {
      const read = rows;
      rows = 0;
      return Response.json({ read });
    }
    if (pathname === "/test/audit") return Response.json(audits.splice(0));
    if (pathname === "/test/revoke") {
      await gateway.revoke(env, body);
      return Response.json({});
    }
    permissions = { ...permissions, ...body };
    return Response.json({});
  },
};
