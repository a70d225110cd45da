// The calls, under real timers and under fake ones; the report is written to a file.

import { writeFileSync } from "node:fs";
import { jest } from "@jest/globals";
import { fourCalls } from "../shared/program.js";
import { CaseClient, isCaseApiError } from "cisco-support-case";
import { createSandbox } from "cisco-support-case/sandbox";

test("calls of a service", async () => {
  const report = await fourCalls({ CaseClient, isCaseApiError }, { baseUrl: process.env.SANDBOX });
  writeFileSync("report.json", JSON.stringify(report));
});

test("calls of the sandbox under fake timers, and afterwards", async () => {
  const sandbox = await createSandbox({ cases: 50, seed: 7 });
  const client = new CaseClient(sandbox.clientOptions);
  const [case_id] = sandbox.info().case_ids;
  jest.useFakeTimers();
  expect((await client.caseDetails({ case_id })).case_id).toBe(case_id);
  jest.useRealTimers();
  expect((await client.caseDetails({ case_id })).case_id).toBe(case_id);
});
