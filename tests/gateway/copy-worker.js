// A partner's Worker with a copy, instrumented for the tests. Every access to the database, to the Durable Object and to the
// service is a counted step, and the Worker can end at a given step as if it had been killed.

import { env } from "cloudflare:workers";
import { CaseQuota as PackageQuota, createGateway } from "cisco-support-case/gateway";
import { copyTo } from "cisco-support-case/gateway/copy";

/** The object of the package, with its alarm made visible. */
export class CaseQuota extends PackageQuota {
  #running = 0;

  async alarm() {
    this.#running += 1;
    try {
      await super.alarm();
    } finally {
      this.#running -= 1;
    }
  }

  /** Number of alarms that are set or in progress. */
  async pending() {
    return this.#running + ((await this.alarmAt()) === null ? 0 : 1);
  }

  alarmAt() {
    return this.ctx.storage.getAlarm();
  }

  /** What the runtime does at the time of the alarm. */
  async fire() {
    await this.ctx.storage.deleteAlarm();
    await this.alarm();
  }
}

/**
 * Fault to inject. `at`: the step from which all steps fail; `after`: that step takes effect, and its result is lost.
 * `isTimeOver`: each time limit has passed at once.
 */
const fault = { at: 0, after: false, isTimeOver: false, steps: 0 };

async function step(name, work) {
  fault.steps += 1;
  if (fault.at === 0 || fault.steps < fault.at) return work();
  if (fault.steps === fault.at && fault.after) await work();
  throw new Error(`killed at ${name}`);
}

let lock;

/** Whether runs continue by an alarm, and the number of alarms that were asked for. Without, an alarm is lost. */
const alarms = { are: false, asked: 0 };

/** Contracts and cases that the service refuses. */
let refused = [];

/** The cases whose details were requested. */
const detailed = [];

/** The simulated clock: the time by which it is ahead. */
const clock = { aheadMs: 0 };
const systemNow = Date.now;
Date.now = () => systemNow() + clock.aheadMs;

const signalAfter = AbortSignal.timeout.bind(AbortSignal);
AbortSignal.timeout = (ms) => (fault.isTimeOver ? AbortSignal.abort() : signalAfter(ms));

/** Number of statements of a run. */
let statementCount = 0;

const database = {
  prepare: (sql) => env.CASES.prepare(sql),
  batch: (statements) => {
    statementCount += statements.length;
    return step("batch", () => env.CASES.batch(statements));
  },
};

/** The binding of the database: `"missing"`, or one that `"fails"`. */
let binding;

const quotaObject = (stub) => ({
  poll: (...given) => step("poll", () => stub.poll(...given)),
  jwks: (...given) => stub.jwks(...given),
  invalidate: (...given) => stub.invalidate(...given),
  returnLeases: (...given) => stub.returnLeases(...given),
  syncState: (operation, name, owner, ...given) => {
    if (operation === "lock") lock = { name, owner };
    return step(operation, () => stub.syncState(operation, name, owner, ...given));
  },
  continueRun: (...given) => {
    alarms.asked += 1;
    // An object of the version before has no such method.
    if (alarms.are === "unknown") throw new TypeError("the object has no method continueRun");
    return alarms.are ? stub.continueRun(...given) : undefined;
  },
});

/** Sends a request to the service, or responds as it does to a contract that it refuses. */
function send(url, init) {
  const [, id] = /\/details\/case_id\/([^/?]+)/.exec(url) ?? [];
  if (id !== undefined) detailed.push(id);
  if (!refused.some((id) => url.includes(id))) return fetch(url, init);
  const error = { errorCode: "INVALID_CUSTOMERID", errorDescription: "The customer id is not valid." };
  return Response.json({ errors: { error: [error] } }, { status: 403 });
}

/** The contracts that live connections were told of, and whether telling them fails. */
const live = { contract_ids: [], fails: false };

const liveNamespace = {
  idFromName: (name) => name,
  get: () => ({
    async publish(contract_ids) {
      if (live.fails) throw new Error("the object is not reachable");
      live.contract_ids.push(...contract_ids);
    },
  }),
};

const lines = [];
let contract_ids = env.CONTRACTS;
let permissions = env.PERMISSIONS;

