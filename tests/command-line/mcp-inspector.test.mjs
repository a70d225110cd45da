// The official inspector of the protocol starts the server, lists what it has, and calls a tool.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import process from "node:process";
import { test } from "node:test";
import { PROGRAM } from "./harness.mjs";

const INSPECTOR = fileURLToPath(
  new URL("inspector/node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js", import.meta.url),
);

/** Runs the inspector with the server. Returns its output. */
function inspect(...args) {
  const server = [process.execPath, PROGRAM, "mcp", "--sandbox"];
  const { status, stdout, stderr } = spawnSync(process.execPath, [INSPECTOR, "--cli", ...server, ...args], {
    encoding: "utf8",
    timeout: 60_000,
  });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}

test("the inspector lists tools, prompts and templates, and calls a tool", {
  skip: Number(process.versions.node.split(".")[0]) < 24 && "the inspector needs a newer Node",
}, () => {
  const { tools } = inspect("--method", "tools/list");
  assert.ok(tools.some(({ name }) => name === "search_cases"));
  assert.equal(inspect("--method", "prompts/list").prompts.length, 3);
  assert.equal(inspect("--method", "resources/templates/list").resourceTemplates.length, 2);
  const where = JSON.stringify({ status_flag: ["O"] });
  const { structuredContent, isError } = inspect(
    ...[
      "--method",
      "tools/call",
      "--tool-name",
      "search_cases",
      "--tool-arg",
      `where=${where}`,
      "--tool-arg",
      "limit=2",
    ],
  );
  assert.ok(!isError);
  assert.equal(structuredContent.cases.length, 2);
});
