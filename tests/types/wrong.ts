// Calls that must not compile.

import { CaseClient, type Severity, isCaseApiError } from "cisco-support-case";
import { createSandbox } from "cisco-support-case/sandbox";

export async function calls(): Promise<void> {
  // @ts-expect-error a name that is no option
  new CaseClient({ tokn: "synthetic" });
  // @ts-expect-error half of the credentials
  new CaseClient({ credentials: { clientId: "x" } });
  // @ts-expect-error a word that is none of the two
  new CaseClient({ validation: "lax" });

  const client = new CaseClient();
  // @ts-expect-error ids are required
  client.caseSummary({});
  // @ts-expect-error ids are a list
  client.caseSummary({ case_ids: "612345678" });
  // @ts-expect-error ids are text: a number loses its leading zeros
  client.caseSummary({ case_ids: [612345678] });
  // @ts-expect-error the service's name is contract_ids
  client.casesByContract({ contractIds: ["1"] });
  // @ts-expect-error a flag is O or C
  client.casesByContract({ contract_ids: ["1"], status_flag: "open" });
  // @ts-expect-error a summary has no pages
  client.caseSummary({ case_ids: ["1"] }).pages();
  // @ts-expect-error details have no order
  client.caseDetails({ case_id: "1" }, { order: "newest" });
  // @ts-expect-error a limit is required
  client.casesByUser({ user_ids: ["u"] }).toArray();

  // @ts-expect-error contracts or users, not both
  client.sweep({ contract_ids: ["1"], user_ids: ["u"] });
  // @ts-expect-error cases by their ids have no dates
  client.sweep({ case_ids: ["1"], from: new Date() });
  // @ts-expect-error there is no severity 5
  client.sweep({ contract_ids: ["1"], where: { severity: 5 } });
  // @ts-expect-error a list's end has no place in what changes
  client.changes({ contract_ids: ["1"], to: new Date() });
  // @ts-expect-error bytes are counted for details
  client.sweep({ contract_ids: ["1"] }, { maxBytes: 5 });

  // @ts-expect-error there is no such hook
  new CaseClient({ hooks: { onError: () => {} } });
  // @ts-expect-error a cache keeps as well as it gives
  new CaseClient({ tokenCache: { get: () => null } });

  // @ts-expect-error a sandbox's option by another name
  createSandbox({ count: 5 });

  const thrown: unknown = null;
  if (isCaseApiError(thrown)) {
    // @ts-expect-error nobody else finds errors
    thrown.source === "browser";
    // @ts-expect-error an id may be missing
    thrown.requestId.length;
  }

  const detail = await client.caseDetails({ case_id: "1" });
  // @ts-expect-error details carry no flag
  detail.status_flag;
  // @ts-expect-error a date may be missing
  const date: string = detail.close_date;
  // @ts-expect-error there is no severity 5
  const severity: Severity = 5;
  String([date, severity]);
}
