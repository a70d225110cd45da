#!/usr/bin/env node
// The command-line program: `cisco-support-case sandbox` serves the sandbox on a port.

import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { parseArgs } from "node:util";
import { createSandbox } from "../entry/sandbox-node.js";
import type { Sandbox, SandboxOptions } from "../sandbox/index.js";
import { respondTo, splitBody, respondToMalformed } from "../sandbox/sandbox-core.js";

const HELP = `Usage: cisco-support-case <command>

Commands:
  sandbox     serve a simulation of the Cisco Support Case API v3 on a port

Options:
  --help      show this text; \`cisco-support-case sandbox --help\` shows the options of the command
  --version   show the version of the package`;

const SANDBOX_HELP = `Serves a simulation of the Cisco Support Case API v3 over synthetic cases.

Usage: cisco-support-case sandbox [options]

Options:
  --port PORT          port to listen on (default 4010; 0 picks a free one)
  --host HOST          address to listen on (default 127.0.0.1; 0.0.0.0 for all addresses of this machine)
  --allow-host NAME    host name under which POST /__sandbox is accepted, besides localhost; may be repeated
  --cases N            number of cases, 1 to 1000000 (default 1000)
  --seed N             seed of the synthetic cases (default 1); equal seeds give equal cases
  --latency MS         delay before every response of the four endpoints
  --fault NAME[:RATE]  fault to inject, for every request or with a probability (0 to 1); may be repeated
  --auth MODE          strict (default): only unexpired tokens of the token endpoint; any: any Bearer token
  --moves-per-hour N   cases created, updated, closed or reopened per hour of the clock (default 0)
  --titles WORDS       "plain" (default), or "varied": about 30 000 further words, as real titles have
  --ms-per-request MS  time by which each request to the four endpoints advances the clock (default 0)
  --live               let the clock run from the current time; otherwise it stands still at a fixed date
  --help               show this text

Faults: over_qps, over_rate, over_rate_429, over_capacity, not_authorized_401, not_authorized_403, one_contract, latency,
slow_body, reset, truncated_body, garbage_json, html_error, api_error_200, invalid_client, and every code of the error
table, such as CASE_NOTFOUND; 404:API_UNAVAILABLE and SYSTEM_ERROR#2 select one of several rows with the same code.

The token endpoint accepts any client id and secret, except ids that begin with "bad". GET /__sandbox returns contents and
statistics (?holders=N limits the number of contract and user ids). POST /__sandbox takes
{ "faults": [{ "name", "rate", "times", "route", "ms" }], "clear": true, "advanceMs": 0 }; pages of other origins are
rejected. GET /__sandbox/openapi.json returns the OpenAPI document for API browsers and code generators.`;

/** Maximum body size. Only the token endpoint and /__sandbox read a body, and theirs are far smaller. */
const MAX_BODY_BYTES = 1024 * 1024;

/** Maximum header size. It exceeds the longest URL of the service, so that the sandbox itself rejects longer ones. */
const MAX_HEADER_BYTES = 256 * 1024;

/** An invalid command line. */
class UsageError extends Error {}

/** Options of the `sandbox` command. */
interface CommandOptions extends SandboxOptions {
  host: string;
  port: number;
  help: boolean;
  latency: number | undefined;
  fault: FaultFlag[];
}

/** Value of a `--fault` flag. */
interface FaultFlag {
  name: string;
  rate: number | undefined;
}

async function main(args: string[]): Promise<void> {
  const [command, ...rest] = args;
  if (command === undefined || command === "--help" || command === "-h") return console.log(HELP);
  if (command === "--version" || command === "-v") return console.log(packageVersion());
  if (command !== "sandbox") {
    throw new UsageError(`unknown command "${command}"; \`cisco-support-case --help\` lists all commands`);
  }
  const options = readOptions(rest);
  if (options.help) return console.log(SANDBOX_HELP);
  const sandbox = await createConfiguredSandbox(options);
  startServer(sandbox, options);
}

