// `cisco-support-case sandbox`: a simulation of the service on a port.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { type Command, InvalidArgumentError } from "commander";
import {
  createSandbox,
  respondTo,
  respondToMalformed,
  type Sandbox,
  type SandboxOptions,
  splitBody,
} from "../library.js";
import type { CommandContext, CommandRunner } from "../context.js";
import { CommandError, UsageError } from "../exit-codes.js";
import { collectTexts, readCount } from "../option-values.js";

const FAULTS_HELP = `
Faults: over_qps, over_rate, over_rate_429, over_capacity, not_authorized_401, not_authorized_403, one_contract, latency,
slow_body, reset, truncated_body, garbage_json, html_error, api_error_200, invalid_client, and every code of the error
table, such as CASE_NOTFOUND; 404:API_UNAVAILABLE and SYSTEM_ERROR#2 select one of several rows with the same code.

The token endpoint accepts any client id and secret, except ids that begin with "bad". GET /__sandbox returns contents and
statistics (?holders=N limits the number of contract and user ids). POST /__sandbox takes
{ "faults": [{ "name", "rate", "times", "route", "ms" }], "clear": true, "advanceMs": 0 }; pages of other origins are
rejected. GET /__sandbox/openapi.json returns the OpenAPI document for API browsers and code generators.

Examples:
  cisco-support-case sandbox
  cisco-support-case sandbox --cases 20000 --titles varied --live --moves-per-hour 600
  cisco-support-case sandbox --port 0 --fault over_qps:0.1 --fault latency --latency 200`;

/** Maximum body size. Only the token endpoint and /__sandbox read a body, and theirs are far smaller. */
const MAX_BODY_BYTES = 1024 * 1024;

/** Maximum header size. It exceeds the longest URL of the service, so that the sandbox itself rejects longer ones. */
const MAX_HEADER_BYTES = 256 * 1024;

/** Time after which an idle connection is closed. Browsers close it earlier: a request that meets the closing would fail. */
const IDLE_MS = 600_000;

interface SandboxCommandOptions {
  readonly port: number;
  readonly host: string;
  readonly allowHost?: readonly string[];
  readonly cases?: number;
  readonly seed?: number;
  readonly latency?: number;
  readonly fault?: readonly string[];
  readonly auth: string;
  readonly movesPerHour?: number;
  readonly msPerRequest?: number;
  readonly titles?: string;
  readonly live?: boolean;
}

/** Value of a `--fault` flag. */
interface FaultFlag {
  name: string;
  rate: number | undefined;
}

/** Adds the command. */
export function addSandboxCommand(program: Command, run: CommandRunner): void {
  const most = Number.MAX_SAFE_INTEGER;
  const command = program
    .command("sandbox")
    .summary("serve a simulation of the Cisco Support Case API v3 on a port")
    .description("Serves a simulation of the Cisco Support Case API v3 over synthetic cases.")
    .option("--port <port>", "port to listen on; 0 picks a free one", readCount(0, 65_535), 4010)
    .option("--host <host>", "address to listen on; 0.0.0.0 for all addresses of this machine", "127.0.0.1")
    .option(
      "--allow-host <name>",
      "host name under which POST /__sandbox is accepted, besides localhost; may be repeated",
      collectTexts,
    )
    .option("--cases <number>", "number of cases, 1 to 1000000 (default 1000)", readCount(0, most))
    .option(
      "--seed <number>",
      "seed of the synthetic cases (default 1); equal seeds give equal cases",
      readCount(0, most),
    )
    .option("--latency <ms>", "delay before every response of the four endpoints", readCount(0, most))
    .option(
      "--fault <name[:rate]>",
      "fault to inject, for every request or with a probability (0 to 1); may be repeated",
      collectTexts,
    )
    .option("--auth <mode>", "strict: only unexpired tokens of the token endpoint; any: any Bearer token", "strict")
    .option(
      "--moves-per-hour <number>",
      "cases created, updated, closed or reopened per hour of the clock (default 0)",
      readNumber,
    )
    .option("--titles <words>", '"plain" (default), or "varied": about 30 000 further words, as real titles have')
    .option(
      "--ms-per-request <ms>",
      "time by which each request to the four endpoints advances the clock (default 0)",
      readCount(0, most),
    )
    .option("--live", "let the clock run from the current time; otherwise it stands still at a fixed date")
    .addHelpText("after", FAULTS_HELP);
  command.action(run((context, options) => serveSandbox(options as SandboxCommandOptions, context)));
}

function readNumber(text: string): number {
  if (!/^(\d+\.?\d*|\.\d+)$/.test(text)) throw new InvalidArgumentError("Expected a number.");
  return Number(text);
}

async function serveSandbox(options: SandboxCommandOptions, context: CommandContext): Promise<void> {
  const sandbox = await createConfiguredSandbox(options);
  await new Promise<void>((resolve, reject) => startServer(sandbox, options, context, resolve, reject));
  // A server runs until a signal: that is no failure.
  context.exitWith(0);
}

async function createConfiguredSandbox(options: SandboxCommandOptions): Promise<Sandbox> {
  const { cases, seed, live, movesPerHour, msPerRequest, latency, host } = options;
  // The sandbox rejects any other value.
  const auth = options.auth as SandboxOptions["auth"];
  const titles = options.titles as SandboxOptions["titles"];
  const hosts = [host, ...(options.allowHost ?? [])];
  const faults = (options.fault ?? []).map(parseFault);
  try {
    const sandbox = await createSandbox({ cases, seed, auth, live, movesPerHour, msPerRequest, titles, hosts });
    if (latency !== undefined) sandbox.fault("latency", { ms: latency });
    for (const { name, rate } of faults) sandbox.fault(name, { rate });
    return sandbox;
  } catch (error) {
    // The sandbox rejected the value of a flag.
    if (error instanceof TypeError) throw new UsageError(error.message);
    throw error;
  }
}

/** Parses `NAME` or `NAME:RATE`. The name may contain a colon (`404:API_UNAVAILABLE`). */
function parseFault(text: string): FaultFlag {
  const [, name = text, rate] = /^(.*?)(?::(\d*\.?\d+))?$/s.exec(text) ?? [];
  return { name, rate: rate === undefined ? undefined : Number(rate) };
}

function startServer(
  sandbox: Sandbox,
  { host, port }: SandboxCommandOptions,
  { signal }: CommandContext,
  resolve: () => void,
  fail: (error: Error) => void,
): void {
  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES, keepAliveTimeout: IDLE_MS }, (request, response) => {
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
    fail(new CommandError(reasons[error.code ?? ""] ?? error.message, 1));
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
    server.close(() => resolve());
    server.closeAllConnections();
  };
  if (signal.aborted) stop();
  else signal.addEventListener("abort", stop, { once: true });
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
