// Gateways in workerd whose dependencies fail: a sandbox as the service, a proxy of it, and a key host.

import assert from "node:assert/strict";
import { after, afterEach, before } from "node:test";
import { gateway, host, PAUSE_MS, provider, service } from "../harness.mjs";

/** The timeout of gateways that wait for what never comes. */
export const TIMEOUT_MS = 2000;
/** The timeout of all others, which no pause of the machine reaches. */
const AMPLE_MS = 2500 + 2 * PAUSE_MS;
/** No limits, so that no request waits for the rate limiter here. */
export const RATE_LIMIT = { perSecond: 0, perMinute: 0, perDay: 0 };

export let sandbox;
export let login;
/** Proxy of the service that counts requests and injects responses that the service never sends. */
export let upstream;
export let keyHost;
export let worker;
export let own;
export let cases;
let kinds = [];

/** Index of a gateway by its name. */
export const isolateOf = (kind) => kinds.indexOf(kind);

const PERMISSIONS = (contract_ids) => ({
  a: { contract_ids },
  all: { contract_ids: "*", user_ids: "*" },
  everyUser: { user_ids: "*" },
  set: { set: contract_ids },
  spaced: { contract_ids: contract_ids.map((id) => ` ${id} `) },
  empty: {},
  number: 7,
  text: "*",
  list: contract_ids,
  all_: { contract_ids: "all" },
  starInList: { contract_ids: ["*"] },
  starAmong: { contract_ids: [...contract_ids, "*"] },
  numbers: { contract_ids: contract_ids.map(Number) },
  nulls: { contract_ids: [null] },
  blanks: { contract_ids: [" "] },
  misspelt: { contracts: contract_ids },
  additional: { contract_ids, admin: true },
  nested: { contract_ids: { ids: contract_ids } },
  yes: { contract_ids: true },
  hangs: "hangs",
  undefined: "undefined",
});

/**
 * Starts gateways before the tests of a file, by their differing options, each with its own Durable Object. `JWKS_URI` and
 * `TOKEN_URL` name a behaviour of the key host and of the proxy.
 */
export function useGateways(gateways) {
  kinds = Object.keys(gateways);
  before(async () => {
    [sandbox, login] = await Promise.all([service(["--live"]), provider()]);
    const { contract_ids, case_ids } = await sandbox.info();
    [own, cases] = [contract_ids.slice(0, 3), case_ids];
    upstream = await proxy();
    let later = 0;
    keyHost = await host((request, response) => {
      const mode = new URL(request.url, "http://localhost").pathname.slice(1);
      const keys = JSON.stringify({ keys: login.state.served });
      if (mode === "down") return response.destroy();
      if (mode === "hangs") return undefined;
      if (mode === "500") return response.writeHead(500).end(keys);
      if (mode === "html") return response.end("<h1>It works</h1>");
      if (mode === "empty") return response.end('{"keys":[]}');
      if (mode === "null") return response.end("null");
      if (mode === "moved") return response.writeHead(302, { location: login.uri }).end();
      later += 1;
      return later === 1 ? response.destroy() : response.end(keys);
    });
    worker = await gateway({
      upstream: upstream.baseUrl,
      tokenUrl: sandbox.tokenUrl,
      each: Object.values(gateways).map(({ JWKS_URI, TOKEN_URL, OPTIONS, ...more }) => ({
        JWKS_URI: JWKS_URI ? `${keyHost.address}/${JWKS_URI}` : login.uri,
        ...(TOKEN_URL && { TOKEN_URL: `${upstream.address}/${TOKEN_URL}` }),
        OPTIONS: {
          timeoutMs: AMPLE_MS,
          rateLimit: RATE_LIMIT,
          ...OPTIONS,
          ...(OPTIONS?.jwks && { jwks: { keys: login.state.served } }),
        },
        PERMISSIONS: PERMISSIONS(own),
        ...more,
      })),
    });
    // Faults of a test concern its own requests, not those for the first token and the keys.
    if (gateways.plain) await sendRequest("plain");
  });

  afterEach(() => sandbox.clear());

  after(async () => {
    await worker?.stop();
    for (const one of [keyHost, upstream, login, sandbox]) one?.stop();
  });
}

