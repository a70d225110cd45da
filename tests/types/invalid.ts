// Calls that must not compile.

import {
  CASE_STATUSES,
  CaseClient,
  InvalidRequestError,
  LIMITS,
  type Severity,
  decodeCasesPage,
  isCaseApiError,
  isOpen,
} from "cisco-support-case";
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
  // @ts-expect-error a limit has a name
  client.casesByUser({ user_ids: ["u"] }).toArray(10);
  // @ts-expect-error one case has one id
  client.caseDetails({ case_ids: ["1"] });
  // @ts-expect-error an id is a string
  client.caseDetails({ case_id: 612345678 });
  // @ts-expect-error users need another call
  client.casesByContract({ user_ids: ["u"] });
  // @ts-expect-error a summary has no such parameter
  client.caseSummary({ case_ids: ["1"], status_flag: "O" });
  // @ts-expect-error there are two sort orders
  client.casesByContract({ contract_ids: ["1"], sort_by: "X" });
  // @ts-expect-error a page index is a number
  client.casesByContract({ contract_ids: ["1"], page_index: "1" });
  // @ts-expect-error a date is a text or a Date: milliseconds and seconds would be ambiguous
  client.casesByContract({ contract_ids: ["1"], date_created_from: 1493000000 });
  // @ts-expect-error there are two orders of lists
  client.casesByContract({ contract_ids: ["1"] }, { order: "up" });
  // @ts-expect-error older lists are all read, or in turn
  client.changes({ contract_ids: ["1"] }, null, { older: "some" });
  // @ts-expect-error the option's name is timeoutMs
  client.caseSummary({ case_ids: ["1"] }, { timeout: 5000 });
  // @ts-expect-error a signal, not its controller
  client.caseSummary({ case_ids: ["1"] }, { signal: new AbortController() });
  // @ts-expect-error what is awaited once is not iterated
  for await (const one of client.caseSummary({ case_ids: ["1"] })) String(one);

  // @ts-expect-error contracts or users, not both
  client.allCases({ contract_ids: ["1"], user_ids: ["u"] });
  // @ts-expect-error cases by their ids have no dates
  client.allCases({ case_ids: ["1"], date_created_from: new Date() });
  // @ts-expect-error there is no severity 5
  client.allCases({ contract_ids: ["1"], where: { severity: 5 } });
  // @ts-expect-error a list's end has no place in what changes
  client.changes({ contract_ids: ["1"], date_created_to: new Date() });
  // @ts-expect-error there is no such status flag
  client.changes({ contract_ids: ["1"], status_flag: "X" });
  // @ts-expect-error a list without ids
  client.allCases({ date_created_from: new Date() });
  // @ts-expect-error details of a list of ids
  client.allDetails("612345678");
  // @ts-expect-error there are three calls to estimate
  client.estimate({ contract_ids: ["1"] }, { of: "all" });
  // @ts-expect-error a cursor is a text
  client.changes({ contract_ids: ["1"] }, 5);
  // @ts-expect-error a change that is gone has no case
  for await (const change of client.changes({ contract_ids: ["1"] })) change.case.title;
  // @ts-expect-error bytes are counted for details
  client.allCases({ contract_ids: ["1"] }, { maxBytes: 5 });

  // @ts-expect-error a token is a text or a function
  new CaseClient({ token: 5 });
  // @ts-expect-error credentials have an id as well
  new CaseClient({ credentials: { clientSecret: "x" } });
  // @ts-expect-error a rate limit has no hours
  new CaseClient({ rateLimit: { perHour: 5 } });
  // @ts-expect-error there is no such level
  new CaseClient({ logLevel: "trace" });
  // @ts-expect-error there is no such hook
  new CaseClient({ hooks: { onError: () => {} } });
  // @ts-expect-error a cache keeps as well as it gives
  new CaseClient({ tokenCache: { get: () => null } });

  // @ts-expect-error a sandbox's option by another name
  createSandbox({ count: 5 });
  // @ts-expect-error two ways to look at tokens
  createSandbox({ auth: "none" });
  const sandbox = await createSandbox();
  // @ts-expect-error a case has an id
  sandbox.put({ title: "x" });
  // @ts-expect-error there is no severity 5
  sandbox.put({ case_id: "1", severity: 5 });
  // @ts-expect-error a flag is O or C
  sandbox.put({ case_id: "1", status_flag: "X" });
  // @ts-expect-error a route has the call's name
  sandbox.fault("over_qps", { route: "summary" });

  const thrown: unknown = null;
  if (isCaseApiError(thrown)) {
    // @ts-expect-error an unknown source of errors
    thrown.source === "browser";
    // @ts-expect-error an id may be missing
    thrown.requestId.length;
    // @ts-expect-error only a request that breaks rules has problems for certain
    thrown.problems.length;
    // @ts-expect-error only a quota renews
    if (thrown.kind === "rate_limited") thrown.renewsAt;
    // @ts-expect-error only a document has a path
    if (thrown.kind === "network") thrown.path;
    // @ts-expect-error there is no such kind
    if (thrown.kind === "quotas") String(thrown);
    // @ts-expect-error what an error says, stays
    thrown.kind = "quota";
  }

  // @ts-expect-error only the client makes errors
  new InvalidRequestError();
  // @ts-expect-error a body is bytes
  decodeCasesPage("{}");
  // @ts-expect-error limits are the service's
  LIMITS.case_ids = 31;
  // @ts-expect-error statuses are the service's
  CASE_STATUSES.push("Other");
  // @ts-expect-error a record with a status is required
  isOpen({ status_flag: "O" });

  const page = await client.casesByUser({ user_ids: ["u"] });
  // @ts-expect-error there may be no such case
  page.cases[0].severity;
  // @ts-expect-error there is no severity 5
  if (page.cases[0]?.severity === 5) String(page);
  // @ts-expect-error severity is a number
  if (page.cases[0]?.severity === "3") String(page);
  // @ts-expect-error the next page may be null
  page.nextPage().pages();
  // @ts-expect-error what all records share is not to be written to
  page.cases[0]!.extra["x"] = 1;

  const detail = await client.caseDetails({ case_id: "1" });
  // @ts-expect-error details carry no flag
  detail.status_flag;
  // @ts-expect-error a date may be missing
  const date: string = detail.close_date;
  // @ts-expect-error there is no severity 5
  const severity: Severity = 5;
  String([date, severity]);
}