function packageVersion(): string {
  return JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")).version;
}

/** Parses the flags. Throws a `UsageError` for an unknown one. */
function parseFlags(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        port: { type: "string", default: "4010" },
        host: { type: "string", default: "127.0.0.1" },
        "allow-host": { type: "string", multiple: true, default: [] as string[] },
        cases: { type: "string" },
        seed: { type: "string" },
        latency: { type: "string" },
        fault: { type: "string", multiple: true, default: [] as string[] },
        auth: { type: "string", default: "strict" },
        "moves-per-hour": { type: "string" },
        "ms-per-request": { type: "string" },
        titles: { type: "string" },
        live: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    }).values;
  } catch (error) {
    // Node's first sentence states the problem; its hints after that do not apply to this command.
    const [sentence = ""] = (error as Error).message.split(/\.?\n|\. |\.$/);
    throw new UsageError(sentence.replace(/^./, (letter) => letter.toLowerCase()));
  }
}

/** Reads the options. Values that the sandbox validates itself pass unchecked. */
function readOptions(args: string[]): CommandOptions {
  const values = parseFlags(args);
  return {
    host: values.host,
    hosts: [values.host, ...values["allow-host"]],
    port: parseInteger("--port", values.port, 65_535),
    cases: parseInteger("--cases", values.cases),
    seed: parseInteger("--seed", values.seed),
    latency: parseInteger("--latency", values.latency),
    // The sandbox rejects any other value.
    auth: values.auth as "any" | "strict",
    live: values.live,
    movesPerHour: number("--moves-per-hour", values["moves-per-hour"]),
    msPerRequest: parseInteger("--ms-per-request", values["ms-per-request"]),
    titles: values.titles as "plain" | "varied" | undefined,
    fault: values.fault.map(parseFault),
    help: values.help,
  };
}

function parseInteger(flag: string, text: string, last?: number): number;
function parseInteger(flag: string, text: string | undefined, last?: number): number | undefined;
function parseInteger(flag: string, text: string | undefined, last = Number.MAX_SAFE_INTEGER): number | undefined {
  if (text === undefined) return undefined;
  const parseNumber = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!(parseNumber <= last)) throw new UsageError(`${flag}: expected a whole number from 0 to ${last}, got "${text}"`);
  return parseNumber;
}

function number(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^(\d+\.?\d*|\.\d+)$/.test(text)) throw new UsageError(`${flag}: expected a number, got "${text}"`);
  return Number(text);
}

/** Parses `NAME` or `NAME:RATE`. The name may contain a colon (`404:API_UNAVAILABLE`). */
function parseFault(text: string): FaultFlag {
  const [, name = text, rate] = /^(.*?)(?::(\d*\.?\d+))?$/s.exec(text) ?? [];
  return { name, rate: rate === undefined ? undefined : Number(rate) };
}

async function createConfiguredSandbox(options: CommandOptions): Promise<Sandbox> {
  const { cases, seed, auth, live, movesPerHour, msPerRequest, titles, hosts, latency, fault } = options;
  try {
    const sandbox = await createSandbox({ cases, seed, auth, live, movesPerHour, msPerRequest, titles, hosts });
    if (latency !== undefined) sandbox.fault("latency", { ms: latency });
    for (const { name, rate } of fault) sandbox.fault(name, { rate });
    return sandbox;
  } catch (error) {
    // The sandbox rejected the value of a flag.
    if (error instanceof TypeError) throw new UsageError(error.message);
    throw error;
  }
}

