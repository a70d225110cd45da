// The service worker: it is told where the service is, and answers with what came.

import { fourCalls } from "../shared/program.js";
import { CaseClient, isCaseApiError } from "cisco-support-case";

addEventListener("message", (event) => event.waitUntil(answer(event)));

async function answer({ data, source }) {
  source.postMessage(await fourCalls({ CaseClient, isCaseApiError }, data));
}
