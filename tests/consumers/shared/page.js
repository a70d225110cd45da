// The same in a page: the service is asked through the page's own origin, and the report is left in the page.

import { fourCalls } from "./program.js";

export async function show(caseApi) {
  const report = document.createElement("pre");
  report.id = "report";
  report.textContent = JSON.stringify(await fourCalls(caseApi, { baseUrl: new URL("/api/case", location.href).href }));
  document.body.append(report);
}