/** Creates the gateway of a deployment, by the options of its copy. */
const gatewayWith = (copy) =>
  createGateway({
    credentials: (env) => ({ clientId: env.CISCO_CLIENT_ID, clientSecret: env.CISCO_CLIENT_SECRET }),
    upstream: (env) => ({ baseUrl: env.UPSTREAM, tokenUrl: env.TOKEN_URL }),
    authorize: (request) => ({ subject: request.headers.get("x-session") }),
    permissions: ({ subject }) => permissions[subject] ?? {},
    permissionsTtlSeconds: 0,
    quota: (env) => ({
      idFromName: (id) => env.CASE_QUOTA.idFromName(id),
      get: (id) => quotaObject(env.CASE_QUOTA.get(id)),
    }),
    fetch: (url, init) => step("fetch", () => send(url, init)),
    audit: false,
    cache: false,
    rateLimit: { perSecond: 0, perMinute: 0, perDay: 0 },
    ...env.OPTIONS,
    copy: copyTo({
      database: () => {
        if (binding === "fails") throw new Error("the binding is unknown");
        return binding === "missing" ? undefined : database;
      },
      live: () => liveNamespace,
      contract_ids: () => contract_ids,
      log: (line) => lines.push(line),
      ...copy,
    }),
  });

let gateway = gatewayWith(env.COPY);

const WRONG = [
  () => copyTo(),
  () => copyTo({ database: 1, contract_ids: [], live: 1, maxRequests: 0, log: true, status_flag: "X", every: 5 }),
  () => createGateway({ copy: {} }),
  () => copyTo({ database: () => database, contract_ids: () => [], details: "all", detailsPerDay: 0 }),
];

export default {
  async fetch(request, env, ctx) {
    const { pathname } = new URL(request.url);
    const body = request.method === "POST" && pathname.startsWith("/test/") ? await request.json() : {};
    switch (pathname) {
      case "/test/run": {
        Object.assign(fault, { at: 0, after: false, isTimeOver: false, ...body, steps: 0 });
        statementCount = 0;
        await gateway.scheduled({}, env, ctx);
        const { at, steps } = fault;
        Object.assign(fault, { at: 0, isTimeOver: false });
        return Response.json({ ...lines.shift(), steps, statements: statementCount, wasKilled: at > 0 && steps >= at });
      }
      // One minute later.
      case "/test/expire": {
        const stub = env.CASE_QUOTA.get(env.CASE_QUOTA.idFromName("default"));
        await stub.syncState("unlock", lock.name, lock.owner, true);
        return Response.json({});
      }
      case "/test/alarms":
        Object.assign(alarms, { asked: 0, ...body });
        return Response.json(alarms);
      case "/test/alarm": {
        const stub = env.CASE_QUOTA.get(env.CASE_QUOTA.idFromName("default/run"));
        if (body.fire) await stub.fire();
        return Response.json({ at: await stub.alarmAt() });
      }
      case "/test/idle": {
        const stub = env.CASE_QUOTA.get(env.CASE_QUOTA.idFromName("default/run"));
        return Response.json({ alarms: await stub.pending() });
      }
      case "/test/lines":
        return Response.json({ lines: lines.splice(0), asked: alarms.asked });
      case "/test/refuse":
        refused = body;
        return Response.json({});
      case "/test/detailed":
        return Response.json(detailed.splice(0));
      case "/test/clock":
        Object.assign(clock, body);
        return Response.json(clock);
      case "/test/deploy":
        gateway = gatewayWith(body);
        return Response.json({});
      case "/test/contracts":
        contract_ids = body;
        return Response.json({});
      // Takes what was published.
      case "/test/published":
        Object.assign(live, body);
        return Response.json([...new Set(live.contract_ids.splice(0))]);
      case "/test/binding":
        binding = body.is;
        return Response.json({});
      case "/test/permissions":
        permissions = body;
        return Response.json({});
      case "/test/wrong":
        return Response.json(
          WRONG.map((make) => {
            try {
              make();
              return "";
            } catch (error) {
              return `${error.name}: ${error.message}`;
            }
          }),
        );
    }
    return gateway.fetch(request, env, ctx);
  },
};
