// Imports of each entry in the supported versions of Node: the oldest, the installed one and the tests' own.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { exported, manifest } from "./packed.mjs";

const NODES = {
  least: fileURLToPath(new URL("node_modules/node-least/bin/node", import.meta.url)),
  installed: "node",
  newest: process.execPath,
};

/** Entries with code, and whether they support Node besides a runtime of their own. */
const entries = exported
  .filter(([, conditions]) => conditions.some(([, target]) => target.endsWith(".js")))
  .map(([entry, conditions]) => [
    entry.replace(/^\./, manifest.name),
    conditions.some(([name]) => name === "node" || name === "default"),
  ]);

const run = (node, args) =>
  execFileSync(node, args, { cwd: process.env.PROJECT, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

/** A script that prints whether each entry has exports, or the error of its import. */
const TELL = (how) => `
  const entries = JSON.parse(process.argv[1]);
  (async () => {
    for (const entry of entries) {
      const outcomes = await (async () => ${how})().then((it) => Object.keys(it).length > 0, (error) => error.code + " " + error.message);
      console.log(JSON.stringify([entry, outcomes]));
    }
  })();`;

const outcomes = (node, how) => {
  const output = run(node, ["--input-type=commonjs", "-e", TELL(how), JSON.stringify(entries.map(([entry]) => entry))]);
  return output
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
};

/** Detects the error of a missing peer dependency: the empty project has none. */
const wantsPeer = (answer) =>
  /^ERR_MODULE_NOT_FOUND/.test(answer) &&
  Object.keys(manifest.peerDependencies ?? {}).some((name) => answer.includes(`'${name}'`));

for (const [name, node] of Object.entries(NODES)) {
  const version = run(node, ["--version"]).trim();

  test(`${version}, ${name}: every entry for Node can be imported, the others reject with a message`, () => {
    for (const [entry, answer] of outcomes(node, "import(entry)")) {
      const isForNode = entries.find(([known]) => known === entry)[1];
      if (isForNode) assert.ok(answer === true || wantsPeer(answer), `${entry}: ${answer}`);
      else assert.match(String(answer), /^ERR_PACKAGE_PATH_NOT_EXPORTED/, entry);
    }
  });

  const [major, minor] = version.slice(1).split(".").map(Number);
  const canRequire = major > 22 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19);
  test(`${version}, ${name}: require() works from Node 20.19 and 22.12 on`, () => {
    const [, answer] = outcomes(node, "require(entry)").find(([entry]) => entry === manifest.name);
    if (canRequire) assert.equal(answer, true);
    else assert.match(String(answer), /^ERR_REQUIRE_ESM/);
  });
}

test("the lowest Node version is that of `engines`", () => {
  assert.equal(run(NODES.least, ["--version"]).trim(), `v${/^>=(\d+)$/.exec(manifest.engines.node)[1]}.0.0`);
});
