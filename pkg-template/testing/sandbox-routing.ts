// A sandbox in the service's place, in other people's tools: which requests are for it, and how it answers them.

import { SERVICE } from "../generated/params.js";
import type { Sandbox } from "../sandbox/index.js";
import { NETWORK_ERROR } from "../sandbox/network-error.js";

/** Which requests are for the sandbox. A name that is not listed here is refused. */
export interface SandboxRouteOptions {
  /**
   * The `baseUrl` of the clients that are to be answered, or several: an address such as `"https://apix.cisco.com/case/v3"`, or
   * a path such as `"/api/case"` on whatever origin the page is. Default: these two, the service and a gateway.
   */
  baseUrl?: string | readonly string[];
  /** The token endpoint of clients with `credentials`. Default: the service's. */
  tokenUrl?: string;
}

/** An address of the service, by an expression that requests to it match, and the same address at the sandbox. */
export interface Route {
  readonly pattern: RegExp;
  readonly toSandbox: (url: string) => string;
}

/** Where a gateway answers, unless it is said otherwise. */
const GATEWAY_PATH = "/api/case";

/** The places of `baseUrl` and `tokenUrl`. Addresses match without their query. */
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

/** A path is one of any origin. */
function routeOf(base: string, end: string, target: (rest: string) => string): Route {
  const origin = /^https?:/.test(base) ? "^" : "^[a-z]+://[^/]+";
  const pattern = new RegExp(origin + base.replace(/[.*+?^${}()|[\]\\]/g, "\\$&") + end);
  const toSandbox = (url: string) => {
    const [whole = "", query] = (url.split("#")[0] ?? "").split(/\?(.*)/s);
    return target(whole.replace(pattern, "")) + (query === undefined ? "" : `?${query}`);
  };
  return { pattern, toSandbox };
}

/** An address or a path as requests have it: in lower case and percent-encoded where that makes no difference. */
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

/** A request that a tool has caught. */
export interface InterceptedRequest {
  readonly method: string;
  readonly headers: HeadersInit;
  readonly body: ArrayBuffer | Uint8Array<ArrayBufferLike> | undefined;
  readonly signal: AbortSignal;
}

/** The sandbox's answer as a response of its own; `null` where the connection broke before anything was sent. */
export async function fetchFromSandbox(
  sandbox: Pick<Sandbox, "fetch">,
  url: string,
  request: InterceptedRequest,
): Promise<Response | null> {
  const { method, headers, body, signal } = request;
  try {
    const response = await sandbox.fetch(url, { method, headers, body: (body ?? null) as BodyInit | null, signal });
    // A tool has addresses and methods of its own to put on it.
    return new Response(response.body, { status: response.status, headers: response.headers });
  } catch (error) {
    if (error instanceof TypeError && error.message === NETWORK_ERROR) return null;
    throw error;
  }
}
