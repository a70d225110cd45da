// The life of the MCP server: it ends with its client, cancels what nobody waits for, and answers before clients give up.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import process from "node:process";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { CaseClient, createSandbox, PROGRAM, run, serve, source } from "./harness.mjs";
import { callTool, connect, startLines } from "./mcp-harness.mjs";

const service = await serve({ cases: 400 });
const { sandbox, connection, behaviour } = service;
const { contract_ids } = sandbox.info({ holders: 400 });
const args = ["--contract", contract_ids.join(","), "--created-from", "2020-01-01", ...connection];
const { env } = service;

/** Lets requests to the four endpoints wait until `release` is called. `arrived` resolves with the first. */
function holdRequests() {
  let release;
  let arrive;
  const arrived = new Promise((resolve) => {
    arrive = resolve;
  });
  const released = new Promise((resolve) => {
    release = resolve;
  });
  behaviour.change = async ({ path }, respond) => {
    if (path.startsWith("/oauth2/")) return respond();
    arrive();
    await released;
    return respond();
  };
  return {
    arrived,
    release: () => {
      behaviour.change = (_request, respond) => respond();
      release();
    },
  };
}

test("it ends when standard input is closed, also while it waits for the service", async () => {
  const server = startLines(args, { env });
  await server.initialize();
  const held = holdRequests();
  void server.call("search_cases", {}).catch(() => {});
  await held.arrived;
  const closedAt = performance.now();
  server.child.stdin.end();
  assert.deepEqual(await server.exited, { code: 0, signal: null });
  assert.ok(performance.now() - closedAt < 2000);
  held.release();
});

test("it works, and so does doctor, in the first Node 20, which has no AbortSignal.any", async () => {
  const old = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent("delete AbortSignal.any")}` };
  const server = startLines(args, { env: { ...env, ...old } });
  await server.initialize();
  const held = holdRequests();
  const cancelled = server.call("overview", {});
  cancelled.catch(() => {});
  await held.arrived;
  server.send({ method: "notifications/cancelled", params: { requestId: 2 } });
  held.release();
  const { result } = await server.call("overview", {});
  assert.equal(result.isError, undefined, result.content[0].text);
  assert.equal(await Promise.race([cancelled, "no answer"]), "no answer");
  server.child.stdin.end();
  await server.exited;
  const { code, stdout } = await run(["doctor", "--sandbox"], { env: old });
  assert.equal(code, 0, stdout);
});

test("it ends when its reader has gone, and by a signal, with code 0", async () => {
  const piped = startLines(["--sandbox"]);
  await piped.initialize();
  piped.child.stdout.destroy();
  piped.send({ id: 77, method: "tools/list", params: {} });
  piped.send({ id: 78, method: "tools/list", params: {} });
  assert.deepEqual(await piped.exited, { code: 0, signal: null });
  for (const signal of ["SIGTERM", "SIGINT"]) {
    const server = startLines(["--sandbox"]);
    await server.initialize();
    server.child.kill(signal);
    assert.deepEqual(await server.exited, { code: 0, signal: null });
  }
});

test("it is gone two seconds after its parent was killed, also while it waits for the service", {
  skip: process.platform === "win32" && "signals",
}, async () => {
  const held = holdRequests();
  // A client that starts the server, asks, and is killed: it closes nothing.
  const client = `
    const { spawn } = require("node:child_process");
    const child = spawn(process.execPath, ${JSON.stringify([PROGRAM, "mcp", ...args])}, { stdio: ["pipe", "pipe", "ignore"] });
    child.stdin.write(${JSON.stringify(
      `${[
        {
          id: 1,
          method: "initialize",
          params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } },
        },
        { method: "notifications/initialized" },
        { id: 2, method: "tools/call", params: { name: "search_cases", arguments: {} } },
      ]
        .map((message) => JSON.stringify({ jsonrpc: "2.0", ...message }))
        .join("\n")}\n`,
    )});
    console.log(child.pid);
    setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ["-e", client], { env: { PATH: process.env.PATH, ...env } });
  const [line] = await once(createInterface({ input: parent.stdout }), "line");
  const pid = Number(line);
  await held.arrived;
  parent.kill("SIGKILL");
  await once(parent, "exit");
  const isAlive = () => {
    try {
      process.kill(pid, 0);
      // Its new parent may not have collected it yet.
      return process.platform !== "linux" || !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
    } catch {
      return false;
    }
  };
  // Two seconds, without those of a pause of the machine.
  for (let look = 0; isAlive() && look < 100; look += 1) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(isAlive(), false);
  held.release();
});

