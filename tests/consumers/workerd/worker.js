// A Worker that responds with the report.

import { fourCalls } from "../shared/program.js";
import { CaseClient, isCaseApiError } from "cisco-support-case";

export default {
  async fetch(request, env) {
    return Response.json(await fourCalls({ CaseClient, isCaseApiError }, { baseUrl: env.SANDBOX }));
  },
};
