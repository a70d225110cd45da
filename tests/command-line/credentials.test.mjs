// Where credentials come from, that they never appear anywhere, and proxies.

import assert from "node:assert/strict";
import { chmodSync, statSync, writeFileSync } from "node:fs";
import { createServer, request as httpRequest } from "node:http";
import { join } from "node:path";
import { after, test } from "node:test";
import { output, run, serve, temporaryFolder } from "./harness.mjs";

const SECRET = "synthetic-secret-4711";
const service = await serve();
const [case_id] = service.sandbox.info().case_ids;
const show = (args, options) => run(["case", case_id, "--ndjson", ...args], options);
const folder = temporaryFolder();

test("credentials come from the environment, a file or a command, and the token endpoint gets them once", async () => {
  const file = join(folder, "credentials.json");
  writeFileSync(file, JSON.stringify({ clientId: "synthetic-id", clientSecret: SECRET }), { mode: 0o600 });
  const token = service.sandbox.tokenUrl;
  assert.ok(token);
  for (const [args, env] of [
    [[], service.env],
    [["--credentials", file], {}],
    [[], { CISCO_CREDENTIALS_FILE: file }],
  ]) {
    const before = service.requests.length;
    const { code, stdout, stderr } = await show([...service.connection, ...args], { env });
    assert.equal(code, 0, stderr);
    assert.equal(JSON.parse(stdout).case_id, case_id);
    const paths = service.requests.slice(before).map(({ path }) => path);
    assert.deepEqual(
      paths.map((path) => path.split("/")[1]),
      ["oauth2", "case"],
    );
  }
});

test("a token command gives a token or the response of a token endpoint, and its failures are told", async () => {
  const any = await serve({ auth: "any" });
  for (const command of ["echo synthetic-token", `echo '{"access_token":"synthetic-token","expires_in":60}'`]) {
    const { code, stderr } = await show([...any.connection, "--token-command", command]);
    assert.equal(code, 0, stderr);
    assert.equal(any.requests.at(-1).headers.authorization, "Bearer synthetic-token");
  }
  for (const [command, message] of [
    ["echo why >&2; exit 7", /why[\s\S]*the token command failed \(exit code 7\)/],
    ["true", /the token command wrote nothing/],
    ["kill -9 $$", /the token command failed \(SIGKILL\)/],
    ["yes", /the token command wrote more than 1048576 bytes/],
    [`echo '{"token":"${SECRET}"}'`, /neither a token nor JSON with access_token/],
    [`echo '{${SECRET}'`, /neither a token nor JSON with access_token/],
  ]) {
    const { code, stderr } = await show([...any.connection, "--token-command", command]);
    assert.deepEqual([code, / at |node:/.test(stderr)], [3, false], stderr);
    assert.match(stderr, message);
    assert.doesNotMatch(stderr, new RegExp(SECRET));
  }
});

test("a token command that hangs ends with the call that waits for it", {
  skip: process.platform === "win32" && "no exec",
}, async () => {
  const any = await serve({ auth: "any" });
  const start = performance.now();
  const command = "echo $$ >&2; exec sleep 300";
  const { code, stderr } = await show([...any.connection, "--timeout", "1", "--token-command", command]);
  assert.equal(code, 6, stderr);
  assert.throws(() => process.kill(Number(/^\d+$/m.exec(stderr)[0]), 0), { code: "ESRCH" });
  // The command's own limit is 60 s.
  assert.ok(performance.now() - start < 40_000);
});

test("a credentials file that others can read is refused, with the command that mends it", {
  skip: process.platform === "win32" && "no mode bits",
}, async () => {
  const file = join(folder, "open.json");
  writeFileSync(file, JSON.stringify({ clientId: "synthetic-id", clientSecret: SECRET }));
  for (const mode of [0o644, 0o640, 0o604]) {
    chmodSync(file, mode);
    const { code, stderr } = await show([...service.connection, "--credentials", file]);
    assert.equal(code, 2);
    assert.match(stderr, new RegExp(`chmod 600 '${file}'`));
  }
  assert.equal(statSync(file).mode & 0o777, 0o604, "it is only read");
});

test("a file that is no credentials is named, without what is in it", async () => {
  for (const [text, message] of [
    [`{"clientId": "a", "clientSecret": "${SECRET}"`, /is not JSON/],
    [`{"clientSecret": "${SECRET}"}`, /expected the texts "clientId" and "clientSecret"/],
    [`{"clientId": "a", "clientSecret": "${SECRET}", "tokenUrl": 1}`, /expected a text as "tokenUrl"/],
    [SECRET, /is not JSON/],
  ]) {
    const file = join(folder, "broken.json");
    writeFileSync(file, text, { mode: 0o600 });
    const { code, stdout, stderr } = await show([...service.connection, "--credentials", file]);
    assert.equal(code, 2);
    assert.match(stderr, message);
    assert.doesNotMatch(stdout + stderr, new RegExp(SECRET));
  }
  const { code, stderr } = await show([...service.connection, "--credentials", join(folder, "none.json")]);
  assert.equal(code, 2);
  assert.match(stderr, /cannot be read: ENOENT/);
});

