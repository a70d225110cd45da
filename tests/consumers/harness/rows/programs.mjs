// Rows of programs that print the report: runtimes, TypeScript, bundled servers, test runners.

import { existsSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { run } from "../commands.mjs";
import { assertModules, assertReport } from "../expected.mjs";
import { modulesIn } from "../found.mjs";
import { bin, copyModules, ownTool, SECONDS } from "./tools.mjs";

/** A program that prints the report, and the step before it. */
export function program({ place, where, project, version, before, command }) {
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
export function node(place, version, path) {
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

/** A typed program, compiled to JavaScript. Without the DOM library, Node's declarations are used. */
export function typescript(resolution) {
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

/** A server bundled whole by esbuild, as for a cloud function, without `node_modules`. */
export function bundledServer({ place, version, format }) {
  const row = (entry, copies) => ({
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
      assertModules(modulesIn(dist, wasm), entry, { isForPage: false, omitsModules: true });
      if (copies) copyModules(installed, dist, "client");
      const options = { folder, seconds: SECONDS, env: { SANDBOX: sandbox } };
      assertReport(JSON.parse(await run(process.execPath, [server], options)));
    },
  });
  return [row("default"), row("copies", true), row("inline")];
}

/** A test runner with the set-up of the guide, which is the `line`. */
export function testRunner({ place, project, version, command, env, line }) {
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
