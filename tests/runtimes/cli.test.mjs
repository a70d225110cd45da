// The command, as `npx cisco-support-case` runs it.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { join } from "node:path";
import { after, test } from "node:test";

const COMMAND = join(process.cwd(), "node_modules", ".bin", "cisco-support-case");
const running = new Set();
after(() => running.forEach((child) => child.kill("SIGKILL")));

function start(args) {
  const child = spawn(COMMAND, args, { stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  child.once("exit", () => running.delete(child));
  child.output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"]) child[name].on("data", (data) => (child.output[name] += data));
  return child;
}

/** Runs a command that exits by itself. */
async function run(...args) {
  const child = start(args);
  const [code] = await once(child, "close");
  return { code, ...child.output };
}

/** Serves a sandbox on a free port. */
async function serve(...args) {
  const child = start(["sandbox", "--port", "0", ...args]);
  const closed = once(child, "close");
  while (!child.output.stdout.includes("/__sandbox")) {
    await Promise.race([once(child.stdout, "data"), closed]);
    if (child.exitCode !== null) throw new Error(child.output.stderr);
  }
  const [, origin] = /^listening on (http:\/\/\S+)$/m.exec(child.output.stdout);
  const stop = async (signal = "SIGTERM") => {
    child.kill(signal);
    const [code] = await closed;
    return { code, ...child.output };
  };
  return { origin, child, stop };
}

async function token(origin) {
  const body = new URLSearchParams({ grant_type: "client_credentials", client_id: "portal", client_secret: "s3cret" });
  const response = await fetch(`${origin}/oauth2/default/v1/token`, { method: "POST", body });
  assert.equal(response.status, 200);
  return (await response.json()).access_token;
}

const SUMMARY = "/case/v3/cases/case_ids/682299374";
const bearer = (value) => ({ headers: { Authorization: `Bearer ${value}` } });

test("help and version are printed", async () => {
  for (const args of [[], ["--help"], ["sandbox", "--help"]]) {
    const { code, stdout, stderr } = await run(...args);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /^Usage: |\nUsage: /);
  }
  assert.match((await run("--version")).stdout, /^\d+\.\d+\.\d+\n$/);
});

test("the printed address answers requests, also of this package's client", async () => {
  const { CaseClient } = await import("cisco-support-case");
  for (const [args, notes] of [
    [[], /^$/],
    [["--host", "localhost"], /^$/],
    [["--host", "0.0.0.0"], /all other addresses of this machine\n.*allowHttp: true/],
  ]) {
    const { origin, stop } = await serve("--cases", "10", "--auth", "any", ...args);
    const client = new CaseClient({ baseUrl: `${origin}/case/v3`, token: "any" });
    const { count } = await client.caseSummary({ case_ids: ["682299374"] }).catch(({ kind }) => ({ count: kind }));
    assert.notEqual(count, "network", args.join(" "));
    const { stdout } = await stop();
    const [, notesText] = /^listening on .*\n([\s\S]*?) {2}base URL/.exec(stdout);
    assert.match(notesText.trim(), notes, args.join(" "));
  }
});

test("an invalid argument is one sentence and exit code 2", async () => {
  const mistakes = [
    [["play"], /unknown command 'play'/],
    [["sandbox", "--prot", "1"], /unknown option '--prot'/],
    [["sandbox", "extra"], /too many arguments for 'sandbox'/],
    [["sandbox", "--port"], /option '--port <port>' argument missing/],
    [
      ["sandbox", "--port", "65536"],
      /^cisco-support-case: option '--port <port>' argument '65536' is invalid\. Expected a whole number from 0 to 65535\./,
    ],
    [["sandbox", "--cases", "0"], /cases: expected a whole number from 1 to 1000000, got 0/],
    [["sandbox", "--cases", "many"], /--cases <number>/],
    [["sandbox", "--seed", "-1"], /--seed/],
    [["sandbox", "--latency", "1s"], /--latency <ms>/],
    [
      ["sandbox", "--moves-per-hour", "some"],
      /--moves-per-hour <number>' argument 'some' is invalid\. Expected a number\./,
    ],
    [["sandbox", "--moves-per-hour", "3600001"], /movesPerHour: expected a number from 0 to 3600000, got 3600001/],
    [["sandbox", "--ms-per-request", "1.5"], /--ms-per-request <ms>/],
    [["sandbox", "--fault", "nope"], /fault\.name: /],
    [["sandbox", "--fault", "reset:2"], /fault\.rate: /],
    [["sandbox", "--auth", "none"], /auth: expected "any" or "strict", got "none"/],
  ];
  for (const [args, sentence] of mistakes) {
    const { code, stdout, stderr } = await run(...args);
    assert.deepEqual([code, stdout], [2, ""], args.join(" "));
    assert.match(stderr, sentence);
    assert.equal(stderr.split("\n").length, 2, stderr);
  }
});

test("a port in use is one sentence", async () => {
  const { origin, stop } = await serve();
  const { code, stderr } = await run("sandbox", "--port", new URL(origin).port);
  assert.equal(code, 1);
  assert.match(stderr, /port \d+ on 127\.0\.0\.1 is in use; choose another with --port, or --port 0 for a free one/);
  await stop();
});

test("it listens, serves the documented control address, and stops on a signal", async () => {
  for (const signal of ["SIGTERM", "SIGINT"]) {
    const { origin, stop } = await serve("--cases", "300", "--seed", "4");
    assert.match(origin, /^http:\/\/127\.0\.0\.1:\d+$/);
    const access = bearer(await token(origin));
    const page = await fetch(`${origin}/case/v3/cases/contracts/contract_ids/1234567?page_index=1`, access);
    assert.equal(page.headers.get("content-length"), String((await page.arrayBuffer()).byteLength));
    assert.ok(page.headers.get("x-mashery-message-id"));
    const info = await (await fetch(`${origin}/__sandbox`)).json();
    const { servers, components } = await (await fetch(origin + info.openapi)).json();
    assert.deepEqual(
      servers.map(({ url }) => url),
      [`${origin}/case/v3`],
    );
    const { tokenUrl } = components.securitySchemes.clientCredentials.flows.clientCredentials;
    assert.equal(tokenUrl, `${origin}/oauth2/default/v1/token`);
    assert.deepEqual([info.cases, info.seed, info.auth, info.live], [300, 4, "strict", false]);
    assert.deepEqual(info.requests, { received: 2, refused: 0, busiestSecond: 1, busiestMinute: 1 });
    const { code, stdout, stderr } = await stop(signal);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.equal(stdout.split("\n").length, 6, stdout);
    assert.ok(!stdout.includes("s3cret"));
  }
});

test("only its own tokens are accepted, except with --auth any", async () => {
  const strict = await serve();
  assert.equal((await fetch(strict.origin + SUMMARY, bearer("x"))).status, 403);
  const access = bearer(await token(strict.origin));
  assert.equal((await fetch(strict.origin + SUMMARY, access)).status, 200);
  await fetch(`${strict.origin}/__sandbox`, { method: "POST", body: '{"advanceMs":3600000}' });
  const expired = await fetch(strict.origin + SUMMARY, access);
  assert.equal(expired.headers.get("x-mashery-error-code"), "ERR_403_NOT_AUTHORIZED");
  await strict.stop();
  const any = await serve("--auth", "any", "--live");
  assert.equal((await fetch(any.origin + SUMMARY, bearer("x"))).status, 200);
  assert.ok(Math.abs(Date.parse((await (await fetch(`${any.origin}/__sandbox`)).json()).now) - Date.now()) < 10_000);
  await any.stop();
});

test("faults and latency of the command line apply", async () => {
  const { origin, stop } = await serve(
    "--auth",
    "any",
    "--latency",
    "50",
    "--fault",
    "over_qps:0.5",
    "--fault",
    "404:API_UNAVAILABLE:0",
  );
  const { faults } = await (await fetch(`${origin}/__sandbox`)).json();
  assert.deepEqual(
    faults.map(({ name, rate }) => [name, rate]),
    [
      ["latency", 1],
      ["over_qps", 0.5],
      ["404:API_UNAVAILABLE", 0],
    ],
  );
  const start = performance.now();
  await (await fetch(origin + SUMMARY, bearer("x"))).text();
  assert.ok(performance.now() - start >= 45);
  await stop();
});

test("cases change between requests with --live", async () => {
  const { origin, stop } = await serve("--auth", "any", "--moves-per-hour", "7200.5", "--ms-per-request", "10000");
  for (let request = 0; request < 3; request += 1) await (await fetch(origin + SUMMARY, bearer("x"))).text();
  const info = await (await fetch(`${origin}/__sandbox?holders=2`)).json();
  assert.deepEqual([info.movesPerHour, info.msPerRequest, info.contract_ids.length], [7200.5, 10_000, 2]);
  assert.equal(info.now, "2026-06-01T12:00:30Z");
  assert.equal(
    Object.values(info.moves).reduce((sum, count) => sum + count),
    60,
  );
  await stop();
});

test("transport faults apply to the socket", async () => {
  const { origin, stop } = await serve("--auth", "any");
  const fault = (order) =>
    fetch(`${origin}/__sandbox`, { method: "POST", body: JSON.stringify({ clear: true, faults: [order] }) });

  await fault({ name: "reset" });
  await assert.rejects(fetch(origin + SUMMARY, bearer("x")), TypeError);

  await fault({ name: "truncated_body" });
  const truncated = await fetch(origin + SUMMARY, bearer("x"));
  assert.equal(truncated.status, 200);
  await assert.rejects(truncated.text(), TypeError);

  await fault({ name: "slow_body", ms: 140 });
  const start = performance.now();
  assert.equal((await (await fetch(origin + SUMMARY, bearer("x"))).json()).count, 1);
  assert.ok(performance.now() - start >= 120);

  await fault({ name: "latency", ms: 60_000 });
  await assert.rejects(fetch(origin + SUMMARY, { ...bearer("x"), signal: AbortSignal.timeout(50) }));
  const { code } = await stop();
  assert.equal(code, 0, "an answer that waits holds nothing up");
});

/** Returns the raw response to raw bytes. */
async function raw(origin, text) {
  const socket = connect(new URL(origin).port, "127.0.0.1");
  socket.end(text);
  let reply = "";
  for await (const data of socket) reply += data;
  return reply;
}

test("every response has a message id, also for malformed HTTP", async () => {
  const { origin, stop } = await serve("--auth", "any");
  for (const path of [
    "/",
    "/nothing",
    "/case/v3",
    "/case/v3/cases/case_ids/",
    "/oauth2/default/v1/token",
    "/__sandbox",
  ]) {
    assert.ok((await fetch(origin + path)).headers.get("x-mashery-message-id"), path);
  }
  for (const text of ["GET /case/v3/cases/case_ids/6 8 HTTP/1.1\r\nHost: a\r\n\r\n", "hello\r\n\r\n"]) {
    const reply = await raw(origin, text);
    assert.match(reply, /^HTTP\/1\.1 400 Bad Request\r\n/);
    assert.match(reply, /\r\nX-Mashery-Message-ID: [0-9a-f-]{36}\r\n/);
  }
  const large = await fetch(`${origin}/__sandbox`, { method: "POST", body: "x".repeat(2_000_000) }).catch(
    (error) => error,
  );
  assert.ok(large instanceof TypeError || large.status === 400);
  assert.equal((await fetch(origin + SUMMARY, bearer("x"))).status, 200, "it goes on");
  await stop();
});

test("HEAD, OPTIONS, long URLs and keep-alive are handled", async () => {
  const { origin, stop } = await serve("--auth", "any");
  const head = await fetch(origin + SUMMARY, { ...bearer("x"), method: "HEAD" });
  assert.ok(Number(head.headers.get("content-length")) > 100);
  const options = await fetch(origin + SUMMARY, { method: "OPTIONS" });
  assert.deepEqual([options.status, options.headers.get("access-control-allow-origin")], [200, "(null)"]);
  assert.equal((await fetch(`${origin}/case/v3/cases/case_ids/${"1,".repeat(20_000)}`, bearer("x"))).status, 414);
  const request = `GET ${SUMMARY} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer x\r\n`;
  const replies = await raw(origin, `${request}\r\n${request}Connection: close\r\n\r\n`);
  assert.equal(replies.split("HTTP/1.1 200 OK").length - 1, 2, "two answers on one connection");
  await stop();
});

test("pages of other origins cannot control a sandbox on a port", async () => {
  const { origin, stop } = await serve("--allow-host", "sandbox.test");
  const { port } = new URL(origin);
  const post = async (host, from) => {
    const body = '{"advanceMs":1}';
    const socket = connect(Number(port), "127.0.0.1");
    const headers = [`Host: ${host}`, ...(from ? [`Origin: ${from}`] : []), `Content-Length: ${body.length}`];
    socket.end(`POST /__sandbox HTTP/1.1\r\n${headers.join("\r\n")}\r\nConnection: close\r\n\r\n${body}`);
    let text = "";
    for await (const data of socket) text += data;
    return Number(/^HTTP\/1.1 (\d+)/.exec(text)?.[1]);
  };
  assert.equal(await post(`127.0.0.1:${port}`), 200);
  assert.equal(await post(`localhost:${port}`, `http://localhost:${port}`), 200);
  assert.equal(await post(`sandbox.test:${port}`), 200);
  assert.equal(await post(`127.0.0.1:${port}`, "https://evil.example"), 403);
  assert.equal(await post(`evil.example:${port}`), 403);
  assert.equal(await post(`evil.example:${port}`, `http://evil.example:${port}`), 403);
  await stop();
});
