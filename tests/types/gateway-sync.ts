// A partner's typed Worker with a sync, and code that must not compile.

import { CaseQuota, createGateway, type Gateway, type Scheduled } from "cisco-support-case/gateway";
import { syncTo, type SyncReport, verifyWebhook } from "cisco-support-case/gateway/sync";

export { CaseQuota };

interface Env {
  CASE_QUOTA: DurableObjectNamespace<CaseQuota>;
  BUCKET: R2Bucket;
  NAMESPACE: KVNamespace;
  CONTRACTS: string;
  WEBHOOK_SECRET: string;
}

const lines: SyncReport[] = [];
const rest = {
  credentials: () => ({ clientId: "", clientSecret: "" }),
  quota: (env: Env) => env.CASE_QUOTA,
  permissions: { contract_ids: "contracts" },
};

const sync = syncTo<Env>({
  contract_ids: async (env) => env.CONTRACTS.split(","),
  status_flag: "O",
  store: (env) => env.BUCKET,
  webhook: (env) => ({ url: "https://hooks.portal.example/cases", secret: env.WEBHOOK_SECRET }),
  maxRequests: 100,
  log: (line) => void lines.push(line),
});
const gateway: Gateway<Env> & Scheduled<Env> = createGateway<Env>({ ...rest, sync });
syncTo<Env>({
  contract_ids: () => [],
  store: (env) => env.NAMESPACE,
  prefix: "cases/",
  date_created_from: new Date(0),
  log: false,
});

syncTo<Env>({ from: "copy", store: (env) => env.BUCKET, prefix: "cases/" });

export default {
  fetch: gateway.fetch,
  scheduled: (controller, env, ctx) => gateway.scheduled(controller, env, ctx),
} satisfies ExportedHandler<Env>;

// A gateway is a handler as it is.
export const handler: ExportedHandler<Env> = gateway;

export async function received(request: Request, env: Env): Promise<string[]> {
  const { events } = await verifyWebhook(await request.text(), request.headers, [env.WEBHOOK_SECRET], {
    toleranceSeconds: 60,
  });
  return events.map((event) => (event.type === "gone" ? event.case_id : `${event.case.title} ${event.at}`));
}

// @ts-expect-error: a gateway without a sync runs nothing
void createGateway<Env>(rest).scheduled;
// @ts-expect-error: a store is required
syncTo<Env>({ contract_ids: () => [] });
// @ts-expect-error: a database is no store
syncTo<Env>({ contract_ids: () => [], store: (env) => env.CASE_QUOTA });
syncTo<Env>({
  contract_ids: () => [],
  store: (env) => env.BUCKET,
  // @ts-expect-error: a webhook has a secret
  webhook: () => ({ url: "https://hooks.portal.example" }),
});
// @ts-expect-error: nothing but what syncTo gives
createGateway<Env>({ ...rest, sync: { store: "BUCKET" } });
// @ts-expect-error: contracts are required for the service
syncTo<Env>({ store: (env) => env.BUCKET });
// @ts-expect-error: contracts are those of the copy
syncTo<Env>({ from: "copy", contract_ids: () => [], store: (env) => env.BUCKET });
