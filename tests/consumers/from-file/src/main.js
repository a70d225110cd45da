// A page opened from a file. It has the sandbox, since it cannot send requests to a service.

import { fourCalls } from "../../shared/program.js";
import { CaseClient, isCaseApiError } from "cisco-support-case";
import { createSandbox } from "cisco-support-case/sandbox";

async function show() {
  const { clientOptions } = await createSandbox({ cases: 1000, seed: 1 });
  const report = document.createElement("pre");
  report.id = "report";
  report.textContent = JSON.stringify(await fourCalls({ CaseClient, isCaseApiError }, clientOptions));
  document.body.append(report);
}

show();