async function proxy() {
  const state = { mode: "pass", cases: 0, elsewhere: 0, headers: [], revoked: new Set() };
  const made = await host(async (request, response) => {
    if (request.url === "/down") return response.destroy();
    if (request.url === "/html")
      return response.writeHead(200, { "content-type": "text/html" }).end("<h1>Sign in</h1>");
    if (request.url === "/hangs") return undefined;
    if (!request.url.startsWith("/case/v3/")) {
      state.elsewhere += 1;
      return response.end("{}");
    }
    state.cases += 1;
    state.headers.push(request.rawHeaders);
    state.token = request.headers.authorization;
    const json = (status, body, headers = {}) =>
      response.writeHead(status, { "content-type": "application/json", ...headers }).end(body);
    switch (state.mode) {
      case "redirect":
        return response.writeHead(302, { location: `${made.address}/elsewhere` }).end();
      case "html":
        return response.writeHead(200, { "content-type": "text/html" }).end("<h1>It works</h1>");
      case "empty":
        return json(200, "");
      case "null":
        return json(200, "null");
      case "shape":
        return json(200, '{"cases":{}}');
      case "large":
        return response
          .writeHead(200, { "content-type": "application/json", "content-length": "200000000" })
          .write("{");
      case "hangs":
        return undefined;
      case "bodyHangs":
        return response.writeHead(200, { "content-type": "application/json" }).write('{"count":');
      case "trickles": {
        response.writeHead(200, { "content-type": "application/json" });
        const timer = setInterval(() => response.write(" "), 50);
        response.on("close", () => clearInterval(timer));
        return undefined;
      }
      case "teapot":
        return json(418, '{"secret":"of the service"}');
    }
    if (state.revoked.has(state.token))
      return json(401, '{"message":"Not Authorized"}', { "x-mashery-error-code": "ERR_403_NOT_AUTHORIZED" });
    const answer = await fetch(`${sandbox.address}${request.url}`, {
      headers: { authorization: request.headers.authorization },
    }).catch(() => undefined);
    const body = await answer?.arrayBuffer().catch(() => undefined);
    // A failure of the upstream connection breaks the proxy's connection as well.
    if (!body) return response.destroy();
    return response
      .writeHead(answer.status, [...answer.headers].filter(([name]) => !/encoding|length|connection/.test(name)).flat())
      .end(Buffer.from(body));
  });
  return { ...made, state, baseUrl: `${made.address}/case/v3` };
}

/** Returns a gateway's response and its costs: numbers of case requests and token requests. */
export async function sendRequest(
  kind,
  { role = "a", jwt, path = `/cases/contracts/contract_ids/${own[0]}`, fresh = true, ...init } = {},
) {
  const before = [upstream.state.cases, (await sandbox.info()).requests.received];
  const began = Date.now();
  const headers = { ...(fresh ? { "cache-control": "no-cache" } : {}), ...init.headers };
  const response = await worker.get(path, jwt === undefined ? await login.signIn(role) : jwt, {
    isolate: isolateOf(kind),
    ...init,
    headers,
  });
  const ms = Date.now() - began;
  const text = await response.text();
  assert.doesNotMatch(text, /\n\s+at |<h1>|synthetic|of the service"/);
  const body = JSON.parse(text);
  const received = (await sandbox.info()).requests.received - before[1];
  const costs = upstream.state.cases - before[0];
  return {
    status: response.status,
    headers: response.headers,
    body,
    error: body?.error,
    code: body?.error?.code,
    ms,
    costs,
    received,
  };
}

/** Sets the clock of a gateway ahead. */
export const advance = (kind, ms) => worker.advance(ms, isolateOf(kind));

/** Waits until a gateway has ended what goes on after its responses. */
export const settled = (kind) => worker.settled(isolateOf(kind));

/** Takes the audit entries of a gateway, once there are at least as many as given. */
export const auditOf = (kind, least) => worker.audit(isolateOf(kind), least);

export const failure = ({ status, code, costs }) => ({ status, code, costs });
export const logged = () => worker.log.join("");
