// The calls in a page: requests go to the page's own origin, and the report is written into the page.

import { fourCalls } from "./program.js";

export async function show(caseApi) {
  const report = document.createElement("pre");
  report.id = "report";
  report.textContent = JSON.stringify(await fourCalls(caseApi, { baseUrl: new URL("/api/case", location.href).href }));
  document.body.append(report);
}
