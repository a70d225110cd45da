// The guide's page of the command line: its commands run, and its tables are those of the program.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { delimiter, dirname } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { output, PROGRAM, source, temporaryFolder } from "./harness.mjs";

const page = (name) => readFileSync(new URL(`../../www/guide/${name}`, import.meta.url), "utf8");
const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
const blocks = (text) =>
  [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(([, block]) => block.trim().split("\n"));
const commands = [...blocks(page("command-line.md")), ...blocks(readme)].filter(
  (line) => line.includes("cisco-support-case ") && !/cisco-support-case sandbox|npm |npx wrangler|^eval /.test(line),
);

test("the commands of the guide and the README run as they are written", {
  skip: process.platform === "win32" && "they are for a POSIX shell",
}, () => {
  assert.ok(commands.length >= 9, commands.join("\n"));
  const cwd = temporaryFolder();
  const PATH = [dirname(PROGRAM), dirname(process.execPath), process.env.PATH].join(delimiter);
  for (const command of commands) {
    const { status, stderr } = spawnSync(
      "sh",
      ["-c", command.replaceAll("npx cisco-support-case", "cisco-support-case")],
      {
        cwd,
        env: { PATH, HOME: cwd },
        encoding: "utf8",
      },
    );
    assert.equal(status, 0, `${command}\n${stderr}`);
  }
});

test("the guide's exit codes and commands are those of the program", async () => {
  const text = page("command-line.md");
  const help = await output(["--help"]);
  const codes = [...help.matchAll(/^ {2}(\d+) +(.+)$/gm)].map(([, code, meaning]) => `| ${code} | ${meaning} |`);
  assert.ok(codes.length >= 12);
  assert.deepEqual(
    [...text.matchAll(/^\| \d+ \| .* \|$/gm)].map(([line]) => line),
    codes,
  );
  for (const [, name] of help.matchAll(/^ {2}([a-z]+) [[<]/gm))
    if (name !== "help") assert.match(text, new RegExp(`^\\| \`${name}[ \`]`, "m"), name);
  for (const [, variables] of help.matchAll(/^ {2}([A-Z_]+(?:, [A-Z_]+)*) {2,}/gm)) {
    for (const variable of variables.split(", "))
      if (!["CISCO_TOKEN_URL", "CISCO_CASE_BASE_URL"].includes(variable)) assert.ok(text.includes(variable), variable);
  }
});

test("the guide's open questions are those that the doctor asks", async () => {
  const { PROBES } = await source("doctor/probes.ts");
  const rows = PROBES.map(
    ({ id, question, expected, otherwise }) => `| \`${id}\`: ${question} | ${expected} | ${otherwise} |`,
  );
  assert.deepEqual(
    [...page("service.md").matchAll(/^\| `\w+`: .* \|$/gm)].map(([line]) => line),
    rows,
  );
});

test("the guide's configurations for clients start a server with options that it has", async () => {
  const text = page("mcp.md");
  const help = await output(["mcp", "--help"]);
  const configurations = [...text.matchAll(/^```json\n([\s\S]*?)^```$/gm)].map(([, json]) => JSON.parse(json));
  assert.equal(configurations.length, 2);
  for (const { mcpServers } of configurations) {
    const { command, args } = mcpServers.cisco_cases;
    assert.deepEqual([command, ...args.slice(0, 3)], ["npx", "-y", "cisco-support-case@latest", "mcp"]);
    for (const option of args.slice(3).filter((arg) => arg.startsWith("--")))
      assert.ok(help.includes(`  ${option}`), option);
  }
  for (const [, option] of text.matchAll(/(?<!-)(--[a-z][a-z-]+)/g))
    if (!["--global"].includes(option)) assert.ok(help.includes(`  ${option}`), option);
});
