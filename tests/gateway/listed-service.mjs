// A service with one list of synthetic cases, as many and as long as a test needs.

import { host } from "./harness.mjs";

const PAGE_SIZE = 100;
/** The contract of all cases. */
export const CONTRACT = "1234567";

/** The case at a place of the list, which is sorted by its last update. */
export const caseAt = (place) => ({
  item_entry_id: (place % PAGE_SIZE) + 1,
  case_id: String(600_000_000 + place),
  title: `a synthetic case ${place % 97}`,
  severity: "3",
  status: "Customer Pending",
  status_flag: "O",
  contract_id: CONTRACT,
  creation_date: "2026-01-01T00:00:00.000Z",
  updated_date: new Date(Date.UTC(2026, 0, 2) + place * 1000).toISOString(),
  bugs: [],
  rmas: [],
});

/** Starts a service with one list, of a number of cases, each as a function returns it for its place. */
export async function serviceOf(count, caseOf = caseAt) {
  return host((request, response) => {
    const { pathname, searchParams } = new URL(request.url, "http://service.example");
    response.setHeader("content-type", "application/json");
    if (pathname === "/token") {
      response.end(JSON.stringify({ access_token: "a-synthetic-token", expires_in: 3600, token_type: "Bearer" }));
      return;
    }
    const page = Number(searchParams.get("page_index") ?? 1);
    const start = (page - 1) * PAGE_SIZE;
    const cases = Array.from({ length: Math.min(PAGE_SIZE, count - start) }, (_, index) => caseOf(start + index));
    const last_index = Math.ceil(count / PAGE_SIZE);
    const pagination_response_record = {
      page_index: page,
      last_index,
      total_records: count,
      page_records: cases.length,
      self_link: "",
      title: "",
    };
    response.end(JSON.stringify({ pagination_response_record, cases }));
  });
}
