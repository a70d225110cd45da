// Environment of a gateway under test: a sandbox of the service on a port, a key host that can fail, and the gateway's
// Worker in real workerd, in a configurable number of isolates.

import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { CaseClient } from "cisco-support-case";
import { exportJWK, generateKeyPair, SignJWT } from "jose";

const here = import.meta.dirname;
const require = createRequire(process.env.TOOLS);
const { convertV4MiniflareOptions, Miniflare } = require("miniflare");
// WWW is the folder www: the demo bundles its Worker, and makes the tables of its copy, in the same way.
const ofDemo = (name) => import(pathToFileURL(join(process.env.WWW, "demo", name)));
const { bundle } = await ofDemo("bundle.mjs");
const { readMigrations } = await ofDemo("migrations.mjs");

export const ISSUER = "https://login.portal.example";
export const AUDIENCE = "case-portal";
export const SECRET = "a-synthetic-client-secret";

/** The migrations of the copy, a statement each, in order. */
export const MIGRATION = readMigrations(join(here, "../node_modules/cisco-support-case"));

/** Starts the packaged sandbox of the service on a port. */
export async function service(options = []) {
  const command = join(here, "../node_modules/cisco-support-case/cli/main.js");
  const child = spawn(process.execPath, [command, "sandbox", "--port", "0", ...options], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const address = await new Promise((resolve, reject) => {
    let text = "";
    child.stdout.on("data", (data) => {
      text += data;
      const found = /listening on (http:\S+)/.exec(text);
      if (found) resolve(found[1]);
    });
    child.once("exit", (code) => reject(new Error(`the sandbox ended with ${code}: ${text}`)));
  });
  const control = async (order) => {
    const how = order ? { method: "POST", body: JSON.stringify(order) } : {};
    return (await fetch(`${address}/__sandbox?holders=1000`, how)).json();
  };
  return {
    address,
    baseUrl: `${address}/case/v3`,
    tokenUrl: `${address}/oauth2/default/v1/token`,
    info: () => control(),
    fault: (name, more = {}) => control({ faults: [{ name, ...more }] }),
    clear: () => control({ clear: true }),
    advance: (advanceMs) => control({ advanceMs }),
    get: async (path) =>
      fetch(`${address}/case/v3${path}`, { headers: { authorization: `Bearer ${await token(address)}` } }),
    stop: () => child.kill(),
  };
}

async function token(address) {
  const body = "grant_type=client_credentials&client_id=test&client_secret=test";
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  return (await (await fetch(`${address}/oauth2/default/v1/token`, { method: "POST", body, headers })).json())
    .access_token;
}

/**
 * Returns the most requests that the service may count in a second under a limit. A pause of the machine between a request and its
 * count moves the request into the next second. The limit itself is held under a simulated clock
 * (`tests/native/gateway/quota/simulation.rs`); isolates with a quota each would count more than this.
 */
export const countedPerSecond = (limit) => Math.floor(limit * 1.5);

/** The interval at which {@link undisturbed} looks at the clock, and the delay of that look which is a pause. */
const [TICK_MS, DISTURBED_MS] = [10, 100];

/** The longest pause of the machine that no test fails by, in milliseconds: upper limits of durations allow for it. */
export const PAUSE_MS = 3500;

/**
 * Measures the duration of work, in milliseconds, without a pause of the machine: it is repeated if timers were late meanwhile.
 * At the third time it is taken as it is.
 */
export async function undisturbed(work) {
  for (let attempt = 1; ; attempt += 1) {
    let [last, latestMs] = [performance.now(), 0];
    const look = () => {
      const now = performance.now();
      latestMs = Math.max(latestMs, now - last - TICK_MS);
      last = now;
    };
    const timer = setInterval(look, TICK_MS);
    const began = performance.now();
    try {
      await work();
    } finally {
      clearInterval(timer);
    }
    const ms = performance.now() - began;
    look();
    if (latestMs < DISTURBED_MS || attempt === 3) return ms;
  }
}

/** The time after which {@link until} waits no longer. */
export const UNTIL_MS = 60_000;

/** Waits until `check`, which waits for an event or asks something outside, resolves to true. After `ms` it throws, naming `what`. */
export async function until(check, what, ms = UNTIL_MS) {
  const ended = Promise.withResolvers();
  const timer = setTimeout(() => ended.reject(new Error(`not within ${ms} ms: ${what}`)), ms);
  try {
    while (!(await Promise.race([check(), ended.promise])));
  } finally {
    clearTimeout(timer);
  }
}

/** Waits for a promise. After the time of {@link until} it throws, naming `what`. */
export async function within(promise, what) {
  let result;
  const settled = promise.then((value) => {
    result = value;
    return true;
  });
  await until(() => settled, what);
  return result;
}

/** Starts an HTTP server that responds with `handle` and counts requests. */
export async function host(handle) {
  const counts = { requests: 0 };
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    counts.requests += 1;
    handle(request, response, counts.requests);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return {
    counts,
    address: `http://127.0.0.1:${server.address().port}`,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Starts an identity provider that signs tokens and serves its keys. `state.mode` is the behaviour of the key host. */
export async function provider() {
  const made = [];
  const state = { mode: "fine", served: [] };
  const addKey = async (kid = `key-${made.length}`, serve = true) => {
    const pair = await generateKeyPair("ES256", { extractable: true });
    const one = { kid, ...pair };
    made.push(one);
    if (serve) state.served.push({ ...(await exportJWK(pair.publicKey)), kid, alg: "ES256", use: "sig" });
    return one;
  };
  const first = await addKey();
  const keys = await host((_, response) => {
    if (state.mode === "down") return response.destroy();
    if (state.mode === "hangs") return undefined;
    if (state.mode === "html") return response.end("<h1>It works</h1>");
    if (state.mode === "500") return response.writeHead(500).end();
    if (state.mode === "empty") return response.end(JSON.stringify({ keys: [] }));
    return response.end(JSON.stringify({ keys: state.served }));
  });
  return {
    ...keys,
    state,
    addKey,
    uri: `${keys.address}/jwks`,
    /** Signs a token for a user with the given role. */
    signIn: (
      role,
      {
        key = first,
        claims = {},
        header = {},
        subject = `${role}-user`,
        expires = "10m",
        issuer = ISSUER,
        audience = AUDIENCE,
        before,
      } = {},
    ) => {
      const jwt = new SignJWT({ role, ...claims }).setProtectedHeader({ alg: "ES256", kid: key.kid, ...header });
      if (subject !== null) jwt.setSubject(subject);
      if (issuer !== null) jwt.setIssuer(issuer);
      if (audience !== null) jwt.setAudience(audience);
      if (expires !== null) jwt.setExpirationTime(expires);
      if (before) jwt.setNotBefore(before);
      return jwt.setIssuedAt().sign(key.privateKey);
    },
  };
}

const bundles = new Map();

/** Bundles a Worker as `wrangler deploy` does. */
export function bundled(config = "wrangler.jsonc") {
  // Each test file runs in its own process, possibly in parallel with others.
  const out = join(here, `.bundle-${process.pid}`, config);
  if (!bundles.has(config)) bundles.set(config, bundle(here, process.env.TOOLS, out, config));
  return bundles.get(config);
}

/**
 * Starts the gateway in a number of isolates with one Durable Object.
 *
 * `each`, a list of differing bindings, starts one gateway per entry: they share the process only, and each has its own
 * Durable Object. `objects` are the classes of Durable Objects by their bindings. `config` is the configuration of another
 * Worker, and `more` has further options of the runtime.
 */
export async function gateway({
  isolates = 1,
  each,
  upstream,
  tokenUrl,
  jwks,
  options = {},
  permissions = {},
  bindings = {},
  objects = { CASE_QUOTA: "CaseQuota" },
  onLog,
  config,
  more = {},
}) {
  const modules = await bundled(config);
  const log = [];
  const names = Array.from(each ?? { length: isolates }, (_, index) => `gateway-${index}`);
  const workerd = convertV4MiniflareOptions({
    workers: names.map((name, index) => ({
      name,
      modules,
      compatibilityDate: "2026-10-01",
      routes: [`${name}.example/*`],
      // The port of workerd itself, without miniflare's proxy.
      unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
      durableObjects: Object.fromEntries(
        Object.entries(objects).map(([binding, className]) => [
          binding,
          index === 0 || each ? { className, useSQLite: true } : { className, scriptName: names[0] },
        ]),
      ),
      bindings: {
        CISCO_CLIENT_ID: "a-synthetic-client",
        CISCO_CLIENT_SECRET: SECRET,
        UPSTREAM: upstream,
        TOKEN_URL: tokenUrl ?? new URL("/oauth2/default/v1/token", upstream).href,
        JWKS_URI: jwks ?? "https://login.portal.example/jwks",
        OPTIONS: options,
        PERMISSIONS: permissions,
        ...bindings,
        ...each?.[index],
      },
      ...more,
    })),
    handleStructuredLogs: ({ message }) => {
      log.push(`${message}
`);
      onLog?.(message);
      if (process.env.LOUD) console.error(message);
    },
  });
  const miniflare = new Miniflare(workerd);
  const url = await miniflare.ready.catch(async (error) => {
    await miniflare.dispose().catch(() => {});
    throw error;
  });
  const at = (index) => `http://gateway-${index}.example`;
  return {
    url,
    names,
    miniflare,
    /** The port of an isolate, for requests that no HTTP client can send. */
    port: async (isolate = 0) => Number((await miniflare.unsafeGetDirectURL(names[isolate])).port),
    /** Log entries of the Worker. */
    log,
    /** Sends a request to an isolate. */
    sendRequest: (path, { isolate = 0, ...init } = {}) => miniflare.dispatchFetch(`${at(isolate)}${path}`, init),
    get(path, jwt, { isolate = 0, headers = {}, ...init } = {}) {
      const authorization = jwt ? { authorization: `Bearer ${jwt}` } : {};
      return miniflare.dispatchFetch(`${at(isolate)}/api/case${path}`, {
        headers: { ...authorization, ...headers },
        ...init,
      });
    },
    /** Runs an action of a partner's own code in the Worker. */
    async test(what, body, isolate = 0) {
      const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
      return (await miniflare.dispatchFetch(`${at(isolate)}/test/${what}`, init)).json();
    },
    /** Sets the clocks of isolates ahead, of all or of one, also of their Durable Objects. */
    async advance(ms, isolate) {
      const isolates = isolate === undefined ? names.keys() : [isolate];
      await Promise.all([...isolates].map((one) => this.test("advance", { ms }, one)));
    },
    /** Waits until an isolate has ended what goes on after its responses, such as storing them in the data centre's cache. */
    async settled(isolate = 0) {
      const isSettled = async () => (await this.test("events", undefined, isolate)).pending === 0;
      await until(isSettled, `isolate ${isolate} has ended what follows its responses`);
    },
    /** Takes the audit entries of an isolate, once there are at least as many as given. */
    async audit(isolate, least = 0) {
      const entries = [];
      const isThere = async () => entries.push(...(await this.test("audit", undefined, isolate))) >= least;
      await until(isThere, `isolate ${isolate} has ${least} audit entries`);
      return entries;
    },
    /** Restarts all isolates and the Durable Object, which restores its storage. */
    restart: () => miniflare.setOptions(workerd),
    stop: () => miniflare.dispose(),
  };
}

/**
 * Starts a service whose cases move, and a gateway with a copy of its first contracts. `permissions` may be a function of these
 * contracts. Each of both is stopped by the returned `stop`.
 */
export async function gatewayWithCopy({ cases, moves, contracts = 20, copy, permissions = {} }) {
  const sandbox = await service(["--cases", String(cases), "--moves-per-hour", String(moves)]);
  const { contract_ids } = await sandbox.info();
  const CONTRACTS = contract_ids.slice(0, contracts);
  const one = await gateway({
    upstream: sandbox.baseUrl,
    config: "wrangler-copy.jsonc",
    bindings: { CONTRACTS, COPY: copy },
    permissions: typeof permissions === "function" ? permissions(CONTRACTS) : permissions,
    more: { d1Databases: { CASES: "cases" } },
  });
  const database = await one.miniflare.getD1Database("CASES", one.names[0]);
  await database.batch(MIGRATION.map((text) => database.prepare(text)));
  const client = new CaseClient({
    baseUrl: sandbox.baseUrl,
    credentials: { clientId: "test", clientSecret: "test", tokenUrl: sandbox.tokenUrl },
    rateLimit: false,
  });
  return {
    ...one,
    sandbox,
    database,
    client,
    CONTRACTS,
    all: async (sql) => (await database.prepare(sql).all()).results,
    run: (how = {}) => one.test("run", how),
    expire: () => one.test("expire", {}),
    async stop() {
      await one.stop();
      await sandbox.stop();
    },
  };
}
