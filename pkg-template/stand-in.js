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
export function places(sandbox, { baseUrl = [GATEWAY, SERVICE.baseUrl], tokenUrl = SERVICE.tokenUrl, ...others } = {}) {
  for (const name of Object.keys(others)) refuse(name, "baseUrl or tokenUrl", name);
  const bases = (Array.isArray(baseUrl) ? baseUrl : [baseUrl]).map((one) => address("baseUrl", one).replace(/\/+$/, ""));
  return [
    ...bases.map((base) => place(base, "/", (rest) => `${sandbox.baseUrl}/${rest}`)),
    place(address("tokenUrl", tokenUrl), "$", () => sandbox.tokenUrl),
  ];
}

/** A path is one of any origin. */
function place(base, end, target) {
  const origin = base.startsWith("/") ? "^[a-z]+://[^/]+" : "^";
  const matches = new RegExp(origin + base.replace(/[.*+?^${}()|[\]\\]/g, "\\$&") + end);
  const at = (url) => {
    const [whole, query] = url.split("#")[0].split(/\?(.*)/s);
    return target(whole.replace(matches, "")) + (query === undefined ? "" : `?${query}`);
  };
  return { matches, at };
}

function address(name, value) {
  const isOne = typeof value === "string" && /^(https?:\/\/|\/)[^\s?#]*$/.test(value);
  return isOne ? value : refuse(name, 'an address ("https://…") or a path ("/api/case"), without a query', value);
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
