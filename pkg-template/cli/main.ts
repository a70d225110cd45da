#!/usr/bin/env node
// The command: `cisco-support-case sandbox` serves the sandbox on a port.

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
  sandbox     serve the Cisco Support Case API v3 over a synthetic case base, on a port

Options:
  --help      this text; \`cisco-support-case sandbox --help\` for the command's own
  --version   the package's version`;

const SANDBOX_HELP = `Serves the Cisco Support Case API v3 over a synthetic case base, for programs that only need another host.

Usage: cisco-support-case sandbox [options]

Options:
  --port PORT          port to listen on (default 4010; 0 picks a free one)
  --host HOST          address to listen on (default 127.0.0.1; 0.0.0.0 is every one of this machine)
  --allow-host NAME    name besides localhost under which POST /__sandbox is taken; may be given several times
  --cases N            how many cases, 1 to 1000000 (default 1000)
  --seed N             what the cases are made from (default 1); the same seed gives the same cases
  --latency MS         every answer of the four endpoints waits so long
  --fault NAME[:RATE]  something that fails, always or at that rate (0 to 1); may be given several times
  --auth MODE          strict (default): only tokens from the token endpoint, until they expire; any: any Bearer token
  --moves-per-hour N   how often a case is created, updated, closed or reopened while the clock moves (default 0)
  --ms-per-request MS  each request to the four endpoints moves the clock on by so much (default 0)
  --live               the clock runs, from the present time on; otherwise it stands still at a fixed date
  --help               this text

Faults: over_qps, over_rate, over_rate_429, over_capacity, not_authorized_401, not_authorized_403, one_contract, latency,
slow_body, reset, truncated_body, garbage_json, html_error, api_error_200, invalid_client, and every code of the error
table, such as CASE_NOTFOUND; 404:API_UNAVAILABLE and SYSTEM_ERROR#2 tell rows of the same code apart.

Any client id and secret get a token, except an id that begins with "bad". GET /__sandbox says what is in the sandbox
(?holders=N how many contracts and users it names); POST /__sandbox takes
{ "faults": [{ "name", "rate", "times", "route", "ms" }], "clear": true, "advanceMs": 0 }, and from no page of another
origin. The API is described, for API
browsers and code generators, at GET /__sandbox/openapi.json.`;

/** More than any request of this API needs; the token endpoint and /__sandbox take the only bodies. */
const MAX_BODY_BYTES = 1024 * 1024;

/** Room for an address that the service itself refuses as too long. */
const MAX_HEADER_BYTES = 256 * 1024;

/** A mistake on the command line. */
class UsageError extends Error {}

/** The sandbox command's options. */
interface CommandOptions extends SandboxOptions {
  host: string;
  port: number;
  help: boolean;
  latency: number | undefined;
  fault: FaultFlag[];
}

/** A `--fault`. */
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

/** Parses the arguments; throws a `UsageError` for an unknown flag. */
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
        live: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    }).values;
  } catch (error) {
    // Node's own sentences are clear; the hints that follow the first are not for here.
    const [sentence = ""] = (error as Error).message.split(/\.?\n|\. |\.$/);
    throw new UsageError(sentence.replace(/^./, (letter) => letter.toLowerCase()));
  }
}

/** The sandbox's options, checked as far as the sandbox does not check them itself. */
function readOptions(args: string[]): CommandOptions {
  const values = parseFlags(args);
  return {
    host: values.host,
    hosts: [values.host, ...values["allow-host"]],
    port: parseInteger("--port", values.port, 65_535),
    cases: parseInteger("--cases", values.cases),
    seed: parseInteger("--seed", values.seed),
    latency: parseInteger("--latency", values.latency),
    // The sandbox refuses any other.
    auth: values.auth as "any" | "strict",
    live: values.live,
    movesPerHour: number("--moves-per-hour", values["moves-per-hour"]),
    msPerRequest: parseInteger("--ms-per-request", values["ms-per-request"]),
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

/** `NAME` or `NAME:RATE`. A name may hold a colon itself (`404:API_UNAVAILABLE`). */
function parseFault(text: string): FaultFlag {
  const [, name = text, rate] = /^(.*?)(?::(\d*\.?\d+))?$/s.exec(text) ?? [];
  return { name, rate: rate === undefined ? undefined : Number(rate) };
}

async function createConfiguredSandbox(options: CommandOptions): Promise<Sandbox> {
  const { cases, seed, auth, live, movesPerHour, msPerRequest, hosts, latency, fault } = options;
  try {
    const sandbox = await createSandbox({ cases, seed, auth, live, movesPerHour, msPerRequest, hosts });
    if (latency !== undefined) sandbox.fault("latency", { ms: latency });
    for (const { name, rate } of fault) sandbox.fault(name, { rate });
    return sandbox;
  } catch (error) {
    // What the sandbox does not accept was given by a flag.
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
    // An address that stands for all of this machine's is none to ask.
    const isEvery = address === "0.0.0.0" || address === "::";
    const isHere = isEvery || address === "::1" || address.startsWith("127.");
    const origin = `http://${isEvery ? "localhost" : family === "IPv6" ? `[${address}]` : address}:${bound}`;
    console.log(`listening on ${origin}`);
    if (isEvery) console.log("  and on every other address of this machine");
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
  // A connection that breaks, as a client sees it: reset, without a word of HTTP.
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

/** A request's body; nothing if it is too long. */
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

/** Resolves after a time, or when the client has left. */
function sleep(ms: number, response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    response.once("close", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** What is no HTTP never reaches the service: it is answered as a request that does not conform to the protocol. */
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
