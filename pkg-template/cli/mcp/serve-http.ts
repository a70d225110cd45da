// The server over HTTP: for clients on other machines, and for several users of a gateway.

import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import {
  type AuthInfo,
  createMcpHandler,
  getOAuthProtectedResourceMetadataUrl,
  requireBearerAuth,
  validateHostHeader,
  validateOriginHeader,
} from "@modelcontextprotocol/server";
import { type NodeIncomingMessageLike, toNodeHandler } from "@modelcontextprotocol/node";
import { CommandError } from "../exit-codes.js";
import type { Authorization } from "./authorization.js";
import type { Serving } from "./serving.js";
import { createServer } from "./server.js";
import { visibleText } from "./untrusted-text.js";

/** The path of the server, below that of `--url`. */
export const MCP_PATH = "/mcp";

/** The path of the metadata of a protected resource (RFC 9728). */
const METADATA_PATH = "/.well-known/oauth-protected-resource";

/** Names under which this machine is reached. */
const LOCAL_NAMES = ["localhost", "127.0.0.1", "[::1]"];

/** The longest body of a request, in bytes. */
const MAX_BODY_BYTES = 1024 * 1024;

/** The options of the server. */
export interface HttpOptions {
  readonly host: string;
  readonly port: number;
  /** Its public address; `undefined` for the local one. */
  readonly url: string | undefined;
  /** Further names under which it is reached. */
  readonly allowedHosts: readonly string[];
  /** Makes the authorization for the address of the resource. */
  authorize(resource: URL): Promise<Authorization>;
  /** Called when it listens. */
  onListening(url: string): void;
}

/** Serves until the signal is aborted. */
export async function serveOverHttp(serving: Serving, options: HttpOptions, signal: AbortSignal): Promise<void> {
  const http = createHttpServer();
  // A client that waits for a long call keeps its connection; one that sends nothing does not.
  http.headersTimeout = 10_000;
  http.requestTimeout = 30_000;
  await new Promise<void>((resolve, reject) => {
    http.once("error", (error) => reject(new CommandError(`the server cannot listen: ${error.message}`, 1)));
    http.listen(options.port, options.host, resolve);
  });
  const { port, address, family } = http.address() as AddressInfo;
  const name = family === "IPv6" ? `[${address}]` : address;
  const resource = new URL(options.url ?? `http://${name}:${port}${MCP_PATH}`);
  let authorization: Authorization;
  try {
    authorization = await options.authorize(resource);
  } catch (error) {
    http.close();
    throw error;
  }
  const names = [...LOCAL_NAMES, resource.hostname, ...options.allowedHosts];
  const log = (error: Error) => serving.options.log(visibleText(error.message));
  const handler = createMcpHandler(
    ({ authInfo }) => createServer(serving, authorization.principalOf(authInfo as AuthInfo)),
    { onerror: log, maxRequestBodySize: MAX_BODY_BYTES },
  );
  const gate = requireBearerAuth({
    verifier: authorization,
    resourceMetadataUrl: getOAuthProtectedResourceMetadataUrl(resource),
  });
  const serve = toNodeHandler(handler, { onerror: log, maxRequestBodySize: MAX_BODY_BYTES });
  const metadata = JSON.stringify({
    resource: resource.href,
    resource_name: "Cisco support cases",
    bearer_methods_supported: ["header"],
    ...(authorization.issuers.length > 0 && { authorization_servers: authorization.issuers }),
  });
  const metadataPaths = [METADATA_PATH, new URL(getOAuthProtectedResourceMetadataUrl(resource)).pathname];

  const respond = async (request: IncomingMessage, response: ServerResponse) => {
    const host = validateHostHeader(request.headers.host, names);
    if (!host.ok) return refuse(response, 403, host.message);
    const origin = validateOriginHeader(request.headers.origin, names);
    if (!origin.ok) return refuse(response, 403, origin.message);
    // Scanners send what is no address, such as "//".
    const { url: target = "/" } = request;
    const pathname = URL.canParse(target, resource) ? new URL(target, resource).pathname : "";
    if (metadataPaths.includes(pathname)) {
      if (request.method !== "GET") return refuse(response, 405, "Only GET is allowed.", { allow: "GET" });
      response.writeHead(200, { "content-type": "application/json", "cache-control": "max-age=3600" }).end(metadata);
      return;
    }
    if (pathname !== resource.pathname && pathname !== MCP_PATH) return refuse(response, 404, "There is nothing here.");
    const { authorization: header } = request.headers;
    const found = await gate(new Request(resource, { headers: header ? { authorization: header } : {} }));
    if (found instanceof Response) {
      response.writeHead(found.status, Object.fromEntries(found.headers)).end(await found.text());
      return;
    }
    await serve(Object.assign(request, { auth: found }) as NodeIncomingMessageLike, response);
  };
  http.on("request", (request, response) => {
    respond(request, response).catch((error: unknown) => {
      log(error as Error);
      if (!response.headersSent) refuse(response, 500, "Internal error.");
      else response.destroy();
    });
  });
  serving.options.log(`bound to ${name}, port ${port}`);
  options.onListening(resource.href);
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
  http.close();
  await serving.close();
  await handler.close();
  http.closeAllConnections();
}

/** Answers with an error of JSON-RPC, which clients show. */
function refuse(response: ServerResponse, status: number, message: string, headers: Record<string, string> = {}): void {
  const body = JSON.stringify({ jsonrpc: "2.0", error: { code: -32000, message: visibleText(message) }, id: null });
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(body);
}
