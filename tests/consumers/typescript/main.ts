// A typed program.

import { print } from "../shared/terminal.js";
import { CaseClient, type CaseDetail, isCaseApiError } from "cisco-support-case";

const request: (client: CaseClient, id: string) => Promise<CaseDetail> = (client, case_id) =>
  client.caseDetails({ case_id });
const failed: unknown = await request(new CaseClient(), "not an id").catch((error: unknown) => error);
if (!isCaseApiError(failed) || failed.kind !== "invalid_request" || failed.problems[0]?.field !== "case_id")
  throw failed;

await print({ CaseClient, isCaseApiError });
