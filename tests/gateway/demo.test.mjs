// The demo as `cargo xtask demo` starts it: the tables of its copy are those that the package writes to.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { test } from "node:test";

/** A port that was free. */
async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

test("the demo copies all cases, and reports no error", { timeout: 120_000 }, async () => {
  const site = mkdtempSync(join(tmpdir(), "demo-site-"));
  writeFileSync(join(site, "index.html"), "<!doctype html><title>Portal</title>");
  const port = await freePort();
  const options = ["--site", site, "--port", `${port}`, "--cases", "400"];
  const demo = spawn(process.execPath, [join(process.env.WWW, "demo/run.mjs"), ...options], {
    env: { ...process.env, CLOUDFLARE_CF_FETCH_ENABLED: "false" },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const ended = new Promise((done) => demo.once("close", done));
  const failures = [];
  demo.stderr.on("data", (text) => failures.push(String(text)));
  try {
    const reports = [];
    for await (const line of createInterface({ input: demo.stdout })) {
      if (!line.startsWith('{"copy":')) continue;
      const report = JSON.parse(line);
      reports.push(report);
      if (report.complete || report.errors || failures.length > 0) break;
    }
    const { complete, errors } = reports.at(-1) ?? {};
    assert.deepEqual({ complete, errors, failures }, { complete: true, errors: undefined, failures: [] });
    assert.ok(reports.reduce((sum, { changed }) => sum + changed, 0) > 100, JSON.stringify(reports));
    assert.equal((await fetch(`http://127.0.0.1:${port}/`)).status, 200);
  } finally {
    // It ends itself and its processes.
    demo.stdin.end();
    await ended;
    rmSync(site, { recursive: true });
  }
});