test("a cancelled call sends nothing more, and the next one continues", async () => {
  const client = await connect([...args, "--rate", "20"], { env });
  const held = holdRequests();
  const stop = new AbortController();
  const call = callTool(client, "search_cases", {}, { signal: stop.signal });
  await held.arrived;
  stop.abort();
  await assert.rejects(call);
  // A call that needs no request is answered after everything that was on its way.
  await callTool(client, "server_status");
  const sent = service.requests.length;
  held.release();
  await callTool(client, "explain_error", { code: "CASE_NOTFOUND" });
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.equal(service.requests.length, sent, "nothing is sent for a cancelled call");
  const found = await callTool(client, "search_cases");
  assert.ok(found.is_complete && found.total > 100);
});

test("calls at the same time share one reading", async () => {
  const client = await connect(args, { env });
  const before = service.requests.length;
  const where = { status_flag: ["O"] };
  const [one, two, three] = await Promise.all([
    callTool(client, "search_cases", { where }),
    callTool(client, "overview", { where }),
    callTool(client, "search_cases", { where, limit: 1 }),
  ]);
  assert.deepEqual([two.total, three.total], [one.total, one.total]);
  const lists = service.requests.slice(before).filter(({ path }) => !path.startsWith("/oauth2/"));
  assert.equal(lists.length, Math.ceil(contract_ids.length / 10));
});

test("a long reading tells its progress, with growing numbers, only to who asked for it", async () => {
  const client = await connect([...args, "--rate", "3"], { env });
  const progress = [];
  await callTool(client, "search_cases", {}, { onprogress: (state) => progress.push(state) });
  assert.ok(progress.length >= 1);
  for (const [index, { progress: number, message }] of progress.entries()) {
    assert.equal(number, index + 1);
    assert.match(message, /^\d+ cases, \d+ requests$/);
  }
  const silent = startLines([...args, "--rate", "3"], { env });
  await silent.initialize();
  await silent.call("search_cases", {});
  assert.ok(silent.lines.every((line) => JSON.parse(line).method === undefined));
});

test("a reading that takes longer than a client waits is answered in part, goes on, and is not repeated", async () => {
  const { HeldSets, SetUses } = await source("mcp/held-cases.ts");
  const local = await createSandbox({ cases: 3000 });
  let count = 0;
  let release;
  const released = new Promise((resolve) => {
    release = resolve;
  });
  const client = new CaseClient({
    ...local.clientOptions,
    fetch: async (url, init) => {
      count += 1;
      if (count > 20) await released;
      return local.fetch(url, init);
    },
  });
  const sets = new HeldSets(client, undefined);
  const held = await sets.open(
    { target: { contract_ids: local.info({ holders: 3000 }).contract_ids }, from: "2025-09-01T00:00:00.000Z" },
    "local",
    { uses: new SetUses(), signal: new AbortController().signal, waitMs: 60_000 },
  );
  const waiting = (waitMs) => ({ signal: new AbortController().signal, token: undefined, waitMs });
  const partly = await held.refresh(60_000, waiting(500));
  assert.equal(partly.isComplete, false);
  assert.ok(held.store.size > 0 && partly.progress.requests >= 20);
  release();
  const whole = await held.refresh(60_000, waiting(60_000));
  assert.deepEqual([whole.isComplete, whole.missing, whole.progress], [true, [], undefined]);
  const requests = count;
  await held.refresh(60_000, waiting(60_000));
  assert.equal(count, requests);
  // What nobody waits for any more is not read, and continues where it ended.
  await sets.close();
  assert.equal(held.isClosed, true);
});
