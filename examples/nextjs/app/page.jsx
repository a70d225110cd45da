// A server component: the cases are read on the server for each request, and no credentials reach the browser.

import { isCaseApiError } from "cisco-support-case";
import { cases } from "../lib/cases.js";

export const dynamic = "force-dynamic";

export default async function Page({ searchParams }) {
  const { contract = "1234567" } = await searchParams;
  try {
    const { cases: page, pagination_response_record } = await cases.casesByContract({
      contract_ids: [String(contract)],
      status_flag: "O",
    });
    return (
      <main>
        <h1>{pagination_response_record.total_records} open cases</h1>
        <ul>
          {page.map((one) => (
            <li key={one.case_id}>
              {one.case_id}, severity {one.severity ?? "unknown"}: {one.title}
            </li>
          ))}
        </ul>
      </main>
    );
  } catch (error) {
    if (!isCaseApiError(error)) throw error;
    return <p role="alert">{error.advice}</p>;
  }
}
