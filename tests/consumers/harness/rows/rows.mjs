// The rows of the matrix: the environment, the entry, and the steps of each test. `where` is the line of the README's
// table, if it differs from `place`.
//
// `entry` is "default" (the package by its name, without configuration), "inline" (`./inline` instead), or "line" (the
// default entry with the documented configuration, which is `line`). A row "default" whose tool needs one of the others
// has `fails`: the test asserts the failure that the README documents, so that an improved tool is noticed.

import { join } from "node:path";
import { examples } from "../examples.mjs";
import { BY_ADDRESS, bundledPage, devServer, fromFile, importEarly, unbundledPage, viteDev } from "./pages.mjs";
import { bundledServer, node, program, testRunner, typescript } from "./programs.mjs";
import { deployNext, framework, openNext, workerd } from "./servers.mjs";
import { bin, chromium, freePort, ownTool, versionOf, wranglerDev } from "./tools.mjs";

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
  ...unbundledPage({
    place: '`<script type="module">` with an import map',
    project: "plain-module",
    entries: { default: undefined, inline: "cisco-support-case/inline" },
    version: chromium,
  }),
  ...unbundledPage({
    place: "Dedicated worker, a module without a bundler",
    project: "dedicated-worker",
    entries: BY_ADDRESS,
    version: chromium,
  }),
  ...unbundledPage({
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
    bundledPage({
      place: `${name}, build`,
      where: "Vite, build",
      project: "vite",
      version: versionOf(name),
      command: [`${name}/bin/vite.js`, "build"],
      entries: ["default"],
    }),
  ),
  ...bundledPage({
    place: "Vite, build",
    project: "vite",
    version: versionOf("vite"),
    command: ["vite/bin/vite.js", "build"],
  }),
  ...bundledPage({
    place: "Dedicated worker, by Vite",
    project: "dedicated-worker",
    version: versionOf("vite"),
    command: ["vite/bin/vite.js", "build"],
  }),
  ...bundledPage({
    place: "Dedicated worker, by Vite 5 to 7",
    project: "dedicated-worker",
    version: versionOf("vite-7"),
    command: ["vite-7/bin/vite.js", "build"],
    buildError: /code-splitting/,
    line: '`worker: { format: "es" }` in `vite.config.js`',
    options: ["--config", "vite.config.es-worker.js"],
  }),
  ...bundledPage({
    place: "Dedicated worker, by webpack 5",
    project: "dedicated-worker",
    version: versionOf("webpack"),
    command: ["webpack"],
    html: true,
  }),
  ...bundledPage({
    place: "webpack 5",
    project: "webpack",
    version: versionOf("webpack"),
    command: ["webpack"],
    html: true,
  }),
  ...bundledPage({
    place: "Rollup",
    project: "rollup",
    version: versionOf("rollup"),
    command: ["rollup", "--config"],
    html: true,
    omitsModules: true,
  }),
  ...bundledPage({
    place: "Rollup, one script (`iife`)",
    project: "rollup",
    version: versionOf("rollup"),
    command: ["rollup", "--config", "--format", "iife"],
    html: true,
    omitsModules: true,
    buildError: /code-splitting/,
    line: "`inlineDynamicImports: true`",
    options: ["--inlineDynamicImports"],
  }),
  ...bundledPage({
    place: "esbuild",
    project: "esbuild",
    version: versionOf("esbuild"),
    command: ["esbuild", "src/main.js", "--bundle", "--minify", "--format=esm", "--outdir=dist"],
    html: true,
    omitsModules: true,
  }),
  ...bundledServer({ place: "A server bundled by esbuild", version: versionOf("esbuild"), format: "esm" }),
  ...bundledServer({ place: "A server bundled by esbuild as CommonJS", version: versionOf("esbuild"), format: "cjs" }),
  ...bundledPage({
    place: "Service worker, by esbuild",
    project: "service-worker",
    version: versionOf("esbuild"),
    command: ["esbuild", "src/main.js", "service-worker.js", "--bundle", "--minify", "--format=esm", "--outdir=dist"],
    html: true,
    omitsModules: true,
  }),
  ...fromFile(),
  ...bundledPage({
    place: "Parcel",
    project: "parcel",
    version: versionOf("parcel"),
    command: ["parcel", "build", "index.html", "--no-cache", "--no-source-maps", "--dist-dir", "dist"],
  }),
  ...bundledPage({
    place: "Bun's bundler",
    project: "bun-build",
    version: versionOf("bun"),
    command: ["bun", "build", "index.html", "--minify", "--outdir=dist"],
    omitsModules: true,
  }),
  ...bundledPage({
    place: "Angular, `ng build`",
    where: "Angular, `ng build` and `ng serve`",
    project: "angular",
    version: versionOf("@angular/build"),
    command: ["ng", "build"],
    dist: "dist/browser",
    omitsModules: true,
    entries: ["default", "inline"],
    takesLong: true,
  }),
  ...devServer({
    place: "Angular, `ng serve`",
    where: "Angular, `ng build` and `ng serve`",
    project: "angular",
    version: versionOf("@angular/build"),
    command: (installed) => [bin(installed, "ng"), "serve", "--port", "0"],
    omitsModules: true,
    remedy: /angular\.json/,
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
    extraModules: 1,
  }),
  ...framework({
    place: "Next.js, the same by webpack",
    project: "next",
    version: versionOf("next"),
    command: ["next", "build", "--webpack"],
    // The server has the scripts with inlined modules.
    deploy: (folder) => ({ ...deployNext(folder), serverModules: 0 }),
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
        serverModules: 0,
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
        serverModules: 1,
      };
    },
    uncountedModules: 1,
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
