// The rows of the matrix: the environment, the entry, and the steps of each test. `where` is the line of the README's
// table, if it differs from `place`.
//
// `entry` is "default" (the package by its name, without configuration), "inline" (`./inline` instead), or "line" (the
// default entry with the documented configuration, which is `line`). A row "default" whose tool needs one of the others
// has `fails`: the test asserts the failure that the README documents, so that an improved tool is noticed.

import assert from "node:assert/strict";
import { once } from "node:events";
import { copyFileSync, existsSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { basename, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { run, started } from "./commands.mjs";
import { examples } from "./examples.mjs";
import { assertAsked, assertCure, assertNoBulk, assertOnce, assertReport, assertTravels } from "./expected.mjs";
import { modulesIn } from "./found.mjs";
import { serve } from "./site.mjs";

/** Time limits of a tool and of a page, in seconds. */
const SECONDS = 180;
const PATIENCE = { seconds: 30 };

/** The program of a tool, by its name. A path selects one of several versions whose programs have the same name. */
const bin = (installed, name) => join(installed, name.includes("/") ? "" : ".bin", name);

/** The version of an installed package. */
const versionOf =
  (name) =>
  ({ installed }) => {
    const { version } = JSON.parse(readFileSync(join(installed, name, "package.json"), "utf8"));
    return version;
  };

/** The installed Chromium: its version depends on the machine. */
const chromium = () => "Chromium";

/** A program that prints the report, and the step before it. */
function program({ place, where, project, version, before, command }) {
  return ["default", "inline"].map((entry) => ({
    place,
    where,
    project,
    entry,
    version,
    run: async ({ installed, folder, sandbox }) => {
      await before?.(folder);
      const [name, ...args] = command(installed);
      const output = await run(name, args, { folder, seconds: SECONDS, env: { SANDBOX: sandbox } });
      // The output has nothing else, in particular no warnings.
      assertReport(JSON.parse(output));
    },
  }));
}

/** A Node, by `import` and by `require`. All Nodes share one line of the table. */
function node(place, version, path) {
  const forms = { import: "import.mjs", require: "require.cjs" };
  return Object.entries(forms).flatMap(([form, file]) =>
    program({
      place: `${place}, by ${form}`,
      where: "Node, by `import` and by `require`",
      project: "node",
      version,
      command: (installed) => [path(installed), file],
    }),
  );
}

/** One of the tests' own tools: its version, and the path of its program. */
function ownTool(name) {
  const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
  const { version, bin: programs } = JSON.parse(readFileSync(manifest, "utf8"));
  return { version: () => version, path: (program) => join(dirname(manifest), programs[program]) };
}

/** A typed program, compiled to JavaScript. Without the DOM library, Node's declarations are used. */
function typescript(resolution) {
  const { version, path } = ownTool("typescript");
  const module = resolution === "bundler" ? "esnext" : resolution;
  const libraries = {
    "with the DOM": ["--lib", "es2022,dom"],
    "without the DOM": ["--lib", "es2022", "--types", "node"],
  };
  return Object.entries(libraries).flatMap(([name, flags]) =>
    program({
      place: `TypeScript, ${resolution}, ${name}`,
      where: "TypeScript, strict: `bundler`, `node16` and `nodenext`, with the DOM's declarations and without",
      project: "typescript",
      version,
      before: async (folder) => {
        const args = [path("tsc"), "--project", ".", "--module", module, "--moduleResolution", resolution, ...flags];
        await run(process.execPath, args, { folder, seconds: SECONDS });
      },
      command: () => [process.execPath, "main.js"],
    }),
  );
}

/** The report of a page, and the requests of the page and its workers. */
async function visit({ browser, sandbox }, folders, path = "/") {
  const site = await serve(folders, sandbox);
  try {
    const { report } = await browser.open(site.origin + path, PATIENCE);
    return { report, asked: site.asked };
  } finally {
    await site.close();
  }
}

/** Adds the import of the bulk module to a script. */
function importEarly(file, from = "cisco-support-case/bulk") {
  writeFileSync(file, `import "${from}";\n${readFileSync(file, "utf8")}`);
}

/** Copies the files of the documented command, for a page or for a server. */
function copyModules(installed, dist, client = "page") {
  for (const name of [`${client}.wasm`, "bulk.wasm"])
    copyFileSync(join(installed, "cisco-support-case/wasm", name), join(dist, name));
}

/**
 * A page that a bundler builds into `dist/`. A bundler of scripts alone needs the page copied there (`html`). One that
 * `leaves` the modules behind works by default, and uses copies of them if they exist. One that `refuses` to build a
 * script that cannot be split needs a `line`, with the command line `options`.
 */
function built({
  place,
  where,
  project,
  version,
  command,
  html,
  dist = "dist",
  leaves,
  refuses,
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
    run: async (world) => {
      const { installed, folder, wasm } = world;
      const [name, ...args] = command;
      const building = run(bin(installed, name), [...args, ...more], { folder, seconds: SECONDS });
      if (fails) return assert.rejects(building, (error) => refuses.test(error.message));
      await building;
      const files = join(folder, dist);
      if (html) copyFileSync(join(folder, "index.html"), join(files, "index.html"));
      assertOnce(modulesIn(files, wasm), entry, { leaves });
      if (entry === "copies") copyModules(installed, files);
      const { report, asked } = await visit(world, { "/": files });
      assertReport(report);
      assertAsked(asked, entry, { isMissing: leaves && entry !== "copies" });
    },
  });
  if (refuses) return [row("default", { fails: true }), row("line", { more: options }), row("inline")];
  return (entries ?? ["default", ...(leaves ? ["copies"] : []), "inline"]).map((entry) => row(entry));
}

/**
 * An unbundled page: the browser finds the package's files at their original paths. If nothing can be imported later,
 * bulk calls need a `line`, which `configure` writes.
 */
function asItStands({ place, project, entries, version, line, configure }) {
  const row = (entry, from, { fails, configured } = {}) => ({
    place,
    project,
    entry,
    from,
    version,
    fails,
    line: configured && line,
    run: async (world) => {
      const { installed, runs, folder } = world;
      if (configured) configure(folder);
      const folders = { "/node_modules/": installed, "/shared/": join(runs, "shared"), "/": runs };
      const { report, asked } = await visit(world, folders, `/${basename(folder)}/`);
      if (fails) return assertNoBulk(report);
      assertReport(report, { isEarly: configured });
      assertAsked(asked, entry);
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
const BY_ADDRESS = {
  default: "/node_modules/cisco-support-case/entry/browser.js",
  inline: "/node_modules/cisco-support-case/inline.js",
};

/**
 * A development server. It may bundle the package's scripts and leave its files behind (`leaves`). A second page has
 * the sandbox (`sandbox.html`). If neither the modules nor the scripts with inlined modules load, the error names the
 * tool's remedy (`cure`).
 */
function devServer({
  place,
  where,
  project,
  version,
  command,
  leaves,
  cure,
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
      const server = await started(name, args, options, /(http:\/\/localhost:\d+\/)/);
      try {
        const { report, asked } = await browser.open(server.match[1], PATIENCE);
        assertReport(report);
        assertAsked(asked, entry, { isMissing: leaves });
        const inPage = await browser.open(`${server.match[1]}sandbox.html`, PATIENCE);
        assertReport(inPage.report);
        if (!cure || entry === "inline") return;
        const without = await browser.open(server.match[1], { ...PATIENCE, blocked: /\.wasm|inlined/ });
        assertCure(without.report, cure);
      } finally {
        await server.stop();
      }
    },
  }));
}

/** A Vite server, of any version. */
function viteDev(name, leaves = false) {
  return devServer({
    place: `${name}, dev`,
    where: "Vite, dev",
    project: "vite",
    version: versionOf(name),
    command: (installed) => [process.execPath, join(installed, name, "bin/vite.js"), "--port", "0"],
    leaves,
    cure: /optimizeDeps: \{ exclude: \["cisco-support-case"\] \}/,
  });
}

/** Concurrently started wranglers compete for ports. */
let lastWrangler = Promise.resolve();

/** Starts wrangler, once the previous ones are ready. */
function wranglerDev(program, args, sandbox, options) {
  const all = [...args, "dev", "--port", "0", "--var", `SANDBOX:${sandbox}`];
  const server = lastWrangler.then(() => started(program, all, options, /Ready on (http:\/\/\S+)/));
  lastWrangler = server.then(
    () => {},
    () => {},
  );
  return server;
}

/** A Worker in workerd. */
function workerd() {
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
      assertOnce(modulesIn(join(folder, "dist"), wasm), entry, {
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
 * leaves the module behind needs a `line`, which `configure` writes. `strays`: number of the server's modules among the
 * files for the browser. `unseen`: number of modules instantiated before counting starts, on a server that imports
 * packages first.
 */
function framework({ place, project, version, command, deploy, line, configure, strays, unseen, prefetches }) {
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
      const { sent, server, script, travels } = deploy(folder);
      assertOnce(modulesIn(sent, wasm), entry, { strays: entry === "inline" ? 0 : strays });
      const inServer = modulesIn(server, wasm, sent);
      // It still runs here, since the path of the build exists, but not elsewhere.
      if (fails) return assertTravels(inServer, 0);
      if (entry !== "inline") assertTravels(inServer, travels);
      const port = await freePort();
      const env = { SANDBOX: sandbox, HOST: "127.0.0.1", HOSTNAME: "127.0.0.1", PORT: port };
      const options = { folder: dirname(script), seconds: SECONDS, env };
      const running = await started(process.execPath, [script], options, /Ready|Listening/);
      const origin = `http://127.0.0.1:${port}`;
      try {
        const onServer = await browser.open(`${origin}/`, PATIENCE);
        assertReport(onServer.report, { unseen });
        // A framework that renders every page in the browser as well loads the modules there, too.
        if (!prefetches) assertAsked(onServer.asked, "inline");
        const inBrowser = await browser.open(`${origin}/client`, PATIENCE);
        assertReport(inBrowser.report);
        assertAsked(inBrowser.asked, entry, { prefetches });
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
function deployNext(folder) {
  const server = `${folder}-moved`;
  rmSync(server, { recursive: true, force: true });
  renameSync(join(folder, ".next/standalone"), server);
  const home = join(server, "runs", basename(folder));
  const sent = join(home, ".next/static");
  renameSync(join(folder, ".next/static"), sent);
  rmSync(join(folder, ".next"), { recursive: true });
  return { sent, server, script: join(home, "server.js"), travels: 1 };
}

/** A server bundled whole by esbuild, as for a cloud function, without `node_modules`. */
function bundledServer({ place, version, format }) {
  const row = (entry, beside) => ({
    place,
    project: "node",
    entry,
    version,
    run: async ({ installed, folder, sandbox, wasm }) => {
      const server = `dist/server.${format === "esm" ? "mjs" : "cjs"}`;
      // This warning concerns a variable that CommonJS lacks, in code that CommonJS never runs.
      const quiet = "--log-override:empty-import-meta=silent";
      const args = ["function.mjs", "--bundle", "--platform=node", `--format=${format}`, quiet, `--outfile=${server}`];
      await run(bin(installed, "esbuild"), args, { folder, seconds: SECONDS });
      const dist = join(folder, "dist");
      assertOnce(modulesIn(dist, wasm), entry, { isForPage: false, leaves: true });
      if (beside) copyModules(installed, dist, "client");
      const options = { folder, seconds: SECONDS, env: { SANDBOX: sandbox } };
      assertReport(JSON.parse(await run(process.execPath, [server], options)));
    },
  });
  return [row("default"), row("copies", true), row("inline")];
}

/** A test runner with the set-up of the guide, which is the `line`. */
function testRunner({ place, project, version, command, env, line }) {
  return [line ? "line" : "default", "inline"].map((entry) => ({
    place,
    project,
    entry,
    line,
    version,
    run: async ({ installed, folder, sandbox }) => {
      const [name, ...args] = command;
      // Packages that npm has not hoisted.
      const own = join(installed, "..", project, "node_modules");
      if (existsSync(own)) symlinkSync(own, join(folder, "node_modules"));
      const programs = [own, installed].find((tools) => existsSync(join(tools, name)));
      await run(process.execPath, [join(programs, name), ...args], {
        folder,
        seconds: SECONDS,
        env: { SANDBOX: sandbox, ...env },
      });
      assertReport(JSON.parse(readFileSync(join(folder, "report.json"), "utf8")));
    },
  }));
}

/** A page opened from a file, with the sandbox: one script, since browsers import nothing there. */
function fromFile() {
  return ["default", "inline"].map((entry) => ({
    place: "A page opened from a file (`file:`), one script (`iife`) by esbuild",
    project: "from-file",
    entry,
    version: versionOf("esbuild"),
    run: async ({ browser, installed, folder }) => {
      const quiet = "--log-override:empty-import-meta=silent";
      const args = ["src/main.js", "--bundle", "--minify", "--format=iife", quiet, "--outfile=main.js"];
      await run(bin(installed, "esbuild"), args, { folder, seconds: SECONDS });
      const { report, asked } = await browser.open(pathToFileURL(join(folder, "index.html")).href, PATIENCE);
      assertReport(report);
      assertAsked(asked, "inline");
    },
  }));
}

/** Next.js in a Worker, by OpenNext, which bundles a server for Node: without the `line` it reports an error. */
function openNext() {
  const version = ({ installed, ...world }) => {
    const own = join(installed, "../opennext/node_modules");
    return versionOf("@opennextjs/cloudflare")({
      ...world,
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

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** Jest runs ES modules in packages with an option of Node. */
const MODULES_IN_JEST = { NODE_OPTIONS: "--experimental-vm-modules --no-warnings" };

export const ROWS = [
  ...node("Node 20", versionOf("node-20"), (installed) => join(installed, "node-20/bin/node")),
  ...node("Node 22", versionOf("node-22"), (installed) => join(installed, "node-22/bin/node")),
  ...node(
    "Node 24",
    () => process.versions.node,
    () => process.execPath,
  ),
  ...node("Node 26", versionOf("node-26"), (installed) => join(installed, "node-26/bin/node")),
  ...program({
    place: "Deno",
    project: "deno",
    version: versionOf("deno"),
    command: (installed) => [bin(installed, "deno"), "run", "--allow-env", "--allow-net", "main.js"],
  }),
  ...program({
    place: "Bun",
    project: "bun",
    version: versionOf("bun"),
    command: (installed) => [bin(installed, "bun"), "run", "main.js"],
  }),
  ...workerd(),
  ...["bundler", "node16", "nodenext"].flatMap(typescript),
  ...asItStands({
    place: '`<script type="module">` with an import map',
    project: "plain-module",
    entries: { default: undefined, inline: "cisco-support-case/inline" },
    version: chromium,
  }),
  ...asItStands({
    place: "Dedicated worker, a module without a bundler",
    project: "dedicated-worker",
    entries: BY_ADDRESS,
    version: chromium,
  }),
  ...asItStands({
    place: "Service worker, a module without a bundler",
    project: "service-worker",
    entries: BY_ADDRESS,
    version: chromium,
    line: '`import "cisco-support-case/bulk"` for bulk calls',
    configure: (folder) => {
      importEarly(join(folder, "service-worker.js"), "/node_modules/cisco-support-case/bulk.js");
    },
  }),
  ...viteDev("vite-5", true),
  ...viteDev("vite-6", true),
  ...viteDev("vite-7", true),
  ...viteDev("vite"),
  ...["vite-5", "vite-6", "vite-7"].flatMap((name) =>
    built({
      place: `${name}, build`,
      where: "Vite, build",
      project: "vite",
      version: versionOf(name),
      command: [`${name}/bin/vite.js`, "build"],
      entries: ["default"],
    }),
  ),
  ...built({
    place: "Vite, build",
    project: "vite",
    version: versionOf("vite"),
    command: ["vite/bin/vite.js", "build"],
  }),
  ...built({
    place: "Dedicated worker, by Vite",
    project: "dedicated-worker",
    version: versionOf("vite"),
    command: ["vite/bin/vite.js", "build"],
  }),
  ...built({
    place: "Dedicated worker, by Vite 5 to 7",
    project: "dedicated-worker",
    version: versionOf("vite-7"),
    command: ["vite-7/bin/vite.js", "build"],
    refuses: /code-splitting/,
    line: '`worker: { format: "es" }` in `vite.config.js`',
    options: ["--config", "vite.config.es-worker.js"],
  }),
  ...built({
    place: "Dedicated worker, by webpack 5",
    project: "dedicated-worker",
    version: versionOf("webpack"),
    command: ["webpack"],
    html: true,
  }),
  ...built({ place: "webpack 5", project: "webpack", version: versionOf("webpack"), command: ["webpack"], html: true }),
  ...built({
    place: "Rollup",
    project: "rollup",
    version: versionOf("rollup"),
    command: ["rollup", "--config"],
    html: true,
    leaves: true,
  }),
  ...built({
    place: "Rollup, one script (`iife`)",
    project: "rollup",
    version: versionOf("rollup"),
    command: ["rollup", "--config", "--format", "iife"],
    html: true,
    leaves: true,
    refuses: /code-splitting/,
    line: "`inlineDynamicImports: true`",
    options: ["--inlineDynamicImports"],
  }),
  ...built({
    place: "esbuild",
    project: "esbuild",
    version: versionOf("esbuild"),
    command: ["esbuild", "src/main.js", "--bundle", "--minify", "--format=esm", "--outdir=dist"],
    html: true,
    leaves: true,
  }),
  ...bundledServer({ place: "A server bundled by esbuild", version: versionOf("esbuild"), format: "esm" }),
  ...bundledServer({ place: "A server bundled by esbuild as CommonJS", version: versionOf("esbuild"), format: "cjs" }),
  ...built({
    place: "Service worker, by esbuild",
    project: "service-worker",
    version: versionOf("esbuild"),
    command: ["esbuild", "src/main.js", "service-worker.js", "--bundle", "--minify", "--format=esm", "--outdir=dist"],
    html: true,
    leaves: true,
  }),
  ...fromFile(),
  ...built({
    place: "Parcel",
    project: "parcel",
    version: versionOf("parcel"),
    command: ["parcel", "build", "index.html", "--no-cache", "--no-source-maps", "--dist-dir", "dist"],
  }),
  ...built({
    place: "Bun's bundler",
    project: "bun-build",
    version: versionOf("bun"),
    command: ["bun", "build", "index.html", "--minify", "--outdir=dist"],
    leaves: true,
  }),
  ...built({
    place: "Angular, `ng build`",
    where: "Angular, `ng build` and `ng serve`",
    project: "angular",
    version: versionOf("@angular/build"),
    command: ["ng", "build"],
    dist: "dist/browser",
    leaves: true,
    entries: ["default", "inline"],
    takesLong: true,
  }),
  ...devServer({
    place: "Angular, `ng serve`",
    where: "Angular, `ng build` and `ng serve`",
    project: "angular",
    version: versionOf("@angular/build"),
    command: (installed) => [bin(installed, "ng"), "serve", "--port", "0"],
    leaves: true,
    cure: /angular\.json/,
    takesLong: true,
    entries: ["default"],
  }),
  ...framework({
    place: "Next.js, server and client component",
    project: "next",
    version: versionOf("next"),
    command: ["next", "build"],
    deploy: deployNext,
    // Turbopack also copies the target of a server's `new URL` there.
    strays: 1,
  }),
  ...framework({
    place: "Next.js, the same by webpack",
    project: "next",
    version: versionOf("next"),
    command: ["next", "build", "--webpack"],
    // The server has the scripts with inlined modules.
    deploy: (folder) => ({ ...deployNext(folder), travels: 0 }),
  }),
  ...framework({
    place: "SvelteKit, server and client",
    project: "sveltekit",
    version: versionOf("@sveltejs/kit"),
    command: ["vite/bin/vite.js", "build"],
    deploy: (folder) => {
      const build = join(folder, "build");
      return {
        sent: join(build, "client"),
        server: join(build, "server"),
        script: join(build, "index.js"),
        travels: 0,
      };
    },
  }),
  ...framework({
    place: "Nuxt, server and client",
    project: "nuxt",
    version: versionOf("nuxt"),
    command: ["nuxt", "build"],
    deploy: (folder) => {
      const output = join(folder, ".output");
      return {
        sent: join(output, "public"),
        server: join(output, "server"),
        script: join(output, "server/index.mjs"),
        travels: 1,
      };
    },
    unseen: 1,
    prefetches: true,
  }),
  ...openNext(),
  ...testRunner({
    place: "Jest, with `babel-jest` (its own `transform`)",
    project: "jest",
    version: versionOf("jest"),
    command: ["jest/bin/jest.js", "--config", "jest.babel.config.js"],
    env: MODULES_IN_JEST,
    line: "`--experimental-vm-modules`",
  }),
  ...testRunner({
    place: "Jest, tests that are CommonJS",
    project: "jest",
    version: versionOf("jest"),
    command: ["jest/bin/jest.js", "--config", "jest.scripts.config.js"],
    env: MODULES_IN_JEST,
    line: "`--experimental-vm-modules`, on Node 24.9 or newer",
  }),
  ...testRunner({
    place: "Jest",
    project: "jest",
    version: versionOf("jest"),
    command: ["jest/bin/jest.js", "--config", "jest.config.js"],
    env: MODULES_IN_JEST,
    line: "`--experimental-vm-modules` and `transform: {}`",
  }),
  ...testRunner({
    place: "Jest with jsdom, by `jest-fixed-jsdom`",
    project: "jest",
    version: versionOf("jest"),
    command: ["jest/bin/jest.js", "--config", "jest.page.config.js"],
    env: MODULES_IN_JEST,
    line: 'the same and `customExportConditions: ["node", "node-addons"]`',
  }),
  ...testRunner({
    place: "Vitest with jsdom",
    project: "vitest",
    version: versionOf("../vitest/node_modules/vitest"),
    command: ["vitest/vitest.mjs", "run"],
  }),
  ...examples({ wranglerDev, wrangler: ownTool("wrangler").path("wrangler"), freePort }),
];
