// The storage in files: locks of processes, interrupted writes, and scopes.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmod,
  mkdir,
  mkdtemp,
  open as openFile,
  readdir,
  readFile,
  rm,
  stat,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, beforeEach, test } from "node:test";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { ModelSource, script } from "./harness.mjs";

const { nodeFile } = await script("store/persistence/node-file.js");
const { PersistedStore } = await script("store/persistence/persisted-store.js");

const folders = [];
let folder;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "store-"));
  folders.push(folder);
});
after(() => Promise.all(folders.map((one) => rm(one, { recursive: true, force: true }))));

const lost = [];
const open = (scope = "alice", into = folder) =>
  nodeFile({ folder: into }).open(scope, { onLost: (error) => lost.push(error) });
const bytes = (...values) => Uint8Array.from(values);
const inner = async () => join(folder, (await readdir(folder))[0]);

test("arrays are files, which a later process reads", async () => {
  const storage = await open();
  await storage.write(
    [
      ["chunk-1-0", bytes(1, 2, 3)],
      ["manifest.0", bytes()],
    ],
    [],
  );
  await storage.write([["chunk-1-0", bytes(4)]], ["manifest.0", "missing"]);
  await storage.close();
  const again = await open();
  assert.deepEqual(await again.keys(), ["chunk-1-0"]);
  assert.deepEqual(await again.read(["chunk-1-0", "manifest.0"]), [bytes(4), undefined]);
  await again.close();
  await assert.rejects(again.read(["a"]), { code: "STORE_CLOSED" });
});

test("scopes have folders of their own, whatever their characters, and stay inside the folder", async () => {
  const scopes = ["alice", "Alice", "..", "../..", "/", "a/b", "a\u0000b", "é", "e\u0301", "x".repeat(5000), " "];
  for (const scope of scopes) {
    const storage = await open(scope);
    assert.deepEqual(await storage.keys(), [], scope.slice(0, 20));
    await storage.write([["key", bytes(1)]], []);
    await storage.close();
  }
  const names = await readdir(folder);
  assert.deepEqual([names.length, names.every((name) => /^store-[0-9a-f]{32}$/.test(name))], [scopes.length, true]);
});

test("no other user of the machine can read what is saved", { skip: process.platform === "win32" }, async () => {
  const umask = process.umask(0o022);
  try {
    const into = join(folder, "new", "cases");
    const storage = await open("alice", into);
    await storage.write([["chunk-1-0", bytes(1)]], []);
    for (const path of [join(folder, "new"), into, join(into, (await readdir(into))[0])])
      assert.equal((await stat(path)).mode & 0o777, 0o700, path);
    await storage.close();
    // The folder of an application stays as it is; that of the scope in it is closed.
    await open().then((one) => one.close());
    const own = (await readdir(folder)).find((name) => name.startsWith("store-"));
    assert.equal((await stat(join(folder, own))).mode & 0o777, 0o700);
  } finally {
    process.umask(umask);
  }
});

test("a second storage of the scope is locked out, in this process and in another", async () => {
  const storage = await open();
  await assert.rejects(open(), { code: "STORE_LOCKED", retryable: true });
  const url = pathToFileURL(join(process.env.PACKAGE, "store/persistence/node-file.js")).href;
  const code = `import(${JSON.stringify(url)}).then(({ nodeFile }) => nodeFile({ folder: ${JSON.stringify(folder)} })
    .open("alice", { onLost() {} })).then(() => console.log("opened"), (error) => console.log(error.code))`;
  assert.equal(execFileSync(process.execPath, ["-e", code], { encoding: "utf8" }).trim(), "STORE_LOCKED");
  await storage.close();
  const again = await open();
  await again.close();
});

test("a second storage of the scope is locked out in another thread, whose module knows nothing of the first", async () => {
  const storage = await open();
  const url = pathToFileURL(join(process.env.PACKAGE, "store/persistence/node-file.js")).href;
  const code = `import(${JSON.stringify(url)}).then(({ nodeFile }) =>
    nodeFile({ folder: ${JSON.stringify(folder)} }).open("alice", { onLost() {} })).then(
      () => "opened", ({ code }) => code).then((found) => require("node:worker_threads").parentPort.postMessage(found));`;
  const worker = new Worker(code, { eval: true });
  const [found] = await once(worker, "message");
  await worker.terminate();
  assert.equal(found, "STORE_LOCKED");
  await storage.write([["a", bytes(1)]], []);
  await storage.close();
});

