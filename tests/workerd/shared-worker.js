// A Worker with one client at module scope, shared by all requests and objects.

import { DurableObject, env } from "cloudflare:workers";
import { CaseClient } from "cisco-support-case";

/** The runtime's `fetch`, with the time of sending in a header. */
const stamped = (url, init) => fetch(url, { ...init, headers: { ...init.headers, "x-sent": String(Date.now()) } });

const client = new CaseClient({ ...env.CLIENT, ...(env.STAMPED && { fetch: stamped }) });

/** The result or the error of a call. */
async function outcome(params) {
  try {
    const contract_id = params.get("contract_id");
    if (contract_id) {
      const ids = [];
      for await (const { case_id } of client.allCases({
        contract_ids: [contract_id],
        date_created_from: "2024-05-31T00:00:00Z",
      }))
        ids.push(case_id);
      return { ids };
    }
    const { case_id, title } = await client.caseDetails({ case_id: params.get("case_id") });
    return { case_id, title };
  } catch (error) {
    return { error: { kind: error.kind, code: error.code, message: String(error) } };
  }
}

/** Makes the calls inside a Durable Object. */
export class Caller extends DurableObject {
  async fetch(request) {
    return Response.json(await outcome(new URL(request.url).searchParams));
  }
}

export default {
  async fetch(request, { CALLER, REPORT }, context) {
    const { pathname, searchParams } = new URL(request.url);
    switch (pathname) {
      case "/call":
        return Response.json(await outcome(searchParams));
      case "/object":
        return CALLER.get(CALLER.idFromName("the only one")).fetch(request);
      case "/later": {
        const report = async () => {
          const found = await outcome(searchParams);
          await fetch(`${REPORT}?${searchParams}`, { method: "POST", body: JSON.stringify(found) });
        };
        context.waitUntil(report());
        return Response.json({ later: true });
      }
      default:
        return new Response("not found", { status: 404 });
    }
  },
};
