// A server component: the calls are made on the server, for each request.

import { fourCalls } from "../../shared/program.js";
import { CaseClient, isCaseApiError } from "cisco-support-case";
import "./clients.js";

export const dynamic = "force-dynamic";

export default async function Page() {
  const report = await fourCalls({ CaseClient, isCaseApiError }, { baseUrl: process.env.SANDBOX });
  return <pre id="report">{JSON.stringify(report)}</pre>;
}
