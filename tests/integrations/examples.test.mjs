// Every example of the two READMEs and of the guide. Examples for Node run here unchanged. TypeScript is written to
// files that tsc compiles afterwards; parts of pages and Playwright's tests are written to files for the browser. The
// number of examples that cannot run is asserted.
//
//   ROOT        the repository
//   XTASK_HELP  output of `cargo xtask --help`
//
// The info string of a fence names its kind: `js`, optionally with `continued` (it continues the previous one on its
// page), `playwright`, `real-service` (it needs an account: only its syntax is checked), `config` (the suite
// `consumers` has the same) or `start` (`quick-start.spec.mjs` follows it); `ts` and `tsx`, a file if they begin with
// its name; `sh`, `json` and `jsonc`. A fence without info string is text. The suite `lint` compiles Rust with the
// crate's own examples.

import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";

const { ROOT, XTASK_HELP } = process.env;
const folder = join(import.meta.dirname, "examples");
const guide = join(ROOT, "www/guide");
const inGuide = readdirSync(guide).filter((name) => name.endsWith(".md"));
const pages = {
  readme: join(ROOT, "README.md"),
  package: join(ROOT, "pkg-template/README.md"),
  ...Object.fromEntries(inGuide.map((name) => [`guide-${basename(name, ".md")}`, join(guide, name)])),
};

/** The number of code blocks of each kind that neither run nor compile. The test fails on a new one. */
const ONLY_LOOKED_AT = {
  "js real-service": 2,
  "js config": 2,
  "sh real-service": 1,
  // The quick-start page has its own test, which follows all of it.
  "sh start": 2,
  "js start": 2,
  "html start": 1,
  "jsonc start": 1,
  "": 1,
  html: 1,
  "rust,no_run": 6,
  toml: 1,
};

const examples = Object.entries(pages).flatMap(([page, path]) => {
  const found = [...readFileSync(path, "utf8").matchAll(/^```([^\n`]*)\n([\s\S]*?)^```$/gm)];
  return found.map(([, info, code], index) => ({ page, name: `${page}-${index + 1}`, info: info.trim(), code }));
});
const of = (...infos) => examples.filter(({ info }) => infos.includes(info));

function written(path, code) {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, code);
  return file;
}

rmSync(folder, { recursive: true, force: true });

test("each fence has a known kind, and few are not executed", () => {
  const counts = {};
  for (const { info } of examples) counts[info] = (counts[info] ?? 0) + 1;
  const tried = ["js", "js continued", "js playwright", "ts", "tsx", "sh", "json", "jsonc"];
  for (const info of tried) assert.ok(counts[info] > 0, `no example is \`${info}\``);
  const others = Object.fromEntries(Object.entries(counts).filter(([info]) => !tried.includes(info)));
  assert.deepEqual(others, ONLY_LOOKED_AT);
});

for (const [at, { page, name, info, code }] of examples.entries()) {
  if (info !== "js" && info !== "js continued") continue;
  test(`example ${name} runs and prints`, () => {
    const before = examples.slice(0, at).findLastIndex((one) => one.page === page && one.info === "js");
    const parts =
      info === "js"
        ? []
        : examples.slice(before, at).filter((one) => one.info.startsWith("js") && one.info !== "js real-service");
    const file = written(`${name}.mjs`, [...parts.map((part) => part.code), code].join(""));
    // Node's test runner would treat an example that is a test as a part of this test.
    const { NODE_TEST_CONTEXT, ...env } = process.env;
    const output = execFileSync(process.execPath, [file], { encoding: "utf8", env });
    assert.ok(output.split("\n").length > 2, "it prints something");
  });
}

for (const { name, code } of of("js real-service")) {
  test(`example ${name} parses`, () => {
    execFileSync(process.execPath, ["--check", written(`${name}.mjs`, code)]);
  });
}

test("examples in TypeScript and for Playwright are written to files", () => {
  for (const { page, name, info, code } of of("ts", "tsx")) {
    const file = /^\/\/ (\S+\.tsx?)\n/.exec(code)?.[1];
    const isWorker = info === "ts" && /cisco-support-case\/gateway|^export default/m.test(code);
    // Without an import it would be a script with global names.
    assert.match(code, /^(import|export) /m, name);
    written(isWorker ? `worker/${name}.ts` : `page/${page}/${file ?? `${name}.${info}`}`, code);
  }
  for (const { name, code } of of("js playwright")) written(`${name}.spec.mjs`, code);
});

for (const { name, code } of of("json", "jsonc")) {
  test(`example ${name} is JSON`, () => {
    const bare = code.replace(/^\s*\/\/.*$/gm, "").trim();
    JSON.parse(/^[{[]/.test(bare) ? bare : `{${bare}}`);
  });
}

// Commands of wrangler that set up a Worker; the suite of the gateway runs the Worker.
const WRANGLER =
  /^npx wrangler (d1 (create|migrations apply) cases( --(local|remote))?|secret put [A-Z_]+|deploy|dev --test-scheduled)$/;

for (const { name, code } of of("sh")) {
  test(`commands of example ${name} exist`, async () => {
    const lines = code
      .split("\n")
      .map((line) => line.replace(/\s+#.*$/, "").trim())
      .filter(Boolean);
    assert.ok(lines.length > 0);
    for (const line of lines) {
      if (WRANGLER.test(line) || /^curl "http:\/\/localhost:8787\//.test(line)) continue;
      const command = /^eval "\$\((.*)\)"$/.exec(line)?.[1] ?? line;
      const [, tool, rest] = /^(cargo xtask|npx cisco-support-case|npm install) (.+)$/.exec(command) ?? [];
      assert.ok(tool, `unknown command \`${line}\``);
      if (tool === "cargo xtask") assert.match(XTASK_HELP, new RegExp(`^  ${rest} `, "m"));
      else if (tool === "npm install") assert.ok(existsSync(join(import.meta.dirname, "node_modules", rest)), rest);
      // The suite of the command line runs the other commands as they are written.
      else if (!rest.startsWith("sandbox")) hasHelp(rest.split(" ")[0]);
      else await serves(rest.replace(/--port \d+/, "--port 0").split(" "));
    }
  });
}

const PROGRAM = join(import.meta.dirname, "node_modules/cisco-support-case/cli/main.js");

/** Asserts that the package's program has a command. */
function hasHelp(command) {
  const { stdout, status } = spawnSync(process.execPath, [PROGRAM, command, "--help"], { encoding: "utf8" });
  assert.equal(status, 0, command);
  assert.ok(stdout.startsWith(`Usage: cisco-support-case ${command} `), stdout);
}

/** Asserts that the package's command with these arguments serves a sandbox. */
async function serves(args) {
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    for await (const line of createInterface(child.stdout)) {
      const [, origin] = /^listening on (http:\/\/127\.0\.0\.1:\d+)$/.exec(line) ?? [];
      if (!origin) continue;
      assert.equal((await fetch(`${origin}/__sandbox`)).status, 200);
      return;
    }
    assert.fail("it never listened");
  } finally {
    child.kill();
  }
}
