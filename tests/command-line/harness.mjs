// What the tests of the command-line program share: the packed program as a user runs it, and a service for it.
//
//   PROJECT   a project in which the packed package is installed

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { spawn as spawnInTerminal } from "@lydell/node-pty";

const { PROJECT } = process.env;
if (!PROJECT) throw new Error("PROJECT must be set; the head of this file says to what");

/** A path in the project. */
export const PROJECT_FOLDER = (path) => join(PROJECT, path);

/** The packed package's folder. */
export const PACKAGE = join(PROJECT, "node_modules/cisco-support-case");

/** The program as npm links it. */
export const PROGRAM = join(PROJECT, "node_modules/.bin/cisco-support-case");

const { createSandbox } = await import(pathToFileURL(join(PACKAGE, "entry/sandbox-node.js")).href);
export { createSandbox };
export const { CaseClient } = await import(pathToFileURL(join(PACKAGE, "entry/node.js")).href);

/** An environment without what the surroundings of the tests could set. */
const CLEAN = { PATH: process.env.PATH, HOME: process.env.HOME, LANG: "C.UTF-8", TZ: "UTC" };

/** The longest time that a program may take. A test that reaches it fails. */
const TIMEOUT_MS = 120_000;

/** Options of `spawn` for a program that a test must not wait for. */
export const LIMITED = { timeout: TIMEOUT_MS, killSignal: "SIGKILL" };

/** A folder for a test, removed in the end. */
export function temporaryFolder(name = "command-line") {
  const folder = mkdtempSync(join(tmpdir(), `${name}-`));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Starts the program with pipes. */
export function start(args, { env = {}, cwd, input = "", program = PROGRAM } = {}) {
  const child = spawn(process.execPath, [program, ...args], { env: { ...CLEAN, ...env }, cwd });
  const chunks = { stdout: [], stderr: [] };
  for (const name of ["stdout", "stderr"]) child[name].on("data", (chunk) => chunks[name].push(chunk));
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const timer = setTimeout(() => child.kill("SIGKILL"), TIMEOUT_MS);
  const text = (name) => Buffer.concat(chunks[name]).toString("utf8");
  const ended = new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, stdout: text("stdout"), stderr: text("stderr") });
    });
  });
  return { child, ended, text };
}

/** Runs the program to its end. */
export const run = (args, options) => start(args, options).ended;

/** Runs the program, which must succeed, and returns its output. */
export async function output(args, options) {
  const { code, stdout, stderr } = await run(args, options);
  assert.equal(code, 0, stderr);
  return stdout;
}

/** Runs the program in a terminal. Returns everything that it has drawn. */
export function runInTerminal(args, { columns = 80, rows = 40, env = {}, cwd, onData = () => {} } = {}) {
  return new Promise((resolve) => {
    const terminal = spawnInTerminal(process.execPath, [PROGRAM, ...args], {
      name: "xterm-256color",
      cols: columns,
      rows,
      cwd,
      env: { ...CLEAN, TERM: "xterm-256color", ...env },
    });
    let drawn = "";
    terminal.onData((data) => {
      drawn += data;
      onData(data, terminal);
    });
    terminal.onExit(({ exitCode }) => resolve({ code: exitCode, drawn }));
  });
}

/** Returns text without the sequences that colour it and clear lines. */
export const withoutSequences = (text) =>
  text
    .replaceAll("\r\u001b[K", "\n")
    .replace(/\u001b\[[0-9;?]*[A-Za-z]/g, "")
    .replaceAll("\r", "");

/**
 * Serves a sandbox on a port, as the service with its token endpoint. `change` may replace a response:
 * `(request, respond) => Response`; `behaviour.change` replaces it later.
 */
export async function serve({ change = (_request, respond) => respond(), ...options } = {}) {
  const behaviour = { change };
  const sandbox = await createSandbox({ cases: 1000, auth: "strict", ...options });
  const requests = [];
  const server = createServer(async (incoming, outgoing) => {
    const chunks = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    // A proxy is asked for whole addresses.
    const path = incoming.url.replace(/^http:\/\/[^/]+/, "");
    const request = {
      method: incoming.method,
      path,
      url: incoming.url,
      headers: incoming.headers,
      body: body.toString(),
    };
    requests.push(request);
    const respond = async (replaced = path) => {
      const isToken = replaced.startsWith("/oauth2/");
      const url = isToken ? sandbox.tokenUrl : sandbox.baseUrl + replaced.replace(/^\/case\/v3/, "");
      return sandbox.fetch(url, {
        method: incoming.method,
        headers: incoming.headers,
        ...(body.length > 0 && { body }),
      });
    };
    try {
      const response = await behaviour.change(request, respond);
      outgoing.writeHead(response.status, Object.fromEntries(response.headers));
      outgoing.end(Buffer.from(await response.arrayBuffer()));
    } catch {
      outgoing.destroy();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  const origin = `http://127.0.0.1:${server.address().port}`;
  /** The options and the environment with which the program reads from it. */
  const connection = [
    "--base-url",
    `${origin}/case/v3`,
    "--token-url",
    `${origin}/oauth2/default/v1/token`,
    "--rate",
    "1000",
  ];
  const env = { CISCO_CLIENT_ID: "synthetic-id", CISCO_CLIENT_SECRET: "synthetic-secret-4711" };
  return { sandbox, origin, requests, connection, env, behaviour };
}

/** Imports a source file of the program alone. */
export async function source(path) {
  const folder = temporaryFolder("source");
  const file = join(folder, path.replace(/\.ts$/, ".mjs"));
  await build({
    entryPoints: [fileURLToPath(new URL(`../../pkg-template/cli/${path}`, import.meta.url))],
    bundle: true,
    outfile: file,
    format: "esm",
    platform: "node",
    external: ["undici"],
    nodePaths: [fileURLToPath(new URL("../../xtask/node_modules", import.meta.url))],
    banner: {
      js: 'import { createRequire as createRequireOfNode } from "node:module"; const require = createRequireOfNode(import.meta.url);',
    },
    plugins: [
      {
        name: "packed-package",
        setup: ({ onResolve }) =>
          onResolve({ filter: /^(\.\.\/)+(entry|sandbox|generated)\// }, ({ path }) => ({
            path: pathToFileURL(join(PACKAGE, path.replace(/^(\.\.\/)+/, ""))).href,
            external: true,
          })),
      },
      {
        name: "generated",
        setup: ({ onResolve }) =>
          onResolve({ filter: /^\.\/table-schemas\.js$/ }, () => ({
            path: fileURLToPath(new URL("../../target/package-src/cli/mcp/table-schemas.ts", import.meta.url)),
          })),
      },
    ],
  });
  return import(pathToFileURL(file).href);
}
