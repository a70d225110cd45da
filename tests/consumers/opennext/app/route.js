// The calls are made in the Worker, for each request.

import { fourCalls } from "../../shared/program.js";
import { CaseClient, isCaseApiError } from "cisco-support-case";

export const dynamic = "force-dynamic";

export async function GET() {
  return Response.json(await fourCalls({ CaseClient, isCaseApiError }, { baseUrl: process.env.SANDBOX }));
}
