// A gateway with a sync in real workerd, a service whose cases change, and a receiver of webhooks.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { CaseClient } from "cisco-support-case";
import { verifyWebhook } from "cisco-support-case/gateway/webhook";
import { gateway, host, MIGRATION, service } from "./harness.mjs";

export const { Webhook } = createRequire(process.env.TOOLS)("standardwebhooks");

/** A synthetic secret of 32 bytes. */
export const secretOf = (text) => `whsec_${Buffer.from(text.padEnd(32, ".")).toString("base64")}`;
export const SECRET = secretOf("a synthetic webhook secret");
export const NEXT_SECRET = secretOf("the next synthetic secret");
export const FREELY = { rateLimit: { perSecond: 0, perMinute: 0, perDay: 0 } };

const ends = [];

/** Ends what was started, the last first. */
export async function stop() {
  for (const end of ends.splice(0).reverse()) await end();
}

/** Starts a webhook receiver that verifies and records requests, and fails on demand. */
async function receiver() {
  const state = { mode: 200, deliveries: [], latestEvents: new Map(), requests: [] };
  const hook = await host(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    const body = Buffer.concat(parts);
    const mode = typeof state.mode === "function" ? state.mode() : state.mode;
    state.requests.push({ mode, url: request.url, headers: request.headers, body });
    if (mode === "hangs") return;
    if (mode === "broken") return request.socket.destroy();
    if (mode === 200) {
      const { delivery, events } = await verifyWebhook(body, request.headers, SECRET);
      assert.equal(delivery, request.headers["webhook-id"]);
      assert.deepEqual(new Webhook(SECRET).verify(String(body), request.headers), { delivery, events });
      state.deliveries.push({ delivery, events });
      for (const event of events) state.latestEvents.set(event.case_id, event);
    }
    response.writeHead(mode, mode === 307 ? { location: "/elsewhere" } : {}).end("a body that nobody reads");
  });
  return { ...hook, state };
}

/**
 * Starts a service whose cases change, a gateway with a sync of it, and a webhook receiver. With `copy`, options of one, the
 * gateway has a copy, and the sync is of that.
 */
export async function setUp({
  cases = 600,
  moves = 3000,
  contracts = 20,
  kv = false,
  sync = {},
  isolates = 1,
  options = FREELY,
  bindings = {},
  live = false,
  copy,
} = {}) {
  const sandbox = await service([
    "--cases",
    String(cases),
    "--moves-per-hour",
    String(moves),
    ...(live ? ["--live"] : []),
  ]);
  ends.push(sandbox.stop);
  const hook = await receiver();
  ends.push(hook.stop);
  const { contract_ids } = await sandbox.info();
  const CONTRACTS = contract_ids.slice(0, contracts);
  const one = await gateway({
    isolates,
    upstream: sandbox.baseUrl,
    config: "wrangler-sync.jsonc",
    options,
    bindings: {
      CONTRACTS,
      WEBHOOK: hook.address,
      WEBHOOK_SECRET: SECRET,
      SYNC: sync,
      ...(copy && { COPY: copy }),
      ...bindings,
    },
    more: {
      ...(kv ? { kvNamespaces: { CASES: "cases" } } : { r2Buckets: { CASES: "cases" } }),
      ...(copy && { d1Databases: { COPY_CASES: "copy" } }),
    },
  });
  ends.push(one.stop);
  const database = copy && (await one.miniflare.getD1Database("COPY_CASES", one.names[0]));
  await database?.batch(MIGRATION.map((text) => database.prepare(text)));
  const store = await (kv
    ? one.miniflare.getKVNamespace("CASES", one.names[0])
    : one.miniflare.getR2Bucket("CASES", one.names[0]));
  const client = new CaseClient({
    baseUrl: sandbox.baseUrl,
    credentials: { clientId: "test", clientSecret: "test", tokenUrl: sandbox.tokenUrl },
    rateLimit: FREELY.rateLimit,
  });
  return {
    ...one,
    sandbox,
    hook,
    store,
    database,
    CONTRACTS,
    run: (how = {}, isolate = 0) => one.test("sync", how, isolate),
    expire: () => one.test("expire", {}),
    /** The open cases of the service. */
    async truth() {
      const found = new Map();
      for await (const record of client.allCases({ contract_ids: CONTRACTS, status_flag: "O" }))
        found.set(record.case_id, record);
      return found;
    },
    async names(folder = "") {
      const names = [];
      for (let cursor; ; ) {
        const page = await store.list({ prefix: `cisco-support-case/${folder}`, cursor });
        names.push(...(page.objects ?? page.keys).map(({ key, name }) => key ?? name));
        cursor = page.cursor;
        if (!cursor) return names.map((name) => name.slice("cisco-support-case/".length)).sort();
      }
    },
    async stored(name) {
      const found = await store.get(`cisco-support-case/${name}`);
      return JSON.parse(typeof found === "string" ? found : await found.text());
    },
  };
}

/** A case without its index in the response. */
export const plain = ({ item_entry_id, ...record }) => record;

/** Asserts that the last posted and the stored version of each case equal the service's. */
export async function agrees(one, where = "") {
  const truth = await one.truth();
  const { latestEvents } = one.hook.state;
  for (const [id, record] of truth) {
    assert.equal(latestEvents.get(id)?.type, "changed", `${where}: case ${id} is open`);
    assert.deepEqual(plain(latestEvents.get(id).case), plain(record), `${where}: case ${id} as it is`);
  }
  for (const [id, { type }] of latestEvents) {
    if (!truth.has(id)) assert.notEqual(type, "changed", `${where}: case ${id} has left`);
  }
  return truth;
}

export async function storeAgrees(one, truth) {
  for (const name of await one.names("cases/")) {
    const { type, case_id, case: record } = await one.stored(name);
    const is = truth.get(case_id);
    assert.equal(type === "changed", is !== undefined, name);
    if (is) assert.deepEqual(plain(record), plain(is));
    if (type === "closed") assert.equal(record.status_flag || record.status, record.status_flag ? "C" : "Closed");
    if (type === "gone") assert.equal(record, null);
  }
  const count = (await one.names("cases/")).length;
  assert.ok(count >= truth.size, `${count} of ${truth.size} cases are stored`);
}
