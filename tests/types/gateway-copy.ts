// A partner's typed Worker with a copy, and code that must not compile.

import { CaseLive, CaseQuota, createGateway, type Gateway, type Scheduled } from "cisco-support-case/gateway";
import { type CopiedDetails, type CopyReport, copyTo, type FeedPageBody } from "cisco-support-case/gateway/copy";

export { CaseLive, CaseQuota };

interface Env {
  CASE_QUOTA: DurableObjectNamespace<CaseQuota>;
  CASE_LIVE: DurableObjectNamespace<CaseLive>;
  CASES: D1Database;
  CONTRACTS: string;
}

const lines: CopyReport[] = [];
const rest = {
  credentials: () => ({ clientId: "", clientSecret: "" }),
  quota: (env: Env) => env.CASE_QUOTA,
  permissions: { contract_ids: "contracts" },
};

const copy = copyTo<Env>({
  database: (env) => env.CASES,
  live: (env) => env.CASE_LIVE,
  contract_ids: async (env) => env.CONTRACTS.split(","),
  status_flag: "O",
  maxRequests: 100,
  log: (line) => void lines.push(line),
});
copyTo<Env>({
  database: (env) => env.CASES,
  contract_ids: () => [],
  older: "rotate",
  details: "open",
  detailsPerDay: 500,
  date_created_from: new Date(0),
  log: false,
});
export const gateway: Gateway<Env> & Scheduled<Env> = createGateway<Env>({ ...rest, copy });

export const covers: Promise<boolean>[] = [
  copy.covers({} as Env, ["101"]),
  copy.covers({} as Env, ["101"], { status_flag: "O", from: 0 }),
];

export async function idsOf(response: Response): Promise<string[]> {
  const { gone, cases, refill }: FeedPageBody = await response.json();
  return refill === null ? gone : cases.map((record) => (record as { case_id: string }).case_id);
}

export const leftOf = ({ details }: CopyReport): number | undefined => details?.left;

export async function ownersOf(response: Response): Promise<string[]> {
  const { details }: FeedPageBody = await response.json();
  return details.map(({ case_id, owner, last_note_by }: CopiedDetails) => `${case_id}: ${owner}, ${last_note_by}`);
}

// @ts-expect-error: the details of open cases only
copyTo<Env>({ database: (env) => env.CASES, contract_ids: () => [], details: "all" });
// @ts-expect-error: a database is required
copyTo<Env>({ contract_ids: () => [] });
// @ts-expect-error: a namespace is no database
copyTo<Env>({ contract_ids: () => [], database: (env) => env.CASE_QUOTA });
// @ts-expect-error: a flag is O or C
copy.covers({} as Env, ["101"], { status_flag: "open" });
// @ts-expect-error: a database is no namespace
copyTo<Env>({ contract_ids: () => [], database: (env) => env.CASES, live: (env) => env.CASES });
