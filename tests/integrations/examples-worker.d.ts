// Declarations that examples for Workers rely on: `Env`, which wrangler generates, and a partner's own functions.

interface Env {
  CISCO_CLIENT_ID: string;
  CISCO_CLIENT_SECRET: string;
  WEBHOOK_SECRET: string;
  CASE_QUOTA: DurableObjectNamespace<import("cisco-support-case/gateway").CaseQuota>;
  DB: D1Database;
  DATABASE: D1Database;
  CASE_LIVE: DurableObjectNamespace<import("cisco-support-case/gateway").CaseLive>;
  // The database of a copy whose changes a sync stores.
  COPY: D1Database;
  // The bucket of the example of the sync, and the database of that of the copy.
  CASES: R2Bucket & D1Database;
}

declare const options: Omit<import("cisco-support-case/gateway").GatewayOptions<Env>, "sync">;
declare function contractsOf(database: D1Database, subject?: string): Promise<string[]>;
declare function keep(events: readonly object[]): Promise<void>;
