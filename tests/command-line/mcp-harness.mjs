// What the tests of the MCP server share: clients of both generations of the official SDK, and one that writes lines itself.

import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { after } from "node:test";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { Client as OldClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport as OldStdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { PROGRAM } from "./harness.mjs";

/** The revision without `initialize` and sessions. */
export const MODERN = "2026-07-28";

const INFO = { name: "tests", version: "1.0.0" };
const COMMAND = { command: process.execPath, stderr: "ignore" };

const closing = (client) => {
  after(() => client.close());
  return client;
};

/** Starts the server with the client of the SDK's second generation. */
export async function connect(args, { env, mode = { pin: MODERN } } = {}) {
  const client = new Client(INFO, { versionNegotiation: { mode } });
  await client.connect(new StdioClientTransport({ ...COMMAND, args: [PROGRAM, "mcp", ...args], env }));
  return closing(client);
}

/** Starts the server with the client of the SDK's first generation. */
export async function connectOld(args, { env } = {}) {
  const client = new OldClient(INFO);
  await client.connect(new OldStdioClientTransport({ ...COMMAND, args: [PROGRAM, "mcp", ...args], env }));
  return closing(client);
}

/** Calls a tool that must succeed. Returns its structured result and its text. */
export async function callTool(client, name, args = {}, options = undefined) {
  const result = await client.callTool({ name, arguments: args }, ...(options ? [options] : []));
  if (result.isError) throw new Error(`${name}: ${result.content[0].text}`);
  return { ...result.structuredContent, text: result.content[0].text };
}

/** Calls a tool that must fail. Returns the text of its error. */
export async function failTool(client, name, args) {
  const { isError, content, structuredContent } = await client.callTool({ name, arguments: args });
  if (!isError) throw new Error(`${name} succeeded`);
  if (structuredContent !== undefined) throw new Error("an error has no structured part");
  return content[0].text;
}

/** Starts the server with pipes. `request` resolves to the response; `lines` are those of standard output. */
export function startLines(args, { env = {}, ...options } = {}) {
  const child = spawn(process.execPath, [PROGRAM, "mcp", ...args], {
    env: { PATH: process.env.PATH, ...env },
    ...options,
  });
  after(() => child.kill("SIGKILL"));
  const lines = [];
  const waiting = new Map();
  let stderr = "";
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  child.stdin.on("error", () => {});
  // Only a line feed ends a message: readline also ends lines at U+2028 and U+2029.
  let rest = "";
  child.stdout.setEncoding("utf8").on("data", (chunk) => {
    const whole = (rest + chunk).split("\n");
    rest = whole.pop();
    for (const line of whole) {
      lines.push(line);
      const { id } = JSON.parse(line);
      waiting.get(id)?.(JSON.parse(line));
      waiting.delete(id);
    }
  });
  const exited = once(child, "exit").then(([code, signal]) => ({ code, signal }));
  const send = (message) => child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  let lastId = 0;
  const request = (method, params, id = ++lastId) =>
    new Promise((resolve, reject) => {
      waiting.set(id, resolve);
      exited.then(({ code }) => reject(new Error(`ended with ${code} before the response: ${stderr}`)));
      send({ id, method, params });
    });
  const initialize = async (protocolVersion = "2025-11-25") => {
    const response = await request("initialize", { protocolVersion, capabilities: {}, clientInfo: INFO });
    send({ method: "notifications/initialized" });
    return response;
  };
  const call = (name, args, rest = {}) => request("tools/call", { name, arguments: args, ...rest });
  return { child, lines, exited, send, request, initialize, call, stderr: () => stderr };
}
