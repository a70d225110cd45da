// The service worker: it receives the address of the service, and posts the report.

import { fourCalls } from "../shared/program.js";
import { CaseClient, isCaseApiError } from "cisco-support-case";

addEventListener("message", (event) => event.waitUntil(answer(event)));

async function answer({ data, source }) {
  source.postMessage(await fourCalls({ CaseClient, isCaseApiError }, data));
}
