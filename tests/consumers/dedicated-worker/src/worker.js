// The worker: it is told where the service is, and answers with what came.

import { fourCalls } from "../../shared/program.js";
import { CaseClient, isCaseApiError } from "cisco-support-case";

addEventListener("message", async ({ data }) => postMessage(await fourCalls({ CaseClient, isCaseApiError }, data)));
