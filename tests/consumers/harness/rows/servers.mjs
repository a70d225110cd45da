// Rows of Workers and of frameworks, which make the calls on a server and in a browser.

import assert from "node:assert/strict";
import { existsSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { run, startServer } from "../commands.mjs";
import { assertModules, assertReport, assertRequests, assertServerModules } from "../expected.mjs";
import { modulesIn } from "../found.mjs";
import { bin, freePort, ownTool, PAGE_TIMEOUT, SECONDS, versionOf, wranglerDev } from "./tools.mjs";

/** A Worker in workerd. */
export function workerd() {
  const { version, path } = ownTool("wrangler");
  const wrangler = path("wrangler");
  return ["default", "inline"].map((entry) => ({
    place: "workerd, by wrangler",
    project: "workerd",
    entry,
    version,
    run: async ({ folder, sandbox, wasm }) => {
      const options = { folder, seconds: SECONDS };
      await run(process.execPath, [wrangler, "deploy", "--dry-run", "--outdir", "dist"], options);
      assertModules(modulesIn(join(folder, "dist"), wasm), entry, {
        isForPage: false,
        inlined: entry === "inline" ? 1 : 0,
      });
      const server = await wranglerDev(process.execPath, [wrangler], sandbox, options);
      try {
        // A Worker compiles inlined modules during its start.
        assertReport(await (await fetch(server.match[1])).json(), { isEarly: entry === "inline" });
      } finally {
        await server.stop();
      }
    },
  }));
}

/**
 * A framework's application: `/` makes the calls on the server, `/client` in the browser. The server renders both. Its
 * pages have inline scripts, so there is no policy here.
 *
 * `deploy` returns the folder of files for the browser, the server's folder, its script, and the number of copies of
 * each module in the server's folder; with 0 the server reads the module in `node_modules`. A framework whose server
 * omits the module needs a `line`, which `configure` writes. `extraModules`: number of the server's modules among the
 * files for the browser. `uncountedModules`: number of modules instantiated before counting starts, on a server that
 * imports packages first.
 */
export function framework({
  place,
  project,
  version,
  command,
  deploy,
  line,
  configure,
  extraModules,
  uncountedModules,
  prefetches,
}) {
  const row = (entry, { fails, configured } = {}) => ({
    place,
    project,
    entry,
    version,
    fails,
    takesLong: true,
    line: configured && line,
    run: async ({ browser, installed, folder, sandbox, wasm }) => {
      if (configured) configure(folder);
      const [name, ...args] = command;
      await run(bin(installed, name), args, { folder, seconds: SECONDS, env: { SANDBOX: sandbox } });
      const { sent, server, script, serverModules } = deploy(folder);
      assertModules(modulesIn(sent, wasm), entry, { extraModules: entry === "inline" ? 0 : extraModules });
      const inServer = modulesIn(server, wasm, sent);
      // It still runs here, since the path of the build exists, but not elsewhere.
      if (fails) return assertServerModules(inServer, 0);
      if (entry !== "inline") assertServerModules(inServer, serverModules);
      const port = await freePort();
      const env = { SANDBOX: sandbox, HOST: "127.0.0.1", HOSTNAME: "127.0.0.1", PORT: port };
      const options = { folder: dirname(script), seconds: SECONDS, env };
      const running = await startServer(process.execPath, [script], options, /Ready|Listening/);
      const origin = `http://127.0.0.1:${port}`;
      try {
        const onServer = await browser.open(`${origin}/`, PAGE_TIMEOUT);
        assertReport(onServer.report, { uncountedModules });
        // A framework that renders every page in the browser as well loads the modules there, too.
        if (!prefetches) assertRequests(onServer.requested, "inline");
        const inBrowser = await browser.open(`${origin}/client`, PAGE_TIMEOUT);
        assertReport(inBrowser.report);
        assertRequests(inBrowser.requested, entry, { prefetches });
      } catch (error) {
        throw new Error(`${error.stack}\n${running.output()}`);
      } finally {
        await running.stop();
      }
    },
  });
  if (!line) return [row("default"), row("inline")];
  return [row("default", { fails: true }), row("line", { configured: true }), row("inline")];
}

/** Moves the build of Next.js to another folder and removes its sources: the build must be complete. */
export function deployNext(folder) {
  const server = `${folder}-moved`;
  rmSync(server, { recursive: true, force: true });
  renameSync(join(folder, ".next/standalone"), server);
  const appFolder = join(server, "runs", basename(folder));
  const sent = join(appFolder, ".next/static");
  renameSync(join(folder, ".next/static"), sent);
  rmSync(join(folder, ".next"), { recursive: true });
  return { sent, server, script: join(appFolder, "server.js"), serverModules: 1 };
}

/** Next.js in a Worker, by OpenNext, which bundles a server for Node: without the `line` it reports an error. */
export function openNext() {
  const version = ({ installed, ...environment }) => {
    const own = join(installed, "../opennext/node_modules");
    return versionOf("@opennextjs/cloudflare")({
      ...environment,
      installed: existsSync(join(own, "@opennextjs")) ? own : installed,
    });
  };
  const line = '`serverExternalPackages: ["cisco-support-case"]` in `next.config.js`';
  return ["default", "line"].map((entry) => ({
    place: "Next.js on Cloudflare, by OpenNext",
    project: "opennext",
    entry,
    version,
    fails: entry === "default",
    line: entry === "line" ? line : undefined,
    takesLong: true,
    run: async ({ installed, folder, sandbox }) => {
      const own = join(installed, "../opennext/node_modules");
      if (existsSync(own)) symlinkSync(own, join(folder, "node_modules"));
      if (entry === "line") {
        const config = 'export default { serverExternalPackages: ["cisco-support-case"] };';
        writeFileSync(join(folder, "next.config.js"), config);
      }
      const program = (name) =>
        [own, installed].map((tools) => join(tools, ".bin", name)).find((path) => existsSync(path));
      await run(program("opennextjs-cloudflare"), ["build"], { folder, seconds: SECONDS });
      const server = await wranglerDev(program("wrangler"), [], sandbox, { folder, seconds: SECONDS });
      try {
        const report = await (await fetch(server.match[1])).json();
        if (entry === "line") return assertReport(report, { isEarly: true });
        assert.equal(report.error?.code, "NO_WASM", JSON.stringify(report));
        for (const text of [report.error.message, report.error.advice]) assert.match(text, /serverExternalPackages/);
      } finally {
        await server.stop();
      }
    },
  }));
}