test("a storage that may be usable later keeps no process running, which has done its work in memory", async () => {
  const storage = await open();
  const url = (path) => JSON.stringify(pathToFileURL(join(process.env.PACKAGE, path)).href);
  const code = `Promise.all([import(${url("entry/store-node.js")}), import(${url("store/persistence/node-file.js")})])
    .then(async ([{ CaseStore, indexedDb }, { nodeFile }]) => {
      for (const persist of [nodeFile({ folder: ${JSON.stringify(folder)} }), indexedDb()]) {
        const store = await CaseStore.open({ scope: "alice", persist });
        console.log(store.persistence.error.code);
      }
    });`;
  // The first attempts to open it again are after 5 seconds, 30 seconds and 2 minutes.
  const printed = execFileSync(process.execPath, ["-e", code], { encoding: "utf8", timeout: 100_000 });
  assert.equal(printed.trim(), "STORE_LOCKED\nSTORE_UNAVAILABLE");
  await storage.close();
});

test("the lock of a process that was killed is taken over", async () => {
  const url = pathToFileURL(join(process.env.PACKAGE, "store/persistence/node-file.js")).href;
  const code = `import(${JSON.stringify(url)}).then(({ nodeFile }) => nodeFile({ folder: ${JSON.stringify(folder)} })
    .open("alice", { onLost() {} })).then((s) => s.write([["a", new Uint8Array([7])]], [])).then(() => console.log("opened"));
    setInterval(() => {}, 1000)`;
  const child = spawn(process.execPath, ["-e", code], { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise((resolve) => child.stdout.once("data", resolve));
  await assert.rejects(open(), { code: "STORE_LOCKED" });
  child.kill("SIGKILL");
  await new Promise((resolve) => child.once("exit", resolve));
  const storage = await open();
  assert.deepEqual(await storage.read(["a"]), [bytes(7)]);
  await storage.close();
});

test("a lock of this process id from an earlier life is taken over, one of another host when it is old", async () => {
  const first = await open();
  await first.close();
  const lock = join(await inner(), "LOCK.json");
  await writeFile(
    lock,
    JSON.stringify({ token: "earlier", pid: process.pid, host: (await import("node:os")).hostname() }),
  );
  const before = new Date(Date.now() - process.uptime() * 1000 - 1000);
  await utimes(lock, before, before);
  await (await open()).close();
  await writeFile(lock, JSON.stringify({ token: "other", pid: 1, host: "another-host" }));
  await assert.rejects(open(), (error) => error.code === "STORE_LOCKED" && error.message.includes("another-host"));
  const old = new Date(Date.now() - 61_000);
  await utimes(lock, old, old);
  await (await open()).close();
  // A lock that is being written is in use; an old one was interrupted.
  await writeFile(lock, "");
  await assert.rejects(open(), { code: "STORE_LOCKED" });
  await utimes(lock, old, old);
  await (await open()).close();
});

test("many storages at once over a stale lock: one gets it", async () => {
  await (await open()).close();
  const lock = join(await inner(), "LOCK.json");
  for (let round = 0; round < 20; round += 1) {
    await writeFile(
      lock,
      JSON.stringify({ token: `stale ${round}`, pid: 2 ** 22 + 1, host: (await import("node:os")).hostname() }),
    );
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => open()));
    const opened = results.filter(({ status }) => status === "fulfilled");
    assert.equal(opened.length, 1, `round ${round}`);
    for (const { reason } of results) if (reason) assert.equal(reason.code, "STORE_LOCKED");
    await opened[0].value.write([["a", bytes(round)]], []);
    await opened[0].value.close();
  }
});

