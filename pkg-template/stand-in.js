// A sandbox in the service's place, in other people's tools: which requests are for it, and how it answers them.

import { SERVICE } from "./params.js";

/** What a network failure of `fetch` looks like. */
export const NETWORK_FAILURE = "fetch failed";

/** Where a gateway answers, unless it is said otherwise. */
const GATEWAY = "/api/case";

/**
 * What `baseUrl` and `tokenUrl` come to: pairs of an expression that an address matches, without its query, and a function
 * that says where the same is at the sandbox.
 */
export function places(sandbox, options = {}) {
  if (typeof options !== "object" || options === null) refuse("options", "an object", options);
  const { baseUrl = [GATEWAY, SERVICE.baseUrl], tokenUrl = SERVICE.tokenUrl, ...others } = options;
  for (const name of Object.keys(others)) refuse(name, "baseUrl or tokenUrl", name);
  const bases = (Array.isArray(baseUrl) ? baseUrl : [baseUrl]).map((one) => address("baseUrl", one).replace(/\/+$/, ""));
  if (bases.length === 0) refuse("baseUrl", "at least one address or path", "none");
  return [
    ...bases.map((base) => place(base, "/", (rest) => `${sandbox.baseUrl}/${rest}`)),
    place(address("tokenUrl", tokenUrl), "$", () => sandbox.tokenUrl),
  ];
}

/** A path is one of any origin. */
function place(base, end, target) {
  const origin = /^https?:/.test(base) ? "^" : "^[a-z]+://[^/]+";
  const matches = new RegExp(origin + base.replace(/[.*+?^${}()|[\]\\]/g, "\\$&") + end);
  const at = (url) => {
    const [whole, query] = url.split("#")[0].split(/\?(.*)/s);
    return target(whole.replace(matches, "")) + (query === undefined ? "" : `?${query}`);
  };
  return { matches, at };
}

/** An address or a path as requests have it: in lower case and percent-encoded where that makes no difference. */
function address(name, value) {
  const isPath = typeof value === "string" && /^\/(?!\/)/.test(value);
  const isOne = isPath || /^https?:\/\/[^/]/i.test(String(value));
  const wanted = 'an address ("https://…") or a path ("/api/case"), without a query';
  if (typeof value !== "string" || !isOne || /[\s?#]/.test(value)) return refuse(name, wanted, value);
  try {
    const { href, pathname } = new URL(value, "http://any.invalid");
    return isPath ? pathname : href;
  } catch {
    return refuse(name, wanted, value);
  }
}

function refuse(name, expected, value) {
  throw new TypeError(`${name}: expected ${expected}, got ${typeof value === "string" ? JSON.stringify(value) : String(value)}`);
}

/** The sandbox's answer as a response of its own; `null` where the connection broke before anything was sent. */
export async function answered(sandbox, url, { method, headers, body, signal }) {
  try {
    const response = await sandbox.fetch(url, { method, headers, body, signal });
    // A tool has addresses and methods of its own to put on it.
    return new Response(response.body, { status: response.status, headers: response.headers });
  } catch (error) {
    if (error instanceof TypeError && error.message === NETWORK_FAILURE) return null;
    throw error;
  }
}
