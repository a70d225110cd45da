// Calls that must compile, and their inferred types.

import {
  CASE_STATUSES,
  type CaseApiError,
  CaseClient,
  type CaseDetail,
  type CaseRecord,
  type CaseStatus,
  type CasesPageData,
  type ErrorKind,
  ERROR_TABLE,
  InvalidRequestError,
  LIMITS,
  type Severity,
  checkCasesByContract,
  checkAllCases,
  decodeCasesPage,
  errorFromJSON,
  explainError,
  isCaseApiError,
  isOpen,
  nextPageIndex,
  parseIds,
  ready,
} from "cisco-support-case";
import "cisco-support-case/bulk";
import { CaseClient as InlineClient } from "cisco-support-case/inline";
import { type CaseDelivery, verifyWebhook, WebhookError } from "cisco-support-case/gateway/webhook";
import { type Sandbox, createSandbox } from "cisco-support-case/sandbox";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_equal: Equal<A, B>): void {}

export async function calls(): Promise<string[]> {
  await ready();
  const client = new CaseClient({ token: async () => ({ access_token: "synthetic", expires_in: 3600 }) });
  new InlineClient({ token: "synthetic" });
  // As environments have them.
  const environment: Record<string, string | undefined> = {};
  new CaseClient({ credentials: { clientId: environment["ID"], clientSecret: environment["SECRET"] } });

  const page = await client.casesByContract({ contract_ids: ["1"], date_created_from: new Date(), status_flag: "O" });
  same<(typeof page.cases)[0], CaseRecord>(true);
  const severity: Severity | null = page.cases[0]!.severity;
  const record: string | null = page.cases[0]!.updated_date;
  const next = page.hasNextPage() ? await page.nextPage() : null;
  const plain: CasesPageData = page;

  const summary = await client.caseSummary({ case_ids: ["1"], sort_by: "STATUS" }, { timeoutMs: 5000 });
  same<typeof summary.count, number>(true);

  const call = client.caseDetails({ case_id: "1" });
  const detail: CaseDetail = await call;
  const { data, attempts } = await call.withResponse();
  same<typeof data, CaseDetail>(true);

  const ids: string[] = [];
  for await (const one of client.casesByUser({ user_ids: ["u"] }, { order: "oldest" })) {
    same<typeof one, CaseRecord>(true);
    if (isOpen(one) || isOpen(detail)) ids.push(one.case_id);
  }
  for await (const part of client.casesByUser({ user_ids: ["u"] }).pages()) ids.push(part.cases[0]!.case_id);
  const array: CaseRecord[] = await client.casesByUser({ user_ids: ["u"] }).toArray({ limit: 10 });

  const status: CaseStatus = "Waiting for Parts";
  const limit: 30 = LIMITS.case_ids;
  const first: "Cisco Pending" = CASE_STATUSES[0];
  const kinds: ErrorKind[] = [...ERROR_TABLE, ...explainError("CASE_NOTFOUND", 403)].map((row) => row.kind);
  const problems: string[] = checkCasesByContract({ contract_ids: [] }).map((problem) => problem.message);
  const index: number | null = nextPageIndex(decodeCasesPage(new Uint8Array()).pagination_response_record);
  const left: number | null = client.budget().day.left;
  const lines: string[] = [];
  new CaseClient({
    hooks: {
      onRetry: ({ waitMs, kind }) => void lines.push(`${kind satisfies ErrorKind} ${waitMs.toFixed()} ${left}`),
    },
    logger: { warn: (line) => lines.push(line) },
    logLevel: "warn",
    credentials: { clientId: "synthetic", clientSecret: "synthetic" },
    tokenCache: {
      get: async () => null,
      set: ({ access_token, expires_at }) => void lines.push(access_token, String(expires_at)),
    },
  });
  const back: CaseApiError = errorFromJSON(JSON.stringify(new Error()));
  lines.push(back.kind);
  client.free();
  return [
    ...ids,
    ...parseIds("1"),
    String([severity, record, next, plain, attempts, array, status, limit, first, kinds, problems, index]),
  ];
}

