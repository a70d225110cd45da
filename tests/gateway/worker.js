// A partner's Worker for the tests: `OPTIONS` changes it, the rest is as in www/worker. Routes below /test/ run a
// partner's own code: revoke and purge.

import { env } from "cloudflare:workers";
import { CaseLive, CaseQuota, createGateway } from "cisco-support-case/gateway";

export { CaseQuota };

/** The object of live connections, with what tests need to see or to change in it. */
export class TestLive extends CaseLive {
  /** Identifies this instance: another one has woken after hibernation. */
  #instance = crypto.randomUUID();

  async inspect() {
    const { tickets } = this.ctx.storage.sql.exec("SELECT count(*) AS tickets FROM ticket").one();
    return { instance: this.#instance, sockets: this.ctx.getWebSockets().length, tickets };
  }

  /** Ends the time of all tickets, or of all sockets. */
  async expire(what) {
    if (what === "tickets") return void this.ctx.storage.sql.exec("UPDATE ticket SET until_ms = 0");
    for (const socket of this.ctx.getWebSockets()) {
      const attached = socket.deserializeAttachment();
      new DataView(attached.buffer, attached.byteOffset).setBigInt64(9, 0n, true);
      socket.serializeAttachment(attached);
    }
    await this.alarm();
  }
}

/** The objects of all shards. */
const shards = (env) => [0, 1, 2, 3].map((shard) => env.CASE_LIVE.get(env.CASE_LIVE.idFromName(`default:${shard}`)));

const {
  without = [],
  authorizes = false,
  quota = "object",
  jwks,
  jwtBesides,
  tenant,
  pages,
  live,
  ...others
} = env.OPTIONS ?? {};

/** Faulty bindings of the Durable Object, by name. */
const QUOTAS = {
  object: (env) => watched(env.CASE_QUOTA),
  nothing: () => undefined,
  throws: () => {
    throw new Error("the binding is gone");
  },
  rejects: () => stubbed(() => Promise.reject(new Error("the object is overloaded"))),
  hangs: () => stubbed(() => new Promise(() => {})),
  // A deployment resets the object: a stub that has failed once fails permanently, and a new stub reaches it.
  reset: (env) => broken(env.CASE_QUOTA, { retryable: true }, 1),
  resets: (env) => broken(env.CASE_QUOTA, { retryable: true }, Number.POSITIVE_INFINITY),
  overloaded: (env) => broken(env.CASE_QUOTA, { retryable: true, overloaded: true }, 1),
  counted: (env) => counted(env.CASE_QUOTA),
  odd: () => stubbed(() => Promise.resolve({ invalidations: "no JSON", token: null, lease: null, error: null })),
};
const stubbed = (method) => ({
  idFromName: () => "id",
  get: () => ({ poll: method, jwks: method, invalidate: method, returnLeases: method }),
});

const watched = (namespace) => ({
  idFromName: (name) => namespace.idFromName(name),
  get(id) {
    const stub = namespace.get(id);
    const call = async (name, given) => {
      events.calls += 1;
      try {
        return await stub[name](...given);
      } finally {
        events.calls -= 1;
      }
    };
    return Object.fromEntries(
      ["poll", "jwks", "invalidate", "returnLeases"].map((name) => [name, (...given) => call(name, given)]),
    );
  },
});

/** Number of calls of each method of the object. Each call takes 30 ms longer. */
const calls = {};
const counted = (namespace) => ({
  idFromName: (name) => namespace.idFromName(name),
  get(id) {
    const stub = namespace.get(id);
    const call = async (name, given) => {
      calls[name] = (calls[name] ?? 0) + 1;
      await new Promise((done) => setTimeout(done, 30));
      return stub[name](...given);
    };
    return Object.fromEntries(
      ["poll", "jwks", "invalidate", "returnLeases"].map((name) => [name, (...given) => call(name, given)]),
    );
  },
});

/** An object whose first stubs fail, each permanently, up to the given number. */
let stubs = 0;
const broken = (namespace, why, failing) => ({
  idFromName: (name) => namespace.idFromName(name),
  get(id) {
    const stub = namespace.get(id);
    stubs += 1;
    const isBroken = stubs <= failing;
    const call = async (name, given) => {
      calls[name] = (calls[name] ?? 0) + 1;
      if (isBroken) throw Object.assign(new Error("the object was reset"), why);
      return stub[name](...given);
    };
    return Object.fromEntries(
      ["poll", "jwks", "invalidate", "returnLeases"].map((name) => [name, (...given) => call(name, given)]),
    );
  },
});

/** Permissions by the claim `role`, as a database would return them. */
const permissionState = { count: 0, fails: false, table: { ...env.PERMISSIONS } };

const options = {
  credentials: (env) => ({ clientId: env.CISCO_CLIENT_ID, clientSecret: env.CISCO_CLIENT_SECRET }),
  upstream: (env) => ({ baseUrl: env.UPSTREAM, tokenUrl: env.TOKEN_URL }),
  jwt: {
    issuer: "https://login.portal.example",
    audience: "case-portal",
    ...(jwks ? { jwks } : { jwksUri: env.JWKS_URI }),
    algorithms: ["ES256"],
    ...jwtBesides,
  },
  permissions: async ({ claims, subject }) => {
    permissionState.count += 1;
    if (permissionState.fails) throw new Error("the database is down");
    const found = permissionState.table[claims?.role ?? subject] ?? null;
    // Values that JSON cannot express.
    if (found === "hangs") return new Promise(() => {});
    if (found === "undefined") return undefined;
    if (found?.set) return { contract_ids: new Set(found.set) };
    return found;
  },
  quota: (env) => QUOTAS[quota](env),
  cors: { origins: ["https://portal.example", "http://localhost:5173"] },
  audit: (line) => lines.push(line),
  ...others,
};
if (tenant) {
  // Each option may be a function of env, and asynchronous.
  const { jwt, credentials } = options;
  options.jwt = () => ({ ...jwt, tenant, clockToleranceSeconds: 0 });
  options.credentials = async (env) => credentials(env);
}
// Values that a binding cannot have.
if (pages === "function") {
  options.cors = {
    origins: (origin, env) => {
      if (origin === "https://throws.example") throw new Error("no such origin");
      if (origin === "https://promised.example") return Promise.resolve(true);
      return origin === "https://allowed.example" && env.CISCO_CLIENT_ID !== undefined;
    },
  };
}
if (pages === "regexp") options.cors = { origins: [/https:\/\/pr-\d+\.portal\.example/g, "https://portal.example"] };
if (live) options.copy = { database: () => undefined, lost: async () => [], live: (env) => env.CASE_LIVE };
for (const name of without) delete options[name];
if (authorizes) {
  delete options.jwt;
  options.authorize = async (request) => {
    const session = request.headers.get("x-session") ?? /session=(\w+)/.exec(request.headers.get("cookie") ?? "")?.[1];
    if (session === "throws") throw new Error("the session store is down");
    if (session === "odd") return { subject: 7 };
    return session ? { subject: session } : null;
  };
}

/** The clock of the isolate, which tests set ahead in place of waiting for a lifetime. */
let aheadMs = 0;
const unixMs = Date.now;
Date.now = () => unixMs() + aheadMs;

/**
 * Numbers of events in this isolate: ended look-ups in the data centre's cache, work that goes on after a response, and calls of the
 * Durable Object that have not ended.
 */
const events = { lookups: 0, pending: 0, calls: 0 };
const dataCenter = caches.default;
Object.defineProperty(globalThis, "caches", {
  value: {
    default: {
      put: (...given) => dataCenter.put(...given),
      match: (...given) =>
        dataCenter.match(...given).finally(() => {
          events.lookups += 1;
        }),
    },
  },
});
const observed = (ctx) => ({
  waitUntil(promise) {
    events.pending += 1;
    ctx.waitUntil(
      promise.finally(() => {
        events.pending -= 1;
      }),
    );
  },
});

const lines = [];
const gateway = createGateway(options);

export default {
  async fetch(request, env, ctx) {
    const { pathname, searchParams } = new URL(request.url);
    if (!pathname.startsWith("/test/")) return gateway.fetch(request, env, observed(ctx));
    const body = request.method === "POST" ? await request.json() : undefined;
    switch (pathname) {
      case "/test/revoke":
        await gateway.revoke(env, body);
        return Response.json({});
      case "/test/purge":
        await gateway.purge(env, body);
        return Response.json({});
      case "/test/permissions":
        Object.assign(permissionState, body);
        return Response.json(permissionState);
      case "/test/audit":
        return Response.json(lines.splice(0));
      case "/test/advance":
        aheadMs += body.ms;
        return Response.json({});
      case "/test/events":
        return Response.json(events);
      case "/test/publish":
        await Promise.all(shards(env).map((shard) => shard.publish(body.contract_ids ?? [], body.user_ids ?? [])));
        return Response.json({});
      case "/test/live":
        return Response.json(await Promise.all(shards(env).map((shard) => shard.inspect())));
      case "/test/expire":
        await Promise.all(shards(env).map((shard) => shard.expire(body.what)));
        return Response.json({});
      case "/test/calls":
        return Response.json(calls);
      case "/test/budget": {
        const stub = env.CASE_QUOTA.get(env.CASE_QUOTA.idFromName("default"));
        return Response.json(await stub.budget("default"));
      }
    }
    return new Response(searchParams.toString(), { status: 404 });
  },
};
