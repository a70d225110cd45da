// The calls in a test that is a CommonJS script, as babel-jest compiles modules.

const { writeFileSync } = require("node:fs");
const { fourCalls } = require("../shared/program.js");
const { CaseClient, isCaseApiError } = require("cisco-support-case");

test("calls of a service", async () => {
  const report = await fourCalls({ CaseClient, isCaseApiError }, { baseUrl: process.env.SANDBOX });
  writeFileSync("report.json", JSON.stringify(report));
});
