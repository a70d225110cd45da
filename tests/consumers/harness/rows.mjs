// The rows of the matrix: where the package is tried, by which entry, and how.
//
// `entry` is "default" (the package by its name, nothing configured), "inline" (`./inline` instead), or "line" (the
// default entry with the documented line, which is `line`). A row "default" whose tool needs one of the others has
// `fails`: it is held to fail as the README says, so that a tool that has learned is noticed.

import assert from "node:assert/strict";
import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./commands.mjs";
import { assertAsked, assertOnce, assertReport } from "./expected.mjs";
import { modulesIn } from "./found.mjs";
import { serve } from "./site.mjs";

const SECONDS = 120;

const bin = (installed, name) => join(installed, ".bin", name);

/** The version of an installed package. */
const versionOf = (name) => ({ installed }) => {
  const { version } = JSON.parse(readFileSync(join(installed, name, "package.json"), "utf8"));
  return version;
};

/** A program that prints the report. */
function program({ place, project, version, command }) {
  return ["default", "inline"].map((entry) => ({
    place,
    project,
    entry,
    version,
    run: async ({ installed, folder, sandbox }) => {
      const [name, ...args] = command(installed);
      const output = await run(name, args, { folder, seconds: SECONDS, env: { SANDBOX: sandbox } });
      // Nothing else is said, no warning either.
      assertReport(JSON.parse(output));
    },
  }));
}

/** A Node, by `import` and by `require`. */
function node(place, version, path) {
  const forms = { import: "import.mjs", require: "require.cjs" };
  return Object.entries(forms).flatMap(([form, file]) =>
    program({
      place: `${place}, \`${form}\``,
      project: "node",
      version,
      command: (installed) => [path(installed), file],
    }),
  );
}

/** The page in a folder, and its requests. */
async function visit({ browser, sandbox }, folder, path = "/") {
  const site = await serve(folder, sandbox);
  try {
    return { report: await browser.open(site.origin + path, { seconds: 30 }), asked: site.asked };
  } finally {
    await site.close();
  }
}

/**
 * A page that a bundler builds into `dist/`. A bundler of scripts alone needs the page put beside them (`html`); one that
 * leaves the module behind needs a `line`.
 */
function built({ place, project, version, command, html, line }) {
  const row = (entry, { fails, beside } = {}) => ({
    place,
    project,
    entry,
    version,
    fails,
    line: beside && line,
    run: async (world) => {
      const { installed, folder, wasm } = world;
      const [name, ...args] = command;
      await run(bin(installed, name), args, { folder, seconds: SECONDS });
      const dist = join(folder, "dist");
      if (html) copyFileSync(join(folder, "index.html"), join(dist, "index.html"));
      if (beside) copyFileSync(join(installed, "cisco-support-case/wasm/client.wasm"), join(dist, "client.wasm"));
      const { report, asked } = await visit(world, dist);
      if (fails) return assert.equal(report.error?.code, fails, JSON.stringify(report));
      assertReport(report);
      assertAsked(asked, entry);
      assertOnce(modulesIn(dist, wasm), entry);
    },
  });
  if (!line) return [row("default"), row("inline")];
  return [row("default", { fails: "NETWORK" }), row("line", { beside: true }), row("inline")];
}

const BESIDE = "`client.wasm` copied beside the script: `cp node_modules/cisco-support-case/wasm/client.wasm dist/`";

export const ROWS = [
  ...node("Node 20", versionOf("node-20"), (installed) => join(installed, "node-20/bin/node")),
  ...node("Node 22", versionOf("node-22"), (installed) => join(installed, "node-22/bin/node")),
  ...node("Node 24", () => process.versions.node, () => process.execPath),
  ...node("Node 26", versionOf("node-26"), (installed) => join(installed, "node-26/bin/node")),
  ...program({
    place: "Deno",
    project: "deno",
    version: versionOf("deno"),
    command: (installed) => [bin(installed, "deno"), "run", "--allow-env", "--allow-net", "--allow-read", "main.js"],
  }),
  ...program({
    place: "Bun",
    project: "bun",
    version: versionOf("bun"),
    command: (installed) => [bin(installed, "bun"), "run", "main.js"],
  }),
  ...built({ place: "Vite, build", project: "vite", version: versionOf("vite"), command: ["vite", "build"] }),
  ...built({ place: "webpack 5", project: "webpack", version: versionOf("webpack"), command: ["webpack"], html: true }),
  ...built({
    place: "Rollup",
    project: "rollup",
    version: versionOf("rollup"),
    command: ["rollup", "--config"],
    html: true,
    line: BESIDE,
  }),
  ...built({
    place: "esbuild",
    project: "esbuild",
    version: versionOf("esbuild"),
    command: ["esbuild", "src/main.js", "--bundle", "--minify", "--format=esm", "--outdir=dist"],
    html: true,
    line: BESIDE,
  }),
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
    line: BESIDE,
  }),
];
