// Findings of the usual package linters.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { promisify } from "node:util";
import { inRepository } from "./packed.mjs";

const run = promisify(execFile);
const tool = (path) => fileURLToPath(new URL(`../node_modules/${path}`, import.meta.url));

/** Runs a tool on the tarball; if it finds something, it fails with its findings as the message. */
async function clean(script, args) {
  const { stdout } = await run(process.execPath, [script, ...args], { env: { ...process.env, NO_COLOR: "1" } }).catch(
    (error) => {
      throw new Error(`${error.stdout}\n${error.stderr}`);
    },
  );
  return stdout;
}

test("publint reports no problem and no suggestion", async () => {
  const stdout = await clean(tool("publint/src/cli.js"), [
    "run",
    process.env.TARBALL,
    "--strict",
    "--level",
    "suggestion",
  ]);
  assert.match(stdout, /All good!/);
});

// The package is ESM only: resolution by CommonJS, and by TypeScript without `exports`, is not checked.
test("attw reports no problem for any entry", async () => {
  const stdout = await clean(tool("@arethetypeswrong/cli/dist/index.js"), [
    process.env.TARBALL,
    "--profile",
    "esm-only",
    "--format",
    "json",
  ]);
  const { analysis, problems } = JSON.parse(stdout);
  assert.ok(Object.keys(analysis.entrypoints).length >= 6);
  const looked = ["node16-esm", "bundler"];
  const found = Object.values(problems ?? {})
    .flat()
    .filter(({ resolutionKind }) => !resolutionKind || looked.includes(resolutionKind));
  assert.deepEqual(found, []);
});

// The suite `types` does the same with the current TypeScript.
test("the lowest TypeScript version of www/guide/support.md compiles the declarations", async () => {
  const least = fileURLToPath(new URL("node_modules/typescript-least/", import.meta.url));
  const { version } = JSON.parse(readFileSync(join(least, "package.json"), "utf8"));
  const page = readFileSync(inRepository("www/guide/support.md"), "utf8");
  assert.ok(
    page.includes(`TypeScript | ${version.split(".").slice(0, 2).join(".")} `),
    `the page does not name TypeScript ${version}`,
  );
  const folder = join(process.env.PROJECT, "types-least");
  cpSync(inRepository("tests/types"), folder, { recursive: true });
  // TypeScript before 5.8 rejects `require` of an ES module, and Node's own declarations need a newer one.
  const settings = (name) => JSON.parse(readFileSync(join(folder, name), "utf8"));
  const configurations = readdirSync(folder).filter(
    (name) => name.startsWith("tsconfig.") && !JSON.stringify(settings(name)).includes("@types/node"),
  );
  assert.ok(configurations.length >= 5);
  for (const name of configurations) {
    const { files, ...others } = settings(name);
    const reduced = files && { files: files.filter((file) => !file.endsWith(".cts")) };
    writeFileSync(join(folder, name), JSON.stringify({ ...others, ...reduced }));
  }
  for (const name of configurations) await clean(join(least, "bin/tsc"), ["--project", join(folder, name)]);
});
