// Rows of pages: bundled, unbundled, from a development server, from a file.

import assert from "node:assert/strict";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { run, startServer } from "../commands.mjs";
import { assertModules, assertNoBulk, assertRemedy, assertReport, assertRequests } from "../expected.mjs";
import { modulesIn } from "../found.mjs";
import { serve } from "../site.mjs";
import { bin, copyModules, PAGE_TIMEOUT, SECONDS, versionOf } from "./tools.mjs";

/** The report of a page, and the requests of the page and its workers. */
export async function visit({ browser, sandbox }, folders, path = "/") {
  const site = await serve(folders, sandbox);
  try {
    const { report } = await browser.open(site.origin + path, PAGE_TIMEOUT);
    return { report, requested: site.requested };
  } finally {
    await site.close();
  }
}

/** Adds the import of the bulk module to a script. */
export function importEarly(file, from = "cisco-support-case/bulk") {
  writeFileSync(file, `import "${from}";\n${readFileSync(file, "utf8")}`);
}

/**
 * A page that a bundler builds into `dist/`. A bundler of scripts alone needs the page copied there (`html`). One that
 * omits the modules (`omitsModules`) works by default, and uses copies of them if they exist. One that does not build a
 * script that cannot be split (`buildError`) needs a `line`, with the command line `options`.
 */
export function bundledPage({
  place,
  where,
  project,
  version,
  command,
  html,
  dist = "dist",
  omitsModules,
  buildError,
  line,
  options,
  entries,
  takesLong,
}) {
  const row = (entry, { fails, more = [] } = {}) => ({
    place,
    where,
    project,
    entry,
    version,
    fails,
    takesLong,
    line: entry === "line" ? line : undefined,
    run: async (environment) => {
      const { installed, folder, wasm } = environment;
      const [name, ...args] = command;
      const building = run(bin(installed, name), [...args, ...more], { folder, seconds: SECONDS });
      if (fails) return assert.rejects(building, (error) => buildError.test(error.message));
      await building;
      const files = join(folder, dist);
      if (html) copyFileSync(join(folder, "index.html"), join(files, "index.html"));
      assertModules(modulesIn(files, wasm), entry, { omitsModules });
      if (entry === "copies") copyModules(installed, files);
      const { report, requested } = await visit(environment, { "/": files });
      assertReport(report);
      assertRequests(requested, entry, { isMissing: omitsModules && entry !== "copies" });
    },
  });
  if (buildError) return [row("default", { fails: true }), row("line", { more: options }), row("inline")];
  return (entries ?? ["default", ...(omitsModules ? ["copies"] : []), "inline"]).map((entry) => row(entry));
}

/**
 * An unbundled page: the browser finds the package's files at their original paths. If nothing can be imported later,
 * bulk calls need a `line`, which `configure` writes.
 */
export function unbundledPage({ place, project, entries, version, line, configure }) {
  const row = (entry, from, { fails, configured } = {}) => ({
    place,
    project,
    entry,
    from,
    version,
    fails,
    line: configured && line,
    run: async (environment) => {
      const { installed, runs, folder } = environment;
      if (configured) configure(folder);
      const folders = { "/node_modules/": installed, "/shared/": join(runs, "shared"), "/": runs };
      const { report, requested } = await visit(environment, folders, `/${basename(folder)}/`);
      if (fails) return assertNoBulk(report);
      assertReport(report, { isEarly: configured });
      assertRequests(requested, entry);
    },
  });
  if (!line) return Object.entries(entries).map(([entry, from]) => row(entry, from));
  return [
    row("default", entries.default, { fails: true }),
    row("line", entries.default, { configured: true }),
    row("inline", entries.inline),
  ];
}

/** The package's files by address, for code without an import map. */
export const BY_ADDRESS = {
  default: "/node_modules/cisco-support-case/entry/browser.js",
  inline: "/node_modules/cisco-support-case/inline.js",
};

/**
 * A development server. It may bundle the package's scripts and omit its wasm modules (`omitsModules`). A second page has
 * the sandbox (`sandbox.html`). If neither the modules nor the scripts with inlined modules load, the error names the
 * tool's remedy (`remedy`).
 */
export function devServer({
  place,
  where,
  project,
  version,
  command,
  omitsModules,
  remedy,
  entries = ["default", "inline"],
  ...more
}) {
  return entries.map((entry) => ({
    place,
    where,
    project,
    entry,
    version,
    ...more,
    run: async ({ browser, installed, folder, sandbox }) => {
      const options = { folder, seconds: SECONDS, env: { SANDBOX: sandbox } };
      const [name, ...args] = command(installed);
      const server = await startServer(name, args, options, /(http:\/\/localhost:\d+\/)/);
      try {
        const { report, requested } = await browser.open(server.match[1], PAGE_TIMEOUT);
        assertReport(report);
        assertRequests(requested, entry, { isMissing: omitsModules });
        const inPage = await browser.open(`${server.match[1]}sandbox.html`, PAGE_TIMEOUT);
        assertReport(inPage.report);
        if (!remedy || entry === "inline") return;
        const without = await browser.open(server.match[1], { ...PAGE_TIMEOUT, blocked: /\.wasm|inlined/ });
        assertRemedy(without.report, remedy);
      } finally {
        await server.stop();
      }
    },
  }));
}

/** A Vite server, of any version. */
export function viteDev(name, omitsModules = false) {
  return devServer({
    place: `${name}, dev`,
    where: "Vite, dev",
    project: "vite",
    version: versionOf(name),
    command: (installed) => [process.execPath, join(installed, name, "bin/vite.js"), "--port", "0"],
    omitsModules,
    remedy: /optimizeDeps: \{ exclude: \["cisco-support-case"\] \}/,
  });
}

/** A page opened from a file, with the sandbox: one script, since browsers import nothing there. */
export function fromFile() {
  return ["default", "inline"].map((entry) => ({
    place: "A page opened from a file (`file:`), one script (`iife`) by esbuild",
    project: "from-file",
    entry,
    version: versionOf("esbuild"),
    run: async ({ browser, installed, folder }) => {
      const quiet = "--log-override:empty-import-meta=silent";
      const args = ["src/main.js", "--bundle", "--minify", "--format=iife", quiet, "--outfile=main.js"];
      await run(bin(installed, "esbuild"), args, { folder, seconds: SECONDS });
      const { report, requested } = await browser.open(pathToFileURL(join(folder, "index.html")).href, PAGE_TIMEOUT);
      assertReport(report);
      assertRequests(requested, "inline");
    },
  }));
}