test("half of the credentials in the environment is an error that names the other half", async () => {
  assert.match(
    (await show(service.connection, { env: { CISCO_CLIENT_ID: "a" } })).stderr,
    /CISCO_CLIENT_SECRET is not set/,
  );
  assert.match(
    (await show(service.connection, { env: { CISCO_CLIENT_SECRET: SECRET } })).stderr,
    /CISCO_CLIENT_ID is not set/,
  );
});

test("a gateway gets a token and never a secret", async () => {
  const gateway = await serve({ auth: "any" });
  const address = `${gateway.origin}/case/v3`;
  const refused = await show(["--gateway", address], { env: service.env });
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /--gateway: expected a token/);
  const named = await show([], { env: { ...service.env, CISCO_CASE_GATEWAY: address } });
  assert.deepEqual(
    [named.code, /^cisco-support-case: CISCO_CASE_GATEWAY: expected a token/.test(named.stderr)],
    [2, true],
  );
  const { code, stderr } = await show(["--gateway", address], { env: { CISCO_CASE_TOKEN: "portal-token" } });
  assert.equal(code, 0, stderr);
  assert.equal(gateway.requests.at(-1).headers.authorization, "Bearer portal-token");
  const fromEnvironment = await show([], { env: { CISCO_CASE_TOKEN: "portal-token", CISCO_CASE_GATEWAY: address } });
  assert.equal(fromEnvironment.code, 0, fromEnvironment.stderr);
});

test("no command shows a secret or a token, whatever happens", async () => {
  for (const fault of [undefined, "invalid_client", "not_authorized_403", "html_error", "garbage_json"]) {
    const faulty = await serve();
    if (fault) faulty.sandbox.fault(fault, fault === "invalid_client" ? { route: "token" } : {});
    for (const args of [
      ["case", case_id],
      ["doctor", "--json"],
      ["doctor", "--contract", faulty.sandbox.info().contract_ids[0]],
    ]) {
      const { stdout, stderr } = await run([...args, "--verbose", ...faulty.connection], { env: faulty.env });
      assert.doesNotMatch(stdout + stderr, /synthetic-secret|Bearer|eyJ/, `${fault}: ${args}`);
      for (const { headers } of faulty.requests) {
        const token = headers.authorization?.replace("Bearer ", "");
        if (token) assert.ok(!(stdout + stderr).includes(token), "the token");
      }
      for (const { url } of faulty.requests) assert.doesNotMatch(url, /secret|token=/);
    }
  }
});

test("requests go through the proxy of the environment, except to hosts of NO_PROXY", async () => {
  const seen = [];
  const proxy = createServer((incoming, outgoing) => {
    seen.push(`${incoming.method} ${incoming.url}`);
    const forwarded = httpRequest(incoming.url, { method: incoming.method, headers: incoming.headers }, (answer) => {
      outgoing.writeHead(answer.statusCode, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(forwarded);
  });
  // undici asks a proxy for a tunnel, also to addresses without TLS.
  proxy.on("connect", (incoming, socket) => {
    seen.push(`CONNECT ${incoming.url}`);
    const [host, port] = incoming.url.split(":");
    import("node:net").then(({ connect }) => {
      const onward = connect(Number(port), host, () => {
        socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
        onward.pipe(socket).pipe(onward);
      });
      onward.on("error", () => socket.destroy());
      socket.on("error", () => onward.destroy());
    });
  });
  await new Promise((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  after(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  const address = `http://user:${SECRET}@127.0.0.1:${proxy.address().port}`;
  for (const name of ["HTTP_PROXY", "http_proxy"]) {
    seen.length = 0;
    const { code, stderr } = await show(service.connection, { env: { ...service.env, [name]: address } });
    assert.equal(code, 0, stderr);
    assert.ok(seen.length > 0, "through the proxy");
    assert.doesNotMatch(stderr, new RegExp(SECRET));
  }
  seen.length = 0;
  const direct = await show(service.connection, {
    env: { ...service.env, HTTP_PROXY: address, NO_PROXY: "127.0.0.1" },
  });
  assert.equal(direct.code, 0, direct.stderr);
  assert.deepEqual(seen, []);
  const text = await output(["doctor", ...service.connection], { env: { ...service.env, HTTP_PROXY: address } });
  assert.match(text, new RegExp(`proxy: 127.0.0.1:\\d+: http://127.0.0.1:${proxy.address().port}\\n`));
  assert.doesNotMatch(text, new RegExp(SECRET));
});
