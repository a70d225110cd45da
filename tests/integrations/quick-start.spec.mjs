// The quick start of the guide, followed literally in an empty folder: its unchanged files, its three commands, and the
// page in a browser. Only the ports differ, since the documented ones may be in use.

import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "@playwright/test";

const { ROOT, TOOLS } = process.env;
const folder = join(import.meta.dirname, "started");
const page = readFileSync(join(ROOT, "www/guide/getting-started.md"), "utf8");
const fences = [...page.matchAll(/^```(\S+)(?: start)?\n([\s\S]*?)^```$/gm)].map(([, kind, code]) => ({ kind, code }));

const packageOf = (name) => dirname(createRequire(TOOLS).resolve(`${name}/package.json`));
const command = (name, path) => join(packageOf(name), path);
/** The commands that `npx` runs. */
const COMMANDS = {
  "cisco-support-case": join(import.meta.dirname, "node_modules/cisco-support-case/cli/main.js"),
  wrangler: command("wrangler", "bin/wrangler.js"),
  vite: command("vite", "bin/vite.js"),
};
/** The output with which each command reports that it is ready. */
const READY = { "cisco-support-case": /listening on/, wrangler: /Ready on/, vite: /Local:/ };

/** Returns a free port. */
const freePort = () =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

const running = [];
let address;

/** Runs a command until it reports that it is ready. */
async function run(name, args) {
  const env = {
    ...process.env,
    WRANGLER_SEND_METRICS: "false",
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
    NO_COLOR: "1",
    CI: "1",
  };
  const child = spawn(process.execPath, [COMMANDS[name], ...args], { cwd: folder, env, detached: true });
  running.push(child);
  const lines = [];
  child.stderr.on("data", (text) => lines.push(String(text)));
  for await (const line of createInterface(child.stdout)) {
    lines.push(line);
    if (READY[name].test(line)) {
      child.stdout.resume();
      return;
    }
  }
  throw new Error(`${name} ended before it was ready:\n${lines.join("\n")}`);
}

test.beforeAll(async () => {
  test.setTimeout(120_000);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  const [sandbox, gateway, inspector, vite] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const here = (text) => text.replaceAll("4010", sandbox).replaceAll("8787", gateway);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "started", version: "1.0.0" }));
  for (const { code } of fences) {
    const [, name] = /^(?:\/\/|<!--) (\S+\.\w+)(?: -->)?\n/.exec(code) ?? [];
    if (name) writeFileSync(join(folder, name), here(code));
  }
  const commands = fences.filter(({ kind }) => kind === "sh").flatMap(({ code }) => code.trim().split("\n"));
  const runs = commands.filter((line) => line.startsWith("npx ")).map((line) => line.split(" ").slice(1));
  const ports = {
    "cisco-support-case": ["--port", sandbox],
    wrangler: ["--port", gateway, "--inspector-port", inspector],
    vite: ["--port", vite, "--strictPort", "--host", "127.0.0.1"],
  };
  for (const [name, ...args] of runs) await run(name, [...args, ...ports[name]]);
  expect(running).toHaveLength(3);
  address = `http://127.0.0.1:${vite}`;
});

test.afterAll(() => {
  for (const { pid } of running) {
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // The process has already ended.
    }
  }
});

test("the page lists cases of the sandbox, through the gateway", async ({ page }) => {
  const errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  await page.goto(address);
  await expect(page.getByRole("status")).toHaveText(/^\d+ open cases of contract 1234567$/);
  await expect(page.locator("li").first()).toHaveText(/^\d+, severity \d: ./);
  await page.goto(`${address}?contract=999`);
  await expect(page.getByRole("status")).toHaveText("No open cases of contract 999");
  await page.goto(`${address}?contract=${encodeURIComponent("1 2")}`);
  await expect(page.getByRole("status")).not.toHaveText(/open cases|Loading/);
  expect(errors).toEqual([]);
});

test("the packages and files that the page names exist", () => {
  const commands = fences.filter(({ kind }) => kind === "sh").flatMap(({ code }) => code.trim().split("\n"));
  const installed = commands
    .filter((line) => line.startsWith("npm install"))
    .flatMap((line) => line.split(" ").slice(2));
  const names = installed.filter((name) => !name.startsWith("-"));
  expect(names).toEqual(["cisco-support-case", "vite", "wrangler"]);
  for (const name of names.slice(1)) expect(packageOf(name)).toBeTruthy();
  const own = join(import.meta.dirname, "node_modules/cisco-support-case");
  for (const [, path] of page.matchAll(/node_modules\/cisco-support-case\/([\w/]+)/g)) {
    expect(() => readFileSync(join(own, path, "README.md")), path).not.toThrow();
  }
});
