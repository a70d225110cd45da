// A page with the sandbox in place of the service.

import { fourCalls } from "../../shared/program.js";
import { CaseClient, isCaseApiError } from "cisco-support-case";
import { createSandbox } from "cisco-support-case/sandbox";

const { clientOptions } = await createSandbox({ cases: 1000, seed: 1 });
const report = document.createElement("pre");
report.id = "report";
report.textContent = JSON.stringify(await fourCalls({ CaseClient, isCaseApiError }, clientOptions));
document.body.append(report);
