// Prints the open cases of contracts as CSV, those with the highest severity first.
//
//   node open-cases.mjs 1234567 2345678 > open-cases.csv

import process from "node:process";
import { CaseClient, isCaseApiError, parseIds } from "cisco-support-case";

const { CISCO_CLIENT_ID, CISCO_CLIENT_SECRET, CASE_API, CASE_TOKEN_URL } = process.env;
const client = new CaseClient({
  baseUrl: CASE_API,
  credentials: { clientId: CISCO_CLIENT_ID, clientSecret: CISCO_CLIENT_SECRET, tokenUrl: CASE_TOKEN_URL },
});
const COLUMNS = ["case_id", "severity", "status", "updated_date", "title"];

/** A value as a CSV field. A text that a spreadsheet would read as a formula gets an apostrophe. */
function field(value) {
  const text = String(value ?? "").replace(/^[=+\-@\t\r]/, "'$&");
  return `"${text.replaceAll('"', '""')}"`;
}

try {
  const contract_ids = parseIds(process.argv.slice(2).join(" "));
  const cases = [];
  for await (const one of client.allCases({ contract_ids, status_flag: "O" })) cases.push(one);
  cases.sort((a, b) => (a.severity ?? 5) - (b.severity ?? 5));
  console.log(COLUMNS.join(","));
  for (const one of cases) console.log(COLUMNS.map((column) => field(one[column])).join(","));
} catch (error) {
  if (!isCaseApiError(error)) throw error;
  console.error(`${error.message}\n${error.hint || error.advice}`);
  process.exitCode = 1;
}
