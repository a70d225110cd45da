// The calls are made on the server, for each request.

import { fourCalls } from "../../../shared/program.js";
import { CaseClient, isCaseApiError } from "cisco-support-case";

export const load = async () => ({
  report: await fourCalls({ CaseClient, isCaseApiError }, { baseUrl: process.env.SANDBOX }),
});
