// The faults of the sandbox that the playground offers.

import type { NamedFault } from "cisco-support-case/sandbox";

export const FAULTS: Partial<Record<NamedFault, string>> = {
  over_qps: "too many requests in a second",
  over_rate: "the quota is used up",
  over_capacity: "temporarily over capacity",
  not_authorized_401: "token rejected (401)",
  not_authorized_403: "token rejected (403)",
  reset: "connection broken",
  truncated_body: "response cut off",
  garbage_json: "response is not JSON",
  html_error: "HTML page in place of JSON",
  api_error_200: "error with status 200",
};
