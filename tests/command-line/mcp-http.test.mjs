// The MCP server over HTTP: who may use it, under which names it is reached, and that users do not see each other's cases.

import assert from "node:assert/strict";
import { createServer, request as httpRequest } from "node:http";
import { createInterface } from "node:readline";
import { after, test } from "node:test";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { Client as OldClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as OldTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { serve, start } from "./harness.mjs";
import { callTool, MODERN } from "./mcp-harness.mjs";

const TOKEN = "a-synthetic-token-of-the-tests";

/** Starts the server on a free port. Returns its address. */
async function startHttp(args, env = {}) {
  const { child, ended, text } = start(["mcp", "--http", "--port", "0", ...args], { env });
  after(() => child.kill("SIGKILL"));
  const [line] = await Promise.race([
    new Promise((resolve) => createInterface({ input: child.stdout }).once("line", (first) => resolve([first]))),
    ended.then(({ stderr }) => Promise.reject(new Error(stderr))),
  ]);
  return { url: line.replace("listening on ", ""), child, ended, text };
}

const headersOf = (token) => ({ requestInit: { headers: { authorization: `Bearer ${token}` } } });

async function connectHttp(url, token, mode = { pin: MODERN }) {
  const client = new Client({ name: "tests", version: "1.0.0" }, { versionNegotiation: { mode } });
  await client.connect(new StreamableHTTPClientTransport(new URL(url), headersOf(token)));
  after(() => client.close());
  return client;
}

/** Sends a request with any headers, also those that fetch does not let through. */
function send(url, { method = "POST", headers = {}, body } = {}) {
  return new Promise((resolve, reject) => {
    const { hostname, port, pathname, path = pathname } = typeof url === "string" ? new URL(url) : url;
    const request = httpRequest(
      {
        hostname,
        port,
        path,
        method,
        headers: { "content-type": "application/json", accept: "application/json, text/event-stream", ...headers },
      },
      (response) => {
        const chunks = [];
        response.on("data", (chunk) => chunks.push(chunk));
        response.on("end", () =>
          resolve({ status: response.statusCode, headers: response.headers, text: Buffer.concat(chunks).toString() }),
        );
      },
    );
    request.on("error", reject);
    request.end(body);
  });
}

const LIST = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list", params: {} });
const shared = await startHttp(["--sandbox"], { CISCO_CASE_MCP_TOKEN: TOKEN });

test("a server that cannot listen fails", async () => {
  const { port } = new URL(shared.url);
  const { code, stderr } = await start(["mcp", "--sandbox", "--http", "--port", port], {
    env: { CISCO_CASE_MCP_TOKEN: TOKEN },
  }).ended;
  assert.match(stderr, /the server cannot listen: .*EADDRINUSE/);
  assert.equal(code, 1);
});

test("clients of both generations and both eras use it at the same time, and share what it holds", async () => {
  const modern = await connectHttp(shared.url, TOKEN);
  const legacy = await connectHttp(shared.url, TOKEN, "legacy");
  const old = new OldClient({ name: "tests", version: "1.0.0" });
  await old.connect(new OldTransport(new URL(shared.url), headersOf(TOKEN)));
  after(() => old.close());
  const first = await callTool(modern, "search_cases", { limit: 3 });
  for (const client of [legacy, old, modern]) {
    const found = await callTool(client, "search_cases", { limit: 3 });
    assert.deepEqual([found.total, found.as_of, found.cases], [first.total, first.as_of, first.cases]);
    // A cursor goes on in any connection of the same identity.
    const next = await callTool(client, "search_cases", { cursor: first.next_cursor, limit: 3 });
    assert.equal(next.cases.length, 3);
  }
  // It has no sessions: there is nothing to reconnect to.
  const headers = { authorization: `Bearer ${TOKEN}` };
  const { status } = await send(shared.url, { method: "GET", headers });
  assert.equal(status, 405);
  const unknown = await send(shared.url, { headers: { ...headers, "mcp-session-id": "of another start" }, body: LIST });
  assert.equal(unknown.status, 200);
});

test("without its token it answers 401 with the address of the metadata, and tells nothing", async () => {
  for (const headers of [
    {},
    { authorization: "Bearer wrong" },
    { authorization: `Basic ${TOKEN}` },
    { authorization: `Bearer ${TOKEN}x` },
  ]) {
    const { status, headers: answered, text } = await send(shared.url, { headers, body: LIST });
    assert.equal(status, 401);
    assert.match(
      answered["www-authenticate"],
      /^Bearer .*resource_metadata="http:\/\/127\.0\.0\.1:\d+\/\.well-known\/oauth-protected-resource\/mcp"/,
    );
    assert.ok(!text.includes("search_cases") && !text.includes(TOKEN));
  }
  const { origin } = new URL(shared.url);
  for (const path of ["/.well-known/oauth-protected-resource/mcp", "/.well-known/oauth-protected-resource"]) {
    const { status, text } = await send(origin + path, { method: "GET" });
    assert.equal(status, 200);
    assert.equal(JSON.parse(text).resource, shared.url);
    assert.equal((await send(origin + path, { method: "POST" })).status, 405);
  }
  assert.equal((await send(`${origin}/other`, { method: "GET" })).status, 404);
});

test("other hosts and origins are rejected, with and without a token", async () => {
  const authorization = `Bearer ${TOKEN}`;
  for (const headers of [
    { host: "evil.example" },
    { host: "evil.example", authorization },
    { authorization, origin: "https://evil.example" },
    { authorization, origin: "null" },
    { authorization, host: "127.0.0.1.evil.example" },
  ]) {
    assert.equal((await send(shared.url, { headers, body: LIST })).status, 403, JSON.stringify(headers));
  }
  const { port } = new URL(shared.url);
  for (const headers of [
    { authorization, host: `localhost:${port}` },
    { authorization, origin: "http://localhost:3000" },
  ]) {
    assert.equal((await send(shared.url, { headers, body: LIST })).status, 200);
  }
  const named = await startHttp(["--sandbox", "--url", "https://mcp.example/mcp", "--allow-host", "proxy.internal"], {
    CISCO_CASE_MCP_TOKEN: TOKEN,
  });
  for (const [host, status] of [
    ["mcp.example", 200],
    ["proxy.internal", 200],
    ["other.example", 403],
  ]) {
    assert.equal(
      (
        await send(named.url.replace("https://mcp.example", `http://127.0.0.1:${await portOf(named)}`), {
          headers: { host, authorization },
          body: LIST,
        })
      ).status,
      status,
      host,
    );
  }
});

/** The port of a server that prints its public address: from its standard error. */
const portOf = async ({ text }) => /port (\d+)/.exec(text("stderr"))[1];

test("paths that are not those of the server, or no address at all, are not found, and leave no line in the log", async () => {
  for (const path of ["/", "/mcp/x", "//", "///", "//[", "/%zz"]) {
    const { hostname, port } = new URL(shared.url);
    assert.equal((await send({ hostname, port, path }, { body: LIST })).status, 404, path);
  }
  assert.equal(shared.text("stderr").trim().split("\n").length, 1, shared.text("stderr"));
});

test("bodies that are too long or no JSON are rejected, and the server goes on", async () => {
  const headers = { authorization: `Bearer ${TOKEN}` };
  const long = await send(shared.url, { headers, body: `{"a":"${"x".repeat(2_000_000)}"}` });
  assert.equal(long.status, 413);
  assert.equal((await send(shared.url, { headers, body: "{" })).status, 400);
  assert.equal((await send(shared.url, { headers, body: LIST })).status, 200);
});

test("users of an identity provider see what the gateway shows each, and never what was read for another", async () => {
  const { publicKey, privateKey } = await generateKeyPair("RS256");
  const jwk = { ...(await exportJWK(publicKey)), kid: "1", alg: "RS256" };
  const provider = createServer(({ url }, response) => {
    const body =
      url === "/keys"
        ? { keys: [jwk] }
        : url === "/.well-known/openid-configuration"
          ? { jwks_uri: `${issuer}/keys` }
          : undefined;
    response.writeHead(body ? 200 : 404, { "content-type": "application/json" }).end(JSON.stringify(body ?? {}));
  });
  await new Promise((resolve) => provider.listen(0, "127.0.0.1", resolve));
  after(() => provider.close());
  const issuer = `http://127.0.0.1:${provider.address().port}`;
  // In place of a gateway: it lets each user see the contracts of the token's claim.
  const gateway = await serve({ cases: 500, auth: "any" });
  const contracts = gateway.sandbox.info().contract_ids;
  const tokens = [];
  let revoked;
  gateway.behaviour.change = ({ headers, path }, respond) => {
    const token = headers.authorization?.slice("Bearer ".length);
    tokens.push(token);
    const { contracts: own } = JSON.parse(Buffer.from(token.split(".")[1], "base64url").toString());
    const asked = decodeURIComponent(/contract_ids\/([^?]+)/.exec(path)?.[1] ?? "").split(",");
    return asked.every((id) => own.includes(id) && id !== revoked)
      ? respond()
      : new Response('{"error":{"code":"NOT_PERMITTED"}}', { status: 403 });
  };
  const audience = "https://mcp.example/mcp";
  const server = await startHttp(
    ["--max-age", "0", "--gateway", `${gateway.origin}/case/v3`, "--issuer", issuer, "--url", audience],
    {
      CISCO_CASE_TOKEN: "a token of the machine, which must not be used",
    },
  );
  const url = `http://127.0.0.1:${await portOf(server)}/mcp`;
  const tokenOf = (claims, { to = audience, by = issuer, exp = "5m", key = privateKey } = {}) =>
    new SignJWT({ contracts: [], ...claims })
      .setProtectedHeader({ alg: "RS256", kid: "1" })
      .setSubject("user")
      .setIssuer(by)
      .setAudience(to)
      .setExpirationTime(exp)
      .sign(key);
  const { privateKey: foreign } = await generateKeyPair("RS256");
  for (const [why, token] of [
    ["another audience", await tokenOf({}, { to: "https://other.example" })],
    ["another issuer", await tokenOf({}, { by: "https://other.example" })],
    ["expired", await tokenOf({}, { exp: "-5m" })],
    ["another key", await tokenOf({}, { key: foreign })],
    ["no JWT", TOKEN],
  ]) {
    const { status, text } = await send(url, { headers: { authorization: `Bearer ${token}` }, body: LIST });
    assert.equal(status, 401, why);
    assert.ok(!text.includes(token), why);
  }
  const { text } = await send(`${new URL(url).origin}/.well-known/oauth-protected-resource/mcp`, { method: "GET" });
  assert.deepEqual(JSON.parse(text), {
    resource: audience,
    resource_name: "Cisco support cases",
    bearer_methods_supported: ["header"],
    authorization_servers: [issuer],
  });
  const [one, other] = contracts;
  const anna = await tokenOf({ contracts: [one], sub: "anna" });
  const otto = await tokenOf({ contracts: [other], sub: "otto" });
  const clientOfAnna = await connectHttp(url, anna);
  const clientOfOtto = await connectHttp(url, otto, "legacy");
  const where = (contract) => ({ where: { contract_id: [contract], created: { from: "2020-01-01" } }, limit: 5 });
  const found = await callTool(clientOfAnna, "search_cases", where(one));
  assert.ok(found.total > 5);
  await assert.rejects(callTool(clientOfOtto, "search_cases", where(one)), /not|permission|access/i);
  await assert.rejects(callTool(clientOfOtto, "search_cases", { cursor: found.next_cursor }), /expired or belongs/);
  assert.equal(
    (await callTool(clientOfOtto, "server_status")).sets.reduce((sum, { cases }) => sum + cases, 0),
    0,
  );
  assert.deepEqual((await clientOfOtto.listResources()).resources, []);
  assert.ok((await callTool(clientOfOtto, "search_cases", where(other))).total > 0);
  // Another token of the same user continues, one with other permissions does not.
  const renewed = await connectHttp(url, await tokenOf({ contracts: [one], sub: "anna" }, { exp: "10m" }));
  assert.equal((await callTool(renewed, "search_cases", { cursor: found.next_cursor })).total, found.total);
  const changed = await connectHttp(url, await tokenOf({ contracts: [one, other], sub: "anna" }));
  await assert.rejects(callTool(changed, "search_cases", { cursor: found.next_cursor }), /expired or belongs/);
  // A contract that the gateway does not show any more is not shown from memory either.
  revoked = one;
  const without = await callTool(clientOfAnna, "search_cases", where(one));
  assert.deepEqual([without.total, without.is_complete], [0, false]);
  revoked = undefined;
  assert.equal((await callTool(clientOfAnna, "search_cases", where(one))).total, found.total);
  assert.deepEqual(
    [...new Set(tokens)].filter((token) => ![anna, otto].includes(token) && token.split(".").length !== 3),
    [],
  );
});

test("a signal ends it with code 0", async () => {
  const server = await startHttp(["--sandbox"], { CISCO_CASE_MCP_TOKEN: TOKEN });
  await connectHttp(server.url, TOKEN);
  server.child.kill("SIGTERM");
  const { code } = await server.ended;
  assert.equal(code, 0);
});
