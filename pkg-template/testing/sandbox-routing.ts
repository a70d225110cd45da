// Routing for test tools: selects the requests for a sandbox and returns its responses.

import { SERVICE } from "../generated/params.js";
import type { Sandbox } from "../sandbox/index.js";
import { NETWORK_ERROR } from "../sandbox/network-error.js";

/** URLs whose requests go to the sandbox. Unknown names are rejected. */
export interface SandboxRouteOptions {
  /**
   * One or several `baseUrl`s of clients: a URL such as `"https://apix.cisco.com/case/v3"`, or a path such as
   * `"/api/case"` on any origin. Default: these two, the service and a gateway.
   */
  baseUrl?: string | readonly string[] | undefined;
  /** Token endpoint of clients with `credentials`. Default: the service's. */
  tokenUrl?: string | undefined;
}

/** A pattern of URLs and their translation to URLs of the sandbox. */
export interface Route {
  readonly pattern: RegExp;
  readonly toSandbox: (url: string) => string;
}

/** Default path of a gateway. */
const GATEWAY_PATH = "/api/case";

/** Returns the routes of `baseUrl` and `tokenUrl`. Patterns match URLs without their query. */
export function sandboxRoutes(
  sandbox: Pick<Sandbox, "baseUrl" | "tokenUrl">,
  options: SandboxRouteOptions = {},
): Route[] {
  if (typeof options !== "object" || options === null) throwInvalid("options", "an object", options);
  const { baseUrl = [GATEWAY_PATH, SERVICE.baseUrl], tokenUrl = SERVICE.tokenUrl, ...others } = options;
  for (const name of Object.keys(others)) throwInvalid(name, "baseUrl or tokenUrl", name);
  const given: readonly unknown[] = Array.isArray(baseUrl) ? baseUrl : [baseUrl];
  const bases = given.map((one) => parseAddress("baseUrl", one).replace(/\/+$/, ""));
  if (bases.length === 0) throwInvalid("baseUrl", "at least one address or path", "none");
  return [
    ...bases.map((base) => routeOf(base, "/", (rest) => `${sandbox.baseUrl}/${rest}`)),
    routeOf(parseAddress("tokenUrl", tokenUrl), "$", () => sandbox.tokenUrl),
  ];
}

/** Creates the route of a base URL. A path matches on any origin. */
function routeOf(base: string, end: string, target: (rest: string) => string): Route {
  const origin = /^https?:/.test(base) ? "^" : "^[a-z]+://[^/]+";
  const pattern = new RegExp(origin + base.replace(/[.*+?^${}()|[\]\\]/g, "\\$&") + end);
  const toSandbox = (url: string) => {
    const [whole = "", query] = (url.split("#")[0] ?? "").split(/\?(.*)/s);
    return target(whole.replace(pattern, "")) + (query === undefined ? "" : `?${query}`);
  };
  return { pattern, toSandbox };
}

/** Normalizes a URL or path as requests have it: lower-case host, percent-encoded. */
function parseAddress(name: string, value: unknown): string {
  const isPath = typeof value === "string" && /^\/(?!\/)/.test(value);
  const isOne = isPath || /^https?:\/\/[^/]/i.test(String(value));
  const wanted = 'an address ("https://…") or a path ("/api/case"), without a query';
  if (typeof value !== "string" || !isOne || /[\s?#]/.test(value)) return throwInvalid(name, wanted, value);
  try {
    const { href, pathname } = new URL(value, "http://any.invalid");
    return isPath ? pathname : href;
  } catch {
    return throwInvalid(name, wanted, value);
  }
}

function throwInvalid(name: string, expected: string, value: unknown): never {
  throw new TypeError(
    `${name}: expected ${expected}, got ${typeof value === "string" ? JSON.stringify(value) : String(value)}`,
  );
}

/** A request that a test tool has intercepted. */
export interface InterceptedRequest {
  readonly method: string;
  readonly headers: Headers | Record<string, string>;
  readonly body: ArrayBuffer | Uint8Array | undefined;
  readonly signal: AbortSignal;
}

/** Returns the sandbox's response, or `null` if the connection broke before anything was sent. */
export async function fetchFromSandbox(
  sandbox: Pick<Sandbox, "fetch">,
  url: string,
  request: InterceptedRequest,
): Promise<Response | null> {
  const { method, headers, body, signal } = request;
  try {
    const response = await sandbox.fetch(url, { method, headers, body: (body ?? null) as BodyInit | null, signal });
    // A new response without `url`, since the tool sets its own properties.
    return new Response(response.body, { status: response.status, headers: response.headers });
  } catch (error) {
    if (error instanceof TypeError && error.message === NETWORK_ERROR) return null;
    throw error;
  }
}
