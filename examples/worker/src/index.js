// GET /open-cases?contract_ids=1234567,2345678: the open cases of severity 1 and 2, as JSON.
//
// Everybody who can reach this Worker sees the cases: put Cloudflare Access or a check of your own in front of it. The
// gateway of the package (www/worker) decides per user.

import { CaseClient, isCaseApiError, parseIds } from "cisco-support-case";

/** One client for all requests of the isolate: they share its rate limit and token. */
let client;

/** The most cases of a response. */
const LIMIT = 500;
const STATUS_BY_KIND = { invalid_request: 400, not_found: 404, rate_limited: 429, quota: 429, timeout: 504 };

export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    if (request.method !== "GET" || pathname !== "/open-cases") return new Response(null, { status: 404 });
    client ??= new CaseClient({
      baseUrl: env.CASE_API,
      credentials: {
        clientId: env.CISCO_CLIENT_ID,
        clientSecret: env.CISCO_CLIENT_SECRET,
        tokenUrl: env.CASE_TOKEN_URL,
      },
    });
    const params = {
      contract_ids: parseIds(searchParams.get("contract_ids") ?? ""),
      status_flag: "O",
      where: { severity: [1, 2] },
    };
    try {
      const cases = [];
      for await (const one of client.allCases(params, { signal: request.signal })) {
        cases.push(one);
        if (cases.length === LIMIT) break;
      }
      return Response.json(cases, { headers: { "cache-control": "private, max-age=60" } });
    } catch (error) {
      if (!isCaseApiError(error)) throw error;
      const { kind, code, advice } = error;
      return Response.json({ code, advice }, { status: STATUS_BY_KIND[kind] ?? 502 });
    }
  },
};