function startServer(sandbox: Sandbox, { host, port }: CommandOptions): void {
  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES }, (request, response) => {
    handleRequest(sandbox, request, response).catch(() => response.destroy());
  });
  server.on("clientError", (_error, socket) => rejectMalformed(sandbox, socket));
  server.on("error", (error: NodeJS.ErrnoException) => {
    const reasons: Record<string, string> = {
      EADDRINUSE: `port ${port} on ${host} is in use; choose another with --port, or --port 0 for a free one`,
      EACCES: `port ${port} on ${host} may not be used by this user; choose another with --port`,
      EADDRNOTAVAIL: `this machine has no address ${host}; choose another with --host`,
      ENOTFOUND: `host ${host} was not found; choose another with --host`,
    };
    exitWithError(reasons[error.code ?? ""] ?? error.message, 1);
  });
  server.listen(port, host, () => {
    const { address, family, port: bound } = server.address() as AddressInfo;
    // A client cannot connect to a wildcard address.
    const isEvery = address === "0.0.0.0" || address === "::";
    const isHere = isEvery || address === "::1" || address.startsWith("127.");
    const origin = `http://${isEvery ? "localhost" : family === "IPv6" ? `[${address}]` : address}:${bound}`;
    console.log(`listening on ${origin}`);
    if (isEvery) console.log("  and on all other addresses of this machine");
    if (isEvery || !isHere) console.log("  a client on another machine needs allowHttp: true, since this is http");
    console.log(`  base URL   ${origin}/case/v3`);
    console.log(`  token URL  ${origin}/oauth2/default/v1/token`);
    console.log(`  contents   ${origin}/__sandbox`);
    console.log(`  OpenAPI    ${origin}/__sandbox/openapi.json`);
  });
  const stop = () => {
    server.close(() => process.exit(0));
    server.closeAllConnections();
  };
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
}

async function handleRequest(sandbox: Sandbox, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readBody(request);
  if (!body) return rejectMalformed(sandbox, request.socket);
  const headers: [string, string][] = [];
  for (let at = 0; at < request.rawHeaders.length; at += 2) {
    headers.push([request.rawHeaders[at] ?? "", request.rawHeaders[at + 1] ?? ""]);
  }
  const answer = await respondTo(sandbox, request.method ?? "GET", request.url ?? "/", headers, body);
  if (answer.delayMs > 0) await sleep(answer.delayMs, response);
  if (response.destroyed) return;
  // The client sees a connection reset without an HTTP response.
  if (answer.effect === "reset") {
    request.socket.resetAndDestroy();
    return;
  }
  response.writeHead(answer.status, [...answer.headers.flat(), "Content-Length", String(answer.body.length)]);
  if (request.method === "HEAD") {
    response.end();
    return;
  }
  if (answer.effect === "truncated_body") {
    const half = answer.body.subarray(0, answer.body.length >> 1);
    response.write(half, () => response.destroy());
    return;
  }
  if (answer.effect === "slow_body") {
    const all = splitBody(answer.body);
    for (const [index, piece] of all.entries()) {
      if (index > 0) await sleep(answer.effectMs / (all.length - 1), response);
      if (response.destroyed) return;
      response.write(piece);
    }
    response.end();
    return;
  }
  response.end(answer.body);
}

/** Reads a request's body; `undefined` if it exceeds the limit. */
async function readBody(request: IncomingMessage): Promise<Buffer<ArrayBuffer> | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Resolves after a delay or when the client disconnects. */
function sleep(ms: number, response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    response.once("close", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/**
 * Responds to a request that is not valid HTTP. Such a request never reaches the service; its web server rejects it.
 */
function rejectMalformed(sandbox: Sandbox, socket: Duplex): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const { headers, body } = respondToMalformed(sandbox);
  const lines = [...headers, ["Content-Length", body.length], ["Connection", "close"]];
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  socket.end(Buffer.concat([Buffer.from(`HTTP/1.1 400 Bad Request\r\n${head}\r\n`), body]));
}

function exitWithError(sentence: string, code: number): never {
  process.stderr.write(`cisco-support-case: ${sentence}\n`);
  process.exit(code);
}

main(process.argv.slice(2)).catch((error: Error) => exitWithError(error.message, error instanceof UsageError ? 2 : 1));
