// Changes since the last run: each at least once, and none lost.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname, uptime } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { LIMITED, output, PROGRAM, run, serve, source, start, temporaryFolder } from "./harness.mjs";

const lines = (text) =>
  text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));

async function setUp(more = {}) {
  const service = await serve({ cases: 2000, seed: 5, movesPerHour: 120, auth: "any", ...more });
  const contract_ids = service.sandbox.info({ holders: 2000 }).contract_ids.slice(0, 20);
  const folder = temporaryFolder();
  const args = ["changes", "--contract", contract_ids.join(","), "--state", "state.json", ...service.connection];
  return { ...service, contract_ids, folder, args, options: { env: service.env, cwd: folder } };
}

test("the first run writes every case, later ones what has changed, until a copy equals the service", async () => {
  const { sandbox, args, options, folder, connection, contract_ids, env } = await setUp();
  const held = new Map();
  let second = 0;
  for (let round = 0; round < 4; round += 1) {
    const events = lines(await output([...args, "--open"], options));
    if (round === 1) second = events.length;
    for (const { type, case_id, case: record } of events) {
      if (type === "changed") held.set(case_id, record);
      else held.delete(case_id);
    }
    if (round < 3) sandbox.advance(3_600_000);
  }
  assert.ok(second > 0 && second < held.size, `${second} changes`);
  const now = lines(
    await output(["cases", "--contract", contract_ids.join(","), "--open", "--ndjson", ...connection], { env }),
  );
  const plain = (records) =>
    records.map(({ item_entry_id: _, ...record }) => record).sort((a, b) => (a.case_id < b.case_id ? -1 : 1));
  assert.deepEqual(plain([...held.values()]), plain(now));
  assert.deepEqual(readdirSync(folder), ["state.json"]);
});

test("a run without changes writes nothing, and a baseline writes nothing", async () => {
  const { args, options, sandbox } = await setUp();
  assert.equal(await output([...args, "--open", "--baseline"], options), "");
  assert.equal(await output([...args, "--open"], options), "");
  sandbox.advance(3_600_000);
  assert.ok(lines(await output([...args, "--open"], options)).length > 0);
});

test("events that a reader has not taken are written again", async () => {
  const { args, options, folder } = await setUp();
  const { child, ended } = start([...args, "--open"], options);
  await once(child.stdout, "data");
  child.stdout.destroy();
  assert.equal((await ended).code, 0);
  const again = lines(await output([...args, "--open"], options));
  const fresh = await setUp();
  const all = lines(await output([...fresh.args, "--open"], fresh.options));
  if (!existsSync(join(folder, "state.json"))) assert.equal(again.length, all.length);
  assert.ok(again.length > 0);
});

test("a run that is killed loses no event", async () => {
  const { args, options, folder, requests } = await setUp();
  const { child, ended } = start([...args, "--created-from", "2025-01-01"], options);
  const before = requests.length;
  while (requests.length < before + 8) await new Promise((resolve) => setTimeout(resolve, 5));
  child.kill("SIGKILL");
  await ended;
  assert.ok(!existsSync(join(folder, "state.json")));
  const again = lines(await output([...args, "--created-from", "2025-01-01"], options));
  const fresh = await setUp();
  const all = lines(await output([...fresh.args, "--created-from", "2025-01-01"], fresh.options));
  assert.deepEqual(new Set(again.map(({ case_id }) => case_id)), new Set(all.map(({ case_id }) => case_id)));
});

test("an interrupted run saves what was written, and the next one continues", async () => {
  let child;
  let count = 0;
  const { args, options, sandbox } = await setUp({
    change: (_request, respond) => {
      if (++count === 12) child.kill("SIGINT");
      return respond();
    },
  });
  const started = start([...args, "--created-from", "2024-01-01"], options);
  child = started.child;
  const first = await started.ended;
  assert.equal(first.code, 130, first.stderr);
  const rest = lines(await output([...args, "--created-from", "2024-01-01"], options));
  const seen = new Set([...lines(first.stdout), ...rest].map(({ case_id }) => case_id));
  const fresh = await setUp();
  assert.equal(sandbox.info().now, fresh.sandbox.info().now);
  const all = lines(await output([...fresh.args, "--created-from", "2024-01-01"], fresh.options));
  assert.deepEqual(seen, new Set(all.map(({ case_id }) => case_id)));
});

test("a relative date stays that of the first run, and another one is refused", async () => {
  const { args, options, folder, sandbox } = await setUp();
  await output([...args, "--created-from", "90d", "--baseline"], options);
  const { date_created_from } = JSON.parse(readFileSync(join(folder, "state.json"), "utf8"));
  sandbox.advance(3_600_000);
  assert.ok(lines(await output([...args, "--created-from", "90d"], options)).length >= 0);
  assert.equal(JSON.parse(readFileSync(join(folder, "state.json"), "utf8")).date_created_from, date_created_from);
  const { code, stderr } = await run([...args, "--created-from", "30d"], options);
  assert.equal(code, 2);
  assert.match(stderr, /state\.json was begun with 90d/);
});