test("a process whose lock was taken over cannot write any more", async () => {
  const storage = await open();
  const lock = join(await inner(), "LOCK.json");
  await writeFile(lock, JSON.stringify({ token: "thief", pid: process.pid, host: "here" }));
  await assert.rejects(storage.write([["a", bytes(1)]], []), { code: "STORE_LEADER_CHANGED" });
  await storage.close();
  assert.match(await readFile(lock, "utf8"), /thief/);
});

test("a file that was being written is no key, and is removed at the next opening", async () => {
  const storage = await open();
  await storage.write([["a", bytes(1)]], []);
  await storage.close();
  await writeFile(join(await inner(), "a.TMP"), "half");
  const again = await open();
  assert.deepEqual([await again.keys(), await again.read(["a"])], [["a"], [bytes(1)]]);
  assert.deepEqual((await readdir(await inner())).sort(), ["LOCK.json", "a"]);
  await again.close();
});

test("a store is saved and restored, erased, and begins again", async () => {
  const storage = await open();
  const source = new ModelSource();
  const store = new PersistedStore(storage, source, "alice");
  assert.equal(await store.open(), "empty");
  source.apply({ a: "1" });
  await store.save("cursor", await storage.takeEpoch());
  await storage.close();
  const second = await open();
  const restored = new PersistedStore(second, new ModelSource(), "alice");
  assert.deepEqual([await restored.open(), restored.cursor], ["restored", "cursor"]);
  await second.destroy();
  assert.deepEqual(await readdir(folder), []);
  const third = await open();
  assert.equal(await new PersistedStore(third, new ModelSource(), "alice").open(), "empty");
  await third.close();
});

test("a folder that cannot be used is a clear error", async (t) => {
  const file = join(folder, "file");
  await writeFile(file, "");
  await assert.rejects(
    open("alice", file),
    (error) => error.code === "STORE_UNAVAILABLE" && error.cause.code !== undefined,
  );
  // Where nothing can be created, Node's own recursive mkdir tries for ever.
  if (process.platform === "linux") {
    for (const path of ["/proc/no-such-folder", "/proc/no/such/folder"])
      await assert.rejects(open("alice", path), { code: "STORE_UNAVAILABLE" });
  }
  for (const path of ["", undefined, 3]) assert.throws(() => nodeFile({ folder: path }), { code: "INVALID_OPTION" });
  assert.throws(() => nodeFile({ folder: file, name: "a" }), { message: /name: expected the option folder/ });
  if (process.getuid?.() === 0) return t.diagnostic("root may write everywhere");
  const closed = join(folder, "closed");
  await mkdir(closed);
  await chmod(closed, 0o500);
  await assert.rejects(open("alice", closed), { code: "STORE_UNAVAILABLE" });
});

test("a full disk is a clear error that leaves no part of a file and no lock, and can be erased", async (t) => {
  const storage = await open();
  await storage.write([["a", bytes(1)]], []);
  const file = await openFile(join(await inner(), "a"));
  const prototype = Object.getPrototypeOf(file);
  await file.close();
  const { writeFile: original } = prototype;
  const full = t.mock.method(prototype, "writeFile", async function (content) {
    await original.call(this, content.subarray(0, content.length >> 1));
    throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
  });
  await assert.rejects(storage.write([["b", bytes(1, 2, 3, 4)]], []), { code: "STORE_QUOTA_EXCEEDED" });
  assert.deepEqual((await readdir(await inner())).sort(), ["LOCK.json", "a"]);
  assert.deepEqual(await storage.read(["a", "b"]), [bytes(1), undefined]);
  await storage.close();
  await assert.rejects(open(), { code: "STORE_QUOTA_EXCEEDED" });
  assert.deepEqual(await readdir(await inner()), ["a"]);
  full.mock.restore();
  const later = await open();
  assert.deepEqual(await later.read(["a"]), [bytes(1)]);
  await later.close();
  const again = t.mock.method(prototype, "writeFile", async () => {
    throw Object.assign(new Error("ENOSPC"), { code: "ENOSPC" });
  });
  await nodeFile({ folder }).erase("alice");
  again.mock.restore();
  assert.deepEqual(await readdir(folder), []);
});
