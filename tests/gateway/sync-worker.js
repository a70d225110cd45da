// A partner's Worker with a sync, instrumented for the tests. Every access to store, Durable Object and webhook is a
// counted step, and the Worker can end at a given step as if it had been killed.

import { env } from "cloudflare:workers";
import { CaseQuota, createGateway } from "cisco-support-case/gateway";
import { copyTo } from "cisco-support-case/gateway/copy";
import { syncTo } from "cisco-support-case/gateway/sync";

export { CaseQuota };

/**
 * Fault to inject. `at`: the step from which all steps fail; `after`: that step takes effect, and its result is lost.
 */
const fault = { at: 0, after: false, steps: 0, late: false, stolen: false, store: "" };
let lock;
/** The locks that runs have asked for since the last expiry. */
const locks = [];

async function step(name, work) {
  fault.steps += 1;
  if (fault.at === 0 || fault.steps < fault.at) return work();
  if (fault.steps === fault.at && fault.after) await work();
  throw new Error(`killed at ${name}`);
}

const failing = (name) => (fault.store === "fails" ? Promise.reject(new Error(`${name} fails`)) : undefined);

const wrapped = (store) => {
  const one =
    (name) =>
    (...given) =>
      step(name, () => failing(name) ?? store[name](...given));
  const kv = typeof store.getWithMetadata === "function";
  const get = (key) =>
    fault.late && !key.includes("/cases/") ? null : step("get", () => failing("get") ?? store.get(key));
  const ways = { get, put: one("put"), delete: one("delete"), list: one("list") };
  return kv ? { ...ways, getWithMetadata: () => undefined } : ways;
};

const quotaObject = (stub) => ({
  poll: (...given) => step("poll", () => stub.poll(...given)),
  jwks: (...given) => stub.jwks(...given),
  returnLeases: (...given) => stub.returnLeases(...given),
  syncState: (operation, prefix, owner, ...given) => {
    if (operation === "lock") {
      lock = { prefix, owner };
      locks.push(lock);
    }
    return step(operation, async () => {
      if (operation === "commit" && fault.stolen) await steal(stub);
      return stub.syncState(operation, prefix, owner, ...given);
    });
  },
});

/** Expires the lock and acquires it for another run. */
async function steal(stub) {
  await stub.syncState("unlock", lock.prefix, lock.owner, false);
  await stub.syncState("lock", lock.prefix, "another", 1);
}

const database = {
  prepare: (sql) => env.COPY_CASES.prepare(sql),
  batch: (statements) => step("batch", () => env.COPY_CASES.batch(statements)),
};

/** The copy of which the sync is, if there is one. */
const copy =
  env.COPY &&
  copyTo({
    database: () => database,
    contract_ids: (env) => env.CONTRACTS,
    status_flag: "O",
    log: (line) => copyLines.push(line),
    ...env.COPY,
  });
/** Without a copy, or on demand, the sync reads the service. */
const source =
  copy && env.SYNC.from !== "service" ? { from: "copy" } : { contract_ids: (env) => env.CONTRACTS, status_flag: "O" };

/** Number of requests to the service, without those for tokens. */
let requests = 0;
const lines = [];
const copyLines = [];
const made = (name) =>
  createGateway({
    name,
    credentials: (env) => ({ clientId: env.CISCO_CLIENT_ID, clientSecret: env.CISCO_CLIENT_SECRET }),
    upstream: (env) => ({ baseUrl: env.UPSTREAM, tokenUrl: env.TOKEN_URL }),
    authorize: (request) => ({ subject: request.headers.get("x-session") }),
    permissions: () => ({ contract_ids: "*", user_ids: "*" }),
    quota: (env) => ({
      idFromName: (id) => env.CASE_QUOTA.idFromName(id),
      get: (id) => quotaObject(env.CASE_QUOTA.get(id)),
    }),
    fetch: (url, init) => {
      if (url.startsWith(env.WEBHOOK)) return step("post", () => fetch(url, init));
      requests += url.startsWith(env.UPSTREAM) ? 1 : 0;
      return fetch(url, init);
    },
    audit: false,
    cache: false,
    ...env.OPTIONS,
    ...(copy && { copy }),
    sync: syncTo({
      ...source,
      store: (env) => wrapped(env.CASES),
      webhook: (env) => ({ url: `${env.WEBHOOK}/hook`, secret: env.WEBHOOK_SECRET }),
      log: (line) => lines.push(line),
      ...env.SYNC,
    }),
  });
const gateways = { default: made("default"), renamed: made("renamed") };

/** The options that every gateway needs. */
const needed = {
  credentials: () => ({}),
  authorize: () => null,
  permissions: () => null,
  quota: () => ({}),
};

const WRONG = [
  () => syncTo(),
  () => syncTo(7),
  () =>
    syncTo({
      contract_ids: ["1"],
      store: 1,
      prefix: 7,
      maxRequests: 0,
      webhook: {},
      log: true,
      status_flag: "X",
      date_created_from: "soon",
      every: 5,
    }),
  () => createGateway({ sync: {} }),
  () => createGateway({ sync: () => {} }),
  () => syncTo({ from: "copy", contract_ids: () => [], maxRequests: 5, store: () => {} }),
  () => syncTo({ from: "elsewhere", contract_ids: () => [], store: () => {} }),
  () => createGateway({ ...needed, sync: syncTo({ from: "copy", store: () => {} }) }),
];

/** Returns the error of a call as text. */
function errorOf(make) {
  try {
    make();
    return "";
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
}

/** Only the start of a Worker refuses it: a gateway of the same name that is made later takes the place of the earlier one. */
const sameName = errorOf(() => createGateway({ ...needed, prefix: "/other" }));

export default {
  ...gateways.default,
  async fetch(request, env, ctx) {
    const { pathname } = new URL(request.url);
    const body = request.method === "POST" ? await request.json() : {};
    switch (pathname) {
      case "/test/sync": {
        const { name = "default", ...given } = body;
        Object.assign(fault, { at: 0, after: false, late: false, stolen: false, store: "", ...given, steps: 0 });
        requests = 0;
        await gateways[name].scheduled({}, env, ctx);
        const { at, steps } = fault;
        Object.assign(fault, { at: 0, late: false, stolen: false });
        const copied = copyLines.shift();
        return Response.json({
          ...lines.shift(),
          copied,
          requested: requests,
          steps,
          wasKilled: at > 0 && steps >= at,
        });
      }
      // One minute later.
      case "/test/expire":
        for (const { prefix, owner } of locks.splice(0)) {
          const stub = env.CASE_QUOTA.get(env.CASE_QUOTA.idFromName("default"));
          await stub.syncState("unlock", prefix, owner, false);
        }
        return Response.json({});
      case "/test/lines":
        return Response.json(lines.splice(0));
      case "/test/wrong":
        return Response.json([...WRONG.map(errorOf), sameName]);
      case "/test/has":
        return Response.json({
          with: "scheduled" in gateways.default,
          without: "scheduled" in createGateway({ name: "without" }),
        });
    }
    return gateways.default.fetch(request, env, ctx);
  },
};