test("a file that is no state is refused, and stays as it is", async () => {
  const { args, options, folder } = await setUp();
  for (const text of ["", "{}", '{"version":2,"cursor":"x"}', "not JSON"]) {
    writeFileSync(join(folder, "state.json"), text);
    const { code, stderr } = await run([...args, "--open"], options);
    assert.equal(code, 1);
    assert.match(stderr, /is no state of this command; remove it to begin anew/);
    assert.equal(readFileSync(join(folder, "state.json"), "utf8"), text);
  }
});

test("a run that waited for its ids goes on from the state that another one saved meanwhile", async () => {
  const { args, options, contract_ids } = await setUp();
  const waiting = ["changes", "--contracts", "-", ...args.slice(3)];
  // It reads its ids from standard input, which stays open: `start` would close it.
  const child = spawn(process.execPath, [PROGRAM, ...waiting], {
    cwd: options.cwd,
    env: { PATH: process.env.PATH, ...options.env },
    ...LIMITED,
  });
  const stderr = [];
  child.stderr.on("data", (chunk) => stderr.push(String(chunk)));
  const chunks = [];
  child.stdout.on("data", (chunk) => chunks.push(chunk));
  const closed = once(child, "close");
  // More than a pipe holds: when it is written, the program reads, and waits for the second half of the ids.
  const half = `${contract_ids.slice(0, 10).join("\n")}\n`.repeat(20_000);
  await new Promise((resolve) => child.stdin.write(half, resolve));
  const first = lines(await output(args, options));
  assert.ok(first.length > 100);
  child.stdin.end(contract_ids.slice(10).join("\n"));
  assert.deepEqual(await closed, [0, null], stderr.join(""));
  assert.equal(Buffer.concat(chunks).toString(), "", "nothing has changed since then");
});

test("of many that take over an abandoned lock, one gets it", async () => {
  const { lockFile } = await source("files.ts");
  const folder = temporaryFolder();
  const path = join(folder, "state.json.lock");
  // The number of a process that has ended.
  const { pid } = spawnSync(process.execPath, ["--version"]);
  for (let round = 0; round < 100; round += 1) {
    writeFileSync(path, `${pid}\n`);
    const taken = await Promise.allSettled(Array.from({ length: 8 }, () => lockFile(path, "state.json")));
    const releases = taken.flatMap(({ status, value }) => (status === "fulfilled" ? [value] : []));
    assert.equal(releases.length, 1, `round ${round}`);
    for (const { reason } of taken) if (reason) assert.match(reason.message, /state\.json is in use by another run/);
    await releases[0]();
    assert.deepEqual(readdirSync(folder), []);
  }
});

test("the lock of a run that was killed in a container is taken over when it is not renewed, and that of a live one is not", async () => {
  const { lockFile } = await source("files.ts");
  const folder = temporaryFolder();
  const path = join(folder, "state.json.lock");
  const minute = 60;
  for (const [holder, ageSeconds, isTaken] of [
    // Each container gives its first process the same number.
    [`${process.pid} ${hostname()} x`, 0, false],
    [`${process.pid} ${hostname()} x`, minute, false],
    [`${process.pid} ${hostname()} x`, 3 * minute, true],
    [`${process.pid}`, 3 * minute, true],
    // Processes of other containers and machines are not visible.
    [`${process.pid} another x`, minute, false],
    [`4194305 another x`, minute, false],
    [`4194305 another x`, 3 * minute, true],
    // This process's parent runs. Another process had its number before this machine was started.
    [`${process.ppid} ${hostname()} x`, 3 * minute, false],
    [`${process.ppid} ${hostname()} x`, uptime() + 3 * minute, true],
  ]) {
    writeFileSync(path, `${holder}\n`);
    const date = Date.now() / 1000 - ageSeconds;
    utimesSync(path, date, date);
    const [{ status, value, reason }] = await Promise.allSettled([lockFile(path, "state.json")]);
    assert.equal(status, isTaken ? "fulfilled" : "rejected", `${holder}, ${ageSeconds} s`);
    if (reason)
      assert.match(reason.message, /state\.json is in use by another run \(process \d+( on another)?; lock file/);
    await value?.();
    assert.deepEqual(readdirSync(folder), isTaken ? [] : ["state.json.lock"]);
  }
});

test("a lock is renewed while it is held, and only its own run releases it", async () => {
  const { lockFile } = await source("files.ts");
  const path = join(temporaryFolder(), "state.json.lock");
  const release = await lockFile(path, "state.json", 5);
  utimesSync(path, 1, 1);
  while (statSync(path).mtimeMs < 2000) await sleep(5);
  // Another run has taken it over while this one was stopped.
  writeFileSync(path, "1 another x\n");
  await release();
  assert.equal(readFileSync(path, "utf8"), "1 another x\n");
});
