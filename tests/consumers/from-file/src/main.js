// A page that is opened from a file, which may ask no service: it has the sandbox.

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
