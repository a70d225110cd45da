// A page whose Service Worker forwards requests to a sandbox in the page. The page shows the results.

import { CaseClient } from "cisco-support-case/inline";
import { sandboxHandlers } from "cisco-support-case/msw";
import { createSandbox } from "cisco-support-case/sandbox";
import { setupWorker } from "msw/browser";

const sandbox = await createSandbox({ cases: 1000 });
const worker = setupWorker(...sandboxHandlers(sandbox));
await worker.start({ quiet: true, onUnhandledRequest: "bypass" });

const client = new CaseClient({ baseUrl: "/api/case", token: "synthetic", maxRetries: 0 });
const { contract_ids, case_ids } = sandbox.info();
const sendRequest = () => client.caseDetails({ case_id: case_ids[0] }, { timeoutMs: 10_000 });
const kindOf = async (fault, options) => {
  sandbox.fault(fault, { times: 1, ...options });
  return sendRequest().then(
    ({ case_id }) => case_id,
    (error) => error.kind,
  );
};

const { cases } = await client.casesByContract({ contract_ids: contract_ids.slice(0, 1) });
const service = await fetch(`https://apix.cisco.com/case/v3/cases/case_ids/${case_ids[0]}`, {
  headers: { Authorization: "Bearer any" },
});
const report = {
  cases: cases.length,
  service: (await service.json()).count,
  over_qps: await kindOf("over_qps"),
  reset: await kindOf("reset"),
  truncated_body: await kindOf("truncated_body"),
  slow_body: (await kindOf("slow_body", { ms: 100 })) === case_ids[0],
  received: sandbox.info().requests.received,
};
document.body.textContent = JSON.stringify(report);