export async function inBulk(client: CaseClient, save: (text: string) => Promise<void>): Promise<string[]> {
  const ids: string[] = [];
  const where = { severity: [1, 2], status: "Customer Pending" } as const;
  const allCases = client.allCases(
    {
      contract_ids: ["1"],
      date_created_from: new Date(0),
      date_created_to: "2026-01-01T00:00:00Z",
      status_flag: "O",
      where,
    },
    {
      order: "oldest",
      concurrency: 2,
      batchSize: 5,
      partial: true,
      onProgress: ({ etaMs, waitMs }) => void ids.push(String(etaMs), String(waitMs)),
    },
  );
  for await (const one of allCases) {
    same<typeof one, CaseRecord>(true);
    ids.push(one.case_id);
  }
  const resume: string | null = allCases.resumeToken();
  for await (const { cases, issues } of client.allCases({ case_ids: ["1"] }, { resume: resume ?? "" }).pages()) {
    ids.push(...cases.map((one) => one.case_id), ...issues.map((issue) => issue.path));
  }
  const changes = client.changes({ user_ids: ["u"], status_flag: "O", range: "windows" }, null, {
    maxRequests: 100,
    older: "rotate",
  });
  for await (const change of changes) {
    if (change.type === "gone") same<typeof change.case, null>(true);
    else ids.push(change.case.title);
  }
  await save(changes.cursor() ?? "");
  for await (const detail of client.allDetails(ids, { maxRequests: 10, maxBytes: 1e6 }))
    ids.push(detail.notes[0]?.note ?? "");
  const { requests, atLeastSeconds, days } = await client.estimate({ contract_ids: ids }, { sample: 3 });
  const kinds: ErrorKind[] = allCases.failures.map((failure) => failure.error.kind);
  return [
    ...ids,
    ...kinds,
    String(requests + atLeastSeconds + days),
    ...checkAllCases({}).map((problem) => problem.message),
  ];
}

export async function inSandbox(): Promise<CaseClient> {
  const sandbox: Sandbox = await createSandbox({ cases: 10, seed: 1, now: new Date(), auth: "strict" });
  sandbox.fault("over_qps", { rate: 0.5, times: 2, route: "caseSummary" });
  sandbox.fault("CASE_NOTFOUND");
  sandbox.put({ case_id: "612345678", severity: 2, notes: [{ note_detail: "text" }] });
  sandbox.put({
    case_id: "612345679",
    severity: null,
    status: "",
    status_flag: null,
    title: undefined,
    notes: undefined,
  });
  sandbox.advance(1000);
  sandbox.clearFaults();
  new CaseClient({ ...sandbox.clientOptions, maxRetries: 0 }).free();
  return new CaseClient({ fetch: sandbox.fetch, baseUrl: sandbox.baseUrl, token: sandbox.info().auth });
}

/** A switch over `kind` is exhaustive, and narrows. */
export function words(error: CaseApiError): string {
  switch (error.kind) {
    case "invalid_request":
      return error.problems.map((problem) => problem.field).join();
    case "quota":
      return error.renewsAt ?? "later";
    case "decode":
      return error.path;
    case "rate_limited":
      return String(error.retryAfterMs);
    case "authentication":
    case "permission":
    case "not_found":
    case "unavailable":
    case "timeout":
    case "aborted":
    case "network":
    case "internal":
      return error.advice;
    default: {
      const never: never = error;
      return never;
    }
  }
}

/**
 * The party responsible for an error, by `source`, and the id to quote, which may be missing. `source` narrows to three
 * values.
 */
export function whose(error: CaseApiError): string {
  same<typeof error.source, "client" | "gateway" | "service">(true);
  same<typeof error.requestId, string | null>(true);
  if (error.source !== "gateway") return error.source === "client" ? "page" : "service";
  same<typeof error.source, "gateway">(true);
  return error.kind === "authentication" ? "user" : `${error.code === "UPSTREAM_AUTH"} ${error.requestId ?? ""}`;
}

export function caught(thrown: unknown): string {
  if (thrown instanceof InvalidRequestError) return thrown.problems[0]?.code ?? "";
  return isCaseApiError(thrown) ? words(thrown) : "";
}

/** A webhook receiver on Node. */
export async function received(
  body: Uint8Array,
  headers: Record<string, string | string[] | undefined>,
): Promise<CaseRecord[]> {
  try {
    const delivery = await verifyWebhook(body, headers, "a secret");
    same<typeof delivery, CaseDelivery>(true);
    return delivery.events.flatMap((event) => (event.type === "gone" ? [] : [event.case]));
  } catch (error) {
    if (error instanceof WebhookError)
      same<
        typeof error.code,
        "HEADER_MISSING" | "HEADER_MALFORMED" | "SIGNATURE_MISMATCH" | "TIMESTAMP_OUT_OF_TOLERANCE"
      >(true);
    throw error;
  }
}
